"""The whole report: counts, order, words; fleets that are small, odd or empty."""

import random
import time

import pytest
from msgspec import json

from h2o_forensics.fleet import build_fleet
from h2o_forensics.model.fleet import Fleet
from tests.fleet_samples import (
    START,
    Row,
    catalog,
    finding,
    fleet,
    frames,
    ill,
    location,
    of,
    run,
    run_id,
    scan,
)


def test_nothing_at_all() -> None:
    empty = build_fleet({}, name="runs")
    assert empty == fleet([])
    assert empty.summary == "The catalog holds no runs."
    assert empty.window == (None, None)
    assert [one.dimension for one in empty.breakdowns] == [
        "h2o_version", "java_version", "cloud_name", "host", "user",
    ]  # fmt: skip


def test_one_run() -> None:
    one = fleet([ill(3, day=2)])
    assert one.summary == (
        "1 run of 2024-03-03: 1 incident. The only cause: The heap was exhausted while a model "
        "was trained (oom.train, 1 run). Too few to compare versions or days: 1 run tells whether "
        "something was wrong."
    )
    assert one.runs[0].at == "2024-03-03T00:00:00.000Z"
    assert one.runs[0].command == f"h2o-forensics catalog show {run_id(3)[:8]} --catalog runs"
    assert one.runs[0].report is None


def test_all_healthy() -> None:
    well = fleet([run(number) for number in range(30)])
    assert well.summary == "30 runs from 2024-03-01 to 2024-03-30: 30 healthy."
    assert (well.causes, well.regressions, well.worst_nodes) == ((), (), ())


def test_runs_are_newest_first_and_undated_last() -> None:
    rows = [run(1, day=1), run(2, day=None), run(3, day=3), run(4, day=None)]
    made = fleet(rows)
    assert [one.run for one in made.runs] == [run_id(n) for n in (3, 1, 2, 4)]
    assert made.undated == (2, 3)
    assert [day.day for day in made.calendar] == ["2024-03-02", "2024-03-04"]
    assert [day.runs for day in made.calendar] == [(1,), (0,)]


def test_when_a_run_was() -> None:
    bare: Row = {"cause_at": None, "last": None}
    rows = [
        ill(1, day=1, cause_at=START + 5, last=START + 9),
        run(2, **bare, newest_file=START + 7),
        run(3, **bare, newest_file=315_532_800_000),  # 1980-01-01: what zips say by default
    ]
    at = {one.name: one.at for one in fleet(rows).runs}
    assert at["run-00001.zip"] == "2024-03-01T00:00:00.005Z"
    assert at["run-00002.zip"] == "2024-03-01T00:00:00.007Z"
    assert at["run-00003.zip"] is None


def test_a_failed_run_and_a_hypothesis_are_no_causes() -> None:
    rows = [
        run(1, None, status="failed", problem="timeout", problem_message="Took over 60 s."),  # type: ignore[arg-type]
        run(2, "insufficient_evidence", "oom.train"),
        ill(3, "disk.full"),
    ]
    made = fleet(rows)
    assert [one.condition for one in made.causes] == ["disk.full"]
    assert made.totals | {"bytes": 0} == {
        "runs": 3, "incident": 1, "at_risk": 0, "healthy": 0, "insufficient_evidence": 1,
        "failed": 1, "fresh": 0, "new": 0, "changed": 0, "gone": 0, "copies": 0, "nodes": 3,
        "bytes": 0,
    }  # fmt: skip
    failed = next(one for one in made.runs if one.verdict == "failed")
    assert failed.summary == "Summary of run 1."
    assert made.problems[0].code == "timeout"
    assert made.problems[0].message == "Took over 60 s."
    assert made.runs[made.problems[0].runs[0]] == failed


def test_causes_with_what_is_new_and_what_to_do() -> None:
    rows = [ill(n, "oom.train") for n in range(5)] + [ill(9, "disk.full", severity="critical")]
    findings = [finding(row) for row in rows] + [finding(rows[5], "oom.train", role="symptom")]
    findings.append(finding(rows[0], "disk.full", role="suppressed"))
    tables = frames({"runs": rows, "findings": findings})
    scans = [scan(1, fresh=[row["run"] for row in rows]), scan(2, fresh=[run_id(9), run_id(4)])]
    made = build_fleet(tables, scans=scans, reports={run_id(9)}, name="runs")
    memory, disk = made.causes
    assert (memory.condition, len(memory.runs), memory.fresh, memory.new) == (
        "oom.train",
        5,
        1,
        False,
    )
    assert memory.also == (0,)
    assert memory.rules == ("RULE-oom.train",)
    assert memory.remedy == "Mend oom.train."
    assert (memory.first_seen, memory.last_seen) == (
        "2024-03-01T00:00:00.000Z", "2024-03-05T00:00:00.000Z",
    )  # fmt: skip
    assert memory.by_day[0] == ("2024-03-01", 1)
    assert (disk.severity, disk.fresh, disk.new, disk.also) == ("critical", 1, True, ())
    assert made.runs[0].report == f"reports/{run_id(9)}.html"
    assert made.scanned == "2024-07-02T01:00:00.000Z"
    assert "Most often: The heap was exhausted while a model was trained" in made.summary
    assert "(oom.train, 5 runs, 1 new in the last scan); then disk.full (1)." in made.summary


