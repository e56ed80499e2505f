"""The reader of JDK 8 and older, through what it tells a digest of."""

import time
from typing import Any

import pytest

from h2o_forensics.gc import legacy_run
from h2o_forensics.gc.digest import RunDigest
from h2o_forensics.gc.events import CpuTimes, Cycle, Pause, Place, Safepoint, When
from h2o_forensics.gc.legacy import LegacyParser

KIB = 1 << 10
MIB = 1 << 20


class Recorder(RunDigest):
    """Keeps all that it is told of."""

    def __init__(self, first_line: int) -> None:
        super().__init__(first_line)
        self.told: list[Any] = []
        self.unknown: list[tuple[int, bytes]] = []
        self.rooms: list[int] = []
        self.classes: list[tuple[int, int | None, int | None]] = []

    def pause(self, event: Pause) -> None:
        self.told.append(event)

    def cycle(self, event: Cycle) -> None:
        self.told.append(event)

    def safepoint(self, event: Safepoint) -> None:
        self.told.append(event)

    def cpu(self, event: CpuTimes) -> None:
        self.told.append(event)

    def seen(self, when: When, line: int) -> None:
        self.told.append((when, line))

    def no_room(self, place: Place) -> None:
        self.rooms.append(place.line)

    def metaspace(self, used: int, committed: int | None, reserved: int | None) -> None:
        self.classes.append((used, committed, reserved))

    def not_understood(self, text: bytes, line: int) -> None:
        self.unknown.append((line, text))

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.told if type(one) is kind]


@pytest.fixture(autouse=True)
def _recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy_run, "RunDigest", Recorder)


def runs_of(text: str | bytes, *, own_file: bool = True, lines: int = 1000) -> list[Any]:
    data = text.encode() if isinstance(text, str) else text
    parser = LegacyParser(own_file=own_file)
    rows = data.splitlines(keepends=True)
    for at in range(0, len(rows), lines):
        block = b"".join(rows[at : at + lines])
        if parser.engaged or parser.gate(block, len(block)):
            parser.read(block, len(block), at + 1)
    return parser.close()


def run_of(text: str | bytes, *, own_file: bool = True, lines: int = 1000) -> Any:
    (run,) = runs_of(text, own_file=own_file, lines=lines)
    return run


HEADER = """\
Java HotSpot(TM) 64-Bit Server VM (25.65-b01) for linux-amd64 JRE (1.8.0_65-b17), built on Oct  6
Memory: 4k page, physical 16777216k(152832k free), swap 0k(0k free)
CommandLine flags: -XX:InitialHeapSize=268435456 -XX:MaxHeapSize=1073741824 -XX:+UseParallelGC
"""
PARALLEL = """\
2014-06-16T07:57:14.622+0200: 1.500: [GC (Allocation Failure) [PSYoungGen: 65536K->10240K(76288K)] \
65536K->12288K(251392K), 0.0250000 secs] [Times: user=0.08 sys=0.01, real=0.03 secs]
2014-06-16T07:57:15.622+0200: 2.500: [Full GC (Ergonomics) [PSYoungGen: 10240K->0K(76288K)] \
[ParOldGen: 2048K->3072K(175104K)] 12288K->3072K(251392K), [Metaspace: 4208K->4200K(1056768K)], \
0.1000000 secs] [Times: user=0.22 sys=0.00, real=0.10 secs]
"""


def test_parallel_young_and_full() -> None:
    run = run_of(HEADER + PARALLEL)
    young, full = run.of(Pause)
    assert young == Pause(
        phase="GC",
        cause="Allocation Failure",
        kind="young",
        generation=None,
        took_ms=25.0,
        before=64 * MIB,
        after=12 * MIB,
        capacity=251392 * KIB,
        when=When(1525.0, 1402898234647),
        gc_id=None,
        place=young.place,
        old_before=0,
        old_after=2 * MIB,
    )
    assert young.place.line == 4
    assert young.place.text.startswith(b"2014-06-16T07:57:14.622+0200: 1.500: [GC")
    assert (full.phase, full.cause, full.kind, full.took_ms) == (
        "Full GC",
        "Ergonomics",
        "full",
        100,
    )
    assert (full.old_before, full.old_after) == (2 * MIB, 3 * MIB)
    assert run.classes == [(4200 * KIB, None, 1056768 * KIB)]
    cpu = run.of(CpuTimes)
    assert [(one.user_ms, one.sys_ms, one.real_ms) for one in cpu] == [(80, 10, 30), (220, 0, 100)]


