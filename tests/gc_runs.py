"""GC logs read in a test as the product reads them, and their truth."""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from h2o_forensics.gc.figures import figures
from h2o_forensics.gc.join import Sourced, join_digests
from h2o_forensics.gc.read import GcReader
from h2o_forensics.model.jvm import Jvm

FIXTURES = Path(__file__).parents[1] / "fixtures" / "gc"
CASES = sorted(path.parent.name for path in FIXTURES.glob("*/truth.json"))
BLOCK = 1 << 16


def blocks(data: bytes, size: int = BLOCK) -> Iterable[bytes]:
    """Cut at line ends, as intake does."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + size, len(data)) - 1) + 1 or len(data)
        yield data[start:end]
        start = end


def jvms(streams: dict[str, bytes], *, own_file: bool = True, size: int = BLOCK) -> list[Jvm]:
    """Runs in these streams of one folder."""
    digests = []
    for name, data in streams.items():
        reader = GcReader(own_file=own_file)
        for block in blocks(data, size):
            reader.read(block, len(block))
        digests += [Sourced(name, name, (), None, digest) for digest in reader.close()]
    return [figures(run) for run in join_digests(digests)]


@functools.cache
def logs(case: str) -> dict[str, bytes]:
    """Files of a fixture."""
    folder = FIXTURES / case
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".json"
    }


def truth(case: str) -> list[dict[str, Any]]:
    """What the beans said, a run each."""
    told = json.loads((FIXTURES / case / "truth.json").read_text(encoding="utf-8"))
    return list(told.get("runs", [told]))


def plain(jvm: Jvm) -> dict[str, Any]:
    """Fields as a dict."""
    return dict(msgspec.to_builtins(jvm))
