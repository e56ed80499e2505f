"""`h2o-forensics analyze`: one incident, one report."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.data_options import Data, ShowValues
from h2o_forensics.cli.interrupt import interruptible
from h2o_forensics.cli.judging_options import (
    ConfigFile,
    Disable,
    Enable,
    FailOn,
    Redact,
    Severity,
    Timezone,
    Year,
)
from h2o_forensics.cli.outcome import FOUND, outcome, put_out, wrong_usage
from h2o_forensics.cli.output import Format, open_page, place_reports, write_out
from h2o_forensics.cli.progress import progress, terminal
from h2o_forensics.cli.rule_commands import NoPlugins, Packs
from h2o_forensics.errors import IntakeError

if TYPE_CHECKING:
    from h2o_forensics.cli.choices import Choices
    from h2o_forensics.model.evidence import Analysis


REPORT_NAME = "h2o-forensics-report"


def analyze(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Directories, files and archives of one incident; - is stdin."
        ),
    ],
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Kind of report (repeatable).  [default: html]"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|DIR|-",
            help=f"Where the report goes; - is stdout.  [default: {REPORT_NAME}.<ext> here]",
        ),
    ] = None,
    packs: Packs = None,
    disable: Disable = None,
    enable: Enable = None,
    no_plugins: NoPlugins = False,
    config: ConfigFile = None,
    year: Year = None,
    timezone: Timezone = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Judge what touches the time from here (ISO 8601, UTC)."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Judge what touches the time up to here.")
    ] = None,
    node: Annotated[
        str | None, typer.Option(metavar="IP:PORT", help="Judge what touches this node.")
    ] = None,
    data: Data = None,
    show_values: ShowValues = False,
    redact: Redact = False,
    bundle: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="Also pack report and quoted lines, for support."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="S", min=0.01, max=1e9, help="Report what was done in this time."),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(metavar="MB", min=1, help="Stop reading before so much memory is in use."),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="1: read and scan in turn.  [default: 2]"),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Write no report, but how this rule was judged, to stdout."
        ),
    ] = None,
    fail_on: FailOn = None,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the HTML report in the browser.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Analyze the evidence of one incident and write a report.

    Ctrl-C, --timeout and --max-memory give a report on what was read until then, which says so.

    Exit codes: 0 report written, 1 findings at or above --fail-on, 2 wrong usage,
    3 nothing readable was given, 4 the rule pack is broken, 70 a fault of this program.
    """
    given = {
        "year": year, "timezone": timezone, "timeout": timeout, "max_memory": max_memory,
        "threads": threads, "disable": disable, "rules": packs, "fail_on": fail_on,
        "formats": formats, "since": since, "until": until, "node": node, "redact": redact,
        "enable": enable, "no_plugins": no_plugins, "data": data, "show_values": show_values,
    }  # fmt: skip
    if explain is not None and (formats or output or open_report or fail_on or bundle):
        wrong_usage(
            "--explain writes no report: drop --format, --output, --open, --bundle, --fail-on"
        )
    with outcome():
        from h2o_forensics.cli.choices import choices  # noqa: PLC0415 - see the module's docstring

        chosen = choices(config, given)
        if chosen.config and not quiet:
            typer.echo(f"settings and suppressions from {config}", err=True)
        if explain is not None:
            _explain(paths, explain, chosen, quiet=quiet)
            return
        kinds = [Format(kind) for kind in chosen.formats or (Format.HTML,)]
        targets = place_reports(kinds, output, REPORT_NAME)
        page = targets.get(Format.HTML)
        if open_report and page is None:
            wrong_usage("--open needs an HTML report in a file: add --format html, drop --output -")
        analysis = _report(paths, chosen, targets, bundle, quiet=quiet)
    if open_report and page is not None:
        open_page(page)
    bar = chosen.fail_on
    if bar is not None and _worst(analysis) >= list(Severity).index(Severity(bar)):
        raise typer.Exit(FOUND)


def _report(
    paths: Sequence[str],
    chosen: "Choices",
    targets: "dict[Format, Path | None]",
    bundle: Path | None,
    *,
    quiet: bool,
) -> "Analysis":
    """Analyze and write, whatever ends the analysis early."""
    from h2o_forensics import pipeline  # noqa: PLC0415
    from h2o_forensics.budget import Budget  # noqa: PLC0415

    budget = Budget(chosen.timeout, chosen.max_memory)
    with interruptible(budget.interrupt):
        with progress(sys.stderr, quiet=quiet) as show:
            try:
                analysis = pipeline.analyze(
                    paths,
                    packs=chosen.packs,
                    disable=chosen.disable,
                    enable=chosen.enable,
                    plugins=chosen.plugins,
                    settings=chosen.settings,
                    progress=show,
                    budget=budget,
                )
            except IntakeError as error:
                if budget.interrupted:  # before anything was read
                    raise KeyboardInterrupt from error
                raise
        _write_reports(analysis, targets, bundle, quiet=quiet)
    for sentence in analysis.partial:
        typer.echo(f"h2o-forensics: PARTIAL REPORT. {sentence}", err=True)
    return analysis


def _explain(paths: Sequence[str], wanted: str, chosen: "Choices", *, quiet: bool) -> None:
    """Say on stdout how a rule was judged."""
    from h2o_forensics import pipeline  # noqa: PLC0415
    from h2o_forensics.budget import Budget  # noqa: PLC0415

    budget = Budget(chosen.timeout, chosen.max_memory)
    with interruptible(budget.interrupt), progress(sys.stderr, quiet=quiet) as show:
        try:
            text = pipeline.explain(
                paths,
                wanted,
                packs=chosen.packs,
                disable=chosen.disable,
                enable=chosen.enable,
                plugins=chosen.plugins,
                settings=chosen.settings,
                progress=show,
                budget=budget,
            )
        except LookupError as error:
            wrong_usage(str(error))
        put_out(text)


def _write_reports(
    analysis: "Analysis",
    targets: dict[Format, Path | None],
    bundle: Path | None,
    *,
    quiet: bool,
) -> None:
    from h2o_forensics import report  # noqa: PLC0415

    view = report.build_report(analysis)
    renderers: dict[Format, Callable[[], str | bytes]] = {
        Format.HTML: lambda: report.to_html(view),
        Format.JSON: lambda: report.to_json(view),
        Format.MD: lambda: report.to_markdown(view),
        Format.TEXT: lambda: report.to_text(view),
    }
    contents = {target: renderers[kind]() for kind, target in targets.items()}
    if bundle is not None:
        contents[bundle] = report.to_bundle(view)
    written = write_out(contents)
    if quiet or not written:
        return
    width, color = terminal(sys.stderr)
    typer.echo(report.to_text(view, width=width, color=color), err=True)
    typer.echo(f"report written: {', '.join(map(str, written))}", err=True)


def _worst(analysis: "Analysis") -> int:
    """Rank of the gravest finding, -1 when there is none."""
    ranks = [
        list(Severity).index(Severity(judged.finding.severity))
        for judged in analysis.diagnosis.findings
    ]
    return max(ranks, default=-1)
