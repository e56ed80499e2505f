"""Identify every member of a bundle and read it once, by its kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.scan import Scan
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.http_log import HttpLogFormat, Requests
from h2o_forensics.readers.identify import HEAD_BYTES, identify, utf16_of
from h2o_forensics.readers.line_formats import GcLineFormat, KernelLineFormat, PlainLineFormat
from h2o_forensics.readers.process_log import ProcessLogFormat
from h2o_forensics.readers.rest import MAX_JSON_BYTES, read_json
from h2o_forensics.readers.scanned import Scanned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from h2o_forensics.model.bundle import Bundle, Member
    from h2o_forensics.model.record import RecordFormat
    from h2o_forensics.model.scan import Block

_PROCESS = re.compile(rb"^#[^\n]* pid=(\d{1,10}),", re.MULTILINE)
"""`#  SIGSEGV (0xb) at pc=0x00007f3e2b8a0e8f, pid=19599, tid=19600`"""


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


def read_artifacts(
    bundle: Bundle, scanner: ScanBlocks, progress: Callable[[str, int, int | None], None] | None
) -> tuple[list[Scanned], list[Problem]]:
    """Every member, identified and read; ids `A1`, `A2`, ... in the bundle's order."""
    artifacts: list[Scanned] = []
    problems: list[Problem] = []
    total = sum(member.size or 0 for member in bundle.members) or None
    done = 0
    for number, member in enumerate(bundle.members, 1):
        artifact, found = _read(f"A{number}", member, scanner)
        artifacts.append(artifact)
        problems.extend(found)
        done += member.size or artifact.scan.bytes
        if progress is not None:
            progress("reading", done, total)
    return artifacts, problems


def _empty() -> Scan:
    return Scan(
        hits=[], shapes={}, level_minutes={}, silences=[], nodes={}, hit_records=set(), timeouts={}
    )


def _read(name: str, member: Member, scanner: ScanBlocks) -> tuple[Scanned, list[Problem]]:
    with member.open() as stream:
        head = stream.read(HEAD_BYTES)
        codec = utf16_of(head)
        kind = identify(head.decode(codec, "replace").lstrip("\ufeff").encode() if codec else head)
        artifact = Scanned(name, member.path, kind, member.mtime, _empty())
        artifact.text_head = head[:400].decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
        if codec is not None:
            return _refuse_utf16(artifact, member.size or len(head))
        if kind == "hs_err":
            process = _PROCESS.search(head)
            artifact.pid = int(process[1]) if process else None
        if kind == "json":
            rest = stream.read(MAX_JSON_BYTES)
            return _read_json(artifact, head + rest)
    if kind in {"binary", "model", "empty", "archive"}:
        artifact.state = "listed"
        artifact.scan.bytes = member.size or len(head)
        return artifact, []
    form = form_of(kind)
    with member.open() as stream:
        reader = BlockReader(stream, form)
        blocks: Iterable[Block] = reader
        if isinstance(form, HttpLogFormat):
            requests = Requests(form)
            artifact.requests = requests.rows
            blocks = _with_requests(reader, requests)
        artifact.scan = scanner.scan(blocks, form)
    artifact.scan.sha256, artifact.ends_line = reader.sha256, reader.ends_line
    if isinstance(form, ProcessLogFormat):
        _note_host(artifact, form)
    if isinstance(form, HttpLogFormat) and artifact.requests:
        stamps = [request["stamp_ms"] for request in artifact.requests]
        artifact.local_year_first, artifact.local_year_last = min(stamps), max(stamps)
        for request in artifact.requests:
            artifact.scan.nodes[request["node"]] = artifact.scan.nodes.get(request["node"], 0) + 1
    if kind == "console" and any(artifact.scan.nodes):
        artifact.kind = "h2o_log"
    return artifact, _text_problems(artifact)


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


def _refuse_utf16(artifact: Scanned, size: int) -> tuple[Scanned, list[Problem]]:
    """Known by what it holds, so that what may hide in it counts as unread."""
    artifact.kind = "rest_other" if artifact.kind == "json" else artifact.kind
    artifact.state, artifact.text_head, artifact.scan.bytes = "refused", "", size
    message = (
        f"{artifact.path} is UTF-16 text; this version reads UTF-8: "
        "convert it with iconv -f utf-16 -t utf-8."
    )
    return artifact, [Problem(artifact.path, "encoding", message)]


def _with_requests(blocks: Iterable[Block], requests: Requests) -> Iterator[Block]:
    for block in blocks:
        requests.read(block)
        yield block


def _read_json(artifact: Scanned, data: bytes) -> tuple[Scanned, list[Problem]]:
    artifact.scan.bytes = len(data)
    artifact.scan.lines = data.count(b"\n") + 1
    known = read_json(data)
    if known is None:
        artifact.kind, artifact.state = "rest_other", "refused"
        message = (
            f"{artifact.path} begins like JSON but is not complete JSON; fetch the document again."
        )
        return artifact, [Problem(artifact.path, "bad_json", message)]
    artifact.kind, artifact.rest = known
    if not any(artifact.rest.values()):
        artifact.state = "listed"
    return artifact, []


def _text_problems(artifact: Scanned) -> list[Problem]:
    if artifact.scan.has_nul:
        message = (
            f"{artifact.path} holds NUL bytes: a hole in the file, as after a full disk or a "
            "crash. The rest was read."
        )
        return [Problem(artifact.path, "bad_text", message)]
    return []
