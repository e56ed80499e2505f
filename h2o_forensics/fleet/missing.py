"""What runs lack, and what is unreadable."""

import polars as pl

from h2o_forensics.fleet.seen import Seen
from h2o_forensics.model.fleet import FleetProblem, MissingEvidence

# Names, quotes, places and numbers are one run's own: what is left is what runs have in common.
_OWN = (
    (r"'[^']*'|\"[^\"]*\"", "…"),
    (r"\[?[\w.\-:]*[\w\]]:\d{2,5}\b", "…"),
    (r"\S*[/\\!]\S*\w", "…"),
    (r"\b\d[\d.,:]*\d|\b\d", "…"),
    (r"…([ ,]*…)+", "…"),
)


def missing(seen: Seen) -> tuple[MissingEvidence, ...]:
    """Gaps that are the same but for names and numbers, those of most runs first."""
    rows = seen.rows("gaps", "why", "fetch").with_columns(
        pl.col("why").fill_null(""), pl.col("fetch").fill_null("")
    )
    grouped = (
        rows.with_columns(kind=_shape("why"))
        .group_by("kind")
        .agg(
            _common("why", pl.col("kind").first()),
            _common("fetch", _shape("fetch").mode().sort().first()),
            pl.col("i").unique().sort().alias("runs"),
        )
    )
    found = [MissingEvidence(w, f, tuple(r)) for _, w, f, r in grouped.iter_rows()]
    return tuple(sorted(found, key=lambda one: (-len(one.runs), one.why)))


def problems(seen: Seen) -> tuple[FleetProblem, ...]:
    """Runs that could not be analyzed, then damaged files by kind, then what was not read."""
    own = seen.frame.filter(pl.col("status") == "failed").select(
        "i", pl.col("problem").alias("code"), pl.col("problem_message").alias("message")
    )
    return (
        *_by_code(own),
        *_by_code(seen.rows("problems", "code", "message")),
        *_not_read(seen),
    )


def _by_code(rows: pl.DataFrame) -> list[FleetProblem]:
    grouped = (
        rows.with_columns(pl.col("code").fill_null("fault"), pl.col("message").fill_null(""))
        .group_by("code")
        .agg(
            _common("message", _shape("message").mode().sort().first()),
            pl.col("i").unique().sort().alias("runs"),
        )
    )
    found = [
        FleetProblem(code, message, tuple(runs)) for code, message, runs in grouped.iter_rows()
    ]
    return sorted(found, key=lambda one: (-len(one.runs), one.code))


def _not_read(seen: Seen) -> list[FleetProblem]:
    """Places without a run yet: unreadable, or still being written."""
    if "locations" not in seen.tables:
        return []
    rows = (
        seen.tables["locations"]
        .filter(pl.col("state").is_in(["unreadable", "growing"]))
        .group_by("state")
        .agg(pl.len().alias("n"), pl.col("name").min())
        .sort("state")
        .collect()
    )
    return [
        FleetProblem(state, f"{n:,} {'place' if n == 1 else 'places'}, the first: {name}", ())
        for state, n, name in rows.iter_rows()
    ]


def _shape(column: str) -> pl.Expr:
    text = pl.col(column)
    for pattern, mark in _OWN:
        text = text.str.replace_all(pattern, mark)
    return text


def _common(column: str, shape: pl.Expr) -> pl.Expr:
    """The text where all have the same, else what they have in common."""
    same = pl.col(column).n_unique() == 1
    return pl.when(same).then(pl.col(column).first()).otherwise(shape).alias(column)
