"""The text of one collection of JDK 8 or older, brackets inside brackets, as the pauses it holds.

How a collection is counted: by what was done, not by what its line is called.  A `[GC` in which the
old generation was collected too (`[Tenured: a->b`, `[CMS (concurrent mode failure): a->b`) is one
*full* pause, as in most tools (GCToolkit makes it two).  `[GC pause (young) (initial-mark)` of G1
is a young one.  A young collection inside a remark (CMSScavengeBeforeRemark) is a pause of its own,
told before the one that holds it.
"""

import re
from typing import NamedTuple

from h2o_forensics.gc.legacy_text import (
    CAUSE,
    SECONDS,
    SIZE,
    SIZES,
    TIMES,
    TOOK,
    millis,
    size,
    sizes,
)

_BRACKET = re.compile(rb"\[(?!0x)|\]")
_PAUSE = re.compile(
    rb"(?:Full )?GC(?! ref-proc| concurrent| Worker)(?![A-Za-z]{3})"
    rb"|(?:Full )?GC(?=Before|Adapt|PSA)"
)
_CAUSE = re.compile(rb"(?:Full )?GC(?:--)?(?: pause| remark| cleanup)? ?" + CAUSE)
_G1_MARKS = re.compile(rb"\((young|mixed|partial|initial-mark)\)")
_PART = re.compile(
    rb"(?:AS)?(PSYoungGen|ParNew|DefNew|PSOldGen|ParOldGen|Tenured|CMS Perm|PSPermGen|Perm"
    rb"|Metaspace|1 (?:AS)?CMS-initial-mark|1 (?:AS)?CMS-remark|CMS(?!-))"
)
_YOUNG = (b"PSYoungGen", b"ParNew", b"DefNew")
_OLD = (b"PSOldGen", b"ParOldGen", b"Tenured", b"CMS")
_CLASSES = (b"CMS Perm", b"PSPermGen", b"Perm", b"Metaspace")
_PLAIN = re.compile(
    rb"\[(GC|Full GC)(?! ?--) ?(?:\(([^()\[\]]{1,60}(?:\(\))?)\)(?! ?--) ?)? ?"
    rb"(?:[0-9T:+.,# -]{0,64}\[(PSYoungGen|ParNew|DefNew): (\d{1,15})K->(\d{1,15})K\(\d{1,15}K\)"
    rb"(?:, [\d.,]{1,20} secs)?\] ?)?"
    rb"(\d{1,15})K->(\d{1,15})K\((\d{1,15})K\), " + SECONDS + rb" secs\]"
)
"""The common collection on one line."""
_PLAIN_G1 = re.compile(
    rb"\[GC pause (?:\(((?!young|mixed|partial|initial)[^()\[\]]{1,60}(?:\(\))?)\) )?"
    rb"((?:\((?:young|mixed|partial|initial-mark)\) ?){1,3})\s*, " + SECONDS + rb" secs\]"
)
"""And of G1."""

_MAX_NODES = 1000
_MAX_PAUSES = 8
"""Of one collection; real ones have two."""


class Collected(NamedTuple):
    """One pause."""

    start: int
    """Where it begins in the text."""
    phase: str
    cause: str | None
    kind: str
    took_ms: float
    before: int | None
    after: int | None
    capacity: int | None
    old_before: int | None = None
    old_after: int | None = None
    metaspace: tuple[int, int | None, int | None] | None = None
    """Used after, committed, reserved."""
    no_room: bool = False
    collector: str | None = None
    times: tuple[float, float, float] | None = None
    """User, sys and real, ms."""


class _Node(NamedTuple):
    """A bracket and the text of its own, without the brackets in it."""

    start: int
    end: int
    own: bytes


def depth_of(line: bytes) -> int:
    """Brackets that this line opens, less those it closes; `[0x...)` is a range of addresses."""
    return line.count(b"[") - line.count(b"[0x") - line.count(b"]")


