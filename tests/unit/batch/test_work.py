import hashlib
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from msgspec.structs import replace

from h2o_forensics.batch import judge
from h2o_forensics.batch.find import find_runs
from h2o_forensics.batch.guard import NOTE
from h2o_forensics.batch.keys import analysis_key
from h2o_forensics.batch.rules import rules_of
from h2o_forensics.batch.work import do
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.model.catalog import FoundRun, RunOptions, RunOutcome, RunTask
from h2o_forensics.model.settings import Settings, Suppression
from h2o_forensics.pipeline import analyze
from h2o_forensics.report import build_report, to_html, to_json
from h2o_forensics.rulebook import load_rulebook

CASES = Path(__file__).parents[3] / "fixtures" / "cases"
NAMES = ("node_killed", "healthy_cluster", "version_mismatch", "disk_full")
BOOK = load_rulebook(plugins=False)
GIVEN = RunOptions(plugins=False, rulebook_sha256=BOOK.sha256)
OPTIONS = replace(GIVEN, key=analysis_key(GIVEN, BOOK))


def run_of(place: Path) -> FoundRun:
    (run,) = find_runs([str(place)])
    return run


def task(case: str = "node_killed", kind: Any = "analyze", **changes: Any) -> RunTask:
    run = run_of(CASES / case / "bundle")
    return RunTask(kind, run, replace(OPTIONS, **changes))


def stable(outcome: RunOutcome) -> RunOutcome:
    return replace(outcome, seconds=0, peak_mb=0)


def problem(outcome: RunOutcome) -> tuple[str, str]:
    assert outcome.status == "failed"
    assert outcome.problem is not None
    return outcome.problem.code, outcome.problem.message


def test_a_run_is_analyzed_as_analyze_would() -> None:
    given = task(reports=True)
    outcome = do(given)
    assert (outcome.status, outcome.problem, outcome.changed) == ("analyzed", None, False)
    settings = Settings(threads=1)
    analysis = analyze(CASES / "node_killed" / "bundle", plugins=False, settings=settings)
    report = build_report(analysis)
    result = decode_result(outcome.result)
    assert msgspec.json.decode(result.report) == msgspec.json.decode(to_json(report))
    assert outcome.html == to_html(report).encode()
    assert (result.run, result.analysis, result.status) == (outcome.run, OPTIONS.key, "analyzed")
    assert result.rulebook_sha256 == BOOK.sha256
    assert len(outcome.rows["runs"]) == 1
    assert outcome.read_bytes == sum(
        artifact.bytes for artifact in analysis.case.artifacts if artifact.state == "read"
    )
    assert outcome.seconds > 0


def test_nothing_of_a_run_leaks_into_the_next_one() -> None:
    """As bytes, in any order, and as a process tells it that saw nothing before."""
    first = {name: stable(do(task(name))) for name in NAMES}
    again = {name: stable(do(task(name))) for name in reversed(NAMES)}
    assert first == again
    code = (
        "import sys, hashlib\n"
        "from tests.unit.batch.test_work import do, task\n"
        "print(hashlib.sha256(do(task(sys.argv[1])).result).hexdigest())"
    )
    for name in NAMES[:2]:
        fresh = subprocess.run(
            [sys.executable, "-c", code, name],
            capture_output=True,
            text=True,
            check=True,
            cwd=CASES.parents[1],
        )
        assert fresh.stdout.strip() == hashlib.sha256(first[name].result).hexdigest()


def test_what_it_hangs_on() -> None:
    touched = decode_result(do(task("node_killed")).result).touched
    assert touched.plain
    assert list(touched.rules) == sorted(touched.rules)
    assert touched.tables["nodes"] == 3
    assert all(rows > 0 for rows in touched.tables.values())
    report = msgspec.json.decode(decode_result(do(task("node_killed")).result).report)
    assert {finding["rule"] for finding in report["findings"]} <= set(touched.rules)
    healthy = decode_result(do(task("healthy_cluster")).result).touched
    assert len(healthy.rules) < len(touched.rules) < len(BOOK.rules)


def test_rules_that_only_match_are_touched(tmp_path: Path) -> None:
    """Also where a filter wants none of the rows: a line they match counts as explained."""
    rules = rules_of(OPTIONS)
    names = {signal.rule_id for signal in rules.scanner.signals if signal.where}
    do(task("node_killed"))
    met = {rules.scanner.signals[index].rule_id for index in rules.scanner.met}
    touched = decode_result(do(task("node_killed")).result).touched
    assert met - {"H2O"} <= set(touched.rules)
    assert names  # there are filters at all
    log = tmp_path / "wrapped.log"
    lines = (CASES / "node_killed" / "bundle").rglob("*.log")
    text = next(iter(sorted(lines))).read_text(encoding="utf-8")
    stamped = (
        f"2024-01-02T03:04:05.{n % 1000:03}000Z {x}" for n, x in enumerate(text.splitlines())
    )
    log.write_text("\n".join(stamped) + "\n", encoding="utf-8")
    wrapped = do(RunTask("analyze", run_of(tmp_path), OPTIONS))
    assert not decode_result(wrapped.result).touched.plain


