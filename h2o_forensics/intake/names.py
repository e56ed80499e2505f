"""Names that are safe to show: no control characters, no way out of the root, each path once."""

import re

MAX_NAME = 1000
"""Longer names are cut for display; both zip and file systems allow more than a report can bear."""

_DRIVE = re.compile(r"^[A-Za-z]:")


def _escape(char: str) -> str:
    if char.isprintable():
        return char
    point = ord(char)
    # Surrogates of this range stand for single bytes that could not be decoded.
    return f"\\x{point - 0xDC00:02x}" if 0xDC80 <= point <= 0xDCFF else ascii(char)[1:-1]  # noqa: PLR2004


def display(name: str) -> str:
    """Show a name with control, ANSI, bidi and undecodable characters as escapes, cut when long."""
    if not (name.isascii() and name.isprintable()):
        name = "".join(map(_escape, name))
    return name if len(name) <= MAX_NAME else name[:MAX_NAME] + "..."


def decode_entry_name(raw: bytes) -> str:
    """Decode a name in a zip: UTF-8, which many use without saying so, else the DOS code page."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def tame(name: str) -> tuple[str, bool]:
    """Make an archive's entry name relative and free of `..`.

    Returns:
        The name to show, and whether the given one was safe as it stood.
    """
    slashed = name.replace("\\", "/")
    parts = _DRIVE.sub("", slashed).split("/")
    kept = ["__" if part == ".." else part for part in parts if part not in {"", "."}]
    safe = slashed == name and not name.startswith("/") and ".." not in parts
    return display("/".join(kept)) or "unnamed", safe and not _DRIVE.match(name)


def content_name(name: str, suffix: str, tarred: tuple[str, ...]) -> str:
    """Name the content of a compressed file: `a.log` of `a.log.gz`, `a.tar` of `a.tgz`."""
    lower = name.lower()
    if lower.endswith(suffix):
        return name[: -len(suffix)]
    short = next((short for short in tarred if lower.endswith(short)), None)
    return name if short is None else f"{name[: -len(short)]}.tar"


class Names:
    """Hands out each path once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def claim(self, path: str) -> str:
        """Give the path itself, or with `~2`, `~3` ... behind it when it is taken."""
        free = path
        while free in self._taken:
            number = self._next.get(path, 2)
            self._next[path] = number + 1
            free = f"{path}~{number}"
        self._taken.add(free)
        return free