def test_header() -> None:
    run = run_of(HEADER + PARALLEL)
    assert run.has_header
    assert run.collector == "Parallel"
    assert run.jdk == "1.8.0_65-b17"
    assert run.heap_max_bytes == 1 << 30
    assert run.memory_bytes == 16 << 30
    assert run.flags.endswith("-XX:+UseParallelGC")
    assert run.lines == 5
    assert (run.first_line, run.last_line) == (1, 5)


def test_the_stamp_is_the_begin_and_what_is_told_is_the_end() -> None:
    run = run_of("10.000: [GC 100K->50K(200K), 2.5000000 secs]\n")
    assert run.of(Pause)[0].when == When(12500.0, None)


@pytest.mark.parametrize(
    ("stamp", "when"),
    (
        ("", When(None, None)),
        ("3.000: ", When(3010.0, None)),
        ("3,000: ", When(3010.0, None)),
        ("2014-06-16T05:57:14.000+0000: ", When(None, 1402898234010)),
        ("2014-06-16T07:57:14.000+0200: 3.000: ", When(3010.0, 1402898234010)),
        ("2014-06-16T00:57:14,000-0500: 3,000: ", When(3010.0, 1402898234010)),
    ),
)
def test_stamps(stamp: str, when: When) -> None:
    run = run_of(stamp + "[GC 100K->50K(200K), 0.0100000 secs]\n")
    assert run.of(Pause)[0].when == when


def test_ids_of_print_gc_id() -> None:
    text = (
        "0.169: #7: [GC (Allocation Failure) 0.170: #7: [ParNew: 8678K->1081K(9792K), 0.0088699"
        " secs] 8678K->8064K(31680K), 0.0106548 secs] [Times: user=0.02 sys=0.00, real=0.01 secs]\n"
    )
    run = run_of(text)
    assert run.of(Pause)[0].gc_id == 7
    assert run.of(CpuTimes)[0].gc_id == 7
    assert run.collector == "CMS"


def test_promotion_failed_in_parallel() -> None:
    text = (
        "429.344: [GC-- [PSYoungGen: 876977K->876977K(876992K)] 2335451K->2412975K(2412992K),"
        " 0.7651430 secs]\n"
        "430.344: [GC (Allocation Failure) --[PSYoungGen: 8K->8K(8K)] 9K->9K(10K), 0.1 secs]\n"
    )
    run = run_of(text)
    assert [one.kind for one in run.of(Pause)] == ["young", "young"]
    assert run.rooms == [1, 2]


def test_a_young_collection_that_collects_tenured_is_full() -> None:
    text = (
        "1.2: [GC x\n0.500: [GC (Allocation Failure) 0.500: [DefNew: 64K->64K(72K), 0.0000200 secs]"
        "0.510: [Tenured: 110K->120K(170K), 0.2000000 secs] 174K->120K(242K),"
        " [Metaspace: 2K->2K(8K)], 0.2100000 secs] [Times: user=0.2 sys=0.0, real=0.2 secs]\n"
    )
    run = run_of(text)
    (pause,) = run.of(Pause)
    assert (pause.phase, pause.kind, pause.took_ms) == ("GC [Tenured]", "full", 210.0)
    assert (pause.old_before, pause.old_after) == (110 * KIB, 120 * KIB)
    assert run.collector == "Serial"


