"""Where a process wrote its GC log, seen from where H2O wrote its own: both state it at the start.

Files that lie to each other as they did there were copied with their folders, so that a GC log that
lies with a node's logs is that node's.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.scanned import Scanned

_XLOG = re.compile(r"-Xlog:[^:]*:(?:file=)?([^:]+)|-Xloggc:(.+)")
_NO_FILES = frozenset({"stdout", "stderr"})
_FILLED_IN = re.compile(r"%[a-z]|%%")
_ROTATED = r"(?:\.\d{1,4})?(?:\.current)?(?:\.gz)?"


def lies_as_written(artifact: Scanned, life: Life) -> bool:
    """Whether a file lies to the life's own logs as its GC log did."""
    written = life.facts.get("log_dir")
    if not isinstance(written, str) or not written:
        return False
    return any(
        pattern.fullmatch(artifact.path.replace("!", "/"))
        for log in _gc_logs(life)
        for pattern in _patterns(posixpath.relpath(log, _posix(written)), life.folders)
    )


def _gc_logs(life: Life) -> Iterator[str]:
    """Whole paths of its GC logs, as it was started."""
    here = _posix(str(life.facts.get("cur_dir") or ""))
    for argument in str(life.facts.get("jvm_args") or "").split(", "):
        match = _XLOG.fullmatch(argument.split(":filecount=")[0]) or _XLOG.match(argument)
        path = _posix((match[1] or match[2]).strip("\"'")) if match is not None else ""
        if path and path not in _NO_FILES and (here or path.startswith("/")):
            yield posixpath.normpath(posixpath.join(here, path))


def _posix(path: str) -> str:
    r"""`C:\logs` as `/C/logs`."""
    path = path.replace("\\", "/")
    return "/" + path.replace(":", "", 1) if path[1:2] == ":" else path


def _patterns(relative: str, folders: Iterable[tuple[str, ...]]) -> Iterator[re.Pattern[str]]:
    for folder in sorted(folders):
        path = posixpath.normpath(posixpath.join("/", *folder, relative))
        if not relative.startswith("../" * (len(folder) + 1)):
            pieces = (re.escape(piece) for piece in _FILLED_IN.split(path.lstrip("/")))
            yield re.compile("[^/]*".join(pieces) + _ROTATED)
