"""Seeded damage to bytes: what disks, editors, half downloads and malice do to evidence."""

import random
from collections.abc import Callable, Sequence

_TOKENS = (
    b"\0", b"\r", b"\r\n", b"\n\n\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"\x1b[31m",
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd",
    b"ustar\x0000", b'{"log":"', b'{"', b"[[[[[[", b"}}}}", b"null", b"NaN", b"1e999",
    b"99999999999999999999", b"-1", b"02-30 25:61:61.999 ", b"12-31 23:59:59.999 ",
    b"2026-11-22T07:42:36.083123456Z stdout F ", b"Container: container_1_0001_01_000001 on h_1\n",
    b"LogType:stdout\nLogLength:99999999\nLog Contents:\n", b"End of LogType:stdout\n",
    b"Nov 22 07:42:36 host java[1]: ", b"Traceback (most recent call last):\n",
    b"\tat a.b.c(D:1)\n",
    b"Caused by: ", b"GC(1) Pause Full ", b"</script><img src=x onerror=alert(1)>",
    b"../../etc/passwd",
    b"ERROR water.default: ", b"#12345678901234567890123", b"127.0.0.1:54321 ", b"::1:54321 ",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _span(rng: random.Random, data: bytes, most: int) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randrange(1, most))


def _flip(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _n in range(rng.randrange(1, 9)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data, 400)
    return data[:start] + data[end:]


def _head_or_tail(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] if rng.random() < 0.5 else data[at:]


def _repeat(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data, 200)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50, 300)) + data[end:]


def _token(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    for _n in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(_TOKENS) * rng.choice((1, 1, 1, 2, 40)) + data[at:]
    return data


def _splice(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    start, end = _span(rng, other, 600)
    at = rng.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


def _lines(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return rng.choice((b"\n", b"\n", b"\r\n", b"\r", b"\n\n", b"")).join(lines)


def _long_line(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    filler = rng.choice((b"a", b" ", b"(", b"\\", b"[", b"=", b"\t", b"1", b"\xf0\x9f\x98\x80"))
    return data[:at] + filler * rng.choice((1_000, 20_000, 100_000)) + data[at:]


def _digits(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    numbers = bytes(rng.choice(b"0123456789") if 48 <= c <= 57 else c for c in data[at : at + 60])
    return data[:at] + numbers + data[at + 60 :]


_COMMON: tuple[Mutation, ...] = (
    _flip, _cut, _head_or_tail, _repeat, _token, _splice, _lines, _digits,
)  # fmt: skip


def mutate(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One damaged copy of one of the seeds: one to four kinds of damage, rarely a long line."""
    data = rng.choice(seeds)
    for _ in range(rng.randrange(1, 5)):
        how = _long_line if rng.random() < 0.01 else rng.choice(_COMMON)
        data = how(rng, data, seeds)
    return data
