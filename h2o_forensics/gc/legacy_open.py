"""A collection of JDK 8 or older while its closing bracket has not come."""

import re

from h2o_forensics.gc.events import Place
from h2o_forensics.gc.legacy_events import depth_of
from h2o_forensics.gc.legacy_text import Stamp

_HISTOGRAM = re.compile(rb"\d{1,9}: +\d+ +\d+ +\S")
_CAP_BYTES = 1 << 16
_CAP_LINES = 20_000


class OpenEvent:
    """A collection whose closing bracket is on a later line."""

    def __init__(self, text: bytes, stamp: Stamp, place: Place) -> None:
        self.stamp = stamp
        self.place = place
        self._lines = [text]
        self._held = len(text)
        self._depth = depth_of(text)
        self._seen = 0
        self.passed = 0
        """Whole collections that were written meanwhile."""
        self.nests = b"YG occupancy" in text or b"CMS Final Remark" in text

    def take(self, text: bytes) -> None:
        """One more line; those that hold none of its parts are not kept."""
        self._seen += 1
        if b"[0x" in text and b"[GC" not in text:
            return
        if (b"[" not in text and b"]" not in text and b"(" not in text) or _HISTOGRAM.match(text):
            return
        self._lines.append(text)
        self._held += len(text)
        self._depth += depth_of(text)

    @property
    def closed(self) -> bool:
        """The closing bracket has come."""
        return self._depth <= 0

    @property
    def hopeless(self) -> bool:
        """It is too long to be one."""
        return self._held > _CAP_BYTES or self._seen > _CAP_LINES

    def text(self) -> bytes:
        """What was kept of it."""
        return b"\n".join(self._lines)
