"""The verdict on room: objects that find none, threads that wait for it, what takes much of it."""

from collections.abc import Iterator

from h2o_forensics.model.jvm import Jvm
from h2o_forensics.report import gc_flags
from h2o_forensics.report.gc_remark import Remark, count_of, is_long_enough
from h2o_forensics.report.view import brief, duration, number, share, size

HUMONGOUS_SHARE = 0.40
HUMONGOUS_COLLECTIONS = 10
STALL_MS, STALL_SEVERE_MS, STALL_SHARE = 1_000, 10_000, 0.10
OFTEN = 3
ALLOCATION = 2**30
"""Bytes a second; what one core allocates at full speed, hence worth a profile."""
_MIB = 2**20


def humongous(jvm: Jvm) -> Iterator[Remark]:
    """G1's large objects."""
    own = jvm.humongous
    if own is None:
        return
    peak = own.peak_share or 0.0
    if peak < HUMONGOUS_SHARE and own.collections < HUMONGOUS_COLLECTIONS:
        return
    region = size(own.region_bytes) if own.region_bytes is not None else "a size not logged"
    taken = f"took up to {share(peak)} of the heap and " if own.peak_share is not None else ""
    yield Remark(
        "medium" if peak >= HUMONGOUS_SHARE and jvm.to_space_exhausted else "low",
        "humongous objects",
        f"Objects of half a region and more (regions of {region}) {taken}"
        f"started {count_of(own.collections, 'collection')}.",
        _regions(jvm, own.region_bytes),
    )


def _regions(jvm: Jvm, region: int | None) -> str:
    """Regions twice as large, where Java allows them: up to 32 MB, from JDK 18 on 512 MB."""
    largest = 512 if gc_flags.fits(gc_flags.LARGE_REGIONS, jvm) else 32
    option = gc_flags.REGIONS.text.split("=")[0]
    if region is None:
        return f"Set a larger {option} (up to {largest}m) so that they count as ordinary ones."
    if region >= largest * _MIB:
        return (
            "Regions are as large as this Java allows: allocate smaller arrays, or give the heap "
            "room for these (-Xmx)."
        )
    return (
        f"Set {option}={2 * region // _MIB}m, or up to {largest}m, so that they count as ordinary "
        "ones."
    )


def no_room(jvm: Jvm) -> Iterator[Remark]:
    """Evacuations, promotions and concurrent collections that failed."""
    count = jvm.to_space_exhausted
    if not count:
        return
    who, what, change = _NO_ROOM.get(jvm.collector or "", _NO_ROOM[""])
    yield Remark(
        "medium" if count >= OFTEN else "low",
        "no room",
        f"{count_of(count, who)} {what}",
        change,
    )


def stalls(jvm: Jvm) -> Iterator[Remark]:
    """Threads that waited for memory."""
    own = jvm.stalls
    if own is None or not own.count:
        return
    lost = (jvm.loss.stall_share or 0.0) if is_long_enough(jvm) else 0.0
    severe = own.max_ms >= STALL_SEVERE_MS or lost >= STALL_SHARE
    worth = own.max_ms >= STALL_MS
    sample = max(jvm.stall_samples, key=lambda one: one.took_ms, default=None)
    told = f" At least one waited for {share(jvm.loss.stall_share)} of the time." * bool(lost)
    yield Remark(
        "high" if severe else "medium" if worth else "low",
        "stalls",
        f"Threads waited for memory {count_of(own.count, 'time')}, {brief(own.total_ms)} "
        f"together, the longest {brief(own.max_ms)}: the collector did not keep up.{told}",
        _stalls_change(jvm),
        sample.source if sample else 0,
        sample.line if sample else None,
        sample.text if sample else "",
    )


def _stalls_change(jvm: Jvm) -> str:
    ways = ["More heap (-Xmx)"]
    if gc_flags.fits(gc_flags.EARLIER_Z, jvm):
        ways.append(f"more of it free at the start of a cycle ({gc_flags.EARLIER_Z.text})")
    if gc_flags.fits(gc_flags.EARLIER_SHENANDOAH, jvm):
        ways.append(f"an earlier start of cycles ({gc_flags.EARLIER_SHENANDOAH.text})")
    if gc_flags.fits(gc_flags.MORE_THREADS, jvm):
        ways.append(f"more collector threads ({gc_flags.MORE_THREADS.text})")
    return f"{', '.join(ways[:-1])}, or {ways[-1]}." if len(ways) > 1 else f"{ways[0]}."


def earlier_cycles(jvm: Jvm) -> str:
    """What keeps Shenandoah's cycles from running out of memory."""
    if gc_flags.fits(gc_flags.EARLIER_SHENANDOAH, jvm):
        return f"More heap, or an earlier start of cycles ({gc_flags.EARLIER_SHENANDOAH.text})."
    return "More heap (-Xmx)."


def degenerated(jvm: Jvm) -> Iterator[Remark]:
    """Shenandoah's cycles that ended at a standstill."""
    own = [one for one in jvm.pauses if one.kind == "degenerated"]
    count = sum(one.count for one in own)
    every = sum(one.count for one in jvm.cycles) or count
    if not count:
        return
    work = "did its work" if count == 1 else "did their work"
    outside = sum(one.count for one in own if "Outside of Cycle" in one.phase)
    began = f" ({number(outside)} found none before a cycle had begun)" if outside else ""
    yield Remark(
        "medium" if count >= OFTEN and count >= every / 10 else "low",
        "degenerated cycles",
        f"{count_of(count, 'collection')} ran out of memory and {work} at a standstill"
        f"{began}: {duration(sum(one.total_ms for one in own))} together.",
        earlier_cycles(jvm),
    )


def allocation(jvm: Jvm) -> Iterator[Remark]:
    """A high rate."""
    rate = jvm.rates.allocation_bytes_per_s
    if rate is None or rate < ALLOCATION or not is_long_enough(jvm):
        return
    yield Remark(
        "low",
        "allocation rate",
        f"The program allocates {size(rate)} a second on average.",
        "A profile of allocations (JDK Flight Recorder, async-profiler) shows where.",
    )


_NO_ROOM = {
    "CMS": (
        "concurrent collection",
        (
            "came too late or found no room (concurrent mode or promotion failure): the whole heap "
            "was collected at a standstill."
        ),
        f"Start it earlier ({gc_flags.EARLIER_CMS.text}), more heap, or G1.",
    ),
    "G1": (
        "young collection",
        "found no room to copy survivors to (to-space exhausted).",
        (
            f"More heap, or more reserve ({gc_flags.MORE_RESERVE.text}), or start marking earlier "
            f"({gc_flags.EARLIER_G1.text})."
        ),
    ),
    "": (
        "collection",
        "found no room for survivors in the old generation (promotion failed).",
        "More heap, or a smaller young generation (-Xmn).",
    ),
}
