"""The same incident on other clocks: same diagnosis, same times."""

import functools
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.model.settings import Settings
from h2o_forensics.pipeline import examine
from h2o_forensics.rulebook import load_rulebook
from tests.shifted_clocks import Dial, shifted

CASES = Path(__file__).parents[2] / "fixtures/cases"
KILLED, FROZEN, HEALTHY = "node_killed", "node_frozen", "healthy_cluster"
SECOND = {KILLED: "54343", FROZEN: "55143", HEALTHY: "10.20.0.12"}
BERLIN = ZoneInfo("Europe/Berlin")
MADE = datetime(2026, 11, 22, tzinfo=UTC)


@functools.cache
def rulebook() -> RuleBook:
    return load_rulebook()


def analysis(files: dict[str, str], settings: Settings | None = None) -> Analysis:
    return examine(bundle_of_texts(files), rulebook(), settings or Settings())


@functools.cache
def plain(case: str) -> Analysis:
    return analysis(shifted(CASES / case / "bundle", {}))


def outline(found: Analysis, move: timedelta = timedelta(), *, slack_s: int = 1) -> list[object]:
    """What was diagnosed, where and when."""
    shift = round(move.total_seconds())
    lines: list[object] = [found.diagnosis.verdict]
    for judged in found.diagnosis.findings:
        finding = judged.finding
        seen = finding.first_seen
        when = None if seen is None else (seen // 1000 - shift) // slack_s
        lines.append((finding.condition, judged.role, finding.nodes, finding.count, when))
    return lines


def check_same(case: str, found: Analysis, move: timedelta = timedelta()) -> None:
    expected = plain(case)
    assert outline(found, move) == outline(expected)
    shift = round(move.total_seconds() * 1000)
    assert [
        (node.node, node.run, node.end, node.started and node.started - shift)
        for node in found.case.nodes
    ] == [(node.node, node.run, node.end, node.started) for node in expected.case.nodes]


@pytest.mark.parametrize("case", (KILLED, FROZEN, HEALTHY))
def test_nodes_in_different_zones(case: str) -> None:
    files = shifted(CASES / case / "bundle", {SECOND[case]: Dial(timezone(timedelta(hours=-5)))})
    found = analysis(files)
    check_same(case, found)
    clocks = {node: clock for node, clock in found.case.clocks.items() if SECOND[case] in node}
    assert [clock.zone for clock in clocks.values()] == ["-05:00"]
    assert all(clock.skew_ms is None for clock in found.case.clocks.values())


@pytest.mark.parametrize("case", (KILLED, FROZEN, HEALTHY))
def test_over_new_year(case: str) -> None:
    middle = {KILLED: (5, 54, 20), FROZEN: (5, 56, 10), HEALTHY: (6, 30, 0)}[case]
    move = datetime(2027, 1, 1, tzinfo=UTC) - MADE.replace(
        hour=middle[0], minute=middle[1], second=middle[2]
    )
    check_same(case, analysis(shifted(CASES / case / "bundle", {}, move)), move)


@pytest.mark.parametrize("case", (KILLED, FROZEN, HEALTHY))
@pytest.mark.parametrize(
    "turn", (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC))
)
def test_over_the_end_and_the_begin_of_summer_time(case: str, turn: datetime) -> None:
    middle = {KILLED: (5, 54, 20), FROZEN: (5, 56, 10), HEALTHY: (6, 30, 0)}[case]
    move = turn - MADE.replace(hour=middle[0], minute=middle[1], second=middle[2])
    dial = Dial(BERLIN)
    found = analysis(shifted(CASES / case / "bundle", {"": dial}, move))
    check_same(case, found, move)


@pytest.mark.parametrize("case", (KILLED, FROZEN, HEALTHY))
@pytest.mark.parametrize("seconds", (37, -37))
def test_a_clock_that_is_wrong(case: str, seconds: int) -> None:
    files = shifted(CASES / case / "bundle", {SECOND[case]: Dial(skew=timedelta(seconds=seconds))})
    found = analysis(files)
    skews = {node: clock.skew_ms for node, clock in found.case.clocks.items() if clock.skew_ms}
    assert [SECOND[case] in node for node in skews] == [True]
    assert all(abs(skew - seconds * 1000) < 2_500 for skew in skews.values())
