"""Grow a log of any size from the real ones in fixtures: same seed and size, same bytes.

.venv/bin/python benchmarks/generate.py --size 1GB --seed 1 benchmarks/data/big.log [more.log.gz]

It begins like a real start at DEBUG and goes on with the records of real runs, under new times and
another node's name. 2-3 % of the lines are of other logs (access log, GC), as captures of stdout
have them; 0.05 % of the records are incident texts with their stack traces; and there is a hit
storm: a stretch of 5 % of the bytes in which every second line, ten a second, is a hit: three of
four the retry of a task (the same text from 60 tasks), one of four a report of a full heap with
numbers of its own.
"""

import argparse
import gzip
import io
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, TypeVar, cast

CASES = Path(__file__).resolve().parents[1] / "fixtures" / "cases"
NODE = b"10.30.0.21:54321"
HEADER = re.compile(rb"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (\S+) +(\d+) (.*)", re.DOTALL)
INCIDENTS = ("oom_import", "node_killed", "small_heap_in_cloud", "distributed_exception")
STARTED = re.compile(rb"Contact enterprise@h2o\.ai|extension initialized|Cloud of size")
RETRY = b"IOException during ACK, Connection refused"
FULL = b"Swapping!  OOM, (K/V:"
NUMBER = re.compile(rb"(K/V:|POJO:|FREE:|desiredKV=)[\d.]+")
GRAVE = (b" WARN ", b"ERROR ", b"FATAL ")
ONCE_PER_JOB = re.compile(
    rb"Building H2O|Due to the grid|Locking cloud|Frame distribution|Total file size|Parse result|"
    rb"Starting gridsearch|(?:POST|GET) /|For grid|Cloud of size|hart: |GC CALLBACK"
)
"""In a run of days these are few; in the fixtures' runs of a minute they are many."""
HEADLINE = b"Frame distribution summary:"
TABLE_LINES = 10
JOB_SHARE = 0.004
FOREIGN_SHARE = 0.025
INCIDENT_SHARE = 0.0005
STORM_FROM, STORM_TO = 0.60, 0.65
PIECE = 8192
"""Records per draw of random numbers."""
T = TypeVar("T")
UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}


class Pools(NamedTuple):
    """Records, each without its stamp, node and pid, with its further lines."""

    start: list[bytes]
    plain: list[bytes]
    job: list[list[bytes]]
    """Records that stand together: a headline and its table."""
    foreign: list[bytes]
    incident: list[bytes]
    storm: list[bytes]


def size_of(text: str) -> int:
    """Read `5MB`, `1GB`: powers of 1000."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]B)?", text.strip().upper())
    if match is None:
        raise argparse.ArgumentTypeError(f"not a size: {text}; write 5MB, 1GB")
    return int(float(match[1]) * UNITS[match[2] or ""])


def records_of(data: bytes) -> list[bytes]:
    """Cut a log into records and strip stamp, node and pid; the log's own node becomes `NODE`."""
    records: list[bytes] = []
    own = b""
    for line in data.splitlines(keepends=True):
        match = HEADER.match(line)
        if match is None:
            if records:
                records[-1] += line
            continue
        own = match[1]
        records.append(match[3])
    return [record.replace(own, NODE) if own else record for record in records]


def debug_logs(case: str) -> Iterator[bytes]:
    """Open the DEBUG files inside a downloaded archive."""
    outer = next((CASES / case / "bundle" / "download").glob("*.zip"))
    with zipfile.ZipFile(outer) as nodes:
        for name in sorted(nodes.namelist()):
            inner = io.BytesIO(nodes.read(name))
            if zipfile.is_zipfile(inner):  # a lost node leaves a text under this name
                with zipfile.ZipFile(inner) as logs:
                    for log in sorted(logs.namelist()):
                        if log.endswith("-2-debug.log"):
                            yield logs.read(log)


def after_start(records: list[bytes]) -> int:
    """Find where the start-up banner ends."""
    return 1 + max(at for at, record in enumerate(records) if STARTED.search(record))


def is_grave(record: bytes) -> bool:
    """Say whether a record is WARN or graver."""
    return any(token in record[:24] for token in GRAVE)


def load_pools() -> Pools:
    """Collect the records of all kinds from the fixtures, in a fixed order."""
    start: list[bytes] = []
    plain: list[bytes] = []
    for case in ("node_frozen", "small_heap_in_cloud"):
        for log in debug_logs(case):
            records = records_of(log)
            begun = after_start(records)
            start = start or records[:begun]
            plain += records[begun:]
    for case in ("healthy_cluster", "healthy_orderly_shutdown", "grid_failures"):
        for path in sorted((CASES / case / "bundle").glob("node*/logs/*-3-info.log")):
            records = records_of(path.read_bytes())
            plain += records[after_start(records) :]
    plain = [record for record in plain if not is_grave(record) and b"hutdown" not in record]
    incident, storm = grave_records()
    job = [
        plain[at : at + (TABLE_LINES if HEADLINE in record else 1)]
        for at, record in enumerate(plain)
        if ONCE_PER_JOB.search(record)
    ]
    plain = [record for record in plain if not ONCE_PER_JOB.search(record)]
    return Pools(start, plain, job, foreign_lines(), incident, storm)


