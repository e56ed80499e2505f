"""Opens what `--data` names: CSV (also gzipped) and Parquet, as it is or as a named problem."""

from __future__ import annotations

import csv
import gzip
import io
import os
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl
from polars.exceptions import PanicException, PolarsError

from h2o_forensics.audit.sheet import ROW, Sheet, sheet_of
from h2o_forensics.model.bundle import Limits, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_COLUMNS = 20_000
_HEAD = 1 << 20
_WINDOW = 16 << 20
"""A line longer than this is none: every stretch of this length has to hold a line end."""
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_PACKED = {b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_SEPARATORS = (",", "\t", ";", "|")
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]
_LIMITS = Limits()


class UnusableError(Exception):
    """A file cannot be audited; never leaves this package.  `code` and text are the problem's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_sheet(
    given: Path | bytes, name: str, stop: Callable[[], str | None] | None = None
) -> tuple[Sheet | None, tuple[Problem, ...]]:
    """A file of rows, and what is wrong with it; None where it cannot be used.

    Args:
        given: a path, or the bytes themselves.
        name: what the report calls it.
        stop: asked now and then; in words why reading has to end.
    """
    notes: list[Problem] = []
    try:
        return _open(given, name, notes, stop), tuple(notes)
    except UnusableError as error:
        problem = Problem(name, error.code, str(error))
    except OSError as error:
        why = error.strerror or type(error).__name__
        problem = Problem(name, "unreadable", f"--data: {why}. Check the path and its rights.")
    except (PolarsError, PanicException, EOFError, zlib.error) as error:
        # Words of the library may quote a cell: only the kind of the fault is told.
        problem = Problem(
            name,
            "bad_data",
            f"The rows cannot be read ({type(error).__name__}). Give a CSV with a line of names, "
            "or a whole Parquet file.",
        )
    return None, (*notes, problem)


def _open(
    given: Path | bytes, name: str, notes: list[Problem], stop: Callable[[], str | None] | None
) -> Sheet:
    if isinstance(given, Path):
        mode = given.stat()
        if not stat.S_ISREG(mode.st_mode):
            raise UnusableError("not_a_file", "--data wants a file of rows: a CSV or Parquet file.")
        size = mode.st_size
    else:
        size = len(given)
    with _stream(given) as stream:
        magic = stream.read(8)
    if not magic:
        raise UnusableError("empty", "The file is empty: give the rows the model was trained on.")
    for sign, what in _PACKED.items():
        if magic.startswith(sign):
            raise UnusableError("unsupported", f"It is packed with {what}: unpack it first.")
    source = given if isinstance(given, Path) else io.BytesIO(given)
    if magic.startswith(_PARQUET):
        lazy = pl.scan_parquet(source, glob=False) if isinstance(source, Path) else _parquet(source)
        return _sheet(lazy, name, given, size)
    head = _checked_head(given, size, stop, packed=magic.startswith(_GZIP))
    return _sheet(_csv(source, head, name, notes), name, given, size)


def _parquet(source: io.BytesIO) -> pl.LazyFrame:
    return pl.read_parquet(source).lazy()


def _stream(given: Path | bytes) -> BinaryIO:
    if isinstance(given, bytes):
        return io.BytesIO(given)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(given, flags), "rb")


def _blocks(given: Path | bytes, *, packed: bool) -> Iterator[bytes]:
    with _stream(given) as raw:
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        while block := stream.read(_WINDOW):
            yield block


def _checked_head(
    given: Path | bytes, size: int, stop: Callable[[], str | None] | None, *, packed: bool
) -> bytes:
    """The beginning of a text; the rest was looked through for what would fill the memory."""
    head, total = b"", 0
    for block in _blocks(given, packed=packed):
        total += len(block)
        head = head or block[:_HEAD]
        if b"\n" not in block and len(block) == _WINDOW:
            raise UnusableError("long_line", "A line is longer than 16 MB: this is no CSV.")
        if packed and total > _LIMITS.ratio_free_bytes and total > size * _LIMITS.max_ratio:
            raise UnusableError("ratio", "It unpacks to more than 400 times its size: refused.")
        if total > _LIMITS.max_member_bytes:
            raise UnusableError("too_big", "It holds more than 16 GB: give a part of the rows.")
        why = stop() if stop is not None else None
        if why is not None:
            raise UnusableError("stopped", f"The rows were not audited: {why}.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnusableError("bad_text", "It is UTF-16: convert it (iconv -f UTF-16 -t UTF-8).")
    if b"\0" in head:
        raise UnusableError("bad_data", "It is neither text nor Parquet: give CSV or Parquet.")
    if not head.strip():
        raise UnusableError("empty", "The file holds no rows.")
    return head


def _csv(source: Path | io.BytesIO, head: bytes, name: str, notes: list[Problem]) -> pl.LazyFrame:
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4 or len(head) < _HEAD:
            message = "It is not UTF-8: letters it cannot be are read as the same sign."
            notes.append(Problem(name, "bad_text", message))
    text = head.decode("utf-8-sig", "replace")
    separator = _separator(text)
    if _is_ragged(text, separator, cut=len(head) == _HEAD):
        notes.append(
            Problem(
                name,
                "bad_data",
                "Lines have other numbers of fields than the line of names: fields too many are "
                "left out, fields too few are missing values.",
            )
        )
    return pl.scan_csv(
        source,
        separator=separator,
        infer_schema=False,
        ignore_errors=True,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
        null_values=_MISSING,
        glob=False,
        raise_if_empty=True,
    )


def _separator(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(_SEPARATORS, key=lambda sign: (first.count(sign), -_SEPARATORS.index(sign)))


def _is_ragged(text: str, separator: str, *, cut: bool) -> bool:
    lines = text.splitlines(keepends=True)
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return True
    return len(set(widths[:-1] if cut else widths)) > 1


def _sheet(lazy: pl.LazyFrame, name: str, given: Path | bytes, size: int) -> Sheet:
    schema = lazy.collect_schema()
    names = schema.names()
    if len(names) > MOST_COLUMNS:
        message = f"It has {len(names):,} columns; the audit takes {MOST_COLUMNS:,} at most."
        raise UnusableError("too_big", message)
    kinds = schema.dtypes()
    flat = [at for at, kind in enumerate(kinds) if not kind.is_nested()]
    places = {names[at]: f"c{number}" for number, at in enumerate(flat)}
    dated = [places[names[at]] for at in flat if kinds[at].is_temporal()]
    lazy = lazy.select(pl.col(old).alias(new) for old, new in places.items()).with_row_index(ROW)
    path = str(given) if isinstance(given, Path) else name
    sheet = sheet_of(lazy, list(places), dated, name=name, path=path, size_bytes=size)
    if not sheet.rows:
        raise UnusableError("empty", "It has a line of names and no rows.")
    return sheet
