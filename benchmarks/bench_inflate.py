"""Inflating through the intake, against isal's own inflate of the same bytes.

.venv/bin/python benchmarks/bench_inflate.py [--size 200MB] [--rounds 5]

A log of benchmarks/generate.py is packed as a gzip and as a deflated zip.  isal's part is what one
would write by hand: its decompressor, fed and emptied in pieces of 256 KiB.  Ours is what a reader
gets: the member of a bundle, with the checksum, the caps and the ratios watched.  Both run in
processes of their own, alternately; the time is that of reading alone, without the start of Python.
The bombs at the end are refused by `open_bundle` and by reading every member to its end.
"""

import argparse
import json
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import bombs, generate, measure

TIMES = 1.7
BOMB_S = 1.0
PIECE = 256 * 2**10


def ours(path: Path) -> int:
    """Read every member to its end; give the bytes."""
    from h2o_forensics.errors import IntakeError  # noqa: PLC0415
    from h2o_forensics.intake import open_bundle  # noqa: PLC0415

    total = 0
    try:
        bundle = open_bundle([path])
    except IntakeError:
        return 0
    for member in bundle.members:
        with member.open() as stream:
            while piece := stream.read(PIECE):
                total += len(piece)
    return total


def isal_gzip(path: Path) -> int:
    """Inflate a gzip in pieces."""
    with path.open("rb") as file:
        return _inflate(file, 31, path.stat().st_size)


def isal_zip(path: Path) -> int:
    """Inflate the one entry of a zip in pieces."""
    with zipfile.ZipFile(path) as archive:
        (entry,) = archive.infolist()
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        lengths = file.read(4)
        file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
        return _inflate(file, -15, entry.compress_size)


def _inflate(file: IO[bytes], bits: int, left: int) -> int:
    from isal import isal_zlib  # noqa: PLC0415

    machine, total = isal_zlib.decompressobj(bits), 0
    while left > 0 and not machine.eof:
        feed = file.read(min(PIECE, left))
        left -= len(feed)
        while feed:
            total += len(machine.decompress(feed, PIECE))
            feed = machine.unconsumed_tail
    while piece := machine.decompress(b"", PIECE):
        total += len(piece)
    return total


WAYS = {"ours": ours, "isal_gzip": isal_gzip, "isal_zip": isal_zip}


def child(way: str, path: Path) -> None:
    """Read once and print what it took."""
    start, cpu = time.perf_counter(), time.process_time()
    total = WAYS[way](path)
    took = {"wall": time.perf_counter() - start, "cpu": time.process_time() - cpu, "bytes": total}
    print(json.dumps(took))


def once(way: str, path: Path) -> measure.Run:
    """Read once in a process of its own."""
    run = measure.once(measure.python("bench_inflate.py", "--child", way, str(path)))
    took = json.loads(run.out)
    return measure.Run(took["wall"], took["cpu"], run.rss, str(took["bytes"]))


def pack(folder: Path, size: int) -> tuple[Path, Path]:
    """Write the gzip and the zip."""
    log, packed, archive = folder / "h2o.log", folder / "h2o.log.gz", folder / "logs.zip"
    generate.write_log(packed, size)
    generate.write_log(log, size)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.write(log, log.name)
    log.unlink()
    return packed, archive


def compare(size: int, rounds: int) -> str:
    """Measure both alternately; give the tables."""
    with tempfile.TemporaryDirectory() as name:
        packed, archive = pack(Path(name), size)
        pairs = (("gzip", packed, "isal_gzip"), ("zip", archive, "isal_zip"))
        rows, text = [], ""
        for kind, path, way in pairs:
            runs: dict[str, list[measure.Run]] = {way: [], "ours": []}
            for _ in range(rounds):
                for one, done in runs.items():
                    done.append(once(one, path))
            base, found = measure.spread(runs[way]), measure.spread(runs["ours"])
            if base.out != found.out:
                raise SystemExit(f"{kind}: {base.out} and {found.out} bytes")
            rows += [row(f"{kind}, isal", base, base), row(f"{kind}, ours", found, base)]
            ratio = found.wall / base.wall
            text += f"{kind}: {ratio:.2f} times isal's inflate: "
            text += f"{measure.verdict(ratio, TIMES, at_least=False)}.\n"
    head = ("what", "wall s", "spread", "CPU s", "MB/s", "RSS MB", "times isal")
    return f"{measure.table(head, rows)}\n{text}"


def row(name: str, one: measure.Spread, base: measure.Spread) -> list[str]:
    """Give a line of the table."""
    return [
        name,
        f"{one.wall:.2f}",
        f"{one.low:.2f}..{one.high:.2f}",
        f"{one.cpu:.2f}",
        f"{int(one.out) / one.wall / 1e6:.0f}",
        f"{one.rss / 1e6:.0f}",
        f"{one.wall / base.wall:.2f}",
    ]


def refuse(rounds: int) -> str:
    """Measure how long each bomb takes to be refused."""
    rows, worst = [], 0.0
    with tempfile.TemporaryDirectory() as name:
        for kind, make in bombs.BOMBS.items():
            path = Path(name) / kind
            path.write_bytes(make())
            found = measure.spread([once("ours", path) for _ in range(rounds)])
            size = path.stat().st_size
            rows.append([kind, size, f"{found.wall:.2f}", f"{found.rss / 1e6:.0f}", found.out])
            worst = max(worst, found.wall)
    head = ("bomb", "bytes", "wall s", "RSS MB", "bytes given")
    verdict = measure.verdict(worst, BOMB_S, at_least=False)
    return f"{measure.table(head, rows)}\nThe slowest is refused in {worst:.2f} s: {verdict}.\n"


def main() -> None:
    """Measure both formats and the bombs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=generate.size_of, default="200MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
    else:
        sys.stdout.write(f"{compare(options.size, options.rounds)}\n{refuse(options.rounds)}")


if __name__ == "__main__":
    main()
