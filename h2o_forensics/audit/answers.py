"""The response as numbers: which class a row is of, or its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from h2o_forensics.audit.sheet import Sheet, part_of_rows

if TYPE_CHECKING:
    from h2o_forensics.audit.setup import Setup

MOST_CLASSES = 50
_FEW = 20
"""Numbers with so few values are classes where no model says what they are."""
Y = "y"


class Answers(Struct, frozen=True):
    """How to read the response of one file; never shown: it holds a level."""

    column: str
    classes: int
    """0: a number to predict."""
    level: str | float | None
    """The class that counts as 1: the rarer of two, the most frequent of several."""

    def expr(self) -> pl.Expr:
        """1 and 0, or the number; null where the response is missing."""
        if not self.classes:
            return pl.col(self.column).alias(Y)
        return (pl.col(self.column) == pl.lit(self.level)).cast(pl.Float64).alias(Y)


def answers_of(sheet: Sheet, setup: Setup) -> Answers | None:
    """None: no response is known, it is not in the file, or it does not vary."""
    column = sheet.column(setup.response)
    if column is None:
        return None
    counts = sheet.sample[column].drop_nulls().value_counts(sort=True)
    number = column in sheet.numeric
    classes = setup.classes if setup.classes is not None else not number or counts.height <= _FEW
    if counts.height < 2:  # noqa: PLR2004 - it says nothing
        return None
    if not classes:
        return Answers(column, 0, None) if number else None
    if counts.height > MOST_CLASSES:
        return None
    ordered = counts.sort(["count", column], descending=[True, False])
    levels = ordered[column].to_list()
    return Answers(column, len(levels), levels[1] if len(levels) == 2 else levels[0])  # noqa: PLR2004


def answered(sheet: Sheet, answers: Answers, most: int) -> pl.DataFrame:
    """Rows of the sample with a response, and that as `y`."""
    return part_of_rows(sheet, most).with_columns(answers.expr()).filter(pl.col(Y).is_not_null())
