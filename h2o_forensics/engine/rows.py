"""Signals over evidence tables: each row for which the filter is true becomes a hit."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl
from polars.exceptions import PanicException, PolarsError

from h2o_forensics.errors import RuleError
from h2o_forensics.model.finding import Hit, Value
from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import RECORDS, CaptureType, Signal
from h2o_forensics.model.tables import SCHEMAS, make_table
from h2o_forensics.model.training_tables import SUBJECTS


class NotEvaluableError(Exception):
    """A sound filter cannot be run over these very values.  Becomes a gap, never leaves engine."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a column of a row was read."""

    artifact: str
    line: int | None
    text: str
    pointer: str | None = None


_COUNTED = {"warnings": "count", "exceptions": "count", "hits": "weight"}
"""Tables whose rows stand for several events, and the column that says for how many."""
_MOMENTS = {
    "starved": "starved_from_ts", "starved_real_ms": "starved_from_ts",
    "starved_cpu_ms": "starved_from_ts", "max_starved_ms": "starved_from_ts",
    "worst_s": "worst_ts", "worst_share": "worst_ts", "worst_ts": "worst_ts",
    "max_pause_ms": "max_pause_ts", "max_pause_cause": "max_pause_ts",
    "full": "max_full_ts", "full_ms": "max_full_ts", "max_full_ms": "max_full_ts",
    "in_vain": "vain_ts", "in_vain_ms": "vain_ts",
    "asked_full": "asked_ts", "asked_full_ms": "asked_ts",
    "stalls": "max_stall_ts", "stall_ms": "max_stall_ts", "stall_share": "max_stall_ts",
    "sync_ms": "max_sync_ts", "max_sync_ms": "max_sync_ts",
    "max_after_full_bytes": "max_after_full_ts", "ended_in_order": "last_seen",
}  # fmt: skip
"""A run of a JVM is one row: when that was which a column tells of."""
_GROUP = re.compile(r"\(\?P?<(\w+)>")
CAPTURE_TYPES: dict[CaptureType, type[pl.DataType]] = {
    "int": pl.Int64,
    "bytes": pl.Int64,
    "float": pl.Float64,
    "duration": pl.Int64,
}


Masks = Mapping[tuple[str, str], pl.Series]
"""Which rows of a table a filter keeps, by name of the table and the filter."""
_NO_MASKS: Masks = {}


def masks_of(signals: Iterable[Signal], tables: Mapping[str, pl.DataFrame]) -> Masks:
    """What the filters of row signals keep, all filters of a table in one pass.

    Each pass of its own costs 0.3 ms, however few rows there are.  A filter that fails is left
    out, with those it was run with: whoever runs it alone learns why.
    """
    wanted: dict[str, dict[str, None]] = {}
    for signal in signals:
        if signal.table != RECORDS and signal.where is not None:
            wanted.setdefault(signal.table, {})[signal.where] = None
    masks: dict[tuple[str, str], pl.Series] = {}
    for name, filters in wanted.items():
        table = tables.get(name)
        if table is None or table.is_empty():
            continue
        parts = {f"{number} # keeps": where for number, where in enumerate(filters)}
        try:
            made = table.with_columns(
                _parsed(where).alias(column) for column, where in parts.items()
            )
        except (PolarsError, PanicException):
            continue
        for column, where in parts.items():
            if made.schema[column] == pl.Boolean:
                masks[name, where] = made.get_column(column)
    return masks


def match_rows(
    signal: Signal,
    tables: Mapping[str, pl.DataFrame],
    paths: Mapping[str, str],
    masks: Masks = _NO_MASKS,
) -> list[Hit]:
    """Hits of a row signal, in order of time (rows without one last), artifact and line.

    Args:
        signal: one whose `table` is an evidence table.
        tables: evidence tables by name; one that is not there has no rows.
        paths: path of each artifact by its id.
        masks: what filters keep, where that is known.

    Raises:
        RuleError: the filter cannot be run over any such table.
        NotEvaluableError: it cannot be run over this one.
    """
    table = tables.get(signal.table)
    if table is None or table.is_empty():
        return []
    mask = None if signal.where is None else masks.get((signal.table, signal.where))
    if mask is None:
        kept = select_rows(table, signal.where, signal.id)
    elif mask.any():
        kept = table.filter(mask)
    else:
        return []
    used = _columns_of(signal, table)
    if kept.is_empty():
        return []
    rows = plain_rows(kept)
    weights = _weights(signal.table, rows)
    hits = [
        hit
        for row, weight in zip(rows, weights, strict=True)
        for hit in _hits(signal, row, weight, used, paths)
    ]
    return sorted(hits, key=hit_order)


def keep_where(signal: Signal, hits: Sequence[Hit]) -> list[Hit]:
    """Hits of a record signal for which its `where` is true: over captures, level, thread, node.

    Raises:
        RuleError: the filter cannot be run over any hits.
        NotEvaluableError: it cannot be run over these.
    """
    if signal.where is None or not hits:
        return list(hits)
    schema = _capture_schema(signal)
    rows = [
        hit.captures | {"level": hit.level, "thread": hit.thread, "node": hit.node} for hit in hits
    ]
    columns = {name: [row.get(name) for row in rows] for name in schema}
    frame = pl.DataFrame(columns, schema=schema, strict=False).with_row_index("hit_index")
    kept = select_rows(frame, signal.where, signal.id).get_column("hit_index").to_list()
    return [hits[index] for index in kept]


def check_where(signal: Signal) -> str | None:
    """What is wrong with a signal's filter (table, column or syntax); None: nothing."""
    if signal.table != RECORDS and signal.table not in SCHEMAS:
        return f"{signal.id}: table: there is no {signal.table!r}{nearest(signal.table, SCHEMAS)}"
    if signal.table == RECORDS:
        frame = pl.DataFrame(schema=_capture_schema(signal))
    else:
        frame = make_table(signal.table, [])
    try:
        select_rows(frame, signal.where, signal.id)
    except RuleError as error:
        return str(error)
    return None


