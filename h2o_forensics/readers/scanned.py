"""What is known of one artifact while the case is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from h2o_forensics.model.scan import Scan


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
    text_head: str = ""
    """First line, for kinds that are quoted as a whole."""
    ends_line: bool = True
    """The last byte of a text is a line end."""
    pid: int | None = None
    """The process a crash report is of."""
    local_year_first: int | None = None
    """http log: local ms since 1970 of its first and last record."""
    local_year_last: int | None = None


def folder_of(path: str) -> tuple[str, ...]:
    """The folders and archives a path lies in, outermost first."""
    return tuple(path.replace("!", "/").split("/")[:-1])
