"""`h2o-forensics scan`: many runs, one catalog, one fleet report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.interrupt import interruptible
from h2o_forensics.cli.judging_options import (
    ConfigFile,
    Disable,
    Enable,
    FailOn,
    Redact,
    Timezone,
    Year,
)
from h2o_forensics.cli.outcome import (
    FOUND,
    INTERRUPTED,
    NOTHING_READABLE,
    outcome,
    put_out,
    wrong_usage,
)
from h2o_forensics.cli.output import Format, open_page, write_out
from h2o_forensics.cli.rule_commands import NoPlugins, Packs
from h2o_forensics.cli.scan_progress import scan_progress

if TYPE_CHECKING:
    from h2o_forensics.batch.cut import Cut, Wanted
    from h2o_forensics.batch.scan import ScanRequest
    from h2o_forensics.catalog import Catalog
    from h2o_forensics.cli.choices import Choices
    from h2o_forensics.model.catalog import ScanRecord

_FLEET = "fleet"
"""Name of the fleet report in the catalog, without its extension."""
_RECENT = 8
"""Scans that the fleet report looks at for the last one that came to its end."""


def scan(
    archives: Annotated[
        list[str],
        typer.Argument(
            metavar="ARCHIVE", help="Trees of runs: directories, single archives, s3://... URLs."
        ),
    ],
    catalog: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            envvar="H2O_FORENSICS_CATALOG",
            help="Where results are kept: a directory or URL.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes here.  [default: one per core]"),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on this Dask cluster: tcp://scheduler:8786."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the runs, and why they are cut so.")
    ] = False,
    reports: Annotated[
        bool, typer.Option("--reports", help="Also write each run's HTML report.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Work on so many runs at most.")
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only runs whose name fits: '2026-*/gbm*' (repeatable)."),
    ] = None,
    newer_than: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only runs with a newer file: 7d, 12h, 2026-11-01."),
    ] = None,
    run_depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="What lies so deep below ARCHIVE is a run each."),
    ] = None,
    run_match: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="What fits below ARCHIVE is a run each (repeatable)."),
    ] = None,
    since_last: Annotated[
        bool,
        typer.Option("--since-last", help="--fail-on looks at runs that are new or changed only."),
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash all files, whatever their size and time say.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try runs again that failed before.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(metavar="S", min=0, help="Files younger than this may still be written to."),
    ] = 10.0,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=0.01, max=1e9, help="Of one run; then it is reported as far as it is."
        ),
    ] = 600.0,
    max_memory: Annotated[
        int | None,
        typer.Option(
            metavar="MB",
            min=64,
            help="Of all workers together (--dask: of one run).  [default: 70 %]",
        ),
    ] = None,
    formats: Annotated[
        list[Format] | None,
        typer.Option(
            "--format", help="Kind of fleet report (repeatable).  [default: html and json]"
        ),
    ] = None,
    summary: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="Write what was done as JSON; - is stdout."),
    ] = None,
    fail_on: FailOn = None,
    packs: Packs = None,
    disable: Disable = None,
    enable: Enable = None,
    no_plugins: NoPlugins = False,
    config: ConfigFile = None,
    year: Year = None,
    timezone: Timezone = None,
    redact: Redact = False,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the fleet report in the browser.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Analyze every run of an archive, and keep the results in a catalog.

    A second scan works on what is new or changed only.  It may be ended at any moment: the next
    one goes on from there.

    Exit codes: 0 done, 1 findings at or above --fail-on, 2 wrong usage or a catalog that takes no
    more, 3 nothing readable was given, an archive that held runs holds none, or no Dask cluster,
    4 the rule pack is broken, 130 ended by Ctrl-C.
    """
    given = {
        "year": year, "timezone": timezone, "timeout": timeout, "max_memory": max_memory,
        "threads": 1, "disable": disable, "rules": packs, "fail_on": fail_on, "formats": formats,
        "since": None, "until": None, "node": None, "redact": redact, "enable": enable,
        "no_plugins": no_plugins,
    }  # fmt: skip
    if dask is not None and workers is not None:
        wrong_usage("--workers is for this machine, --dask for a cluster: give one of them")
    if not catalog and not dry_run:
        wrong_usage("--catalog DIR: where shall the results go?")
    with outcome():
        from h2o_forensics.cli.choices import choices  # noqa: PLC0415 - see the module's docstring

        chosen = choices(config, given)
        cut, wanted = _cut(run_depth, run_match), _wanted(match, newer_than)
        if dry_run:
            _list_runs(archives, catalog, cut, wanted, limit)
            return
        request = _request(
            archives, str(catalog), chosen, cut, wanted,
            workers=workers, dask=dask, limit=limit, verify=verify, retry=retry, settle=settle,
            reports=reports,
        )  # fmt: skip
        kinds = [Format(kind) for kind in chosen.formats or (Format.HTML, Format.JSON)]
        record, opened = _scan(request, quiet=quiet)
        pages = _fleet(opened, record, kinds)
        _tell(record, opened, pages, summary, quiet=quiet)
    if record.ended is None:
        raise typer.Exit(INTERRUPTED)
    if record.empty:
        raise typer.Exit(NOTHING_READABLE)
    if open_report and f"{_FLEET}.html" in pages and "://" not in opened.url:
        open_page(Path(opened.url) / f"{_FLEET}.html")
    if chosen.fail_on is not None and _is_grave(opened, record, chosen.fail_on, since_last):
        raise typer.Exit(FOUND)


