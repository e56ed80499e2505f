import pytest
from msgspec import json

from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import Pause, Place, When
from h2o_forensics.gc.tally import MAX_KEYS
from h2o_forensics.model.jvm import Jvm
from tests.gc_events import EPOCH, MB, cpu, cycle, digest, full, jvm, pause, safepoint, stall


def test_pauses_by_phase_cause_kind_and_generation() -> None:
    got = jvm(
        digest(
            pause(100, 10.5, cause="A"),
            pause(200, 1.25, cause="A"),
            pause(300, 7.0, cause="B"),
            pause(400, 2.0, kind="mark_start", cause=None, generation="minor"),
        )
    )
    rows = {(p.phase, p.cause, p.kind, p.generation): p for p in got.pauses}
    one = rows["Pause Young (Normal)", "A", "young", None]
    assert (one.count, one.total_ms, one.max_ms, one.p99_ms) == (2, 11.75, 10.5, 10.5)
    assert one.p50_ms == pytest.approx(1.25, rel=0.01)
    assert rows["Pause Young (Normal)", "B", "young", None].count == 1
    assert rows["Pause mark_start", None, "mark_start", "minor"].total_ms == 2
    assert len(rows) == 3


def test_log_of_a_thousand_phases_is_bounded_and_exact_by_kind() -> None:
    got = jvm(digest(*(pause(i, 1.0, phase=f"Pause {i}", kind="young") for i in range(1000))))
    assert len(got.pauses) == MAX_KEYS + 1
    assert sum(p.count for p in got.pauses if p.kind == "young") == 1000


def test_nothing_is_not_known_rather_than_zero() -> None:
    got = jvm(digest(collector=None))
    assert (got.stalls, got.safepoints, got.humongous, got.metaspace, got.starved) == (None,) * 5
    assert (got.started, got.started_by, got.uptime_ms, got.heap_max_bytes) == (None,) * 4
    assert (got.loss.pause_share, got.loss.stall_share, got.loss.worst_window) == (None,) * 3
    assert (got.rates.allocation_bytes_per_s, got.rates.promotion_bytes_per_s) == (None, None)
    assert got.heap.max_before_bytes is None
    assert (got.pauses, got.buckets) == ((), ())


def test_log_without_times_has_no_shares() -> None:
    got = jvm(digest(pause(None, 10, before=50, after=20), pause(None, 20, before=60, after=30)))
    assert (got.loss.pause_share, got.loss.worst_window, got.buckets) == (None, None, ())
    assert got.rates.allocation_bytes_per_s is None
    assert got.pauses[0].total_ms == 30
    assert got.heap.max_after_bytes == 30 * MB


def test_nested_pause_is_not_added_twice() -> None:
    # CMS: the full collection inside the young one that could not go on; both logged at their end
    got = jvm(
        digest(
            pause(1900, 700, kind="full", before=60, after=40),
            pause(2000, 1000, before=60, after=40),
            pause(10_000, 100, before=50, after=45),
            header=True,
        )
    )
    assert got.loss.pause_share == pytest.approx(1100 / 10_000)
    assert got.loss.worst_window is not None
    assert got.loss.worst_window.seconds == 1.0
    assert sum(b.paused_ms for b in got.buckets) == pytest.approx(1100)
    assert sum(p.total_ms for p in got.pauses) == 1800
    # 60 MB before the first, then 10 more; the garbage of the inner one is not allocated anew
    assert got.rates.allocation_bytes_per_s == pytest.approx(70 * MB / 10)


def test_share_is_of_the_time_the_log_covers() -> None:
    pauses = [pause(1000, 100), pause(2000, 100)]
    assert jvm(digest(*pauses, header=True)).loss.pause_share == pytest.approx(200 / 2000)
    # without its head it begins with its first pause
    assert jvm(digest(*pauses)).loss.pause_share == pytest.approx(200 / 1100)
    later = digest(*pauses)
    later.seen(When(4900.0, None), 99)
    assert jvm(later).loss.pause_share == pytest.approx(200 / 4000)
    assert jvm(later).uptime_ms == 4900


