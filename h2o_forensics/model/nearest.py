"""What somebody may have meant, for the end of an error message."""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 8
_LONGEST = 60
"""Longer names are compared by their beginning: comparing is quadratic."""


def nearest(given: str, choices: Iterable[str]) -> str:
    """`; nearest: X` for the choice most like `given`; else all of them, if few."""
    known = sorted(choices)
    folded = {choice.casefold(): choice for choice in reversed(known)}
    close = get_close_matches(given[:_LONGEST].casefold(), list(folded), n=1, cutoff=0.5)
    if close:
        return f"; nearest: {folded[close[0]]}"
    return f"; one of: {', '.join(known)}" if 0 < len(known) <= _FEW else ""
