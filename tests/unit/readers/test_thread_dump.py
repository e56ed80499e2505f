"""Thread dumps: jstack, kill -3, H2O's own, /3/JStack."""

from pathlib import Path

import msgspec
import pytest

from h2o_forensics.readers import thread_dump
from h2o_forensics.readers.thread_dump import ThreadDumps, read_traces
from h2o_forensics.readers.threads import Dump, dump_row, stuck_since, thread_rows

SAMPLES = Path(__file__).parents[3] / "fixtures" / "samples" / "jvm"


def dumps_of(data: bytes, lines_at_once: int = 10**9) -> list[Dump]:
    lines = data.splitlines(keepends=True)
    reader = ThreadDumps()
    for at in range(0, len(lines), lines_at_once):
        block = b"".join(lines[at : at + lines_at_once])
        reader.read(block + b"".join(lines[at + lines_at_once :][:3]), len(block))
    return reader.close()


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_a_deadlock() -> None:
    (dump,) = dumps_of(sample("jstack_deadlock.txt"))
    row = dump_row(dump)
    assert (row["threads"], row["complete"], row["deadlocked"]) == (27, True, 4)
    assert (row["has_heartbeat"], row["has_tcp_accept"]) == (None, None)  # none of H2O's
    assert row["most_waited_lock"] == "0x00000000ffd199a0 (java.lang.Object)"
    assert (row["most_waited_count"], row["most_waited_holder"]) == (5, 'Worker [1] "x"')
    assert (dump.local, row["line"]) == ("2026-11-22 14:17:53", 2)
    threads = {one["thread"]: one for one in thread_rows(dump)}
    waiting = threads["Worker-2"]
    assert (waiting["state"], waiting["top_frame"]) == ("BLOCKED", "Dead.lock(Dead.java:5)")
    assert (waiting["held_by"], waiting["deadlocked"]) == ('Worker [1] "x"', True)
    own = threads["Own-1"]  # parked for a ReentrantLock: known by `jstack -l` only
    assert (own["held_by"], own["deadlocked"]) == ("Own-2", True)
    assert threads["blocked-0"]["deadlocked"] is False
    assert threads["main"]["waits_for"] is None


def test_kill_3_among_a_programs_lines() -> None:
    (dump,) = dumps_of(sample("stdout_with_dump.txt"))
    row = dump_row(dump)
    assert (row["threads"], row["complete"], row["deadlocked"]) == (27, True, 4)
    assert dump.local == "2026-11-22 14:17:53"


def test_h2os_own_and_kill_3_in_one_log() -> None:
    own, jvms = dumps_of(sample("h2o_stdout_with_dumps.log"))
    row = dump_row(own)
    assert (own.node, row["threads"], row["complete"]) == ("127.0.0.1:61234", 20, True)
    assert (row["has_heartbeat"], row["has_tcp_accept"]) == (True, True)
    assert (row["pool_threads"], row["pool_busy"]) == (1, 0)
    row = dump_row(jvms)
    assert (row["threads"], row["complete"], row["has_heartbeat"]) == (38, True, True)
    assert (jvms.stamp, jvms.local) == (None, "2026-11-22 14:18:44")
    pools = {one["thread"]: one["pool"] for one in thread_rows(jvms)}
    assert (pools["FJ-126-3"], pools["qtp2106165633-13"]) == ("FJ-priority", "HTTP")
    assert (pools["Heartbeat"], pools["Finalizer"]) == ("Heartbeat", None)


@pytest.mark.parametrize("name", ("h2o_stdout_with_dumps.log", "stdout_with_dump.txt"))
@pytest.mark.parametrize("lines", (1, 2, 7, 50))
def test_blocks_make_no_difference(name: str, lines: int) -> None:
    whole, parts = dumps_of(sample(name)), dumps_of(sample(name), lines)
    assert [dump_row(one) for one in parts] == [dump_row(one) for one in whole]
    assert [one.local for one in parts] == [one.local for one in whole]
    assert [list(thread_rows(one)) for one in parts] == [list(thread_rows(one)) for one in whole]


def test_answer_of_jstack() -> None:
    (dump,) = read_traces(msgspec.json.decode(sample("jstack.json")))
    row = dump_row(dump)
    assert (dump.node, dump.at_ms, row["pointer"]) == (
        "127.0.0.1:61234",
        1795357124370,
        "/traces/0",
    )
    assert (row["threads"], row["complete"], row["has_heartbeat"]) == (20, True, True)
    (own, _) = dumps_of(sample("h2o_stdout_with_dumps.log"))
    assert [one["frames"] for one in thread_rows(dump)] == [
        one["frames"] for one in thread_rows(own)
    ]


@pytest.mark.parametrize(
    "document", ({}, {"traces": None}, {"traces": [None, {"thread_traces": [None, 7]}, {}]})
)
def test_other_documents(document: dict[str, object]) -> None:
    assert read_traces(document) == []


def h2o_dump(*names: str, end: str = "JNI global refs: 4, weak refs: 0\n") -> bytes:
    threads = "".join(
        f'"{name}" #2{at} daemon prio=9 os_prio=0 tid=0x7f nid=0x1 runnable\n'
        "   java.lang.Thread.State: RUNNABLE\n\tat a.B.c(B.java:1)\n\n"
        for at, name in enumerate(names)
    )
    return f"Full thread dump OpenJDK (17 mixed mode):\n\n{threads}{end}".encode()


