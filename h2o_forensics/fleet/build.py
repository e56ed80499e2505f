"""The fleet report, out of a catalog's tables."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import polars as pl
from msgspec.structs import replace

from h2o_forensics.fleet.breakdowns import breakdowns
from h2o_forensics.fleet.causes import causes
from h2o_forensics.fleet.concentrations import concentrations
from h2o_forensics.fleet.days import calendar, undated
from h2o_forensics.fleet.exceptions import exceptions
from h2o_forensics.fleet.gc_lines import gc_lines
from h2o_forensics.fleet.missing import missing, problems
from h2o_forensics.fleet.model_lines import model_lines
from h2o_forensics.fleet.nodes import worst_nodes
from h2o_forensics.fleet.regressions import regressions
from h2o_forensics.fleet.seen import Seen, first_last, see
from h2o_forensics.fleet.series import judge
from h2o_forensics.fleet.summary import summary
from h2o_forensics.fleet.unexplained import unexplained
from h2o_forensics.model.catalog import ScanRecord
from h2o_forensics.model.fleet import FLEET_SCHEMA, Fleet

_VERDICTS = ("incident", "at_risk", "healthy", "insufficient_evidence", "failed")


def build_fleet(
    tables: Mapping[str, pl.LazyFrame],
    *,
    scans: Sequence[ScanRecord] = (),
    reports: Collection[str] = (),
    name: str = "catalog",
    archives: Collection[str] = (),
) -> Fleet:
    """What all runs of a catalog say together; docs/fleet.md tells what each figure means.

    Args:
        tables: the catalog's tables, active rows only (`CATALOG_SCHEMAS`), and `locations`; one
            that is not given is empty.
        scans: records of all scans, in any order.
        reports: ids of runs that have an HTML report.
        name: of the catalog's directory, as it is shown and as commands name it.
        archives: what was given to the last scan, beside those the runs are of.

    Returns:
        The same for the same rows, in whatever order these are.
    """
    last = _last(scans)
    seen = see(tables, last.fresh if last else (), reports, name)
    made = Fleet(
        schema=FLEET_SCHEMA,
        tool_version=last.tool_version if last else _newest(seen, "tool_version"),
        rulebook_sha256=last.rulebook_sha256 if last else _newest(seen, "rulebook_sha256"),
        catalog=name,
        archives=_archives(seen, archives),
        scanned=last.ended if last else None,
        window=first_last(seen, range(len(seen.runs))),
        summary="",
        totals=_totals(seen),
        causes=causes(seen),
        calendar=calendar(seen),
        undated=undated(seen),
        breakdowns=breakdowns(seen),
        regressions=regressions(seen),
        exceptions=exceptions(seen),
        worst_nodes=worst_nodes(seen),
        series=judge([*gc_lines(seen), *model_lines(seen)]),
        missing=missing(seen),
        unexplained=unexplained(seen),
        problems=problems(seen),
        runs=seen.runs,
        concentrations=concentrations(seen),
    )
    return replace(made, summary=summary(seen, made))


def _last(scans: Sequence[ScanRecord]) -> ScanRecord | None:
    """The last that came to its end, else the last."""
    return max(scans, key=lambda one: (one.ended is not None, one.started, one.scan), default=None)


def _newest(seen: Seen, column: str) -> str:
    values = [value for value in seen.frame[column].to_list() if value]
    return max(values, default="") if column == "tool_version" else next(iter(values), "")


def _archives(seen: Seen, given: Collection[str]) -> tuple[str, ...]:
    own = {archive for archive in seen.frame["archive"].to_list() if archive}
    return tuple(sorted(own.union(given)))


def _totals(seen: Seen) -> dict[str, int]:
    verdicts = Counter(run.verdict for run in seen.runs)
    return {
        "runs": len(seen.runs),
        **{verdict: verdicts[verdict] for verdict in _VERDICTS},
        "fresh": sum(run.fresh for run in seen.runs),
        "new": sum(run.fresh and not run.changed for run in seen.runs),
        "changed": sum(run.changed for run in seen.runs),
        "gone": sum(run.gone for run in seen.runs),
        "copies": sum(run.copies - 1 for run in seen.runs),
        "nodes": sum(run.nodes for run in seen.runs),
        "bytes": int(seen.frame["bytes"].sum() or 0),
    }