CMS = """\
1.000: [GC [1 CMS-initial-mark: 91890K(131072K)] 109176K(249088K), 0.0010000 secs] \
[Times: user=0.00 sys=0.00, real=0.00 secs]
1.001: [CMS-concurrent-mark-start]
1.050: [CMS-concurrent-mark: 0.040/0.049 secs] [Times: user=0.10 sys=0.00, real=0.05 secs]
1.050: [CMS-concurrent-preclean-start]
1.060: [GC 1.060: [ParNew1.070: [CMS-concurrent-preclean: 0.001/0.020 secs] \
[Times: user=0.02 sys=0.00, real=0.06 secs]
: 118008K->13040K(118016K), 0.0280000 secs] 194351K->128075K(249088K), 0.0290000 secs] \
[Times: user=0.03 sys=0.02, real=0.03 secs]
1.200: [GC[YG occupancy: 15176 K (118016 K)]1.200: [Rescan (parallel) , 0.0003847 secs]\
1.201: [weak refs processing, 0.0000057 secs] [1 CMS-remark: 115034K(131072K)] \
130210K(249088K), 0.0020000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]
1.202: [CMS-concurrent-sweep-start]
1.300: [CMS-concurrent-sweep: 0.098/0.098 secs] [Times: user=0.00 sys=0.00, real=0.10 secs]
1.300: [CMS-concurrent-reset-start]
1.301: [CMS-concurrent-reset: 0.001/0.001 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]
"""


@pytest.mark.parametrize("lines", (1, 2, 3, 100))
def test_a_cycle_of_cms_with_a_phase_inside_a_young_collection(lines: int) -> None:
    run = run_of(CMS, lines=lines)
    kinds = [(one.kind, one.took_ms, one.place.line) for one in run.of(Pause)]
    assert kinds == [("initial_mark", 1.0, 1), ("young", 29.0, 5), ("remark", 2.0, 7)]
    mark = run.of(Pause)[0]
    assert (mark.phase, mark.before, mark.after) == (
        "CMS-initial-mark",
        109176 * KIB,
        109176 * KIB,
    )
    (cycle,) = run.of(Cycle)
    assert (cycle.kind, round(cycle.took_ms), cycle.when) == ("concurrent", 300, When(1301.0, None))
    assert len(run.of(CpuTimes)) == 3
    assert run.unknown == []


def test_concurrent_mode_failure() -> None:
    text = (
        "0.715: [CMS-concurrent-mark-start]\n"
        "0.769: [GC 0.769: [ParNew (promotion failed): 118006K->118006K(118016K), 0.0100000 secs]"
        "0.779: [CMS0.790: [CMS-concurrent-abortable-preclean: 0.001/0.055 secs]"
        " [Times: user=0.02 sys=0.00, real=0.06 secs] \n"
        " (concurrent mode failure): 91890K->20323K(131072K), 0.0186232 secs]"
        " 209896K->20323K(249088K), [CMS Perm : 2561K->2560K(21248K)], 0.0187293 secs]"
        " [Times: user=0.01 sys=0.00, real=0.02 secs] \n"
    )
    run = run_of(text)
    (pause,) = run.of(Pause)
    assert (pause.phase, pause.kind, round(pause.took_ms, 4)) == ("GC [CMS]", "full", 18.7293)
    assert (pause.old_before, pause.old_after) == (91890 * KIB, 20323 * KIB)
    assert [one.kind for one in run.of(Cycle)] == ["aborted"]
    assert run.rooms == [2]
    assert run.classes == [(2560 * KIB, 21248 * KIB, None)]


def test_a_young_collection_inside_a_remark_is_told_first() -> None:
    text = (
        "12.356: [GC [YG occupancy: 830688 K (1310720 K)]12.357: [GC 12.357: [ParNew:"
        " 830688K->25255K(1310720K), 0.1302057 secs] 830688K->36167K(4980736K), 0.1306264 secs]"
        " [Times: user=0.45 sys=0.02, real=0.12 secs] \n"
        "12.488: [Rescan (parallel) , 0.0100000 secs]12.500: [weak refs processing, 0.0001 secs]"
        " [1 CMS-remark: 10911K(3670016K)] 36167K(4980736K), 0.1600000 secs]"
        " [Times: user=0.50 sys=0.02, real=0.16 secs] \n"
    )
    run = run_of(text)
    inner, outer = run.of(Pause)
    assert (inner.kind, inner.when.uptime_ms) == ("young", pytest.approx(12487.6264))
    assert (outer.kind, outer.when) == ("remark", When(12516.0, None))
    assert [one.real_ms for one in run.of(CpuTimes)] == [120.0, 160.0]


