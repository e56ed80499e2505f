"""Garbage collection of clusters over time."""

from collections.abc import Iterable

import polars as pl

from h2o_forensics.fleet.clusters import place_of
from h2o_forensics.fleet.seen import Seen
from h2o_forensics.fleet.series import Line, lines


def gc_lines(seen: Seen) -> Iterable[Line]:
    """Per cluster (else host) and run: time lost, live heap after full collections, heap used.

    A run's value is over all its JVMs together (means by time, sums of bytes), so a cluster that
    grows does not look worse for it.  Time in pauses and time with a stalled thread may be the
    same time: the greater one counts.
    """
    rows = _with_place(seen)
    lost, time = pl.max_horizontal("pause_share", "stall_share"), pl.col("uptime_ms")
    yield from lines(seen, _ratio(rows, lost * time, time), "gc_loss", "share", worse_up=True)
    live, most = pl.col("after_full_bytes"), pl.col("heap_max_bytes")
    yield from lines(seen, _ratio(rows, live, most), "live_heap", "share", worse_up=True)
    used = pl.col("max_after_bytes").max().cast(float).alias("value")
    yield from lines(seen, rows.group_by("name", "i").agg(used), "heap", "bytes", worse_up=None)


def _with_place(seen: Seen) -> pl.DataFrame:
    rows = seen.rows(
        "jvms", "pause_share", "stall_share", "uptime_ms",
        "after_full_bytes", "heap_max_bytes", "max_after_bytes",
    )  # fmt: skip
    places = pl.DataFrame(
        {"i": range(len(seen.runs)), "name": [place_of(run) for run in seen.runs]},
        schema={"i": pl.Int64, "name": pl.String},
    )
    placed = rows.join(places, on="i").filter(pl.col("name").is_not_null())
    return placed.sort(placed.columns)  # sums of floats hang on their order


def _ratio(rows: pl.DataFrame, part: pl.Expr, whole: pl.Expr) -> pl.DataFrame:
    """Of JVMs that have both."""
    both = rows.filter(part.is_not_null() & (whole > 0))
    return both.group_by("name", "i").agg((part.sum() / whole.sum()).cast(float).alias("value"))
