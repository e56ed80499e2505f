"""Scanning from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from h2o_forensics.batch.scan import ScanRequest
from h2o_forensics.batch.scan import scan as _scan
from h2o_forensics.model.catalog import RunOptions
from h2o_forensics.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.catalog import ScanRecord

RUN_TIMEOUT_S = 600.0
"""Of one run; what is not done by then is told in its report."""


def scan(
    archives: Path | str | Sequence[Path | str],
    catalog: Path | str,
    *,
    workers: int | None = None,
    dask: str | None = None,
    reports: bool = False,
    settings: Settings | None = None,
    packs: Sequence[Path] = (),
    timeout_s: float | None = RUN_TIMEOUT_S,
    memory_mb: int | None = None,
    verify: bool = False,
    retry: bool = False,
) -> ScanRecord:
    """Bring a catalog up to date with archives: as `h2o-forensics scan`, without the fleet report.

    Args:
        archives: trees of runs; paths or URLs.
        catalog: directory or URL of the results; `open_catalog` reads it.
        workers: processes on this machine; None: one per core.
        dask: address of a Dask scheduler instead.
        reports: write each run's HTML report, too.
        settings: what the user states of all runs, such as a time zone.
        packs: directories of further rules.
        timeout_s: of one run.
        memory_mb: of all workers together.
        verify: hash all files, whatever their size and time say.
        retry: try runs again that failed before.

    Returns:
        What was done.

    Raises:
        CatalogError: the catalog cannot be read, or takes no more.
        IntakeError: an archive is not there.
        RuleError: the rules are broken.
    """
    given = [archives] if isinstance(archives, str | Path) else archives
    options = RunOptions(
        packs=tuple(str(pack.resolve()) for pack in packs),
        settings=settings or Settings(threads=1),
        timeout_s=timeout_s,
        reports=reports,
    )
    return _scan(
        ScanRequest(
            archives=tuple(map(str, given)),
            catalog=str(catalog),
            options=options,
            workers=workers or 0,
            memory_mb=memory_mb,
            dask=dask,
            verify=verify,
            retry=retry,
        )
    )
