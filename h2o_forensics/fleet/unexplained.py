"""Warnings no rule knows: those of runs that went wrong, and of no healthy one, first."""

import polars as pl

from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import UnknownShape

MOST = 500
"""Shapes that are listed."""


def unexplained(seen: Seen) -> tuple[UnknownShape, ...]:
    """By how much more often incidents have it than healthy runs."""
    verdicts = [run.verdict for run in seen.runs]
    incidents, healthy = verdicts.count("incident"), verdicts.count("healthy")
    analyzed = len(verdicts) - verdicts.count("failed")
    rows = seen.rows("unexplained", "shape", "count", "example").join(
        seen.frame.select("i", "verdict"), on="i"
    )
    one_each = (
        rows.unique(["i", "shape"])
        .group_by("shape")
        .agg(
            (pl.col("verdict") == "incident").sum().alias("bad"),
            (pl.col("verdict") == "healthy").sum().alias("good"),
        )
    )
    grouped = (
        rows.sort("i", "example")
        .group_by("shape", maintain_order=True)
        .agg(pl.col("example").first(), pl.col("count").sum(), pl.col("i").unique().sort())
        .join(one_each, on="shape")
        .with_columns(of=pl.col("i").list.len() - pl.col("good"))
        .with_columns(
            odds=((pl.col("bad") + 0.5) / (incidents + 1))
            / ((pl.col("good") + 0.5) / (healthy + 1)),
            rarity=pl.when(pl.col("of") > 0)
            .then(1 - pl.col("of") / max(1, analyzed - healthy))
            .otherwise(1 - pl.col("good") / max(1, healthy)),
        )
        .sort(["odds", "bad", "count", "shape"], descending=[True, True, True, False])
        .head(MOST)
    )
    return tuple(
        UnknownShape(
            shape=row["shape"],
            example=row["example"] or "",
            count=row["count"],
            runs=tuple(row["i"]),
            rarity=row["rarity"],
            in_incidents=row["bad"],
            in_healthy=row["good"],
        )
        for row in grouped.iter_rows(named=True)
    )
