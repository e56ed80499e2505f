"""The scan alone, with the whole shipped rulebook, against ripgrep with its anchors.

.venv/bin/python benchmarks/bench_scan.py FILE [--rounds 5]

Ours gives rule ids, named captures, line numbers, records, silences, level counts and the hash of
the file; ripgrep (`rg -j1 -c -F -f ANCHORS`) counts lines that hold one of the literals.  Whole
patterns would flatter us: some of today's make ripgrep's automaton large (36 s for 1 GB, where the
literals take 2).  Ours is timed from opening the file to the finished result: imports and the
compiled rulebook are in bench_analyze.py.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import measure
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.model.rule import RECORDS, Signal
from h2o_forensics.readers import BUILTIN_SIGNALS
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.layouts.text_stream import TextStream
from h2o_forensics.readers.read_artifacts import form_of
from h2o_forensics.rulebook import load_rulebook

LOGS = {"h2o_log", "console"}


def all_signals() -> tuple[Signal, ...]:
    """Signals of the product and of the shipped rules."""
    return (*BUILTIN_SIGNALS, *load_rulebook().signals)


def log_signals() -> list[Signal]:
    """Those that are searched in H2O's logs."""
    return [
        signal
        for signal in all_signals()
        if signal.table == RECORDS and signal.anchor and LOGS & set(signal.kinds)
    ]


def write_patterns(target: Path) -> int:
    """Write the anchors of the signals, each once; return how many."""
    anchors = sorted({signal.anchor for signal in log_signals() if signal.anchor})
    target.write_text("\n".join(anchors) + "\n", encoding="utf-8")
    return len(anchors)


def ripgrep_for(patterns: Path, path: Path) -> list[str]:
    """Count the lines that hold any of the anchors."""
    return ["rg", "-j1", "-c", "-F", "-f", str(patterns), str(path)]


def child(path: Path, threads: int) -> None:
    """Scan once and print what it took."""
    scanner, form = Scanner(all_signals(), threads), form_of("h2o_log")
    scanner.matcher(form.kind)
    start, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        scan = scanner.scan(
            BlockReader(TextStream(stream, again=lambda: path.open("rb")), form), form
        )
    took = {
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "bytes": scan.bytes,
        "lines": scan.lines,
        "matches": sum(hit.weight for hit in scan.hits),
    }
    print(json.dumps(took))


def compare(path: Path, rounds: int) -> str:
    """Measure all three alternately; give the table."""
    with tempfile.TemporaryDirectory() as folder:
        patterns = Path(folder) / "patterns.txt"
        count = write_patterns(patterns)
        ripgrep: list[measure.Run] = []
        ours: dict[int, list[measure.Run]] = {1: [], 2: []}
        for _ in range(rounds):
            ripgrep.append(measure.once(ripgrep_for(patterns, path)))
            for threads, runs in ours.items():
                command = measure.python("bench_scan.py", str(path), "--child", str(threads))
                took = json.loads(measure.once(command).out)
                runs.append(measure.Run(took["wall"], took["cpu"], took["rss"], json.dumps(took)))
    base = measure.spread(ripgrep)
    size = path.stat().st_size
    rows = [row("rg -j1 -c -F -f", base, size, base.wall)]
    rows += [
        row(f"scan, {threads} thread{'s' * (threads > 1)}", measure.spread(runs), size, base.wall)
        for threads, runs in ours.items()
    ]
    best = base.wall / measure.spread(ours[2]).wall
    took = json.loads(ours[2][-1].out)
    return (
        f"{size / 1e9:.2f} GB, {took['lines']:,} lines; {len(log_signals())} signals "
        f"(ripgrep: {count} anchors).  ripgrep counts {int(base.out):,} lines, the scan "
        f"{took['matches']:,} matches.  Median of {rounds}, alternately.\n\n"
        + measure.table(("what", "wall s", "spread", "CPU s", "MB/s", "RSS MB", "times rg"), rows)
        + f"\nAt least as fast as ripgrep: {measure.verdict(best, 1.0, at_least=True)}; "
        f"target: {measure.verdict(best, 1.5, at_least=True)}.\n"
    )


def row(name: str, one: measure.Spread, size: int, base: float) -> list[str]:
    """Give a line of the table."""
    return [
        name,
        f"{one.wall:.2f}",
        f"{one.low:.2f}..{one.high:.2f}",
        f"{one.cpu:.2f}",
        f"{size / one.wall / 1e6:.0f}",
        f"{one.rss / 1e6:.0f}",
        f"{base / one.wall:.2f}",
    ]


def main() -> None:
    """Measure one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.path, options.child)
    else:
        sys.stdout.write(compare(options.path, options.rounds))


if __name__ == "__main__":
    main()
