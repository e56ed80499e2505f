"""What began, with what, and what else it may have been."""

from typing import Any

from h2o_forensics.model.fleet import Regression
from tests.fleet_samples import Row, finding, fleet, ill, run


def version(runs: int, hits: int, h2o: str, start: int, **told: Any) -> list[Row]:
    """Runs of a version on days of their own, the first of them ill."""
    rows = []
    for at in range(runs):
        made = ill if at < hits else run
        day = told.get("day", start) + 2 * at
        rows.append(
            made(start + at, **({"h2o_version": h2o, "cloud_name": "lab"} | told | {"day": day}))
        )
    return rows


def only(found: tuple[Regression, ...], dimension: str = "h2o_version") -> Regression:
    [one] = [one for one in found if one.dimension == dimension]
    return one


def test_it_began_with_a_version() -> None:
    # Versions side by side in time, so that the time is not to blame.
    rows = version(41, 0, "3.46.0.6", 0) + version(12, 7, "3.46.0.10", 100, day=15)
    one = only(fleet(rows).regressions)
    assert one.says.startswith(
        "oom.train began with 3.46.0.10: 0 of 41 runs before, 7 of 12 since."
    )
    assert (one.value, one.before_hits, one.after_hits) == ("3.46.0.10", 0, 7)
    assert one.p <= one.q < 0.001
    assert len(one.runs) == 7


def test_it_grew() -> None:
    rows = version(40, 3, "3.46.0.6", 0) + version(20, 12, "3.46.0.7", 100, day=15)
    one = only(fleet(rows).regressions)
    assert one.says.startswith("oom.train grew with 3.46.0.7: 3 of 40 runs before, 12 of 20")


def test_what_was_a_symptom_before_did_not_begin() -> None:
    rows = version(41, 0, "3.46.0.6", 0) + version(12, 7, "3.46.0.7", 100, day=15)
    found = [finding(rows[0], "oom.train", role="symptom")]
    one = only(fleet(rows, findings=found).regressions)
    assert "grew with 3.46.0.7: 0 of 41 runs before (seen beside another cause in 1 of" in one.says


def test_fewer_than_three_are_no_pattern() -> None:
    assert not fleet(version(200, 0, "3.46.0.6", 0) + version(2, 2, "3.46.0.7", 500)).regressions


def test_one_bad_afternoon_is_one_witness() -> None:
    rows = version(60, 0, "3.46.0.6", 0)
    bad = [ill(100 + at, h2o_version="3.46.0.7", cloud_name="lab", day=61) for at in range(9)]
    assert not fleet(rows + bad).regressions


def test_a_version_that_came_with_the_time() -> None:
    told = fleet(version(30, 0, "3.46.0.6", 0) + version(12, 8, "3.46.0.7", 100)).regressions
    assert "All runs since are later than all before: it may be the time." in only(told).says
    assert only(told, "day").value == "2024-06-09"


def test_a_java_that_came_with_the_version() -> None:
    rows = version(30, 0, "3.46.0.6", 0, java_version="11.0.20")
    rows += version(12, 8, "3.46.0.7", 100, day=15, java_version="17.0.9")
    told = fleet(rows).regressions
    assert "have Java 17.0.9, all before an older one" in only(told).says
    assert "have H2O 3.46.0.7, all before an older one" in only(told, "java_version").says
    assert "began with Java 17.0.9" in only(told, "java_version").says


def test_a_cluster_that_has_the_version_alone() -> None:
    rows = version(30, 0, "3.46.0.6", 0)
    rows += version(12, 8, "3.46.0.7", 100, day=15, cloud_name="new")
    says = only(fleet(rows).regressions).says
    assert "No cluster has runs both before and since: it may be the cluster." in says


def test_a_bad_cluster_that_has_the_version_more_often() -> None:
    rows = version(40, 0, "3.46.0.6", 0) + version(10, 0, "3.46.0.7", 100, day=5)
    rows += version(12, 9, "3.46.0.7", 200, day=6, cloud_name="bad")
    rows += version(1, 1, "3.46.0.6", 300, day=7, cloud_name="bad")
    says = only(fleet(rows).regressions).says
    assert "All of these are on bad: there, 1 of 1 before, 9 of 12 since." in says


