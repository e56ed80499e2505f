"""How often Python looks for cycles in what was made, while there are next to none."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SELDOM = (200_000, 20, 20)
"""So many more objects than are freed until Python looks among the new ones, and so many looks
until it goes on to the older ones.  By itself it does after 700: 6 % of the time of an analysis,
and a third of what building its hits takes (measured)."""


@contextmanager
def sought_seldom() -> Iterator[None]:
    """Within this, Python seldom looks for cycles; afterwards as before."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
