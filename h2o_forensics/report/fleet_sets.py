"""Which runs a number of the fleet report stands for: named sets, and links that show them.

A set has a key such as `cause/oom.train`.  A link joins keys:
`#runs/cause/oom.train+day/2026-11-22` shows the runs that are in both.  Keys are made of names, so
a link holds in the next report, too.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from msgspec import Struct

from h2o_forensics.model.fleet import Concentration, Fleet
from h2o_forensics.report.fleet_words import dimension_value, verdict_name
from h2o_forensics.report.fleet_words import marks as marks_of
from h2o_forensics.report.safe_text import one_line

_FOREIGN = re.compile(r"[^A-Za-z0-9._:-]")
_LONGEST_NAME, _LONGEST_LABEL = 60, 90
_MARKS = {
    "new": "new in the last scan",
    "changed": "changed since the scan before",
    "gone": "gone: no longer where they were",
}

Named = tuple[str, str, str, Iterable[int]]
"""Kind and name (the key), label, runs."""


class RunSet(Struct, frozen=True):
    """Runs, by index, and what they have in common, in words."""

    label: str
    runs: tuple[int, ...]


class Link(Struct, frozen=True):
    """A number that leads to its runs; without `href` it is only a number."""

    text: str
    href: str | None

    def __html__(self) -> str:
        """What Jinja writes."""
        if self.href is None:
            return escape(self.text)
        return f'<a class="n" href="{escape(self.href)}">{escape(self.text)}</a>'


class Links:
    """Makes links, and remembers which sets they need."""

    def __init__(self, sets: dict[str, RunSet]) -> None:
        self._sets = sets
        self._used: set[str] = set()

    def to(self, count: int, *keys: str, words: str | None = None) -> Link:
        """The number (or `words`) as a link to the runs that are in all of these sets."""
        text = words if words is not None else f"{count:,}"
        if not count or any(key not in self._sets for key in keys):
            return Link(text, None)
        self._used.update(keys)
        return Link(text, href(*keys))

    @property
    def used(self) -> dict[str, RunSet]:
        """The sets that links need, sorted by key."""
        return {key: self._sets[key] for key in sorted(self._used)}


def href(*keys: str) -> str:
    """The fragment that shows the runs in all of these sets; of none: all runs."""
    return f"#runs/{'+'.join(keys)}" if keys else "#runs"


def key(kind: str, name: str) -> str:
    """The key of a set: plain letters, short, and another one for another name."""
    plain = _FOREIGN.sub("_", name)[:_LONGEST_NAME]
    if plain != name or not name:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        plain = f"{plain[:40]}~{digest}"
    return f"{kind}/{plain}"


def sets_of(fleet: Fleet) -> dict[str, RunSet]:
    """All sets of a fleet that are not empty."""
    made = {}
    for kind, name, label, runs in (
        *_of_runs(fleet),
        *_of_causes(fleet),
        *_of_regressions(fleet),
        *_of_groups(fleet),
        *_of_concentrations(fleet),
        *_of_evidence(fleet),
    ):
        chosen = tuple(sorted(set(runs)))
        if chosen:
            made[key(kind, name)] = RunSet(one_line(label, _LONGEST_LABEL), chosen)
    return made


def rest(kind: str, items: Sequence[tuple[int, ...]], shown: int) -> Named:
    """The set of what a list does not show any more."""
    runs = {run for item in items[shown:] for run in item}
    return "more", kind, f"further {kind}", runs


def _of_runs(fleet: Fleet) -> Iterator[Named]:
    verdicts: dict[str, list[int]] = {}
    for index, run in enumerate(fleet.runs):
        verdicts.setdefault(run.verdict, []).append(index)
    for name, runs in verdicts.items():
        yield "verdict", name, verdict_name(name), runs
    many = range(len(fleet.runs))
    yield (
        "scan",
        "last",
        "new or changed in the last scan",
        (i for i in many if fleet.runs[i].fresh),
    )
    marks = list(enumerate(marks_of(fleet)))
    for mark, label in _MARKS.items():
        yield "scan", mark, label, [i for i, own in marks if own == mark]
    yield "copies", "more", "several copies", (i for i in many if fleet.runs[i].copies > 1)
    yield "day", "none", "no date", fleet.undated
    for day in fleet.calendar:
        yield "day", day.day, day.day, day.runs


def _of_causes(fleet: Fleet) -> Iterator[Named]:
    for cause in fleet.causes:
        yield "cause", cause.condition, cause.condition, cause.runs
        yield "also", cause.condition, f"{cause.condition} besides another cause", cause.also
    yield rest("causes", [cause.runs for cause in fleet.causes], MOST_CAUSES)


def _of_regressions(fleet: Fleet) -> Iterator[Named]:
    """What was compared."""
    for one in fleet.regressions:
        named = f"{one.condition} {one.dimension} {one.value}"
        value = dimension_value(one.dimension, one.value)
        yield "until", named, f"before {value}", one.before
        yield "from", named, f"since {value}", one.after
        yield "before", named, f"{one.condition} before {value}", one.before_hit_runs
        yield "since", named, f"{one.condition} since {value}", one.runs


def _of_groups(fleet: Fleet) -> Iterator[Named]:
    for part in fleet.breakdowns:
        for group in part.groups:
            label = dimension_value(part.dimension, group.value)
            yield part.dimension, group.value, label, group.runs
        label = dimension_value(part.dimension, None)
        yield "unknown", part.dimension, label, part.unknown
        yield rest(part.dimension, [group.runs for group in part.groups], MOST_GROUPS)
    for node in fleet.worst_nodes:
        yield "node", node.name, f"node {node.name}", node.runs
        yield "ill", node.name, f"first cause on {node.name}", node.cause_runs


def concentration_key(kind: str, one: Concentration) -> str:
    """A set of it: `there`, `there-all`, `other`, `other-all`."""
    return key(kind, f"{one.condition} {one.dimension} {one.value}")


def _of_concentrations(fleet: Fleet) -> Iterator[Named]:
    for one in fleet.concentrations:
        named = f"{one.condition} {one.dimension} {one.value}"
        value = dimension_value(one.dimension, one.value)
        yield "there", named, f"{one.condition}, {value}", one.hits
        yield "there-all", named, f"judged runs, {value}", one.runs
        yield "other", named, f"{one.condition}, not {value}", one.other_hits
        yield "other-all", named, f"judged runs, not {value}", one.other_runs


def _of_evidence(fleet: Fleet) -> Iterator[Named]:
    for thrown in fleet.exceptions:
        yield "exception", thrown.fingerprint, f"{thrown.root_class}", thrown.runs
        label = f"{thrown.root_class}, explained"
        yield "explained", thrown.fingerprint, label, thrown.explained_runs
    for series in fleet.series:
        name = f"{series.what} {series.name} {series.unit}"
        yield "series", name, f"{series.name}, {series.what}", (at.run for at in series.points)
    for gap in fleet.missing:
        yield "missing", f"{gap.why} {gap.fetch}", f"missing: {gap.fetch}", gap.runs
    for shape in fleet.unexplained:
        yield "shape", shape.shape, f"with {shape.shape}", shape.runs
    for problem in fleet.problems:
        named = f"{problem.code} {problem.message}"
        yield "problem", named, f"{problem.code}: {problem.message}", problem.runs


MOST_CAUSES, MOST_GROUPS = 40, 40
"""Rows the page shows of causes, and of a property's values."""
