"""The project's chores, with nothing but the standard library: `./run demo`, `./run test`.

Everything lives in `.venv` of the checkout, made on first use from the hashed pins in
`requirements/` and left alone while they stay the same.  An interrupted set-up is taken up again
by the next call, because the stamp that says "ready" is written last.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements"
WINDOWS = os.name == "nt"
OTHER_PYTHONS = ("3.11", "3.12", "3.13")
QUICK = ("tests/unit", "tests/rules", "tests/cases", "tests/cli")
CHECKS = (
    ("ruff", "check", "--output-format", "concise", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "--strict"),
)


class ChoreError(Exception):
    """What failed, where, and what to do next."""


def say(text: str) -> None:
    """Tell the user what happens now (stderr: stdout belongs to the tool)."""
    print(f"run: {text}", file=sys.stderr, flush=True)


def binary(venv: Path, name: str) -> Path:
    """Path of an executable inside a virtual environment."""
    return venv / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name)


def attempt(command: Sequence[str | Path], next_step: str) -> None:
    """Run a set-up step quietly; its output is shown only when it fails."""
    done = subprocess.run(
        command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        line = " ".join(map(str, command))
        raise ChoreError(f"{done.stdout}\n`{line}` failed (exit {done.returncode}). {next_step}")


def create_venv(venv: Path, python: str) -> None:
    """Make an empty virtual environment with pip in it, also where Debian left out ensurepip."""
    shutil.rmtree(venv, ignore_errors=True)
    made = subprocess.run([python, "-m", "venv", venv], check=False, capture_output=True)
    if made.returncode == 0:
        return
    next_step = "Install what it lacks (Debian, Ubuntu: apt install python3-venv), then try again."
    attempt([python, "-m", "venv", "--clear", "--without-pip", venv], next_step)
    inside = binary(venv, "python")
    attempt([python, "-m", "pip", "--quiet", "--python", inside, "install", "pip"], next_step)


def stamp_of(venv: Path, pins: str, python: str) -> tuple[Path, str]:
    """The file that says what a venv holds, and what it must say."""
    digest = hashlib.sha256(f"{python}\n{venv}\n".encode())
    for path in (PINS / "build.txt", PINS / f"{pins}.txt", ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return venv / f"ready-{pins}", digest.hexdigest()


def ensure_venv(venv: Path, pins: str, python: str = sys.executable) -> Path:
    """Bring a virtual environment to the state of `requirements/<pins>.txt`; return its Python."""
    inside = binary(venv, "python")
    stamp, wanted = stamp_of(venv, pins, python)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return inside
    say(f"setting up {venv.name} from requirements/{pins}.txt (the first time takes a while)")
    usable: list[str | Path] = [inside, "-c", "import pip"]
    if not inside.exists() or subprocess.run(usable, check=False, capture_output=True).returncode:
        create_venv(venv, python)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    pip: list[str | Path] = [inside, "-m", "pip", *quiet, "install"]
    next_step = "See pip's message above: usually the package index cannot be reached."
    attempt([*pip, "--require-hashes", "-r", PINS / "build.txt"], next_step)
    pinned: list[str | Path] = [
        "--no-build-isolation",
        "--require-hashes",
        "-r",
        PINS / f"{pins}.txt",
    ]
    attempt([*pip, *pinned], next_step)
    attempt(
        [*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT], "Is the checkout complete?"
    )
    stamp.write_text(wanted, encoding="ascii")
    return inside


def first_case() -> Path:
    """The real incident that the demo analyzes."""
    cases = ROOT / "fixtures" / "cases"
    bundles = [cases / "oom_import" / "bundle", *sorted(cases.glob("*/bundle"))]
    for bundle in bundles:
        if bundle.exists():
            return bundle
    raise ChoreError(f"no bundle under {cases}: the checkout is incomplete; clone it again")


def demo(arguments: argparse.Namespace) -> int:
    """Analyze a real incident: text on the terminal, HTML in the current directory."""
    bundle = arguments.bundle or first_case()
    # Any set of pins will do: `test` holds all that `run` does.
    ready = binary(ROOT / ".venv", "python") if has_dev(ROOT / ".venv") else None
    python = ready or ensure_venv(ROOT / ".venv", "run")
    say(f"h2o-forensics analyze {bundle}")
    command = [python, "-m", "h2o_forensics", "analyze", bundle, "--format", "html"]
    return subprocess.run(command, check=False).returncode


def has_dev(venv: Path) -> bool:
    """Whether the venv was last set up for tests, with the pins of today."""
    stamp, wanted = stamp_of(venv, "dev", sys.executable)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted


def find_python(version: str) -> str | None:
    """A working interpreter of this version: on the PATH, or kept by pyenv."""
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [f"python{version}", *map(str, sorted(kept.glob(f"{version}.*/bin/python")))]
    probe = "import sys, venv; print(*sys.version_info[:2], sep='.')"
    for candidate in filter(shutil.which, candidates):
        found = subprocess.run(
            [candidate, "-c", probe], check=False, capture_output=True, text=True
        )
        if found.returncode == 0 and found.stdout.strip() == version:
            return candidate
    return None


def quick_suite(version: str) -> list[str]:
    """Run the quick part of the suite on another Python; return what failed."""
    python = find_python(version)
    if python is None:
        say(f"Python {version} is not on this machine: the suite does not run on it")
        return []
    inside = ensure_venv(ROOT / f".venv-{version}", "test", python)
    present = [path for path in QUICK if (ROOT / path).exists()]
    say(f"pytest {' '.join(present)} on Python {version}")
    options = ["-q", "-n", "auto", "-m", "not slow and not browser", "-p", "no:cacheprovider"]
    done = subprocess.run([inside, "-m", "pytest", *options, *present], cwd=ROOT, check=False)
    return [f"pytest on Python {version}"] if done.returncode else []


def test(arguments: argparse.Namespace) -> int:
    """Everything CI checks: ruff, mypy, the quick suite on other Pythons, the whole suite."""
    python = ensure_venv(ROOT / ".venv", "dev")
    failed = []
    for check in CHECKS:
        say(" ".join(check))
        if subprocess.run([python, "-m", *check], cwd=ROOT, check=False).returncode:
            failed.append(" ".join(check))
    if not arguments.one_python:
        ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
        for version in OTHER_PYTHONS:
            failed += [] if version == ours else quick_suite(version)
    say("pytest")
    suite = [python, "-m", "pytest", "-n", "auto", *arguments.pytest]
    # pytest speaks last: its summary is what CI shows.
    if failed:
        say(f"FAILED before pytest: {', '.join(failed)} (see above)")
    done = subprocess.run(suite, cwd=ROOT, check=False)
    return done.returncode or int(bool(failed))


def main() -> int:
    """Parse the chore and do it."""
    parser = argparse.ArgumentParser(prog="run", description="The project's chores.")
    chores = parser.add_subparsers(required=True, metavar="demo|test")
    chore = chores.add_parser("demo", help="analyze a real incident that ships with the project")
    chore.add_argument("bundle", type=Path, nargs="?", help="analyze this instead")
    chore.set_defaults(do=demo)
    chore = chores.add_parser("test", help="ruff, mypy and pytest, as CI runs them")
    chore.add_argument("--one-python", action="store_true", help="leave out the other Pythons")
    chore.add_argument("pytest", nargs="*", help="further arguments for pytest, after --")
    chore.set_defaults(do=test)
    arguments = parser.parse_args()
    try:
        code: int = arguments.do(arguments)
    except ChoreError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted; call it again to go on")
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
