"""`h2o-forensics models`: what training left behind, judged without a cluster."""

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
from h2o_forensics.cli.data_options import Data, ShowValues
from h2o_forensics.cli.judging_options import Severity
from h2o_forensics.cli.outcome import FOUND, outcome
from h2o_forensics.cli.output import Format, open_page
from h2o_forensics.errors import IntakeError

if TYPE_CHECKING:
    from h2o_forensics.model.evidence import Analysis
    from h2o_forensics.model.settings import Settings

REPORT_NAME = "h2o-forensics-models-report"
_SHOWN = 5
"""Paths named in a complaint."""


class ModelsFormat(StrEnum):
    """Kinds of report on models."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def models(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Saved models, metrics, grids, frames; directories and archives; - is stdin.",
        ),
    ],
    formats: Annotated[
        list[ModelsFormat] | None,
        typer.Option("--format", help="Kind of report (repeatable).  [default: text]"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|DIR|-",
            help=f"Where it goes.  [default: text to stdout, others to {REPORT_NAME}.<ext>]",
        ),
    ] = None,
    data: Data = None,
    show_values: ShowValues = False,
    fail_on: Annotated[
        Severity | None,
        typer.Option(help="Exit with 1 when a finding is at least this severe."),
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
    """Judge saved models: cross-validation against test, leaks, drift, grids, AutoML, frames.

    Takes model JSON (REST or save_model_details), MOJOs, POJOs, model metrics, grid, AutoML and
    frame JSON, leaderboards (JSON, CSV) and H2O's logs, gzipped or not.  Nothing is executed.

    Exit codes: 0 report written, 1 findings at or above --fail-on, 2 wrong usage, 3 nothing
    readable or nothing about training was given, 4 the rule pack is broken, 70 a fault of this
    program.
    """
    kinds = kinds_of(formats, open_report=open_report)
    with outcome():
        targets = targets_of(kinds, output, REPORT_NAME, open_report=open_report)
        page = targets.get(Format.HTML)
        from h2o_forensics.model.settings import Settings  # noqa: PLC0415 - not for --help

        rows = Settings(data=tuple(map(str, data or ())), show_values=show_values)
        worst = _report(paths, targets, (timeout, max_memory), rows, quiet=quiet)
    if open_report and page is not None:
        open_page(page)
    if fail_on is not None and worst >= list(Severity).index(fail_on):
        raise typer.Exit(FOUND)


def _report(
    paths: Sequence[str],
    targets: dict[Format, Path | None],
    limits: Limits,
    settings: "Settings",
    *,
    quiet: bool,
) -> int:
    """Read and write, whatever ends the reading early; the place of the worst severity, or -1."""
    from h2o_forensics import report  # noqa: PLC0415 - see the package's docstring
    from h2o_forensics.pipeline import analyze  # noqa: PLC0415

    analysis = read_within(
        lambda progress, budget: analyze(
            paths, settings=settings, progress=progress, budget=budget
        ),
        limits,
        quiet=quiet,
    )
    if not _about_training(analysis):
        raise IntakeError(_nothing(analysis))
    view = report.build_models_report(analysis)

    def render(kind: Format, width: int, color: bool) -> str | bytes:
        if kind is Format.HTML:
            return report.models_to_html(view)
        if kind is Format.JSON:
            return report.models_to_json(view)
        return report.models_to_text(view, width, color=color)

    tell(analysis.partial, write_reports(targets, render), quiet=quiet)
    ranks = [list(Severity).index(Severity(item.severity)) for item in view.findings]
    return max(ranks, default=-1)


def _about_training(analysis: "Analysis") -> bool:
    """Whether anything was found: of a log alone, its findings are enough."""
    saved = analysis.training.saved
    found = (saved.models, saved.metrics, saved.frames, saved.grids, saved.automl)
    return any((*found, saved.leaderboards, saved.logs, analysis.diagnosis.findings))


def _nothing(analysis: "Analysis") -> str:
    """What was read instead of models, and what to give."""
    case = analysis.case
    read = sorted({one.path for one in case.artifacts if one.state == "read"})
    more = f" and {len(read) - _SHOWN} more" if len(read) > _SHOWN else ""
    what = f"read {', '.join(read[:_SHOWN])}{more}" if read else "nothing could be read"
    lines = [f"no model, grid, AutoML run or frame was found: {what}."]
    lines += [f"  {item.artifact}: {item.message}" for item in case.problems[:_SHOWN]]
    lines += [f"  Ended early: {sentence}" for sentence in analysis.partial]
    lines.append(
        "  Give what H2O saved: model JSON (GET /3/Models/<id>, h2o.save_model_details), a MOJO, "
        "or test metrics (POST /3/ModelMetrics/models/<id>/frames/<id>)."
    )
    return "\n".join(lines)
