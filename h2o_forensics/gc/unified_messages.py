"""What a message of unified logging is about, by its shape: asked once a shape, not once a line."""

from __future__ import annotations

import re
from enum import Enum, auto


class Kind(Enum):
    """What a line says."""

    FOREIGN = auto()
    """Not the collector's."""
    DETAIL = auto()
    """The collector's, known, nothing to take from it."""
    UNKNOWN = auto()
    """The collector's, not understood."""
    PAUSE = auto()
    CYCLE = auto()
    Z_START = auto()
    Z_CYCLE = auto()
    PHASE = auto()
    """A concurrent phase: CMS and Shenandoah have no line for the whole cycle."""
    STALL = auto()
    SAFEPOINT = auto()
    ENTERING = auto()
    STOPPED = auto()
    CPU = auto()
    OLD = auto()
    HUMONGOUS = auto()
    METASPACE = auto()
    NO_ROOM = auto()
    USING = auto()
    INITIALIZING = auto()
    VERSION = auto()
    FACT = auto()
    EXIT = auto()


_ID = rb"GC\(\d{1,10}\) "
_GEN = rb"(?:[yYO]: )?"
_MS = rb"\d{1,15}[.,]\d{1,9}ms"
_SIZE = rb"\d{1,15}[BKMGT]"
COLLECTORS = {
    b"G1": "G1",
    b"Serial": "Serial",
    b"Parallel": "Parallel",
    b"Concurrent Mark Sweep": "CMS",
    b"Shenandoah": "Shenandoah",
    b"The Z Garbage Collector": "Z",
    b"Epsilon": "Epsilon",
}
USING = re.compile(
    rb"Using (G1|Serial|Parallel|Concurrent Mark Sweep|Shenandoah|The Z Garbage Collector|Epsilon)"
    rb"( \([^)]{0,80}\))?$"
)
_SHAPES: tuple[tuple[Kind, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.PAUSE, _ID + _GEN + rb"Pause [A-Z].{0,300} " + _MS + b"$"),
        (Kind.DETAIL, _ID + _GEN + rb"Pause [A-Z][^<>=]{0,300}(?<!ms)(?<!\d)$"),
        (Kind.UNKNOWN, _ID + _GEN + rb"Pause "),
        (Kind.CYCLE, _ID + rb"Concurrent (?:Mark |Undo )?Cycle " + _MS + b"$"),
        (
            Kind.Z_CYCLE,
            _ID
            + rb"(?:Garbage|Minor|Major) Collection \(.{1,200}\) (?:Aborted$|"
            + _SIZE
            + rb"\(\d+%\)->"
            + _SIZE
            + b")",
        ),
        (Kind.Z_START, _ID + rb"(?:Garbage|Minor|Major) Collection \([^>]{1,200}\)$"),
        (Kind.UNKNOWN, _ID + rb"(?:Garbage|Minor|Major) Collection "),
        (Kind.PHASE, _ID + rb"Concurrent [A-Za-z].{0,200} " + _MS + b"$"),
        (Kind.DETAIL, _ID + _GEN + rb"Concurrent [A-Za-z][^<>=]{0,200}$"),
        (
            Kind.STALL,
            rb"(?:"
            + _ID
            + rb")?(?:Allocation|Relocation|Page Allocation) Stall \(.{0,300}\) "
            + _MS
            + b"$",
        ),
        (
            Kind.SAFEPOINT,
            (
                rb'Safepoint "[^"]{1,200}", Time since last: \d+ ns, Reaching safepoint: \d+ ns, '
                rb".{0,300}Total: \d+ ns"
            ),
        ),
        (Kind.ENTERING, rb"Entering safepoint region: "),
        (
            Kind.STOPPED,
            rb"Total time for which application threads were stopped: \d+[.,]\d+ seconds",
        ),
        (Kind.DETAIL, rb"Leaving safepoint region$|Application time: \d+[.,]\d+ seconds$"),
        (Kind.UNKNOWN, rb"Safepoint \"|Total time for which "),
        (Kind.CPU, _ID + rb"User=\d+[.,]\d+s Sys=\d+[.,]\d+s Real=\d+[.,]\d+s$"),
        (
            Kind.OLD,
            _ID
            + rb"(?:Old regions: \d+->\d+|(?:ParOldGen|PSOldGen|Tenured|CMS): "
            + _SIZE
            + rb"(?:\("
            + _SIZE
            + rb"\))?->"
            + _SIZE
            + rb")",
        ),
        (Kind.HUMONGOUS, _ID + rb"Humongous regions: \d+->\d+"),
        (Kind.METASPACE, _ID + _GEN + rb"Metaspace: \d"),
        (
            Kind.NO_ROOM,
            rb"(?:" + _ID + rb")?(?:To-space exhausted|Promotion failed|Concurrent mode failure)$",
        ),
        (Kind.USING, USING.pattern),
        (Kind.INITIALIZING, rb"Initializing The Z Garbage Collector$"),
        (Kind.VERSION, rb"Version: \d.{0,200} \(\w+\)$"),
        (
            Kind.FACT,
            (
                rb"(?:CPUs: \d+ total|Memory: \d+[KMGT]$|Heap [Rr]egion [Ss]ize: \d+[KMG]$"
                rb"|(?:Heap )?Max Capacity: \d+[KMG]$"
                rb"|Heap address: 0x[0-9a-f]+, size: \d+ MB|CommandLine flags: "
                rb"|Mode: Generational$"
                rb"|GC\(\d{1,10}\) +Capacity: +\d+[KMGT] \(100%\)"
                rb"|GC\(\d{1,10}\) Heap (?:before|after) GC .{0,60}ZHeap .{0,60}max capacity \d)"
            ),
        ),
        (Kind.EXIT, rb"Heap$"),
    )
)
_BARE = re.compile(
    rb"(?:"
    + _ID
    + rb")?"
    + _GEN
    + rb"(?:Trigger\b|(?:Marking|Summary|Compaction|Adjust|Phase|Prepare|Post|Pre|Clear|Verify)\b"
    rb"|Cancelling GC|Failed to allocate|Cannot finish degeneration|Heuristics |Min heap equals"
    rb"|Consider "
    rb"|Good progress|Bad progress|Using |Cleaned |Uncommitted |Reserved |GCLocker|Attempt "
    rb"|Uncommit|Out Of Memory"
    rb"|Adaptive|Young Generation|Old Generation|Capacity|Aborted|Concurrent mode interrupted"
    rb"|Forced |Periodic "
    rb"|Expand|Shrink|Resize|Stalled |Waiting |Free headroom|Immediate Garbage"
    rb"|Pacer |Transfer|At end of "
    rb"|(?:Concurrent|Pause|Pacing)[\w ()]{0,60} {2,}\d+ us\b"  # Shenandoah's table of a cycle
    rb"|All times are wall-clock |all workers\. Dividing |should_start_gc\? |Not starting an old "
    rb"|\w+ heuristics |Rebuilding FreeSet|Coalescing and filling|Stopping ZGC|CDS archive"
    rb"|Narrow klass pointer bits |UseCompressedClassPointers |Initialize mark stack |Forward\b"
    rb"|Minimum heap |Activate regions |Clearing All SoftReferences|Promotion failed, "
    rb"|New gclab size |Current PLAB size |retire_plab\(\) | ?\d+ x \d+[KMG] regions$"
    rb"| - (?:\[0x|map )| ?Shenandoah Heap$|Old generation transition |Stopping \d"
    rb"|Under allocation pressure, |to avoid Degenerated and |enough regions with no live "
    rb"|- age +\d|G1 Service Thread |\| *\d+\|"
    rb"|[a-z][\w ]{3,60}, \d+[.,]\d+ secs$)"  # the tasks of a safepoint, JDK 9 to 12
)
_LABELLED = re.compile(
    rb"(?:GC\(\d{1,10}\) )?(?:[yYO]: )?\s*[A-Za-z0-9#][\w()/'#.,+ -]{0,100}"
    rb"(?:[:=]|\bused\b|\bspace\b)"
)
_TABLE = re.compile(rb"(?:GC\(\d{1,10}\) )?(?:[yYO]: )?(?:\s{2,}|[-=*]{3}|\[)")
_TIMED = re.compile(rb"\d(?:ms|s)$")
_EVENT = re.compile(rb"GC\(\d{1,10}\) (?:[yYO]: )?(?:Pause|Concurrent|\w+ Collection|\w+ Stall)\b")
_COLLECTORS_OWN = re.compile(rb"GC\(\d{1,10}\) ")
_MAX_LINE = 2000
BELOW_INFO = frozenset({b"debug", b"trace"})
_BEGINS = (
    b"GC(",
    b"Using ",
    b"Initializing ",
    b"Safepoint ",
    b"Entering safepoint ",
    b"Total time for which ",
    b"Allocation Stall ",
)
_EVENTS_ANYWHERE = frozenset(
    {
        Kind.PAUSE,
        Kind.SAFEPOINT,
        Kind.STOPPED,
        Kind.ENTERING,
        Kind.USING,
        Kind.Z_CYCLE,
        Kind.CYCLE,
        Kind.STALL,
        Kind.CPU,
        Kind.INITIALIZING,
    }
)


