"""What `h2o-forensics --help` costs against a bare `import typer`: at most twice as much.

.venv/bin/python benchmarks/bench_help.py

Both are timed as whole processes, alternately; the medians are compared.  Exit code 1 when the
bound is broken.
"""

import statistics
import subprocess
import sys
import time

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


def main() -> int:
    """Measure and compare."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            seconds[name].append(once(arguments))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        print(f"{name:14} {median * 1000:6.1f} ms")
    ratio = medians["--help"] / medians["import typer"]
    print(f"ratio          {ratio:6.2f} (bound {BOUND})")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main())
