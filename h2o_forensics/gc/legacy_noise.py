"""Lines of JDK 8 and older that belong to its log and of which nothing is kept."""

import re

_HEAPS = (
    (b"PSYoungGen", "Parallel"),
    (b"garbage-first heap", "G1"),
    (b"concurrent mark-sweep generation", "CMS"),
    (b"tenured generation", "Serial"),
    (b"Shenandoah Heap", "Shenandoah"),
)
_YOUNG = (b"par new generation", b"def new generation")

KNOWN = (
    b"Desired survivor", b"- age", b"{Heap ", b"Heap ", b"}", b"Application time", b"Total time for which",
    b"PSYoungGen", b"ParOldGen", b"PSOldGen", b"PSPermGen", b"eden ", b"from ", b"to  ", b"object ",
    b"par new ", b"concurrent mark-sweep", b"concurrent-mark-sweep", b"def new ", b"tenured ", b"the space",
    b"compacting perm", b"garbage-first", b"region size", b"Metaspace ", b"class space", b"No shared", b"ro space",
    b"rw space", b"Statistics for ", b"----", b"Total Free Space", b"Max   Chunk", b"Number of Blocks", b"Av.  Block",
    b"Tree      Height", b"free=", b"Before GC", b"After GC", b"AdaptiveSize", b"PSAdaptive", b"CMS: ", b"TLAB",
    b"num ", b"Total  ", b"/proc/meminfo", b"Full thread dump", b'"', b"at ", b"java.lang.Thread.State",
    b"- locked", b"- waiting", b"- parking", b"- None", b"Locked ownable", b"JNI global", b"vmop ",
    b"[Parallel Time", b"[GC Worker", b"[Ext Root", b"[Update RS", b"[Processed Buf", b"[Scan RS", b"[Code Root",
    b"[Object Copy", b"[Termination", b"[Clear CT", b"[Other:", b"[Choose CSet", b"[Ref Proc", b"[Ref Enq",
    b"[Redirty", b"[Free CSet", b"[Humongous", b"[Evacuation", b"[G1Ergonomics", b"Large block",
    b"Min: ", b"[Root Scan", b"[Complete CSet", b"[CM Task", b"[Cleanup", b"[Verify",
)  # fmt: skip
_STAMPED = re.compile(
    rb"[0-9T:+.,# -]{5,64}(?:\[G1Ergonomics|Application time|\[(?:Soft|Weak|Final|Phantom)Reference|\[JNI Weak"
    rb"|\w+ +\[ +\d)"
)
_HISTOGRAM = re.compile(rb"\d{1,9}: +\d+ +\d+ +\S")


def is_known(text: bytes) -> bool:
    """A line (without blanks around it) that says nothing of pauses."""
    return (
        text.startswith(KNOWN)
        or _STAMPED.match(text) is not None
        or _HISTOGRAM.match(text) is not None
    )


def heap_of(text: bytes) -> str | None:
    """The collector that a line of a heap's summary names; `""`: a line of one that names none."""
    if b"total " not in text:
        return None
    for name, collector in _HEAPS:
        if text.startswith(name):
            return collector
    return "" if text.startswith(_YOUNG) else None
