"""How a made run is wrapped, damaged or grown: bytes that are the same for the same seed."""

import gzip
import io
import random
import re
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from benchmarks import generate
from benchmarks.archive_mover import File

EPOCH = (2026, 1, 1, 0, 0, 0)
"""Of entries that say no time."""
LARGE = 2_000_000
"""Bytes from which speed counts more than size."""
BLOCK, BLOCKS = 200, 64
"""Records that are inserted together, and how many such blocks are drawn."""
STARTED = b"H2O started in "
HEADER = re.compile(rb"^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+ +\d+ ", re.MULTILINE)
OWN_NODE = re.compile(r"h2o_(.+)_(\d+)-3-info\.log$")
DAMAGES = ("cut", "cut", "cut", "garbage", "empty")


def flat(path: str) -> str:
    """Name a file of a node where there are no directories."""
    folder, _, name = path.partition("/")
    name = name.rpartition("/")[2]
    if name.startswith("h2o_") or not folder.startswith(("node_", "second_")):
        return name if not folder.startswith("second_") else f"{folder}_{name}"
    return f"{folder.removeprefix('node_')}_{name}"


def stored_bytes(file: File) -> bytes:
    """Give a file as it is stored."""
    if file.children is not None:
        return zipped([(one.path, stored_bytes(one), one.when) for one in file.children])
    return gzip.compress(file.data, 6, mtime=0) if file.path.endswith(".gz") else file.data


def unpacked_bytes(file: File) -> int:
    """Count the bytes of a file, unpacked."""
    return len(file.data) + sum(unpacked_bytes(one) for one in file.children or ())


def zipped(files: Iterable[tuple[str, bytes, datetime | None]]) -> bytes:
    """Make a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, when in files:
            info = zipfile.ZipInfo(name, when.timetuple()[:6] if when else EPOCH)
            info.external_attr = 0o644 << 16
            packed = name.endswith((".zip", ".gz"))
            kind = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(info, data, kind, 1 if len(data) > LARGE else 6)
    return out.getvalue()


def tarred(files: Iterable[tuple[str, bytes, datetime]]) -> bytes:
    """Make a tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data, when in files:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), round(when.timestamp()), 0o644
            archive.addfile(info, io.BytesIO(data))
    tar = out.getvalue()
    return gzip.compress(tar, 1 if len(tar) > LARGE else 6, mtime=0)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut an archive off, or worse."""
    how = rng.choice(DAMAGES)
    if how == "garbage":
        return rng.randbytes(2000)
    return data[: round(len(data) * rng.uniform(0.3, 0.95))] if how == "cut" else b""


def grown(files: Sequence[File], rng: random.Random, size: int) -> list[File]:
    """Put records of usual work into the largest log, each at the time of the line before it."""
    logs = [file for file in files if OWN_NODE.search(file.path)]
    log = max(logs, key=lambda file: (len(file.data), file.path))
    found = OWN_NODE.search(log.path)
    node = f"{found[1]}:{found[2]}".encode() if found else b""
    return [file._replace(data=_longer(file.data, node, rng, size)) if file is log else file
            for file in files]  # fmt: skip


def _longer(data: bytes, node: bytes, rng: random.Random, size: int) -> bytes:
    begin = max(data.find(STARTED), 0)
    heads = list(HEADER.finditer(data, begin))[1:]
    blocks = [[record.replace(generate.NODE, node) for record in block] for block in _blocks()]
    mean = sum(len(record) + 45 for block in blocks for record in block) / len(blocks)
    per_gap = size / mean / max(len(heads), 1)
    parts, end, due = [data[: heads[0].start()]], heads[0].start(), 0.0
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        until = following.start() if following else len(data)
        parts.append(data[end:until])
        end, due = until, due + per_gap
        while due >= 1:
            parts.append(head[0].join([b"", *rng.choice(blocks)]))
            due -= 1
    return b"".join(parts)


@cache
def _blocks() -> list[list[bytes]]:
    """Draw records of usual work."""
    rng = random.Random(7)  # noqa: S311 - repeatable is what is wanted
    pool = [record for record in generate.load_pools().plain if record.count(b"\n") == 1]
    return [rng.choices(pool, k=BLOCK) for _ in range(BLOCKS)]
