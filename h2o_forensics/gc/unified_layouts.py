"""The decorations in use in a stream: learnt from sure lines, and again when they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.gc.decorations import NONE, Layout, Stamp, head_of, learn
from h2o_forensics.gc.unified_messages import Kind, is_sure, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 6
_LONGEST_LINE = 8192
_SAMPLE = 4000


class Layouts:
    """Known layouts, that of the last line first.

    Args:
        own_file: see GcReader.  Elsewhere a line must carry decorations once they are known.
    """

    def __init__(self, *, own_file: bool) -> None:
        self._own_file = own_file
        self.known = list[Layout]()

    def stamp(self, line: bytes) -> Stamp | None:
        """The decorations of a line; None: none that is known."""
        for at, layout in enumerate(self.known):
            stamp = layout.stamp(line)
            if stamp is None or (layout is NONE and line.startswith(b"[") and head_of(line)):
                continue
            if at:
                self.known.insert(0, self.known.pop(at))
            return stamp
        return None

    def inside(self, line: bytes) -> Stamp | None:
        """The decorations of a message that the JVM wrote into another program's line."""
        if b"] " in line:
            for layout in self.known:
                if layout is not NONE and (stamp := layout.stamp(line, anywhere=True)):
                    return stamp
        return None

    def of_sure(self, line: bytes, around: Sequence[bytes] = ()) -> Layout | None:
        """The layout of a line that is surely unified logging; None: it is not."""
        message = line[head_of(line) :]
        if not is_sure(message):
            return None
        layout = learn(line, around)
        if layout is None or layout is NONE:
            # JDK 8 says it in the same words.
            return layout if kind_of(message) is not Kind.STOPPED else None
        return layout if self._own_file or layout.is_sure else None

    def learn(self, line: bytes, lines: Sequence[bytes]) -> bool:
        """Learn the decorations of a line; False: there is nothing to learn from it."""
        layout = self.of_sure(line)
        if layout is None or layout in self.known:
            return False
        if layout.has_pid or "tid" in layout.kinds:
            layout = self.of_sure(line, [one[:_LONGEST_LINE] for one in lines[:_SAMPLE]]) or layout
        if not self._own_file:
            if layout is NONE and self.known:
                return False
            self.known = [one for one in self.known if one is not NONE]
        if layout in self.known:
            return False
        self.known = [layout, *self.known][:_MOST]
        return True

    @property
    def decorate_all(self) -> bool:
        """No line of the JVM's is without decorations."""
        return NONE not in self.known

    def is_others(self, line: bytes) -> bool:
        """Whether a line without known decorations is another part of the JVM, or a warning."""
        if not line.strip() or line.startswith((b"OpenJDK ", b"Java HotSpot")):
            return True
        return head_of(line) > 0 and any(layout.has_tags for layout in self.known)
