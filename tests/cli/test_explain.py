"""`analyze --explain` and `rules profile`: how rules were judged, and what they cost."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.engine.patience import GIVE_UP_AFTER
from h2o_forensics.pipeline import analyze
from h2o_forensics.rulebook.patterns import looks_catastrophic

RUN = CliRunner()
NODE = "10.0.0.3:54321"


def line(second: int, text: str, level: str = " INFO", thread: str = "main") -> str:
    return (
        f"11-22 05:57:{second:02d}.101 {NODE}          4242 {thread:>13} {level} "
        f"water.default: {text}\n"
    )


REFUSED = "Attempting to join an H2O cloud that is no longer accepting new H2O nodes from "
LOG = (
    line(10, "----- H2O started  -----")
    + line(11, f"{REFUSED}/10.0.0.1:54321", "ERROR", "FJ-1-1")
    + line(12, f"a user's frame is called {REFUSED}nobody")
    + line(13, "Exiting.", "FATAL", "FJ-1-1")
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "h2o_10.0.0.3_54321-3-info.log"
    file.write_text(LOG)
    return file


def explain(*arguments: object) -> str:
    result = RUN.invoke(cli.app, ["analyze", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def test_a_rule_that_fired(log: Path) -> None:
    said = explain(log, "--explain", "CLD001")
    assert said.startswith("CLD001  ")
    assert re.search(r"anchor found \d+ times, \d+ matches", said)
    assert f"({NODE}: 1)" in said
    assert re.search(r"^  yes ", said, re.MULTILINE)
    assert re.search(rf"fired: {NODE}, 2026-11-22|fired: {NODE}", said)
    assert re.search(r"judged root_cause, as F1, confidence 0\.\d+", said)
    assert explain(log, "--explain", "CLD001") == said
    assert explain(log, "--explain", "cld001", "--threads", "1") == said


def test_the_nearest_miss_is_quoted(log: Path) -> None:
    said = explain(log, "--explain", "CLD001")
    assert re.search(rf"no match: {log.name}:3: (the pattern does not match|its level)", said)
    assert "a user's frame is called" in said


def test_a_rule_that_did_not_fire(log: Path) -> None:
    said = explain(log, "--explain", "MEM001")
    assert "the anchor stands nowhere" in said
    assert "it did not fire" in said
    assert not re.search(r"^  yes ", said, re.MULTILINE)


def test_no_report_is_written(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(log.parent)
    explain(log, "--explain", "MEM001")
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_what_became_of_a_withdrawn_finding(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "conditions.yaml").write_text("x.weak: weaker\nx.strong: stronger\n")
    for name, condition, more in (
        ("TST901", "x.weak", "yields_to:\n  - {condition: x.strong, because: it says more}\n"),
        ("TST902", "x.strong", ""),
    ):
        (pack / f"{name}_test.yaml").write_text(RULE.format(name, condition, more))
    (tmp_path / "a.log").write_text(LOG)
    said = explain(tmp_path / "a.log", "--rules", pack, "--explain", "TST901")
    assert "withdrawn" in said
    assert "yields to x.strong (F" in said
    assert "it says more" in said


RULE = """\
id: {0}
condition: {1}
name: test
title: A test
status: stable
since: 0.1.0
harm: fault
severity: medium
confidence: high
signals:
  exits: {{anchor: "Exiting.", pattern: '^Exiting\\.', levels: [FATAL]}}
when:
  at_least: {{signal: exits, count: 1, per: node}}
says: "{{node}} exits"
explain: |
  It exits.
remedies:
  - do: Nothing.
    why: It is a test.
{2}false_positives: None that are known.
references: ["none"]
examples:
  fires:
    - |
      11-22 05:57:13.101 10.0.0.3:54321          4242        FJ-1-1 FATAL water.default: Exiting.
  silent:
    - |
      11-22 05:57:13.101 10.0.0.3:54321          4242        FJ-1-1  INFO water.default: Going on.
"""


def test_profile_is_a_table_with_the_dearest_first(log: Path) -> None:
    result = RUN.invoke(cli.app, ["rules", "profile", str(log)])
    assert result.exit_code == 0, result.output
    head, *rows = [row.split() for row in result.stdout.splitlines()]
    assert head == ["rule", "ms", "scan", "evaluate", "anchors", "matches", "hits", "timeouts"]
    times = [float(row[1]) for row in rows]
    assert times == sorted(times, reverse=True)
    by_rule = {row[0]: row for row in rows}
    assert len(by_rule) == len(rows) > 50
    anchors, matches, hits, timeouts = map(int, by_rule["CLD001"][4:])
    assert anchors >= matches >= hits >= 1
    assert timeouts == 0


def test_counting_changes_no_finding(log: Path) -> None:
    said = explain(log, "--explain", "CLD001")
    found = [one for one in analyze(log).diagnosis.findings if one.finding.rule == "CLD001"]
    assert [one.id for one in found] == re.findall(r"as (F\d+)", said)


SLOW = "^Frame (?P<a>.+), (?P<b>.+), (?P<c>.+), (?P<d>.+)-END"
"""Looks harmless, and is slow on a line of many commas without that end."""
SLOW_RULE = (
    RULE.format("TST903", "x.slow", "")
    .replace("\"Exiting.\", pattern: '^Exiting\\.'", f"\"Frame \", pattern: '{SLOW}'")
    .replace("FATAL water.default: Exiting.", "FATAL water.default: Frame a, b, c, d-END")
)


def test_a_slow_pattern_is_switched_off_and_named(tmp_path: Path) -> None:
    pack, log = tmp_path / "pack", tmp_path / "a.log"
    pack.mkdir()
    (pack / "conditions.yaml").write_text("x.slow: slow\n")
    (pack / "TST903_test.yaml").write_text(SLOW_RULE)
    assert not looks_catastrophic(SLOW)  # lint has nothing to say
    hostile = [line(20 + at, f"Frame {at}" + "a, b, " * 2000, "FATAL") for at in range(30)]
    log.write_text("".join([LOG, *hostile]))
    analysis = analyze(log, packs=[pack])
    told = [one.message for one in analysis.case.problems if one.code == "rule_timeout"]
    (message,) = told
    assert message.startswith(f"signal TST903.exits took too long {GIVE_UP_AFTER} times: ")
    assert message.endswith("it was switched off for the rest of this file.")
    assert "CLD001" in {one.finding.rule for one in analysis.diagnosis.findings}
    assert any("TST903" in gap.why for gap in analysis.diagnosis.gaps) or (
        analysis.diagnosis.verdict == "incident"
    )
    said = explain(log, "--rules", pack, "--explain", "TST903")
    assert f"{GIVE_UP_AFTER} searches took too long" in said
    assert "the search took too long" in said
