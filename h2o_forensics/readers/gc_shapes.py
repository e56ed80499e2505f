r"""Whether a text is a GC log: what share of its first lines a JVM writes about its heap.

[2026-11-22T06:12:45.464+0000][12.3s][info][gc] GC(3) Pause Full (System.gc()) 60M->33M(365M) 9ms
GC(3) Pause Full (System.gc()) 60M->33M(365M) 9ms                         decorations: none
12.345: [GC (Allocation Failure) [PSYoungGen: 512K->300K(1024K)] 512K->300K(2048K), 0.001 secs]
2013-08-26T10:12:11.325+0200: 5.123: [CMS-concurrent-mark-start]
[12.345s][info][safepoint] Safepoint "G1CollectForAllocation", Time since last: 24 ns, ...

A program whose output has such lines here and there wrote a console, not a GC log.
Source: openjdk, src/hotspot/share/gc and runtime/safepoint.cpp; JDK 8: share/vm/gc_implementation.
"""

from __future__ import annotations

import re

_BYTES = 64 * 1024
_LEAST_SHARE = 0.3
_DECORATIONS = rb"(?:\[[^\]\n]{1,64}\]){1,16} ?"
"""Date, uptime, pid or thread, level, tags, host: what follows decides."""
_UNIFIED_BODY = (
    rb"GC\(\d+\) |Using (?:G1|Parallel|Serial|The Z|Shenandoah|Concurrent|Epsilon)"
    rb"|Initializing (?:The Z|Shenandoah|Epsilon)|Safepoint \"|(?:Entering|Leaving) safepoint"
    rb"|Total time for which application threads|Application time: |Pause "
    rb"|(?:Allocation|Relocation) Stall |Heap [Rr]egion [Ss]ize: |Heap address: |Trigger: "
    rb"|=== (?:Garbage|Periodic)|G[CO]* ?Stats|Version: \d[^\n(]{0,200} \(|CPUs: \d+ total"
)
_PLAIN_BODY = (
    rb"GC\(\d+\) (?:Pause|Concurrent|User=|Heap|Eden|Survivor|Old|Humongous|Metaspace|Garbage"
    rb"|Minor|Major|[YyO]: |Using|Trigger|Free|Used|To-space|Evacuation|Cancelling|Phase|Age"
    rb"|PSYoung|ParOldGen|DefNew|Tenured|ParNew|CMS|Desired|  ?)"
    rb"|Using (?:G1|Parallel|Serial|Concurrent Mark Sweep|The Z Garbage Collector|Shenandoah)\r?$"
    rb"|Safepoint \"\w+\", Time since last: |(?:Allocation|Relocation) Stall \("
)
_STAMPS = rb"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]\d{3}[+-]\d{4}: ?)?(?:\d+[.,]\d+: ?)?"
_OLD_BODY = (
    rb"(?:#?\d+: )?\[(?:Full )?GC(?:[ (\-.:\[A-Z]|\r?$)"
    rb"|\[(?:ParNew|DefNew|PSYoungGen|Tenured|CMS|ASCMS)[: -]"
    rb"|\[(?:Rescan|YG occupancy|GC cleanup|GC remark|GC concurrent|GC pause|Unloading"
    rb"|(?:Pause|Concurrent) [A-Za-z ]{4,40}[,( ])"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file (?:created|has reached)"
    rb"|(?:OpenJDK|Java HotSpot\(TM\)) [^\n]{0,40} VM \(\d+\.[^\n]{1,80} JRE \("
    rb"|Total time for which application threads were stopped: |Application time: \d"
    rb"|vmop +\[threads: total|\{Heap before|\[G1Ergonomics"
)
_SURE = re.compile(
    rb"^(?:" + _DECORATIONS + rb"(?:" + _UNIFIED_BODY + rb")|" + _PLAIN_BODY
    + rb"|" + _STAMPS + rb"(?:" + _OLD_BODY + rb"))",
    re.MULTILINE,
)  # fmt: skip
_LIKELY = re.compile(
    # any line with decorations of a level, an uptime or a date
    rb"^(?:\[(?:\d{4}-\d\d-\d\dT[^\]\n]{8,24}|\d+[.,]\d+s|\d+(?:ms|ns))\]"
    rb"|(?:\[[^\]\n]{1,64}\]){0,12}\[(?:info|debug|trace|warning|error) *\]"
    rb"(?:\[[^\]\n]{1,64}\]){0,3} "
    rb"|\[(?:gc|safepoint)[a-z0-9,+]* *\] "
    rb"|" + _DECORATIONS + rb"(?:" + _UNIFIED_BODY + rb")|(?:\[\d{1,10}\]){1,2} "  # pid, tid
    rb"|GC\(\d+\) |" + _PLAIN_BODY +
    # JDK 8's headers and blocks of lines
    rb"|" + _STAMPS + rb"(?:" + _OLD_BODY + rb")"
    rb"|(?:OpenJDK|Java HotSpot\(TM\)) |Memory: \d+k page|CommandLine flags: "
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file"
    rb"|\{?Heap(?: before| after|\r?$)|\}|Desired survivor size|- age +\d+: | *\[Times: "
    rb"| *(?:PSYoungGen|ParOldGen|PSOldGen|PSPermGen|PSAdaptive|par new|def new|tenured"
    rb"|concurrent mark-sweep"
    rb"|concurrent-mark-sweep|compacting perm|garbage-first|region size|Metaspace|class space|eden"
    rb"|from |to  |object space|the space|No shared|rw space|ro space|AdaptiveSize|   \[|\[Eden)"
    rb"| {2,}\[|, \d+[.,]\d+ secs\]|: \d+K->\d+K|\[Parallel Time|Total time for|Finished"
    rb"|Statistics for"
    rb"|Before GC:|After GC:|Total Free Space|Max   Chunk|Number of Blocks|Av\.  Block"
    rb"|Tree      Height|-{20,}"
    rb"|GC locker: |AdaptiveSize|    avg_|CMS: Large block|\d+(?:[.,]\d+)?: )",
    re.MULTILINE,
)  # fmt: skip
_LINE = re.compile(rb"^[^\n]*\S[^\n]*$", re.MULTILINE)


def is_gc_log(head: bytes) -> bool:
    """Whether most of the first lines are a collector's, and at least one for certain."""
    text = head[:_BYTES]
    if _SURE.search(text) is None:
        return False
    cut = text.rfind(b"\n") + 1
    text = text[:cut] if cut else text
    lines = sum(1 for _ in _LINE.finditer(text))
    return sum(1 for _ in _LIKELY.finditer(text)) >= _LEAST_SHARE * lines
