"""What a GC log cannot tell, and which option of the JVM would have it told."""

from collections.abc import Iterator

from h2o_forensics.model.jvm import Jvm
from h2o_forensics.report.view import number, share

UNIFIED = "-Xlog:gc*,safepoint:file=gc.log:time,uptime,level,tags"
LEGACY = (
    "-Xloggc:gc.log -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+PrintGCTimeStamps "
    "-XX:+PrintGCApplicationStoppedTime"
)
NOT_UNDERSTOOD = 0.05
"""Share of lines above which figures may lack something."""
_OLD = ("1.", "6", "7", "8")


def wanted_flags(jvm: Jvm) -> str:
    """The options that log all this program can use, for the run's version of Java."""
    if jvm.collector == "CMS" and jvm.jdk is None:
        return f"{LEGACY} (JDK 8), {UNIFIED} (later)"
    old = jvm.jdk is not None and jvm.jdk.split("-", maxsplit=1)[0].startswith(_OLD)
    return LEGACY if old else UNIFIED


def unknowns(jvm: Jvm) -> Iterator[tuple[str, str, str | None]]:
    """Topic, sentence and what to do, for each thing this log cannot tell."""
    flags = f"Start Java with {wanted_flags(jvm)}"
    if not jvm.pauses:
        words = (
            f"No pause is in this log ({number(jvm.lines)} lines of the collector's): the JVM made "
            "none, or they are not logged here."
        )
        yield "no pauses", words, flags
    if jvm.lines and jvm.lines_not_understood > NOT_UNDERSTOOD * jvm.lines:
        lost = jvm.lines_not_understood
        words = (
            f"{number(lost)} of {number(jvm.lines)} lines ({share(lost / jvm.lines)}) "
            "were not understood: the figures may lack what they say."
        )
        yield "lines not understood", words, None
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
    if jvm.pauses and jvm.heap.max_before_bytes is None:
        yield "heap", "Cannot tell how full the heap was: the log holds no sizes.", flags