def grave_records() -> tuple[list[bytes], list[bytes]]:
    """Give the incident texts; and those of storms, the retry of a task first."""
    incident: list[bytes] = []
    retry: list[bytes] = []
    full: list[bytes] = []
    logs = [log for case in INCIDENTS for log in incident_logs(case)]
    for record in (record for log in logs for record in records_of(log)):
        if RETRY in record:
            retry.append(record)
        elif FULL in record:
            full.append(record)
        elif is_grave(record) and b"SECURITY" not in record and b"days old" not in record:
            incident.append(record)
    return incident, [retry[0], *full]


def incident_logs(case: str) -> Iterator[bytes]:
    """Open the logs of an incident."""
    bundle = CASES / case / "bundle"
    for path in sorted(bundle.glob("node*/logs/*-3-info.log")):
        yield path.read_bytes()
    for path in sorted(bundle.glob("node*/stdout.log.gz")):
        yield gzip.decompress(path.read_bytes())


def foreign_lines() -> list[bytes]:
    """Lines of access logs and GC logs."""
    lines: list[bytes] = []
    for pattern in ("*/bundle/node*/logs/*-httpd.log", "*/bundle/node*/gc.log"):
        for path in sorted(CASES.glob(pattern)):
            lines += path.read_bytes().splitlines(keepends=True)[:200]
    return [line for line in lines if line.endswith(b"\n")]


class Clock:
    """Stamps that advance; a header is put together from parts that seldom change."""

    def __init__(self) -> None:
        self.ms = 3 * 86_400_000  # 4 January, of no year
        self._minute = -1
        self._prefix = b""
        self._tail = b" " + NODE.ljust(22) + b"4242 "

    def header(self, step: int) -> bytes:
        """Advance by `step` ms and give the stamp, node and pid."""
        self.ms += step
        minute, rest = divmod(self.ms, 60_000)
        if minute != self._minute:
            self._minute = minute
            day, left = divmod(minute, 1440)
            month, day = divmod(day % 336, 28)  # 12 months of 28 days: any year has them
            self._prefix = b"%02d-%02d %02d:%02d:" % (month + 1, day + 1, *divmod(left, 60))
        return b"%s%02d.%03d%s" % (self._prefix, rest // 1000, rest % 1000, self._tail)


def stretches(size: int, seed: int) -> Iterator[bytes]:
    """Give the log piece by piece; ends with the record that reaches `size` bytes."""
    pools = load_pools()
    rng = random.Random(seed)  # noqa: S311 - repeatable is what is wanted
    clock = Clock()
    first = b"".join(clock.header(7) + record for record in pools.start)
    yield first
    done = len(first)
    while done < size:
        stormy = STORM_FROM * size <= done < STORM_TO * size
        piece = stretch(pools, rng, clock, stormy=stormy)
        done += len(piece)
        yield piece


def stretch(pools: Pools, rng: random.Random, clock: Clock, *, stormy: bool) -> bytes:
    """Draw `PIECE` records."""
    parts = []
    header = clock.header
    steps = rng.choices((1, 1, 10, 80, 400) if stormy else (1, 3, 20, 150, 900), k=PIECE)
    shares = [rng.random() for _ in range(PIECE)]
    plain = rng.choices(pools.plain, k=PIECE)
    silent_at = rng.randrange(PIECE * 8)  # a silence of 30 s now and then
    for at in range(PIECE):
        record, share = plain[at], shares[at]
        if share < FOREIGN_SHARE:
            parts.append(one_of(pools.foreign, share / FOREIGN_SHARE))
        elif share < FOREIGN_SHARE + JOB_SHARE:
            *before, record = one_of(pools.job, (share - FOREIGN_SHARE) / JOB_SHARE)
            parts += [header(1) + one for one in before]
        elif share > 1 - INCIDENT_SHARE:
            record = one_of(pools.incident, (1 - share) / INCIDENT_SHARE)
        if stormy:  # a plain line, then a hit
            parts.append(header(1) + record[: record.index(b"\n") + 1])
            record = storm_record(pools.storm, share, rng)
        parts.append(header(30_000 if at == silent_at else steps[at]) + record)
    return b"".join(parts)


def storm_record(pool: list[bytes], share: float, rng: random.Random) -> bytes:
    """Give a record that a signal matches."""
    retry, *full = pool
    if share < 0.75:
        return retry.replace(b"t#48", b"t#%d" % (share * 80))
    record = one_of(full, (share - 0.75) * 4)
    return NUMBER.sub(lambda found: b"%s%.1f" % (found[1], rng.uniform(10, 99)), record)


def one_of(pool: list[T], share: float) -> T:
    """Pick by a number from 0 to 1."""
    return pool[min(int(share * len(pool)), len(pool) - 1)]


def write_log(path: Path, size: int, seed: int = 1) -> int:
    """Write one log, compressed when its name ends in .gz; return the bytes of content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("wb") as raw:
        packed = path.suffix == ".gz"
        out = gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) if packed else raw
        for piece in stretches(size, seed):
            written += len(piece)
            cast("IO[bytes]", out).write(piece)
        if out is not raw:
            out.close()
    return written


def main() -> None:
    """Write the named logs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=size_of, default="1GB")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("paths", nargs="+", type=Path)
    options = parser.parse_args()
    for path in options.paths:
        print(f"{path}: {write_log(path, options.size, options.seed)} bytes")


if __name__ == "__main__":
    main()
