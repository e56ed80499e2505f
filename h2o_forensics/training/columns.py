"""What the names, types and importances of columns tell: base columns, time, identifiers, targets.

Names are judged by whole parts: `order_date`, `orderDate` and `date` hold the part `date`,
`update_count` does not.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from h2o_forensics.model.training import ColumnSummary, Frame, Model

TIME_PARTS = frozenset({
    "date", "datetime", "dt", "ts", "time", "timestamp", "week", "month", "hour", "year", "day",
    "index", "period", "quarter", "epoch",
})  # fmt: skip
ID_PARTS = frozenset({
    "id", "ids", "key", "uuid", "guid", "uid", "ssn", "iban", "vin", "imei", "msisdn", "rowid",
})  # fmt: skip
ENTITY_NAMES = frozenset({
    "patient", "customer", "client", "user", "account", "member", "household", "subject", "device",
    "merchant", "employee",
})  # fmt: skip
"""Whole names that are entities by themselves: `patient` is one, `patient_age` is not."""
NUMBERED = ENTITY_NAMES | {
    "acct", "card", "case", "contract", "cust", "emp", "house", "invoice", "loan", "machine",
    "meter", "order", "person", "policy", "sensor", "shop", "site", "store", "student", "ticket",
    "vehicle",
}  # fmt: skip
NUMBER_PARTS = frozenset({"no", "nr", "nbr", "num", "number"})
"""`member_no`, `acct_nr`: an entity and its number; `items_num` counts."""
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TE_SUFFIX = "_te"
"""What H2O's TargetEncoder appends (TargetEncoderModel.ENCODED_COLUMN_POSTFIX)."""
_DISTINCT_SHARE = 0.5
"""An enum with more levels than this share of the rows tells rows apart, not groups."""
LEAST_ENTITIES = 30
"""An identifier with fewer values (`country_id`) names groups too large to stand for a row."""
_ROW_NUMBERS = 50
"""Fewer rows are no ground to call whole numbers a row number."""
_EXACT = 2.0**53
_EVEN = 0.02
"""How far a row number's range, mean and sd may be from those of 1, 2, 3 ..., as a share."""


@lru_cache(maxsize=20_000)
def parts_of(name: str) -> tuple[str, ...]:
    """The words of a column's name, in lower case."""
    return tuple(part.lower() for part in _PART.findall(name))


def base_column(variable: str, columns: Collection[str]) -> str:
    """The column a variable was made of: `status.C` is of `status`; the longest that fits."""
    if variable in columns:
        return variable
    end = variable.rfind(".")
    while end > 0:
        if variable[:end] in columns:
            return variable[:end]
        end = variable.rfind(".", 0, end)
    return variable


def column_shares(model: Model) -> dict[str, float]:
    """Importance per base column as a part of 1, the largest first; empty where none is stated."""
    known = {*model.columns, *model.column_types, *model.cardinality}
    relative = sum(one.relative or 0.0 for one in model.importances)
    shares: dict[str, float] = {}
    for one in model.importances:
        share = one.share
        if share is None and one.relative is not None and relative > 0:
            share = one.relative / relative
        if share is not None:
            base = base_column(one.variable, known)
            shares[base] = shares.get(base, 0.0) + share
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def is_time_like(name: str, kind: str | None) -> bool:
    """A time by its type, or by a whole part of its name."""
    return kind == "time" or not TIME_PARTS.isdisjoint(parts_of(name))


def is_counter_after(train: ColumnSummary, test: ColumnSummary, train_rows: int | None) -> bool:
    """An index by its values: whole numbers, one per row or nearly so, that go on in the test.

    A running number that nobody called time (`t`, `seq`) is one where test rows follow the
    training rows without much of a gap.
    """
    if train.type != "int" or train.low is None or train.high is None or test.low is None:
        return False
    span = train.high - train.low
    dense = train_rows is not None and span + 1 >= train_rows / 2 and span > 0
    return dense and 0 < test.low - train.high <= span / 2


def is_id_like(column: ColumnSummary, rows: int | None) -> bool:
    """An identifier by name, by type, or because (nearly) every row has a value of its own."""
    if column.type in {"uuid", "real"}:
        return column.type == "uuid"
    if _names_entity(parts_of(column.name)):
        return True
    if not rows:
        return False
    if column.type in {"enum", "string"}:
        return (column.cardinality or 0) > rows * _DISTINCT_SHARE
    return column.type == "int" and is_row_number(column, rows)


def _names_entity(parts: tuple[str, ...]) -> bool:
    if not ID_PARTS.isdisjoint(parts) or (len(parts) == 1 and parts[0] in ENTITY_NAMES):
        return True
    return bool(parts) and parts[-1] in NUMBER_PARTS and not NUMBERED.isdisjoint(parts)


def is_row_number(column: ColumnSummary, rows: int) -> bool:
    """Whole numbers with as wide a range as there are rows, evenly spread over it."""
    if column.low is None or column.high is None or column.mean is None or column.sigma is None:
        return False
    span = column.high - column.low
    if rows < _ROW_NUMBERS or abs((span + 1) / rows - 1) > _EVEN:
        return False
    off = abs(column.mean - (column.low + column.high) / 2) / span
    return off <= _EVEN and abs(column.sigma * math.sqrt(12) / span - 1) <= _EVEN


def distinct(column: ColumnSummary) -> int | None:
    """How many values a column has, at most; None: unknown."""
    if column.cardinality:
        return column.cardinality
    if column.type != "int" or column.low is None or column.high is None:
        return None
    span = column.high - column.low
    return round(span) + 1 if span < _EXACT else None


def rows_per_entity(frame: Frame | None) -> float:
    """Rows that share an entity, by the identifiers of the frame; 1 where none tells.

    Rows of one patient do not stand for themselves: a mean over 300 patients of 8 rows each is as
    uncertain as one over 300 rows.
    """
    rows = frame.rows if frame is not None else None
    if frame is None or not rows:
        return 1.0
    counts = [n for c in frame.columns if is_id_like(c, rows) and (n := distinct(c))]
    return rows / min((n for n in counts if LEAST_ENTITIES <= n < rows), default=rows)


def is_encoded_target(name: str) -> bool:
    """A target encoding by name: H2O's `_te`, or words that say it."""
    if name.lower().endswith(_TE_SUFFIX) and len(name) > len(_TE_SUFFIX):
        return True
    parts = set(parts_of(name))
    encoded = not parts.isdisjoint({"enc", "encoded", "encoding"})
    return encoded and not parts.isdisjoint({"target", "likelihood", "mean"})


def columns_by_name(frame: Frame | None) -> dict[str, ColumnSummary]:
    """Columns of a frame, in its order; empty without a frame."""
    return {column.name: column for column in frame.columns} if frame is not None else {}


def is_listed_whole(frame: Frame) -> bool:
    """Whether the document lists all columns of the frame: then an absent one is not in it."""
    return frame.whole and bool(frame.columns) and frame.column_count == len(frame.columns)


def lists_levels(column: ColumnSummary) -> bool:
    """Whether all levels of an enum are in the document."""
    return bool(column.levels) and len(column.levels) == (column.cardinality or len(column.levels))
