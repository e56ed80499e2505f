"""Read the next blocks in a thread of their own while one is looked at."""

from __future__ import annotations

import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from h2o_forensics.model.scan import Block

READ_AHEAD = 2
"""Blocks read before they are asked for: memory is bounded by this many."""
SWITCH_S = 0.0005
"""The reading thread needs the interpreter's lock for moments only; at the usual 5 ms it would wait
longer for it than it works."""


def read_ahead(source: Iterable[Block]) -> Iterator[Block]:
    """Give the blocks while a thread reads the next ones; short artifacts need no thread.

    Only what needs no interpreter's lock gains by it: reading, inflating, hashing.  Two threads
    that look for words, count lines or parse would but wait for each other.
    """
    blocks = iter(source)
    first, second = next(blocks, None), next(blocks, None)
    if first is not None:
        yield first
    if second is None:
        return
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        with ThreadPoolExecutor(1) as reader:
            waiting = deque(reader.submit(next, blocks, None) for _ in range(READ_AHEAD))
            yield second
            while (block := waiting.popleft().result()) is not None:
                waiting.append(reader.submit(next, blocks, None))
                yield block
    finally:
        sys.setswitchinterval(usual)
