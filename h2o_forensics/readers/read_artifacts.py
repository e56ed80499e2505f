"""Identify every member of a bundle and read it once, by its kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec.structs import replace

from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.scan import Scan
from h2o_forensics.model.training import Saved
from h2o_forensics.read_ahead import read_ahead
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.gc_lines import JvmLines, runs_of_whole
from h2o_forensics.readers.http_log import HttpLogFormat, Requests
from h2o_forensics.readers.identify import HEAD_BYTES, identify, utf16_of
from h2o_forensics.readers.json_documents import MAX_JSON_BYTES, read_documents
from h2o_forensics.readers.layouts import Part, Peekable, TextStream, by_node, is_wrapped, unwrapped
from h2o_forensics.readers.layouts.sections import MAX_PARTS
from h2o_forensics.readers.layouts.streams import MAX_LINE_BYTES
from h2o_forensics.readers.layouts.text_stream import HOLE
from h2o_forensics.readers.line_formats import GcLineFormat, KernelLineFormat, PlainLineFormat
from h2o_forensics.readers.process_log import ProcessLogFormat
from h2o_forensics.readers.reading import MemberReading, Readings
from h2o_forensics.readers.scanned import Scanned
from h2o_forensics.readers.side_evidence import SideReader
from h2o_forensics.readers.training_heads import HEADS, MAX_TABLE_BYTES, read_head
from h2o_forensics.readers.watch import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.model.bundle import Bundle, Member
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.scan import Block

_PROCESS = re.compile(rb"^#[^\n]* pid=(\d{1,10}),", re.MULTILINE)
"""`#  SIGSEGV (0xb) at pc=0x00007f3e2b8a0e8f, pid=19599, tid=19600`"""
_NULS = b"\0" * 64
_LONG_LINE = 64 * 1024
"""No layout has lines as long: Docker cuts at 16 KiB, kubelets do."""
_LOST_BYTES = 4096
"""A hole from here is a block of a file system that was never written: records are missing."""
_LISTED = frozenset({"binary", "empty", "archive"})
_NONE = Readings()


class ScanBlocks(Protocol):
    """The engine's scan, as the readers see it."""

    def scan(self, blocks: Iterable[Block], form: RecordFormat) -> Scan:
        """Scan the blocks of one artifact."""
        ...


def form_of(kind: str) -> RecordFormat:
    """The record format of a kind of text."""
    if kind in {"h2o_log", "console"}:
        return ProcessLogFormat()
    if kind == "http_log":
        return HttpLogFormat()
    if kind == "gc_log":
        return GcLineFormat()
    if kind == "kernel_log":
        return KernelLineFormat()
    return PlainLineFormat(kind)


class How(NamedTuple):
    """How a text is read."""

    scanner: ScanBlocks
    ahead: bool
    """A thread of its own reads on while blocks are looked at."""


def read_artifacts(
    bundle: Bundle,
    scanner: ScanBlocks,
    progress: Callable[[str, int, int | None], None] | None,
    *,
    ahead: bool = False,
    readings: Readings = _NONE,
) -> tuple[list[Scanned], list[Problem]]:
    """Every member, identified and read; ids `A1`, `A2`, ... in the bundle's order.

    Args:
        bundle: what was given.
        scanner: looks for the signals.
        progress: called with stage, done and total bytes.
        ahead: a thread of its own reads on while blocks are looked at.
        readings: what was read elsewhere.
    """
    artifacts: list[Scanned] = []
    problems: list[Problem] = []
    for _, found in read_each(bundle, scanner, progress, ahead=ahead, readings=readings):
        for number, artifact in enumerate(found.artifacts, len(artifacts) + 1):
            artifact.id = f"A{number}"
        artifacts.extend(found.artifacts)
        problems.extend(found.problems)
    return artifacts, problems


def read_each(
    bundle: Bundle,
    scanner: ScanBlocks,
    progress: Callable[[str, int, int | None], None] | None,
    *,
    ahead: bool = False,
    readings: Readings = _NONE,
) -> Iterator[tuple[str, MemberReading]]:
    """As `read_artifacts`, member by member with their paths; without ids."""
    how = How(scanner, ahead)
    total = sum(member.size or 0 for member in bundle.members) or None
    done = 0
    for member in bundle.members:
        found = readings.members.get(member.path)
        if found is None:
            found = MemberReading(*_read_member(member, how))
        yield member.path, found
        done += member.size or sum(one.size for one in found.artifacts)
        if progress is not None:
            progress("reading", done, total)


def _is_one_line(head: bytes) -> bool:
    return len(head) > _LONG_LINE and head.find(b"\n", 0, _LONG_LINE) < 0


def _empty() -> Scan:
    return Scan(
        hits=[], shapes={}, level_minutes={}, silences=[], nodes={}, hit_records=set(), timeouts={}
    )


