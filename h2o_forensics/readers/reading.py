"""What another process read of members of a bundle, for the one that puts the case together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.bundle import Problem
    from h2o_forensics.readers.scanned import Scanned


class MemberReading(Struct, frozen=True):
    """What was read of one member; it hangs on the member's bytes and the signals, nothing else."""

    artifacts: Sequence[Scanned]
    """Without ids that count: whoever puts the case together numbers them."""
    problems: Sequence[Problem]


class Readings(Struct, frozen=True):
    """Members that are not to be read again.  They are used up: a case is put together once."""

    members: Mapping[str, MemberReading] = {}
    """By path."""
    stopped: str | None = None
    """Why some process ended reading early, in words."""
    met: frozenset[int] = frozenset()
    """Signals, by index, that matched in them, or ran out of time."""
