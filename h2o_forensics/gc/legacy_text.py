"""What the log of JDK 8 and older writes, as patterns, and the numbers in it.

Sizes become bytes, seconds become ms; decimals stand after a point or, in some locales, a comma.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from h2o_forensics.gc.events import When

_DATE = rb"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)[.,](\d{3})([+-]\d{4}): ?"
_UPTIME = rb"(\d{1,12})[.,](\d{3})\d?: ?"
_ID = rb"(?:#(\d{1,9}): ?)?"
STAMP = re.compile(rb"(?:" + _DATE + rb"){0,2}(?:" + _UPTIME + rb")?" + _ID)
"""Date (at times twice), uptime and PrintGCID's number, if they stand there; for `Dates.stamp`."""
STAMP_BEFORE = re.compile(STAMP.pattern + rb"\Z")
STAMP_WIDTH = 96
"""No stamp is longer."""

_NUMBER = rb"(\d{1,15}(?:[.,]\d{1,9})?)([BKMGT])"
SIZES = re.compile(_NUMBER + rb"(?:\(" + _NUMBER + rb"\))?->" + _NUMBER + rb"\(" + _NUMBER + rb"\)")
"""`before->after(capacity)`; G1 has the capacity before too: `before(capacity)->after(...)`."""
SIZE = re.compile(_NUMBER + rb"\(" + _NUMBER + rb"\)")
"""`used(capacity)` of a CMS mark."""
SECONDS = rb"(\d{1,9}[.,]\d{1,9})"
TOOK = re.compile(rb",\s*" + SECONDS + rb" secs\s*\Z")
TIMES = re.compile(
    rb"\s*\[Times: user=" + SECONDS + rb" sys=" + SECONDS + rb", real=" + SECONDS + rb" secs\]\s*"
)
STOPPED = re.compile(
    rb"Total time for which application threads were stopped: "
    + SECONDS
    + rb" seconds(?:, Stopping threads took: "
    + SECONDS
    + rb" seconds)?"
)
CAUSE = rb"\(((?:[^()\[\]]|\(\)){1,60})\)"
EVENT = re.compile(
    rb"\[(?:Full )?GC(?:\s*\(|\s*--|\s*\[|\s*\{|\s*\d|\s*\Z| pause[ (]| remark| cleanup| TLAB:"
    rb"| invoke=| ?Before GC:| ?PSAdaptive| ?AdaptiveSize)"
)
"""How the line of a pause begins, after its stamps."""
CONCURRENT = re.compile(
    rb"\[(?:GC concurrent|(?:AS)?CMS-concurrent)-([a-z-]{1,40}?)"
    rb"(?:-(start|end|abort)\]?|: [\d.,]{1,20}/" + SECONDS + rb" secs\]|(?=[\],]))"
    rb"(?:, " + SECONDS + rb"(?: secs?)?\])?"
)
"""A phase that stops nobody: its name, what became of it, how long it took (CMS, G1)."""
SHENANDOAH = re.compile(
    rb"\[(Pause|Concurrent) ([A-Z a-z]{1,40}?)(?: ?" + CAUSE + rb")?(?: " + SIZES.pattern + rb")?"
    rb", (?:start|" + SECONDS + rb" ms)\]"
)
"""A phase of Shenandoah's, with `start` or its duration at the end."""
G1_HEAP = re.compile(
    rb"\[Eden: "
    + _NUMBER
    + rb"\([^()]{1,20}\)->"
    + _NUMBER
    + rb"\([^()]{1,20}\) Survivors: "
    + _NUMBER
    + rb"->"
    + _NUMBER
    + rb" Heap: "
    + SIZES.pattern
    + rb"\]"
    rb"(?:, \[(?:Metaspace|Perm): " + SIZES.pattern + rb"\])?"
)
G1_BARE = re.compile(rb"\[? ?" + SIZES.pattern + rb"\]")
"""The same of JDK 6."""
METASPACE = re.compile(
    rb"\s*Metaspace +used (\d{1,15})K, capacity \d{1,15}K, committed (\d{1,15})K,"
    rb" reserved (\d{1,15})K"
)
REGION = re.compile(rb"\s*region size (\d{1,9})K,")
HEADER = re.compile(rb"(?:Java HotSpot|OpenJDK)[^\n]{1,60} VM \(\d[^()\s]{1,40}\) for ")
JRE = re.compile(rb"JRE \(([^()\s]{1,40})\)")
PHYSICAL = re.compile(rb"Memory: \d+k page, physical (\d{1,15})k")
FLAGS = b"CommandLine flags: "

_UNITS = {b"B": 1, b"K": 1 << 10, b"M": 1 << 20, b"G": 1 << 30, b"T": 1 << 40}


class Stamp(NamedTuple):
    """Where a line begins in time; all None: it bears no stamp."""

    when: When
    gc_id: int | None


NO_WHEN = When(None, None)
NO_STAMP = Stamp(NO_WHEN, None)


class Dates:
    """Dates to epoch ms; remembers the last day, as lines come in order of time."""

    def __init__(self) -> None:
        self._day = b""
        self._zone = b""
        self._epoch: int | None = None

    def stamp(self, found: re.Match[bytes]) -> Stamp:
        """What a match of `STAMP` says."""
        day, hours, minutes, seconds, fraction, zone, whole, part, number = found.groups()
        if day is None and whole is None and number is None:
            return NO_STAMP
        uptime = None if whole is None else int(whole) * 1000.0 + int(part)
        epoch = None
        if day is not None:
            if day != self._day or zone != self._zone:
                self._day, self._zone, self._epoch = day, zone, epoch_of(day, zone)
            if self._epoch is not None:
                whole_seconds = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
                epoch = self._epoch + whole_seconds * 1000 + int(fraction)
        return Stamp(When(uptime, epoch), None if number is None else int(number))


def epoch_of(day: bytes, zone: bytes) -> int | None:
    """Epoch ms of the begin of `2014-06-16` in `+0200`; None: there is no such date."""
    try:
        local = datetime.fromisoformat(day.decode("ascii")).replace(tzinfo=UTC)
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
        moment = local + offset if zone[:1] == b"-" else local - offset
    except (ValueError, OverflowError):
        return None
    return int(moment.timestamp() * 1000)


def millis(seconds: bytes) -> float:
    """`0.0285898` or `0,0285898` seconds in ms."""
    if b"," in seconds:
        seconds = seconds.replace(b",", b".")
    return float(seconds) * 1000.0


def size(number: bytes, unit: bytes) -> int:
    """`184.0`, `M` in bytes."""
    if number.isdigit():
        return int(number) * _UNITS[unit]
    return int(float(number.replace(b",", b".")) * _UNITS[unit])


def sizes(found: re.Match[bytes], group: int = 1) -> tuple[int, int, int]:
    """Before, after and capacity of a match of `SIZES` whose first group has this number."""
    groups = found.groups()
    at = group - 1
    return (
        size(groups[at], groups[at + 1]),
        size(groups[at + 4], groups[at + 5]),
        size(groups[at + 6], groups[at + 7]),
    )