def _read_member(member: Member, how: How) -> tuple[list[Scanned], list[Problem]]:
    """Every part of a member, read once."""
    with member.open() as stream:
        raw = Peekable(stream)
        head = raw.peek(HEAD_BYTES)
        kind, codec = _kind_of(member, head)
        if kind in _LISTED or kind in HEADS:
            artifact = Scanned("", member.path, kind, member.mtime, _empty())
            if kind in HEADS:
                artifact.saved = read_head(kind, raw.peek(MAX_TABLE_BYTES), codec)
            artifact.state = "listed" if artifact.saved == Saved() else "read"
            artifact.size = artifact.scan.bytes = member.size or len(head)
            return [artifact], []
        document = kind == "json" and (_is_one_line(head) or not is_wrapped(head))
        text = TextStream(
            raw, codec, whole_lines=document, as_given=kind == "json", again=member.open
        )
        whole = Part(
            Peekable(text),
            mtime=member.mtime,
            reopen=_reopened(member, codec, as_given=kind == "json"),
        )
        parts = [whole] if document else unwrapped(whole)
        artifacts, problems = _read_parts(member, parts, how)
        for artifact in artifacts:
            _note_text(artifact, text)
    return artifacts, problems + _text_problems(artifacts, text)


def _kind_of(member: Member, head: bytes) -> tuple[str, str | None]:
    codec = utf16_of(head)
    kind = identify(head.decode(codec, "replace").lstrip("\ufeff").encode() if codec else head)
    if kind == "binary" and _NULS in head:
        kind = _kind_behind_holes(member)
    return kind, codec


def is_read_whole(member: Member) -> bool:
    """Whether more than the head of a member is read; a heap dump's is not, however large."""
    with member.open() as stream:
        kind, _ = _kind_of(member, Peekable(stream).peek(HEAD_BYTES))
    return kind not in _LISTED and kind not in HEADS


def _read_parts(
    member: Member, parts: Iterable[Part], how: How
) -> tuple[list[Scanned], list[Problem]]:
    """Every part, taken apart by node where its records turn out to be of several."""
    artifacts: list[Scanned] = []
    problems: list[Problem] = []
    together = False
    mixed: list[Part] = []
    for part in parts:
        artifact, complaints = _read_part(member, part, how)
        again = by_node(part, artifact.scan.nodes)
        found = [_read_part(member, one, how)[0] for one in again]
        artifacts += found or [artifact]
        artifacts += _jvms_of_mixed(member, part, artifact if found else None, mixed)
        problems += complaints
        together = together or part.together
    if together:
        problems.append(_crowded(member.path))
    return artifacts, problems


def _crowded(path: str) -> Problem:
    message = (
        f"{path} holds more logs, or larger ones, than are kept apart; what comes after the first "
        f"{MAX_PARTS} was read as if it were one. Give the logs of H2O's processes alone."
    )
    return Problem(path, "too_many_parts", message)


def _kind_behind_holes(member: Member) -> str:
    """What a file is of which a part was never written: logs of H2O only, else it is binary."""
    with member.open() as stream:
        head = HOLE.sub(b"", Peekable(TextStream(stream)).peek(HEAD_BYTES))
    kind = identify(head)
    return kind if kind in {"h2o_log", "http_log"} else "binary"


def _reopened(member: Member, codec: str | None, *, as_given: bool) -> Callable[[], TextStream]:
    return lambda: TextStream(member.open(), codec, as_given=as_given)


def _note_text(artifact: Scanned, text: TextStream) -> None:
    """What is known once the whole member was read."""
    artifact.scan.sha256 = "" if artifact.rest else text.sha256
    artifact.rewritten = artifact.rewritten or text.altered
    artifact.size = artifact.scan.bytes if artifact.part else text.raw_bytes
    if artifact.source is not None:
        artifact.maps = (*artifact.source.maps, *([text.map] if text.map else []))
        artifact.source = None


def _jvms_of_mixed(
    member: Member, part: Part, undivided: Scanned | None, done: list[Part]
) -> list[Scanned]:
    """What a text that was taken apart by node holds of collectors: read as the whole it was.

    Args:
        member: whose text it is.
        part: what was read.
        undivided: as it was read before it was taken apart; None: it was not, or before.
        done: texts that were read for this.
    """
    jvms: list[RunDigest] = []
    if undivided is not None:
        jvms = undivided.jvms
    elif part.mixed is not None and not any(part.mixed is one for one in done):
        part = part.mixed
        done.append(part)
        jvms = runs_of_whole(part)
    if not jvms:
        return []
    artifact = Scanned("", member.path, "gc_log", part.mtime, _empty())
    artifact.part = f"{part.label}, lines of collectors" if part.label else "lines of collectors"
    artifact.rewritten, artifact.source = part.rewritten, part
    artifact.jvms, artifact.mixed = jvms, True
    return [artifact]


