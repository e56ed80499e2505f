"""What kind of evidence a stream is, decided from its content, never from its name."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.gc_shapes import is_gc_log
from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.readers.http_log import HttpLogFormat

if TYPE_CHECKING:
    from h2o_forensics.model.record import RecordFormat

HEAD_BYTES = 256 * 1024
_LINES = 600
_SOURCE_BYTES = 4096
_HS_ERR = re.compile(rb"\A(?:#[^\n]*\n){1,40}")
_KERNEL = re.compile(rb"^\[ *\d+\.\d+\] |^\w{3} +\d+ [\d:]{8} \S+ kernel: ", re.MULTILINE)
_CGROUP = re.compile(
    rb"^(?:nr_periods|nr_throttled|throttled_(?:time|usec)|memory\.\S+|oom_kill|oom_kill_disable"
    rb"|low|high|max) ?\d*",
    re.MULTILINE,
)
_CGROUP_SURE = (b"nr_throttled ", b"oom_kill ", b"memory.limit_in_bytes", b"memory.max")
_SOURCE_CODE = re.compile(
    rb"^(?:import |from \w[\w.]* import |def \w|class \w|#!/|library\(|package )", re.MULTILINE
)
_MODEL_MAGIC = b"\x1c\xed"
_UTF16_BYTES, _UTF16_LEAST, _MOSTLY = 8192, 16, 0.8
_STRANGE = bytes(set(range(ord(" "))) - set(b"\t\n\r\f\b\x1b"))
"""Controls that text does not hold."""


def utf16_of(head: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for text as PowerShell writes it; None: it is none.

    By its mark, else by the NULs that every second byte of plain English is.
    """
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return codec
    sample = head[:_UTF16_BYTES]
    half = len(sample) // 2
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    if half >= _UTF16_LEAST and low > _MOSTLY * half and not high:
        return "utf-16-le"
    if half >= _UTF16_LEAST and high > _MOSTLY * half and not low:
        return "utf-16-be"
    return None


def identify(head: bytes) -> str:
    """One of `model.artifact.KINDS` for the first bytes of a stream."""
    if not head:
        return "empty"
    if head.startswith(_MODEL_MAGIC):
        return "model"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in {b"{", b"["} and _looks_like_json(head):
        return "json"
    if _is_binary(head):
        return "binary"
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str:
    hashes = _HS_ERR.match(head)
    if hashes and (b"Java Runtime Environment" in hashes[0]):
        return "hs_err"
    votes = {"h2o_log": 0, "http_log": 0}
    forms: tuple[RecordFormat, ...] = (H2OLogFormat(), HttpLogFormat())
    at = 0
    for _ in range(_LINES):
        for form in forms:
            votes[form.kind] += form.header(head, at) is not None
        at = head.find(b"\n", at) + 1
        if at <= 0:
            break
    if votes["http_log"] > votes["h2o_log"]:
        return "http_log"
    if votes["h2o_log"]:
        return "h2o_log"
    return _kind_without_records(head)


def _kind_without_records(head: bytes) -> str:
    if _CGROUP.match(head) and any(token in head for token in _CGROUP_SURE):
        return "cgroup"
    if is_gc_log(head):
        return "gc_log"
    if _KERNEL.match(head):
        return "kernel_log"
    return "text" if _SOURCE_CODE.search(head, 0, _SOURCE_BYTES) else "console"


def _looks_like_json(head: bytes) -> bool:
    """`{"` or `[{` and the like; a GC log begins with `[` too."""
    squeezed = bytes(byte for byte in head[:200] if byte not in b" \t\r\n\xef\xbb\xbf")
    return squeezed[:2] in {b'{"', b"{}", b"[{", b"[]", b"[["} or (squeezed[:2] == b'["')


def _is_binary(head: bytes) -> bool:
    sample = head[:8192]
    strange = len(sample) - len(sample.translate(None, _STRANGE))
    return strange > len(sample) // 20 + 1
