"""What H2O's lines arrive wrapped in, and the parts that are taken out of it."""

import io
import json
from collections.abc import Callable
from typing import NamedTuple

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers.identify import identify
from h2o_forensics.readers.layouts import Part, Peekable, TextStream, unwrapped

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
STAMP = "2026-11-22T06:00:00.123456789Z"
RECORD = "11-22 06:00:00.123 127.0.0.1:54321       12528        main  INFO water.default: "


class Seen(NamedTuple):
    label: str
    group: str
    lines: list[str]
    places: list[int]
    kind: str | None
    rewritten: bool
    stamps: int


def parts(text: str, *, document: bool = False) -> list[Seen]:
    stream = TextStream(io.BytesIO(text.encode()), as_given=document)
    whole = Part(
        Peekable(stream), reopen=lambda: TextStream(io.BytesIO(text.encode()), as_given=document)
    )
    seen = []
    for part in unwrapped(whole):
        data = b""
        while piece := part.stream.read(1000):
            data += piece
        lines = data.decode().removesuffix("\n").split("\n")
        found = part.source_lines(range(1, len(lines) + 1))
        places = [found[number] for number in sorted(found)]
        seen.append(
            Seen(part.label, part.group, lines, places, part.kind, part.rewritten, len(part.stamps))
        )
    return seen


def test_a_plain_text_is_its_only_part() -> None:
    text = RECORD + "one\n\tat x\n" + RECORD + "two\n"
    (part,) = parts(text)
    assert (part.label, part.lines, part.places) == ("", text[:-1].split("\n"), [1, 2, 3])
    assert not part.rewritten


HADOOP_2 = """

Container: container_e01_1795_0001_01_000002 on host7_45454
===========================================================
LogType:stderr
Log Upload Time:Sun Nov 22 05:46:31 +0000 2026
LogLength:4
Log Contents:
one
End of LogType:stderr

LogType:stdout
Log Upload Time:Sun Nov 22 05:46:31 +0000 2026
LogLength:11
Log Contents:
two
no end hereEnd of LogType:stdout


Container: container_e01_1795_0001_01_000003 on host8_45454
===========================================================
LogType:stdout
Log Upload Time:Sun Nov 22 05:46:31 +0000 2026
LogLength:5
Log Contents:
three
End of LogType:stdout
"""
HADOOP_3 = """26/11/22 05:46:31 INFO client.RMProxy: Connecting to ResourceManager at /0.0.0.0:8032
Container: container_1795_0001_01_000002 on host7:45454_1795326009679
LogAggregationType: AGGREGATED
=====================================================================
LogType:stdout
LogLastModifiedTime:Sun Nov 22 05:46:31 +0000 2026
LogLength:4
LogContents:
a line with End of LogType:stderr in it

End of LogType:stdout
*********************************************************************

Container: container_1795_0001_01_000003 on host8:45454_1795326009679
LogAggregationType: LOCAL
=====================================================================
LogType:stdout
LogLastModifiedTime:Sun Nov 22 05:46:31 +0000 2026
LogLength:4
LogContents:
three
End of LogType:stdout.This log file belongs to a running container (container_1795_0001_01_000003)
and so may not be complete.
*********************************************************************
"""


def test_yarn_of_hadoop_2() -> None:
    first, second, third = parts(HADOOP_2)
    assert first.label == "container_e01_1795_0001_01_000002 on host7: stderr"
    assert (first.lines, first.places, first.rewritten) == (["one"], [9], False)
    assert (second.lines, second.places) == (["two", "no end here"], [16, 17])
    assert first.group == second.group != third.group
    assert (third.lines, third.places) == (["three"], [26])


def test_yarn_of_hadoop_3() -> None:
    around, first, second, *_ = parts(HADOOP_3)
    assert around.lines[0].endswith("/0.0.0.0:8032")
    assert first.label == "container_1795_0001_01_000002 on host7: stdout"
    assert first.lines == ["a line with End of LogType:stderr in it", ""]
    assert (second.lines, second.places) == (["three"], [21])