def select_rows(table: pl.DataFrame, where: str | None, owner: str) -> pl.DataFrame:
    """Rows for which the Polars SQL expression is true.

    Raises:
        RuleError: naming `owner`, when the expression is broken: it fails without any rows, too.
        NotEvaluableError: the values of these rows do not let it be run, as a text that stands
            where a function wants a pattern.
    """
    if where is None:
        return table
    try:
        return table.filter(_parsed(where))
    except (PolarsError, PanicException) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        told = f"{owner}: where: {where!r}: {first}"
        if table.is_empty() or _is_broken(where, table):
            raise RuleError([told]) from error
        raise NotEvaluableError(told) from error


def _is_broken(where: str, table: pl.DataFrame) -> bool:
    try:
        table.clear().filter(_parsed(where))
    except (PolarsError, PanicException):
        return True
    return False


@lru_cache(maxsize=4096)
def _parsed(where: str) -> pl.Expr:
    return pl.sql_expr(where)


@lru_cache(maxsize=4096)
def _names_in(where: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_parsed(where).meta.root_names()))


def plain_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts of plain values, datetimes as epoch ms."""
    names = table.columns
    columns = [_plain(column).to_list() for column in table.get_columns()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if not isinstance(kind, pl.Datetime):
        return column
    # What is counted in ms is stored as such; an expression would cost 50 times more.
    return column.cast(pl.Int64) if kind.time_unit == "ms" else column.dt.timestamp("ms")


def hit_order(hit: Hit) -> tuple[bool, int, str, int, str, str]:
    """Sort key: time (none last), then place."""
    return (hit.ts is None, hit.ts or 0, hit.path, hit.line or 0, hit.pointer or "", hit.signal)


def _capture_schema(signal: Signal) -> dict[str, type[pl.DataType]]:
    groups = _GROUP.findall(f"{signal.pattern or ''} {signal.thread or ''}")
    kinds = {name: CAPTURE_TYPES.get(kind, pl.String) for name, kind in signal.captures.items()}
    return dict.fromkeys(("level", "thread", "node", *groups), pl.String) | kinds


def _columns_of(signal: Signal, table: pl.DataFrame) -> list[str]:
    if signal.where is None:
        return []
    try:
        named = _names_in(signal.where)
    except PolarsError as error:
        first = str(error).splitlines()[0]
        raise RuleError([f"{signal.id}: where: {signal.where!r}: {first}"]) from error
    columns = set(table.columns)
    return [name for name in named if name in columns]


def _weights(table: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    column = _COUNTED.get(table)
    weights = [int(row.get(column) or 0) if column else 1 for row in rows]
    # A filter may leave only samples, whose count stands on a row it took out: then they count.
    return weights if sum(weights) else [1] * len(rows)


def _hits(
    signal: Signal, row: Mapping[str, Any], weight: int, used: list[str], paths: Mapping[str, str]
) -> Iterator[Hit]:
    """One hit, and one of no weight for each further line that the filter's columns came from."""
    about = row.get(signal.about) if signal.about else None
    captures: dict[str, Value] = dict(row)
    for number, place in enumerate(places_of(signal.table, row, used)):
        yield Hit(
            signal=signal.id,
            artifact=place.artifact,
            path=paths.get(place.artifact, place.artifact),
            line=place.line,
            line_end=None,
            pointer=place.pointer,
            ts=_moment(signal.table, row, used, place),
            node=str(about) if about is not None else row.get("node"),
            logged_by=row.get("node"),
            run=row.get("run"),
            level=str(row.get("level") or ""),
            thread=str(row.get("thread") or ""),
            text=place.text,
            captures=captures,
            weight=0 if number else weight,
            subject=_subject(signal.table, row),
        )


def _subject(table: str, row: Mapping[str, Any]) -> str | None:
    kind, column = SUBJECTS.get(table, ("", ""))
    name = row.get(column) if column else None
    return None if name is None else f"{kind} {name}"


def _moment(table: str, row: Mapping[str, Any], used: Sequence[str], place: Place) -> int | None:
    """When the line was written that a column came from, else the row's time."""
    if table == "jvms" and row.get("places"):
        places = msgspec.json.decode(row["places"], type=dict[str, Place])
        moments = (_MOMENTS.get(name) for name in used if places.get(name) == place)
        known = (row.get(name) for name in moments if name is not None)
        stated: int | None = next((moment for moment in known if moment is not None), row.get("ts"))
        return stated
    moment: int | None = row.get("ts")
    return moment


def places_of(table: str, row: Mapping[str, Any], used: Sequence[str]) -> list[Place]:
    """Where the columns used were read: rows may be put together."""
    stated, pointer = row.get("places"), row.get("pointer")
    places = msgspec.json.decode(stated, type=dict[str, Place]) if stated else {}
    found = list(dict.fromkeys(places[name] for name in used if name in places))
    if not found:
        text = _text(table, row, used)
        return [Place(str(row.get("artifact") or ""), row.get("line"), text, pointer)]
    if pointer is None:
        return found
    return [
        one if one.pointer or one.line else msgspec.structs.replace(one, pointer=pointer)
        for one in found
    ]


def _text(table: str, row: Mapping[str, Any], used: Sequence[str]) -> str:
    stated = row.get("text")
    if isinstance(stated, str) and stated:
        return stated
    shown = ", ".join(f"{name}={_cell(row.get(name))}" for name in used)
    return f"{table}: {shown}" if shown else table


def _cell(value: Value) -> str:
    return "null" if value is None else str(value)
