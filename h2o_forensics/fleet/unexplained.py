"""Warnings no rule knows: those of runs that went wrong, and of no healthy one, first."""

import re
from bisect import bisect_right
from collections.abc import Iterator

import polars as pl

from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import UnknownShape

MOST = 500
"""Shapes that are listed."""
NUMBER = "#"
"""Stands for any number; the catalog's shapes have a 0 there, which would read as a value."""
# `06-21 14:00:01.123 10.0.0.1:54321 ...` where a message should be: a line that was torn.
_HEADER = re.compile(r"(?:#-)?#-#[ T]#:#:#[.,]#")


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
    rows = _whole(seen.rows("unexplained", "shape", "count", "example")).join(
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
    whole = rows.sort("cut", "i", "example").group_by("shape", maintain_order=True)
    return whole.agg(
        pl.col("example").first(), pl.col("count").sum(), pl.col("i").unique().sort()
    ).join(kinds, on="shape")


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers as `#`; without what torn lines made: headers for messages, beginnings of others."""
    runs = rows.group_by("shape").agg(pl.col("i").n_unique()).sort("shape")
    names = {shape: _numbered(shape) for shape in runs["shape"].to_list() if shape}
    count: dict[str, int] = {}
    for shape, many in runs.iter_rows():
        if shape in names and not _HEADER.match(_message(names[shape])):
            count[names[shape]] = max(many, count.get(names[shape], 0))
    becomes = dict(_beginnings(count))
    told = {shape: becomes.get(name, name) for shape, name in names.items() if name in count}
    cut = [shape for shape, name in names.items() if name in becomes]
    return rows.filter(pl.col("shape").is_in(list(told))).with_columns(
        pl.col("shape").replace_strict(told, return_dtype=pl.String),
        pl.col("shape").is_in(cut).alias("cut"),
    )


def _numbered(shape: str) -> str:
    head, mark, message = shape.partition(": ")
    return f"{head}{mark}{message.replace('0', NUMBER)}"


def _message(shape: str) -> str:
    return shape.partition(": ")[2]


def _beginnings(count: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Shapes of one run that another one begins with, and the most frequent of those."""
    names = sorted(count)
    for at, name in enumerate(names):
        end = bisect_right(names, name + chr(0x10FFFF))
        longer = names[at + 1 : end]
        if count[name] == 1 and longer and _message(name):
            yield name, min(longer, key=lambda one: (-count[one], -len(one), one))
