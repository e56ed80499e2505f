"""HTML reports of runs that were analyzed before anybody asked for them: no run is read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.catalog.results import decode_result
from h2o_forensics.errors import CatalogError
from h2o_forensics.report import Report, to_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from h2o_forensics.catalog import Catalog
    from h2o_forensics.model.catalog import RunResult


def write_missing(catalog: Catalog, stop: Callable[[], bool]) -> int:
    """Write the report of every analyzed run that has none, out of its result; how many.

    A result that is damaged, or that another version wrote in another form, is left out: `catalog
    verify` names the one, a scan with this version renews the other.
    """
    there, written = catalog.reports(), 0
    runs = catalog.table("runs").select("run", "analysis", "status").collect()
    for run, analysis, status in runs.sort("run").iter_rows():
        if status != "analyzed" or run in there:
            continue
        if stop():
            break
        try:
            result = decode_result(catalog.read_result(run, analysis))
            page = to_html(report_of(result))
        except (CatalogError, msgspec.DecodeError):
            continue
        catalog.put_report(run, page.encode())
        written += 1
    return written


def report_of(result: RunResult) -> Report:
    """The report that a result keeps.

    Raises:
        msgspec.DecodeError: another version wrote it in another form.
    """
    return msgspec.json.decode(result.report, type=Report)
