"""H2O's own log download as one text (`GET /3/Logs/download/LOG`): all files of all nodes.

    (blank)
    h2ologs_20261122_054632/node0_127.0.0.1_54321/h2o_127.0.0.1_54321-3-info.log (Sun Nov 22 05:46:31 UTC 2026):
    ===========================================================================================================
    11-22 05:40:18.879 127.0.0.1:54321 ...

Source: h2o-core/src/main/java/water/api/LogsHandler.java, water/util/LogArchiveWriter.java
"""  # noqa: E501 - a real line

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.sections import Begin, parts_of_sections
from h2o_forensics.readers.layouts.streams import line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

_HEAD = re.compile(
    rb"^(?P<path>[^\n]{1,1000}) \((?P<when>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    rb" (?P<zone>[^\s()]{1,12}) \d{4})\):\n={8,1200}\n",
    re.MULTILINE,
)
_MARK = b"):\n========"
_NODE = re.compile(r"(?:^|/)(?:h2ologs_)?(node\d+_[^/]+?)(?:\.zip)?(?:/|$)")
_GREENWICH = frozenset({"UTC", "GMT", "Z"})


def probe(head: bytes) -> bool:
    """Whether the head of a file in it is there."""
    return _MARK in head and _HEAD.search(head) is not None


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each file that holds something."""
    return parts_of_sections(part, _events(_overlapped(line_blocks(part.stream))))


def _overlapped(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that do not end inside the head of a file."""
    held = b""
    for block in blocks:
        data = held + block
        cut = len(data)
        for end in (b"):\n", b"\n\n"):
            if data.endswith(end, 0, cut):
                cut = data.rfind(b"\n", 0, cut - 1) + 1
        held = data[cut:]
        if cut:
            yield data[:cut]
    if held:
        yield held


def _events(blocks: Iterator[bytes]) -> Iterator[Begin | bytes]:
    line, node = 1, ""
    for block in blocks:
        at = 0
        for match in _HEAD.finditer(block) if _MARK in block else ():
            text = block[at : match.start()]
            line += text.count(b"\n")
            # A blank line stands before each head.
            yield text.removesuffix(b"\n")
            line += 2
            path = match["path"].decode("utf-8", "replace")
            named = _NODE.search(path)
            node = named[1] if named else node
            yield Begin(line, path, node, None, _when(match["when"], match["zone"]))
            at = match.end()
        text = block[at:]
        line += text.count(b"\n")
        yield text


def _when(text: bytes, zone: bytes) -> float | None:
    """Epoch seconds; None where the zone is a name that many zones have."""
    name = zone.decode("ascii", "replace")
    if name not in _GREENWICH:
        return None
    plain = text.decode("ascii", "replace").replace(f" {name} ", " ")
    try:
        moment = datetime.strptime(plain, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()