def plain(text: bytes) -> tuple[Collected, int] | None:
    """A common collection at the begin of `text`, where it and its CPU times end; None: another."""
    found = _PLAIN.match(text)
    if found is None:
        return _plain_g1(text)
    name, cause, young, young_before, young_after, before, after, capacity, took = found.groups()
    heap_before, heap_after = int(before) << 10, int(after) << 10
    old_before = old_after = None
    if young is not None:
        old_before = max(heap_before - (int(young_before) << 10), 0)
        old_after = max(heap_after - (int(young_after) << 10), 0)
    times, end = times_at(text, found.end())
    one = Collected(
        start=0,
        phase=name.decode("ascii"),
        cause=None if cause is None else cause.decode("utf-8", "replace"),
        kind="full" if name == b"Full GC" else "young",
        took_ms=millis(took),
        before=heap_before,
        after=heap_after,
        capacity=int(capacity) << 10,
        old_before=old_before,
        old_after=old_after,
        collector=collector_of(young) if young is not None else None,
        times=times,
    )
    return one, end


def _plain_g1(text: bytes) -> tuple[Collected, int] | None:
    """The same for a pause of G1's whose details follow on other lines."""
    found = _PLAIN_G1.match(text)
    if found is None:
        return None
    cause, marks, took = found.groups()
    times, end = times_at(text, found.end())
    one = Collected(
        start=0,
        phase=f"GC pause {marks.decode('ascii').strip()}",
        cause=None if cause is None else cause.decode("utf-8", "replace"),
        kind="young",
        took_ms=millis(took),
        before=None,
        after=None,
        capacity=None,
        collector="G1",
        times=times,
    )
    return one, end


def end_of(text: bytes) -> int:
    """Where the bracket that `text` begins with is closed; 0: it is not."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found.group() == b"[" else -1
        if depth <= 0:
            return found.end()
    return 0


def collected(text: bytes, end: int) -> list[Collected]:
    """The pauses of a collection that is `text[:end]`, inner ones first; empty: not understood."""
    nodes = _nodes(text, end)
    if len(nodes) > _MAX_NODES:
        return []
    pauses = []
    for node in [node for node in nodes if _PAUSE.match(node.own) is not None][-_MAX_PAUSES:]:
        inside = [one for one in nodes if node.start < one.start and one.end < node.end]
        pause = _pause(text, node, inside)
        if pause is not None:
            pauses.append(pause)
    return pauses if pauses and pauses[-1].start == 0 else []


def times_at(text: bytes, at: int) -> tuple[tuple[float, float, float] | None, int]:
    """`[Times: ...]` that stands there, and its end."""
    found = TIMES.match(text, at)
    if found is None:
        return None, at
    user, system, real = found.groups()
    return (millis(user), millis(system), millis(real)), found.end()


def collector_of(part: bytes) -> str | None:
    """What a part's name says of the collector; `ParNew`: of CMS, or of Serial."""
    if part.startswith((b"PS", b"ParOld")):
        return "Parallel"
    if b"CMS" in part:
        return "CMS"
    if part == b"ParNew":
        return "ParNew"
    return "Serial" if part in (b"DefNew", b"Tenured") else None


def _nodes(text: bytes, end: int) -> list[_Node]:
    """Every bracket, in the order in which they are closed."""
    nodes: list[_Node] = []
    open_at: list[int] = []
    pieces: list[list[bytes]] = []
    last = 0
    for found in _BRACKET.finditer(text, 0, end):
        at = found.start()
        if pieces:
            pieces[-1].append(text[last:at])
        if found.group() == b"[":
            open_at.append(at)
            pieces.append([])
        elif pieces:
            nodes.append(_Node(open_at.pop(), at + 1, b" ".join(pieces.pop())))
        last = at + 1
    return nodes


