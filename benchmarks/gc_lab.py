"""GC logs whose truth never passed through a log, and a check of `h2o-forensics gc` against it.

    python benchmarks/gc_lab.py make FOLDER --java 17=/usr/bin/java [--java 21=...] [--only TEXT]
    python benchmarks/gc_lab.py check FOLDER [--only TEXT]

`make` compiles `java/GcLoad.java` (javac must be there) and runs it under each JVM given, with each
collector it has, other decorations and selections each time; FOLDER/NAME holds the logs and
truth.json, what the JVM's management beans said at exit.  Logs that lost events on purpose have
truth-loose.json instead.  `check` runs the command on each and compares runs, counts by
bean and by cause, pids, and the sums of pauses (between the beans' time and the safepoints').

No other program's log is read, and nothing is written outside FOLDER.
"""

import argparse
import concurrent.futures
import gzip
import json
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

SOURCE = Path(__file__).with_name("java") / "GcLoad.java"
EXPORTS = "--add-exports=java.management/sun.management=ALL-UNNAMED"
EXPERIMENTAL = "-XX:+UnlockExperimentalVMOptions"
COLLECTORS = {
    "serial": ("-XX:+UseSerialGC",),
    "parallel": ("-XX:+UseParallelGC",),
    "cms": ("-XX:+UseConcMarkSweepGC",),
    "g1": ("-XX:+UseG1GC",),
    "z": (EXPERIMENTAL, "-XX:+UseZGC"),
    "zgen": ("-XX:+UseZGC", "-XX:+ZGenerational"),
    "shen": (EXPERIMENTAL, "-XX:+UseShenandoahGC"),
    "shengen": (EXPERIMENTAL, "-XX:+UseShenandoahGC", "-XX:ShenandoahGCMode=generational"),
}
HAS = {
    11: ("serial", "parallel", "cms", "g1", "z", "shen"),
    17: ("serial", "parallel", "g1", "z", "shen"),
    21: ("serial", "parallel", "g1", "z", "zgen", "shen"),
    25: ("serial", "parallel", "g1", "z", "shen", "shengen"),
}
DECORATIONS = (
    "",
    ":time,uptime,level,tags",
    ":none",
    ":uptime",
    ":time",
    ":utctime,pid,tid,tags",
    ":hostname,uptimemillis,level,tags",
    ":timemillis,level",
    ":uptimenanos,tid",
    ":timenanos,uptimemillis,tags",
    ":level,tags",
    ":pid,tid",
    ":time,utctime,uptime,timemillis,uptimemillis,timenanos,uptimenanos,hostname,pid,tid,level,tags",
    ":utctime",
    ":tags",
    ":timemillis,uptime,pid",
)
SELECTIONS = ("gc", "gc*", "gc*,safepoint", "gc*=debug", "gc*,gc+phases=debug,safepoint*")
PATTERNS = (
    ("steady", 96, "rate=60 live=30"),
    ("humongous", 128, "rate=80 live=30"),
    ("leak", 64, "rate=40"),
    ("explicit", 96, "live=30 every=150"),
    ("threads", 128, "rate=20 live=40"),
    ("mixed", 128, "rate=60 live=35"),
    ("classes", 96, "rate=20"),
)


class Case(NamedTuple):
    """One directory of logs."""

    name: str
    jdk: int
    collector: str
    pattern: str
    heap: int
    """MB."""
    keys: str
    logs: tuple[str, ...]
    """What stands after -Xlog: ; `stdout` goes to h2o.out."""
    odd: str = ""