def test_start_from_the_logs_own_stamps_fills_in_dates() -> None:
    made = digest(pause(1000, 10, epoch=True), pause(2000, 10))
    got = jvm(made, started=5)
    assert (got.started, got.started_by) == (EPOCH, "log")
    assert [s.epoch_ms for s in got.pause_samples] == [EPOCH + 1000, EPOCH + 2000]
    assert got.last_epoch_ms == EPOCH + 2000


def test_start_from_elsewhere() -> None:
    made = digest(pause(1000, 10), pause(2000, 10))
    assert jvm(made).pause_samples[0].epoch_ms is None
    got = jvm(made, started=EPOCH)
    assert (got.started, got.started_by, got.last_epoch_ms) == (EPOCH, "banner", EPOCH + 2000)
    assert got.buckets[-1].epoch_ms == EPOCH + 2000
    assert got.loss.worst_window is not None
    assert got.loss.worst_window.epoch_ms == EPOCH + 990


def by_date(*, header: bool) -> RunDigest:
    made = RunDigest(1)
    made.has_header = header
    made.seen(When(None, EPOCH), 1)
    event = pause(0, 100)
    made.pause(event._replace(when=When(None, EPOCH + 5000)))
    return made


def test_dates_alone_have_an_uptime_only_where_the_start_is_there() -> None:
    got = jvm(by_date(header=True))
    assert (got.started, got.started_by, got.uptime_ms) == (EPOCH, "log", 5000)
    assert got.pause_samples[0].uptime_ms == 5000
    assert got.buckets[-1].uptime_ms == 5000
    cut = jvm(by_date(header=False))
    assert (cut.started, cut.uptime_ms, cut.pause_samples[0].uptime_ms) == (None, None, None)
    assert cut.last_epoch_ms == EPOCH + 5000
    assert cut.loss.pause_share is None
    both = by_date(header=False)
    both.pause(pause(0, 100)._replace(when=When(None, EPOCH + 6000)))
    assert jvm(both).loss.pause_share == pytest.approx(200 / 6000)


def test_one_pause_is_no_share_of_its_own_time() -> None:
    assert jvm(digest(pause(4_769_707, 27_069, before=9, after=5))).loss.pause_share is None
    got = jvm(
        digest(pause(82, 66, before=9, after=5), pause(90, 5, before=9, after=5), header=True)
    )
    assert (got.loss.pause_share, got.rates.allocation_bytes_per_s) == (None, None)
    assert got.loss.worst_window is not None
    two = digest(pause(1066, 66), pause(5000, 100), header=True)
    assert jvm(two).loss.pause_share == pytest.approx(166 / 5000)


def test_rates() -> None:
    got = jvm(
        digest(
            pause(1100, 1, before=10, after=4, old=(0, 3)),
            pause(2100, 1, before=14, after=6, old=(3, 4)),
            pause(3100, 1, before=16, after=6, old=(4, 2)),
            header=True,
        )
    )
    assert got.rates.allocation_bytes_per_s == pytest.approx(30 * MB / 3.1)
    assert got.rates.promotion_bytes_per_s == pytest.approx(4 * MB / 3.1)
    assert [b.allocated_bytes for b in got.buckets] == [10 * MB] * 3


@pytest.mark.parametrize("collector", ("Z", "ZGenerational", "Shenandoah"))
def test_collectors_that_state_no_sizes_have_no_allocation_rate(collector: str) -> None:
    made = digest(pause(1100, 1, before=10, after=4), pause(2100, 1, before=10, after=4))
    made.collector = collector
    got = jvm(made)
    assert got.rates.allocation_bytes_per_s is None
    assert [b.allocated_bytes for b in got.buckets] == [None, None]