class _Parts:
    """What the generations say."""

    def __init__(self, inside: list[_Node]) -> None:
        self.young: tuple[int, int, int] | None = None
        self.old: tuple[int, int, int] | None = None
        self.metaspace: tuple[int, int | None, int | None] | None = None
        self.mark: str | None = None
        self.collector: str | None = None
        for node in inside:
            found = _PART.match(node.own)
            if found is not None:
                self._part(found[1], node.own)

    def _part(self, name: bytes, own: bytes) -> None:
        found = SIZES.search(own)
        if name.startswith(b"1 "):
            self.mark = "initial_mark" if name.endswith(b"initial-mark") else "remark"
            self.collector = "CMS"
        elif found is None:
            return
        elif name in _CLASSES:
            _, used, capacity = sizes(found)
            stated = (None, capacity) if name == b"Metaspace" else (capacity, None)
            self.metaspace = (used, *stated)
        else:
            if name in _YOUNG:
                self.young = self.young or sizes(found)
            elif name in _OLD:
                self.old = sizes(found)
            hint = collector_of(name)
            if hint != "ParNew" or self.collector is None:
                self.collector = hint


def _pause(text: bytes, node: _Node, inside: list[_Node]) -> Collected | None:
    """One pause; None where it does not say how long it took."""
    own = node.own
    took = TOOK.search(own)
    if took is None:
        return None
    parts = _Parts(inside)
    cause = _CAUSE.match(own)
    named = None if cause is None else cause[1].decode("utf-8", "replace")
    if named in {"young", "mixed", "partial", "initial-mark"}:
        named = None
    phase, kind = _name(own, parts, named)
    before, after, capacity = _heap(own)
    old = parts.old
    if old is None and parts.young is not None and before is not None and after is not None:
        old = (max(before - parts.young[0], 0), max(after - parts.young[1], 0), 0)
    return Collected(
        node.start,
        phase,
        named,
        kind,
        millis(took[1]),
        before,
        after,
        capacity,
        None if old is None else old[0],
        None if old is None else old[1],
        parts.metaspace,
        _no_room(own, text[node.start : node.end]),
        "G1" if own.startswith((b"GC pause", b"GC remark", b"GC cleanup")) else parts.collector,
        times_at(text, node.end)[0],
    )


def _name(own: bytes, parts: _Parts, cause: str | None) -> tuple[str, str]:
    """Phase and kind."""
    if own.startswith(b"GC pause"):
        marks = b" ".join(b"(" + one + b")" for one in _G1_MARKS.findall(own))
        return (b"GC pause " + marks).decode("ascii").rstrip(), "young"
    for name, kind in ((b"GC remark", "remark"), (b"GC cleanup", "cleanup"), (b"Full GC", "full")):
        if own.startswith(name):
            return name.decode("ascii"), kind
    if parts.mark is not None:
        return "CMS-" + parts.mark.replace("_", "-"), parts.mark
    if parts.old is not None:
        return "GC [CMS]" if parts.collector == "CMS" else "GC [Tenured]", "full"
    if SIZES.search(own) is None and SIZE.search(own) is not None:
        named = {"CMS Initial Mark": "initial_mark", "CMS Final Remark": "remark"}.get(cause or "")
        mark = "initial-mark" if named == "initial_mark" else "remark"
        return ("GC (CMS mark)", "other") if named is None else ("CMS-" + mark, named)
    return "GC", "young"


def _heap(own: bytes) -> tuple[int | None, int | None, int | None]:
    """Of the whole heap; a mark states what is used, which it does not change."""
    found = SIZES.search(own)
    if found is not None:
        return sizes(found)
    used = SIZE.search(own)
    if used is None:
        return None, None, None
    held = size(used[1], used[2])
    return held, held, size(used[3], used[4])


def _no_room(own: bytes, text: bytes) -> bool:
    """It could not put somewhere what it wanted to."""
    return (
        b"--" in own
        or b"(to-space " in own
        or b"(promotion failed)" in text
        or b"(concurrent mode failure)" in text
    )
