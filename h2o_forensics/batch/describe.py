"""What a scan would look at, in lines to read: `scan --dry-run`."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.batch.find import Ignored, absolute, find_runs
from h2o_forensics.batch.inside import runs_inside
from h2o_forensics.batch.listing import said
from h2o_forensics.intake.names import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from h2o_forensics.batch.cut import Cut, Wanted
    from h2o_forensics.model.catalog import FoundRun

_UNITS = ("B", "KB", "MB", "GB", "TB")
_STEP = 1024
_PRECISE = 10
_MOST_IGNORED = 50
_KINDS = {"archive": "archive", "directory": "dir", "files": "files"}


def describe(
    archives: Sequence[str],
    cut: Cut,
    wanted: Wanted,
    *,
    catalog: str | None = None,
    limit: int | None = None,
) -> Iterator[str]:
    """Give the runs that would be found, why each is one, and what is left out.

    Args:
        archives: as `scan` gets them.
        cut: how runs are told apart.
        wanted: which of them.
        catalog: its place, which is left out.
        limit: so many runs are shown.

    Raises:
        IntakeError: an archive is not there.
    """
    ignored, complaints = Ignored(), list[str]()
    left = () if catalog is None else (catalog,)
    runs = find_runs(
        archives,
        cut,
        wanted,
        leave_out=left,
        complain=lambda place, why: complaints.append(f"{_below(place, tops)}: {why}"),
        ignored=ignored,
    )
    tops = [said(absolute(archive)) for archive in archives]
    number = files = size = 0
    top = ""
    for run in islice(runs, limit):
        if run.archive != top:
            if not top:
                yield _HEAD
            top = run.archive
            yield f"{display(top)}:"
        number, files, size = number + 1, files + len(run.files), size + run.bytes
        yield from _run_lines(run)
    yield f"{_count(number, 'run')}, {_count(files, 'file')}, {size_text(size)}"
    yield from _ignored_lines(ignored, tops)
    yield from (f"not looked at to the end: {display(line)}" for line in complaints)


_HEAD = "  kind        files     size  newest (UTC)      run  (why it is one)"


def _run_lines(run: FoundRun) -> Iterator[str]:
    newest = run.newest_ns
    moment = "" if newest is None else _moment(newest)
    files = _count(len(run.files), "file")
    columns = f"{_KINDS[run.kind]:<7} {files:>9} {size_text(run.bytes):>8}  {moment:<16}"
    yield f"  {columns}  {run.name}  ({run.because})"
    if run.kind == "archive" and (inside := runs_inside(run.sources[0])) > 1:
        yield f"      directories in it look like {inside} runs: unpack it, or it is judged as one"
    if run.problem is not None:
        yield f"      not all of it can be listed: {display(run.problem)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _moment(time_ns: int) -> str:
    try:
        return datetime.fromtimestamp(time_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):  # Nobody's year: a file system's nonsense.
        return "?"


def _ignored_lines(ignored: Ignored, tops: Sequence[str]) -> Iterator[str]:
    found = ignored.listed()
    if found:
        yield f"left out: {sum(count for _place, _why, count in found):,}"
    for place, why, count in found[:_MOST_IGNORED]:
        yield f"  {count:>5,} in {display(_below(place, tops))}: {why}"
    if len(found) > _MOST_IGNORED:
        yield f"  ... and in {len(found) - _MOST_IGNORED:,} more places"


def _below(place: str, tops: Sequence[str]) -> str:
    """Give a place relative to its archive."""
    for top in tops:
        if place == top:
            return "."
        if place.startswith(f"{top}/"):
            return place[len(top) + 1 :]
    return place


def size_text(size: int) -> str:
    """Give bytes in a unit of which there are less than 1024."""
    number, unit = float(size), 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    exact = unit and number < _PRECISE
    return f"{number:.1f} {_UNITS[unit]}" if exact else f"{number:.0f} {_UNITS[unit]}"
