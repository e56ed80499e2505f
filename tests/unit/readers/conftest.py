"""Lines and cases for the tests of reading."""

from collections.abc import Callable, Sequence

import pytest

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.rule import Signal
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]


@pytest.fixture
def line() -> Line:
    def make(clock: str, text: str, level: str = "INFO", **column: str) -> str:
        day, node = column.get("day", "11-22"), column.get("node", "127.0.0.1:54321")
        pid, thread = column.get("pid", "12528"), column.get("thread", "main")
        return f"{day} {clock} {node:<22}{pid:<6} {thread:>10} {level:>5} water.default: {text}\n"

    return make


@pytest.fixture
def read() -> Read:
    def make(files: dict[str, str | bytes], signals: Sequence[Signal] = ()) -> EvidenceSet:
        everything = (*BUILTIN_SIGNALS, *signals)
        return read_case(bundle_of_texts(files), everything, Scanner(everything))

    return make
