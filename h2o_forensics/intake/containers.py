"""What can hold further files, and the walk through it all.

A new kind of container is a module with `probe(head)` and `walk(blob, session)`, and one line in
`CONTAINERS`.
"""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.intake import gz, tar
from h2o_forensics.intake import zip as zips
from h2o_forensics.intake.caps import CUT, DAMAGE, Chunks, box_cap
from h2o_forensics.intake.codecs import BZIP2, XZ, ZSTD
from h2o_forensics.intake.inflate import crc32
from h2o_forensics.intake.session import Blob, Session
from h2o_forensics.intake.stream import guarded, head_of

HEAD = 512
"""Bytes that tell a container: a tar's magic stands at 257."""
_MAGIC = 10
"""The longest mark of text (bzip2): text that is not longer may be the rest of one."""
_CONTROLS = frozenset((*range(9), *range(14, 27)))
"""Not in text: not tab to carriage return, not escape."""
_NOT_HEALTHY = b"Node not healthy"
"""What H2O puts in place of the zip of a node that does not answer (water/api/LogsHandler.java)."""

Walk = Callable[[Blob, Session], Iterator[Blob]]


class Container(Struct, frozen=True):
    """A kind of container."""

    name: str
    suffix: str
    """Last part of the usual file name: tells a container whose head is damaged."""
    probe: Callable[[bytes], bool]
    """Tells it by the first 512 bytes."""
    walk: Walk
    """Gives what it holds."""


def _foreign(name: str, suffix: str, magic: bytes) -> Container:
    """A kind that is known, and not read."""

    def walk(blob: Blob, session: Session) -> Iterator[Blob]:
        session.listed.append((blob.path, f"{name}, not read"))
        session.log.note(
            blob.path,
            "unsupported",
            f"{blob.path}: {name} is not read. Unpack it yourself and give the files.",
        )
        return iter(())

    return Container(name, suffix, lambda head: head.startswith(magic), walk)


CONTAINERS = (
    Container("zip archive", ".zip", zips.probe, zips.walk),
    Container("gzip", gz.SUFFIX, gz.probe, gz.walk),
    Container("tar archive", ".tar", tar.probe, tar.walk),
    *(
        Container(f"{codec.name} data", codec.suffix, codec.probe, codec.walk)
        for codec in (ZSTD, BZIP2, XZ)
    ),
    _foreign("7-Zip archive", ".7z", b"7z\xbc\xaf\x27\x1c"),
    _foreign("RAR archive", ".rar", b"Rar!\x1a\x07"),
    _foreign("LZ4 data", ".lz4", b"\x04\x22\x4d\x18"),
    _foreign("compress data", ".Z", b"\x1f\x9d"),
)


def place(blob: Blob, session: Session) -> None:
    """Walk into a container, or keep the blob as a leaf, or list why not."""
    if (bomb := session.meter.spent(blob.box)) is not None:
        session.listed.append((blob.path, "not read: in an archive that unpacks to too much"))
        fault = box_cap(session.limits, bomb)
        session.log.tally(bomb.path, fault.code, f"{blob.path}: {fault.message}")
        return
    head = head_of(guarded(blob.chunks(), blob.path, session.log), HEAD)
    kind = container_of(blob.name, head)
    if kind is None:
        _keep(blob, head, session)
    elif blob.depth >= session.limits.max_depth:
        session.listed.append((blob.path, f"{kind.name}, nested too deep"))
        session.log.note(
            blob.path,
            "too_deep",
            f"{blob.path}: {kind.name} inside {blob.depth} others; it was not read. "
            "Take it out and give it directly.",
        )
    elif session.full:
        why = session.stopped or "too many files"
        session.listed.append((blob.path, f"{kind.name}, not read: {why}"))
    else:
        # A whole level before what is below it: one large archive must not crowd out others.
        for inner in list(kind.walk(blob, session)):
            place(inner, session)


def container_of(name: str, head: bytes) -> Container | None:
    """Tell what kind of container begins with `head`, None when it is none."""
    known = next((kind for kind in CONTAINERS if kind.probe(head)), None)
    if known is not None or not head or (_is_text(head) and len(head) > _MAGIC):
        return known
    # Neither text nor known, or cut inside its mark: the name tells what it was.
    return next((kind for kind in CONTAINERS if name.lower().endswith(kind.suffix)), None)


def _is_text(head: bytes) -> bool:
    return _CONTROLS.isdisjoint(head)


def _keep(blob: Blob, head: bytes, session: Session) -> None:
    if not head:
        broken = session.log.has(blob.path, DAMAGE + CUT)
        what = "nothing of it could be read" if broken else "empty file"
        session.listed.append((blob.path, what))
        return
    if blob.name.lower().endswith(".zip") and head.strip() == _NOT_HEALTHY:
        session.lost_nodes.add(blob.path)
        session.log.note(
            blob.path,
            "node_not_healthy",
            f"{blob.path}: H2O put the text 'Node not healthy' in place of this node's logs: the "
            "node did not answer when they were fetched. Fetch its log directory from its host.",
        )
    if blob.depth == 0:  # What was unpacked is metered where it was unpacked.
        metered = partial(_metered, blob, session)
        blob = Blob(blob.path, metered, blob.size, blob.mtime, blob.name)
    session.leaves.append(replace(blob, mark=crc32(head, 0)))


def _metered(blob: Blob, session: Session) -> Chunks:
    return session.meter.limit((blob.path, 0), blob.chunks())
