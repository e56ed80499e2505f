"""What `h2o-forensics --help` costs against a bare `import typer`: at most twice as much.

.venv/bin/python benchmarks/bench_help.py

Both are timed as whole processes, alternately; the medians are compared.  Exit code 1 when the
bound is broken.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import measure

ROUNDS = 15
BOUND = 2.0
COMMANDS = {
    "import typer": ("-c", "import typer"),
    "--help": ("-m", "h2o_forensics", "--help"),
}


def once(arguments: tuple[str, ...]) -> float:
    """Wall seconds of one process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare() -> str:
    """Measure both; give medians, ratio and verdict."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            seconds[name].append(once(arguments))
    typer, ours = (statistics.median(values) for values in seconds.values())
    return (
        f"`--help` {ours * 1000:.0f} ms, `import typer` {typer * 1000:.0f} ms, whole processes, "
        f"median of {ROUNDS}: ratio {ours / typer:.2f}: "
        f"{measure.verdict(ours / typer, BOUND, at_least=False)}.\n"
    )


def main() -> int:
    """Measure and compare."""
    said = compare()
    sys.stdout.write(said)
    return int("MISSED" in said)


if __name__ == "__main__":
    sys.exit(main())
