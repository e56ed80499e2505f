"""Globs on paths: `*`, `?` and `[...]` within a name, `**` for any number of names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.errors import SettingsError
from h2o_forensics.intake.names import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.batch.listing import Folder

_MARKS = re.compile(r"(\*+|\?|\[!?[^\]]+\])")


def check_glob(option: str, text: str) -> None:
    """Refuse a glob that nothing can fit: it would be left without effect, and nobody told.

    Args:
        option: how the user gives it, for the message.
        text: the glob.

    Raises:
        SettingsError: with the glob in it.
    """
    shown = f"{option} {display(text)!r}"
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if not parts:
        raise SettingsError(f"{shown}: it is empty, so that nothing fits")
    if ".." in parts:
        raise SettingsError(f"{shown}: paths are below ARCHIVE, none has a .. in it")
    if "[" in _MARKS.sub("", text):
        raise SettingsError(f"{shown}: a [ without its ]; for the character itself write [[]")


class Glob:
    """A glob on paths relative to an archive."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = [part for part in text.split("/") if part not in {"", "."}]
        self._all = re.compile(_regex(parts))
        self._open = "**" in parts
        heads = parts[: parts.index("**")] if self._open else parts[:-1]
        self._heads = [re.compile(_regex(heads[:size])) for size in range(len(heads) + 1)]

    def fits(self, path: str) -> bool:
        """Whether a path is meant."""
        return bool(path) and self._all.fullmatch(path) is not None

    def leads(self, folder: Folder) -> bool:
        """Whether paths below a directory may be meant; after `**`: are."""
        if folder.deep < len(self._heads):
            likely = self._heads[folder.deep].fullmatch(folder.relative) is not None
            return likely and (not self._open or self._is_below(folder))
        return self._open and self._is_below(folder)

    def _is_below(self, folder: Folder) -> bool:
        listed = folder.listed
        return (
            any(self.fits(f"{folder.relative}/{one.path}".lstrip("/")) for one in listed.files)
            or any(self.fits(below.relative) for below in listed.folders)
            or any(self._is_below(below) for below in listed.folders)
        )


def _regex(parts: Sequence[str]) -> str:
    found = ""
    for number, part in enumerate(parts, 1):
        end = "" if number == len(parts) else "/"
        if part == "**":
            found += "(?:.*/)?" if end else ".*"
        else:
            found += "".join(map(_regex_of_mark, _MARKS.split(part))) + end
    return f"(?s:{found})"


def _regex_of_mark(mark: str) -> str:
    if mark.startswith("*"):
        return "[^/]*"
    if mark == "?":
        return "[^/]"
    if _MARKS.fullmatch(mark):
        inside = mark[1:-1]
        sign = "^/" if inside.startswith("!") else ""
        chars = re.escape(inside.removeprefix("!")).replace(r"\-", "-")
        return f"[{sign}{chars}]"
    return re.escape(mark)
