"""Measure everything and write the tables to RESULTS.md.

.venv/bin/python benchmarks/run_all.py [--size 1GB] [--large 5GB] [--rounds 5]
    [--gc] [--gcviewer gcviewer.jar]

Run it on a quiet machine.  The data are made in a temporary directory (their size, and --large
once more, of free space are needed) and removed afterwards.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import (
    bench_analyze,
    bench_gc,
    bench_help,
    bench_inflate,
    bench_scan,
    generate,
    measure,
)

RESULTS = Path(__file__).with_name("RESULTS.md")
INFLATED = 200_000_000
"""Bytes of log text in the archives."""
GC_LOG = 200_000_000
"""Bytes of the smaller GC logs; of the larger ones ten times as many."""
MARK = "<!-- tables: written by run_all.py, do not edit below -->\n"


def make_incident(folder: Path) -> Path:
    """Make an incident of about 5 MB: a real bundle, and three grown logs beside it."""
    shutil.copytree(generate.CASES / "node_killed" / "bundle", folder)
    for number in (1, 2, 3):
        generate.write_log(folder / f"node_{number}" / "h2o.log", 1_600_000, seed=number)
    return folder


def sections(folder: Path, options: argparse.Namespace) -> list[str]:
    """Measure one thing after the other."""
    log = folder / "h2o.log"
    made = generate.write_log(log, options.size)
    parts = ["## Machine\n", measure.machine()]
    parts += [
        "## Data\n",
        f"{made:,} bytes of `benchmarks/generate.py`, seed 1; see its docstring.\n",
    ]
    parts += ["## Scan alone\n", bench_scan.compare(log, options.rounds)]
    text, memory = bench_analyze.large(log, options.rounds)
    parts += ["## Whole analysis\n", text]
    if options.large:
        log.unlink()
        generate.write_log(log, options.large)
        text, more = bench_analyze.large(log, 1)
        parts += [
            text,
            f"Memory of the larger file: {more / memory:.2f} times that of the other.\n",
        ]
    log.unlink()
    usual = make_incident(folder / "incident")
    parts += ["## A usual incident\n", bench_analyze.incident(usual, options.rounds)]
    parts += ["## Help\n", bench_help.compare()]
    parts += ["## Archives\n", bench_inflate.compare(INFLATED, options.rounds)]
    parts += ["## Archive bombs\n", bench_inflate.refuse(options.rounds)]
    if options.gc:
        sizes = [GC_LOG, GC_LOG * 10]
        parts += ["## GC logs\n", bench_gc.compare(sizes, options.rounds, options.gcviewer)]
    return parts


def main() -> None:
    """Write RESULTS.md; what stands above the mark there is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=generate.size_of, default="1GB")
    parser.add_argument("--large", type=generate.size_of, default="5GB", help="0 leaves it out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gc", action="store_true", help="GC logs, too: javac must be there")
    parser.add_argument("--gcviewer", type=Path, help="jar or classes of GCViewer, to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        parts = sections(Path(folder), options)
    above = RESULTS.read_text(encoding="utf-8").split(MARK)[0] if RESULTS.exists() else ""
    text = "\n".join(parts)
    RESULTS.write_text(f"{above}{MARK}\n{text}", encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
