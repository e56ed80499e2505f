"""A leaderboard's JSON, on its own or inside that of an AutoML run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.model.training import Leaderboard, Scalar, Source
from h2o_forensics.training.cells import listing, mapping, named, text
from h2o_forensics.training.two_dim import columns_of, scalars

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = 5_000
COLUMNS = 60


def read_leaderboard(found: Mapping[str, object], pointer: str) -> Leaderboard:
    """A leaderboard by its table; without one, by its models and their sort metric."""
    sort_metric = text(found.get("sort_metric"), 100)
    columns = columns_of(found.get("table"), COLUMNS)
    columns.pop("", None)
    if not any(columns.values()):
        columns = {
            "model_id": [named(model) for model in islice(listing(found.get("models")), ROWS)],
            sort_metric or "sort_metric": listing(found.get("sort_metrics")),
        }
    cells = [scalars(values, ROWS) for values in columns.values()]
    return Leaderboard(
        id=text(found.get("project_name")) or "",
        sort_metric=sort_metric,
        frame=named(found.get("leaderboard_frame")),
        columns=tuple(columns),
        rows=tuple(zip(*cells, strict=False)),
        source=Source(pointer=pointer),
    )


def leaderboard_of_table(table: object, pointer: str) -> Leaderboard | None:
    """A leaderboard of which there is only the table; None where that is none.

    H2O says in its words what it is sorted by: `models sorted in order of auc, best first`.
    """
    words = text(mapping(table).get("description")) or ""
    sort_metric = words.partition(" in order of ")[2].partition(",")[0].strip()
    name = (text(mapping(table).get("name")) or "").partition(" project ")[2]
    found = {"project_name": name, "sort_metric": sort_metric, "table": table}
    read = read_leaderboard(found, pointer)
    return read if read.rows and "model_id" in read.columns else None


def models_of(leaderboard: Leaderboard) -> tuple[str, ...]:
    """Its models, best first."""
    if "model_id" not in leaderboard.columns:
        return ()
    at = leaderboard.columns.index("model_id")
    names: list[Scalar] = [row[at] for row in leaderboard.rows]
    return tuple(name for name in names if isinstance(name, str))
