"""Entries that a zip's central directory does not lead to: found by their own headers."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from h2o_forensics.intake.caps import Chunks
from h2o_forensics.intake.inflate import packed_length
from h2o_forensics.intake.stream import BLOCK
from h2o_forensics.intake.zip_directory import LOCAL_MARK, Entry, local_entry
from h2o_forensics.model.bundle import Limits

DEFLATED = 8
_METHODS = frozenset({0, 8, 9, 12, 14, 93, 95, 98})
"""Methods in use; a header that names another one is taken for chance."""
_LONGEST_NAME = 4096
_PASSES = 4
"""The archive's bytes are looked at this often at most, however its headers overlap."""
_TRIES = 4
"""Headers that turn out to be none, per entry allowed."""


class _Finder:
    """Finds header marks without reading a block twice."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._base = 0
        self._block = b""

    def next(self, at: int) -> int | None:
        """Give the offset of the first mark at or after `at`."""
        while True:
            if not self._base <= at <= self._base + len(self._block) - len(LOCAL_MARK):
                self._base = at
                self._file.seek(at)
                self._block = self._file.read(BLOCK)
                if len(self._block) < len(LOCAL_MARK):
                    return None
            found = self._block.find(LOCAL_MARK, at - self._base)
            if found >= 0:
                return self._base + found
            at = self._base + len(self._block) - len(LOCAL_MARK) + 1  # A mark may straddle blocks.


def salvage(
    file: BinaryIO, size: int, known: Mapping[int, Entry], most: int, limits: Limits
) -> Iterator[Entry]:
    """Give the entries that are not among the known ones.

    Args:
        file: the archive.
        size: its length in bytes.
        known: entries of the central directory by offset: trusted for their length.
        most: how many entries to give at most.
        limits: bound what is inflated to find where an entry ends.
    """
    finder, at, given, budget = _Finder(file), 0, 0, _PASSES * size
    for _ in range(_TRIES * most):
        found = finder.next(at)
        if found is None or given >= most:
            return
        at = found + len(LOCAL_MARK)
        local = local_entry(file, found)
        if local is None or not _plausible(local[0]):
            continue
        entry, data_at = local
        packed = known[found].packed if found in known else entry.packed
        if packed is None and entry.method == DEFLATED and budget > 0:
            packed, looked = packed_length(_from(file, data_at), limits)
            budget -= looked
        if found not in known:
            given += 1
            crc = _late_crc(file, data_at, packed) if entry.crc is None else entry.crc
            yield entry._replace(packed=packed, crc=crc)
        # An end outside the file is a lie or a cut: look at what lies between.
        at = data_at if packed is None or data_at + packed > size else data_at + packed


def _plausible(entry: Entry) -> bool:
    return entry.method in _METHODS and len(entry.name) <= _LONGEST_NAME and b"\0" not in entry.name


def _late_crc(file: BinaryIO, data_at: int, packed: int | None) -> int | None:
    """Read the CRC from the descriptor behind the data, where it has its mark."""
    if packed is None:
        return None
    file.seek(data_at + packed)
    descriptor = file.read(8)
    marked = descriptor.startswith(b"PK\x07\x08") and len(descriptor) == 8  # noqa: PLR2004
    return int.from_bytes(descriptor[4:], "little") if marked else None


def _from(file: BinaryIO, at: int) -> Chunks:
    """Read on from an offset, although others move the same file in between."""
    while True:
        file.seek(at)
        chunk = file.read(BLOCK)
        if not chunk:
            return
        at += len(chunk)
        yield chunk
