"""`h2o-forensics analyze` as a whole process, from the shell to the HTML report.

.venv/bin/python benchmarks/bench_analyze.py FILE [--rounds 3] [--large FILE] [--incident DIR]

The wall is compared with ripgrep's on the same file (see bench_scan.py), the memory with that of
a larger file; an incident of a usual size has a bound in seconds.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import bench_scan, measure

MEMORY_MB = 400
INCIDENT_S = 1.5


def analyze(path: Path, folder: Path) -> list[str]:
    """Command of an analysis with an HTML report."""
    report = str(folder / "report.html")
    return [
        sys.executable,
        "-m",
        "h2o_forensics",
        "analyze",
        "--quiet",
        "--output",
        report,
        str(path),
    ]


def large(path: Path, rounds: int) -> tuple[str, int]:
    """Compare with ripgrep on one file; give the table and the peak memory in bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        patterns = folder / "patterns.txt"
        bench_scan.write_patterns(patterns)
        base, ours = measure.alternate(
            [bench_scan.ripgrep_for(patterns, path), analyze(path, folder)], rounds
        )
    size = path.stat().st_size
    rows = [
        bench_scan.row("rg -j1 -c -F -f", base, size, base.wall),
        bench_scan.row("analyze, HTML report", ours, size, base.wall),
    ]
    text = measure.table(("what", "wall s", "spread", "CPU s", "MB/s", "RSS MB", "times rg"), rows)
    ratio, memory = ours.wall / base.wall, ours.rss / 1e6
    text += (
        f"\n{size / 1e9:.1f} GB, median of {rounds}: {ratio:.2f} times ripgrep's wall: "
        f"{measure.verdict(ratio, 3.0, at_least=False)}; {memory:.0f} MB: "
        f"{measure.verdict(memory, MEMORY_MB, at_least=False)}.\n"
    )
    return text, ours.rss


def incident(path: Path, rounds: int) -> str:
    """Time an incident of a usual size."""
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    with tempfile.TemporaryDirectory() as folder:
        (ours,) = measure.alternate([analyze(path, Path(folder))], rounds)
    return (
        f"An incident of {size / 1e6:.1f} MB, median of {rounds}: {ours.wall:.2f} s "
        f"({ours.low:.2f}..{ours.high:.2f}), {ours.rss / 1e6:.0f} MB: "
        f"{measure.verdict(ours.wall, INCIDENT_S, at_least=False)}.\n"
    )


def main() -> None:
    """Measure what is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=Path, help="A larger file: the memory must be the same.")
    parser.add_argument("--incident", type=Path, help="A directory.")
    options = parser.parse_args()
    sys.stdout.write(large(options.path, options.rounds)[0])
    if options.large:
        sys.stdout.write("\n" + large(options.large, 1)[0])
    if options.incident:
        sys.stdout.write("\n" + incident(options.incident, options.rounds))


if __name__ == "__main__":
    main()
