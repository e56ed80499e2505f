"""Wrong usage ends with 2, before any work; where reports go; the progress line."""

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import h2o_forensics
from h2o_forensics import cli
from h2o_forensics.cli import outcome, progress
from h2o_forensics.cli.analyze_command import REPORT_NAME
from h2o_forensics.cli.output import Format, place_reports

RUN = CliRunner()
ENV = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    (
        (["analyze"], "Missing argument"),
        (["analyse", "x"], "No such command"),
        (["analyze", "x", "--no-such-option"], "No such option"),
        (["analyze", "x", "--format", "pdf"], "pdf"),
        (["analyze", "x", "--fail-on", "awful"], "awful"),
        (["analyze", "x", "--format", "md", "--format", "json", "--output", "out"], "2 formats"),
        (["analyze", "x", "--format", "md", "--format", "json", "--output", "-"], "2 formats"),
        (["analyze", "x", "--output", "no/such/place/r.html"], "does not exist"),
        (["analyze", "x", "--format", "json", "--open"], "--open needs an HTML report"),
        (["analyze", "x", "--output", "-", "--open"], "--open needs an HTML report"),
        (["analyze", "x", "--timeout", "0"], "--timeout"),
        (["analyze", "x", "--timeout", "nan"], "--timeout"),
        (["analyze", "x", "--timeout", "inf"], "--timeout"),
        (["analyze", "x", "--timeout", "-1"], "--timeout"),
        (["analyze", "x", "--threads", "0"], "--threads"),
        (["analyze", "x", "--config", "no/such.toml"], "no/such.toml: cannot be read"),
        (["analyze", "x", "--explain", "NOPE999"], "no rule 'NOPE999'"),
        (["analyze", "x", "--explain", "NOD001", "--format", "md"], "--explain writes no report"),
        (["gc"], "Missing argument"),
        (["gc", "x", "--format", "md"], "md"),
        (["gc", "x", "--format", "html", "--output", "-", "--open"], "--open needs an HTML report"),
        (["gc", "x", "--format", "text", "--format", "json", "--output", "-"], "2 formats"),
        (["rules", "profile"], "Missing argument"),
        (["rules", "show"], "Missing argument"),
        (["rules", "show", "NOPE999"], "NOPE999"),
    ),
)
def test_wrong_usage(arguments: list[str], complaint: str) -> None:
    result = RUN.invoke(cli.app, arguments)
    assert result.exit_code == outcome.WRONG_USAGE, result.output
    assert complaint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("arguments", ([], ["rules"]))
def test_no_command_shows_help_and_counts_as_wrong_usage(arguments: list[str]) -> None:
    result = RUN.invoke(cli.app, arguments)
    assert result.exit_code == outcome.WRONG_USAGE
    assert "Usage:" in result.output


def test_targets_default_to_the_current_directory() -> None:
    kinds = list(Format)
    names = [str(target) for target in place_reports(kinds, None, REPORT_NAME).values()]
    assert names == [f"h2o-forensics-report.{ext}" for ext in ("html", "json", "md", "txt")]


def test_targets_in_a_directory_file_or_stdout(tmp_path: Path) -> None:
    both = [Format.HTML, Format.TEXT]
    made = place_reports(both, f"{tmp_path}/new/", REPORT_NAME)
    assert (tmp_path / "new").is_dir()
    assert made[Format.TEXT] == tmp_path / "new" / "h2o-forensics-report.txt"
    single = [Format.JSON]
    assert place_reports(single, str(tmp_path), REPORT_NAME) == {
        Format.JSON: tmp_path / "h2o-forensics-report.json"
    }
    assert place_reports(single, f"{tmp_path}/r", REPORT_NAME) == {Format.JSON: tmp_path / "r"}
    assert place_reports(single, "-", REPORT_NAME) == {Format.JSON: None}


def test_a_directory_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(typer.BadParameter, match="cannot make this directory"):
        place_reports([Format.HTML], f"{tmp_path}/file/", REPORT_NAME)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_waits_a_second_then_draws_and_wipes(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 0.9, 1.5, 1.55, 2.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    stream = Terminal()
    with progress.progress(stream, quiet=False) as show:
        assert show is not None
        show("scan", 0, 2**30)
        assert stream.getvalue() == ""
        show("scan", 2**29, 2**30)
        show("scan", 2**29, 2**30)
        show("read", 2**20, None)
    assert stream.getvalue() == "\r\x1b[Kscan: 512 MiB  50%\r\x1b[Kread: 1 MiB\r\x1b[K"


@pytest.mark.parametrize(("stream", "quiet"), ((io.StringIO(), False), (Terminal(), True)))
def test_no_progress_where_nobody_looks(stream: io.StringIO, *, quiet: bool) -> None:
    with progress.progress(stream, quiet=quiet) as show:
        assert show is None
    assert stream.getvalue() == ""


def test_colours_only_on_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert progress.terminal(io.StringIO()) == (100, False)
    assert progress.terminal(Terminal())[1] is True
    monkeypatch.setenv("NO_COLOR", "1")
    assert progress.terminal(Terminal())[1] is False
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert progress.terminal(Terminal())[1] is False


def test_interrupt_says_so_and_is_not_taken_for_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as stopped, outcome.outcome():
        raise KeyboardInterrupt
    assert stopped.value.exit_code == outcome.INTERRUPTED
    assert "no report was written" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
@pytest.mark.parametrize("arguments", (["rules", "list"], ["rules", "schema"]))
def test_a_stdout_that_takes_nothing_is_told_in_a_sentence(arguments: list[str]) -> None:
    for redirection, why in ((">/dev/full", "No space left on device"), (">&-", "it is closed")):
        script = f'"$0" -m h2o_forensics "$@" {redirection}'
        done = subprocess.run(
            ["/bin/sh", "-c", script, sys.executable, *arguments],
            env=ENV, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == outcome.WRONG_USAGE
        assert done.stderr == f"h2o-forensics: stdout: cannot be written: {why}\n"


def test_ctrl_c_after_the_report_comes_too_late() -> None:
    code = (
        "import os, signal\n"
        "from h2o_forensics.cli.interrupt import interruptible, own_interrupts\n"
        "with own_interrupts():\n"
        "    with interruptible(lambda: None):\n"
        "        pass\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=ENV, check=False)
    assert done.returncode == 0


def test_unknown_attribute_of_the_package() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = h2o_forensics.analyse


def test_a_fault_of_the_program_is_told_in_one_line_and_is_not_taken_for_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: str) -> None:
        cli.analyze_command._worst(None)  # type: ignore[arg-type]

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.delenv(outcome.DEBUG, raising=False)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == outcome.CRASHED
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "AttributeError in cli/analyze_command.py:" in said
    assert outcome.DEBUG in said
    monkeypatch.setenv(outcome.DEBUG, "1")
    with pytest.raises(AttributeError, match="diagnosis"):
        cli.main()
