"""JSON as it is found: whole, cut short, or with the NaN that JSON does not have.

A cut document is closed after its last complete value.  All work is linear in the bytes given.
"""

from __future__ import annotations

import json
import re

import msgspec

DEPTH = 200
"""Of a document that has to be closed; of a whole one the decoders' own limit holds."""
VALUES = 6_000_000
"""Commas and brackets.  Measured: 0.06 to 0.08 a byte in models, up to 0.31 in frames, so this is
some 78 MB of models or 18 MB of a frame; what it lets through took 500 MB of memory at worst."""
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_CLOSING = {"{": "}", "[": "]"}
_NUMBER = "0123456789+-.eE"


def decode(data: bytes) -> tuple[object, bool]:
    """Decode a document.

    Args:
        data: its bytes, at most what the caller wants in memory; a byte order mark may stand first.

    Returns:
        The document and whether it is whole; of a cut or damaged one, what stood before that.

    Raises:
        ValueError: it is no JSON, or nests too deep, or has more values than memory should hold.
    """
    if values_in(data) > VALUES:
        raise ValueError(f"more than {VALUES} values")
    try:
        return msgspec.json.decode(data), True
    except RecursionError:
        raise ValueError("nested too deep") from None
    except (msgspec.DecodeError, ValueError):
        # It may hold NaN, or text that is no UTF-8, or be cut: the slower decoder tells.
        text = data.decode("utf-8-sig", "replace")
    try:
        return _loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def values_in(data: bytes) -> int:
    """How many values it holds at most; of what is too short for too many, its length."""
    if len(data) <= VALUES:
        return len(data)
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _loads(text: str) -> tuple[object, bool]:
    decoder = json.JSONDecoder(strict=False)
    try:
        return decoder.decode(text), True
    except json.JSONDecodeError as error:
        start = len(text) - len(text.lstrip())
        if text[start : start + 1] not in _CLOSING:
            raise ValueError("no JSON") from None
        if error.msg.startswith("Extra data"):
            return decoder.raw_decode(text, start)[0], False
        before = _complete(text, error)
    if before.strip() in _CLOSING:
        raise ValueError("no JSON")
    return decoder.decode(before + _closing(before)), False


def _complete(text: str, error: json.JSONDecodeError) -> str:
    """What stands before the error, without a value that has begun and a key that has none."""
    end = error.pos
    if error.msg.startswith("Invalid"):  # inside a string
        end = _string_start(text, end)
    before = text[:end].rstrip()
    if error.msg.startswith("Expecting ':'"):
        before = before[: _string_start(before, len(before) - 1)].rstrip()
    elif not text[end:].strip().strip(_NUMBER):  # a number at the end may have lost digits
        before = _without_number(before)
    if before.endswith(":"):
        before = before[:-1].rstrip()
        before = before[: _string_start(before, len(before) - 1)].rstrip()
    return before.removesuffix(",")


def _without_number(text: str) -> str:
    kept = text.rstrip(_NUMBER)
    return kept.rstrip() if text[len(kept) :][:1] not in {"", "e"} else text  # `true` ends so too


def _string_start(text: str, end: int) -> int:
    """Where the string starts that `end` is inside of, or the closing quote of."""
    at = text.rfind('"', 0, end)
    while at > 0 and text[at - 1] == "\\":
        first = at
        while first > 0 and text[first - 1] == "\\":
            first -= 1
        if (at - first) % 2 == 0:
            break
        at = text.rfind('"', 0, first)
    return max(at, 0)


def _closing(text: str) -> str:
    """The brackets that close what is open at the end."""
    brackets = _STRING.sub("", text).encode("utf-8", "replace").translate(None, _NOT_BRACKETS)
    open_ones: list[str] = []
    for bracket in brackets.decode("ascii"):
        if bracket in _CLOSING:
            open_ones.append(bracket)
            if len(open_ones) > DEPTH:
                raise ValueError("nested too deep")
        elif open_ones:
            open_ones.pop()
    return "".join(_CLOSING[bracket] for bracket in reversed(open_ones))
