"""What the command line says of itself, and what saying it costs."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from h2o_forensics import __version__, cli

RUN = CliRunner()
HEAVY = ("polars", "hyperscan", "jinja2", "yaml", "msgspec", "regex", "isal", "rich", "h2o")


def test_version() -> None:
    result = RUN.invoke(cli.app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"h2o-forensics {__version__}\n")


def test_help_names_the_commands() -> None:
    result = RUN.invoke(cli.app, ["--help"])
    assert result.exit_code == 0
    assert all(
        word in result.stdout
        for word in ("analyze", "gc", "models", "rules", "--install-completion")
    )


def test_help_of_analyze_tells_formats_severities_and_exit_codes() -> None:
    result = RUN.invoke(cli.app, ["analyze", "--help"])
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "html|json|md|text" in said
    assert "info|low|medium|high|critical" in said
    for code in ("0 report written", "1 findings", "2 wrong usage", "3 nothing", "4 the rule"):
        assert code in said


@pytest.mark.parametrize("command", ("list", "show", "lint", "test", "profile"))
def test_every_rules_command_has_help(command: str) -> None:
    result = RUN.invoke(cli.app, ["rules", command, "--help"])
    assert result.exit_code == 0
    assert "--rules" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    (["--help"], ["analyze", "--help"], ["gc", "--help"], ["models", "--help"], ["--version"]),
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        f"sys.argv = ['h2o-forensics', *{arguments!r}]\n"
        "from h2o_forensics.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & set(HEAVY)
    ours = {name for name in loaded if name.startswith("h2o_forensics")}
    commands = {"analyze_command", "gc_command", "interrupt", "outcome", "output", "progress"}
    commands |= {"alone", "data_options", "models_command", "rule_commands"}
    commands |= {
        "catalog_commands",
        "judging_options",
        "scan_command",
        "scan_progress",
        "table_view",
    }
    ours -= {f"h2o_forensics.cli.{command}" for command in commands}
    assert ours == {"h2o_forensics", "h2o_forensics.cli", "h2o_forensics.errors"}


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, h2o_forensics; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name for name in HEAVY if f"'{name}'" in done.stdout}
