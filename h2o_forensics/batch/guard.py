"""Whatever goes wrong in one run becomes that run's problem, and the next one is begun."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from h2o_forensics.errors import ForensicsError, IntakeError
from h2o_forensics.model.catalog import RunProblem

Result = TypeVar("Result")

NOTE: ContextVar[Callable[[str], None]] = ContextVar("NOTE", default=lambda _run: None)
"""Called with a run's content as soon as it is known: who watches may have to tell of it later."""

_REASON_CHARS = 300


def guarded(work: Callable[[], Result]) -> Result | RunProblem:
    """What `work` gives, or why it gave nothing."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # noqa: BLE001 - and a panic of Polars is no Exception
        return problem_of(fault)


def problem_of(fault: BaseException) -> RunProblem:
    """An exception, in the words of the catalog."""
    if isinstance(fault, IntakeError):
        return RunProblem("nothing", _nothing(fault))
    if isinstance(fault, MemoryError):
        message = (
            "it needed more memory than there was; give it more (--max-memory), or fewer workers"
        )
        return RunProblem("memory", message)
    if isinstance(fault, OSError):
        return RunProblem("unreadable", _reason(fault) or type(fault).__name__)
    if isinstance(fault, ForensicsError):
        return RunProblem("fault", _reason(fault))
    return RunProblem(
        "fault",
        f"a fault of this program: {type(fault).__name__}{_place(fault)}: {_reason(fault)}; "
        "`h2o-forensics analyze` of this run alone shows more",
    )


def _nothing(fault: IntakeError) -> str:
    """Why nothing could be read, without what is said of the whole input and to its giver."""
    lines = [line.strip() for line in str(fault).splitlines()]
    reasons = " ".join(lines[1:-1] or lines)[:_REASON_CHARS]
    return f"nothing readable in it: {reasons}"


def _reason(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:_REASON_CHARS]


def _place(fault: BaseException) -> str:
    """The last place in our own code."""
    package = Path(__file__).parents[1]
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(package) and frame.filename != __file__
    ]
    if not ours:
        return ""
    return f" in {Path(ours[-1].filename).relative_to(package).as_posix()}:{ours[-1].lineno}"