def upgraded(*, by_version: bool) -> list[Row]:
    """A slow upgrade from day 60 to 140; every other run is ill, of the version or from day 100."""
    rows = []
    for at in range(200):
        new = at >= 60 and (at >= 140 or at % 4 > 1)
        begun = new if by_version else at >= 100
        made = ill if begun and at % 2 else run
        rows.append(made(at, h2o_version="3.46.0.7" if new else "3.46.0.6", cloud_name="lab"))
    return rows


def test_the_time_tells_more_than_the_version() -> None:
    time, version = fleet(upgraded(by_version=False)).regressions
    assert (time.dimension, time.value) == ("day", "2024-06-10")
    assert time.says.startswith("oom.train began on 2024-06-10: 0 of 101 runs before, 50 of 99")
    assert "it may be" not in time.says
    assert version.dimension == "h2o_version"
    assert "Among the runs from 2024-06-10 on it is 10 of 19 before, 40 of 80" in version.says
    assert version.says.endswith("it may be the time.")
    assert (time.rival, version.rival) == (False, True)
    assert len(version.before) == version.before_runs
    assert len(version.before_hit_runs) == version.before_hits
    assert len(version.after) == version.after_runs
    assert set(version.runs) <= set(version.after)


def test_the_version_tells_more_than_the_time() -> None:
    version, time = fleet(upgraded(by_version=True)).regressions
    assert version.says.startswith("oom.train began with 3.46.0.7: 0 of 100 runs before, 50 of 100")
    assert "So it is among the runs from 2024-" in version.says
    assert time.dimension == "day"
    # The one run before with that version tells nothing: nothing is laid at its door.
    assert time.says.endswith("0 of 1 before, 50 of 99 since: too few to tell it from the version.")
    assert not time.rival


def overlapping() -> list[Row]:
    """A version that comes late in a slow year: no run before the day it seems to begin on."""
    rows = []
    for at in range(240):
        new = at >= 120 and at % 24 != 1
        made = ill if new and at % 5 == 0 and at > 130 else run
        rows.append(made(at, h2o_version="3.46.0.7" if new else "3.46.0.6", cloud_name="lab"))
    return rows


def test_what_has_too_few_runs_to_be_told_apart_is_not_told_last() -> None:
    told = fleet(overlapping()).regressions
    assert len(told) == 2
    assert not any(one.rival for one in told)
    assert "too few to tell it from the" in only(told).says
    assert fleet(overlapping()).summary.count("oom.train began") == 1


def test_every_condition_that_began_is_in_the_summary() -> None:
    rows = version(41, 0, "3.46.0.6", 0) + version(12, 7, "3.46.0.7", 100, day=15)
    for row in rows[41:44]:
        row |= {"condition": "disk.full"}
    rows += [run(500 + n, h2o_version="3.46.0.6", cloud_name="lab", day=n) for n in range(100)]
    summary = fleet(rows).summary
    assert "oom.train began with 3.46.0.7: 0 of 141 runs before, 4 of 12 since; " in summary
    assert "disk.full began with 3.46.0.7: 0 of 141 runs before, 3 of 12 since." in summary


def test_what_tells_neither_way_is_left_out() -> None:
    rows = version(41, 0, "3.46.0.6", 0) + version(12, 7, "3.46.0.7", 100, day=15)
    odd = [
        run(500, None, status="failed", h2o_version="3.46.0.6"),  # type: ignore[arg-type]
        run(501, "insufficient_evidence", "oom.train", h2o_version="3.46.0.6"),
        run(502, h2o_version="unknown"),
        run(503),
    ]
    one = only(fleet(rows + odd).regressions)
    assert (one.before_runs, one.before_hits, one.after_runs) == (41, 0, 12)
