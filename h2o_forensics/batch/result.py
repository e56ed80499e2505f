"""Puts together what the catalog keeps of one run."""

from msgspec import Raw, json

from h2o_forensics import __version__
from h2o_forensics.model.catalog import RUN_SCHEMA, RunProblem, RunResult, RunTask, Touched
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.report import Report
from h2o_forensics.report.beside import beside
from h2o_forensics.report.redact import clean

_NULL = Raw(b"null")
_NS = 1_000_000


def make_result(
    task: RunTask, run: str, analysis: Analysis, report: Report, touched: Touched
) -> RunResult:
    """The result of a run that was analyzed.

    Args:
        task: what was to be done.
        run: hash of the content.
        analysis: what the report was built from.
        report: masked, as `build_report` gives it.
        touched: what the analysis hangs on.
    """
    return _result(
        task,
        run,
        touched=touched,
        report=Raw(json.encode(report)),
        rulebook_sha256=analysis.rulebook_sha256,
        beside=beside(analysis),
    )


def failed_result(task: RunTask, run: str, problem: RunProblem) -> RunResult:
    """The result of a run that could not be analyzed: it counts as done, and says why."""
    masked = RunProblem(code=problem.code, message=clean(problem.message))
    return _result(task, run, problem=masked, rulebook_sha256=task.options.rulebook_sha256)


def _result(
    task: RunTask,
    run: str,
    *,
    rulebook_sha256: str,
    problem: RunProblem | None = None,
    touched: Touched = Touched(),  # noqa: B008 - frozen
    report: Raw = _NULL,
    beside: dict[str, list[dict[str, object]]] | None = None,
) -> RunResult:
    found = task.run
    return RunResult(
        schema=RUN_SCHEMA,
        run=run,
        analysis=task.options.key,
        status="analyzed" if problem is None else "failed",
        problem=problem,
        name=clean(found.name),
        location=clean(found.location),
        archive=clean(found.archive),
        kind=found.kind,
        files=len(found.files),
        bytes=found.bytes,
        stat=found.stat,
        newest_ms=None if found.newest_ns is None else found.newest_ns // _NS,
        tool_version=__version__,
        rulebook_sha256=rulebook_sha256,
        touched=touched,
        report=report,
        beside=beside or {},
    )
