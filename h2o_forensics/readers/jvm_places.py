"""Where a run's lines stand in the files as they were given, and when, by another clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.readers.layouts.line_map import source_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from h2o_forensics.model.jvm import Jvm
    from h2o_forensics.readers.scanned import Scanned

Noun = TypeVar("Noun", bound=Struct)
_LINES = {"line": "source", "exit_line": "exit_source"}
_TIMES = ("started", "last_epoch_ms", "epoch_ms", "to_epoch_ms")


def relocate_jvms(jvms: Iterable[Jvm], artifacts: Sequence[Scanned]) -> tuple[Jvm, ...]:
    """The runs with the lines of their files."""
    by_id = {one.id: one for one in artifacts}
    return tuple(_relocated(jvm, by_id) for jvm in jvms)


def _relocated(jvm: Jvm, artifacts: Mapping[str, Scanned]) -> Jvm:
    maps = [artifacts[one].maps for one in jvm.artifacts]
    if not any(maps):
        return jvm

    def place(noun: Struct) -> dict[str, Any]:
        found = {}
        for line, source in _LINES.items():
            at, number = getattr(noun, line, None), getattr(noun, source, 0)
            if at is not None and number < len(maps) and maps[number]:
                found[line] = source_lines(maps[number], [at])[at]
        return found

    return _changed(jvm, place)


def moved(jvm: Jvm, by_ms: int) -> Jvm:
    """The run by a clock that is `by_ms` ahead of the one that stamped it."""

    def shift(noun: Struct) -> dict[str, Any]:
        times = {name: getattr(noun, name, None) for name in _TIMES}
        return {name: time + by_ms for name, time in times.items() if time is not None}

    return _changed(jvm, shift)


def _changed(noun: Noun, change: Callable[[Struct], dict[str, Any]]) -> Noun:
    """A noun and all that it holds, with fields replaced."""
    fields = change(noun)
    for name in noun.__struct_fields__:
        value = getattr(noun, name)
        if isinstance(value, Struct):
            fields[name] = _changed(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Struct):
            fields[name] = tuple(_changed(one, change) for one in value)
    return replace(noun, **fields) if fields else noun
