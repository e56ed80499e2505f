"""No pattern of the readers takes more than linear time on long lines made to mislead it."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from h2o_forensics import gc, readers
from h2o_forensics.readers.layouts.keyed import Prefix

SIZE = 30_000
MOST_S = 0.5
"""Of the processor: linear ones need microseconds, quadratic ones seconds."""
MATCHED = {".http_log._REQUEST", ".layouts.yarn._RULE"}
"""Asked at one place only: searching with them would be quadratic.  So are those of `gc`."""
OPENINGS = (
    b"",
    b"11-22 06:00:00.123 ",
    b"11-22 06:00:00.123 127.0.0.1:54321 ",
    b"11-22 06:00:00.123 127.0.0.1:54321 123 main ",
    b"[pod/h2o-0/h2o] 11-22 06:00:00.123 ",
    b"h2o-1 | ",
    b"Nov 22 07:42:36 host java[123]: ",
    b"Nov 22 07:42:36 ",
    b"<14>1 2026-11-22T07:42:36.120Z ",
    b"<14>1 2026-11-22T07:42:36.120Z host h2o 123 - [",
    b"2026-11-22T06:00:00.123Z ",
    b"2026-11-22T06:00:00.123Z stdout F ",
    b"2026-11-22 06:00:00,123 ",
    b"2026-11-22 06:00:00,123 WARN ",
    b"2026-11-22 06:00:00,123 [main] WARN ",
    b"26/11/22 07:22:19 WARN ",
    b"Container: container_",
    b"Container: container_1 on ",
    b"LogType:",
    b"LogType:x\nLogLength:",
    b"[ 12.345678] ",
    b"[0.1s]",
    b'{"log":"',
    b"from ",
    b"# ",
    b"logs/a.log (Sun Nov 22 05:46:31 ",
    b"\x1b[",
    b"import ",
    b"progress: |",
    b"[x]Version: 1",
    b"#  SIGSEGV (0xb) at pc=0x1, pid=1, tid=1\n# JRE version:",
    b"oom-kill:constraint=",
    b"Heap address: 0x",
    b"GC(1) Pause Young (",
    b"[Full GC (",
    b"2026-11-22T06:00:00.123+0000: 1.5: [GC (",
    b'"thread" #1 prio=5 ',
)
FILLINGS = (
    b"1",
    b" ",
    b"x",
    b"[",
    b"]",
    b"\t",
    b"_",
    b":",
    b"-",
    b"|",
    b"[x]",
    b"1 ",
    b"x ",
    b"x 1 ",
    b"_1",
    b"1.",
    b"#",
    b"=",
    b"a:",
    b"\n",
    b"1\n",
    b"\0",
    b"- [",
    b";",
    b"\xef\xbb\xbf",
)


def patterns() -> Iterator[tuple[str, re.Pattern[bytes] | re.Pattern[str]]]:
    modules = (
        module.name
        for package in (readers, gc)
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    )
    for module in modules:
        for name, value in vars(importlib.import_module(module)).items():
            found = [value, *value] if isinstance(value, tuple) else [value]
            found += [inner for one in found if isinstance(one, tuple) for inner in one]
            for one in found:
                if isinstance(one, re.Pattern):
                    yield f"{module.removeprefix(readers.__name__)}.{name}", one


PATTERNS = {(name, one.pattern): one for name, one in patterns()}


def test_there_are_patterns() -> None:
    assert len(PATTERNS) > 50
    assert any(
        isinstance(value, Prefix)
        for value in vars(importlib.import_module("h2o_forensics.readers.layouts.pods")).values()
    )


def texts(openings: tuple[bytes, ...]) -> list[bytes]:
    return [
        opening + filling * (SIZE // len(filling)) + b"\x01"
        for opening in openings
        for filling in FILLINGS
    ]


LED_ON, BARE = texts(OPENINGS), texts((b"",))


@pytest.mark.parametrize("key", PATTERNS, ids=[name for name, _ in PATTERNS])
def test_no_pattern_is_quadratic(key: tuple[str, str | bytes]) -> None:
    pattern: Any = PATTERNS[key]
    looks = [(pattern.match, text) for text in LED_ON]
    matched = key[0] in MATCHED or key[0].startswith(gc.__name__)
    looks += [(pattern.search, text) for text in BARE if not matched]
    for look, text in looks:
        shown = text if isinstance(key[1], bytes) else text.decode("latin-1")
        began = time.process_time()
        look(shown)
        assert time.process_time() - began < MOST_S, text[:80]
