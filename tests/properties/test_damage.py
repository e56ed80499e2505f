"""Damaged evidence never raises and never hangs; it is named where it can be told."""

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.pipeline import examine
from h2o_forensics.rulebook import load_rulebook

DATA = Path(__file__).resolve().parents[1] / "data"
TEXTS = sorted(path.name for path in DATA.glob("*.log"))
SECONDS = 10
"""An example takes some milliseconds; a slow machine is no hang."""

CLOUD = {
    "__meta": {"schema_name": "CloudV3"},
    "version": "3.46.0.12", "cloud_name": "lab", "cloud_size": 2, "cloud_healthy": False,
    "bad_nodes": 1, "consensus": True, "locked": True, "node_idx": 0,
    "nodes": [
        {"h2o": "localhost/127.0.0.1:54341", "ip_port": "127.0.0.1:54341", "healthy": True,
         "last_ping": 1795327281891, "pid": 25610, "num_cpus": 2, "sys_load": 3.5,
         "free_mem": 512, "max_mem": 1024, "pojo_mem": 5, "mem_value_size": 7, "swap_mem": 0,
         "free_disk": 9, "max_disk": 10, "rpcs_active": 0, "open_fds": 200},
        {"h2o": "localhost/127.0.0.1:54343", "ip_port": "127.0.0.1:54343", "healthy": False,
         "last_ping": 1795327201891, "pid": 25611},
    ],
}  # fmt: skip
JOBS = {
    "__meta": {"schema_name": "JobsV3"},
    "jobs": [
        {"key": {"name": "$0301"}, "description": "GBM", "status": "FAILED", "progress": 0.5,
         "msec": 40_000, "start_time": 1795327281891, "dest": {"name": "m"},
         "exception": "DistributedException from localhost/127.0.0.1:54343: 'Java heap space'",
         "stacktrace": "java.lang.OutOfMemoryError: Java heap space\n\tat hex.tree.A.b(A.java:1)"},
    ],
}  # fmt: skip
ERROR = {
    "__meta": {"schema_name": "H2OErrorV3"},
    "timestamp": 1795327281891, "error_url": "/3/Parse", "msg": "\n\nERROR MESSAGE:\n\nbad file\n",
    "http_status": 412, "exception_type": "water.exceptions.H2OIllegalArgumentException",
    "stacktrace": ["water.exceptions.H2OIllegalArgumentException: bad", " water.A.b(A.java:1)"],
}  # fmt: skip
DOCUMENTS: dict[str, dict[str, Any]] = {"cloud.json": CLOUD, "jobs.json": JOBS, "error.json": ERROR}


@cache
def rulebook() -> RuleBook:
    return load_rulebook()


def survive(files: dict[str, bytes]) -> Analysis:
    """All of the pipeline, in bounded time, with the same outcome twice."""
    begin = time.monotonic()
    analysis = examine(bundle_of_texts(files), rulebook())
    assert time.monotonic() - begin < SECONDS
    assert msgspec.json.encode(analysis.case) is not None
    for table in analysis.tables.values():
        assert table.rows() is not None
    return analysis


def cut(data: bytes, at: int, _: int) -> bytes:
    return data[: at % (len(data) + 1)]


def behead(data: bytes, at: int, _: int) -> bytes:
    return data[at % (len(data) + 1) :]


def flip(data: bytes, at: int, by: int) -> bytes:
    changed = bytearray(data)
    for step in range(1 + by % 40):
        place = (at * (step + 1) * 7919) % max(1, len(changed))
        if changed:
            changed[place] ^= 1 + (by + step) % 255
    return bytes(changed)


def drop_lines(data: bytes, at: int, by: int) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(line for n, line in enumerate(lines) if (n * 31 + at) % (2 + by % 9))


def shuffle_lines(data: bytes, at: int, by: int) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(sorted(lines, key=lambda line: hash_of(bytes(line), at * 257 + by)))


def hash_of(line: bytes, salt: int) -> int:
    value = salt
    for byte in line[:200]:
        value = (value * 16_777_619 ^ byte) & 0xFFFFFFFF
    return value


def repeat(data: bytes, at: int, by: int) -> bytes:
    begin = at % (len(data) + 1)
    return data[:begin] + data[begin : begin + by % 3000] * (2 + by % 7) + data[begin:]


JUNK = (
    b"\0" * 500, b"\xff\xfe", b"9" * 400, "٣²".encode(), b"((((((((", b"\r", b"\r\n\r\n",
    b"\x0b\x0c\x1c",
    "\u2028\u2029\x85".encode(), b"a." * 3000, b", caused by " * 50, b"02-30 24:61:61.999 ",
    b"\n \n \n",
    b"OutOfMemoryError" * 300, b"1.1.1.1:1/" * 200, b"\xed\xa0\x80", b"[" * 300, b'{"a":',
)  # fmt: skip


def strew(data: bytes, at: int, by: int) -> bytes:
    junk = JUNK[by % len(JUNK)]
    for step in range(1, 6):
        place = (at * step * 104_729) % (len(data) + 1)
        data = data[:place] + junk + data[place:]
    return data