@pytest.mark.parametrize("stamp", (STAMP, "2026-11-22T06:00:00.1+00:00", "2026-11-22T06:00:00Z"))
def test_kubectl_timestamps(stamp: str) -> None:
    (part,) = parts(f"{stamp} {RECORD}one\n{stamp} \n{stamp} \tat x\n")
    assert part.lines == [RECORD + "one", "", "\tat x"]
    assert (part.places, part.rewritten, part.stamps) == ([1, 2, 3], True, 3)


def test_stamps_of_log4j_are_its_own() -> None:
    text = f"{STAMP} main INFO Starting configuration\n{STAMP} main DEBUG Apache Log4j Core\n"
    assert not parts(text)[0].rewritten


def test_pods_are_taken_apart() -> None:
    text = "".join(f"[pod/h2o-{number % 2}/h2o] {STAMP} {RECORD}{number}\n" for number in range(6))
    first, second = parts(text)
    assert (first.label, second.label) == ("pod/h2o-0/h2o", "pod/h2o-1/h2o")
    assert first.lines == [f"{RECORD}{number}" for number in (0, 2, 4)]
    assert (first.places, second.places) == ([1, 3, 5], [2, 4, 6])


def test_a_text_too_large_to_hold_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.readers.layouts.keyed.HELD_BYTES", 100)
    text = "".join(f"[pod/h2o-{number % 3}/h2o] {RECORD}{number}\n" for number in range(9))
    found = parts(text)
    assert [part.lines for part in found] == [
        [f"{RECORD}{number}" for number in range(first, 9, 3)] for first in range(3)
    ]
    assert found[2].places == [3, 6, 9]


def test_docker_compose() -> None:
    first, second = parts(f"h2o-1   | {RECORD}a\nother-1 | {RECORD}b\nh2o-1   | {RECORD}c\n")
    assert (first.label, first.places, second.lines) == ("h2o-1", [1, 3], [RECORD + "b"])


def test_a_table_is_no_compose_log() -> None:
    assert not parts("name | value\nx | 1\ny | 2\n")[0].rewritten


def test_cri_joins_pieces() -> None:
    text = (
        f"{STAMP} stdout F {RECORD}one\n{STAMP} stdout P {RECORD}long\n"
        f"{STAMP} stderr F between\n{STAMP} stdout F  line\n{STAMP} stdout F last\n"
    )
    (part,) = parts(text)
    assert part.lines == [RECORD + "one", "between", RECORD + "long line", "last"]
    assert part.places == [1, 3, 2, 5]


def test_docker_json() -> None:
    def entry(log: str) -> str:
        return json.dumps({"log": log, "stream": "stdout", "time": STAMP}) + "\n"

    text = (
        entry(RECORD + "one\n")
        + entry("lo")
        + entry("ng\n")
        + entry("a\rb\n")
        + entry("\x1b[1mc\n")
    )
    (part,) = parts(text, document=True)
    assert part.lines == [RECORD + "one", "long", "a", "b", "c"]
    assert part.places == [1, 2, 4, 4, 5]


LOST = "26/11/22 07:39:08 ERROR TaskSchedulerImpl: Lost executor 0"
BAR = "gbm Model Build progress: |██"


def test_docker_json_with_a_record_behind_a_progress_bar() -> None:
    logs = ("one\n", BAR, LOST + "\n", f"[Stage 0:> (0 + 1) / 2]{LOST}\n", "last\n")
    text = "".join(
        json.dumps({"log": log, "stream": "stderr", "time": STAMP}, ensure_ascii=False) + "\n"
        for log in logs
    )
    (part,) = parts(text, document=True)
    assert part.lines == ["one", BAR, LOST, "[Stage 0:> (0 + 1) / 2]", LOST, "last"]
    assert part.places == [1, 2, 2, 4, 4, 5]


def test_journal_as_json_with_a_record_behind_a_progress_bar() -> None:
    def entry(message: str) -> str:
        return json.dumps({"__REALTIME_TIMESTAMP": "1", "MESSAGE": message}) + "\n"

    (part,) = parts(entry("one") + entry(BAR + LOST) + entry("last"), document=True)
    assert part.lines == ["one", BAR, LOST, "last"]
    assert part.places == [1, 2, 2, 3]


