"""`h2o-forensics catalog ...` and `query`: what scans have found out."""

import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.outcome import FOUND, outcome, put_out, wrong_usage
from h2o_forensics.cli.output import Format, write_out
from h2o_forensics.cli.progress import terminal
from h2o_forensics.cli.table_view import QueryFormat, TableFormat, as_text, render

if TYPE_CHECKING:
    import polars as pl

    from h2o_forensics.catalog import Catalog
    from h2o_forensics.catalog.lists import Filters

_RUN_COLUMNS = ["at", "run", "verdict", "condition", "cloud_name", "h2o_version", "name"]
_FINDING_COLUMNS = ["at", "run", "role", "severity", "condition", "node", "name", "title"]
_WHOLE = frozenset({"at", "run"})
"""Columns that are never cut."""
_DIGITS = 12
"""Of a run's id, where a person reads it."""

catalog_app = typer.Typer(
    help="Look at what scans have found out, check it, clear it up.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Verdict(StrEnum):
    """What a run may be."""

    INCIDENT = "incident"
    AT_RISK = "at_risk"
    HEALTHY = "healthy"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    FAILED = "failed"


Place = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        metavar="DIR",
        envvar="H2O_FORENSICS_CATALOG",
        help="The catalog: a directory or URL.",
    ),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--condition", metavar="GLOB", help="Such as oom.train, 'oom.*' (repeatable)."),
]
Verdicts = Annotated[
    list[Verdict] | None, typer.Option("--verdict", help="Of the run (repeatable).")
]
Clouds = Annotated[
    list[str] | None, typer.Option("--cloud", metavar="GLOB", help="Cluster name (repeatable).")
]
Versions = Annotated[
    list[str] | None,
    typer.Option("--version", metavar="GLOB", help="H2O's: 3.46.0.7, '3.46.*' (repeatable)."),
]
Match = Annotated[
    list[str] | None,
    typer.Option("--match", metavar="GLOB", help="The run's name or location (repeatable)."),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="So many rows at most.")
]
Kind = Annotated[TableFormat, typer.Option("--format", help="Kind of output.")]
Output = Annotated[
    str | None, typer.Option("--output", metavar="FILE|-", help="Where it goes.  [default: stdout]")
]


@catalog_app.command("show")
def catalog_show(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="Id, beginning of an id, name or location of a run."),
    ] = None,
    catalog: Place = None,
    kind: Annotated[Format, typer.Option("--format", help="Kind of output.")] = Format.TEXT,
    output: Output = None,
) -> None:
    """Show what the catalog holds; with RUN, that run's report.

    Exit codes: 0 shown, 2 wrong usage, no such run or no catalog there.
    """
    with outcome():
        opened = _opened(catalog)
        if run is None:
            from h2o_forensics.cli.catalog_text import show_overview  # noqa: PLC0415

            content = show_overview(opened, kind, _width(output))
        else:
            from h2o_forensics.cli.stored_report import show_run  # noqa: PLC0415

            color = output is None and terminal(sys.stdout)[1]
            content = show_run(opened, run, kind, _width(output), color=color)
        _write(content, output)


@catalog_app.command("runs")
def catalog_runs(
    catalog: Place = None,
    condition: Conditions = None,
    verdict: Verdicts = None,
    cloud: Clouds = None,
    version: Versions = None,
    match: Match = None,
    limit: Limit = None,
    kind: Kind = TableFormat.TEXT,
    output: Output = None,
) -> None:
    """List runs, the latest first; --condition is that of the first root cause.

    JSON and CSV have all columns of the table `runs`.
    """
    with outcome():
        from h2o_forensics.catalog.lists import list_runs  # noqa: PLC0415

        filters = _filters(condition, verdict, cloud, version, match, limit)
        frame = list_runs(_opened(catalog), filters)
        _table(frame, kind, _RUN_COLUMNS, output)


@catalog_app.command("findings")
def catalog_findings(
    catalog: Place = None,
    condition: Conditions = None,
    verdict: Verdicts = None,
    cloud: Clouds = None,
    version: Versions = None,
    match: Match = None,
    limit: Limit = None,
    kind: Kind = TableFormat.TEXT,
    output: Output = None,
) -> None:
    """List findings of the runs, the latest runs first.

    JSON and CSV have all columns of the table `findings`.
    """
    with outcome():
        from h2o_forensics.catalog.lists import list_findings  # noqa: PLC0415

        filters = _filters(condition, verdict, cloud, version, match, limit)
        _table(list_findings(_opened(catalog), filters), kind, _FINDING_COLUMNS, output)