G1 = """\
0.290: [GC pause (G1 Evacuation Pause) (young) (initial-mark) 0.290: [G1Ergonomics (CSet \
Construction) start choosing CSet, _pending_cards: 512, predicted base time: 2.55 ms]
 0.301: [G1Ergonomics (Heap Sizing) expand the heap, requested expansion amount: 6710886 bytes]
, 0.0115000 secs]
   [Parallel Time: 11.2 ms, GC Workers: 4]
      [Ext Root Scanning (ms): Min: 0.4, Avg: 0.4, Max: 0.5, Diff: 0.1, Sum: 1.8]
   [Eden: 15.0M(15.0M)->0.0B(10.0M) Survivors: 2048.0K->3072.0K Heap: 71.5M(96.0M)->61.5M(103.0M)]
 [Times: user=0.03 sys=0.03, real=0.02 secs]
0.302: [GC concurrent-root-region-scan-start]
0.302: [GC concurrent-root-region-scan-end, 0.0001729 secs]
0.302: [GC concurrent-mark-start]
0.303: [GC concurrent-mark-end, 0.0011728 sec]
0.303: [GC remark 0.303: [Finalize Marking, 0.0002 secs] 0.303: [GC ref-proc, 0.0000700 secs], \
0.0010000 secs]
 [Times: user=0.00 sys=0.00, real=0.00 secs]
0.304: [GC cleanup 75M->25M(103M), 0.0005000 secs]
 [Times: user=0.00 sys=0.00, real=0.00 secs]
0.400: [GC pause (G1 Evacuation Pause) (mixed) (to-space exhausted), 0.0200000 secs]
   [Eden: 4.0M(4.0M)->0.0B(4.0M) Survivors: 0.0B->0.0B Heap: 80.0M(103.0M)->70.0M(103.0M)]
0.500: [Full GC (System.gc()) 70M->30M(60M), 0.2000000 secs]
   [Eden: 1.0M(4.0M)->0.0B(4.0M) Survivors: 0.0B->0.0B Heap: 70.5M(103.0M)->30.5M(60.0M)], \
[Metaspace: 2658K->2650K(1056768K)]
 [Times: user=0.2 sys=0.0, real=0.2 secs]
"""


@pytest.mark.parametrize("lines", (1, 5, 100))
def test_g1_with_details(lines: int) -> None:
    run = run_of(G1, lines=lines)
    told = [(one.phase, one.kind, one.before, one.after) for one in run.of(Pause)]
    assert told == [
        ("GC pause (young) (initial-mark)", "young", int(71.5 * MIB), int(61.5 * MIB)),
        ("GC remark", "remark", None, None),
        ("GC cleanup", "cleanup", 75 * MIB, 25 * MIB),
        ("GC pause (mixed)", "young", 80 * MIB, 70 * MIB),
        ("Full GC", "full", int(70.5 * MIB), int(30.5 * MIB)),
    ]
    young = run.of(Pause)[0]
    assert (young.old_before, young.old_after) == (int(54.5 * MIB), int(58.5 * MIB))
    assert [(one.kind, one.cause) for one in run.of(Cycle)] == [
        ("concurrent", "G1 Evacuation Pause")
    ]
    assert round(run.of(Cycle)[0].took_ms, 1) == 2.5
    assert run.of(Pause)[4].cause == "System.gc()"
    assert run.collector == "G1"
    assert len(run.rooms) == 1
    assert run.unknown == []
    assert len(run.of(CpuTimes)) == 4


def test_safepoints_are_not_pauses() -> None:
    text = (
        "2.0: Application\n"
        "2014-06-16T07:57:14.622+0200: 3,284: Total time for which application threads were"
        " stopped: 0,0250000 seconds, Stopping threads took: 0,0010000 seconds\n"
        "Total time for which application threads were stopped: 0.5000000 seconds\n"
    )
    run = run_of(text)
    first, second = run.of(Safepoint)
    assert (first.total_ms, first.sync_ms, first.when.uptime_ms) == (25.0, 1.0, 3284.0)
    assert (second.total_ms, second.sync_ms, second.when) == (500.0, None, When(None, None))
    assert run.of(Pause) == []


