import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from h2o_forensics.batch import frames
from h2o_forensics.batch.frames import (
    Answer,
    BadFrameError,
    Job,
    Noted,
    Ready,
    read_message,
    write_message,
)
from h2o_forensics.model.catalog import RunOutcome
from tests.batch_faults import ENTRY, task

ROOT = Path(__file__).parents[3]


@contextmanager
def worker(complaints: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with (
        Path(complaints or os.devnull).open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "h2o_forensics.batch.worker", ENTRY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=ROOT,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[bytes]) -> frames.Message | None:
    assert process.stdout is not None
    return read_message(process.stdout)


def order(process: subprocess.Popen[bytes], name: str, limit_s: float | None = None) -> None:
    assert process.stdin is not None
    write_message(process.stdin, Job(task(name), limit_s))


def answer(process: subprocess.Popen[bytes]) -> RunOutcome:
    assert isinstance(told(process), Noted)
    message = told(process)
    assert isinstance(message, Answer)
    return message.outcome


def test_messages_come_as_they_were_sent() -> None:
    buffer = io.BytesIO()
    name = os.fsdecode(b"caf\xe9")
    outcome = RunOutcome("analyze", name, result=b"\0\xff", rows={"runs": [{"n": 1, "x": None}]})
    sent: list[frames.Message] = [
        Ready(),
        Job(task("a", 1.5), 3.25),
        Noted("ab"),
        Answer(outcome),
        Job(task(name), None),
    ]
    for message in sent:
        write_message(buffer, message)
    buffer.seek(0)
    assert [read_message(buffer) for _ in sent] == sent
    assert read_message(buffer) is None


def test_a_message_that_was_cut_is_none() -> None:
    buffer = io.BytesIO()
    write_message(buffer, Noted("abc"))
    whole = buffer.getvalue()
    assert {read_message(io.BytesIO(whole[:cut])) for cut in range(len(whole))} == {None}


@pytest.mark.parametrize(
    "data", (b"x" * 40, b"h2ofm\0\0\0\0\0\0\0\2{}", b"h2ofj\0\0\0\0\0\0\0\2[]")
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrameError):
        read_message(io.BytesIO(data))


def test_a_length_no_message_has_is_refused() -> None:
    with pytest.raises(BadFrameError):
        read_message(io.BytesIO(b"h2ofm" + b"\xff" * 8))


def test_it_answers_one_task_after_the_other_whatever_is_printed() -> None:
    with worker() as process:
        assert told(process) == Ready()
        for name in ("fine-1", "rubbish-1", "fault-1", "fine-2"):
            order(process, name)
            assert answer(process).location == f"/archive/{name}"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_is_for_the_parent() -> None:
    with worker() as process:
        assert told(process) == Ready()
        order(process, "nap-0.5")
        process.send_signal(signal.SIGINT)
        assert answer(process).status == "analyzed"


def test_it_ends_at_once_when_nobody_holds_the_other_end() -> None:
    with worker() as process:
        assert told(process) == Ready()
        order(process, "hang-1")
        assert isinstance(told(process), Noted)
        began = time.monotonic()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(5)
        assert time.monotonic() - began < 3


def test_it_ends_itself_where_nobody_else_does(tmp_path: Path) -> None:
    """The parent may be gone, and C hold the interpreter's lock."""
    complaints = tmp_path / "stderr"
    with worker(complaints) as process:
        assert told(process) == Ready()
        order(process, "spin-1", limit_s=0.5)
        assert isinstance(told(process), Noted)
        assert process.wait(10) == 1
    assert b"in spin" in complaints.read_bytes()
