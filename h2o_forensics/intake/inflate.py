"""Deflate and gzip as streams: fast on sound data, exact to the last good byte on damaged data."""

import importlib
import zlib
from collections.abc import Callable
from contextlib import closing
from types import ModuleType
from typing import Protocol

from h2o_forensics.intake.caps import Chunks, StreamError, check_stop
from h2o_forensics.intake.stream import BLOCK, FIRST
from h2o_forensics.model.bundle import Limits

RAW = -15
"""Window bits of a bare deflate stream, as in zip entries."""
GZIP = 31
"""Window bits of gzip members, checksum included."""
MOST_POOR = 10_000
"""So many streams in one file may hold next to nothing: each costs what a long one does."""
_LEAST = 32
"""Bytes of content that are more than next to nothing: a line of a log."""
_FEED = 16 * 2**10
"""Packed bytes given at once: what follows a stream is copied out of the machine, and what lies
inside one counts as used when ratios are judged."""


class _Machine(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def _fast() -> ModuleType:
    """Give isal, about three times as fast as zlib, or zlib where isal is not installed."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib


_FAST = _fast()


def crc32(data: bytes, start: int) -> int:
    """Continue a CRC-32."""
    value: int = _FAST.crc32(data, start)
    return value


class Supply:
    """Packed bytes in pieces, with a place to put back what was not used."""

    def __init__(self, source: Chunks) -> None:
        self._source = source
        self._taken = 0
        self.rest = b""
        self.given = 0
        """Bytes inflated from it so far."""

    def more(self) -> bytes:
        """Give the next piece, empty at the end."""
        if self.rest:
            piece, self.rest = self.rest, b""
            return piece
        piece = next(self._source, b"")
        self._taken += len(piece)
        return piece

    def used(self, feed: bytes = b"") -> int:
        """Count the bytes used so far; `feed` was taken and is still waiting."""
        return self._taken - len(self.rest) - len(feed)


def small(chunks: Chunks) -> Chunks:
    """Cut packed bytes into pieces as a machine should be given them."""
    with closing(chunks):
        for chunk in chunks:
            yield from (chunk[at : at + _FEED] for at in range(0, len(chunk), _FEED))


class _PoorError(StreamError):
    """There are too many streams of next to nothing; a second reading would end here, too."""


class Patience:
    """Ends a file that is made of streams which hold next to nothing."""

    def __init__(self, supply: Supply, limits: Limits) -> None:
        self._supply = supply
        self._limits = limits
        self._given = self._poor = 0

    def check(self) -> None:
        """Ask before each stream but the first.

        Raises:
            StreamError: `stopped` or `bad_data`.
        """
        check_stop(self._limits)
        self._poor += self._supply.given - self._given < _LEAST
        self._given = self._supply.given
        if self._poor > MOST_POOR:
            raise _PoorError(
                "bad_data",
                f"more than {MOST_POOR} compressed streams that hold next to nothing, as no "
                "program writes them; the rest was not read. If you trust it, unpack it yourself "
                "and give the file.",
            )


class _Careful:
    """A zlib machine that gives every byte before the damage, and only then fails."""

    def __init__(self, bits: int) -> None:
        self._machine = zlib.decompressobj(bits)
        self._fault: StreamError | None = None

    @property
    def eof(self) -> bool:
        return self._machine.eof

    @property
    def unconsumed_tail(self) -> bytes:
        return self._machine.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._machine.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        if self._fault is not None:
            raise self._fault
        before = self._machine.copy()
        try:
            return self._machine.decompress(data, max_length)
        except zlib.error as error:
            self._fault = _damage(error)
            if good := _creep(before, data):
                return good
            raise self._fault from None


def _creep(machine: _Machine, data: bytes) -> bytes:
    """Inflate byte by byte up to the damage: a call that fails gives nothing at all."""
    good = bytearray()
    try:
        for byte in data:
            feed = bytes((byte,))
            while out := machine.decompress(feed, 1):
                good += out
                feed = machine.unconsumed_tail
    except zlib.error:
        return bytes(good)
    return bytes(good)


def _damage(error: zlib.error) -> StreamError:
    code = "bad_crc" if "check" in str(error) and "header" not in str(error) else "bad_data"
    return StreamError(
        code,
        f"compressed data are damaged ({error}); what came before was read. Fetch the file again.",
    )


def over_ratio(limits: Limits) -> StreamError:
    """Say that a stream unpacks to suspiciously much."""
    return StreamError(
        "ratio",
        f"unpacks to more than {limits.max_ratio} times its packed size, as archive bombs do; "
        "the rest was not read. If you trust it, unpack it yourself and give the file.",
    )


def _one(make: Callable[[int], _Machine], bits: int, supply: Supply, limits: Limits) -> Chunks:
    """Inflate one deflate stream or gzip member, and put back what follows it."""
    machine, feed, step = make(bits), b"", FIRST
    while not machine.eof:
        feed = feed or supply.more()
        drained = not feed
        out = machine.decompress(feed, step)
        feed = machine.unconsumed_tail
        supply.given += len(out)
        if supply.given > max(limits.ratio_free_bytes, limits.max_ratio * supply.used(feed)):
            raise over_ratio(limits)
        if out:
            yield out
            step = BLOCK
        elif drained and not machine.eof:
            raise StreamError(
                "truncated",
                "compressed data end too early; what was there was read. Fetch the file again.",
            )
    supply.rest = machine.unused_data


def _members(make: Callable[[int], _Machine], bits: int, supply: Supply, limits: Limits) -> Chunks:
    """Inflate a deflate stream, or all members of a gzip file."""
    patience = Patience(supply, limits)
    yield from _one(make, bits, supply, limits)
    while bits == GZIP and (rest := _past_padding(supply)):
        patience.check()
        if not rest.startswith(b"\x1f\x8b"):
            raise StreamError(
                "bad_gzip",
                "bytes after the end of the gzip data are no gzip data and were not read. "
                "Fetch the file again.",
            )
        supply.rest = rest
        yield from _one(make, bits, supply, limits)


def _past_padding(supply: Supply) -> bytes:
    """Skip the zeros that tapes and block devices leave after a gzip member."""
    rest = b""
    while len(rest) < len(b"\x1f\x8b") and (piece := supply.more()):
        rest = (rest + piece).lstrip(b"\0")
    return rest


def inflated(source: Callable[[], Chunks], bits: int, limits: Limits) -> Chunks:
    """Inflate a stream.

    Args:
        source: opens the packed bytes; called a second time when they turn out to be damaged.
        bits: `RAW` or `GZIP`.
        limits: for the ratio of unpacked to packed size.

    Raises:
        StreamError: `truncated`, `bad_crc`, `bad_data`, `bad_gzip`, `ratio` or `stopped`, after all
            that could be inflated.
    """
    sent = 0
    try:
        with closing(source()) as packed:
            for out in _members(_FAST.decompressobj, bits, Supply(small(packed)), limits):
                sent += len(out)
                yield out
        return  # noqa: TRY300 - an else clause would put the rest of the function inside it
    except (_FAST.error, StreamError) as fault:
        # The careful pass below raises it again, where the good bytes end.
        if isinstance(fault, _PoorError) or getattr(fault, "code", "") == "stopped":
            raise
    with closing(source()) as packed:
        for out in _members(_Careful, bits, Supply(small(packed)), limits):
            skip = min(sent, len(out))
            sent -= skip
            if skip < len(out):
                yield out[skip:]


def packed_length(source: Chunks, limits: Limits) -> tuple[int | None, int]:
    """Find where a bare deflate stream ends.

    Returns:
        The packed length in bytes, None when the data are damaged; and how many bytes were read.
    """
    supply = Supply(source)
    try:
        with closing(source):
            for _ in _one(_FAST.decompressobj, RAW, supply, limits):
                pass
    except (_FAST.error, StreamError):
        return None, supply.used()
    return supply.used(), supply.used()
