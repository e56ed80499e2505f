"""Options of the JVM that a report advises: for which collectors and versions of Java each exists.

A JVM refuses to start with an option it does not know (or does not know any more), so an advice
must fit the run's version; where the log does not state it, every version it may be.
Sources: globals.hpp and arguments.cpp of HotSpot 6 to 25.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from h2o_forensics.model.jvm import Jvm

OLDEST, NEWEST = 6, 25
_LAST_LEGACY = 8
_MADE_SINCE = {"Z": 11, "ZGenerational": 21, "GenerationalShenandoah": 24, "G1": 7}
_MADE_UNTIL = {"CMS": 13}
_UNIFIED_LINE = re.compile(r"(?:^|[\s\]])GC\(\d+\) |\[(?:info|debug|trace) *\]\[?")
_VERSION = re.compile(r"(?:1\.)?(\d{1,3})")
_ALL = frozenset(
    {"G1", "Parallel", "Serial", "CMS", "Z", "ZGenerational", "Shenandoah"}
    | {"GenerationalShenandoah"}
)
_Z = frozenset({"Z", "ZGenerational"})
_SHENANDOAH = frozenset({"Shenandoah", "GenerationalShenandoah"})
_G1, _CMS = frozenset({"G1"}), frozenset({"CMS"})


_PERM_LINE = re.compile(r"\bPerm\b|PermGen|Permanent Generation")


def holds_classes_in_heap(jdk: str | None, lines: Iterable[str]) -> bool:
    """Whether classes lie in the permanent generation: until JDK 7; by lines if that is unknown."""
    known = feature(jdk)
    if known is not None:
        return known < _LAST_LEGACY
    return any(map(_PERM_LINE.search, lines))


class Option(Struct, frozen=True):
    """Options that exist from one version of Java to another, both included, with collectors."""

    text: str
    collectors: frozenset[str] = _ALL
    first: int = OLDEST
    last: int = NEWEST


UNIFIED = Option("-Xlog:gc*,safepoint:file=gc.log:time,uptime,level,tags", first=9)
LEGACY = Option(
    "-Xloggc:gc.log -XX:+PrintGCDetails -XX:+PrintGCDateStamps -XX:+PrintGCTimeStamps "
    "-XX:+PrintGCApplicationStoppedTime",
    last=_LAST_LEGACY,
)
EARLIER_Z = Option("-XX:SoftMaxHeapSize", _Z, 13)
MORE_THREADS = Option("-XX:ConcGCThreads", _Z | _SHENANDOAH)
EARLIER_SHENANDOAH = Option(
    "-XX:+UnlockExperimentalVMOptions -XX:ShenandoahMinFreeThreshold=20", _SHENANDOAH, 8
)
EARLIER_CMS = Option(
    "-XX:CMSInitiatingOccupancyFraction=60 -XX:+UseCMSInitiatingOccupancyOnly", _CMS, last=13
)
MORE_RESERVE = Option("-XX:G1ReservePercent=20", _G1, 7)
EARLIER_G1 = Option("-XX:InitiatingHeapOccupancyPercent=35", _G1, 7)
REGIONS = Option("-XX:G1HeapRegionSize=32m", _G1, 7)
LARGE_REGIONS = Option("-XX:G1HeapRegionSize=64m", _G1, 18)
PAUSE_GOAL = Option("-XX:MaxGCPauseMillis=200", frozenset({"G1", "Parallel"}))
BESIDE = Option("-XX:+ExplicitGCInvokesConcurrent", _G1 | _CMS | _SHENANDOAH, 7)
USE_G1 = Option("-XX:+UseG1GC", frozenset({"Parallel", "Serial", "CMS"}), 7)
USE_Z = Option("-XX:+UseZGC", frozenset({"Parallel", "Serial", "CMS", "G1"}), 15)
CLASS_LIMIT = Option("-XX:MaxMetaspaceSize", first=8)
CLASS_START = Option("-XX:MetaspaceSize", first=8)
OLD_CLASS_LIMIT = Option("-XX:MaxPermSize", last=7)
OLD_CLASS_START = Option("-XX:PermSize", last=7)
NAME_THE_LATE = Option("-XX:+SafepointTimeout -XX:SafepointTimeoutDelay=500", first=8)
STOP_IN_LOOPS = Option("-XX:+UseCountedLoopSafepoints", first=8)
ALL_OPTIONS = tuple(one for one in dict(globals()).values() if isinstance(one, Option))


def feature(jdk: str | None) -> int | None:
    """The version's number: 8 of `1.8.0_401-b10`, `8u402` and `8`, 17 of `17.0.9+9`."""
    match = _VERSION.match(jdk or "")
    return int(match[1]) if match else None


def versions(jvm: Jvm) -> tuple[int, int]:
    """Between which versions of Java the run's is: as stated, else by collector and log format."""
    known = feature(jvm.jdk)
    if known is not None:
        return known, known
    collector = jvm.collector or ""
    low, high = _MADE_SINCE.get(collector, OLDEST), _MADE_UNTIL.get(collector, NEWEST)
    unified = _is_unified(jvm)
    if unified is None:
        return low, high
    return (max(low, _LAST_LEGACY + 1), high) if unified else (min(low, _LAST_LEGACY), _LAST_LEGACY)


def _is_unified(jvm: Jvm) -> bool | None:
    """Whether JDK 9 or later wrote the log; None: nothing of it is quoted."""
    quoted = [one.text for one in jvm.pause_samples[:1]]
    quoted += [one.text for one in jvm.safepoint_samples[:1]]
    quoted += [one.text for one in jvm.stall_samples[:1]]
    quoted += [jvm.facts.exit_text] * bool(jvm.facts.exit_text)
    if any(map(_UNIFIED_LINE.search, quoted)):
        return True
    return False if quoted else None


def fits(option: Option, jvm: Jvm) -> bool:
    """Whether the run's JVM would start with it, and heed it."""
    low, high = versions(jvm)
    own = jvm.collector is None or jvm.collector in option.collectors
    return own and option.first <= low and high <= option.last


def wanted_flags(jvm: Jvm) -> str:
    """The options that log all this program can use, for the run's version of Java."""
    if fits(UNIFIED, jvm):
        return UNIFIED.text
    if fits(LEGACY, jvm):
        return LEGACY.text
    if versions(jvm)[1] < OLDEST:  # JDK 5 knows no dates
        return LEGACY.text.replace(" -XX:+PrintGCDateStamps", "")
    return f"{LEGACY.text} (JDK 8), {UNIFIED.text} (later)"
