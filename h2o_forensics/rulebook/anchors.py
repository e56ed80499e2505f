"""Whether a pattern can match where its anchor stands.

The anchor decides which records the pattern is tried on, so a pattern that leaves no room for it
looks at something else than its author thinks.  The pattern becomes a small automaton that accepts
a bit more than the pattern does (repeats have no upper end, assertions hold), so that "no" is
always right.
"""

import re
from collections.abc import Sequence

from h2o_forensics.rulebook.patterns import Item, accepts, begins_anchored, bodies, parse_pattern

_SPECIAL = frozenset(r"\^$.|?*+()[]{}")


def can_contain(pattern: str, anchor: str) -> bool:
    """Whether a match of `pattern` can hold `anchor`, or half of it where the match ends."""
    if not _SPECIAL & set(anchor) and anchor in pattern:
        return True
    if re.escape(anchor).replace("\\ ", " ") in pattern:
        return True
    parsed = parse_pattern(pattern)
    if parsed is None:
        return True
    items, flags = parsed
    automaton = _Automaton(ignore_case=bool(flags & re.IGNORECASE))
    end = automaton.add(items, 0)
    half = max(1, len(anchor) // 2)
    if automaton.passes(range(automaton.size), anchor, end, half):
        return True
    skips = [] if begins_anchored(pattern) else range(1, len(anchor) - half + 1)
    return any(automaton.passes([0], anchor[skip:], end, half) for skip in skips)


class _Automaton:
    """States are numbers; 0 is the start."""

    def __init__(self, *, ignore_case: bool) -> None:
        self.ignore_case = ignore_case
        self.silent: list[list[int]] = [[]]
        self.steps: list[list[tuple[Item | None, int]]] = [[]]

    @property
    def size(self) -> int:
        return len(self.silent)

    def state(self) -> int:
        self.silent.append([])
        self.steps.append([])
        return self.size - 1

    def add(self, items: Sequence[Item], start: int) -> int:
        """Append `items` after `start`; returns the state after them."""
        at = start
        for item in items:
            at = self._add_one(item, at)
        return at

    def _add_one(self, item: Item, start: int) -> int:
        name = str(item[0])
        end = self.state()
        if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            self.steps[start].append((item, end))
        elif name in {"AT", "ASSERT", "ASSERT_NOT"}:
            self.silent[start].append(end)
        elif name in {"SUBPATTERN", "BRANCH", "ATOMIC_GROUP"}:
            for body in bodies(item):
                self.silent[self.add(body, start)].append(end)
        elif name.endswith("REPEAT"):
            self._add_repeat(item, start, end)
        else:  # a reference to a group: anything
            self.silent[start].append(end)
            self.steps[end].append((None, end))
        return end

    def _add_repeat(self, item: Item, start: int, end: int) -> None:
        least, most, body = item[1]
        first = self.state()
        self.silent[start].append(first)
        last = self.add(body, first)
        self.silent[last].append(end)
        if least == 0:
            self.silent[start].append(end)
        if most > 1:
            self.silent[last].append(first)

    def passes(self, starts: Sequence[int], text: str, end: int, enough: int) -> bool:
        """Whether `text`, or `enough` of it up to an end of the match, fits from `starts`."""
        states = self._closed(starts)
        for index, char in enumerate(text):
            if end in states and index >= enough:
                return True
            states = self._closed(
                [to for state in states for item, to in self.steps[state] if self._fits(item, char)]
            )
            if not states:
                return False
        return True

    def _fits(self, item: Item | None, char: str) -> bool:
        if item is None or accepts(item, char):
            return True
        other = char.swapcase()
        return self.ignore_case and len(other) == 1 and accepts(item, other)

    def _closed(self, states: Sequence[int]) -> frozenset[int]:
        seen = set(states)
        todo = list(seen)
        while todo:
            for to in self.silent[todo.pop()]:
                if to not in seen:
                    seen.add(to)
                    todo.append(to)
        return frozenset(seen)
