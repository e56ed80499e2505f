"""Runs one measure over evidence tables, step by step, with its joins' sizes known before."""

import math
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from time import monotonic, process_time

import polars as pl
from polars.exceptions import PanicException, PolarsError

from h2o_forensics.model.finding import Value
from h2o_forensics.model.rule import Measure, MeasureJoin
from h2o_forensics.model.tables import make_table

MAX_JOIN_ROWS = 1_000_000
"""A join that would make more rows is not run."""
MAX_ROWS = 1000
"""Rows a measure may return; the first ones by time and place."""
MAX_TEXT = 2000
"""Characters of one fact."""
MAX_ANSWER = 4 * 2**20
"""Characters of all facts of all rows."""
MAX_SECONDS = 2
ORDER = ("ts", "node", "artifact", "line", "pointer")
_TYPES: dict[str, tuple[type[pl.DataType], ...]] = {
    "ts": (pl.Datetime,),
    "node": (pl.String,),
    "artifact": (pl.String,),
    "pointer": (pl.String,),
    "line": (pl.Int64, pl.Int32, pl.UInt32),
}
_ROWS = "# rows"
"""Name of a count that no column can have."""
_MS = timedelta(milliseconds=1)

Row = dict[str, Value]


class MeasureError(Exception):
    """A measure could not be evaluated over this evidence; says why.  Never leaves engine."""


def run_measure(measure: Measure, tables: Mapping[str, pl.DataFrame]) -> list[Row]:
    """The rows it returns, by time, node and place; datetimes as epoch ms.

    Raises:
        MeasureError: a join or the answer is too large, it takes too long, or Polars refuses.
    """
    made: dict[str, pl.DataFrame] = {}
    began, worked = monotonic(), process_time()
    try:
        for step in measure.steps:
            # Both: a busy machine makes it late, many cores make it work much in no time.
            if min(monotonic() - began, process_time() - worked) > MAX_SECONDS:
                raise MeasureError(f"it took longer than {MAX_SECONDS} s")
            frames = {name: _table(name, made, tables) for name in step.tables}
            _check_joins(step.joins, frames)
            with pl.SQLContext(frames=frames, register_globals=False, eager=False) as context:
                made[step.name] = context.execute(step.sql).collect(engine="in-memory")
        result = made[""]
        _check_types(result)
        if result.is_empty() and not any(map(_is_strange, result.dtypes)):
            return []
        order = [name for name in ORDER if name in result.columns]
        order += [name for name in sorted(result.columns) if name not in order]
        kept = result.sort(order, nulls_last=True).head(MAX_ROWS)
        stamps = [name for name, kind in kept.schema.items() if isinstance(kind, pl.Datetime)]
        # Not as Python's datetimes: these would open the time zone's file.
        plain = kept.with_columns(pl.col(stamps).dt.timestamp("ms"))
        return _rows(plain)
    except (PolarsError, PanicException) as error:
        first = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise MeasureError(first[:MAX_TEXT]) from error


def _table(
    name: str, made: Mapping[str, pl.DataFrame], tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    if name in made:
        return made[name]
    found = tables.get(name)
    return make_table(name, []) if found is None else found


def _check_joins(joins: tuple[MeasureJoin, ...], frames: Mapping[str, pl.DataFrame]) -> None:
    """Refuse a step whose joins could make too many rows: exact for the first, else at most."""
    if not joins:
        return
    rows = frames[joins[0].base].height
    # Every row with every other one: where that is not too much, nothing is.
    if rows * math.prod(max(1, frames[join.table].height) for join in joins) <= MAX_JOIN_ROWS:
        return
    for number, join in enumerate(joins):
        right = _groups(frames[join.table], join.keys)
        if number == 0 and join.base_keys:
            left = _groups(frames[join.base], join.base_keys)
            both = left.join(right, left_on=list(join.base_keys), right_on=list(join.keys))
            rows += int(both.select((pl.col(_ROWS) * pl.col(f"{_ROWS}_right")).sum()).item() or 0)
        else:
            rows *= max(1, int(right.get_column(_ROWS).max() or 0))  # type: ignore[arg-type]
        if rows > MAX_JOIN_ROWS:
            raise MeasureError(
                f"its join with {join.table} could make {rows} rows, more than {MAX_JOIN_ROWS}; "
                "join on more columns, or group in WITH first"
            )


def _groups(frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """How many rows there are of each key."""
    distinct = list(dict.fromkeys(keys))
    kept = frame.select(distinct).drop_nulls().group_by(distinct)
    return kept.agg(pl.len().cast(pl.Int64).alias(_ROWS))


def _check_types(result: pl.DataFrame) -> None:
    for name, allowed in _TYPES.items():
        kind = result.schema.get(name, pl.Null())
        if not isinstance(kind, (*allowed, pl.Null)):
            raise MeasureError(f"its column {name} is {kind}, not {allowed[0].__name__}")


def _is_strange(kind: pl.DataType) -> bool:
    """Whether Polars may refuse to sort such a column, be it empty."""
    return isinstance(kind, pl.Null | pl.Object) or kind.is_nested()


def _rows(result: pl.DataFrame) -> list[Row]:
    """The rows as plain values."""
    rows, size = [], 0
    for row in result.iter_rows(named=True):
        rows.append(_plain(row))
        size += sum(len(value) if isinstance(value, str) else 8 for value in rows[-1].values())
        if size > MAX_ANSWER:
            raise MeasureError(
                f"its rows hold more than {MAX_ANSWER // 2**20} MB; return fewer columns, "
                "or the start of long texts only (LEFT)"
            )
    return rows


def _plain(row: Mapping[str, object]) -> Row:
    return {name: _value(value) for name, value in row.items()}


def _value(value: object) -> Value:
    match value:
        case None | bool() | int():
            return value
        case float() | Decimal():
            number = float(value)
            return number if math.isfinite(number) else None
        case timedelta():
            return value // _MS
        case date() | time():
            return value.isoformat()
    return str(value)[:MAX_TEXT]
