"""Rows of a table as text, JSON, CSV or Parquet."""

import csv
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_GAP = "  "
_LEAST = 10
"""Characters a column has at least; rows are written out where a terminal is narrower."""
_MOST = 200
"""Characters of a cell that are shown."""
_WIDE = frozenset("WF")


class TableFormat(StrEnum):
    """Kinds of table."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class QueryFormat(StrEnum):
    """Kinds of table a query gives."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def render(frame: "pl.DataFrame", kind: str, width: int | None) -> str | bytes:
    """The rows in this format; `width`, of the terminal, is for text: None cuts nothing."""
    if kind == QueryFormat.PARQUET:
        buffer = BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    if kind == QueryFormat.CSV:
        return as_csv(frame.columns, frame.iter_rows())
    if kind == QueryFormat.JSON:
        return as_json(frame.columns, frame.iter_rows())
    return as_text(frame.columns, frame.rows(), width)


def as_json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An array with one object a line; moments as ISO 8601."""
    from msgspec import json  # noqa: PLC0415 - see the package's docstring

    from h2o_forensics.report.safe_text import json_visible  # noqa: PLC0415

    lines = [
        json.encode({name: _plain(value) for name, value in zip(columns, row, strict=True)})
        for row in rows
    ]
    text = ",\n".join(line.decode() for line in lines)
    return json_visible(f"[\n{text}\n]\n" if text else "[]\n")


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """With a head; null is empty, and lists are JSON."""
    from msgspec import json  # noqa: PLC0415

    def cell(value: object) -> object:
        plain = _plain(value)
        return json.encode(plain).decode() if isinstance(plain, list | dict | bool) else plain

    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def as_text(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    width: int | None,
    whole: Collection[str] = (),
) -> str:
    """Columns side by side within `width`, long cells cut; one below another where that fails.

    Args:
        columns: their names.
        rows: their values.
        width: of the terminal; None: as wide as it gets.
        whole: columns that are not cut.
    """
    if not columns:
        return "no columns\n"
    cells = [[_shown(value) for value in row] for row in rows]
    heads = [_line(name) for name in columns]
    wanted = [
        max([_room(head), *(_room(row[at]) for row in cells)]) for at, head in enumerate(heads)
    ]
    least = [
        one if name in whole else min(one, _LEAST)
        for name, one in zip(columns, wanted, strict=True)
    ]
    gaps = len(_GAP) * (len(heads) - 1)
    if width is None:
        lines = _beside(heads, cells, wanted)
    elif sum(least) + gaps > width:
        lines = _listed(heads, cells, width)
    else:
        lines = _beside(heads, cells, _rooms(wanted, least, width - gaps))
    count = f"{len(cells)} row{'' if len(cells) == 1 else 's'}"
    return "\n".join([*lines, count]) + "\n"


def _beside(heads: list[str], cells: list[list[str]], rooms: list[int]) -> Iterator[str]:
    for row in (heads, ["-" * room for room in rooms], *cells):
        yield _GAP.join(_padded(text, room) for text, room in zip(row, rooms, strict=True)).rstrip()


def _rooms(wanted: list[int], least: list[int], width: int) -> list[int]:
    """A column's width: what it wants; where that is too much, the widest ones are cut alike."""
    cap = max(wanted)

    def at_most(cap: int) -> list[int]:
        return [max(low, min(one, cap)) for one, low in zip(wanted, least, strict=True)]

    while cap > 0 and sum(at_most(cap)) > width:
        cap -= 1
    rooms = at_most(cap)
    for at in range(len(rooms)):  # what is left over, one each
        if sum(rooms) < width and rooms[at] < wanted[at]:
            rooms[at] += 1
    return rooms


def _listed(heads: list[str], cells: list[list[str]], width: int) -> Iterator[str]:
    """`column: value`, a row after the other."""
    for row in cells:
        for head, text in zip(heads, row, strict=True):
            yield from textwrap.wrap(f"{head}: {text}", max(width, 8), subsequent_indent="  ")
        yield ""


def _padded(text: str, room: int) -> str:
    cut = _fit(text, room)
    return cut + " " * (room - _room(cut))


def _fit(text: str, room: int) -> str:
    """Cut to so many columns of a terminal; an ellipsis tells."""
    if _room(text) <= room:
        return text
    kept, used = [], 0
    for letter in text:
        used += _room(letter)
        if used > room - 1:
            break
        kept.append(letter)
    return "".join(kept) + "…"


def _room(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_letter(one) for one in text)


def _letter(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in _WIDE else 1


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | dict):
        from msgspec import json  # noqa: PLC0415

        return _line(json.encode(_plain(value)).decode())
    return _line(str(_plain(value)))


def _line(text: str) -> str:
    from h2o_forensics.report.safe_text import one_line  # noqa: PLC0415

    return one_line(text, _MOST)


def _plain(value: object) -> Any:  # noqa: ANN401 - what JSON can hold
    """A moment as ISO 8601, with Z where it is UTC; all else as it is."""
    if isinstance(value, datetime):
        text = value.isoformat(timespec="milliseconds")
        return text.removesuffix("+00:00") + ("Z" if value.tzinfo is not None else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    return value
