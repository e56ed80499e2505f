"""What becomes of a run that was lost with its worker: words, and the outcome in its place."""

from __future__ import annotations

from h2o_forensics.model.catalog import Rows, RunOutcome, RunProblem, RunTask

_NEXT = "`h2o-forensics analyze` of this run alone shows more"
_KEPT = frozenset({"analyze", "judge"})
"""Tasks whose outcome is a result."""


def too_late(task: RunTask, words: str) -> RunProblem:
    """It did not end in its time, and not by itself."""
    limit = task.options.timeout_s or 0
    where = f" ({words})" if words.startswith("at ") else ""
    return RunProblem(
        "timeout",
        f"it took longer than {limit:g} s and was ended{where}; give it more time (--timeout)",
    )


def too_large(held_mb: float, memory_mb: int) -> RunProblem:
    """It took more memory than there was."""
    return RunProblem(
        "memory",
        f"it was ended when it held {held_mb:,.0f} MB: {memory_mb:,} MB are what all workers "
        "together may take; give them more (--max-memory)",
    )


def crashed(how: str, words: str) -> RunProblem:
    """Its process died, in a second one, too."""
    told = f"; {words}" if words else ""
    hint = "; maybe the system was short of memory" if how == "SIGKILL" else ""
    return RunProblem("crashed", f"its process ended twice with {how}{told}{hint}; {_NEXT}")


def no_workers(how: str, words: str) -> RunProblem:
    """No process can be started."""
    told = f"; {words}" if words else ""
    return RunProblem("fault", f"worker processes do not start: {how}{told}")


def failed_outcome(
    task: RunTask, run: str, problem: RunProblem, *, changed: bool = False
) -> RunOutcome:
    """A run that failed, with the result file that says so where its content is known.

    Secrets in the words of whoever complained are masked.
    """
    # Whoever watches workers need not load all that makes reports, unless one fails.
    from h2o_forensics.report.redact import clean  # noqa: PLC0415

    problem = RunProblem(problem.code, clean(problem.message))
    result, rows = _kept(task, run, problem) if run and task.kind in _KEPT else (b"", {})
    return RunOutcome(
        task.kind,
        task.run.location,
        run=run,
        status="failed",
        problem=problem,
        changed=changed,
        result=result,
        rows=rows,
    )


def _kept(task: RunTask, run: str, problem: RunProblem) -> tuple[bytes, Rows]:
    from h2o_forensics.batch.result import failed_result  # noqa: PLC0415
    from h2o_forensics.catalog.results import encode_result  # noqa: PLC0415
    from h2o_forensics.catalog.rows import rows_of  # noqa: PLC0415

    result = failed_result(task, run, problem)
    return encode_result(result), rows_of(result)
