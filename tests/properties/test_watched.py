"""Readers that look at some lines only find what they find when they look at all of them."""

import io
import re
from collections.abc import Iterable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from h2o_forensics import literals
from h2o_forensics.gc import candidates, read
from h2o_forensics.gc.unified import UnifiedParser
from h2o_forensics.readers import blocks, kills, side_evidence
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.gc_lines import JvmLines
from h2o_forensics.readers.read_artifacts import form_of
from h2o_forensics.readers.side_evidence import SideReader
from h2o_forensics.readers.watch import watched

HEAD = "11-22 06:01:46.386 127.0.0.1:54321       12528        main  INFO water.default: "
TEXTS = (
    f"{HEAD}Cleaner pass took: 0.1 sec, spilled Zero",
    f"{HEAD}Killed process 12 (java)",
    f"{HEAD}HttpReq traces\n{HEAD}Thread main\n{HEAD}   TOTAL 1",
    "a program's own words, [not] GC (though)",
    "[1] in brackets",
    "Using Gson for this",
    "x" * 300,
    "",
    "[0.005s][info][gc] Using G1",
    "[0.006s][info][gc,init] Heap Region Size: 1M",
    "[{n}.250s][info][gc] GC({n}) Pause Young (Normal) (G1 Evacuation Pause) 23M->4M(256M) 1.2ms",
    "[{n}.260s][info][gc,cpu] GC({n}) User=0.01s Sys=0.00s Real=0.00s",
    "at once: [{n}.250s][info][gc] GC({n}) Pause Full (System.gc()) 23M->4M(256M) 5.2ms",
    "{n}.123: [GC (Allocation Failure) [PSYoungGen: 65K->10K(76K)] 65K->12K(251K), 0.01 secs]",
    "{n}.200: [Full GC (Ergonomics) [PSYoungGen: 10K->0K(76K)] [ParOldGen: 9K->9K(90K)",
    "] 65K->12K(251K), [Metaspace: 3K->3K(10K)], 0.0245 secs]",
    " [Times: user=0.03 sys=0.01, real=0.01 secs]",
    "Heap\n PSYoungGen      total 76288K, used 1966K",
    "2026-11-22 14:17:53\nFull thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode):",
    '"Worker-2" #13 prio=5 os_prio=0 cpu=0.51ms tid=0x00007f90d40b7b80 nid=0x4c3d runnable',
    "   java.lang.Thread.State: RUNNABLE",
    "JNI global refs: 4, weak refs: 0",
    "Killed process {n} (java) total-vm:1kB, anon-rss:225572kB, file-rss:0kB",
    "Memory cgroup out of memory: Kill process {n} (java) score 1 or sacrifice child",
    "Container [pid={n},containerID=c_1] is running beyond physical memory limits.",
    "Container killed by YARN for exceeding memory limits.  1.0 GB of 1 GB physical memory used",
    "run.sh: line 3:   {n} Killed                  java -jar h2o.jar",
    "Process exited with code 137",
    "State: Terminated\n  Reason: OOMKilled\n  Exit Code: 137",
    "memory.max 268435456",
    "nr_periods 911\nnr_throttled 903",
    "# There is insufficient memory for the Java Runtime Environment to continue.",
    "# Native memory allocation (mmap) failed to map 65536 bytes for committing reserved memory.",
)
Told = tuple[object, ...]


def everything(data: bytes, size: int, words: tuple[bytes, ...]) -> list[tuple[int, int]]:
    """As if every word stood in every line."""
    ends = [match.end() for match in re.finditer(rb"(?m)^(?!\Z)\n?.?", data[:size])]
    return [(end, index) for end in ends for index in range(len(words))]


def told(data: bytes, kind: str, size: int) -> Told:
    jvms, side = JvmLines(kind), SideReader(kind, "x.log")
    for _ in watched(iter(BlockReader(io.BytesIO(data), form_of(kind), size)), kind, jvms, side):
        pass
    runs = [
        (run.first_line, run.last_line, run.lines, run.events, run.collector, run.exit_place)
        for run in jvms.close()
    ]
    found = side.close()
    return runs, found.crashes, found.kills, found.limits, [repr(one) for one in found.dumps]


@given(
    lines=st.lists(st.sampled_from(TEXTS), min_size=5, max_size=60),
    kind=st.sampled_from(("h2o_log", "console")),
    size=st.sampled_from((200, 1000, 5000)),
    plain=st.booleans(),
    ended=st.booleans(),
)
@settings(deadline=None, max_examples=300)
def test_some_lines_tell_what_all_do(
    lines: list[str], kind: str, size: int, *, plain: bool, ended: bool
) -> None:
    text = "\n".join(one.replace("{n}", str(n)) for n, one in enumerate(lines))
    data = (text + "\n" * ended).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "LOOK_AHEAD_BYTES", 150)
        patch.setattr(side_evidence, "_CHUNK_BYTES", 3 * size)
        patch.setattr(read, "_FIRST_BYTES", 100)
        patch.setattr(literals, "HAS_HYPERSCAN", not plain)
        for cached in (candidates._set_of, watched.__globals__["_set_of"]):
            cached.cache_clear()
        some = told(data, kind, size)
        patch.setattr(literals.LiteralSet, "find", _find_everything)
        assert told(data, kind, size) == some
    for cached in (candidates._set_of, watched.__globals__["_set_of"]):
        cached.cache_clear()


def _find_everything(
    self: literals.LiteralSet, block: bytes, size: int | None = None
) -> list[tuple[int, int]]:
    return everything(block, len(block) if size is None else size, self.literals)


def test_what_is_read_around_a_verdict_is_enough() -> None:
    pod = b"Name: h2o\n" + b"  line\n" * 900
    state = b"    Last State: Terminated\n      Reason: OOMKilled\n      Exit Code: 137\n"
    whole = kills.kill_rows(pod + state + pod)
    assert [row["line"] for row in whole] == [903]


def _lines(blocks_of: Iterable[bytes]) -> list[int]:
    parser, line = UnifiedParser(own_file=False), 1
    for block in blocks_of:
        parser.read(block, len(block), line)
        line += block.count(b"\n")
    return [run.first_line for run in parser.close()]


def test_numbers_of_lines_are_those_of_the_stream() -> None:
    gc = b"[1.0s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 2M->1M(9M) 1.2ms\n"
    other = b"what the program says\n"
    assert _lines([other * 1000 + gc + other]) == [1001]
    assert _lines([other * 10, other * 500 + gc, gc]) == [511]
