"""UTF-16, as PowerShell's `>` writes it, is read like any other text."""

from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers.identify import utf16_of

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]


@pytest.mark.parametrize("codec", ("utf-16", "utf-16-le", "utf-16-be"))
def test_it_is_read(line: Line, read: Read, codec: str) -> None:
    text = line("06:00:00.000", "Grüße") + line("06:00:01.000", "Lücke")
    case = read({"a.log": text.encode(codec), "b.log": "x\n"}).case
    found = next(one for one in case.artifacts if one.path == "a.log")
    assert (found.kind, found.state, found.lines) == ("h2o_log", "read", 2)
    assert found.bytes == len(text.encode(codec))
    assert case.problems == ()


@pytest.mark.parametrize(
    "head", (b"", b"plain text", b"\0" * 4096, b"\x7fELF\0\0\0\0" * 64, b"a\0" * 4)
)
def test_other_bytes_are_none(head: bytes) -> None:
    assert utf16_of(head) is None