def _cut(depth: int | None, match: list[str] | None) -> "Cut":
    from h2o_forensics.batch.cut import Cut  # noqa: PLC0415

    return Cut(depth=depth, match=tuple(match or ()))


def _wanted(match: list[str] | None, newer_than: str | None) -> "Wanted":
    from h2o_forensics.batch.cut import Wanted  # noqa: PLC0415
    from h2o_forensics.batch.moments import since  # noqa: PLC0415

    try:
        newer = None if newer_than is None else since(newer_than)
    except ValueError:
        wrong_usage(f"--newer-than {newer_than}: no time; write 7d, 12h or 2026-11-22T05:57 (UTC)")
    return Wanted(match=tuple(match or ()), newer_than_ms=newer)


def _request(
    archives: list[str],
    catalog: str,
    chosen: "Choices",
    cut: "Cut",
    wanted: "Wanted",
    *,
    workers: int | None,
    dask: str | None,
    limit: int | None,
    verify: bool,
    retry: bool,
    settle: float,
    reports: bool,
) -> "ScanRequest":
    from h2o_forensics.batch.scan import ScanRequest  # noqa: PLC0415
    from h2o_forensics.model.catalog import RunOptions  # noqa: PLC0415

    options = RunOptions(
        packs=tuple(str(Path(pack).resolve()) for pack in chosen.packs),
        disable=tuple(sorted(chosen.disable)),
        enable=tuple(sorted(chosen.enable)),
        plugins=chosen.plugins,
        settings=chosen.settings,
        timeout_s=chosen.timeout,
        reports=reports,
    )
    return ScanRequest(
        archives=tuple(archives), catalog=catalog, cut=cut, wanted=wanted, options=options,
        workers=workers or 0, memory_mb=chosen.max_memory, dask=dask, limit=limit, verify=verify,
        retry=retry, settle_s=settle,
    )  # fmt: skip


def _list_runs(
    archives: list[str], catalog: str | None, cut: "Cut", wanted: "Wanted", limit: int | None
) -> None:
    """Say on stdout what would be scanned."""
    from h2o_forensics.batch.describe import describe  # noqa: PLC0415

    put_out("\n".join(describe(archives, cut, wanted, catalog=catalog, limit=limit)))


def _scan(request: "ScanRequest", *, quiet: bool) -> "tuple[ScanRecord, Catalog]":
    """Scan, until it is done or the user ends it."""
    from h2o_forensics.batch.scan import Watch, scan  # noqa: PLC0415
    from h2o_forensics.catalog import open_catalog  # noqa: PLC0415

    ended = [False]

    def end() -> None:
        ended[0] = True

    with interruptible(end), scan_progress(sys.stderr, quiet=quiet) as progress:
        watch = Watch(show=progress.show, say=progress.say, stop=lambda: ended[0])
        record = scan(request, watch)
        return record, open_catalog(request.catalog)


def _fleet(catalog: "Catalog", record: "ScanRecord", kinds: list[Format]) -> dict[str, bytes]:
    """Write the fleet report into the catalog; its pages by name."""
    from h2o_forensics import report  # noqa: PLC0415
    from h2o_forensics.fleet import build_fleet  # noqa: PLC0415

    fleet = build_fleet(
        catalog.tables(),
        scans=catalog.scans(_RECENT),
        reports=catalog.reports(),
        name=catalog.shown,
        archives=record.archives,
    )
    faces = {
        Format.HTML: lambda: report.fleet_to_html(fleet).encode(),
        Format.JSON: lambda: report.fleet_to_json(fleet),
        Format.MD: lambda: report.fleet_to_markdown(fleet).encode(),
        Format.TEXT: lambda: report.fleet_to_text(fleet).encode(),
    }
    names = {kind: f"{_FLEET}.{'txt' if kind is Format.TEXT else kind}" for kind in Format}
    pages = {
        name: faces[kind]()
        for kind, name in names.items()
        if kind in kinds or catalog.has_page(name)  # an older one would contradict
    }
    for name, page in pages.items():
        catalog.put_page(name, page)
    return pages


def _tell(
    record: "ScanRecord",
    catalog: "Catalog",
    pages: dict[str, bytes],
    summary: str | None,
    *,
    quiet: bool,
) -> None:
    from h2o_forensics.batch.scan import record_json, record_text  # noqa: PLC0415

    if summary is not None:
        write_out({None if summary == "-" else Path(summary): record_json(record)})
    if quiet:
        return
    places = ", ".join(f"{catalog.shown}/{name}" for name in pages)
    typer.echo(f"{record_text(record)}\nfleet report: {places}", err=True)


def _is_grave(catalog: "Catalog", record: "ScanRecord", bar: str, since_last: bool) -> bool:
    from h2o_forensics.batch.news import GRAVITY, gravest  # noqa: PLC0415

    worst = gravest(catalog, record.fresh if since_last else None)
    return worst is not None and GRAVITY.index(worst) >= GRAVITY.index(bar)
