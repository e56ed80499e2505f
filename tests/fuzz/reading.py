"""What is fuzzed: each reader, by seeds of real evidence, read as a case of its own.

Run on demand, `python -m tests.fuzz --inputs 100000`; a short run is one of the tests.
"""

import gzip
import io
import random
import resource
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.artifact import Case
from h2o_forensics.model.bundle import Bundle
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case
from h2o_forensics.rulebook import load_rulebook
from tests.fuzz.mutations import mutate

ROOT = Path(__file__).resolve().parents[2]
SEED_BYTES = 4096
"""Seeds are stretches of this length: damage shall hit what matters."""
SEEDS_PER_FILE = 3
BATCH = 20
"""Inputs per case: a case of many files costs little more than one of one."""
HANG_S = 10
MEMORY_MB = 600


def _stretches(data: bytes) -> Iterator[bytes]:
    step = max(1, len(data) // SEEDS_PER_FILE)
    for start in range(0, len(data), step):
        line = 0 if start == 0 else data.find(b"\n", start) + 1
        yield data[line : line + SEED_BYTES]


def _zipped(data: bytes) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("node.log", data)
        archive.writestr("sub/other.log", data[: len(data) // 2])
    return box.getvalue()


def _sources() -> dict[str, list[bytes]]:
    """Seeds by reader: kinds of text as the readers name them, layouts and containers by folder."""
    found: dict[str, list[bytes]] = {}
    files = [*(ROOT / "fixtures").rglob("*"), *(ROOT / "tests/data").glob("*.log")]
    for path in sorted(file for file in files if file.is_file() and file.name != "README.md"):
        inside = path.relative_to(ROOT).parts
        data = path.read_bytes()
        if inside[:3] == ("fixtures", "samples", "containers"):
            found.setdefault(f"container {path.suffix}", []).append(data)
        elif inside[:2] == ("fixtures", "samples"):
            name = f"{inside[2]} {inside[3]}" if inside[2] == "layouts" else inside[2]
            found.setdefault(name, []).extend(_stretches(data))
        elif path.suffix in {".log", ".json", ".out", ".err", ".txt"} or "." not in path.name:
            found.setdefault(_kind(path.name, data), []).extend(_stretches(data))
    texts = [seed for seed in found["h2o_log"] if len(seed) > SEED_BYTES // 2][:6]
    found["zip"] = [_zipped(text) for text in texts]
    found["gzip"] = [gzip.compress(text, mtime=0) for text in texts]
    return found


@cache
def _kind(name: str, data: bytes) -> str:
    bundle = bundle_of_texts({name: data})
    kinds = [artifact.kind for artifact in _case(bundle).artifacts if artifact.state != "opened"]
    return kinds[0] if kinds else "empty"


@cache
def _scanner() -> Scanner:
    return Scanner((*BUILTIN_SIGNALS, *load_rulebook().signals), threads=1)


def _case(bundle: Bundle) -> Case:
    scanner = _scanner()
    return read_case(bundle, scanner.signals, scanner).case


def seeds() -> Mapping[str, list[bytes]]:
    """Seeds of every reader; those without content are left out."""
    return {name: kept for name, found in _sources().items() if (kept := [s for s in found if s])}


def fuzz(
    reader: str, inputs: int, seed: int, watch: Callable[[Mapping[str, bytes]], None] | None = None
) -> int:
    """Read damaged copies of a reader's seeds.

    Args:
        reader: a key of `seeds()`.
        inputs: how many.
        seed: of the random numbers: the same seed gives the same inputs.
        watch: called with each batch before it is read, so that a hang can be told.

    Returns:
        Peak memory of this process in MB, whatever else ran in it.
    """
    rng = random.Random(f"{reader} {seed}")  # noqa: S311 - no secret
    from_these = seeds()[reader]
    for start in range(0, inputs, BATCH):
        size = min(BATCH, inputs - start)
        batch = {f"input{number}": mutate(rng, from_these) for number in range(size)}
        if watch is not None:
            watch(batch)
        _case(bundle_of_texts(batch))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
