"""Names of pauses in unified logging: phase, cause and kind."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_G1_TYPES = frozenset(
    {"Normal", "Concurrent Start", "Prepare Mixed", "Mixed", "Concurrent End", "Initial Mark"}
)
_FAILED = re.compile(r" \((?:Evacuation Failure[^)]*|To-space exhausted)\)")
_LAST = re.compile(r"^(.*?) \(((?:[^()]|\(\))*)\)$")
_KINDS = (
    ("Pause Young", "young"),
    ("Pause Mixed", "young"),
    ("Pause Full", "full"),
    ("Pause Degenerated", "degenerated"),
    ("Pause Remark", "remark"),
    ("Pause Cleanup", "cleanup"),
    ("Pause Initial Mark", "initial_mark"),
    ("Pause Init Mark", "initial_mark"),
    ("Pause Final Mark", "final_mark"),
    ("Pause Mark Start", "mark_start"),
    ("Pause Mark End", "mark_end"),
    ("Pause Relocate Start", "relocate_start"),
)
_HINTS = (
    (re.compile(r"^Pause (?:Mark Start|Mark End|Relocate Start)"), "Z"),
    (re.compile(r"^Pause Init Mark \((?:Young|Old|Global)"), "GenerationalShenandoah"),
    (
        re.compile(r"^Pause (?:Init Mark|Final Mark|Init Update|Final Update|Degenerated)"),
        "Shenandoah",
    ),
    (
        re.compile(
            r"^Pause (?:Young \((?:Normal|Concurrent Start|Prepare Mixed|Mixed)\)|Mixed|Cleanup)"
        ),
        "G1",
    ),
)
BEGINNERS = frozenset({"young", "full", "degenerated", "initial_mark", "mark_start"})
_WITH_CAUSE = frozenset({"young", "full"})


class Label(NamedTuple):
    """What a pause is called."""

    phase: str
    cause: str | None
    kind: str
    no_room: bool
    """An evacuation found no room."""
    begins: bool
    """It is the first pause of its collection."""
    starts_cycle: bool
    collector: str | None
    """Whose name for a pause it is, if only one collector calls it so."""


@lru_cache(maxsize=1024)
def label_of(text: bytes) -> Label:
    """Take apart `Pause Young (Normal) (G1 Evacuation Pause)` and the like."""
    phase = text.decode("utf-8", "replace")
    phase, failed = _FAILED.subn("", phase)
    kind = next((kind for prefix, kind in _KINDS if phase.startswith(prefix)), "other")
    last = _LAST.match(phase)
    cause = None
    # So JDK 9 and 10 call G1's young collection that starts a cycle; CMS's has no cause.
    if kind == "initial_mark" and last and phase.startswith("Pause Initial Mark"):
        kind = "young"
    if kind in _WITH_CAUSE and last and last.group(2) not in _G1_TYPES:
        phase, cause = last.groups()
    starts_cycle = kind == "young" and (
        "Concurrent Start" in phase or phase.startswith("Pause Initial Mark")
    )
    collector = next((name for hint, name in _HINTS if hint.match(phase)), None)
    return Label(phase, cause, kind, failed > 0, kind in BEGINNERS, starts_cycle, collector)