def kind_of(message: bytes) -> Kind | None:
    """What the message says, if its shape is the collector's alone; None: unknown."""
    if len(message) > _MAX_LINE:
        return None
    for kind, pattern in _SHAPES:
        if pattern.match(message):
            return kind
    return None


def is_idle(kind: Kind | None, tags: bytes | None) -> bool:
    """Whether it is a phase, and its tags say that the whole cycle has a line of its own."""
    return kind is Kind.PHASE and tags is not None and tags != b"gc"


def detail_of(message: bytes, level: bytes | None, tags: bytes | None) -> Kind:
    """Whether a message that is no event is a detail one need not understand.

    Below `info` everything is; with tags, everything but what stands under `gc` alone, which is
    where the JVM tells of collections; else what is a known sentence, a label with a value, or a
    row of a table.
    """
    if level in BELOW_INFO or not message.strip():
        return Kind.DETAIL
    if tags is not None and tags not in {b"gc", b"safepoint"}:
        return Kind.DETAIL
    if len(message) > _MAX_LINE:
        return Kind.UNKNOWN
    if tags is None and level is None and is_numbered(message):
        # Of which level is not written; what lasted no time is no event, nor is a phase of a pause.
        event = _TIMED.search(message) and _EVENT.match(message)
        return Kind.UNKNOWN if event else Kind.DETAIL
    known = _BARE.match(message) or _TABLE.match(message) or _LABELLED.match(message)
    return Kind.DETAIL if known else Kind.UNKNOWN


def is_numbered(message: bytes) -> bool:
    """Whether it begins with the number of a collection."""
    return _COLLECTORS_OWN.match(message) is not None


def is_sure(message: bytes) -> bool:
    """Whether no other program would write this."""
    if not message.startswith(_BEGINS):
        return False
    kind = kind_of(message)
    return kind in _EVENTS_ANYWHERE or (is_numbered(message) and kind not in {None, Kind.UNKNOWN})
