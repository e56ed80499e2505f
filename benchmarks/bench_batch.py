"""Scanning an archive of many runs, beside what a user would write instead.

    python benchmarks/bench_batch.py [--runs 1000] [--unpacked 2GB] [--counts 100,1000,10000]
        [--loop-runs 100] [--rounds 3] [--only speed,again,flat,loops,score] [--write] [--keep DIR]

`speed`: an archive as teams keep them (`archive.py`), 1 and 2 workers, alternately.  `again`: the
same once more; with a rule more; with a run more.  `flat`: archives of more and more small runs.
`loops`: a shell loop of `analyze`, and loops of zipgrep and ripgrep with the anchors of the
rulebook, alternately with the scan, on the same archive.  `score`: what was found, against the
truth.  Memory is that of the whole process tree, sampled; pages that processes share count once
in each.  With --write the tables go to RESULTS.md, between marks of their own.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import archive, batch_score, bench_scan, generate, measure
from benchmarks.batch_score import tool

RESULTS = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- batch: written by bench_batch.py -->\n", "<!-- end of batch -->\n"
TABLES = "<!-- tables:"
SAMPLE_S = 0.05
AGAIN_S, TWICE, FLAT = 3.0, 1.8, 1.25
"""Goals: second scan of 1,000 runs; two workers against one; cost per run, most against fewest."""
NO_SUCH = (
    "11-22 05:31:17.402 10.0.0.3:54321  4242  FJ-1-5 ERROR water.default: "
    "Licence server lic01 gave no answer, stopping job scoring_7"
)
SUCH = (
    "11-22 06:30:20.187 10.0.0.3:54321  4242  MemCleaner  WARN water.default: "
    "Disk full! Disabling swapping to disk."
)


class Watched(NamedTuple):
    """A process and all below it."""

    wall: float
    cpu: float
    peak: int
    """Bytes of resident memory, all processes together."""
    code: int


class Spread(NamedTuple):
    """Rounds of one command."""

    wall: float
    low: float
    high: float
    cpu: float
    peak: int


def watch(command: Sequence[str]) -> Watched:
    """Run a command and look at its tree."""
    environment = os.environ | {"PYTHONPATH": str(measure.ROOT)}
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        peak = 0
        while child.returncode is None:
            peak = max(peak, _resident(child.pid))
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                child.returncode = os.waitstatus_to_exitcode(status)
            else:
                time.sleep(SAMPLE_S)
        wall = time.perf_counter() - start
        if child.returncode > 1:  # 1: findings, or lines that were not found
            said.seek(0)
            words = said.read()[-2000:].decode(errors="replace")
            raise SystemExit(f"{' '.join(command)}: exit code {child.returncode}\n{words}")
    return Watched(wall, usage.ru_utime + usage.ru_stime, peak, child.returncode)


def _resident(pid: int) -> int:
    total = 0
    try:
        top = psutil.Process(pid)
        processes = [top, *top.children(recursive=True)]
    except psutil.Error:
        return 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def spread(runs: Sequence[Watched]) -> Spread:
    """Summarize rounds."""
    walls = [run.wall for run in runs]
    cpu = median(run.cpu for run in runs)
    return Spread(median(walls), min(walls), max(walls), cpu, max(run.peak for run in runs))


def scan(folder: Path, catalog: Path, workers: int, *more: str) -> list[str]:
    """Command of a scan; nothing is waited for: no file of ours is still being written."""
    words = ["scan", str(folder), "--catalog", str(catalog), "--workers", str(workers)]
    return tool(*words, "--settle", "0", "--quiet", *more)


def alternately(commands: Sequence[Callable[[], Sequence[str]]], rounds: int) -> list[Spread]:
    """Run A B C A B C ...; a command is made anew each time, as scans need an empty catalog."""
    runs: list[list[Watched]] = [[] for _ in commands]
    for _ in range(rounds):
        for done, command in zip(runs, commands, strict=True):
            done.append(watch(command()))
    return [spread(done) for done in runs]


class Bench:
    """Archives and catalogs of one invocation."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.catalogs = 0

    def archive(self, name: str, options: archive.Options) -> tuple[Path, dict[str, Any]]:
        """Make an archive, unless an earlier part did."""
        folder = self.folder / name
        if folder.exists():
            truth = json.loads(archive.truth_path(folder).read_text(encoding="utf-8"))
            return folder, truth
        return folder, archive.make_archive(folder, options)

    def main_archive(self) -> tuple[Path, dict[str, Any]]:
        """The one that is most like what teams keep."""
        given = self.options
        return self.archive("archive", archive.Options(given.runs, 1, unpacked=given.unpacked))

    def catalog(self) -> Path:
        """A place for a catalog."""
        self.catalogs += 1
        return self.folder / f"catalog_{self.catalogs}"

    def fresh(self, folder: Path, workers: int) -> Callable[[], list[str]]:
        """Give scans that begin with nothing."""
        return lambda: scan(folder, self.catalog(), workers)

    def speed(self) -> str:
        """1 and 2 workers."""
        folder, truth = self.main_archive()
        runs = truth["runs"]
        stored, unpacked = (sum(run[key] for run in runs) for key in ("stored", "unpacked"))
        one, two = alternately([self.fresh(folder, 1), self.fresh(folder, 2)], self.options.rounds)
        rows = [_row(f"{count} worker{'s' * (count > 1)}", took, len(runs), stored, unpacked)
                for count, took in ((1, one), (2, two))]  # fmt: skip
        ratio = one.wall / two.wall
        return (
            f"{len(runs):,} runs, {stored / 1e6:,.0f} MB, {unpacked / 1e6:,.0f} MB unpacked; "
            f"median of {self.options.rounds}, alternately.\n\n"
            + measure.table(HEAD, rows)
            + f"\nTwo workers are {ratio:.2f} times as fast as one: "
            f"{measure.verdict(ratio, TWICE, at_least=True)}.\n"
        )

    def again(self) -> str:
        """The same archive once more, and with something new."""
        folder, truth = self.main_archive()
        catalog = self.catalog()
        rows = [("first scan", watch(scan(folder, catalog, 2)))]
        seconds = [watch(scan(folder, catalog, 2)) for _ in range(self.options.rounds)]
        second = sorted(seconds)[len(seconds) // 2]
        rows.append(("nothing changed", second))
        for name, line in (("a rule more, of words that are nowhere", NO_SUCH),
                           ("a rule more, of words that are somewhere", SUCH)):  # fmt: skip
            pack = self._pack(line)
            rows.append((name, watch(scan(folder, catalog, 2, "--rules", str(pack)))))
        watch(scan(folder, catalog, 2))  # the shipped rules again
        self._one_more(folder)
        rows.append(("a run more", watch(scan(folder, catalog, 2))))
        shutil.rmtree(folder / "more")
        goal = AGAIN_S * max(len(truth["runs"]) / 1000, 1)
        cells = [(name, f"{one.wall:.2f}", f"{one.cpu:.2f}", f"{one.peak / 1e6:.0f}")
                 for name, one in rows]  # fmt: skip
        return (
            measure.table(("scan", "wall s", "CPU s", "RSS MB"), cells)
            + f"\nSecond scan of {len(truth['runs']):,} unchanged runs: "
            f"{measure.verdict(second.wall, goal, at_least=False)} s.\n"
        )

    def _pack(self, line: str) -> Path:
        pack = Path(tempfile.mkdtemp(dir=self.folder)) / "pack"
        words = ["--condition", "job.failed", "--name", "benchmark", "--area", str(pack)]
        measure.once(tool("rules", "new", "BEN", *words, "--line", line))
        return pack

    def _one_more(self, folder: Path) -> None:
        small = archive.Options(runs=1, seed=99, small=True)
        made, _ = self.archive("one_more", small)
        shutil.copytree(made, folder / "more")

    def flat(self) -> str:
        """More and more runs."""
        rows, costs = [], []
        for count in self.options.counts:
            folder, truth = self.archive(f"small_{count}", archive.Options(count, 1, small=True))
            runs = len(truth["runs"])
            catalog = self.catalog()
            took = watch(scan(folder, catalog, 2))
            again = watch(scan(folder, catalog, 2))
            costs.append(took.wall / runs)
            rows.append((f"{runs:,}", f"{took.wall:.1f}", f"{took.wall / runs * 1000:.1f}",
                         f"{took.cpu / runs * 1000:.1f}", f"{took.peak / 1e6:.0f}",
                         f"{again.wall:.2f}"))  # fmt: skip
        head = ("runs", "wall s", "ms a run", "CPU ms a run", "RSS MB", "second scan s")
        ratio = costs[-1] / min(costs[:-1] or costs)
        return (
            f"Runs of at most {archive.SMALL // 1000} KB, 2 workers.\n\n"
            + measure.table(head, rows)
            + f"\nCost of a run among the most, against among fewer: {ratio:.2f}: "
            f"{measure.verdict(ratio, FLAT, at_least=False)}.\n"
        )

    def loops(self) -> str:
        """What a user would write."""
        folder, truth = self.archive("loops", archive.Options(self.options.loop_runs, 2))
        runs = [run for run in truth["runs"] if run["fate"] != "damaged"]
        stored, unpacked = (sum(run[key] for run in runs) for key in ("stored", "unpacked"))
        patterns = self.folder / "anchors.txt"
        count = bench_scan.write_patterns(patterns)
        loops = {
            "shell loop of analyze --format json": analyze_loop(folder, runs),
            "loop of zipgrep, grep": grep_loop(folder, runs, patterns, ripgrep=False),
            "loop of unzip -p into rg, rg -z": grep_loop(folder, runs, patterns, ripgrep=True),
        }
        commands: list[Callable[[], Sequence[str]]] = [
            self.fresh(folder, 1), self.fresh(folder, 2),
        ]  # fmt: skip
        for number, (name, text) in enumerate(loops.items()):
            script = self.folder / f"loop_{number}.sh"
            script.write_text(f"# {name}\n{text}", encoding="utf-8")
            commands.append(lambda script=script: ["bash", str(script)])  # type: ignore[misc]
        took = alternately(commands, self.options.rounds)
        names = ["scan, 1 worker", "scan, 2 workers", *loops]
        rows = [(*_row(name, one, len(runs), stored, unpacked), f"{one.wall / took[1].wall:.2f}")
                for name, one in zip(names, took, strict=True)]  # fmt: skip
        return (
            f"{len(runs)} runs, {stored / 1e6:.0f} MB, {unpacked / 1e6:.0f} MB unpacked; {count} "
            f"anchors; median of {self.options.rounds}, alternately.  The loops of grep count "
            "lines (zips in zips are unpacked for them), and say nothing of causes.\n\n"
            + measure.table((*HEAD, "times scan"), rows)
            + "\n"
            + "".join(
                f"Ahead of the {name}: {measure.verdict(one.wall / took[1].wall, 1, at_least=True)}"
                f" with 2 workers, {measure.verdict(one.wall / took[0].wall, 1, at_least=True)} "
                "with 1.\n"
                for name, one in zip(names[2:], took[2:], strict=True)
            )
        )

    def score(self) -> str:
        """What was found."""
        folder, truth = self.main_archive()
        catalog = self.catalog()
        watch(scan(folder, catalog, 2))
        score = batch_score.score_runs(folder, truth, catalog)
        facts = batch_score.score_fleet(truth, batch_score.fleet_of(catalog))
        sys.stderr.write("".join(f"{line}\n" for line in score.complaints))
        return batch_score.told(score, facts)


HEAD = ("what", "wall s", "spread", "CPU s", "runs/s", "MB/s packed", "MB/s unpacked", "RSS MB")


def _row(name: str, took: Spread, runs: int, stored: int, unpacked: int) -> tuple[str, ...]:
    return (
        name,
        f"{took.wall:.2f}",
        f"{took.low:.2f}..{took.high:.2f}",
        f"{took.cpu:.1f}",
        f"{runs / took.wall:.1f}",
        f"{stored / took.wall / 1e6:.1f}",
        f"{unpacked / took.wall / 1e6:.1f}",
        f"{took.peak / 1e6:.0f}",
    )


def analyze_loop(folder: Path, runs: Sequence[dict[str, Any]]) -> str:
    """One process per run."""
    command = shlex.join(tool("analyze"))
    return "".join(
        f"{command} {shlex.quote(str(folder / run['path']))} --format json --output - --quiet "
        "> /dev/null\n"
        for run in runs
    ) + "true\n"  # fmt: skip


LOOK = """look() {{  # archive, depth: what is in it, and in the archives in it
    {search}
    unzip -Z1 "$1" '*.zip' 2> /dev/null | while read -r inner; do
        unzip -p "$1" "$inner" > "$room/$2.zip" && look "$room/$2.zip" $(($2 + 1))
    done
}}
room=$(mktemp -d)
"""


def grep_loop(
    folder: Path, runs: Sequence[dict[str, Any]], patterns: Path, *, ripgrep: bool
) -> str:
    """Count the lines that hold a literal, file by file, whatever a run is packed in."""
    literals = f"-F -f {shlex.quote(str(patterns))}"
    if ripgrep:
        search = f'unzip -p "$1" -x "*.zip" | rg -a -j1 -c {literals}'
    else:  # it is egrep that zipgrep calls
        extended = patterns.with_suffix(".egrep")
        words = patterns.read_text(encoding="utf-8")
        extended.write_text(re.sub(r"[][\\.*^$+?{}()|]", r"\\\g<0>", words), encoding="utf-8")
        search = f'zipgrep -c -f {shlex.quote(str(extended))} "$1" -x "*.zip"'
    lines = [LOOK.format(search=search)]
    for run in runs:
        path = shlex.quote(str(folder / run["path"]))
        if run["form"] == "tar.gz":
            lines.append(f"tar xzOf {path} | {'rg -a -j1' if ripgrep else 'grep -a'} -c {literals}")
        elif run["form"] in {"zip", "download"}:
            lines.append(f"look {path} 0")
        else:
            plain = f"rg -z -j1 -c {literals} {path}"
            lines.append(plain if ripgrep else f"find {path} -type f ! -name '*.zip' "
                         f"-exec zgrep -c {literals} {{}} +")  # fmt: skip
            inner = f"find {path} -name '*.zip' | while read -r one; do look \"$one\" 0; done"
            lines.append(inner)
    return "\n".join([*lines, 'rm -r "$room"', ""])


PARTS: dict[str, tuple[str, Callable[[Bench], str]]] = {
    "speed": ("### An archive\n", Bench.speed),
    "again": ("### Once more\n", Bench.again),
    "flat": ("### Many small runs\n", Bench.flat),
    "loops": ("### Beside loops\n", Bench.loops),
    "score": ("### What was found\n", Bench.score),
}


def write(text: str) -> None:
    """Put the tables into RESULTS.md; all else there is kept."""
    known = RESULTS.read_text(encoding="utf-8")
    if BEGIN in known and END in known:
        above, _, rest = known.partition(BEGIN)
        below = rest.partition(END)[2]
    else:
        above, mark, rest = known.partition(TABLES)
        below = f"\n{mark}{rest}"
    RESULTS.write_text(f"{above}{BEGIN}{text}{END}{below}", encoding="utf-8")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--unpacked", type=generate.size_of, default="2GB")
    parser.add_argument(
        "--counts",
        type=lambda text: [int(one) for one in text.split(",")],
        default="100,1000,10000",
    )
    parser.add_argument("--loop-runs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--keep", type=Path, help="make archives here, and leave them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(options.keep or Path(temporary), options)
        bench.folder.mkdir(exist_ok=True)
        parts = ["## Batch\n"]
        for name in options.only.split(","):
            headline, part = PARTS[name]
            parts += [headline, part(bench)]
            sys.stdout.write("\n".join(parts[-2:]) + "\n")
            sys.stdout.flush()
    if options.write:
        write("\n".join(parts))


if __name__ == "__main__":
    main()
