"""Blocks on their way to the scan: all who look for words in them share one pass over each."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from h2o_forensics.line_ends import LineEnds
from h2o_forensics.literals import LiteralSet
from h2o_forensics.readers.hs_err import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from h2o_forensics.model.scan import Block
    from h2o_forensics.readers.gc_lines import JvmLines
    from h2o_forensics.readers.side_evidence import SideReader


@lru_cache(maxsize=32)
def _set_of(words: tuple[bytes, ...]) -> LiteralSet:
    return LiteralSet(words)


def watched(
    blocks: Iterable[Block], kind: str, jvms: JvmLines, side: SideReader
) -> Iterator[Block]:
    """The same blocks, with their line ends counted; a crash report's without its secrets.

    Args:
        blocks: of one text.
        kind: of the text.
        jvms: is shown each block.
        side: is shown each block.
    """
    if kind == "gc_log":  # wholly the collector's: its reader numbers the lines itself
        return _shown(blocks, jvms)
    seen = _watched(blocks, jvms, side)
    return without_secrets(seen) if kind == "hs_err" else seen


def _shown(blocks: Iterable[Block], jvms: JvmLines) -> Iterator[Block]:
    lines = 0
    for block in blocks:
        jvms.look(block, [])
        before, lines = lines, jvms.lines
        yield block._replace(line_ends=LineEnds(block.data, block.size, lines - before))


def _watched(blocks: Iterable[Block], jvms: JvmLines, side: SideReader) -> Iterator[Block]:
    for block in blocks:
        words = jvms.words
        found = _set_of(words + side.words).find(block.data, block.size)
        of_side = [(end, index - len(words)) for end, index in found if index >= len(words)]
        if of_side:
            found = [one for one in found if one[1] < len(words)]
        ends = LineEnds(block.data, block.size)
        counted = block._replace(line_ends=ends)
        jvms.look(counted, found)
        side.look(counted, of_side, ends.total)
        yield counted
