"""Bzip2, xz and zstd: transparent as gzip is, the content keeps the path of the file."""

import bz2
import lzma
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Protocol

from msgspec import Struct

from h2o_forensics.intake.caps import Chunks, StreamError
from h2o_forensics.intake.inflate import Patience, Supply, over_ratio, small
from h2o_forensics.intake.names import content_name
from h2o_forensics.intake.session import Blob, Session, outermost
from h2o_forensics.intake.stream import BLOCK, FIRST
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Limits

WINDOW_LOG = 27
"""Windows up to 2**27 bytes (128 MiB) are unpacked, as by `zstd -d`; those of `xz -9` have 64."""
_XZ_MEMORY = (1 << WINDOW_LOG) + 32 * 2**20
"""The window, and what the decoder needs beside it."""


class Machine(Protocol):
    """The decompressors of bz2, lzma and zstd."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether it gives no more without further input."""

    @property
    def unused_data(self) -> bytes:
        """Input behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Give at most `max_length` bytes."""


class Codec(Struct, frozen=True):
    """A kind of compressed data."""

    name: str
    suffix: str
    tarred: tuple[str, ...]
    """Suffixes that stand for `.tar` and this one."""
    magic: tuple[bytes, ...]
    make: Callable[[], Machine]
    faults: type[Exception]
    empty: tuple[bytes, ...] = ()
    """Marks of frames that hold no content."""

    def probe(self, head: bytes) -> bool:
        """Tell it by its first bytes."""
        return head.startswith(self.magic)

    def walk(self, blob: Blob, session: Session) -> Iterator[Blob]:
        """Give the one stream it holds."""
        depth, box = blob.depth + 1, blob.box or outermost(blob)

        def content() -> Chunks:
            unpacked = unpack(self, blob.chunks, session.limits)
            return session.meter.limit((blob.path, depth), unpacked, box)

        name = content_name(blob.name, self.suffix, self.tarred)
        yield Blob(blob.path, content, None, blob.mtime, name, depth, box=box, packed=blob.size)


_SKIPPABLE = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
"""Zstd frames without content (RFC 8878, 3.1.2), as pzstd writes them in front."""
_FRAME_HEAD = 8

BZIP2 = Codec("bzip2", ".bz2", (".tbz2", ".tbz"), (b"BZh",), bz2.BZ2Decompressor, OSError)
XZ = Codec(
    "xz",
    ".xz",
    (".txz",),
    (b"\xfd7zXZ\x00",),
    lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY),
    lzma.LZMAError,
)
ZSTD = Codec(
    "zstd",
    ".zst",
    (".tzst",),
    (b"\x28\xb5\x2f\xfd", *_SKIPPABLE),
    lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG}),
    zstd.ZstdError,
    _SKIPPABLE,
)


class _DamageError(StreamError):
    """The machine met what it cannot unpack."""


def unpack(codec: Codec, source: Callable[[], Chunks], limits: Limits) -> Chunks:
    """Unpack all streams of a file.

    Args:
        codec: what packed it.
        source: opens the packed bytes; called a second time when they turn out to be damaged.
        limits: for the ratio of unpacked to packed size.

    Raises:
        StreamError: `truncated`, `bad_data`, `window`, `ratio` or `stopped`, after all that
            could be unpacked (bzip2 and zstd unpack whole blocks, nothing of one that is cut).
    """
    sent = 0
    try:
        with closing(source()) as packed:
            for out in _streams(codec, Supply(small(packed)), limits, None):
                sent += len(out)
                yield out
        return  # noqa: TRY300 - an else clause would put the rest of the function inside it
    except _DamageError as fault:
        if fault.code == "window":
            raise
    # A call that fails gives nothing at all: once more, byte by byte where it failed.
    with closing(source()) as packed:
        skip = sent
        for out in _gathered(_streams(codec, Supply(small(packed)), limits, sent)):
            if skip < len(out):
                yield out[skip:]
            skip = max(0, skip - len(out))


def _streams(codec: Codec, supply: Supply, limits: Limits, known: int | None) -> Chunks:
    """Unpack one stream after the other; zeros between them are padding."""
    patience = Patience(supply, limits)
    mark = len(codec.magic[0])
    rest = _at_least(supply, mark)
    while True:
        if rest.startswith(codec.empty):
            _pass_over(supply, rest)
        else:
            supply.rest = rest
            yield from _one(codec, supply, limits, known)
        rest = b""
        while len(rest) < mark and (piece := supply.more()):
            rest = (rest + piece).lstrip(b"\0")
        if not rest:
            return
        patience.check()
        if not codec.probe(rest):
            raise StreamError(
                "bad_data",
                f"bytes after the end of the {codec.name} data are something else and were not "
                "read. Fetch the file again.",
            )


def _at_least(supply: Supply, size: int, held: bytes = b"") -> bytes:
    while len(held) < size and (piece := supply.more()):
        held += piece
    return held


def _pass_over(supply: Supply, rest: bytes) -> None:
    """Skip a frame without content: its mark, its length (4 bytes, little-endian), its bytes."""
    head = _at_least(supply, _FRAME_HEAD, rest)
    left = int.from_bytes(head[4:_FRAME_HEAD], "little")
    piece = head[_FRAME_HEAD:]
    while left > len(piece) or len(head) < _FRAME_HEAD:
        left -= len(piece)
        if not (piece := supply.more()):
            raise _truncated()
    supply.rest = piece[left:]


def _one(codec: Codec, supply: Supply, limits: Limits, known: int | None) -> Chunks:
    """Unpack one stream, and put back what follows it; `known`: bytes that are sure to come."""
    machine = codec.make()
    while not machine.eof:
        feed = b""
        if machine.needs_input and not (feed := supply.more()):
            raise _truncated()
        step = BLOCK if supply.given else FIRST
        if known is not None:
            step = max(1, min(BLOCK, known - supply.given))
        try:
            out = machine.decompress(feed, step)
        except codec.faults as error:
            raise _damage(error) from None
        supply.given += len(out)
        if supply.given > max(limits.ratio_free_bytes, limits.max_ratio * supply.used()):
            raise over_ratio(limits)
        if out:
            yield out
    supply.rest = machine.unused_data


def _truncated() -> StreamError:
    return StreamError(
        "truncated",
        "compressed data end too early; what was there was read. Fetch the file again.",
    )


def _damage(error: Exception) -> _DamageError:
    if "memory" in str(error).lower():
        return _DamageError(
            "window",
            f"unpacking it needs more than {(1 << WINDOW_LOG) >> 20} MiB of memory; it was not "
            "read. If you trust it, unpack it yourself and give the file.",
        )
    return _DamageError(
        "bad_data",
        f"compressed data are damaged ({error}); what came before was read. Fetch the file again.",
    )


def _gathered(chunks: Chunks) -> Chunks:
    """Join small pieces, and give what there is before a fault is raised."""
    held = bytearray()
    try:
        for chunk in chunks:
            held += chunk
            if len(held) >= BLOCK:
                yield bytes(held)
                held.clear()
    except StreamError:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)
