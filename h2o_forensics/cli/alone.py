"""What commands share that report on one kind of evidence alone: `gc`, `models`."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from h2o_forensics.cli.interrupt import interruptible
from h2o_forensics.cli.outcome import wrong_usage
from h2o_forensics.cli.output import Format, place_reports, write_out
from h2o_forensics.cli.progress import progress, terminal
from h2o_forensics.errors import IntakeError

if TYPE_CHECKING:
    from h2o_forensics.budget import Budget

Result = TypeVar("Result")
Limits = tuple[float | None, int | None]
"""Seconds and megabytes."""


Progress = Callable[[str, int, int | None], None] | None
"""Called with stage, done and total bytes."""


def kinds_of(formats: Sequence[str] | None, *, open_report: bool) -> list[Format]:
    """Reports to write: text where nothing is said, and the page that is to be opened."""
    kinds = [Format(kind) for kind in dict.fromkeys(formats or (Format.TEXT,))]
    if open_report and Format.HTML not in kinds:
        kinds.append(Format.HTML)
    return kinds


def targets_of(
    kinds: Sequence[Format], output: str | None, name: str, *, open_report: bool
) -> dict[Format, Path | None]:
    """As `analyze`, but text goes to stdout where nothing is said."""
    targets = place_reports(kinds, output, name)
    if output is None and Format.TEXT in targets:
        targets[Format.TEXT] = None
    if open_report and targets.get(Format.HTML) is None:
        wrong_usage("--open needs an HTML report in a file: drop --output -")
    return targets


def read_within(
    read: "Callable[[Progress, Budget], Result]", limits: Limits, *, quiet: bool
) -> Result:
    """Read, whatever ends it early: what was read until then is the result."""
    from h2o_forensics.budget import Budget  # noqa: PLC0415 - see the package's docstring

    budget = Budget(*limits)
    with interruptible(budget.interrupt), progress(sys.stderr, quiet=quiet) as show:
        try:
            return read(show, budget)
        except IntakeError as error:
            if budget.interrupted:  # before anything was read
                raise KeyboardInterrupt from error
            raise


def write_reports(
    targets: dict[Format, Path | None],
    render: Callable[[Format, int, bool], str | bytes],
) -> tuple[Path, ...]:
    """Write each report where it goes; `render` gets the terminal's width and whether it colors."""
    to_stdout = Format.TEXT in targets and targets[Format.TEXT] is None
    width, color = terminal(sys.stdout if to_stdout else None)
    return write_out({target: render(kind, width, color) for kind, target in targets.items()})


def tell(partial: Iterable[str], written: Sequence[Path], *, quiet: bool) -> None:
    """Say on stderr what is left out, and where the reports are."""
    for sentence in partial:
        typer.echo(f"h2o-forensics: PARTIAL REPORT. {sentence}", err=True)
    if written and not quiet:
        typer.echo(f"report written: {', '.join(map(str, written))}", err=True)