def test_tables_between_head_and_tail() -> None:
    text = (
        "{Heap before GC invocations=1 (full 0):\n"
        " par new generation   total 118016K, used 104960K [0x00000000eae00000, 0x000f2e00000)\n"
        "  eden space 104960K, 100% used [0x00000000eae00000, 0x00000000eb12)\n"
        " Metaspace       used 2459K, capacity 4490K, committed 4864K, reserved 1056768K\n"
        "1.000: [GC (Allocation Failure) Before GC:\n"
        "Statistics for BinaryTreeDictionary:\n"
        "------------------------------------\n"
        "Total Free Space: 7289486\n"
        "1.000: [ParNew\n"
        "Desired survivor size 262144 bytes, new threshold 15 (max 15)\n"
        "- age   1:     457288 bytes,     457288 total\n"
        ": 4878K->492K(4928K), 0.0028687 secs] 69671K->68647K(98300K)After GC:\n"
        "Statistics for BinaryTreeDictionary:\n"
        ", 0.0030000 secs] [Times: user=0.00 sys=0.00, real=0.00 secs]\n"
        "Heap after GC invocations=2 (full 0):\n"
        "}\n"
    )
    run = run_of(text, lines=1)
    (pause,) = run.of(Pause)
    assert (pause.took_ms, pause.after, pause.place.line) == (3.0, 68647 * KIB, 5)
    assert run.unknown == []


def test_class_histogram_inside_a_full_collection() -> None:
    text = (
        "1.000: [Full GC (Heap Inspection Initiated GC) 1.000: [Class Histogram:\n"
        " num     #instances         #bytes  class name\n"
        "----------------------------------------------\n"
        "   1:         44848        5066368  [C\n"
        " 100:            12            368  [Ljava.lang.Object;\n"
        "1000:            12            368  [[I\n"
        "Total        400000       90000000\n"
        ", 0.0500000 secs] [PSYoungGen: 10K->0K(76K)] [ParOldGen: 20K->30K(175K)] 30K->30K(251K),"
        " [Metaspace: 4K->4K(1056K)], 0.1000000 secs] [Times: user=0.2 sys=0.0, real=0.1 secs]\n"
    )
    run = run_of(text)
    assert [(one.kind, one.took_ms) for one in run.of(Pause)] == [("full", 100.0)]


def test_restart_by_header_and_by_uptime() -> None:
    text = HEADER + PARALLEL + HEADER + PARALLEL + "0.200: [GC 100K->50K(200K), 0.0100000 secs]\n"
    runs = runs_of(text)
    assert [run.first_line for run in runs] == [1, 6, 11]
    assert [len(run.of(Pause)) for run in runs] == [2, 2, 1]
    assert [run.lines for run in runs] == [5, 5, 1]


def test_a_rotated_file_goes_on() -> None:
    text = (
        HEADER
        + "5.000: [GC 100K->50K(200K), 0.0100000 secs]\n"
        + "2016-04-14 22:41:41 GC log file has reached the maximum size. Saved as gc.log.0\n"
        + "2016-04-14 22:41:41 GC log file created gc.log.1\n"
        + HEADER
        + "6.000: [GC 100K->50K(200K), 0.0100000 secs]\n"
    )
    assert len(run_of(text).of(Pause)) == 2


def test_later_file_of_a_rotated_set_has_no_begin() -> None:
    text = (
        "2016-04-14 22:41:41 GC log file created gc.log.1\n"
        + HEADER
        + "1069.416: [GC 1K->1K(2K), 0.0 secs]\n"
    )
    run = run_of(text)
    assert not run.has_header
    assert run.jdk == "1.8.0_65-b17"


def test_clock_set_back_is_no_restart() -> None:
    text = (
        "2014-06-16T07:57:15.206+0200: 30285,517: [GC 100K->50K(200K), 0,0100000 secs]\n"
        "2014-06-16T07:56:15.085+0200: 30365,059: [GC 100K->50K(200K), 0,0100000 secs]\n"
    )
    assert len(run_of(text).of(Pause)) == 2


def test_orderly_exit() -> None:
    heap = "Heap\n PSYoungGen      total 76288K, used 10240K [0x1, 0x2, 0x3)\n"
    assert run_of(PARALLEL + heap).exit_place == Place(3, b"Heap")
    dump = "Full thread dump Java HotSpot(TM) 64-Bit Server VM (25.65-b01 mixed mode):\n"
    assert run_of(PARALLEL + dump + heap).exit_place is None
    assert run_of(PARALLEL + heap + "9.000: [GC 1K->1K(2K), 0.1 secs]\n").exit_place is None


