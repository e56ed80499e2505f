"""`h2o-forensics gc` on logs of G1, against GCViewer's headless run.

.venv/bin/python benchmarks/bench_gc.py [--size 200MB] [--large 2GB] [--rounds 3]
    [--gcviewer gcviewer.jar | --gcviewer CLASSES_DIRECTORY]

Whole processes.  CPU seconds are of all threads, user and system; MB/s are of CPU time, so that a
busy machine does not count.  GCViewer is run on the smaller file only, with its default heap.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import gc_generate, generate, measure

MB_S = {"gc* at info": 60, "gc*=debug": 150}
MEMORY_MB = 120
SECONDS = 20
HEAD = ("log", "what", "MB", "CPU s", "wall s", "MB/s of CPU", "RSS MB", "times ours")


def ours(log: Path) -> list[str]:
    """Command of the tool."""
    options = ["--format", "json", "--output", str(log.with_suffix(".json")), "--quiet"]
    return [sys.executable, "-m", "h2o_forensics", "gc", str(log), *options]


def gcviewer(where: Path, log: Path) -> list[str]:
    """Command of GCViewer: a jar, or a directory of its classes."""
    main = "com.tagtraum.perf.gcviewer.GCViewer"
    program = ["-cp", str(where), main] if where.is_dir() else ["-jar", str(where)]
    return ["java", "-Djava.awt.headless=true", *program, str(log), str(log.with_suffix(".csv"))]


def row(name: str, what: str, size: int, run: measure.Spread, base: float) -> list[object]:
    """One line of the table."""
    speed = size / 1e6 / run.cpu
    figures = (f"{size / 1e6:.0f}", f"{run.cpu:.2f}", f"{run.wall:.2f}", f"{speed:.1f}")
    return [name, what, *figures, f"{run.rss / 1e6:.0f}", f"{run.cpu / base:.2f}"]


def compare(sizes: Sequence[int], rounds: int, peer: Path | None) -> str:
    """Measure all logs; give tables and whether the goals are met."""
    if reason := gc_generate.available():
        return f"Not measured: {reason}.\n"
    rows, said = [], []
    with tempfile.TemporaryDirectory() as name:
        for what, logs in gc_generate.make(Path(name), list(sizes), SECONDS):
            commands = [ours(logs[0]), *([gcviewer(peer, logs[0])] if peer else [])]
            runs = measure.alternate(commands, rounds)
            size = logs[0].stat().st_size
            rows += [
                row(what, label, size, run, runs[0].cpu)
                for label, run in zip(("ours", "GCViewer"), runs, strict=False)
            ]
            speed, memory = size / 1e6 / runs[0].cpu, runs[0].rss
            for larger in logs[1:]:
                (more,) = measure.alternate([ours(larger)], 1)
                rows.append(row(what, "ours", larger.stat().st_size, more, more.cpu))
                memory = max(memory, more.rss)
            said.append(
                f"{what}: {speed:.0f} MB/s: {measure.verdict(speed, MB_S[what], at_least=True)}; "
                f"{memory / 1e6:.0f} MB: "
                f"{measure.verdict(memory / 1e6, MEMORY_MB, at_least=False)}.\n"
            )
    return "\n".join([measure.table(HEAD, rows), *said])


def main() -> None:
    """Parse the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=generate.size_of, default="200MB")
    parser.add_argument("--large", type=generate.size_of, default="2GB", help="0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gcviewer", type=Path)
    options = parser.parse_args()
    sizes = [options.size, *([options.large] if options.large else [])]
    print(compare(sizes, options.rounds, options.gcviewer))


if __name__ == "__main__":
    main()