def test_cms_allocates_what_the_young_generation_took() -> None:
    # the old one is swept meanwhile: the whole heap shrinks
    pauses = [
        pause(1000, 1, before=100, after=60, old=(0, 50)),
        pause(2000, 1, kind="initial_mark", before=70, after=70),
        pause(3000, 1, before=130, after=40, old=(20, 30)),
        full(4000, 1, 80, 25),
        pause(5000, 1, before=125, after=40, old=(25, 30)),
    ]
    got = jvm(digest(*pauses, header=True, collector="CMS"))
    # 100 at first, from 10 to 110, from 40 to 80 of all, 100 after the full one
    assert got.rates.allocation_bytes_per_s == pytest.approx(340 * MB / 5)
    for cut in (1, 2, 3, 4):
        parts = (
            digest(*pauses[:cut], header=True, collector="CMS"),
            digest(*pauses[cut:], collector="CMS"),
        )
        assert jvm(*parts).rates == got.rates
    bare = [one._replace(old_before=None, old_after=None) for one in pauses]
    bare_rates = jvm(digest(*bare, header=True, collector="CMS")).rates
    assert bare_rates.allocation_bytes_per_s is None


def test_unknown_collector_that_frees_memory_between_pauses_has_no_allocation_rate() -> None:
    pauses = [pause(1000.0 * i, 1, before=50, after=40) for i in range(1, 5)]
    swept = pause(5000, 1, before=20, after=10)
    assert jvm(digest(*pauses, collector=None)).rates.allocation_bytes_per_s is not None
    assert jvm(digest(*pauses, swept, collector=None)).rates.allocation_bytes_per_s is None
    assert jvm(digest(*pauses, swept, collector="G1")).rates.allocation_bytes_per_s is not None


def test_young_and_full_collection_of_one_request() -> None:
    def asked(end: float, kind: str, cause: str | None = "System.gc()") -> Pause:
        return pause(end, 1, kind=kind, cause=cause)

    pauses = [
        asked(1, "young"), asked(2, "full"), asked(3, "young"), asked(4, "full"), asked(5, "full"),
        asked(6, "young"), asked(7, "young", "Allocation Failure"), asked(8, "full"),
        asked(9, "young", "Heap Dump Initiated GC"), asked(10, "full"),
    ]  # fmt: skip
    assert jvm(digest(*pauses)).requests == 7
    for cut in range(len(pauses) + 1):
        assert jvm(digest(*pauses[:cut]), digest(), digest(*pauses[cut:])).requests == 7
    made = digest(collector="Z")
    made.cycle(cycle(5, 1)._replace(cause="System.gc()"))
    assert jvm(made).requests == 1


def test_threads_that_stall_at_once_are_one_stretch() -> None:
    made = digest(header=True, collector="Z")
    for end, took in ((1000, 400), (1000, 300), (1010, 405), (5000, 100)):
        made.stall(stall(end, took))
    made.seen(When(10_000.0, None), 50)
    got = jvm(made)
    assert got.stalls is not None
    assert (got.stalls.count, got.stalls.total_ms, got.stalls.max_ms) == (4, 1205, 405)
    assert got.loss.stall_share == pytest.approx(510 / 10_000)
    assert [(b.stalls, b.stall_ms) for b in got.buckets] == [(0, 400), (3, 10), (0, 100), (1, 0)]
    assert [s.took_ms for s in got.stall_samples] == [400, 300, 405, 100]


def test_no_stall_is_measured_only_where_stalls_are_always_logged() -> None:
    two = pause(9, 1), pause(900, 1)
    zed, g1 = digest(*two, collector="Z"), digest(*two, collector="G1")
    assert jvm(zed).stalls is not None
    assert jvm(zed).loss.stall_share == 0
    assert (jvm(g1).stalls, jvm(g1).loss.stall_share) == (None, None)


