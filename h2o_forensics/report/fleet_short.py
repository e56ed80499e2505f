"""The fleet in short: titles, headings and rows that the text and the Markdown share.

A table holds the first ten; every row ends in the name of its newest run.
"""

from collections.abc import Iterator

from msgspec import Struct

from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report import view
from h2o_forensics.report.fleet_views import breakdowns, fresh_causes

MOST = 10


class Table(Struct, frozen=True):
    """Rows under a title; `many` is how many there are in all."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    many: int


def tables(fleet: Fleet) -> Iterator[Table]:
    """All parts that have something to say, in the order of the page."""
    made = (
        _new(fleet),
        _causes(fleet),
        *_breakdowns(fleet),
        _nodes(fleet),
        _concentrations(fleet),
        _exceptions(fleet),
        _missing(fleet),
        _unexplained(fleet),
        _problems(fleet),
    )
    yield from (table for table in made if table.rows)


def totals(fleet: Fleet) -> str:
    """`1,000 runs: 284 incidents, 109 at risk, ...; 6 new, 1 changed`."""
    counts = [(name, words.count(fleet, name)) for name in words.ORDER]
    told = ", ".join(f"{many:,} {words.counted(name, many)}" for name, many in counts if many)
    marks = () if words.first_scan(fleet) else ("new", "changed")
    news = [(mark, words.many(fleet, mark)) for mark in (*marks, "gone")]
    last = ", ".join(f"{many:,} {mark}" for mark, many in news if many)
    whole = f"{words.plural(len(fleet.runs), 'run')}: {told}{f'; {last}' if last else ''}"
    return whole if told else "0 runs"


def worse(fleet: Fleet) -> tuple[str, ...]:
    """What series say that change for the worse."""
    return tuple(f"{words.series_name(one)}: {one.says}" for one in fleet.series if one.worse)


def newest(fleet: Fleet, runs: tuple[int, ...]) -> str:
    """Name of the newest of these runs."""
    return fleet.runs[min(runs)].name if runs else ""


def _new(fleet: Fleet) -> Table:
    chosen = () if words.first_scan(fleet) else fresh_causes(fleet)
    return Table(
        "New since the last scan",
        ("cause", "severity", "new or changed", "all", "newest of these"),
        tuple(
            (
                f"{one.condition}{' (never seen before)' if one.new else ''}",
                one.severity,
                f"{one.fresh:,}",
                f"{len(one.runs):,}",
                newest(fleet, tuple(at for at in one.runs if fleet.runs[at].fresh)),
            )
            for one in chosen[:MOST]
        ),
        len(chosen),
    )


def _causes(fleet: Fleet) -> Table:
    return Table(
        "Causes",
        ("cause", "runs", "first seen", "last seen", "newest run"),
        tuple(
            (
                one.condition,
                f"{len(one.runs):,}",
                words.day(one.first_seen),
                words.day(one.last_seen),
                newest(fleet, one.runs),
            )
            for one in fleet.causes[:MOST]
        ),
        len(fleet.causes),
    )


def _breakdowns(fleet: Fleet) -> Iterator[Table]:
    for part in breakdowns(fleet):
        yield Table(
            words.dimension_name(part.dimension),
            (words.dimension_name(part.dimension), "runs", "incidents", "share", "first cause"),
            tuple(
                (
                    group.value,
                    f"{len(group.runs):,}",
                    f"{group.incidents:,}",
                    view.share(group.incidents / max(len(group.runs), 1)),
                    f"{group.causes[0][0]} ({group.causes[0][1]:,})" if group.causes else "",
                )
                for group in part.groups[:MOST]
            ),
            len(part.groups),
        )


def _nodes(fleet: Fleet) -> Table:
    chosen = [one for one in fleet.worst_nodes if words.stands_out(one)]
    return Table(
        "Worst nodes",
        ("node", "runs", "with the cause", "usual", "q"),
        tuple(
            (
                one.name,
                f"{len(one.runs):,}",
                f"{len(one.cause_runs):,} ({view.share(one.share)})",
                view.share(one.expected_share),
                words.likely(one.q),
            )
            for one in chosen[:MOST]
        ),
        len(chosen),
    )


def _concentrations(fleet: Fleet) -> Table:
    return Table(
        "Concentrated on a user, machine or cluster",
        ("cause", "where", "there", "elsewhere", "q"),
        tuple(
            (
                one.condition,
                words.dimension_value(one.dimension, one.value),
                f"{len(one.hits):,} of {len(one.runs):,}",
                f"{len(one.other_hits):,} of {len(one.other_runs):,}",
                words.likely(one.q),
            )
            for one in fleet.concentrations[:MOST]
        ),
        len(fleet.concentrations),
    )


def _exceptions(fleet: Fleet) -> Table:
    return Table(
        "Same exception, several runs",
        ("exception", "runs", "explained", "last seen", "newest run"),
        tuple(
            (
                f"{one.root_class}: {one.message}",
                f"{len(one.runs):,}",
                f"{len(one.runs if one.explained else one.explained_runs):,}",
                words.day(one.last_seen),
                newest(fleet, one.runs),
            )
            for one in fleet.exceptions[:MOST]
        ),
        len(fleet.exceptions),
    )


def _missing(fleet: Fleet) -> Table:
    return Table(
        "What to fetch",
        ("fetch", "runs", "newest run"),
        tuple(
            (
                f"{one.fetch.rstrip('.')} ({one.why.rstrip('.')})",
                f"{len(one.runs):,}",
                newest(fleet, one.runs),
            )
            for one in fleet.missing[:MOST]
        ),
        len(fleet.missing),
    )


def _unexplained(fleet: Fleet) -> Table:
    return Table(
        "Warnings no rule knows",
        ("template", "rarity", "runs", "newest run"),
        tuple(
            (one.shape, view.share(one.rarity), f"{len(one.runs):,}", newest(fleet, one.runs))
            for one in fleet.unexplained[:MOST]
        ),
        len(fleet.unexplained),
    )


def _problems(fleet: Fleet) -> Table:
    return Table(
        "Problems",
        ("problem", "runs", "newest run"),
        tuple(
            (
                f"{one.code}: {one.message}".removesuffix(": "),
                f"{len(one.runs):,}",
                newest(fleet, one.runs),
            )
            for one in fleet.problems[:MOST]
        ),
        len(fleet.problems),
    )
