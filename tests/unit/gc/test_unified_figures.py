"""Figures of whole logs of unified logging: what is read is what is counted."""

import pytest

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.read import GcReader
from h2o_forensics.gc.spans import PENDING
from tests.gc_events import cycle, digest, jvm


def read_all(log: bytes) -> list[RunDigest]:
    reader = GcReader()
    reader.read(log, len(log))
    return reader.close()


def test_healthy_shenandoah_has_a_heap() -> None:
    lines = [b"[0.001s][info][gc] Using Shenandoah"]
    for i in range(6):
        at = b"[%d.500s][info][gc] GC(%d) " % (i, i)
        lines += [
            at + b"Concurrent marking 7.162ms",
            at + b"Concurrent cleanup 24M->25M(96M) 0.1ms",
        ]
        lines += [
            at + b"Concurrent evacuation 5.6ms",
            at + b"Concurrent cleanup 30M->11M(96M) 0.1ms",
        ]
    (run,) = read_all(b"\n".join(lines) + b"\n")
    got = jvm(run)
    assert (got.heap.max_before_bytes, got.heap.max_after_bytes) == (30 << 20, 11 << 20)
    assert (got.heap_max_bytes, got.heap_max_stated) == (96 << 20, False)
    assert got.rates.allocation_bytes_per_s is None


def test_size_of_regions_is_that_of_the_first_file() -> None:
    head = b"[0.010s][info][gc] Using G1\n[0.011s][info][gc,init] Heap Region Size: 2M\n"
    lines = [
        b"[%d.000s][info][gc,heap] GC(%d) Old regions: %d->%d\n"
        b"[%d.001s][info][gc] GC(%d) Pause Young (Normal) (x) 50M->9M(99M) 1.000ms\n"
        % (i, i, i, i + 3, i, i)
        for i in range(1, 9)
    ]
    (whole,) = read_all(head + b"".join(lines))
    (first,) = read_all(head + b"".join(lines[:4]))
    (second,) = read_all(b"".join(lines[4:]))
    got = jvm(first, second).rates.promotion_bytes_per_s
    assert got == jvm(whole).rates.promotion_bytes_per_s == round(8 * (6 << 20) / 8.001, 3)
    assert jvm(second).rates.promotion_bytes_per_s is None


def test_young_cycles_tell_nothing_of_what_stays_alive() -> None:
    made = digest(collector="GenerationalShenandoah")
    for i in range(20):
        made.cycle(cycle(60_000.0 * i, 5, "young", after=10 + i))
    assert jvm(made).heap.live_slope_bytes_per_s is None


def test_cycles_without_a_begin_took_nobody_knows_how_long() -> None:
    log = (
        b"[info][gc] Using The Z Garbage Collector\n"
        b"[info][gc] GC(0) Garbage Collection (Warmup) 26M(10%)->14M(5%)\n"
    )
    (run,) = read_all(log)
    assert [(one.count, one.total_ms) for one in jvm(run).cycles] == [(1, None)]


def test_one_wrong_date_leaves_no_telling_how_long_a_log_is() -> None:
    line = (
        b"[%d-11-01T00:%02d:%02d.000+0000][info][gc] GC(%d) Pause Young (x) 2M->1M(9M) 100.000ms\n"
    )
    lines = [line % (2026, i // 60, i % 60, i) for i in range(600)]
    (right,) = read_all(b"".join(lines))
    (wrong,) = read_all(b"".join([line % (2036, 0, 0, 0), *lines[1:]]))
    assert round(jvm(right).loss.pause_share or 0, 3) == 0.1
    got = jvm(wrong)
    assert (got.loss.pause_share, got.rates.allocation_bytes_per_s) == (None, None)
    assert sum(one.count for one in got.pauses) == 600
    assert len(wrong.stopped.pending) <= PENDING


@pytest.mark.parametrize("pid", ("", "[%d]"))
def test_what_comes_after_too_many_runs_is_counted_with_the_last_one(pid: str) -> None:
    line = "[%.3fs]" + pid + "[info][gc] GC(%d) Pause Young (x) 2M->1M(9M) 1.000ms\n"
    log = "".join(line % ((9000 - i * 3, *([i + 1] if pid else ()), i % 5)) for i in range(1500))
    runs = read_all(log.encode())
    assert (len(runs), sum(run.events for run in runs)) == (1000, 1500)
    assert runs[-1].events == 501
    assert len(runs[-1].stopped.pending) <= PENDING


def test_figures_do_not_depend_on_where_the_stream_is_cut() -> None:
    lines = []
    for i in range(4000):
        stamp = f"2026-11-01T00:{i // 60 % 60:02}:{i % 60:02}.{i * 7 % 3:03}+0000"
        lines.append(f"[{stamp}][{i}.00{i % 9}s][info][gc,phases] GC({i}) of no weight\n")
        lines.append(
            f"[{stamp}][{i - i % 2}.001s][info][gc] GC({i}) Pause Full (x) 2M->1M(9M) 9.0ms\n"
        )
        if i == 1500:
            lines.append("somebody else's line\n")
    log = "".join(lines).encode()
    seen = []
    for size in (len(log), 100_000, 7_777):
        reader, at = GcReader(), 0
        while at < len(log):
            end = log.find(b"\n", min(at + size, len(log)) - 1) + 1
            reader.read(log[at:end], end - at)
            at = end
        seen.append([jvm(run) for run in reader.close()])
    assert seen[0] == seen[1] == seen[2]


def test_lines_before_other_decorations_are_counted() -> None:
    first = [f"[{i}.000s] GC({i}) Pause Young (x) 2M->1M(9M) 9.0ms\n" for i in range(5)]
    then = [f"[{i}.000s][gc] GC({i}) Pause Young (x) 2M->1M(9M) 9.0ms\n" for i in range(5, 9)]
    (run,) = read_all("".join([*first, "of another\n", *then]).encode())
    assert (run.lines, run.events) == (9, 9)


@pytest.mark.parametrize("end", (b"\n", b"\r"))
def test_lines_not_understood_are_among_those_of_the_collector(end: bytes) -> None:
    line = b"%d.000: [GC (Allocation Failure) 2048K->1024K(9216K), 0.0010000 secs]"
    log = end.join(line % i if i % 4 == 0 else b"%d.0: what is that" % i for i in range(4000))
    got = jvm(*read_all(log))
    assert (got.lines, got.lines_not_understood) == (4000, 3000)


def test_a_heap_that_no_machine_addresses_is_none() -> None:
    line = "[%d.000s][info][gc] GC(%d) Pause Young (x) 2M->1M(%dM) 9.0ms\n"
    log = "".join(line % (i, i, 762 << 30 if i else 9) for i in range(5))
    (run,) = read_all(b"[0.1s][info][gc,init] Heap Max Capacity: 900000T\n" + log.encode())
    got = jvm(run)
    assert (got.heap_max_bytes, got.heap_max_stated) == (9 << 20, False)
