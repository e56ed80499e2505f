"""What is known of one artifact while the case is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from h2o_forensics.model.training import Saved

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest
    from h2o_forensics.model.scan import Scan
    from h2o_forensics.readers.gc_lines import JvmStart, ZonedStamp
    from h2o_forensics.readers.layouts.part import Lines, Part
    from h2o_forensics.readers.side_evidence import Side
    from h2o_forensics.readers.training_archives import MojoFiles


class Scanned(Struct):
    """One artifact on its way through `read_case`; filled in step by step."""

    id: str
    path: str
    kind: str
    mtime: float | None
    scan: Scan
    node: str | None = None
    requests: list[dict[str, Any]] = []
    rest: dict[str, list[dict[str, Any]]] = {}
    state: str = "read"
    ends_line: bool = True
    """The last byte of a text is a line end."""
    pid: int | None = None
    """The process a crash report is of."""
    local_year_first: int | None = None
    """http log: local ms since 1970 of its first and last record."""
    local_year_last: int | None = None
    part: str = ""
    """Which part of the file it is; empty: all of it."""
    group: str = ""
    """Of several parts of a file, those of one process or machine share it."""
    size: int = 0
    """Of the file, or of the part's text, in bytes."""
    rewritten: bool = False
    """Its lines do not stand in the file as they were scanned."""
    source: Part | None = None
    """Until the whole file was read."""
    maps: tuple[Lines, ...] = ()
    """From the lines that were scanned to the lines of the file."""
    jvms: list[RunDigest] = []
    """Runs of JVMs of which it holds lines of the collector's."""
    repeated_runs: int = 0
    """Of these runs, those that tell again what another one in the same text tells."""
    jvm_starts: list[JvmStart] = []
    """What dates the start of its JVM."""
    side: Side | None = None
    """Crashes, kills, limits and thread dumps of which it tells."""
    saved: Saved = Saved()
    """What it holds of training, not put at its place yet."""
    mojo: MojoFiles | None = None
    """The archive whose inventory it is."""
    zoned_stamp: ZonedStamp | None = None
    """What a line of a collector's says of the date and the zone."""
    mixed: bool = False
    """It was taken apart by node: what has no record's header may be another node's."""
    outer_stamps: tuple[tuple[int, int, bool], ...] = ()
    """Samples of (a record's own stamp, epoch ms that a wrapper says, whether it states a zone)."""

    @property
    def folder(self) -> tuple[str, ...]:
        """What it lies in, outermost first; parts of one file lie in that file."""
        around = folder_of(self.path)
        return (*around, self.path, self.group) if self.group else around


def folder_of(path: str) -> tuple[str, ...]:
    """The folders and archives a path lies in, outermost first."""
    return tuple(path.replace("!", "/").split("/")[:-1])
