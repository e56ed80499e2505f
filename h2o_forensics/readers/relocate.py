"""From the lines that were scanned to the lines of the files as they were given.

Everything is read, compared and judged as the process wrote it; what is shown is what stands in the
file, at the line where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.readers.identify import HEAD_BYTES, utf16_of
from h2o_forensics.readers.layouts import Peekable, TextStream
from h2o_forensics.readers.layouts.line_map import source_lines
from h2o_forensics.readers.layouts.streams import line_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from h2o_forensics.model.artifact import Case
    from h2o_forensics.model.bundle import Bundle, Member
    from h2o_forensics.model.finding import Evidence, Finding, Hit
    from h2o_forensics.readers.scanned import Scanned

_QUOTE_BYTES = 16 * 1024
"""A longer line is quoted up to here, as one that is not wrapped."""
Rows = dict[str, list[dict[str, Any]]]


def relocate_hits(hits: Sequence[Hit], artifacts: Sequence[Scanned]) -> tuple[Hit, ...]:
    """The hits with the lines of their files."""
    wanted = {
        (hit.artifact, line)
        for hit in hits
        for line in (hit.line, hit.line_end)
        if line is not None
    }
    places = _file_lines(wanted, artifacts)
    if not places:
        return tuple(hits)
    moved = []
    for hit in hits:
        line = places.get((hit.artifact, hit.line or 0), hit.line)
        end = places.get((hit.artifact, hit.line_end or 0), hit.line_end)
        same = line == hit.line and end == hit.line_end
        moved.append(hit if same else msgspec.structs.replace(hit, line=line, line_end=end))
    return tuple(moved)


def relocate_rows(tables: Rows, artifacts: Sequence[Scanned]) -> None:
    """Give the rows of all tables the lines of their files, in place."""
    rows = [row for found in tables.values() for row in found]
    stated = [(row, msgspec.json.decode(row["places"])) for row in rows if row.get("places")]
    wanted = {(str(row["artifact"]), row["line"]) for row in rows if row.get("line")}
    wanted |= {
        (place[0], place[1]) for _, places in stated for place in places.values() if place[1]
    }
    found = _file_lines(wanted, artifacts)
    if not found:
        return
    for row in rows:
        if row.get("line"):
            row["line"] = found.get((str(row["artifact"]), row["line"]), row["line"])
    for row, places in stated:
        moved = {
            name: [place[0], found.get((place[0], place[1]), place[1]), *place[2:]]
            for name, place in places.items()
        }
        row["places"] = msgspec.json.encode(moved).decode()


def _file_lines(
    wanted: Iterable[tuple[str, int]], artifacts: Sequence[Scanned]
) -> dict[tuple[str, int], int]:
    """Lines of files for lines of artifacts, of those in which they differ."""
    by_artifact: dict[str, set[int]] = {}
    for artifact, line in wanted:
        by_artifact.setdefault(artifact, set()).add(line)
    found: dict[tuple[str, int], int] = {}
    for one in artifacts:
        lines = by_artifact.get(one.id)
        if not one.maps or not lines:
            continue
        now = source_lines(one.maps, lines)
        found |= {(one.id, line): at for line, at in now.items()}
    return found


def requote(findings: Sequence[Finding], bundle: Bundle, case: Case) -> tuple[Finding, ...]:
    """Findings whose quotations are the lines as they stand in the files."""
    rewritten = {one.id for one in case.artifacts if one.rewritten}
    if not rewritten:
        return tuple(findings)
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        for item in finding.evidence:
            if item.artifact in rewritten and item.line is not None:
                wanted.setdefault(item.path, set()).add(item.line)
    members = {member.path: member for member in bundle.members}
    texts = {path: _lines_of(members[path], lines) for path, lines in wanted.items()}

    def as_given(item: Evidence) -> Evidence:
        if item.artifact not in rewritten or item.line is None:
            return item
        text = texts[item.path].get(item.line)
        return item if text is None else msgspec.structs.replace(item, text=text)

    return tuple(
        msgspec.structs.replace(finding, evidence=tuple(map(as_given, finding.evidence)))
        for finding in findings
    )


def _lines_of(member: Member, wanted: set[int]) -> dict[int, str]:
    """Lines of a file as they stand there, by number."""
    found: dict[int, str] = {}
    left = sorted(wanted, reverse=True)
    with member.open() as stream:
        raw = Peekable(stream)
        text = TextStream(raw, utf16_of(raw.peek(HEAD_BYTES)), as_given=True)
        first = 1
        for block in line_blocks(text):
            after = first + block.count(b"\n")
            at, number = 0, first
            while left and left[-1] <= after:
                line = left[-1]
                for _ in range(line - number):
                    at = block.find(b"\n", at) + 1
                number = line
                if line == after and at >= len(block):
                    break
                end = block.find(b"\n", at)
                end = len(block) if end < 0 else end
                found[line] = block[at : min(end, at + _QUOTE_BYTES)].decode("utf-8", "replace")
                left.pop()
            first = after
            if not left:
                break
    return found
