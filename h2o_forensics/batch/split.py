"""A large run read by several processes, each some of its members, and judged by one of them.

What is read of a member hangs on its bytes and on the rules, so it does not matter who read it; the
report is the same, byte for byte, as that of one process.  Where that cannot be held, what was read
elsewhere is dropped and the judging process reads it itself: a part that failed, a bundle that
changed meanwhile, other rules, a cap on an archive or on all bytes together (which stream it ends
hangs on the order of reading).  A part that came to its own time or memory limit is taken as it is,
and the report is partial, as that of one process would be.

A tar in a compressed stream is one piece: opening it alone unpacks it to its end.  Splitting does
not pay either where much lies there twice: whoever opens the bundle has to compare it.
"""

from __future__ import annotations

import hashlib
import io
import pickle  # what crosses comes from processes that the same scan has started, see `_Loader`
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from h2o_forensics import __version__
from h2o_forensics.budget import Budget
from h2o_forensics.intake import open_bundle
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Limits, Met
from h2o_forensics.model.settings import Settings
from h2o_forensics.opened import open_within
from h2o_forensics.pipeline import examine, read_some, scanner_of
from h2o_forensics.readers import Readings, is_read_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from h2o_forensics.engine.scanner import Scanner
    from h2o_forensics.model.bundle import Bundle, Member
    from h2o_forensics.model.catalog import FoundRun
    from h2o_forensics.model.evidence import Analysis
    from h2o_forensics.model.rule import RuleBook
    from h2o_forensics.opened import Sources

    Progress = Callable[[str, int, int | None], None]

LEAST_BYTES = 64 * 2**20
"""Unpacked.  Below, starting on it in each process costs what is gained."""
_LEAST_GAIN = 1.25
"""Time of one process by that of several, as far as bytes tell; readings cost some, too."""
_PACKED = 15
"""A log is so many times the size it is packed to."""
_UNPACKING = 0.5
"""What a byte costs that is unpacked to open the bundle at all, by what reading it costs."""
_COMPARING = 0.3
"""The same of a byte that has to be compared with its copy (measured: a log, and the zip of it)."""
_SUFFIXES = (".gz", ".zip", ".tgz", ".zst", ".bz2", ".xz")
_LEVEL = 1
_SETTINGS = Settings()


class Share(NamedTuple):
    """One of several parts of a run; who opens the run finds the part's members by itself."""

    part: int
    """From 0 on."""
    of: int


def may_split(run: FoundRun, least_bytes: int = LEAST_BYTES) -> bool:
    """Whether a run may be large enough, by what its directory lists: nothing is opened.

    Args:
        run: as it was found.
        least_bytes: unpacked.
    """
    return (
        sum(
            file.bytes * (_PACKED if file.path.lower().endswith(_SUFFIXES) else 1)
            for file in run.files
        )
        >= least_bytes
    )


def plan(
    bundle: Bundle, workers: int, least_bytes: int = LEAST_BYTES
) -> tuple[tuple[str, ...], ...] | None:
    """Paths of members in groups of about equal bytes, at most one for each worker.

    The same bundle gives the same groups wherever it is opened.

    Args:
        bundle: what was given.
        workers: processes.
        least_bytes: unpacked; smaller bundles are not split.

    Returns:
        The groups, each sorted; None: splitting it does not pay.
    """
    pieces = sorted(_pieces(bundle, least_bytes), key=lambda one: (-one[0], one[1]))
    total = sum(size for size, _ in pieces)
    if workers < 2 or total < least_bytes:  # noqa: PLR2004 - alone, it is the whole
        return None
    groups: list[list[str]] = [[] for _ in range(min(workers, len(pieces)))]
    sizes = [0.0] * len(groups)
    for size, paths in pieces:
        least = sizes.index(min(sizes))
        sizes[least] += size
        groups[least] += paths
    opening = _opening(bundle)  # by who reads, and by who judges
    if total + opening < _LEAST_GAIN * (max(sizes) + 2 * opening):
        return None
    return tuple(tuple(sorted(group)) for group in groups if group)


def _opening(bundle: Bundle) -> float:
    """What opening the bundle costs, which everyone has to do, as bytes that are read."""
    weights = {one.path: _weight(one) for one in bundle.members}
    streamed = sum(weights[one.path] for one in bundle.members if one.stream is not None)
    compared = sum(weights.get(original, 0) for _, original in bundle.duplicates)
    return _UNPACKING * streamed + _COMPARING * compared


def _pieces(bundle: Bundle, least_bytes: int) -> Iterator[tuple[float, list[str]]]:
    """What is read by one process: its weight, and the paths of its members."""
    streams: dict[str, list[Member]] = {}
    for member in bundle.members:
        if member.stream is not None:
            streams.setdefault(member.stream, []).append(member)
            continue
        weight = _weight(member)
        # Heap dumps and the like; small ones are not worth a look.
        heavy = weight * 8 < least_bytes or is_read_whole(member)
        yield (weight if heavy else 0), [member.path]
    for members in streams.values():
        yield sum(map(_weight, members)), [one.path for one in members]


def _weight(member: Member) -> int:
    """Unpacked bytes, roughly."""
    return member.size if member.size is not None else _PACKED * (member.packed or 0)


