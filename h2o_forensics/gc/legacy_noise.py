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

_TENURING = b"""\
Desired survivor|- age|TLAB|AdaptiveSize|PSAdaptive"""
_HEAP = b"""\
{Heap |Heap |}|PSYoungGen |ParOldGen |PSOldGen |PSPermGen |eden |from |to  |object |par new g
def new |[0x|concurrent mark-sweep|concurrent-mark-sweep|tenured |the space|data space
compacting perm|garbage-first|region size|Metaspace |[Metaspace: |adaptive size|class space
No shared|ro space|rw space|space |Shenandoah Heap|Reserved region"""
_CMS = b"""\
Statistics for |----|Total Free Space|Max   Chunk|Number of Blocks|Av.  Block
Tree      Height|free=|Before GC|After GC|CMS: |(CMS|GC locker|[Preclean |Large block
(cardTable: |(re-scanned |(survivor:|[YG occupancy|time_until_cms|contiguous_available
promotion_rate|cms_allocation_rate|occupancy=|initiatingOccupancy|initiatingPermOccupancy
CMSCollector|cms_time|cmsSpace|cms_free|cms_"""
_G1 = b"""\
[Parallel Time|[GC Worker|[Ext Root|[Update RS|[Processed Buf|[Scan RS|[Code Root
[Object Copy|[Termination|[Clear CT|[Other:|[Choose CSet|[Ref Proc|[Ref Enq|[Redirty
[Free CSet|[Humongous|[Evacuation|[G1Ergonomics|[SATB|[Root Scan|[Complete CSet|[CM Task
[Cleanup|[Verify|[Last Exec|[Inspected|[Deduplicated|[Table|[Queue|[Total Exec|Min: |Avg:|Sum:
Concurrent RS |Of |Total heap region|Static structures|Conc RS|Recent concurrent
Current rem set|Total per region|Region with largest|Total heap|Number of |[Mark Stack
[Finalize"""
_SHENANDOAH = b"""\
Trigger: |Free: |Pacer for |Using |Soft Max Heap|Adaptive CSet|Collectable Garbage
Immediate Garbage|Cancelling|Allocation pacing|All times are|all workers|Good progress
Bad progress|Status: |Heuristics|Regions: |Humongous Threshold|Max TLAB"""
_OTHER = b"""\
Application time|Total time for which|num |Total  |/proc/meminfo|Full thread dump|at |"
java.lang.Thread.State|- locked|- waiting|- parking|- None|- <0x|Locked ownable|JNI global
vmop |Polling page|Maximum sync|Maximum vm"""

KNOWN = tuple(
    one
    for block in (_TENURING, _HEAP, _CMS, _G1, _SHENANDOAH, _OTHER)
    for line in block.splitlines()
    for one in line.split(b"|")
)
"""Begins of such lines, without the blanks before them."""
_STAMPED = re.compile(rb"[a-zA-Z][\w ]{2,60}? +(?:\[ +\d|\d+\Z)")
"""A row of PrintSafepointStatistics, after its stamp, and of their sums."""
_NUMBERS = re.compile(
    rb"[A-Z][A-Za-z0-9:<>() -]{2,48}? +\d+ us|\d[\d.,]{0,30}\Z"
    rb"|\d{1,9}: +\d+ +\d+ +\S|[\d., -]{3,}\]?\Z"
)
"""Parts of long tables, and rows of a class histogram."""


def is_known(text: bytes) -> bool:
    """A line (without stamp and blanks around it) that says nothing of pauses."""
    return (
        text.startswith(KNOWN)
        or _STAMPED.match(text) is not None
        or _NUMBERS.match(text) is not None
    )


def heap_of(text: bytes) -> str | None:
    """The collector that a line of a heap's summary names; `""`: a line of one that names none."""
    if b"total " not in text:
        return None
    for name, collector in _HEAPS:
        if text.startswith(name):
            return collector
    return "" if text.startswith(_YOUNG) else None
