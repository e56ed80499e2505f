"""What the header of unified logging and its metaspace lines state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest

_UNITS = {b"B": 1, b"K": 1 << 10, b"M": 1 << 20, b"G": 1 << 30, b"T": 1 << 40}
_SIZE = rb"(\d{1,12})([BKMGT])"
_CPUS = re.compile(rb"CPUs: (\d{1,6}) total(?:, (\d{1,6}) available)?")
_MEMORY = re.compile(rb"Memory: " + _SIZE)
_REGION = re.compile(rb"Heap [Rr]egion [Ss]ize: " + _SIZE)
_MAX = re.compile(rb"(?:Heap )?Max Capacity: " + _SIZE)
_Z_MAX = re.compile(
    rb"GC\(\d{1,10}\)(?: +Capacity: +" + _SIZE + rb" \(100%\)| Heap (?:before|after) GC .{0,60}"
    rb"ZHeap +used \d+M, capacity \d+M, max capacity " + _SIZE + b")"
)
_ADDRESS = re.compile(rb"Heap address: 0x[0-9a-f]{1,16}, size: (\d{1,12}) MB")
_META_CHANGE = re.compile(
    rb"Metaspace: " + _SIZE + rb"(?:\(" + _SIZE + rb"\))?->" + _SIZE + rb"\(" + _SIZE + rb"\)"
)
_META_STATE = re.compile(
    rb"Metaspace: "
    + _SIZE
    + rb" used,(?: "
    + _SIZE
    + rb" capacity,)? "
    + _SIZE
    + rb" committed, "
    + _SIZE
    + rb" reserved"
)
_FLAGS = b"CommandLine flags: "
_MAX_FLAGS = 20_000


def set_fact(digest: RunDigest, message: bytes) -> bool:
    """Keep a line of the header; False: it states nothing known."""
    if message.startswith(_FLAGS):
        digest.flags = message[len(_FLAGS) : _MAX_FLAGS].decode("utf-8", "replace").strip()
    elif message == b"Mode: Generational":
        digest.collector = "GenerationalShenandoah"
    elif found := _CPUS.match(message):
        digest.cpus = int(found.group(2) or found.group(1))
    elif found := _MEMORY.match(message):
        digest.memory_bytes = _bytes(found, 1)
    elif found := _REGION.match(message):
        digest.region_bytes = _bytes(found, 1)
    elif found := _MAX.match(message):
        digest.heap_max_bytes = _bytes(found, 1)
    elif found := _ADDRESS.match(message):
        # What is reserved is the maximum; the header of JDK 14 and later says it itself.
        digest.heap_max_bytes = digest.heap_max_bytes or int(found.group(1)) << 20
    elif found := _Z_MAX.match(message):
        # JDK 11 and 12 say it of each collection, the header does not.
        at = 1 if found.group(1) else 3
        digest.heap_max_bytes = digest.heap_max_bytes or _bytes(found, at)
    else:
        return False
    return True


def set_metaspace(digest: RunDigest, message: bytes) -> None:
    """Tell the digest what a metaspace line says, in any of its three shapes."""
    if found := _META_CHANGE.search(message):
        last = _bytes(found, 7)
        # JDK 9 to 15: `used->used(reserved)`; later `used(committed)->used(committed)`.
        if found.group(3):
            digest.metaspace(_bytes(found, 5), last, None)
        else:
            digest.metaspace(_bytes(found, 5), None, last)
    elif found := _META_STATE.search(message):
        digest.metaspace(_bytes(found, 1), _bytes(found, 5), _bytes(found, 7))


def _bytes(found: re.Match[bytes], at: int) -> int:
    return int(found.group(at)) * _UNITS[found.group(at + 1)]