def test_lines_of_a_program_are_not_events() -> None:
    text = (
        PARALLEL
        + 'INFO saw "12.345: [GC 100K->50K(200K), 0.1000000 secs]" in a log\n'
        + "worker 3.100: [Full GC 100K->50K(200K), 0.1000000 secs]\n"
        + "[GC monitor] INFO nothing to see\n"
        + "[GCLocker] entered\n"
        + "Heap\n"
        + "Heap is fine\n"
        + "Desired survi4.000: [GC 100K->50K(200K), 0.1000000 secs]\n"
    )
    run = run_of(text, own_file=False)
    assert len(run.of(Pause)) == 3
    assert run.unknown == []
    assert run.exit_place is None


def test_two_events_on_a_line() -> None:
    text = (
        "2.192: [GC [PSYoungGen: 4K->4K(4K)] 4K->1K(4K), 0.0068330 secs] [Times: user=0.03 "
        "sys=0.01,"
        " real=0.01 secs] 2.199: [Full GC [PSYoungGen: 4K->0K(4K)] [PSOldGen: 1K->1K(4K)]"
        " 4K->1K(4K) [PSPermGen: 2K->2K(21K)], 0.0081330 secs]\n"
    )
    run = run_of(text)
    assert [one.kind for one in run.of(Pause)] == ["young", "full"]


def test_lost_tail_is_not_understood() -> None:
    text = (
        "4.000: [GC 100K->50K(200K), 0.0100000 secs]\n"
        "5.000: [GC 5.000: [ParNew\n"
        "5.500: [GC 100K->50K(200K), 0.0100000 secs]\n"
        "6.000: [Full GC (Sy\n"
    )
    run = run_of(text)
    assert len(run.of(Pause)) == 2
    assert {line for line, _ in run.unknown} == {2, 4}


def test_shenandoah() -> None:
    text = (
        "2.469: [Pause Init Mark (process weakrefs), start]\n"
        "2.472: [Pause Init Mark (process weakrefs), 3.341 ms]\n"
        "2.500: [Pause Full (Allocation Failure) 250M->12M(256M), 20.100 ms]\n"
        "2.500: [Concurrent marking 187M->190M(256M), 4.100 ms]\n"
    )
    run = run_of(text)
    told = [(one.phase, one.cause, one.kind, one.took_ms) for one in run.of(Pause)]
    assert told == [
        ("Pause Init Mark (process weakrefs)", None, "initial_mark", 3.341),
        ("Pause Full", "Allocation Failure", "full", 20.1),
    ]
    assert run.collector == "Shenandoah"


def test_cms_without_details() -> None:
    text = (
        "1.0: x\n1.000: [GC (CMS Initial Mark)  10812K(31680K), 0.0010000 secs]\n"
        "2.000: [GC (CMS Final Remark)  10812K(31680K), 0.0020000 secs]\n"
        "3.000: [GC 10812K(31680K), 0.0030000 secs]\n"
    )
    assert [one.kind for one in run_of(text).of(Pause)] == ["initial_mark", "remark", "other"]


def test_carriage_returns() -> None:
    assert run_of(PARALLEL.replace("\n", "\r\n")).of(Pause) == [
        one._replace(place=one.place._replace(text=one.place.text + b"\r"))
        for one in run_of(PARALLEL).of(Pause)
    ]


def test_unified_logging_is_not_for_this_reader() -> None:
    unified = (
        b"[0.123s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(256M) 3.5ms\n"
        b"Entering safepoint region: G1CollectForAllocation\nLeaving safepoint region\n"
        b"Total time for which application threads were stopped: 0.0036 seconds\n"
    )
    assert not LegacyParser().gate(unified, len(unified))
    assert runs_of(unified) == []


