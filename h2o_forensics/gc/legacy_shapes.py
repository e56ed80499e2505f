"""How lines of JDK 8 and older begin: cheap tests, before anything is read."""

import re

GATE = (b"[GC", b"[Full GC", b"[CMS-concurrent", b"[ASCMS-concurrent", b"[Pause ")
SAFEPOINT = b"Total time for which application threads were stopped"
REGIONS = (b"Entering safepoint region", b"Leaving safepoint region")
"""Unified logging of JDK 9 to 12 has them beside the line that it shares with JDK 8."""
PHASES = (b"[GC concurrent-", b"[CMS-concurrent-", b"[ASCMS-concurrent-")
PAUSES = (b"[GC", b"[Full GC")
INSIDE = re.compile(
    rb"(?:\d[.,]\d{3}: ?|[+-]\d{4}: ?|#\d{1,9}: ?)\[(?:(?:Full )?GC|(?:AS)?CMS-concurrent-)"
)
CUT = (b"Total time", b"Application", b"Desired", b"- age", b"CMS: ", b"[Preclean", b"}", b"Heap ")
"""Texts of the JVM's that an event may cut."""
GARBLED = re.compile(rb"[0-9T:+., -]{1,96}(?=\[|Total time for)")
"""Stamps of two threads, written over each other."""
MAYBE = re.compile(
    rb"\s*(?:\[|\d{1,12}[.,]\d{3}: |\d{4}-\d\d-\d\d[T ]|#\d|Total time|Application|Desired|- age"
    rb"|CMS: |[{}]|Heap|Java HotSpot|OpenJDK|CommandLine|Memory:|Full thread|Metaspace|region size"
    rb"|PSYoung|garbage-first|concurrent mark-sweep|tenured|par new|def new)"
)
"""How a line of the JVM's may begin: cheap, for a program's output."""
SIZES_AT = {b"[E", b"[ ", b"[["}
"""How the one detail of G1's begins that counts, after three blanks."""
AFTER = (b"   [Eden: ", b" [Times: ")
SKIP = (
    b"- age ", b"Desired survivor", b"  eden ", b"  from ", b"  to  ", b"  object ",
    b"  class space", b"TLAB: ",
)  # fmt: skip
"""Lines of a log of its own that many events have and that say nothing."""
