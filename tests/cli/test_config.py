"""The config file: what it may state, and suppressions that are shown and run out."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h2o_forensics import cli
from h2o_forensics.cli import outcome
from tests.cli.refused_node import NODE, REFUSED, RULE

RUN = CliRunner()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "logs" / "h2o_10.0.0.3_54321-3-info.log"
    file.parent.mkdir()
    file.write_text(REFUSED)
    return file


def config(folder: Path, text: str) -> Path:
    file = folder / "team.toml"
    file.write_text(text)
    return file


def suppress(folder: Path, what: str, until: str = "2999-12-31") -> Path:
    return config(folder, f'[[suppress]]\n{what}\nreason = "ticket 4711"\nuntil = {until}\n')


def analyze(*arguments: object) -> tuple[int, Any, str]:
    options = ("analyze", "--format", "json", "--output", "-", "--year", "2026")
    result = RUN.invoke(cli.app, [*options, *map(str, arguments)])
    return result.exit_code, json.loads(result.stdout) if result.stdout else None, result.stderr


def test_what_is_suppressed_is_shown_and_not_judged(log: Path, tmp_path: Path) -> None:
    file = suppress(tmp_path, f'rule = "{RULE}"')
    code, report, err = analyze(log, "--fail-on", "info")
    assert code == outcome.FOUND
    found = next(item for item in report["findings"] if item["rule"] == RULE)
    code, report, err = analyze(log, "--fail-on", "medium", "--config", file)
    assert code == 0
    assert "suppressions from" in err
    assert report["verdict"] != "incident"
    assert RULE not in {item["rule"] for item in report["findings"]}
    assert "1 finding is suppressed by the config file" in report["summary"]
    (hidden,) = report["suppressed"]
    assert (hidden["state"], hidden["reason"]) == ("held", "ticket 4711")
    (shown,) = hidden["findings"]
    assert (shown["id"], shown["role"]) == ("S1", "suppressed")
    assert shown["evidence"] == found["evidence"]
    assert shown["fingerprint"] == found["fingerprint"]
    assert report["settings"] == {"config": "team.toml", "year": 2026}
    assert str(tmp_path) not in json.dumps(report)


@pytest.mark.parametrize("kind", ("text", "md", "html"))
def test_every_format_shows_it(log: Path, tmp_path: Path, kind: str) -> None:
    file = suppress(tmp_path, f'rule = "{RULE}"')
    words = ("analyze", str(log), "--config", str(file), "--format", kind, "--output", "-")
    said = RUN.invoke(cli.app, words).stdout
    assert "ticket 4711" in said
    assert "2999" in said
    assert "team.toml" in said


def test_all_that_is_given_must_fit(log: Path, tmp_path: Path) -> None:
    _, report, _ = analyze(log)
    mark = next(item["fingerprint"] for item in report["findings"] if item["rule"] == RULE)
    for what, state in (
        (f'fingerprint = "{mark}"', "held"),
        ('condition = "cloud.locked_join"', "held"),
        (f'rule = "{RULE}"\nnode = "{NODE}"', "held"),
        (f'rule = "{RULE}"\nnode = "10.0.0.4:54321"', "unused"),
        (f'condition = "oom.train"\nfingerprint = "{mark}"', "unused"),
    ):
        _, report, _ = analyze(log, "--config", suppress(tmp_path, what))
        assert [item["state"] for item in report["suppressed"]] == [state], what
        assert (report["verdict"] == "incident") is (state == "unused")


@pytest.mark.parametrize(
    ("until", "state"), (("2026-11-21", "expired"), ("2026-11-22", "held"), ("2026-11-23", "held"))
)
def test_the_last_day_is_by_the_evidences_time(
    log: Path, tmp_path: Path, until: str, state: str
) -> None:
    file = suppress(tmp_path, f'rule = "{RULE}"', until)
    _, report, _ = analyze(log, "--timezone", "UTC", "--config", file)
    assert report["case"]["window"]["last"].startswith("2026-11-22")
    (hidden,) = report["suppressed"]
    assert hidden["state"] == state
    assert (RULE in {item["rule"] for item in report["findings"]}) is (state == "expired")
    assert bool(hidden["findings"]) is (state == "held")


def test_settings_and_what_goes_before_them(log: Path, tmp_path: Path) -> None:
    file = config(
        tmp_path,
        f'year = 2019\nthreads = 1\ntimeout = 600\ndisable = ["{RULE}"]\nformats = ["md"]\n',
    )
    _, report, _ = analyze(log, "--config", file)
    assert report["settings"]["year"] == 2026
    assert RULE not in {item["rule"] for item in report["findings"]}
    said = RUN.invoke(cli.app, ["analyze", str(log), "--config", str(file), "--output", "-"])
    assert said.stdout.startswith("# ")
    assert "year 2019" in said.stdout


def test_fail_on_and_rules_of_the_file(log: Path, tmp_path: Path) -> None:
    assert analyze(log, "--config", config(tmp_path, 'fail_on = "low"\n'))[0] == outcome.FOUND
    code, _, err = analyze(log, "--config", config(tmp_path, 'rules = ["no-such-pack"]\n'))
    assert code == outcome.BROKEN_RULES
    assert "no-such-pack" in err


@pytest.mark.parametrize(
    ("text", "complaint"),
    (
        ("yaer = 2026\n", "unknown key 'yaer'; nearest: year"),
        ("year = 'x'\n", "year"),
        ("threads = 0\n", "threads"),
        ("fail_on = 'awful'\n", "awful"),
        ("year = \n", "not TOML"),
        ("disable = " + "[" * 5000 + "]" * 5000, "too deep in each other"),
        ("year = " + "9" * 6000, "not TOML"),
        ("timeout = nan\n", "timeout: nan is no number"),
        ("timeout = inf\n", "timeout"),
        ("# " + "x" * 2**20, "is larger than 1024 KB"),
        ("[[suppress]]\nrul = 'CLD001'\n", "suppress 1: unknown key 'rul'; nearest: rule"),
        ("[[suppress]]\nreason = 'x'\nuntil = 2027-01-01\n", "needs a rule, a condition or a"),
        ("[[suppress]]\nrule = 'CLD001'\nuntil = 2027-01-01\n", "needs a reason"),
        ("[[suppress]]\nrule = 'CLD001'\nreason = 'x'\n", "needs a last day"),
        ("[[suppress]]\nrule = 'CLD001'\nreason = 'x'\nuntil = '2027'\n", "needs a last day"),
        (
            "[[suppress]]\nrule = 'CLD01'\nreason = 'x'\nuntil = 2027-01-01\n",
            "suppress 1: unknown rule 'CLD01'; nearest: CLD0",
        ),
        (
            "[[suppress]]\ncondition = 'oom.trian'\nreason = 'x'\nuntil = 2027-01-01\n",
            "unknown condition 'oom.trian'; nearest: oom.train",
        ),
    ),
)
def test_what_is_wrong_is_said(log: Path, tmp_path: Path, text: str, complaint: str) -> None:
    code, report, err = analyze(log, "--config", config(tmp_path, text))
    assert (code, report) == (outcome.WRONG_USAGE, None)
    assert complaint in err


def test_a_config_that_lies_about_is_not_read(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = suppress(tmp_path, f'rule = "{RULE}"').read_text()
    for folder in (tmp_path, log.parent):
        (folder / "h2o-forensics.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert analyze(log)[1]["suppressed"] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes")
def test_a_config_is_a_file(log: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    code, _, err = analyze(log, "--config", tmp_path / "pipe.toml")
    assert code == outcome.WRONG_USAGE
    assert "is no regular file" in err


def test_unknown_keys_are_named_up_to_a_number(log: Path, tmp_path: Path) -> None:
    text = "".join(f"yaer{number} = 1\n" for number in range(20_000))
    code, _, err = analyze(log, "--config", config(tmp_path, text))
    assert code == outcome.WRONG_USAGE
    assert err.count("unknown key") == 20