@pytest.mark.parametrize(
    "stamp",
    (
        "Nov 22 06:00:00", "Nov  2 06:00:00.123456", "2026-11-22T06:00:00+0000",
        "2026-11-22T06:00:00.123456+00:00", "Sun 2026-11-22 06:00:00 UTC", "<14>Nov 22 06:00:00",
    ),
)  # fmt: skip
def test_journal_as_text(stamp: str) -> None:
    text = (
        f"{stamp} host7 java[123]: {RECORD}one\n{stamp} host7 kernel: Out of memory\n"
        f"{stamp} host7 systemd[1]: h2o.service: Failed\n{stamp} host7 java[123]: \tat x\n"
    )
    found = {part.label: part for part in parts("-- Logs begin at Sun --\n" + text)}
    assert found["java[123] on host7"].lines[1:] == [RECORD + "one", "\tat x"]
    assert found["java[123] on host7"].places == [1, 2, 5]
    assert found["kernel on host7"].kind == "kernel_log"
    assert found["systemd[1] on host7"].lines == ["h2o.service: Failed"]


def test_rfc_5424() -> None:
    (part,) = parts(f"<14>1 {STAMP} host7 h2o 123 - - {RECORD}one\n" * 3)
    assert part.lines == [RECORD + "one"] * 3


def test_a_kernels_log_stays_as_it_is() -> None:
    assert not parts("Nov 22 06:00:00 host7 kernel: Out of memory\n" * 4)[0].rewritten


def test_journal_as_json() -> None:
    def entry(message: object, pid: str) -> str:
        fields = {"MESSAGE": message, "_PID": pid, "SYSLOG_IDENTIFIER": "java",
                  "_HOSTNAME": "host7", "__REALTIME_TIMESTAMP": "1795327200123456"}  # fmt: skip
        return json.dumps(fields) + "\n"

    text = entry(RECORD + "one", "1") + entry("x", "2") + entry(list(b"two\nthree"), "1")
    first, second = parts(text, document=True)
    assert (first.lines, first.places) == ([RECORD + "one", "two", "three"], [1, 3, 3])
    assert second.label == "java[2] on host7"


def test_log_download_as_one_text() -> None:
    folder = "h2ologs_20261122_054632"
    heads = [
        f"{folder}/node{at}_10.0.0.{at}_54321/x.log (Sun Nov 22 05:46:31 UTC 2026):"
        for at in (0, 1)
    ]
    text = "".join(f"\n{head}\n{'=' * len(head)}\n{RECORD}{head[:3]}\nunended" for head in heads)
    first, second = parts(text)
    assert first.lines == [RECORD + "h2o", "unended"]
    assert (first.places, second.places) == ([4, 5], [8, 9])
    assert first.group == "node0_10.0.0.0_54321"


def test_a_paste_is_cut() -> None:
    text = (
        f"it died\n{RECORD}one\n\tat x\n[ 3614.252651] Out of memory: Killed process 7 (java)\n"
        f"{STAMP} {RECORD}two\n{STAMP} \tat y\n"
        "Traceback (most recent call last):\n  File\nError: x\n"
        "[0.1s][info][gc] GC(1) Pause Full 1M->1M(2M) 1.0ms\n[0.2s][info][gc] GC(2) Pause Full 1M\n"
    )
    found = parts(text)
    assert [part.places[0] for part in found] == [1, 4, 5, 7, 10]
    kinds = [identify("\n".join(part.lines).encode()) for part in found]
    assert kinds == ["h2o_log", "kernel_log", "h2o_log", "console", "gc_log"]
    assert found[2].lines == [RECORD + "two", "\tat y"]


def test_what_a_process_mixes_stays_together() -> None:
    text = (
        f"{STAMP} main INFO Starting configuration\n{RECORD}one\n"
        "[0.1s][info][gc] GC(1) Pause Full 1M->1M(2M) 1.0ms\n"
        f"{RECORD}two\nTraceback (most recent call last):\n  File\nError: x\n"
    )
    assert len(parts(text)) == 1


