"""Unified logging, read whole and in pieces: events, facts, runs."""
# ruff: noqa: E501 - log lines stay whole

from __future__ import annotations

import itertools
import random

import pytest

from h2o_forensics.gc import unified_runs
from h2o_forensics.gc.events import Place
from h2o_forensics.gc.unified import UnifiedParser
from h2o_forensics.gc.unified_run import UnifiedRun
from tests.unit.gc.unified_logs import G1, G1_PAUSES, ORDER, START_MS, Told, decorate, told_of

PLAIN = ("uptime", "level", "tags")


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.gc.unified_run.RunDigest", Told)
    assert vars(unified_runs)["UnifiedRun"] is UnifiedRun


def read(text: bytes, *, own_file: bool = True, lines: int = 0) -> list[Told]:
    """What the runs' digests were told; blocks of so many lines, 0: one block."""
    parser = UnifiedParser(own_file=own_file)
    all_lines = text.splitlines(keepends=True)
    step = lines or max(1, len(all_lines))
    for at in range(0, len(all_lines), step):
        block = b"".join(all_lines[at : at + step])
        if parser.engaged or parser.gate(block, len(block)):
            parser.read(block + b"beyond", len(block), at + 1)
    return parser.close()  # type: ignore[return-value]


def pauses(told: Told) -> tuple[tuple[str, str | None, str, float, int | None], ...]:
    return tuple((one.phase, one.cause, one.kind, one.took_ms, one.gc_id) for one in told.pauses)


@pytest.mark.parametrize(
    "kinds",
    ((), *itertools.combinations(ORDER, 1), *itertools.combinations(ORDER, 3), ORDER, ORDER[::-1]),
)
def test_any_decorations_tell_the_same_events(kinds: tuple[str, ...]) -> None:
    (told,) = read(decorate(G1, kinds))
    assert pauses(told) == G1_PAUSES
    assert [(one.kind, one.cause, one.took_ms) for one in told.cycles] == [
        ("concurrent", "Metadata GC Threshold", 40.021)
    ]
    assert [(one.gc_id, one.user_ms, one.real_ms) for one in told.cpus_times] == [(0, 10.0, 20.0)]
    assert (told.collector, told.jdk, told.cpus, told.has_header) == (
        "G1",
        "17.0.15+6-LTS",
        2,
        True,
    )
    assert (told.heap_max_bytes, told.region_bytes, told.memory_bytes) == (
        160 << 20,
        2 << 20,
        2 << 30,
    )
    assert told.exit_place is not None
    assert told.exit_place.line == 26
    assert len(told.exhausted) == 1
    assert told.regions == [4]
    assert told.meta == [(765 << 10, 896 << 10, None)]
    assert told.lines == len(G1)
    assert told.unknown == []


def test_pause_has_sizes_place_and_moment() -> None:
    (told,) = read(decorate(G1, ("time", *PLAIN)))
    first = told.pauses[0]
    assert (first.before, first.after, first.capacity) == (8 << 20, 3 << 20, 160 << 20)
    assert (first.old_before, first.old_after) == (1 * (2 << 20), 3 * (2 << 20))
    assert first.when == (1210.0, START_MS + 1210)
    assert first.place.line == 13
    assert first.place.text.endswith(b"10.255ms")
    assert told.pauses[1].old_before is None
    assert told.stamps[0] == ((15.0, START_MS + 15), 1)
    assert told.stamps[-1] == ((2100.0, START_MS + 2100), 27)
    assert told.last_line == 27


@pytest.mark.parametrize("lines", (1, 2, 3, 5))
@pytest.mark.parametrize("own_file", (True, False))
def test_blocks_end_anywhere(lines: int, *, own_file: bool) -> None:
    (told,) = read(decorate(G1, PLAIN), lines=lines, own_file=own_file)
    (whole,) = read(decorate(G1, PLAIN))
    assert told.pauses == whole.pauses
    assert told.cpus_times == whole.cpus_times
    assert told.lines == whole.lines


def test_carriage_returns_change_nothing() -> None:
    (told,) = read(decorate(G1, PLAIN).replace(b"\n", b"\r\n"))
    (whole,) = read(decorate(G1, PLAIN))
    nowhere = Place(0, b"")
    assert [one._replace(place=nowhere) for one in told.pauses] == [
        one._replace(place=nowhere) for one in whole.pauses
    ]
    assert told.unknown == []
    assert (told.regions, told.meta, told.cpus) == (whole.regions, whole.meta, whole.cpus)


