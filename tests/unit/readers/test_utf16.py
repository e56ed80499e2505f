"""UTF-16, as PowerShell's `>` writes it, is named and refused, never taken for binary."""

from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers.identify import utf16_of

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]


@pytest.mark.parametrize("codec", ("utf-16", "utf-16-le", "utf-16-be"))
def test_it_is_refused_by_name(line: Line, read: Read, codec: str) -> None:
    case = read({"a.log": line("06:00:00.000", "Grüße").encode(codec), "b.log": "x\n"}).case
    refused = next(one for one in case.artifacts if one.path == "a.log")
    assert (refused.kind, refused.state) == ("h2o_log", "refused")
    (problem,) = case.problems
    assert (problem.artifact, problem.code) == ("a.log", "encoding")
    assert "iconv -f utf-16 -t utf-8" in problem.message


@pytest.mark.parametrize(
    "head", (b"", b"plain text", b"\0" * 4096, b"\x7fELF\0\0\0\0" * 64, b"a\0" * 4)
)
def test_other_bytes_are_none(head: bytes) -> None:
    assert utf16_of(head) is None