def test_what_is_advised_is_what_all_runs_of_a_cause_have_in_common() -> None:
    rows = [ill(n) for n in range(3)]
    findings = [
        finding(row, remedy=f"Start h2o.jar with -Xmx{n}g, on port 5432{n}.")
        for n, row in enumerate(rows, 4)
    ]
    [one] = fleet(rows, findings=findings).causes
    assert one.remedy == "Start h2o.jar with -…, on port …."
    [one] = fleet(rows[:1], findings=findings[:1]).causes
    assert one.remedy == "Start h2o.jar with -Xmx4g, on port 54324."


def test_ten_runs_with_ten_causes_have_none_most_often() -> None:
    made = fleet([ill(n, f"cause.{n}") for n in range(10)])
    assert made.summary == (
        "10 runs from 2024-03-01 to 2024-03-10: 10 incidents. "
        "No cause is in two runs; there are 10 of them."
    )


def test_the_last_scan_that_ended_says_what_is_new() -> None:
    killed = scan(3, fresh=[run_id(1)], ended=None)
    made = build_fleet(frames({"runs": [run(1), run(2)]}), scans=[killed, scan(2, [run_id(2)])])
    assert [one.fresh for one in made.runs] == [True, False]


def test_copies_and_a_run_that_was_judged_twice() -> None:
    old, new = ill(1, analysis="b" * 16), run(1)
    places = [
        location(old, location="/a/1.zip", seen_ms=1),
        location(new, location="/a/2.zip", seen_ms=2),
        location(new, location="/a/3.zip", seen_ms=1, state="gone"),
        location(new, location="/a/4.zip", run="", state="unreadable", name="4.zip"),
    ]
    findings = [finding(old)]
    made = fleet([old, new], locations=places, findings=findings)
    [one] = made.runs
    assert (one.verdict, one.copies, made.totals["copies"]) == ("healthy", 2, 1)
    assert made.causes == ()
    assert (made.problems[0].code, made.problems[0].runs) == ("unreadable", ())
    assert made.problems[0].message == "1 place could not be read: 4.zip"


def test_what_is_new_what_was_changed_and_what_is_gone() -> None:
    rows = [ill(n) for n in range(1, 6)]
    places = [
        location(rows[0], before="b" * 20),  # changed in an earlier scan
        location(rows[1], before="b" * 20),
        location(rows[2]),
        location(rows[2], location="/elsewhere", state="gone"),
        location(rows[3], state="gone"),
        location(rows[4], state="unreadable"),  # for now
    ]
    tables = frames({"runs": rows, "locations": places})
    made = build_fleet(tables, scans=[scan(1, fresh=[run_id(2), run_id(3)])], name="runs")
    told = {one.name[4:9]: (one.fresh, one.changed, one.gone) for one in made.runs}
    assert told == {
        "00001": (False, False, False),
        "00002": (True, True, False),
        "00003": (True, False, False),
        "00004": (False, False, True),
        "00005": (False, False, False),
    }
    assert {name: made.totals[name] for name in ("fresh", "new", "changed", "gone")} == {
        "fresh": 2, "new": 1, "changed": 1, "gone": 1,
    }  # fmt: skip
    assert "(1 of them no longer there)" in made.summary
    assert "5 runs, 1 new and 1 changed in the last scan)" in made.summary


def test_breakdowns() -> None:
    rows = [
        ill(1, h2o_version="3.46.0.7", cloud_name="H2O_from_python_ann_abc123"),
        run(2, h2o_version="3.46.0.10", cloud_name="H2O_from_python_ann_xyz789"),
        run(3, "at_risk", "cv.leak_target", h2o_version="3.46.0.7"),
        run(4),
    ]
    nodes = [of(rows[1], node=f"10.0.0.{n}:54321", host=f"h{n}") for n in range(2)]
    versions, _, clusters, hosts, _ = fleet(rows, nodes=nodes).breakdowns
    assert [group.value for group in versions.groups] == ["3.46.0.10", "3.46.0.7"]
    assert versions.groups[1].causes == (("cv.leak_target", 1), ("oom.train", 1))
    assert (versions.groups[1].incidents, versions.groups[1].at_risk) == (1, 1)
    assert versions.unknown == (0,)
    assert [(group.value, group.runs) for group in clusters.groups] == [
        ("H2O_from_python_ann_*", (2, 3))
    ]
    assert [(group.value, group.runs) for group in hosts.groups] == [("h0", (2,)), ("h1", (2,))]