def overwrite_digits(data: bytes, at: int, by: int) -> bytes:
    big = (b"9" * (by % 30 + 1), "٣".encode(), b"0", b"-1", b"1e999")[at % 5]
    out, step = bytearray(), 0
    for byte in data:
        digit = 48 <= byte <= 57
        step += digit
        out += big if digit and (step * 31 + at) % 67 == 0 else bytes((byte,))
    return bytes(out)


Damage = Callable[[bytes, int, int], bytes]
DAMAGES: tuple[Damage, ...] = (
    cut, behead, flip, drop_lines, shuffle_lines, repeat, strew, overwrite_digits,
)  # fmt: skip
BROKEN = st.lists(
    st.tuples(st.sampled_from(DAMAGES), st.integers(0, 2**31), st.integers(0, 2**15)),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25)
@pytest.mark.parametrize("name", TEXTS)
@given(damages=BROKEN)
def test_damaged_text(name: str, damages: list[tuple[Damage, int, int]]) -> None:
    data = (DATA / name).read_bytes()
    for damage, at, by in damages:
        data = damage(data, at, by)[:200_000]
    analysis = survive({f"a/{name}": data})
    if b"\0" in data and analysis.case.artifacts and analysis.case.artifacts[0].state == "read":
        assert any(problem.code in {"bad_text", "hole"} for problem in analysis.case.problems)


@settings(max_examples=15)
@given(damages=BROKEN, order=st.permutations(TEXTS))
def test_damaged_cases(damages: list[tuple[Damage, int, int]], order: list[str]) -> None:
    files = {f"n{at % 3}/{name}": (DATA / name).read_bytes() for at, name in enumerate(order)}
    for (damage, at, by), path in zip(damages, files, strict=False):
        files[path] = damage(files[path], at, by)[:200_000]
    survive(files)


@settings(max_examples=40)
@pytest.mark.parametrize("name", DOCUMENTS)
@given(damages=BROKEN)
def test_damaged_json(name: str, damages: list[tuple[Damage, int, int]]) -> None:
    data = json.dumps(DOCUMENTS[name], indent=1).encode()
    for damage, at, by in damages:
        data = damage(data, at, by)
    survive({name: data})


def test_json_that_is_cut_is_named() -> None:
    data = json.dumps(CLOUD).encode()
    for at in range(30, len(data) - 1, 37):
        analysis = survive({"cloud.json": data[:at]})
        assert [problem.code for problem in analysis.case.problems] == ["bad_json"]
        assert analysis.case.artifacts[0].state == "refused"


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((0, -1, 2**31, 2**40, 2**53, 2**62, 2**63, 2**64, 10**40, -(2**63), 1e308)),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(("", " ", "\n", "\u2028", "x" * 30_000, "²", "-", "DistributedException: ")),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: [[[{"a": None}]]]),
)


def paths_of(value: object, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [prefix] if prefix else []
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        found += paths_of(inner, (*prefix, key))
    return found


@settings(max_examples=150)
@given(data=st.data())
@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_with_other_types(name: str, data: st.DataObject) -> None:
    document = json.loads(json.dumps(DOCUMENTS[name]))
    paths = data.draw(st.lists(st.sampled_from(paths_of(document)), min_size=1, max_size=3))
    for path in paths:
        holder: Any = document
        for key in path[:-1]:
            try:
                holder = holder[key]
            except (KeyError, IndexError, TypeError):
                break
        else:
            if isinstance(holder, dict) and isinstance(path[-1], str):
                holder[path[-1]] = data.draw(ODD)
            elif isinstance(holder, list) and isinstance(path[-1], int) and holder:
                holder[path[-1] % len(holder)] = data.draw(ODD)
    survive({name: json.dumps(document).encode()})


def test_deep_json_is_refused_not_followed() -> None:
    analysis = survive({"deep.json": b'{"a":' * 100_000 + b"1" + b"}" * 100_000})
    assert [problem.code for problem in analysis.case.problems] == ["bad_json"]


HEAD = b"11-22 06:01:46.386 127.0.0.1:54321       12528        main ERROR water.default: "


@pytest.mark.parametrize(
    "text",
    (
        HEAD + b"Got IO error when sending a batch of bytes: " * 60_000,
        HEAD + b"\n" + b"java.lang.OutOfMemoryError: Java heap space " * 60_000,
        HEAD + b"java.lang.Exception: " + b"a" * 2_000_000,
        HEAD + b"java.lang.Exception: " + b"1" * 2_000_000,
        HEAD + b"java.lang.Exception: " + b"1.2.3.4:5/" * 100_000,
        (HEAD + b"\n") + b"java.lang.OutOfMemoryError\n" * 40_000,
        HEAD + b"Cloud of size 1 formed [" + b"a, " * 200_000 + b"]\n",
        b"".join(HEAD + bytes((97 + n % 26, 97 + n // 26 % 26)) + b" x\n" for n in range(9000)),
        b"a.b." * 500_000,
        b"\tat " * 500_000,
    ),
    ids=("anchors", "raw", "message", "digits", "nodes", "lines", "members", "few", "dots", "tabs"),
)  # fmt: skip
def test_hostile_text_ends(text: bytes) -> None:
    survive({"node/a.log": text})
