r"""Java exceptions in a record's text, parsed into a chain.

    DistributedException from localhost/127.0.0.1:54381: 'Java heap space', caused by java.lang...
        at water.MRTask.getResult(MRTask.java:660)
    Caused by: java.lang.OutOfMemoryError: Java heap space

The node in the innermost `DistributedException from` is where the work ran; the node that logged it
is the driver.
Source: h2o-core/src/main/java/water/util/DistributedException.java
"""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from h2o_forensics.model.values import read_node

_HEAD = re.compile(
    r"^(?P<caused>Caused by: )?"
    r"(?P<cls>(?:[a-z_]\w*\.)+[A-Z][\w$]*|DistributedException)(?=[: \n]|$)"
    r"(?:: )?(?P<msg>[^\n]*)",
    re.MULTILINE,
)
_FRAME = re.compile(r"^[^\S\n]+at (?:[\w.@-]+/)?([\w$.<>]+)\(([^)\n]*)\)", re.MULTILINE)
_FROM = re.compile(r"DistributedException from (\S+?): '")
_CAUSED = re.compile(r"', caused by ((?:[a-z_]\w*\.)+[A-Z][\w$]*)(?:: ([^\n]*))?$", re.MULTILINE)
_THROWABLE = re.compile(r"(?:Exception|Error|Throwable|Failure|Interrupt\w*)$")
_SERVER_STACK = re.compile(
    r"; Stacktrace: \[(?P<cls>(?:[a-z_]\w*\.)+[A-Z][\w$]*): ?(?P<msg>(?:(?!, {2})[^\n;])*)"
)
_NODE = re.compile(r"(?:[\w.-]{1,255}/|/)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}:\d{1,5}")
_DIGITS = re.compile(r"\d+")
_WRAPPERS = frozenset({
    "java.lang.RuntimeException", "java.util.concurrent.ExecutionException",
    "water.util.DistributedException",
    "DistributedException", "java.lang.reflect.InvocationTargetException",
})  # fmt: skip
_DRIVER_FRAMES = ("water.MRTask.", "water.H2O$H2OCountedCompleter", "jsr166y.", "java.")
MAX_FRAMES = 12
MAX_MESSAGE = 500


class ParsedException(Struct, frozen=True):
    """Outermost and innermost link of one chain."""

    cls: str
    message: str
    root_class: str
    root_message: str
    from_node: str | None
    depth: int
    frames: tuple[str, ...]
    """Of the innermost link that shows any, without files and line numbers."""
    operation: str
    """First frame of H2O's own that is not plumbing: what was being done."""
    fingerprint: str
    """Stable across line numbers, versions, nodes and digits in messages."""


def parse_exception(text: str) -> ParsedException | None:
    """The chain in a record's text; None when there is no exception in it."""
    links = [match for match in _HEAD.finditer(text) if _is_throwable(match["cls"])]
    if not links:
        return _from_server_stack(text)
    first = links[0]
    inner = next(
        (link for link in reversed(links) if link["caused"] and link["cls"] not in _WRAPPERS), None
    )
    root_class, root_message = _root(text, first, inner)
    root_message = root_message[:MAX_MESSAGE]
    frames = _frames(text, inner)
    all_frames = [match[1] for match in _FRAME.finditer(text)]
    senders = [sender for link in links for sender in _FROM.findall(link[0])]
    return ParsedException(
        cls="water.util.DistributedException"
        if first["cls"] == "DistributedException"
        else first["cls"],
        message=first["msg"][:MAX_MESSAGE],
        root_class=root_class,
        root_message=root_message,
        from_node=read_node(senders[-1]) if senders else None,
        depth=sum(bool(link["caused"]) for link in links) + 1,
        frames=tuple(frames[:MAX_FRAMES]),
        operation=next((frame for frame in all_frames if not frame.startswith(_DRIVER_FRAMES)), ""),
        fingerprint=_fingerprint(root_class, root_message, frames),
    )


def _is_throwable(name: str) -> bool:
    return bool(_THROWABLE.search(name)) or name == "DistributedException"


def _root(text: str, first: re.Match[str], inner: re.Match[str] | None) -> tuple[str, str]:
    if inner is not None:
        return inner["cls"], inner["msg"]
    frame = _FRAME.search(text, first.end())
    quoted = _CAUSED.findall(text, first.start(), frame.start() if frame else len(text))
    if quoted:  # the quoted message may be nested and of several lines: the last is innermost
        cls, message = quoted[-1]
        return cls, message
    if first["cls"].endswith("DistributedException"):
        return "", ""  # the line with the cause is not in this record
    return first["cls"], first["msg"]


def _frames(text: str, inner: re.Match[str] | None) -> list[str]:
    start = inner.end() if inner else 0
    inner_frames = [match[1] for match in _FRAME.finditer(text, start)]
    return inner_frames or [match[1] for match in _FRAME.finditer(text)]


def _from_server_stack(text: str) -> ParsedException | None:
    """`Caught exception: ...; Stacktrace: [class: message, frame, ...]` of a REST request."""
    match = _SERVER_STACK.search(text)
    if match is None:
        return None
    frames = [part.strip().split("(")[0] for part in text[match.end() :].split(",")[:40]]
    frames = [frame for frame in frames if re.fullmatch(r"[\w$.<>]+\.[\w$<>]+", frame)]
    operation = next((frame for frame in frames if not frame.startswith(_DRIVER_FRAMES)), "")
    message = match["msg"][:MAX_MESSAGE]
    return ParsedException(
        match["cls"], message, match["cls"], message, None, 1, tuple(frames[:MAX_FRAMES]),
        operation,
        _fingerprint(match["cls"], message, frames),
    )  # fmt: skip


def _fingerprint(root_class: str, message: str, frames: list[str]) -> str:
    ours = [frame for frame in frames if frame.startswith(("water.", "hex.", "ai.h2o."))]
    own = [re.sub(r"\$?\d+", "", frame) for frame in ours[:3]]
    stem = _DIGITS.sub("0", _NODE.sub("NODE", message))[:80]
    return hashlib.blake2b("\n".join([root_class, stem, *own]).encode(), digest_size=8).hexdigest()