def test_a_node_of_each_container(line: Line, read: Read) -> None:
    pieces = []
    for number in (1, 2):
        node = f"10.0.0.{number}:54321"
        pieces.append(
            f"Container: container_1_1_01_00000{number} on host{number}_45454\n====\n"
            f"LogType:stderr\nLogLength:9\nLog Contents:\noh no\nEnd of LogType:stderr\n\n"
            f"LogType:stdout\nLogLength:9\nLog Contents:\n"
            + line("06:00:00.000", "text", node=node)
            + "End of LogType:stdout\n\n"
        )
    case = read({"app.log": "".join(pieces)}).case
    owners = [(one.part.split(": ")[-1], one.node) for one in case.artifacts]
    assert owners == [
        ("stderr", "10.0.0.1:54321"), ("stdout", "10.0.0.1:54321"),
        ("stderr", "10.0.0.2:54321"), ("stdout", "10.0.0.2:54321"),
    ]  # fmt: skip


def test_lines_of_tables_are_those_of_the_file(line: Line, read: Read) -> None:
    records = [line("06:00:00.000", "fine"), line("06:00:01.000", "bad", "WARN")]
    text = "".join(f"[pod/a/h2o] {one}[pod/b/h2o] {one}" for one in records)
    warnings = read({"pods.log": text}).tables["warnings"]
    assert warnings["line"].to_list() == [3]


def test_a_log_that_was_emptied_while_it_was_written(line: Line, read: Read) -> None:
    data = b"\0" * 400_000 + line("06:00:00.000", "text").encode()
    case = read({"a.log": data}).case
    assert [(one.kind, one.lines, one.bytes) for one in case.artifacts] == [
        ("h2o_log", 1, len(data))
    ]
    assert [problem.code for problem in case.problems] == ["bad_text"]


@pytest.mark.parametrize(
    ("size", "code"), ((4095, "bad_text"), (4096, "hole"), (9_000_000, "hole"))
)
def test_records_are_missing_where_a_block_was_never_written(
    line: Line, read: Read, size: int, code: str
) -> None:
    data = line("06:00:00.000", "text").encode() + b"\0" * size
    for log in (data, data + line("06:00:01.000", "text").encode()):
        assert [problem.code for problem in read({"a.log": log}).case.problems] == [code]


def test_frames_of_old_versions_are_bare() -> None:
    head = "05-06 17:12:15.610 172.16.2.179:54321    #3456 FJ-1-3    ERRR: "
    lines = ["java.lang.OutOfMemoryError: x", "\tat water.A.b(A.java:1)", "Caused by: y"]
    text = "".join(f"{head}{line}\n" for line in lines)
    (part,) = parts(text)
    assert part.lines == [
        head + "java.lang.OutOfMemoryError: x", "\tat water.A.b(A.java:1)", "Caused by: y"
    ]  # fmt: skip
    assert part.places == [1, 2, 3]


@pytest.mark.parametrize("mixed", (False, True))
def test_nodes_of_one_file_are_taken_apart(line: Line, read: Read, *, mixed: bool) -> None:
    records = [
        line(f"06:00:{at:02d}.000", f"text\n\tat frame{number}", node=f"10.0.0.{number}:54321")
        for number in (1, 2) for at in range(3)
    ]  # fmt: skip
    if mixed:
        records.sort()
    case = read({"all.log": "".join(records)}).case
    found = [(one.node, one.part, one.lines, one.rewritten) for one in case.artifacts]
    assert found == [(f"10.0.0.{n}:54321", f"10.0.0.{n}:54321", 6, False) for n in (1, 2)]


def test_a_second_node_far_down_is_seen(line: Line, read: Read) -> None:
    text = "".join(
        line("06:00:00.000", "x" * 500, node=node) * 1000 for node in ("1.1.1.1:1", "2.2.2.2:2")
    )
    case = read({"all.log": text}).case
    assert [(one.id, one.node, one.lines) for one in case.artifacts] == [
        ("A1", "1.1.1.1:1", 1000), ("A2", "2.2.2.2:2", 1000)
    ]  # fmt: skip