@pytest.mark.parametrize(
    "hostile",
    (
        b"1.000: " + b"[GC " * 16000 + b"\n",
        b"1.000: " + b"[GC " * 8000 + b"]" * 8000 + b"\n",
        b"x 1.234: [GCx " * 5000 + b"\n",
        b"1.234: [GCx " * 5000 + b"\n",
        b"1.000: [GC (" + b" " * 60000 + b"\n",
        b"1.000: [GC 1K->1K" + b"," * 60000 + b"]\n",
        b"[Times: user=0.0 sys=0.0, real=0.0 secs]" * 1000 + b"\n",
        b"9" * 60000 + b": [GC 1K->1K(1K), 0.1 secs]\n",
        b"0000-99-99T99:99:99.999+9999: 1.000: [GC 1K->1K(1K), 0.1 secs]\n",
        b"\x00\xff[GC\xfe\n" * 1000,
        b"1.000: [GC (\xff\xfe) 1K->1K(1K), 0.1 secs]\n",
    ),
)
def test_hostile_bytes(hostile: bytes) -> None:
    began = time.process_time()
    for own_file in (True, False):
        runs_of(hostile * 3 + PARALLEL.encode(), own_file=own_file)
    assert time.process_time() - began < 10


def test_any_cut_is_survived() -> None:
    data = (HEADER + CMS + G1).encode()
    whole = sum(len(run.of(Pause)) for run in runs_of(data))
    for cut in range(0, len(data), 7):
        assert sum(len(run.of(Pause)) for run in runs_of(data[:cut])) <= whole
        runs_of(data[cut:])


def test_a_remark_written_into_the_middle_of_a_young_collection() -> None:
    text = (
        "10.000: [GC10.000: [ParNew10.011: [CMS-concurrent-abortable-preclean: 1.412/2.973 secs]"
        " [Times: user=1.37 sys=0.04, real=2.98 secs] \n"
        "11.900: [GC[YG occupancy: 3705 K (153344 K)]11.901: [Rescan (parallel) , 0.1472830 secs]"
        " [1 CMS-remark: 1898584K(1926784K)] 1902289K(2080128K), 0.1484420 secs]"
        " [Times: user=0.25 sys=0.00, real=0.14 secs] \n"
        "- age   6:     656072 bytes,    2467712 total\n"
        ": 140622K->3617K(153344K), 1.8212020 secs] 2039047K->1902202K(2080128K), 1.8214970 secs]"
        " [Times: user=0.19 sys=0.00, real=1.83 secs] \n"
    )
    run = run_of(text)
    assert [one.kind for one in run.of(Pause)] == ["remark", "young"]
    assert run.unknown == []


def test_quoted_collections_are_no_events_and_no_runs() -> None:
    text = "".join(
        f"{i}.000: [GC (Allocation Failure)  10240K->5120K(20480K), 0.1000000 secs]\n"
        f"2026-01-01 00:00:00 INFO - {i}.000: [GC (System.gc())  9K->5K(20K), 0.9000000 secs]\n"
        "2026-01-01 00:00:00 INFO - 1.000: [Full GC (System.gc())  9K->5K(20K), 0.9000000 secs]\n"
        for i in range(1, 6)
    )
    # this one the JVM wrote while the program's line was not finished
    text += "progress 9.000: [GC (Allocation Failure)  10240K->5120K(20480K), 0.1000000 secs]\n"
    (run,) = runs_of(text)
    assert [one.took_ms for one in run.of(Pause)] == [100.0] * 6
    assert run.unknown == []


def test_header_of_the_start_is_that_however_late_the_first_collection() -> None:
    event = "{}.000: [GC (Allocation Failure)  10240K->5120K(20480K), 0.1000000 secs]\n"
    eight = (
        "OpenJDK 64-Bit Server VM (25.292-b10) for linux-amd64 JRE (1.8.0_292-b10), built on Apr"
    )
    seven = "OpenJDK 64-Bit Server VM (24.45-b08) for linux-amd64 JRE (1.7.0_45-b18), built on Oct"
    created = "2016-04-14 22:41:41 GC log file created logs/gc.log.2\n"
    for top, late, starts in (
        (eight, 100, True), (created + eight, 100, False), (seven, 100, False), (seven, 9, True),
    ):  # fmt: skip
        (run,) = runs_of(f"{top}\n{event.format(late)}{event.format(late + 1)}")
        assert run.has_header is starts