def test_safepoints() -> None:
    made = digest(pause(100, 10))
    made.safepoint(safepoint(100, 12.5, 2.0))
    made.safepoint(safepoint(900, 700.0, 690.0, "Cleanup"))
    made.safepoint(safepoint(950, 1.0))
    got = jvm(made)
    assert got.safepoints is not None
    s = got.safepoints
    assert (s.count, s.total_ms, s.sync_ms, s.max_ms, s.max_sync_ms) == (3, 713.5, 692, 700, 690)
    assert [x.operation for x in got.safepoint_samples][1] == "Cleanup"
    assert got.loss.pause_share == pytest.approx(10 / 860)


def test_cpu_times_join_their_pause() -> None:
    made = digest(pause(1000, 900, gc_id=5), pause(1500, 10, gc_id=6), pause(9000, 2000, gc_id=7))
    made.cpu(cpu(5, 10, 5, 900))
    made.cpu(cpu(None, 30, 20, 2000))
    got = jvm(made)
    assert [(s.user_ms, s.real_ms) for s in got.pause_samples] == [
        (10, 900),
        (None, None),
        (30, 2000),
    ]
    assert got.starved is not None
    # of the starved one alone; the sums of all show many short waits
    assert (got.starved.count, got.starved.real_ms, got.starved.cpu_ms) == (1, 2000, 50)
    assert (got.starved.max_real_ms, got.starved.line) == (2000, 8)
    all_ = got.starved.all_count, got.starved.all_real_ms, got.starved.all_cpu_ms
    assert all_ == (2, 2900, 65)


def test_none_was_starved() -> None:
    made = digest(pause(1000, 900))
    made.cpu(cpu(None, 10, 5, 900))
    made.cpu_again(10, 5, 900, 3)
    got = jvm(made).starved
    assert got is not None
    assert (got.count, got.real_ms, got.cpu_ms, got.max_real_ms, got.line) == (0, 0, 0, 0, None)
    assert (got.all_count, got.all_real_ms, got.all_cpu_ms) == (4, 3600, 60)


def test_humongous_metaspace_and_no_room() -> None:
    made = digest(
        pause(1, 1, cause="G1 Humongous Allocation"),
        full(2, 1, 5, 5, "Metadata GC Threshold"),
    )
    made.region_bytes, made.heap_max_bytes = 2 * MB, 100 * MB
    made.humongous(3, 5)
    made.humongous(20, 6)
    made.humongous(1, 7)
    made.metaspace(100, 200, 300)
    made.no_room(Place(8, b"To-space exhausted"))
    got = jvm(made)
    assert got.humongous is not None
    h = got.humongous
    assert (h.region_bytes, h.peak_regions, h.peak_share, h.collections) == (2 * MB, 20, 0.4, 1)
    assert got.metaspace is not None
    m = got.metaspace
    assert (m.used_bytes, m.committed_bytes, m.reserved_bytes, m.full_count) == (100, 200, 300, 1)
    assert got.to_space_exhausted == 1


def test_heap_maximum_is_what_is_stated_else_the_largest_seen() -> None:
    made = digest(
        pause(1, 1, before=9, after=5, capacity=10), pause(2, 1, before=9, after=5, capacity=8)
    )
    assert (jvm(made).heap_max_bytes, jvm(made).heap_max_stated) == (10 * MB, False)
    made.heap_max_bytes = 64 * MB
    assert (jvm(made).heap_max_bytes, jvm(made).heap_max_stated) == (64 * MB, True)


def test_live_set_after_full_collections() -> None:
    made = digest(*(full(i * 60_000.0, 10, 500, 100 + 6 * i) for i in range(10)))
    got = jvm(made).heap
    assert got.after_full_bytes == got.max_after_full_bytes == 154 * MB
    assert got.live_slope_bytes_per_s == pytest.approx(0.1 * MB)
    assert got.live_slope_ci95 is not None
    assert got.live_slope_ci95[0] > 0


