"""How a command ends: exit codes, and one line that says what was wrong."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import typer

from h2o_forensics.errors import (
    CatalogError,
    ConfigError,
    IntakeError,
    ReportError,
    RuleError,
    SettingsError,
)

FOUND = 1
WRONG_USAGE = 2
NOTHING_READABLE = 3
BROKEN_RULES = 4
CRASHED = 70
INTERRUPTED = 130

DEBUG = "H2O_FORENSICS_DEBUG"
"""Environment variable: a crash shows its traceback, and ends as Python ends it."""
_REASON_CHARS = 300


def crash(fault: BaseException) -> str:
    """What went wrong in the program itself, where, and what to do next."""
    frames = traceback.extract_tb(fault.__traceback__)
    package = Path(__file__).parents[1]
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(package)]
    place = ""
    if ours:
        module = Path(ours[-1].filename).relative_to(package).as_posix()
        place = f" in {module}:{ours[-1].lineno}"
    reason = " ".join(str(fault).split())[:_REASON_CHARS]
    return (
        f"a fault of this program: {type(fault).__name__}{place}: {reason}; no report was written. "
        f"Set {DEBUG}=1 and run again for the traceback to report."
    )


@contextmanager
def outcome() -> Iterator[None]:
    """Turn what the pipeline raises on wrong use into a line on stderr and an exit code."""
    try:
        yield
    except IntakeError as error:
        fail(str(error), NOTHING_READABLE)
    except RuleError as error:
        fail("the rules are broken:\n" + "\n".join(error.faults), BROKEN_RULES)
    except (CatalogError, ConfigError, ReportError, SettingsError) as error:
        fail(str(error), WRONG_USAGE)
    except KeyboardInterrupt:
        fail("interrupted, no report was written", INTERRUPTED)


def put_out(content: str | bytes) -> None:
    """Write to stdout, all of it; a text with a line end behind it.

    Raises:
        ReportError: there is no stdout, or it takes no more.
    """
    data = f"{content}\n".encode("utf-8", "replace") if isinstance(content, str) else content
    if sys.stdout is None:  # closed by the caller, as `>&-` does
        raise ReportError("stdout: cannot be written: it is closed")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _drop_stdout()
        raise ReportError(f"stdout: cannot be written: {error.strerror}") from error


def _drop_stdout() -> None:
    """Have what could not be written go nowhere: Python would try again as it ends, and fail."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def wrong_usage(message: str) -> NoReturn:
    """End with 2, and say what was wrong."""
    raise typer.BadParameter(message)


def fail(message: str, code: int) -> NoReturn:
    """Say one line on stderr and end with this code."""
    typer.echo(f"h2o-forensics: {message}", err=True)
    raise typer.Exit(code)
