"""In which fold a row is: by the fold column, the kept assignment, its number, or by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.answers import Answers, Y
from h2o_forensics.audit.sheet import ROW, Sheet

if TYPE_CHECKING:
    from h2o_forensics.audit.setup import Setup

FOLD = "fold"
KEPT = "fold_assignment"
"""What H2O calls the one column of a kept assignment."""
MOST_FOLDS = 1_000


class Folds(Struct, frozen=True):
    """How rows come to folds; `column` None: by chance, only its odds are known."""

    how: str | None
    """column | kept | modulo | random | stratified; None: there was no cross-validation."""
    count: int
    column: pl.Expr | None = None

    @property
    def known(self) -> bool:
        """Whether the fold of each row is known."""
        return self.column is not None

    def crossing(self, size: str) -> pl.Expr:
        """The chance that a row of a set of `size` rows has another one of it in another fold."""
        return 1 - (1 / self.count) ** (pl.col(size).cast(pl.Float64) - 1)


def folds_of(sheet: Sheet, setup: Setup, kept: Sheet | None) -> tuple[Folds, Sheet]:
    """The folds, and the sheet that has what they need.

    Args:
        sheet: the training rows.
        setup: how a model was validated.
        kept: the kept assignment, a file of one column with as many rows.
    """
    column = sheet.column(setup.fold_column)
    if column is not None:
        return _by(sheet, column, "column"), sheet
    own = sheet.column(KEPT)
    if own is not None and KEPT not in setup.predictors:
        return _by(sheet, own, "kept"), sheet
    if kept is not None and kept.rows == sheet.rows:
        joined = _joined(sheet, kept)
        return _by(joined, f"c{len(sheet.names)}", "kept"), joined
    if setup.fold_column or setup.nfolds < 2:  # noqa: PLR2004 - no folds, or not to be known
        return Folds(None, 0), sheet
    if (setup.assignment or "").lower() == "modulo":
        return Folds("modulo", setup.nfolds, pl.col(ROW) % setup.nfolds), sheet
    how = "stratified" if (setup.assignment or "").lower() == "stratified" else "random"
    return Folds(how, setup.nfolds), sheet


def _by(sheet: Sheet, column: str, how: str) -> Folds:
    count = min(sheet.sample[column].n_unique(), MOST_FOLDS)
    return Folds(how, count, pl.col(column).hash(3)) if count > 1 else Folds(None, 0)


def _joined(sheet: Sheet, kept: Sheet) -> Sheet:
    last = f"c{len(sheet.names)}"
    other = kept.typed().select(pl.col("c0").alias(last))
    rows = kept.typed().select(ROW, pl.col("c0").alias(last))
    lazy = pl.concat([sheet.lazy, other], how="horizontal")
    sample = sheet.sample.join(rows.collect(engine="streaming"), on=ROW, how="left")
    return Sheet(
        sheet.name, sheet.path, sheet.size_bytes, lazy, (*sheet.names, KEPT), sheet.rows,
        sample.sort(ROW), sheet.numeric | {last}, sheet.dated,
    )  # fmt: skip


class FoldSizes(Struct, frozen=True):
    """Rows and positives of the smallest and the largest fold."""

    rows_min: int
    rows_max: int
    positives_min: int | None
    positives_max: int | None


def fold_sizes(sheet: Sheet, folds: Folds, answers: Answers | None) -> FoldSizes | None:
    """Counted over all rows; None where the folds are not known."""
    if folds.column is None:
        return None
    binary = answers is not None and answers.classes == 2  # noqa: PLR2004
    own = [answers.expr()] if answers is not None and binary else []
    counts = (
        sheet.typed()
        .select(folds.column.alias(FOLD), *own)
        .group_by(FOLD)
        .agg(pl.len().alias("n"), *([pl.col(Y).sum()] if own else []))
        .collect(engine="streaming")
    )
    sizes = sorted(counts["n"].to_list())
    rare = sorted(int(count or 0) for count in counts[Y]) if own else [None]
    return FoldSizes(sizes[0], sizes[-1], rare[0], rare[-1])
