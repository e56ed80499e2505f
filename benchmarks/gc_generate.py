"""GC logs of any size: a real one of `java/GcLoad.java`, then the same again with later stamps.

    python benchmarks/gc_generate.py FOLDER [--size 200MB] [--large 2GB] [--seconds 20]

G1 under JDK 9 or later, `-Xlog:gc*` at info and `-Xlog:gc*=debug`, each with time, uptime, level
and tags.  What Java wrote in the seconds given is repeated until the file is large enough: the
stamps go on by the length of the run and the GC ids by its number of collections, so that it reads
as one run of a JVM that lived longer.  The header is written once.  javac and java must be on the
PATH.
"""

import argparse
import datetime as dt
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import generate

SOURCE = Path(__file__).with_name("java") / "GcLoad.java"
LOGS = {"gc* at info": "gc*", "gc*=debug": "gc*=debug"}
LINE = re.compile(rb"\[([^]]{28})\]\[(\d+\.\d+)s\](\[[^]]*\]\[gc[^]]*\]) (?:GC\((\d+)\)(.*)|(.*))")


class Line(NamedTuple):
    """A line in parts that change and parts that stay."""

    wall: dt.datetime
    uptime_ms: int
    head: bytes
    gc_id: int | None
    rest: bytes


def available() -> str | None:
    """Say why no log can be made."""
    missing = [name for name in ("java", "javac") if not shutil.which(name)]
    return f"no {' and no '.join(missing)} on the PATH" if missing else None


def run(folder: Path, selection: str, seconds: int) -> Path:
    """Let Java write a log."""
    subprocess.run(["javac", "--release", "11", "-d", str(folder), str(SOURCE)], check=True)
    log = folder / "real.log"
    words = ["java", "-XX:+UseG1GC", "-Xmx256m", "-XX:G1HeapRegionSize=1m"]
    words += [f"-Xlog:{selection}:file={log}:time,uptime,level,tags:filecount=0"]
    words += ["--add-exports=java.management/sun.management=ALL-UNNAMED", "-cp", str(folder)]
    words += ["GcLoad", "steady", str(seconds), str(folder / "truth.json"), "live=40", "halt=1"]
    subprocess.run(words, check=True)
    return log


def parts(text: bytes) -> Iterator[Line]:
    """Take lines apart; those of no collection, such as the header's, are left out."""
    for line in text.splitlines():
        if (found := LINE.fullmatch(line)) and found[4]:
            wall = dt.datetime.strptime(found[1].decode(), "%Y-%m-%dT%H:%M:%S.%f%z")
            uptime = round(float(found[2]) * 1000)
            yield Line(wall, uptime, found[3], int(found[4]), found[5])


def shifted(lines: list[Line], by_ms: int, ids: int) -> bytes:
    """Write the lines as of a later time."""
    later = dt.timedelta(milliseconds=by_ms)

    @functools.lru_cache(4096)
    def stamp(wall: dt.datetime, uptime_ms: int) -> bytes:
        moment = (wall + later).isoformat(timespec="milliseconds")
        moment = moment[:-3] + moment[-2:]  # +00:00 as Java writes it
        return f"[{moment}][{(uptime_ms + by_ms) / 1000:.3f}s]".encode()

    return b"".join(
        b"%b%b GC(%d)%b\n" % (stamp(wall, uptime), head, (gc_id or 0) + ids, rest)
        for wall, uptime, head, gc_id, rest in lines
    )


def write(path: Path, selection: str, sizes: dict[Path, int], seconds: int) -> None:
    """Make logs of several sizes from one run."""
    with tempfile.TemporaryDirectory(dir=path) as folder:
        text = run(Path(folder), selection, seconds).read_bytes()
    lines = list(parts(text))
    span = lines[-1].uptime_ms - lines[0].uptime_ms + 100
    ids = max(line.gc_id or 0 for line in lines) + 1
    for target, size in sizes.items():
        with target.open("wb") as out:
            out.write(text)
            turn = 1
            while out.tell() < size:
                out.write(shifted(lines, span * turn, ids * turn))
                turn += 1


def make(folder: Path, sizes: list[int], seconds: int) -> Iterator[tuple[str, list[Path]]]:
    """Make a log of each size for each selection, one selection after the other."""
    for name, selection in LOGS.items():
        targets = {folder / f"{number}.log": size for number, size in enumerate(sizes)}
        write(folder, selection, targets, seconds)
        yield name, list(targets)


def main() -> None:
    """Write all of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    size: Callable[[str], int] = generate.size_of
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=size, default="200MB")
    parser.add_argument("--large", type=size, default="2GB")
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    if reason := available():
        raise SystemExit(f"gc_generate: {reason}")
    for name, logs in make(options.folder, [options.size, options.large], options.seconds):
        for log in logs:
            kept = log.rename(log.with_stem(f"{'debug' if 'debug' in name else 'info'}-{log.stem}"))
            print(name, kept, f"{kept.stat().st_size:,}")


if __name__ == "__main__":
    main()