@pytest.mark.parametrize(
    ("data", "heartbeat"),
    (
        (h2o_dump("Heartbeat", "TCP-Accept", "FJ-1-3"), True),
        (h2o_dump("TCP-Accept", "FJ-1-3"), False),
        (h2o_dump("TCP-Accept", "ClientDisconnectCheckThread"), False),
        (h2o_dump("TCP-Accept", "MemCleaner"), None),  # on its way up
        (h2o_dump("TCP-Accept", "FJ-1-3", end=""), None),  # cut
        (h2o_dump("main", "worker"), None),  # another program
    ),
)
def test_missing_threads(data: bytes, *, heartbeat: bool | None) -> None:
    (dump,) = dumps_of(data)
    assert dump_row(dump)["has_heartbeat"] is heartbeat


def test_cut_anywhere() -> None:
    data = sample("jstack_deadlock.txt")
    whole = dump_row(dumps_of(data)[0])
    for cut in range(200, len(data), 311):
        found = dumps_of(data[:cut])
        row = dump_row(found[0]) if found else None
        assert row is None or row["threads"] <= whole["threads"]
        assert row is None or row["complete"] is (b"JNI global" in data[:cut])


def test_threads_of_other_formats() -> None:
    data = (
        b"Full thread dump Java HotSpot(TM) (20.45-b01 mixed mode):\n"
        b'"FJ-1-1" prio=10 tid=0x00007f nid=0x1a waiting for monitor entry [0x00007f]\n'
        b"   java.lang.Thread.State: BLOCKED (on object monitor)\n\tat a.B.c(B.java:1)\n"
        b"\t- waiting to lock <0xa1> (a x.Y)\n"
        b'"main" #1 [4711] prio=5 os_prio=0 cpu=1.5ms elapsed=2.0s allocated=8K '
        b"defined_classes=1 tid=0x00007f nid=4711 runnable  [0x00007f]\n"
        b"   java.lang.Thread.State: RUNNABLE\n\tat a.B.d(B.java:2)\n\t- locked <0xa1> (a x.Y)\n"
        b"JNI global references: 4\n"
    )
    (dump,) = dumps_of(data.replace(b"\n", b"\r\n"))
    first, second = thread_rows(dump)
    assert (first["held_by"], first["waits_for"], second["thread"]) == (
        "main",
        "0xa1 (x.Y)",
        "main",
    )


def test_waiting_in_object_wait_holds_nothing() -> None:
    data = (
        b'Full thread dump X:\n"a" #1 prio=5 tid=0x1 nid=0x1 in Object.wait()\n'
        b"   java.lang.Thread.State: WAITING (on object monitor)\n\tat java.lang.Object.wait(N)\n"
        b"\t- waiting on <0xa1> (a x.Y)\n\tat a.B.c(B.java:1)\n\t- locked <0xa1> (a x.Y)\n"
        b'"b" #2 prio=5 tid=0x2 nid=0x2 waiting for monitor entry\n'
        b"   java.lang.Thread.State: BLOCKED (on object monitor)\n\tat a.B.d(B.java:2)\n"
        b"\t- waiting to lock <0xa1> (a x.Y)\nJNI global refs: 1\n"
    )
    (dump,) = dumps_of(data)
    assert [thread.held_by for thread in dump.threads] == [None, None]
    assert dump_row(dump)["deadlocked"] == 0


STUCK = (
    '"w{n}" #1{n} prio=5 tid=0x{n} nid=0x1 waiting for monitor entry\n'
    "   java.lang.Thread.State: BLOCKED (on object monitor)\n\tat a.B.c(B.java:1)\n"
    "\t- waiting to lock <0xa1> (a x.Y)\n"
)
HOLDER = (
    '"h" #9 prio=5 tid=0x9 nid=0x9 runnable\n   java.lang.Thread.State: RUNNABLE\n\tat a.B.{at}\n'
    "\t- locked <0xa1> (a x.Y)\n"
)


def stuck_dump(at: str, waiters: int = 3, lock: str = "0xa1") -> Dump:
    text = "".join(STUCK.format(n=n) for n in range(waiters)) + HOLDER.format(at=at)
    (dump,) = dumps_of(
        f"Full thread dump X:\n{text}JNI global refs: 1\n".replace("0xa1", lock).encode()
    )
    return dump


def test_what_stands_still() -> None:
    first, later = stuck_dump("d(N)"), stuck_dump("d(N)", lock="0xbb")  # objects move
    assert [thread.name for thread in stuck_since(later, first)] == ["w0", "w1", "w2"]
    assert stuck_since(stuck_dump("e(N)"), first) == []  # the holder went on
    assert len(stuck_since(later, stuck_dump("d(N)", waiters=1))) == 1


def test_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_dump, "MAX_THREADS", 2)
    monkeypatch.setattr(thread_dump, "MAX_DUMPS", 3)
    reader = ThreadDumps()
    data = h2o_dump("Heartbeat", "TCP-Accept", "FJ-1-3") * 5
    reader.read(data, len(data))
    dumps = reader.close()
    assert (len(dumps), reader.left_out, dump_row(dumps[0])["threads"]) == (3, 2, 3)
    assert dump_row(dumps[0])["has_heartbeat"] is True


def test_a_dump_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_dump, "_MAX_STRANGE_LINES", 50)
    (dump,) = dumps_of(h2o_dump("FJ-1-3", end="") + b"ordinary line\n" * 500)
    assert (dump.complete, dump.lines < 60) == (False, True)
