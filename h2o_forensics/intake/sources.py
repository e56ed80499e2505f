"""What was given, told apart and named."""

import os
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from h2o_forensics.intake.names import display
from h2o_forensics.intake.remote import local_path, parts_of, scheme_of

PASTED = "-"
"""Stands for standard input, as usual."""


class Kind(Enum):
    """How a source is read."""

    PATH = "path"
    PASTED = "pasted"
    URL = "url"


class Source(NamedTuple):
    """One thing that was given."""

    name: str
    """For display: no more of its path than tells it from the others."""
    kind: Kind
    target: str


class _Given(NamedTuple):
    parts: tuple[str, ...]
    kind: Kind
    target: str


def name_sources(sources: Sequence[Path | str]) -> list[Source]:
    """Name each source by its last path components: one, or as many as tell it from the others."""
    found = sorted({_given(source) for source in sources}, key=lambda one: (one.parts, one.target))
    lengths = dict.fromkeys(found, 1)
    for length in range(2, max((len(one.parts) for one in found), default=0) + 1):
        shown = [_last(one, lengths[one]) for one in found]
        for one, name in zip(found, shown, strict=True):
            if shown.count(name) > 1:
                lengths[one] = length
    named = (Source(_last(one, lengths[one]), one.kind, one.target) for one in found)
    return sorted(named, key=lambda source: (source.name, source.target))


def _given(source: Path | str) -> _Given:
    text = os.fspath(source)
    if text == PASTED:
        return _Given((PASTED,), Kind.PASTED, text)
    local = None
    if isinstance(source, str) and scheme_of(source) is not None:
        local = local_path(source)
        if local is None:
            return _Given(parts_of(source), Kind.URL, source)
    path = os.path.abspath(local or text)  # noqa: PTH100 - keeps links
    return _Given(Path(path).parts[1:], Kind.PATH, path)


def _last(source: _Given, length: int) -> str:
    return display("/".join(source.parts[-length:])) or "root"
