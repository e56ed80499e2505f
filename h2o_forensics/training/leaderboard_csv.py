"""A leaderboard as CSV: what clients write of its frame, or `h2o.export_file`."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.model.training import Leaderboard, Scalar
from h2o_forensics.training.cells import cell, guessed

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000
COLUMNS = 60
LINE_CHARS = 20_000
_MODEL = "model_id"
_METRICS = (
    "auc", "logloss", "aucpr", "pr_auc", "mean_per_class_error", "rmse", "mse", "mae", "rmsle",
    "mean_residual_deviance", "auuc", "qini",
)  # fmt: skip
"""H2O's leaderboards have some of these; they are sorted by their first metric column."""


def read_leaderboard_csv(text: bytes) -> Leaderboard | None:
    """The leaderboard; None where it is none: a header with `model_id` and at least one metric.

    Values are of cross-validation unless a leaderboard frame was given, which CSV does not tell.
    """
    lines = (line[:LINE_CHARS] for line in text.decode("utf-8-sig", "replace").splitlines())
    try:
        rows = csv.reader(lines)
        header = [name.strip() for name in next(rows, [])][:COLUMNS]
        if _MODEL not in header or not set(_METRICS) & set(header):
            return None
        found = tuple(_rows(rows, header))
    except csv.Error:
        return None
    kept = [at for at, name in enumerate(header) if name]  # pandas writes its index namelessly
    return Leaderboard(
        id="",
        sort_metric=next((header[at] for at in kept if header[at] in _METRICS), None),
        frame=None,
        columns=tuple(header[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in found),
    )


def _rows(rows: Iterable[list[str]], header: list[str]) -> Iterable[list[Scalar]]:
    model = header.index(_MODEL)
    for row in islice(rows, ROWS):
        if len(row) >= len(header) and row[model].strip():
            cells = zip(header, row, strict=False)
            yield [value.strip() if name == _MODEL else _cell(value) for name, value in cells]


def _cell(value: str) -> Scalar:
    return cell(guessed(value)) if value.strip() else None