def matrix() -> Iterator[Case]:
    """Every collector of every JVM, three times, each time with other options."""
    turn = 0
    for jdk, collectors in HAS.items():
        for collector in collectors:
            for selection in ("gc", "gc*", SELECTIONS[2 + turn // 3 % 3]):
                decorations = DECORATIONS[turn % len(DECORATIONS)]
                pattern, heap, keys = PATTERNS[turn % len(PATTERNS)]
                if collector.startswith("shen") and pattern in {"leak", "humongous"}:
                    pattern, heap, keys = PATTERNS[0]  # no degenerated ones: beans count them apart
                short = selection.replace("*", "star").replace(",", "-").replace("=", "-")
                name = f"m{turn:02d}-jdk{jdk}-{collector}-{short}-{pattern}"
                log = f"{selection}:file=gc.log{decorations}"
                yield Case(name, jdk, collector, pattern, heap, keys, (log,))
                turn += 1


def odd() -> Iterator[Case]:
    """What else happens to logs."""
    plain = ("steady", 96, "rate=60 live=30")
    full = "time,uptime,level,tags"
    yield Case(
        "o-own-11-g1", 11, "g1", *plain, ("gc:file=gc.log:time", "safepoint:file=sp.log:time")
    )
    yield Case(
        "o-own-17-parallel",
        17,
        "parallel",
        *plain,
        ("gc*:file=gc.log", "safepoint:file=safepoint.log"),
    )
    yield Case(
        "o-own-25-g1", 25, "g1", *plain, ("gc:file=gc.log:uptime", "safepoint:file=st.log:uptime")
    )
    yield Case("o-rotate-17-g1", 17, "g1", *plain, ("gc*:file=gc.log::filecount=20,filesize=6k",))
    yield Case(
        "o-rotate-21-zgen",
        21,
        "zgen",
        *plain,
        (f"gc*:file=gc.log:{full}:filecount=40,filesize=30k",),
    )
    yield Case(
        "o-rotate-25-parallel",
        25,
        "parallel",
        *plain,
        ("gc*:file=gc.log:uptimemillis:filecount=20,filesize=3k",),
    )
    yield Case(
        "o-rotate-11-cms", 11, "cms", *plain, ("gc*:file=gc.log:time:filecount=20,filesize=3k",)
    )
    yield Case(
        "o-wrapped-17-g1", 17, "g1", *plain, ("gc*:file=gc.log::filecount=3,filesize=4k",), "loose"
    )
    yield Case(
        "o-names-17-serial", 17, "serial", *plain, ("gc*:file=gc-%p-%t.log:uptime,level,tags",)
    )
    yield from mixed(full)
    yield from several(plain, full)
    yield from damaged(plain, full)
    yield from fixtures()


def mixed(full: str) -> Iterator[Case]:
    """With a program's own lines between."""
    for jdk, collector, selection, decorations in (
        (17, "g1", "gc*", f":{full}"),
        (17, "parallel", "gc", ""),
        (11, "serial", "gc*", ":uptime"),
        (21, "zgen", "gc*", ":time"),
        (25, "shen", "gc", ":uptimemillis,tags"),
        (25, "g1", "gc*=debug", f":{full}"),
        (17, "parallel", "gc*,safepoint", ":none"),
    ):
        name = f"o-mixed-{jdk}-{collector}-{selection[:3].replace('*', 'star')}"
        yield Case(
            name,
            jdk,
            collector,
            "steady",
            96,
            "rate=60 live=30 chatter=40",
            (f"{selection}:stdout{decorations}",),
            "stdout",
        )


def several(plain: tuple[str, int, str], full: str) -> Iterator[Case]:
    """Several JVMs in one file."""
    for jdk, collector, selection, decorations in (
        (17, "g1", "gc*", ":uptime,pid,level,tags"),
        (21, "parallel", "gc", ":time,pid"),
        (25, "z", "gc*", ":time,uptime,pid,tid,level,tags"),
    ):
        logs = (f"{selection}:stdout{decorations}",)
        yield Case(f"o-two-{jdk}-{collector}", jdk, collector, *plain, logs, "two")
    for jdk, collector, selection, decorations in (
        (11, "g1", "gc*", ""),
        (17, "parallel", "gc", ":time"),
        (17, "g1", "gc", ":none"),
        (21, "zgen", "gc*", ":uptimemillis"),
        (25, "serial", "gc*", f":{full}"),
    ):
        logs = (f"{selection}:stdout{decorations}",)
        yield Case(f"o-restart-{jdk}-{collector}", jdk, collector, *plain, logs, "restart")


def damaged(plain: tuple[str, int, str], full: str) -> Iterator[Case]:
    """Packed, with other line ends, cut."""
    for way, jdk, collector, selection, decorations in (
        ("gzip", 17, "g1", "gc*", ""),
        ("gzip", 25, "shengen", "gc", f":{full}"),
        ("crlf", 17, "parallel", "gc*", ":time"),
        ("crlf", 11, "cms", "gc", ""),
        ("crlf", 21, "g1", "gc*=debug", f":{full}"),
        ("head", 17, "g1", "gc*", f":{full}"),
        ("tail", 17, "parallel", "gc*", ""),
        ("tail", 21, "zgen", "gc*", ""),
    ):
        logs = (f"{selection}:file=gc.log{decorations}",)
        yield Case(f"o-{way}-{jdk}-{collector}", jdk, collector, *plain, logs, way)


def fixtures() -> Iterator[Case]:
    """Small ones, with every decoration there is: see fixtures/gc."""
    every = DECORATIONS[12]
    for name, jdk, collector, pattern, heap, keys, selection in (
        ("f-g1", 17, "g1", "mixed", 48, "rate=30 live=40", "gc*,safepoint"),
        ("f-g1-full", 21, "g1", "leak", 48, "rate=60", "gc"),
        ("f-parallel", 11, "parallel", "explicit", 48, "live=30 every=300", "gc,safepoint"),
        ("f-serial", 25, "serial", "leak", 48, "rate=60", "gc*"),
        ("f-cms", 11, "cms", "steady", 48, "rate=50 live=60", "gc*"),
        ("f-z", 17, "z", "steady", 48, "rate=20 live=30", "gc*"),
        ("f-zgen", 21, "zgen", "steady", 64, "rate=15 live=30", "gc*"),
        ("f-shen", 17, "shen", "steady", 64, "rate=30 live=30", "gc,safepoint"),
        ("f-shengen", 25, "shengen", "steady", 64, "rate=30 live=30", "gc,safepoint"),
    ):
        yield Case(name, jdk, collector, pattern, heap, keys, (f"{selection}:file=gc.log{every}",))


def cases() -> list[Case]:
    """All of them, but for orderly and sudden ends in turn."""
    found = [*matrix(), *odd()]
    return [
        case._replace(keys=f"{case.keys} seed={turn} halt={turn % 2}")
        for turn, case in enumerate(found)
    ]


def command(case: Case, java: str, classes: Path, truth: str, seconds: int) -> list[str]:
    """Start the program."""
    logs = [f"-Xlog:{log}" for log in case.logs]
    words = [java, *COLLECTORS[case.collector], f"-Xmx{case.heap}m", *logs, EXPORTS, "-cp", classes]
    words += ["GcLoad", case.pattern, seconds, truth, *case.keys.split()]
    return [str(word) for word in words]


def make(case: Case, java: str, classes: Path, folder: Path, seconds: int) -> None:
    """Run one case; its directory appears when it is complete."""
    work = folder / f".{case.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    times = 2 if case.odd in {"two", "restart"} else 1
    with (work / "h2o.out").open("ab") as out:
        running = []
        for turn in range(times):
            words = command(case, java, classes, f"truth{turn}", seconds)
            running.append(subprocess.Popen(words, cwd=work, stdout=out, stderr=out))
            if case.odd != "two":
                running[-1].wait()
        ends = [process.wait() for process in running]
    if any(ends):
        raise SystemExit(f"{case.name}: exit codes {ends}: {(work / 'h2o.out').read_text()[-500:]}")
    told = [json.loads((work / f"truth{turn}").read_text()) for turn in range(times)]
    for turn in range(times):
        (work / f"truth{turn}").unlink()
    finish(case, work, told)
    shutil.rmtree(folder / case.name, ignore_errors=True)
    work.rename(folder / case.name)


def finish(case: Case, work: Path, told: list[dict[str, Any]]) -> None:
    """Do to the logs what the case is about, and write the truth."""
    if not any("stdout" in log for log in case.logs):
        (work / "h2o.out").unlink()
    for path in work.iterdir():
        path.write_bytes(path.read_bytes().replace(b"[%b]" % platform.node().encode(), b"[host-1]"))
    log = work / "gc.log"
    if case.odd == "gzip":
        (work / "gc.log.gz").write_bytes(gzip.compress(log.read_bytes(), mtime=0))
        log.unlink()
    elif case.odd == "crlf":
        log.write_bytes(log.read_bytes().replace(b"\n", b"\r\n"))
    elif case.odd == "head":
        log.write_bytes(log.read_bytes()[len(log.read_bytes()) * 2 // 5 :])
    elif case.odd == "tail":
        log.write_bytes(log.read_bytes()[: len(log.read_bytes()) * 3 // 5])
    about = {"name": case.name, "jdk": case.jdk, "log_option": " ".join(case.logs)}
    files = sorted(path.name for path in work.iterdir())
    truth = {**about, "files": files} | (told[0] if len(told) == 1 else {"runs": told})
    loose = case.odd in {"head", "tail", "loose"}
    (work / ("truth-loose.json" if loose else "truth.json")).write_text(json.dumps(truth))


def make_all(options: argparse.Namespace) -> None:
    """Run the cases whose JVM is there."""
    javas = dict(pair.split("=", 1) for pair in options.java)
    if not shutil.which("javac"):
        raise SystemExit("gc_lab: no javac")
    with tempfile.TemporaryDirectory() as classes:
        subprocess.run(["javac", "--release", "11", "-d", classes, str(SOURCE)], check=True)
        chosen = [c for c in cases() if str(c.jdk) in javas and options.only in c.name]
        with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
            jobs = {
                pool.submit(
                    make, case, javas[str(case.jdk)], Path(classes), options.folder, options.seconds
                ): case
                for case in chosen
            }
            for job in concurrent.futures.as_completed(jobs):
                failed = job.exception()
                print(jobs[job].name, failed or "made", flush=True)


YOUNG = {"G1 Young Generation", "PS Scavenge", "Copy", "ParNew"}
FULL = {"G1 Old Generation", "PS MarkSweep", "MarkSweepCompact"}
ALL = {"ZGC Pauses", "Shenandoah Pauses", "ZGC Minor Pauses", "ZGC Major Pauses"}


def count(jvm: dict[str, Any], where: str, **want: str) -> int:
    """Count pauses or cycles of a report."""
    found = (p for p in jvm[where] if all(p.get(key) == value for key, value in want.items()))
    return sum(p["count"] for p in found)


COUNTED: tuple[tuple[set[str], str, dict[str, str]], ...] = (
    (YOUNG, "pauses", {"kind": "young"}),
    (FULL, "pauses", {"kind": "full"}),
    ({"ZGC Minor Pauses"}, "pauses", {"generation": "minor"}),
    ({"ZGC Major Pauses"}, "pauses", {"generation": "major"}),
    ({"ZGC Pauses", "Shenandoah Pauses"}, "pauses", {}),
    ({"ZGC", "ZGC Cycles"}, "cycles", {}),
    ({"ZGC Minor Cycles"}, "cycles", {"kind": "minor"}),
    ({"ZGC Major Cycles"}, "cycles", {"kind": "major"}),
)
"""What beans count, and where it stands in a report."""


def differences(truth: dict[str, Any], jvm: dict[str, Any]) -> list[str]:
    """Say what the beans contradict."""
    beans = {one["bean"]: one for one in truth["collectors"]}
    plain = any(word.startswith("-Xlog:gc:") for word in truth["args"])
    wrong = []
    for names, where, want in COUNTED:
        if where == "pauses" and plain and any(name.startswith("ZGC") for name in names):
            continue  # ZGC's pauses are written with gc* only
        if beans.keys() & names:
            expected = sum(beans[name]["count"] for name in names if name in beans)
            if (got := count(jvm, where, **want)) != expected:
                wrong.append(f"{where} {want or ''}: {got}, beans {expected}")
    if jvm["pid"] not in {None, truth["pid"]}:
        wrong.append(f"pid {jvm['pid']}, {truth['pid']}")
    return wrong + by_cause(truth, jvm, beans) + sums(truth, jvm, beans)


def by_cause(truth: dict[str, Any], jvm: dict[str, Any], beans: dict[str, Any]) -> list[str]:
    """Compare causes of young and full collections, where no notification was lost."""
    if truth["notified_count"] != sum(one["count"] for one in beans.values()):
        return []
    want: Counter[tuple[str, str]] = Counter()
    for one in truth["by_cause"]:
        if one["bean"] in YOUNG | FULL:
            want["young" if one["bean"] in YOUNG else "full", one["cause"]] += one["count"]
    got = {key: count(jvm, "pauses", kind=key[0], cause=key[1]) for key in want}
    return [f"{key}: {got[key]}, beans {want[key]}" for key in want if got[key] != want[key]]


def sums(truth: dict[str, Any], jvm: dict[str, Any], beans: dict[str, Any]) -> list[str]:
    """Compare times: beans <= pauses <= safepoints, within 1 ms each."""
    wrong = []
    paused = sum(p["total_ms"] for p in jvm["pauses"])
    of_pauses = [one for name, one in beans.items() if name in YOUNG | FULL | ALL]
    counted, least = (sum(one[key] for one in of_pauses) for key in ("count", "time_ms"))
    if paused < least - counted - 1 and jvm["pauses"]:
        wrong.append(f"pauses {paused:.0f} ms < beans {least}")
    most = truth["safepoints"]["total_ms"] + truth["safepoints"]["count"] + 1
    if paused > most:
        wrong.append(f"pauses {paused:.0f} ms > safepoints {most}")
    if stops := jvm["safepoints"]:
        told = truth["safepoints"]
        if not told["count"] <= stops["count"] <= told["count"] + 3:  # on the way out, too
            wrong.append(f"safepoints {stops['count']}, bean {told['count']}")
        if stops["total_ms"] < told["total_ms"] - told["count"] - 1:
            wrong.append(f"safepoints {stops['total_ms']:.0f} ms < bean {told['total_ms']}")
    if jvm["lines_not_understood"]:
        wrong.append(f"{jvm['lines_not_understood']} lines not understood")
    expected = int(truth["flags"]["MaxHeapSize"])
    if jvm["heap_max_stated"] and abs(jvm["heap_max_bytes"] - expected) > expected // 8:
        wrong.append(f"heap {jvm['heap_max_bytes']}, {expected}")
    return wrong


def check(folder: Path) -> list[str]:
    """Run the command on a case."""
    exact = (folder / "truth.json").exists()
    truth = json.loads((folder / ("truth.json" if exact else "truth-loose.json")).read_text())
    words = [sys.executable, "-m", "h2o_forensics", "gc", "logs", "--format", "json"]
    with tempfile.TemporaryDirectory() as box:
        shutil.copytree(folder, Path(box) / "logs", ignore=shutil.ignore_patterns("truth*.json"))
        done = subprocess.run(
            [*words, "--output", "-"], cwd=box, capture_output=True, check=False, timeout=300,
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        )  # fmt: skip
    if done.returncode:
        return [f"exit code {done.returncode}: {done.stderr[-300:]!r}"]
    jvms = json.loads(done.stdout)["jvms"]
    runs = truth.get("runs", [truth])
    if len(jvms) != len(runs):
        return [f"{len(jvms)} runs, not {len(runs)}"]
    if not exact:
        return []
    orders = [jvms, jvms[::-1]] if len(jvms) > 1 else [jvms]
    return min(
        ([text for one, jvm in zip(runs, order, strict=True) for text in differences(one, jvm)]
         for order in orders),
        key=len,
    )  # fmt: skip


def check_all(options: argparse.Namespace) -> None:
    """Print what is wrong."""
    folders = sorted(path.parent for path in options.folder.glob("*/truth*.json"))
    right, chosen = 0, [folder for folder in folders if options.only in folder.name]
    for folder in chosen:
        wrong = check(folder)
        right += not wrong
        if wrong:
            print(folder.name, "|", "; ".join(wrong), flush=True)
    print(f"{right} of {len(chosen)} as the beans say")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("make", "check", "list"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument("--java", action="append", default=[], help="VERSION=path, repeatable")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=3)
    options = parser.parse_args()
    if options.what == "list":
        print("\n".join(f"{case.name}: {shlex.join(case.logs)}" for case in cases()))
    else:
        (make_all if options.what == "make" else check_all)(options)


if __name__ == "__main__":
    main()
