"""The archive that benchmarks and scans are measured with: same bytes, other runs, right causes."""

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import archive, archive_drift, archive_plan
from benchmarks.archive_mover import CASES, load_case
from h2o_forensics.pipeline import analyze

TRACES = re.compile(rb"127\.0\.0\.1[:_]5|\d@vm\b|(?<!\d)11-22 \d\d:|2026-11-22T|/tmp/lab/run")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("made") / "archive"
    return folder, archive.make_archive(folder, archive.Options(runs=60, small=True))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip


def test_same_options_same_bytes(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, truth = made
    again = archive.make_archive(tmp_path / "archive", archive.Options(runs=60, small=True))
    assert again == truth == json.loads(archive.truth_path(folder).read_text(encoding="utf-8"))
    assert bytes_of(tmp_path / "archive") == bytes_of(folder)
    other = archive.make_archive(tmp_path / "other", archive.Options(runs=60, seed=2, small=True))
    assert {run["at"] for run in other["runs"]} != {run["at"] for run in truth["runs"]}


def test_runs_are_where_the_truth_says_and_small(made: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = made
    paths = [run["path"] for run in truth["runs"]]
    assert len(set(paths)) == len(paths) >= 60
    assert all((folder / path).exists() for path in paths)
    assert max(run["stored"] for run in truth["runs"]) <= archive.SMALL
    below = [path for path in bytes_of(folder) if not any(path.startswith(one) for one in paths)]
    assert below == []
    assert {run["form"] for run in truth["runs"]} == set(archive.FORMS)


def test_copies_are_the_same_bytes(made: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = made
    for copy in truth["facts"]["copies"]:
        assert bytes_of(folder / copy) == bytes_of(folder / copy.removeprefix("backup/"))


@pytest.mark.parametrize("slug", sorted(path.parent.name for path in CASES.glob("*/bundle")))
def test_nothing_of_the_old_time_and_place_is_left(slug: str) -> None:
    plan = next(one for one in archive_plan.plans(500, 1) if one.case.slug == slug)
    files = list(plan.case.moved(plan.identity))
    for file in files:
        files += file.children or ()
        assert not TRACES.search(file.path.encode())
        assert TRACES.search(file.data) is None, file.path
    assert len(files) > 5


def test_a_run_is_diagnosed_as_its_case_elsewhere_and_then(
    made: tuple[Path, dict[str, Any]],
) -> None:
    folder, truth = made
    seen: set[str] = set()
    for run in truth["runs"]:
        if not run["scored"] or run["case"] in seen:
            continue
        seen.add(run["case"])
        diagnosis = analyze([folder / run["path"]]).diagnosis
        assert diagnosis.verdict == run["verdict"], run["path"]
        findings = {judged.id: judged.finding for judged in diagnosis.findings}
        first = findings[diagnosis.root_causes[0]] if diagnosis.root_causes else None
        assert (first and first.condition) == run["condition"]
        if first is None:
            continue
        assert list(first.nodes) == run["nodes"]
        assert first.first_seen is not None
        late = first.first_seen / 1000 - datetime.fromisoformat(run["at"]).timestamp()
        assert timedelta(seconds=abs(late)) <= timedelta(seconds=run["within_s"])
    assert len(seen) >= 10


def test_a_grown_run_is_as_large_as_wanted(tmp_path: Path) -> None:
    wanted = 8_000_000
    truth = archive.make_archive(
        tmp_path / "grown", archive.Options(runs=10, unpacked=wanted + 2_000_000)
    )
    [grown] = [run for run in truth["runs"] if run["grown"]]
    assert grown["unpacked"] == pytest.approx(wanted - 1_500_000, rel=0.2)


def test_planted_facts_are_true() -> None:
    plans = list(archive_plan.plans(1000, 1))
    newest = archive_plan.RELEASES[-1].version
    cases = Counter(one.case.slug for one in plans)
    assert set(cases) == {path.parent.name for path in CASES.glob("*/bundle")}
    begun = [one for one in plans if one.case.slug == archive_plan.REGRESSION]
    assert len(begun) > 20
    assert {one.identity.release.version for one in begun} == {newest}
    late = [one for one in plans if one.case.slug == archive_plan.LATE]
    assert min(one.began for one in late) >= archive_plan.BEGIN + timedelta(archive_plan.LATE_DAY)
    bad = archive_plan.host_name(archive_plan.BAD_CLUSTER, archive_plan.BAD_HOST)
    died = Counter(one.host for one in plans if one.case.slug in archive_plan.MACHINE)
    assert died.most_common(1)[0][0] == bad
    assert load_case(archive_plan.GRIDS).condition == "grid.partial_failures"


def test_a_model_gets_worse_and_collections_longer_over_the_year() -> None:
    plans = sorted(archive_plan.plans(1000, 1), key=lambda one: one.began)
    saved = [
        next(files for one in ordered if (files := archive_drift.model_files(one)))
        for ordered in (plans, plans[::-1])
    ]
    tests = [json.loads(files[1].data)["model_metrics"][0]["AUC"] for files in saved]
    assert tests[0] - tests[1] == pytest.approx(archive_drift.LOSS, abs=0.02)
    slow = [one for one in plans if one.identity.cluster == archive_drift.SLOW_CLUSTER]
    late = next(one for one in reversed(slow) if one.case.slug == "healthy_orderly_shutdown")
    usual = late.case.moved(late.identity)
    pauses = [
        [sum(map(float, archive_drift.DURATION.findall(file.data))) for file in files
         if file.path.endswith("gc.log")]
        for files in (usual, archive_drift.with_pauses(late, usual))
    ]  # fmt: skip
    assert pauses[1] == pytest.approx([one * 4 for one in pauses[0]], rel=0.1)
