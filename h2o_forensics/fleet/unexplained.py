"""Warnings no rule knows: those of runs that went wrong, and of no healthy one, first."""

import polars as pl

from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import UnknownShape

MOST = 500
"""Shapes that are listed."""


def unexplained(seen: Seen) -> tuple[UnknownShape, ...]:
    """By how much more often incidents have it than healthy runs."""
    grouped = _telling(seen).sort(
        ["odds", "bad", "count", "shape"], descending=[True, True, True, False]
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
        for row in grouped.head(MOST).iter_rows(named=True)
    )


def _telling(seen: Seen) -> pl.DataFrame:
    """One row a shape; half a run is added on either side, so that none is not everything."""
    verdicts = [run.verdict for run in seen.runs]
    incidents, healthy = verdicts.count("incident"), verdicts.count("healthy")
    others = len(verdicts) - verdicts.count("failed") - healthy
    good, bad, ailing = pl.col("good"), pl.col("bad"), pl.col("ailing")
    return _shapes(seen).with_columns(
        odds=((bad + 0.5) / (incidents + 1)) / ((good + 0.5) / (healthy + 1)),
        rarity=pl.when(ailing > 0)
        .then(1 - ailing / max(1, others))
        .otherwise(1 - good / max(1, healthy)),
    )


def _shapes(seen: Seen) -> pl.DataFrame:
    rows = seen.rows("unexplained", "shape", "count", "example").join(
        seen.frame.select("i", "verdict"), on="i"
    )
    verdict = pl.col("verdict")
    kinds = (
        rows.unique(["i", "shape"])
        .group_by("shape")
        .agg(
            (verdict == "incident").sum().alias("bad"),
            (verdict == "healthy").sum().alias("good"),
            (verdict != "healthy").sum().alias("ailing"),
        )
    )
    whole = rows.sort("i", "example").group_by("shape", maintain_order=True)
    return whole.agg(
        pl.col("example").first(), pl.col("count").sum(), pl.col("i").unique().sort()
    ).join(kinds, on="shape")