def test_exceptions_of_several_runs() -> None:
    rows = [ill(n, h2o_version=v) for n, v in enumerate(("3.46.0.10", "3.46.0.7", "3.46.0.7"))]
    made = [
        of(row, fingerprint=print_, root_class="java.io.IOException", root_message=said,
           count=2, explained=known)
        for row in rows
        for print_, said, known in (("f1", "No space", True), ("f2", "Reset", row is rows[0]))
    ]  # fmt: skip
    made.append(of(rows[0], fingerprint="alone", root_class="X", count=1))
    unknown, known = fleet(rows, exceptions=made).exceptions
    assert (unknown.fingerprint, unknown.explained, unknown.runs) == ("f2", False, (0, 1, 2))
    assert unknown.explained_runs == (2,)
    assert (known.fingerprint, known.explained, known.count) == ("f1", True, 6)
    assert known.versions == ("3.46.0.7", "3.46.0.10")
    assert known.first_seen == "2024-03-01T00:00:00.000Z"


def test_an_exception_is_the_same_but_for_paths_numbers_and_model_ids() -> None:
    rows = [ill(n) for n in range(4)]
    paths = (
        "/data/lab/run/r54/a b.csv",
        "nfs://data/lab/run/r54/a b.csv",
        "/data/prod/run/r7/a b.csv",
    )
    made = [
        of(row, fingerprint=f"p{n}", root_class="java.net.URISyntaxException",
           root_message=f"Illegal character in path at index {40 + n}: {path}", count=1)
        for n, (row, path) in enumerate(zip(rows, paths, strict=False))
    ]  # fmt: skip
    made += [
        of(row, fingerprint=f"g{kind}", root_class="X", count=1,
           root_message=f"Illegal argument for GBM model: {kind}_grid1_model_2. It is 1.5.")
        for row, kind in zip(rows, ("trial", "final", "trial", "nightly"), strict=True)
    ]  # fmt: skip
    made += [of(row, fingerprint="hidden", root_class="X", count=1) for row in rows[:2]]
    grid, path, hidden = fleet(rows, exceptions=made).exceptions
    assert (grid.message, grid.runs, grid.fingerprint) == (
        "Illegal argument for GBM model: …_grid1_model_2. It is 1.5.", (0, 1, 2, 3), "gtrial",
    )  # fmt: skip
    assert path.runs == (1, 2, 3)
    assert path.message == ("Illegal character in path at index …: …/data/…/run/…/a b.csv")
    assert (hidden.message, hidden.runs) == ("", (2, 3))


def test_missing_evidence_that_differs_by_names_only_is_one() -> None:
    rows = [run(n) for n in range(3)]
    gaps = [
        of(row, why=f"The process of 10.0.0.{n}:54321 ended suddenly and H2O says not why.",
           fetch="The kernel's log (dmesg).")
        for n, row in enumerate(rows[:2])
    ]  # fmt: skip
    gaps.append(of(rows[2], why="No log of H2O itself is among the evidence.", fetch="The logs."))
    first, second = fleet(rows, gaps=gaps).missing
    assert first.why == ("The process of 10.0.0.…:54321 ended suddenly and H2O says not why.")
    assert (first.fetch, first.runs) == ("The kernel's log (dmesg).", (1, 2))
    assert second.why == "No log of H2O itself is among the evidence."


def test_what_to_fetch_names_the_files() -> None:
    rows = [run(n) for n in range(4)]
    zips = [
        of(row, artifact=row["name"], code="bad_zip", count=1,
           message=f"{row['name']}: the list of contents is damaged; {n} entries. Fetch it again.")
        for n, row in enumerate(rows)
    ]  # fmt: skip
    cut = of(rows[0], artifact="run-00000.zip!a/b.json", code="cut", count=1,
             message="run-00000.zip!a/b.json is cut; fetch the document again.")  # fmt: skip
    gaps = [
        of(row, why=f"{row['name']} could not be read.", fetch=f"A whole copy of {row['name']}.")
        for row in rows[1:3]
    ]
    made = fleet(rows, problems=[*zips, cut], gaps=gaps)
    assert [(one.why, one.fetch, len(one.runs)) for one in made.missing] == [
        (("The list of contents is damaged; … entries. In run-00003.zip, run-00002.zip, "
         "run-00001.zip and 1 more."), "Fetch it again.", 4),
        ("run-….zip could not be read.", "A whole copy of run-00002.zip and run-00001.zip.", 2),
        ("run-00000.zip: b.json is cut.", "Fetch the document again.", 1),
    ]  # fmt: skip
    assert made.problems[0].message.endswith(
        "Fetch it again. In run-00003.zip, run-00002.zip, run-00001.zip and 1 more."
    )


