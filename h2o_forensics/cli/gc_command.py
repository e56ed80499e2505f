"""`h2o-forensics gc`: GC logs alone, whatever program wrote them."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.alone import (
    Limits,
    kinds_of,
    read_within,
    targets_of,
    tell,
    write_reports,
)
from h2o_forensics.cli.outcome import outcome
from h2o_forensics.cli.output import Format, open_page
from h2o_forensics.errors import IntakeError

if TYPE_CHECKING:
    from h2o_forensics.model.evidence import GcAnalysis

REPORT_NAME = "h2o-forensics-gc-report"
_SHOWN = 5
"""Paths named in a complaint."""
_KEPT = 8 << 20
"""glibc gives memory back to the system where more than twice the largest block that was ever freed
lies unused at the end; else each block of a log would be given back and asked for again."""


class GcFormat(StrEnum):
    """Kinds of report on GC logs."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def gc(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="GC logs, directories and archives; - is stdin."),
    ],
    formats: Annotated[
        list[GcFormat] | None,
        typer.Option("--format", help="Kind of report (repeatable).  [default: text]"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|DIR|-",
            help=f"Where it goes.  [default: text to stdout, others to {REPORT_NAME}.<ext>]",
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="S", min=0.01, max=1e9, help="Report what was read in this time."),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(metavar="MB", min=1, help="Stop reading before so much memory is in use."),
    ] = None,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the HTML report in the browser.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Read GC logs of any Java program: pauses, heap, rates, a verdict and what to change.

    Logs of JDK 6 to 25, all collectors; rotated sets are one run, a restart begins another one.

    Exit codes: 0 report written, 2 wrong usage, 3 nothing readable or no line of a garbage
    collector was given, 70 a fault of this program.
    """
    kinds = kinds_of(formats, open_report=open_report)
    from h2o_forensics.cycles import sought_seldom  # noqa: PLC0415 - see the package's docstring

    bytes(_KEPT)  # nothing is written there, so it takes no memory
    with outcome(), sought_seldom():
        targets = targets_of(kinds, output, REPORT_NAME, open_report=open_report)
        page = targets.get(Format.HTML)
        _report(paths, targets, (timeout, max_memory), quiet=quiet)
    if open_report and page is not None:
        open_page(page)


def _report(
    paths: Sequence[str], targets: dict[Format, Path | None], limits: Limits, *, quiet: bool
) -> None:
    """Read and write, whatever ends the reading early."""
    from h2o_forensics import report  # noqa: PLC0415 - see the package's docstring
    from h2o_forensics.gc_flow import analyze_gc  # noqa: PLC0415

    analysis = read_within(
        lambda progress, budget: analyze_gc(paths, progress=progress, budget=budget),
        limits,
        quiet=quiet,
    )
    if not analysis.jvms:
        raise IntakeError(_nothing(analysis))
    view = report.build_gc_report(analysis)

    def render(kind: Format, width: int, color: bool) -> str | bytes:
        if kind is Format.HTML:
            return report.gc_to_html(view)
        if kind is Format.JSON:
            return report.gc_to_json(view)
        return report.gc_to_text(view, width, color=color)

    tell(analysis.partial, write_reports(targets, render), quiet=quiet)


def _some(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(sorted(paths)[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _nothing(analysis: "GcAnalysis") -> str:
    """What was read instead of GC logs, and what to give."""
    names = _some(analysis.read)
    what = f"read {names}" if names else f"nothing in {', '.join(analysis.sources)} could be read"
    lines = [f"no line of a garbage collector was found: {what}."]
    if analysis.strange:
        lines[0] = (
            "nothing was understood, though lines look like a garbage collector's: read "
            f"{_some(analysis.strange)}. No event in there has a name that a known JVM writes."
        )
    lines += [f"  {item.artifact}: {item.message}" for item in analysis.problems[:_SHOWN]]
    lines += [f"  Ended early: {sentence}" for sentence in analysis.partial]
    lines.append(
        "  Give GC logs, or output that holds one. Java writes them with "
        "-Xlog:gc*,safepoint:file=gc.log:time,uptime,level,tags (JDK 9 and later) or "
        "-Xloggc:gc.log -XX:+PrintGCDetails -XX:+PrintGCDateStamps (JDK 8)."
    )
    return "\n".join(lines)
