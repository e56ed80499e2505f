"""What of an archive has to be worked on: found runs held against what the catalog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from h2o_forensics.model.catalog import FoundRun, IndexRow, State


class Work(Struct, frozen=True):
    """A run that something has to be done about."""

    run: FoundRun
    before: IndexRow | None
    """What is known of its location."""
    trusted: bool
    """Path, size and time are as before: so is its content."""


class Census(Struct):
    """All runs of the archives, by what has to be done about them."""

    unchanged: list[FoundRun]
    work: list[Work]
    growing: list[Work]
    """Written to a moment ago: they wait until the rest is done."""
    left: list[str]
    """Locations beyond `--limit`."""

    @property
    def found(self) -> int:
        """All of them."""
        return len(self.unchanged) + len(self.work) + len(self.growing) + len(self.left)


class Known(Struct, frozen=True):
    """What the catalog knew before the scan."""

    index: Mapping[str, IndexRow]
    results: Collection[tuple[str, str]]
    """Run and analysis of all result files."""
    key: str
    """Of the analysis that is wanted."""
    tabled: Collection[tuple[str, str]]
    """Run and analysis of those that the tables have rows of."""


def take_census(
    found: Iterable[FoundRun],
    known: Known,
    *,
    is_growing: Callable[[FoundRun], bool],
    verify: bool = False,
    retry: bool = False,
    limit: int | None = None,
    seen: Callable[[int], None] | None = None,
) -> Census:
    """Sort runs as they are found.

    Args:
        found: runs, in a stable order.
        known: what the catalog knows.
        is_growing: whether a run was written to a moment ago.
        verify: trust no size and time; read and hash everything.
        retry: what failed, or was not finished in its time, is not done.
        limit: most runs to work on.
        seen: called with the number of runs found so far.
    """
    census = Census([], [], [], [])
    for number, run in enumerate(found, 1):
        if seen is not None:
            seen(number)
        row = known.index.get(run.location)
        trusted = row is not None and row.stat == run.stat and row.state == "present" and not verify
        if row is not None and trusted and _done(row, known, retry=retry):
            census.unchanged.append(run)
        elif limit is not None and len(census.work) + len(census.growing) >= limit:
            census.left.append(run.location)
        else:
            into = census.growing if is_growing(run) else census.work
            into.append(Work(run, row, trusted))
    census.work.sort(key=lambda one: (-one.run.bytes, one.run.location))
    return census


def _done(row: IndexRow, known: Known, *, retry: bool) -> bool:
    if known.key not in (row.analysis, row.holds_for) or (retry and row.message):
        return False
    return (row.run, row.analysis) in known.results


def empty_archives(
    index: Mapping[str, IndexRow], archives: Collection[str], seen: Collection[str]
) -> list[str]:
    """Give the archives that held runs when they were last looked at, and hold none now.

    A disk that is not mounted looks so.
    """
    held = {
        row.archive for row in index.values() if row.state in {"present", "growing", "unreadable"}
    }
    holding = {index[one].archive for one in seen if one in index}
    return [one for one in archives if one in held and one not in holding]


def lost_locations(
    index: Mapping[str, IndexRow],
    archives: Collection[str],
    seen: Collection[str],
    exists: Callable[[IndexRow], bool],
) -> list[tuple[IndexRow, State]]:
    """Give the locations of these archives that hold no run any more, and what became of each.

    Args:
        index: what is known, by location.
        archives: that were listed to their ends, without a filter.
        seen: locations of the runs that were found.
        exists: whether there still is something at a location.
    """
    here = [
        row
        for location, row in sorted(index.items())
        if row.archive in archives
        and location not in seen
        and row.state in {"present", "growing", "unreadable"}
    ]
    return [(row, "replaced" if exists(row) else "gone") for row in here]