def read_part(
    sources: Sources,
    members: Collection[str] | Share,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    budget: Budget | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    least_bytes: int = LEAST_BYTES,
    scanner: Scanner | None = None,
) -> bytes:
    """Read some members of a run, for a process that judges all of them.

    Args:
        sources: the whole run; sources that can be read but once (`-`) cannot be split.
        members: paths of a group of `plan`, or which share of it.  Of a run that is not to be
            split a share holds nothing, and the judging process reads it.
        rulebook: the rules it will be judged by.
        settings: as those of the judging process.
        budget: time and memory this part may take.
        limits: as those of the judging process.
        progress: called with stage, done and total bytes.
        least_bytes: of `plan`, for a share.
        scanner: of these rules, with what was compiled before, and nothing met yet.

    Returns:
        What `join_parts` takes.

    Raises:
        IntakeError: nothing readable was given.
    """
    budget = budget or Budget()
    bundle = open_within(sources, budget, limits)
    mark = _mark(bundle, rulebook)  # before reading: what it was opened as
    if isinstance(members, Share):
        groups = plan(bundle, members.of, least_bytes) or ()
        members = groups[members.part] if members.part < len(groups) else ()
    scanner = scanner or scanner_of(rulebook)
    found = read_some(bundle, scanner, members, settings, progress)
    if bundle.met is None:
        return b""
    return _packed(mark, bundle.met(), Readings(found, budget.end_reading(), scanner.met))


def join_parts(bundle: Bundle, rulebook: RuleBook, parts: Sequence[bytes]) -> Readings:
    """What parts of this bundle hold; what does not fit is left out, and will be read again.

    The bundle's problems are those of all parts afterwards.

    Args:
        bundle: opened, not read yet.
        rulebook: the rules it will be judged by.
        parts: what `read_part` gave, from processes of one scan; empty: the part failed.
    """
    mark = _mark(bundle, rulebook)
    opened = [_opened(part, mark) for part in parts if part.startswith(mark)]
    if bundle.take is None or not bundle.take([part.met for part in opened]):
        return Readings()
    read = [part.read for part in opened]
    return Readings(
        {path: found for one in read for path, found in one.members.items()},
        next((one.stopped for one in read if one.stopped is not None), None),
        frozenset().union(*(one.met for one in read)),
    )


def examine_parts(
    sources: Sources,
    parts: Sequence[bytes],
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    budget: Budget | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    scanner: Scanner | None = None,
) -> Analysis:
    """Judge a run of which parts were read; members in none of them are read here.

    Arguments and errors are those of `read_part`; `parts` as in `join_parts`.  The budget is this
    process's own: whoever gives a run a time limit takes off what its parts took.
    """
    budget = budget or Budget()
    bundle = open_within(sources, budget, limits)
    readings = join_parts(bundle, rulebook, parts)
    analysis = examine(
        bundle, rulebook, settings, progress, budget, readings=readings, scanner=scanner
    )
    capped = bundle.met is not None and bundle.met().capped
    if not readings.members or not capped or budget.end_reading() is not None:
        return analysis
    # What was read here, because a part failed, came to a cap: where, hangs on the order.
    limits = limits or Limits()
    again = open_bundle(
        [sources] if isinstance(sources, str | Path) else sources,
        replace(limits, stop=limits.stop or budget.stop_reading),  # its clock runs on
    )
    return examine(again, rulebook, settings, progress, budget, scanner=scanner)


def _mark(bundle: Bundle, rulebook: RuleBook) -> bytes:
    """What a part begins with: it fits where all of this is the same."""
    members = [(one.path, one.size, one.mtime, one.packed) for one in bundle.members]
    given = (bundle.sources, members, bundle.duplicates, bundle.listed)
    # The rulebook's hash is of its files: it does not say which rules are disabled.
    sought = [(signal.rule_id, signal.name) for signal in rulebook.signals]
    stated = repr((__version__, rulebook.sha256, sought, given))
    return hashlib.sha256(stated.encode("utf-8", "replace")).digest()


class _Part(NamedTuple):
    met: Met
    read: Readings


def _packed(mark: bytes, met: Met, read: Readings) -> bytes:
    """Member by member: what one shares with another is not remembered, which would cost memory."""
    buffer = io.BytesIO()
    buffer.write(mark)
    with zstd.ZstdFile(buffer, "wb", level=_LEVEL) as file:
        pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
        pickler.dump((met, replace(read, members={}), len(read.members)))
        for item in read.members.items():
            pickler.clear_memo()
            pickler.dump(item)
    return buffer.getvalue()


def _opened(part: bytes, mark: bytes) -> _Part:
    buffer = io.BytesIO(part)
    buffer.seek(len(mark))
    with zstd.ZstdFile(buffer) as file:
        met, read, count = _Loader(file).load()
        members = dict(_Loader(file).load() for _ in range(count))
    return _Part(met, replace(read, members=members))


class _Loader(pickle.Unpickler):
    """Makes our own nouns and plain collections only.

    Pickle runs what it is told to.  A part comes from a process that this scan has started, by a
    pipe or by the user's own Dask cluster, never from the evidence or the catalog; this is the
    second lock.
    """

    _PLAIN = frozenset(
        {("collections", "deque"), ("array", "array"), ("array", "_array_reconstructor")}
    )

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle has it
        """Give a class by its name."""
        if module.startswith("h2o_forensics.") or (module, name) in self._PLAIN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of what was read")