def _read_part(member: Member, part: Part, how: How) -> tuple[Scanned, list[Problem]]:
    artifact = Scanned("", member.path, "", part.mtime, _empty())
    artifact.part, artifact.group, artifact.rewritten = part.label, part.group, part.rewritten
    artifact.source = part
    return artifact, _fill(artifact, part, how)


def _fill(artifact: Scanned, part: Part, how: How) -> list[Problem]:
    head = part.stream.peek(HEAD_BYTES)
    kind = part.kind or identify(head)
    if kind == "gc_log" and part.mixed is not None:
        kind = "h2o_log"  # its records made it a part, however many of a collector's lines go first
    artifact.kind = kind
    process = _PROCESS.search(head) if kind == "hs_err" else None
    artifact.pid = int(process[1]) if process else None
    if kind == "json":
        return _read_json(artifact, _read_up_to(part.stream, MAX_JSON_BYTES + 1))
    if kind in _LISTED or kind in HEADS:
        artifact.state = "listed"
        artifact.scan.bytes = len(head)
        return []
    form = form_of(kind)
    reader = BlockReader(part.stream, form)
    blocks: Iterable[Block] = read_ahead(reader) if how.ahead else reader
    if isinstance(form, HttpLogFormat):
        requests = Requests(form)
        artifact.requests = requests.rows
        blocks = _with_requests(blocks, requests)
    own = JvmLines("" if part.mixed else kind)
    side = SideReader(kind, artifact.path)
    artifact.scan = how.scanner.scan(watched(blocks, kind, own, side), form)
    artifact.side = side.close()
    artifact.jvms, artifact.jvm_starts, artifact.zoned_stamp = own.close(), own.starts, own.stamp
    if own.has_records and part.reopen is not None:  # a GC log, and then H2O's
        again = replace(part, stream=Peekable(part.reopen()), kind="h2o_log")
        return _fill(artifact, again, how)
    artifact.ends_line = reader.ends_line
    if isinstance(form, ProcessLogFormat):
        _note_host(artifact, form)
    if artifact.requests:
        _note_requests(artifact)
    if kind == "console" and any(artifact.scan.nodes):
        artifact.kind = "h2o_log"
    artifact.outer_stamps = _outer_stamps(part, form)
    return []


def _outer_stamps(part: Part, form: RecordFormat) -> tuple[tuple[int, int, bool], ...]:
    """What a record says and what the wrapper says of the same line."""
    found = []
    for stamp in part.stamps:
        header = form.header(stamp.line, 0)
        if header is not None and header.stamp_ms is not None:
            found.append((header.stamp_ms, stamp.epoch_ms, stamp.zone_stated))
    return tuple(found)


def _read_up_to(stream: Peekable, size: int) -> bytes:
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _note_host(artifact: Scanned, form: ProcessLogFormat) -> None:
    """What lines of another program say: the year.  The node is asked of H2O's own lines."""
    artifact.local_year_first = form.local_year_first
    artifact.local_year_last = form.local_year_last
    if any(artifact.scan.nodes):
        return
    for hit in artifact.scan.hits:
        if hit.header is not None and hit.header.node:
            seen = artifact.scan.nodes.get(hit.header.node, 0)
            artifact.scan.nodes[hit.header.node] = seen + 1


def _note_requests(artifact: Scanned) -> None:
    """Whose requests they are, and from when to when."""
    stamps = [request["stamp_ms"] for request in artifact.requests]
    artifact.local_year_first, artifact.local_year_last = min(stamps), max(stamps)
    for request in artifact.requests:
        artifact.scan.nodes[request["node"]] = artifact.scan.nodes.get(request["node"], 0) + 1


def _with_requests(blocks: Iterable[Block], requests: Requests) -> Iterator[Block]:
    for block in blocks:
        requests.read(block)
        yield block


def _read_json(artifact: Scanned, data: bytes) -> list[Problem]:
    artifact.scan.bytes = len(data)
    artifact.scan.lines = data.count(b"\n") + 1
    found = read_documents(data)
    artifact.kind, artifact.state = found.kind, found.state
    artifact.rest, artifact.side, artifact.saved = found.tables, found.side, found.saved
    if found.problem is None:
        return []
    code, says = found.problem
    return [Problem(artifact.path, code, f"{artifact.path} {says}")]


def _text_problems(artifacts: list[Scanned], text: TextStream) -> list[Problem]:
    problems = []
    if text.holes or any(one.scan.has_nul for one in artifacts):
        message = (
            f"{artifacts[0].path} holds NUL bytes: a hole in the file, as after a full disk or a "
            "crash. The rest was read."
        )
        code = "hole" if text.lost_bytes >= _LOST_BYTES else "bad_text"
        problems.append(Problem(artifacts[0].path, code, message))
    if text.long_lines:
        message = (
            f"{artifacts[0].path} has lines of more than {MAX_LINE_BYTES} bytes "
            f"({text.long_lines}); what they hold beyond was not read."
        )
        problems.append(Problem(artifacts[0].path, "long_line", message))
    return problems
