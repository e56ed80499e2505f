"""A small rule that loads, and a pack to put changed copies of it into."""

from collections.abc import Callable
from pathlib import Path

import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.rulebook import load_rulebook

RULE = """\
id: TST001
condition: gc.thrash
name: swap-stall
title: Node stops allocating
status: stable
since: 0.1.0
severity: high
confidence: high
harm: fault
signals:
  pause:
    anchor: "Pausing to swap to disk"
    pattern: '^Pausing to swap to disk; (?P<free>\\S+) free on (?P<peer>\\S+)'
    levels: [WARN]
    captures: {free: bytes, peer: node}
    about: peer
  resume: {anchor: "Continuing after swapping", levels: [WARN]}
when:
  any:
    - at_least: {signal: pause, count: 3, within: 10m, per: node}
    - unanswered: {signal: pause, by: resume, within: 60s}
facts:
  free_bytes: {signal: pause, of: free, take: min}
  wanted_bytes: {calc: 2 * free_bytes, round_up: 100MB}
says: "{node} paused {count} times with {free_bytes:bytes} free"
explain: The working set does not fit.
remedies:
  - do: Give each node {wanted_bytes:bytes} more.
    why: The spill is a symptom.
    otherwise: Give each node more.
caused_by:
  - {condition: heap.too_small, because: less heap than data, within: 5m, when: free_bytes < 1000}
yields_to:
  - {condition: oom.import, because: the end of the same story}
false_positives: One pause during a large parse is normal.
references: [water/MemoryManager.java]
examples:
  fires:
    - |
      11-03 04:12:55.871 10.0.0.3:54321  4242  FJ-1-5  WARN water.default: Pausing to swap to disk
  silent:
    - node1.log: |
        11-03 04:12:57.102 10.0.0.3:54321  4242  FJ-1-5  WARN water.default: Continuing
"""


class Pack:
    """A pack on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "mem/TST001_swap_stall.yaml") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def faults(self) -> list[str]:
        with pytest.raises(RuleError) as caught:
            load_rulebook(self.folder, built_in=False)
        return caught.value.faults


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path / "pack")


@pytest.fixture
def rule_text() -> str:
    return RULE


@pytest.fixture
def faults_after(pack: Pack) -> Callable[..., list[str]]:
    """Faults of the small rule after replacements, each given as (old, new)."""

    def change(*pairs: tuple[str, str]) -> list[str]:
        text = RULE
        for old, new in pairs:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        pack.write(text)
        return pack.faults()

    return change
