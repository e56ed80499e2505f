"""What a worker does with a task: hash a run, look for words in it, analyze it.

Imports of what reads and judges wait until there is something to judge: a worker that only hashes
is there at once.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.batch.content import content_of
from h2o_forensics.batch.guard import NOTE, guarded
from h2o_forensics.batch.losses import failed_outcome
from h2o_forensics.batch.peak import forget_peak, peak_mb
from h2o_forensics.errors import IntakeError
from h2o_forensics.model.catalog import RunOutcome, RunProblem

if TYPE_CHECKING:
    from h2o_forensics.model.catalog import RunTask


def do(task: RunTask) -> RunOutcome:
    """Do one task; whatever goes wrong is told in the outcome."""
    began = perf_counter()
    forget_peak()
    if task.kind == "read":  # the task that judges hashes
        outcome = guarded(lambda: _read(task))
    else:
        outcome = guarded(lambda: _hashed(task))
    if isinstance(outcome, RunOutcome) and task.kind not in {"hash", "read"}:
        outcome = _further(task, outcome)
    if isinstance(outcome, RunProblem):
        outcome = failed_outcome(task, "", outcome)
    return replace(outcome, seconds=round(perf_counter() - began, 3), peak_mb=peak_mb())


def _hashed(task: RunTask) -> RunOutcome:
    try:
        run, changed = content_of(task.run, verify=task.verify)
    except IntakeError as error:
        raise OSError(str(error)) from error  # it is there, and cannot be read
    return RunOutcome(task.kind, task.run.location, run=run, changed=changed)


def _read(task: RunTask) -> RunOutcome:
    from h2o_forensics.batch import judge  # noqa: PLC0415 - see above
    from h2o_forensics.batch.rules import rules_of  # noqa: PLC0415

    rules = rules_of(task.options)
    NOTE.get()("")
    return judge.read(task, rules)


def _further(task: RunTask, hashed: RunOutcome) -> RunOutcome:
    made = guarded(lambda: _worked(task, hashed))
    if isinstance(made, RunProblem):
        return failed_outcome(task, hashed.run, made, changed=hashed.changed)
    return made


def _worked(task: RunTask, hashed: RunOutcome) -> RunOutcome:
    from h2o_forensics.batch import judge  # noqa: PLC0415 - see above
    from h2o_forensics.batch.rules import rules_of  # noqa: PLC0415

    rules = rules_of(task.options)
    NOTE.get()(hashed.run)
    if task.kind == "look":
        return judge.looked(task, hashed)
    if task.kind == "judge":
        return judge.judged(task, hashed, rules)
    return judge.analyzed(task, hashed, rules)
