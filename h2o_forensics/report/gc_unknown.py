"""What a GC log cannot tell, and which option of the JVM would have it told."""

from collections.abc import Iterator

from h2o_forensics.model.jvm import Jvm
from h2o_forensics.report.gc_flags import wanted_flags
from h2o_forensics.report.gc_remark import count_of
from h2o_forensics.report.view import number, share

NOT_UNDERSTOOD = 0.05
"""Share of lines above which figures may lack something."""

Lack = tuple[str, str, str | None]


def is_complete_without_pauses(jvm: Jvm) -> bool:
    """Whether the log has its head and its orderly end, and the JVM made no collection between."""
    return (
        not jvm.pauses
        and not jvm.cycles
        and not jvm.facts.head_lost
        and jvm.facts.ended_in_order
        and not jvm.lines_not_understood
    )


def unknowns(jvm: Jvm) -> Iterator[Lack]:
    """Topic, sentence and what to do, for each thing this log cannot tell."""
    flags = f"Start Java with {wanted_flags(jvm)}"
    yield from _pauses(jvm, flags)
    yield from _lines(jvm)
    if jvm.facts.head_lost:
        yield (
            "start",
            "The start of the run is not in the log: what came before is not known.",
            None,
        )
    if jvm.started is None and jvm.last_epoch_ms is None:
        yield "clock", "Cannot tell when things happened: the log holds no dates.", flags
    if jvm.uptime_ms is None and jvm.last_epoch_ms is None:
        yield "shares", "Cannot tell shares of time and rates: the log holds no times.", flags
    if jvm.safepoints is None:
        words = (
            "Cannot tell the time to reach safepoints, and stops that are no collections: the log "
            "holds no safepoint lines."
        )
        yield "safepoints", words, flags
    if (jvm.pauses or jvm.cycles) and jvm.heap.max_before_bytes is None:
        yield "heap", "Cannot tell how full the heap was: the log holds no sizes.", flags


def _pauses(jvm: Jvm, flags: str) -> Iterator[Lack]:
    if jvm.pauses or is_complete_without_pauses(jvm):
        return
    if jvm.cycles:
        count = sum(one.count for one in jvm.cycles)
        words = (
            f"No pause is in this log, only {count_of(count, 'concurrent cycle')}: pauses are not "
            "logged here."
        )
    else:
        words = (
            f"No pause is in this log ({count_of(jvm.lines, 'line')} of the collector's): the JVM "
            "made none, or they are not logged here."
        )
    yield "no pauses", words, flags


def _lines(jvm: Jvm) -> Iterator[Lack]:
    lost = jvm.lines_not_understood
    every = max(jvm.lines, lost)
    if not every or lost <= NOT_UNDERSTOOD * every:
        return
    words = (
        f"{number(lost)} of {count_of(every, 'line')} ({share(lost / every)}) "
        f"{'was' if lost == 1 else 'were'} not understood: the figures may lack what "
        f"{'it says' if lost == 1 else 'they say'}."
    )
    yield "lines not understood", words, None
