"""Texts of very many parts: bounded work, and nothing is lost."""

import io
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers.layouts import (
    Part,
    Peekable,
    journal_json,
    paste,
    sections,
    unwrapped,
    yarn,
)
from h2o_forensics.readers.layouts import parts as layout_parts
from h2o_forensics.readers.layouts.streams import Generated

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
RECORD = "11-22 06:00:00.123 127.0.0.1:54321       12528        main  INFO water.default: "
HEAD = "LogType:stdout\nLogLength:1\nLog Contents:\n"


def container(number: int, text: str) -> str:
    return (
        f"Container: container_e01_1_0001_01_{number:06} on host{number}_45454\n====\n{HEAD}{text}"
    )


def read(text: str) -> list[tuple[str, list[str], list[int], bool]]:
    found = []
    for part in unwrapped(Part(Peekable(io.BytesIO(text.encode())))):
        data = b""
        while piece := part.stream.read(1000):
            data += piece
        lines = data.decode().removesuffix("\n").split("\n")
        places = part.source_lines(range(1, len(lines) + 1))
        found.append((part.label, lines, [places[at] for at in sorted(places)], part.together))
    return found


def test_after_many_sections_the_rest_is_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "MAX_PARTS", 3)
    monkeypatch.setattr(layout_parts, "MAX_PARTS", 3)
    text = "".join(container(number, f"{RECORD}{number}\n\tat x") + "\n" for number in range(6))
    found = read(text)
    assert [(label, together) for label, _, _, together in found[2:]] == [
        ("container_e01_1_0001_01_000002 on host2: stdout", False),
        ("others", True),
    ]
    _, lines, places, _ = found[-1]
    source = text.split("\n")
    assert [source[place - 1] for place in places] == lines
    assert [line for line in lines if line.startswith("11-22")] == [
        f"{RECORD}{n}" for n in (3, 4, 5)
    ]


def test_sections_that_do_not_end_a_line_are_not_glued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "MAX_PARTS", 1)
    events: Iterator[sections.Begin | bytes] = iter(
        [
            sections.Begin(1, "a"),
            b"one\n",
            sections.Begin(5, "b"),
            b"two\nth",
            b"ree",
            sections.Begin(9, "c"),
            sections.Begin(12, "d"),
            b"four",
        ]
    )
    whole = Part(Peekable(io.BytesIO(b"")))
    texts = []
    for part in sections.parts_of_sections(whole, events):
        data = part.stream.read(100)
        while piece := part.stream.read(100):
            data += piece
        texts.append((data, part.source_lines((1, 2, 3)) if part.together else {}))
    assert texts == [(b"one\n", {}), (b"two\nthree\nfour", {1: 5, 2: 6, 3: 12})]


def test_parts_of_parts_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_parts, "MAX_PARTS", 10)
    pods = "".join(f"[pod/h2o-{n}/h2o] {RECORD}x\n" for n in range(20))
    found = read("".join(container(number, pods) for number in range(5)))
    assert len(found) == 20 + 4
    assert [together for *_, together in found].count(True) == 4


def test_too_many_parts_are_a_problem(
    line: Line, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "MAX_PARTS", 3)
    text = "".join(container(number, line("06:00:00.123", "one")) for number in range(6))
    evidence = read({"yarn.log": text})
    assert [p.code for p in evidence.case.problems] == ["too_many_parts"]
    assert len(evidence.case.artifacts) == 4


def test_heads_alone_are_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: Counter[str] = Counter()

    class Mark:
        @staticmethod
        def finditer(block: bytes, at: int) -> object:
            looks["searches"] += 1
            for match in real.finditer(block, at):
                looks["matches"] += 1
                yield match

    real = yarn._MARK
    monkeypatch.setattr(yarn, "_MARK", Mark)
    many = 3000
    found = list(unwrapped(Part(Peekable(io.BytesIO((HEAD * many).encode())))))
    assert len(found) <= sections.MAX_PARTS + 1
    assert looks["searches"] <= many + 1
    assert looks["matches"] <= 2 * many


def test_marks_that_are_none_are_looked_at_once() -> None:
    text = HEAD + "End of LogType:stderr\nLogType:x\nno field\nContainer: container_ on\n" * 500
    ((_, lines, _, _),) = read(text + "End of LogType:stdout\n")
    assert len(lines) == 2000


def paste_of(runs: int) -> str:
    foreign = "[ 1234.567890] oom-killer\n"
    return "".join(f"{RECORD}{number}\n" if number % 2 else foreign for number in range(runs))


def test_a_text_that_changes_its_shape_all_the_time_stays_whole() -> None:
    assert len(read(paste_of(paste.MAX_RUNS))) == paste.MAX_RUNS
    assert len(read(paste_of(paste.MAX_RUNS + 1))) == 1
    early = "".join(f"{RECORD}{number}\n" for number in range(5000))
    late = paste_of(2) + early + paste_of(paste.MAX_RUNS + 1)
    looked: list[int] = []
    stream = io.BytesIO(late.encode())

    def pieces() -> object:
        while piece := stream.read(2**16):
            looked.append(len(piece))
            yield piece

    (part,) = unwrapped(Part(Peekable(Generated(pieces()))))  # type: ignore[arg-type]
    assert part.label == ""
    assert sum(looked) == len(late)


def journal(count: int) -> bytes:
    return b"".join(
        msgspec.json.encode(
            {
                "__REALTIME_TIMESTAMP": f"{1795326156120034 + number}",
                "_HOSTNAME": "host7",
                "SYSLOG_IDENTIFIER": ("java", "sshd")[number % 2],
                "_PID": f"{number % 2}",
                "MESSAGE": f"message {number}",
            }
        )
        + b"\n"
        for number in range(count)
    )


@pytest.mark.parametrize("again", (True, False))
def test_a_journal_too_large_to_hold(monkeypatch: pytest.MonkeyPatch, *, again: bool) -> None:
    monkeypatch.setattr(journal_json, "HELD_BYTES", 1000)
    data = journal(200)
    opened = 0

    def reopen() -> io.BytesIO:
        nonlocal opened
        opened += 1
        return io.BytesIO(data)

    whole = Part(Peekable(io.BytesIO(data)), reopen=reopen if again else None)
    found = {}
    for part in journal_json.unwrap(whole):
        lines = []
        while piece := part.stream.read(10_000):
            lines += piece.decode().splitlines()
        places = part.source_lines(range(1, len(lines) + 1))
        assert [f"message {places[at] - 1}" for at in sorted(places)] == lines
        found[part.label] = (len(lines), part.together)
    if again:
        assert found == {"java[0] on host7": (100, False), "sshd[1] on host7": (100, False)}
        assert opened == 3
    else:
        assert sorted(found) == ["java[0] on host7", "others", "sshd[1] on host7"]
        assert sum(count for count, _ in found.values()) == 200
        assert found["others"][0] > 150
        assert found["others"][1]
