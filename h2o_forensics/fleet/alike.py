"""Texts that are the same but for what is one run's own: names, places, numbers."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import reduce

OWN = "…"
"""Stands for what differs."""
_SHOWN = 3
_MOST = 20
"""Texts of different length that are compared: the longest and the shortest."""
_MASKS = (
    (re.compile(r"'[^']*'|\"[^\"]*\""), OWN),
    (re.compile(r"\[?[\w.\-:]*[\w\]]:\d{2,5}\b"), OWN),
    (re.compile(r"\S*[/\\!]\S*\w"), OWN),
    (re.compile(r"\b(?=\w*[^\W\d])(?=\w*\d)\w+"), OWN),
    (re.compile(r"\b\d[\d.,:]*\d|\b\d"), OWN),
    (re.compile(rf"{OWN}(?:[ ,]*{OWN})+"), OWN),
)
_PIECE = re.compile(r"[^\W_]+|[\W_]")
_AGAIN = re.compile(rf"{OWN}(?:[\W_]?{OWN})+")


def masked(text: str) -> str:
    """Without quotes, addresses, paths, numbers and names with digits: what runs have in common."""
    for pattern, mark in _MASKS:
        text = pattern.sub(mark, text)
    return text


def common(texts: Iterable[str]) -> str:
    """What texts that are masked to the same have in common: only what differs is `…`."""
    told = sorted(set(texts), key=lambda text: (-len(text), text))
    if len(told) <= 1:
        return told[0] if told else ""
    pieces = [_PIECE.findall(text) for text in told]
    if len({len(one) for one in pieces}) == 1:
        shared = [at[0] if len(set(at)) == 1 else OWN for at in zip(*pieces, strict=True)]
    else:
        shared = reduce(_shared, pieces[: _MOST // 2] + pieces[-_MOST // 2 :])
    return _AGAIN.sub(OWN, "".join(shared))


def _shared(one: list[str], other: list[str]) -> list[str]:
    """What stands in both in the same order, and `…` where they differ."""
    found: list[str] = []
    at = there = 0
    for a, b, size in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        if a > at or b > there:
            found.append(OWN)
        found += one[a : a + size]
        at, there = a + size, b + size
    return found


def listed(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    more = len(names) - _SHOWN
    if more <= 0:
        return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    return f"{', '.join(names[:_SHOWN])} and {more:,} more"
