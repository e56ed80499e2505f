"""`python -m tests.fuzz --inputs 100000 [--seed N] [READER ...]`: exit 1 at the first fault."""

import argparse
import faulthandler
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.fuzz.reading import HANG_S, MEMORY_MB, fuzz, seeds


def main() -> int:
    """Fuzz the readers one after the other; a fault leaves its batch in `fuzz-fault/`."""
    known = sorted(seeds())
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(known))
    parser.add_argument("--inputs", type=int, default=100_000, help="per reader")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    batch: dict[str, bytes] = {}

    def watch(inputs: Mapping[str, bytes]) -> None:
        batch.clear()
        batch.update(inputs)
        faulthandler.dump_traceback_later(HANG_S, exit=True)  # 20 inputs in 10 s, not one

    for reader in asked.readers or known:
        began = time.monotonic()
        try:
            peak = fuzz(reader, asked.inputs, asked.seed, watch)
        except BaseException:
            _keep(batch)
            raise
        faulthandler.cancel_dump_traceback_later()
        seconds = time.monotonic() - began
        _say(f"{reader}: {asked.inputs} inputs, {seconds:.0f} s, {peak} MB at most")
        if peak > MEMORY_MB:
            _say(f"{reader}: more than {MEMORY_MB} MB")
            return 1
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"fuzz: {text}\n")


def _keep(batch: Mapping[str, bytes]) -> None:
    folder = Path("fuzz-fault")
    folder.mkdir(exist_ok=True)
    for name, data in batch.items():
        (folder / name).write_bytes(data)
    _say(f"the inputs are in {folder}/")


if __name__ == "__main__":
    sys.exit(main())