@catalog_app.command("prune")
def catalog_prune(
    catalog: Place = None,
    gone: Annotated[bool, typer.Option("--gone", help="Runs that stand nowhere any more.")] = False,
    older_than: Annotated[
        float | None,
        typer.Option("--older-than", metavar="DAYS", min=0, help="Runs not looked for so long."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove results and reports that nothing refers to any more, such as those of older rules.

    With --gone also runs that stand nowhere any more, with --older-than those that no scan has
    looked for so long; with both, runs that are gone for so long.  Not while a scan writes to this
    catalog.
    """
    with outcome():
        dropped = _opened(catalog).prune(gone=gone, older_than_days=older_than, dry_run=dry_run)
        what = "would be removed" if dry_run else "removed"
        put_out("\n".join([*map(_line, dropped), f"{len(dropped) or 'nothing'} {what}"]))


@catalog_app.command("verify")
def catalog_verify(
    catalog: Place = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make tables again out of results; drop what is torn.")
    ] = False,
) -> None:
    """Check every file of the catalog.

    Exit codes: 0 all is well, 1 faults were found, 2 wrong usage or no catalog there.
    """
    with outcome():
        from h2o_forensics.catalog.verify import NOTE  # noqa: PLC0415

        lines = _opened(catalog).verify(repair=repair)
        faults = sum(not line.startswith(NOTE) for line in lines)
        said = f"{faults} fault{'' if faults == 1 else 's'} found" if faults else "no fault found"
        put_out("\n".join([*map(_line, lines), said]))
    if faults:
        raise typer.Exit(FOUND)


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, or - for stdin.")],
    catalog: Place = None,
    kind: Annotated[QueryFormat, typer.Option("--format", help="Kind of output.")] = (
        QueryFormat.TEXT
    ),
    output: Output = None,
) -> None:
    """Ask the catalog's tables in SQL: runs, findings, evidence, nodes, jvms, models and more.

    The SQL is that of Polars; docs/catalog.md lists tables and columns.

    Exit codes: 0 answered, 2 wrong usage, a query that cannot be answered or no catalog there.
    """
    if kind is QueryFormat.PARQUET and output is None and sys.stdout.isatty():
        wrong_usage("--format parquet is not for a terminal: give --output FILE")
    with outcome():
        from h2o_forensics.catalog.query import query as ask  # noqa: PLC0415

        frame = ask(_opened(catalog), sys.stdin.read() if sql == "-" else sql)
        _write(render(frame, kind, _table_width(output)), output)


def _opened(catalog: str | None) -> "Catalog":
    """The catalog; it must be there."""
    if not catalog:
        wrong_usage("--catalog DIR: which catalog? H2O_FORENSICS_CATALOG may name it, too")
    from h2o_forensics.catalog import open_catalog  # noqa: PLC0415 - see the package's docstring

    return open_catalog(catalog)


def _filters(
    condition: list[str] | None,
    verdict: list[Verdict] | None,
    cloud: list[str] | None,
    version: list[str] | None,
    match: list[str] | None,
    limit: int | None,
) -> "Filters":
    from h2o_forensics.catalog.lists import Filters  # noqa: PLC0415

    return Filters(
        condition=tuple(condition or ()),
        verdict=tuple(map(str, verdict or ())),
        cloud=tuple(cloud or ()),
        version=tuple(version or ()),
        match=tuple(match or ()),
        limit=limit,
    )


def _table(
    frame: "pl.DataFrame", kind: TableFormat, columns: list[str], output: str | None
) -> None:
    """All columns for programs; for people these few, ids and moments in short."""
    width = _table_width(output)
    if kind is not TableFormat.TEXT:
        _write(render(frame, kind, width), output)
        return
    rows = [
        [_short(name, value) for name, value in row.items()]
        for row in frame.select(columns).iter_rows(named=True)
    ]
    _write(as_text(columns, rows, width, whole=_WHOLE), output)


def _short(name: str, value: object) -> object:
    if name == "run":
        return str(value)[:_DIGITS]
    if name == "verdict":
        return value or Verdict.FAILED
    return f"{value:%Y-%m-%d %H:%MZ}" if name == "at" and value is not None else value


def _line(text: str) -> str:
    from h2o_forensics.report.safe_text import one_line  # noqa: PLC0415

    return one_line(text)


def _width(output: str | None) -> int:
    """Of the terminal; what goes elsewhere is wrapped as reports are."""
    return terminal(sys.stdout if output in {None, "-"} else None)[0]


def _table_width(output: str | None) -> int | None:
    """Of the terminal; None: nothing has to be cut."""
    shown = output in {None, "-"} and sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if shown else None


def _write(content: str | bytes, output: str | None) -> None:
    write_out({None if output in {None, "-"} else Path(str(output)): content})