def test_decorations_may_change_in_the_file() -> None:
    text = (
        decorate(G1[:13], PLAIN)
        + decorate(G1[13:20], ("time", "uptime", "pid", "tid", "level", "tags"))
        + decorate(G1[20:], ())
    )
    (told,) = read(text)
    assert pauses(told) == G1_PAUSES
    assert told.pid == 4711
    assert told.unknown == []


def test_cut_at_any_byte_loses_no_more_than_was_cut() -> None:
    text = decorate(G1, PLAIN)
    for at in range(0, len(text), 7):
        head = read(text[:at])
        assert len(head) <= 1
        if head:
            assert pauses(head[0]) == G1_PAUSES[: len(head[0].pauses)]
            assert len(head[0].pauses) == sum(
                one[0].encode() in text[:at] and _ended(text[:at], one[3]) for one in G1_PAUSES
            )
            assert head[0].unknown == []
        tail = read(text[at:])
        if tail:
            assert pauses(tail[0]) == G1_PAUSES[len(G1_PAUSES) - len(tail[0].pauses) :]
            assert tail[0].unknown == []


def _ended(text: bytes, took: float) -> bool:
    return b" %.3fms" % took in text


def test_any_line_may_be_missing() -> None:
    lines = decorate(G1, PLAIN).splitlines(keepends=True)
    for at in range(len(lines)):
        (told,) = read(b"".join(lines[:at] + lines[at + 1 :]))
        lost = b"Pause" in lines[at] and lines[at].endswith(b"ms\n")
        assert len(told.pauses) == len(G1_PAUSES) - lost


def test_hostile_bytes_are_no_events() -> None:
    seed = random.Random(7)  # noqa: S311
    text = bytearray(decorate(G1, PLAIN) * 3)
    for _ in range(300):
        text[seed.randrange(len(text))] = seed.randrange(256)
    read(bytes(text))
    read(bytes(text), own_file=False)
    long = (
        b"[2.200s][info][gc] GC("
        + b"1" * 300_000
        + b") Pause Young (" * 1000
        + b") 8M->3M(160M) "
        + b"9" * 6000
        + b"ms\n"
    )
    (told,) = read(decorate(G1, PLAIN) + long + long[23:] + b"x" * 3_000_000)
    assert len(told.pauses) == len(G1_PAUSES)


def test_restart_makes_another_run() -> None:
    for kinds in (PLAIN, (), ("time",), ("level", "tags")):
        first, second = read(decorate(G1, kinds) + decorate(G1, kinds))
        assert pauses(first) == pauses(second) == G1_PAUSES
        assert (first.lines, second.lines) == (len(G1), len(G1))
        assert second.first_line == len(G1) + 1
        assert first.last_line == len(G1)


def test_restart_without_its_header_is_told_by_uptime_or_ids() -> None:
    body = G1[6:25]
    late = tuple((uptime + 5_000, tags, message) for uptime, tags, message in body)
    for kinds in (PLAIN, ("tags",)):
        assert len(read(decorate(late, kinds) + decorate(body, kinds))) == 2


def test_two_processes_in_one_file_are_two_runs() -> None:
    kinds = ("uptime", "pid", "level", "tags")
    one, two = (decorate(G1, kinds, pid).splitlines(keepends=True) for pid in (31, 32))
    told = read(b"".join(itertools.chain.from_iterable(zip(one, two, strict=True))))
    assert [run.pid for run in told] == [31, 32]
    assert all(pauses(run) == G1_PAUSES and run.lines == len(G1) and run.exit_place for run in told)


def test_application_text_is_no_event() -> None:
    lines = decorate(G1, PLAIN).splitlines(keepends=True)
    said = b"11-22 06:02:04.791 127.0.0.1:54321 3451 main INFO: Cleaner: Pause Young 12M->3M(64M) 1.234ms\n"
    quoted = (
        b"INFO: then came " + lines[12] + b"GC(9) Pause Full (Ergonomics) 12M->3M(64M) 9.000ms\n"
    )
    cut = b"11-22 06:02:05.000 main INFO: half of a li" + lines[19] + b"ne\n"
    text = (
        said
        + b"".join(lines[:14])
        + said * 3
        + b"".join(lines[14:19])
        + cut
        + b"".join(lines[20:])
        + quoted
    )
    (told,) = read(text, own_file=False)
    assert pauses(told) == G1_PAUSES
    assert told.unknown == []
    assert told.pauses[2].place.text.startswith(b"[1.521s]")