def test_names_that_are_no_unicode(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        shutil.copytree(CASES / "disk_full" / "bundle", place)
    except OSError:
        pytest.skip("this disk takes no such names")
    outcome = do(RunTask("analyze", run_of(place), OPTIONS))
    assert outcome.run == do(task("disk_full")).run
    assert outcome.status == "analyzed"


def test_content_alone_costs_nothing_else() -> None:
    hashed, analyzed = do(task(kind="hash")), do(task())
    assert hashed.status == "done"
    assert hashed.run == analyzed.run
    assert len(hashed.run) == 20
    assert (hashed.result, hashed.rows) == (b"", {})


def test_looking_for_words() -> None:
    given = task(kind="look")
    assert do(replace(given, look_for=("no such word anywhere",))).found is False
    assert do(replace(given, look_for=("no such word", "INFO"))).found is True


def test_parts_that_are_read_elsewhere_are_judged_the_same() -> None:
    whole = do(task())
    parts = [do(replace(task(kind="read"), part=part, of=2)) for part in range(2)]
    assert all(one.status == "done" and one.run == "" for one in parts)
    given = replace(task(kind="judge"), readings=tuple(one.reading for one in parts))
    assert stable(do(given)) == replace(stable(whole), kind="judge")


def test_the_content_is_told_before_the_work() -> None:
    told: list[str] = []
    token = NOTE.set(told.append)
    try:
        outcome = do(task())
    finally:
        NOTE.reset(token)
    assert told == [outcome.run]


def test_other_rules_are_refused() -> None:
    code, message = problem(do(task(rulebook_sha256="0" * 64)))
    assert code == "fault"
    assert "the rules on this worker differ" in message


def test_broken_rules_and_settings_are_faults(tmp_path: Path) -> None:
    (tmp_path / "mem").mkdir()
    (tmp_path / "mem" / "MEM999_x.yaml").write_text("id: [", encoding="utf-8")
    assert problem(do(task(packs=(str(tmp_path),))))[0] == "fault"
    suppress = (Suppression("known", date(2030, 1, 1), "NOPE01"),)
    code, message = problem(do(task(settings=Settings(threads=1, suppress=suppress))))
    assert code == "fault"
    assert "NOPE01" in message


def test_a_run_without_anything_readable_has_a_result_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "logs.zip").write_bytes(b"")
    (tmp_path / "h2o_1.log").write_bytes(b"")
    run = replace(run_of(CASES / "node_killed" / "bundle"), sources=(str(tmp_path / "nowhere"),))
    outcome = do(RunTask("analyze", run, OPTIONS))
    assert problem(outcome)[0] == "nothing"
    result = decode_result(outcome.result)
    assert (result.status, result.run) == ("failed", outcome.run)
    assert result.problem == outcome.problem
    assert outcome.rows["runs"][0]["status"] == "failed"


def test_a_run_that_is_gone_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("text\n", encoding="utf-8")
    run = run_of(tmp_path)
    (tmp_path / "a.log").unlink()
    outcome = do(RunTask("analyze", run, OPTIONS))
    assert problem(outcome)[0] == "unreadable"
    assert (outcome.run, outcome.result) == ("", b"")


def test_a_run_that_ends_at_its_time_is_partial_or_failed() -> None:
    outcome = do(task(timeout_s=0.000001))
    if outcome.status == "analyzed":
        report = msgspec.json.decode(decode_result(outcome.result).report)
        assert report["partial"]
    else:
        assert problem(outcome)[0] in {"nothing", "timeout"}


@pytest.mark.parametrize(
    ("raised", "code"),
    (
        (MemoryError(), "memory"),
        (PermissionError(13, "Permission denied"), "unreadable"),
        (ZeroDivisionError("by zero"), "fault"),
        (pl.exceptions.PanicException("rust"), "fault"),
    ),
)
def test_what_goes_wrong_is_the_runs_problem(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(judge, "examine", fail)
    outcome = do(task())
    found, message = problem(outcome)
    assert found == code
    assert decode_result(outcome.result).problem == outcome.problem
    if code == "fault":
        assert "in batch/judge.py:" in message
        assert type(raised).__name__ in message