def test_live_set_after_mixed_collections_or_cycles() -> None:
    def mixed(i: int) -> RunDigest:
        phase = "Pause Young (Mixed)"
        return digest(
            *(pause(j * 30_000.0, 5, phase=phase, before=300, after=100 + j) for j in range(i))
        )

    assert jvm(mixed(20)).heap.live_slope_bytes_per_s == pytest.approx(MB / 30)
    assert jvm(mixed(3)).heap.live_slope_bytes_per_s is None
    young = digest(*(pause(j * 30_000.0, 5, before=300, after=100 + j) for j in range(20)))
    assert jvm(young).heap.live_slope_bytes_per_s is None
    made = digest(collector="Z")
    for j in range(20):
        made.cycle(cycle(j * 30_000.0, 50, after=100 + j))
        made.cycle(cycle(j * 30_000.0 + 99, 50, "minor", after=2000))
    assert jvm(made).heap.live_slope_bytes_per_s == pytest.approx(MB / 30)
    assert {(c.kind, c.count, c.total_ms) for c in jvm(made).cycles} == {
        ("concurrent", 20, 1000),
        ("minor", 20, 1000),
    }


def test_collection_of_ninety_seconds_fills_its_buckets() -> None:
    got = jvm(digest(full(100_500, 90_000, 50, 49)))
    assert sum(b.full_ms for b in got.buckets) == pytest.approx(90_000)
    assert max(b.paused_ms for b in got.buckets) == 1000
    assert [(b.uptime_ms, b.full, b.line) for b in got.buckets if b.pauses] == [(100_000, 1, 1)]


def test_header_and_orderly_exit() -> None:
    made = digest(header=True)
    made.exit_place = Place(77, b"Heap")
    facts = jvm(made).facts
    assert (facts.ended_in_order, facts.exit_line, facts.exit_text) == (True, 77, "Heap")
    assert not facts.head_lost
    assert jvm(digest()).facts.head_lost


def test_lines_not_understood() -> None:
    made = digest()
    for i in range(3):
        made.not_understood(b"GC(%d) Something new" % i, i + 1)
    got = jvm(made)
    assert got.lines_not_understood == 3
    (row,) = got.not_understood
    assert (row.shape, row.count, row.line) == ("GC(#) Something new", 3, 1)


def test_histogram_counts_every_pause() -> None:
    got = jvm(digest(*(pause(i * 1e4, 1 + i) for i in range(100)), full(2e6, 3.0, 5, 4)))
    assert sum(b.count for b in got.histogram if b.kind == "young") == 100
    (one,) = [b for b in got.histogram if b.kind == "full"]
    assert one.from_ms <= 3.0 < one.to_ms


def test_figures_may_be_asked_for_again() -> None:
    made = digest(*(full(1000.0 * i, 950, 50, 49) for i in range(1, 30)))
    assert jvm(made) == jvm(made)


def test_numbers_that_cannot_be_true_are_not_taken() -> None:
    made = digest(pause(1000, 10, before=5, after=4, capacity=9))
    huge = 10**30
    made.pause(
        pause(2000, 1e300, kind="full")._replace(before=huge, after=huge, when=When(1e40, huge))
    )
    made.cycle(cycle(3000, 1e300)._replace(before=huge, after=huge))
    made.stall(stall(3000, 1e300))
    made.safepoint(safepoint(3000, 1e300))
    made.cpu(cpu(None, 1.0, 1.0, 1e300))
    made.humongous(huge, 1)
    made.metaspace(huge, None, None)
    made.seen(When(1e40, huge), 1)
    got = json.decode(json.encode(jvm(made, started=EPOCH)), type=Jvm)
    assert got.uptime_ms == 3000
    assert got.heap.max_before_bytes == 5 * MB
    assert got.pause_samples[1].epoch_ms is None
    assert sum(p.count for p in got.pauses) == 2
    assert (got.humongous, got.metaspace, got.starved) == (None, None, None)