def test_gate_is_shut_for_other_programs() -> None:
    parser = UnifiedParser(own_file=False)
    h2o = (
        b"11-22 06:02:04.791 127.0.0.1:54321 3451 main INFO: Using 2 workers; GC(5) asked for; at safepoint [x] Using it\n"
        * 50
    )
    jdk8 = b"2.3: [GC (Allocation Failure) 12M->3M(64M), 0.0012 secs]\nTotal time for which application threads were stopped: 0.1 seconds\n"
    assert not parser.gate(h2o, len(h2o))
    assert not parser.gate(jdk8, len(jdk8))
    assert not parser.engaged
    assert parser.close() == []


def test_lines_not_understood_are_counted_with_their_place() -> None:
    text = decorate(G1[:13], PLAIN) + (
        b"[1.300s][info][gc] GC(7) Pause Young (Normal) ??? 8M->3M 1.2 parsecs\n"
        b"[1.301s][info][gc] the frobnicator frobs\n[1.301s][debug][gc] the frobnicator frobs\n"
        b"[1.302s][info][gc,phases] GC(7)   Something new 1\n[1.303s][info][os] of another kind\nwithout any\n"
    )
    (told,) = read(text)
    assert [line for _, line in told.unknown] == [14, 15]
    assert told.unknown[1][0] == b"[1.301s][info][gc] the frobnicator frobs"


@pytest.mark.parametrize("own_file", (True, False))
def test_quoted_lines_are_no_events_and_no_runs(*, own_file: bool) -> None:
    text = b"[0.010s][info][gc] Using G1\n" + b"".join(
        b"[%d.000s][info][gc] GC(%d) Pause Young (Normal) (x) 8M->3M(9M) 1.234ms\n"
        b"2026-01-01 00:00:00 INFO - [%d.000s][info][gc] GC(%d) Pause Full (x) 8M->3M(9M) 9.000ms\n"
        b"[%d.000s][INFO] app: GC(%d) Pause Young (Normal) (x) 8M->3M(9M) 9.000ms\n"
        % (i, i, i, i + 90, i, i)
        for i in range(5)
    )
    # this one the JVM wrote while the program's line was not finished
    text += b"progress 3[5.000s][info][gc] GC(5) Pause Full (x) 8M->3M(9M) 1.234ms\n"
    parser = UnifiedParser(own_file=own_file)
    parser.read(text, len(text), 1)
    (told,) = told_of(parser.close())
    assert [one.took_ms for one in told.pauses] == [1.234] * 6
    assert told.unknown == []


def test_lines_of_a_program_are_not_the_collectors() -> None:
    text = b"".join(
        b"[%d.000s][info][gc] GC(%d) Pause Young (Normal) (x) 8M->3M(9M) 1.234ms\n"
        b"GC(7) is what the operator wrote about\nhello %d\n" % (i, i, i)
        for i in range(1, 5)
    )
    (told,) = read(text)
    assert (len(told.pauses), told.unknown, told.lines) == (4, [], 4)


def test_safepoints_of_all_releases() -> None:
    text = (
        b"[1.000s][info][safepoint] Application time: 0.5 seconds\n"
        b"[1.001s][info][safepoint] Entering safepoint region: RevokeBias\n[1.002s][info][safepoint] Leaving safepoint region\n"
        b"[1.002s][info][safepoint] Total time for which application threads were stopped: 0.0300000 seconds, Stopping threads took: 0.0100000 seconds\n"
        b'[2.000s][info][safepoint] Safepoint "G1CollectFull", Time since last: 5 ns, Reaching safepoint: 2000000 ns, Cleanup: 7 ns, At safepoint: 1 ns, Total: 3000000 ns\n'
        b'[3.000s][info][safepoint] Safepoint "Exit", Time since last: 5 ns, Reaching safepoint: 1 ns, At safepoint: 1 ns, Leaving safepoint: 1 ns, Total: 4000000 ns\n'
        b'[4.000s][info][safepoint] Safepoint "ICBufferFull", Time since last: 5 ns, Reaching safepoint: 1 ns, At safepoint: 1 ns, Leaving safepoint: 1 ns, Total: 5000000 ns, Threads: 0 runnable, 12 total\n'
    )
    (told,) = read(text)
    assert [(one.operation, round(one.total_ms, 6)) for one in told.safepoints] == [
        ("RevokeBias", 30.0),
        ("G1CollectFull", 3.0),
        ("Exit", 4.0),
        ("ICBufferFull", 5.0),
    ]
    assert told.safepoints[0].sync_ms == pytest.approx(10.0)
    assert told.safepoints[1].sync_ms == 2.0
    assert told.unknown == []
