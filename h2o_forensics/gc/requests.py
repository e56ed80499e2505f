"""How often somebody asked for a collection."""

from __future__ import annotations


class Requests:
    """Pauses that were asked for, told in order; what one request made counts once.

    Parallel collects the young generation first and then everything, for one request.
    """

    def __init__(self) -> None:
        self.count = 0
        self.first_full: str | None = None
        """The cause of the first pause of all, if that is a full collection asked for."""
        self.last_young: str | None = None
        """The cause of the last pause, if that is a young collection asked for."""

    def add(self, kind: str, cause: str | None, *, is_first: bool) -> None:
        """Count a pause that was asked for; `is_first`: there was none before, of whatever kind."""
        full = cause if kind == "full" else None
        if full is None or full != self.last_young:
            self.count += 1
        if is_first:
            self.first_full = full
        self.last_young = cause if kind == "young" else None

    def include(self, other: Requests, *, is_first: bool, has_pauses: bool) -> None:
        """Count all of another one, which comes later; whether this or that one has any pauses."""
        self.count += other.count
        if is_first:
            self.first_full = other.first_full
        elif other.first_full is not None and other.first_full == self.last_young:
            self.count -= 1
        if has_pauses:
            self.last_young = other.last_young