def test_runs_that_could_not_be_analyzed_are_to_be_fetched_first() -> None:
    said = "nothing readable in {0} {0}: the list of contents is damaged. Fetch it again. {0}: zip."
    rows = [
        run(n, None, status="failed", problem="nothing", problem_message=said.format(name))  # type: ignore[arg-type]
        | {"name": f"2026/02/{name}"}
        for n, name in enumerate(("a.zip", "b.zip"))
    ]
    more = [run(n) for n in range(5, 9)]
    gaps = [of(row, why="No log of H2O.", fetch="The logs.") for row in more]
    first, second = fleet([*rows, *more], gaps=gaps).missing
    assert first.why == "The list of contents is damaged. In 2026/02/b.zip and 2026/02/a.zip."
    assert (first.fetch, len(first.runs)) == ("Fetch it again.", 2)
    assert second.why == "No log of H2O."


def test_torn_lines_make_no_shapes_and_numbers_are_no_values() -> None:
    rows = [ill(n) for n in range(4)]
    shapes = [(row, "WARN water.default: rate should be in ]0,0] but is 0.0") for row in rows]
    shapes += [(rows[0], "WARN water.default: rate should be i"), (rows[3], "ERROR a: Alone")]
    shapes += [(row, "WARN water.default: 0-0 0:0:0.0 0.0.0.0:0 0 main WARN") for row in rows]
    told = [of(row, shape=shape, count=1, example=f"Line: {shape}") for row, shape in shapes]
    made = {one.shape: one for one in fleet(rows, unexplained=told).unexplained}
    assert set(made) == {
        "WARN water.default: rate should be in ]#,#] but is #.#", "ERROR a: Alone",
    }  # fmt: skip
    whole = made["WARN water.default: rate should be in ]#,#] but is #.#"]
    assert (whole.count, len(whole.runs), whole.in_incidents) == (5, 4, 4)
    assert whole.example == "Line: WARN water.default: rate should be in ]0,0] but is 0.0"


def test_the_most_telling_shape_is_first() -> None:
    rows = [ill(n) for n in range(4)] + [run(n) for n in range(10, 20)]
    shapes = {"common": rows, "telling": rows[:3], "once": rows[:1], "harmless": rows[5:7]}
    made = fleet(
        rows,
        unexplained=[
            of(row, shape=shape, count=2, example=f"{shape} 1")
            for shape, of_it in shapes.items()
            for row in of_it
        ],
    ).unexplained
    assert [one.shape for one in made] == ["telling", "once", "common", "harmless"]
    assert (made[0].in_incidents, made[0].in_healthy, made[0].rarity) == (3, 0, 0.25)
    assert made[3].rarity == pytest.approx(0.8)
    assert made[0].count == 6


def worse_from_day_60(draw: random.Random, row: Row) -> None:
    row["worse"] = max(0.0, (row["last"] - START) / 86_400_000 - 60) / 300
    if row["h2o_version"] == "3.46.0.12" and draw.random() < 0.5:
        row |= {"verdict": "incident", "condition": "gc.thrash", "title": "Thrash",
                "severity": "high", "cause_node": "10.0.0.1:54321"}  # fmt: skip


def test_a_known_truth_is_found_and_nothing_else() -> None:
    made = build_fleet(frames(catalog(400, 5, effect=worse_from_day_60)), name="runs")
    assert {(one.condition, one.dimension, one.value) for one in made.regressions} == {
        ("gc.thrash", "h2o_version", "3.46.0.12")
    }
    assert "gc.thrash began with 3.46.0.12: 0 of " in made.summary
    worse = {(one.what, one.name) for one in made.series if one.worse}
    assert {("live_heap", "lab"), ("gc_loss", "prod-a")} <= worse
    assert {one.name for one in made.worst_nodes if one.q is not None and one.q < 0.05} <= {
        f"{cluster}-1" for cluster in ("lab", "prod-a", "prod-b", "risk")
    }


def test_the_order_of_rows_does_not_matter() -> None:
    tables = catalog(120, 3, effect=worse_from_day_60)
    first = json.encode(build_fleet(frames(tables), name="runs"))
    for rows in tables.values():
        random.Random(1).shuffle(rows)  # noqa: S311 - repeatable
    assert json.encode(build_fleet(frames(tables), name="runs")) == first
    assert json.encode(json.decode(first, type=Fleet)) == first


def test_a_thousand_runs_take_no_time() -> None:
    tables = frames(catalog(1000, 1))
    begun = time.process_time()
    build_fleet(tables, name="runs")
    assert time.process_time() - begun < 3  # 0.2 s of wall time; a shared machine may be slow
