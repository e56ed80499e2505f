"""What of training was read in one artifact, put at its place in the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.training import Saved
from h2o_forensics.readers.layouts.line_map import source_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from h2o_forensics.model.training import Metrics, Model, Source
    from h2o_forensics.readers.scanned import Scanned

    Change = Callable[[Source], Source]


def placed(saved: Saved, artifact: str, path: str) -> Saved:
    """All nouns with the artifact and the path they were read in; pointers stay."""
    return _changed(saved, lambda source: replace(source, artifact=artifact, path=path))


def relocated(saved: Saved, artifacts: Sequence[Scanned]) -> Saved:
    """All nouns with the lines of their files, where these are not the lines that were read."""
    maps = {one.id: one.maps for one in artifacts if one.maps}
    if not maps:
        return saved

    def move(source: Source) -> Source:
        if source.line is None or source.artifact not in maps:
            return source
        return replace(source, line=source_lines(maps[source.artifact], [source.line])[source.line])

    return _changed(saved, move)


def within(saved: Saved, prefix: str, line: int | None = None) -> Saved:
    """All nouns with pointers that begin at the document around them, or with their line."""
    return _changed(
        saved, lambda source: replace(source, pointer=prefix + source.pointer, line=line)
    )


def as_cut(saved: Saved) -> Saved:
    """All nouns that say so with the word that their document is cut."""
    return replace(
        saved,
        models=tuple(replace(one, whole=False) for one in saved.models),
        frames=tuple(replace(one, whole=False) for one in saved.frames),
    )


def together(parts: Iterable[Saved]) -> Saved:
    """Everything in one, in the given order."""
    every = list(parts)
    return Saved(
        models=tuple(one for part in every for one in part.models),
        metrics=tuple(one for part in every for one in part.metrics),
        frames=tuple(one for part in every for one in part.frames),
        grids=tuple(one for part in every for one in part.grids),
        automl=tuple(one for part in every for one in part.automl),
        leaderboards=tuple(one for part in every for one in part.leaderboards),
        logs=tuple(one for part in every for one in part.logs),
    )


def _changed(saved: Saved, change: Change) -> Saved:
    return Saved(
        models=tuple(_model(one, change) for one in saved.models),
        metrics=tuple(_metrics(one, change) for one in saved.metrics),
        frames=tuple(replace(one, source=change(one.source)) for one in saved.frames),
        grids=tuple(
            replace(one, source=change(one.source), places=_all(one.places, change))
            for one in saved.grids
        ),
        automl=tuple(
            replace(one, source=change(one.source), places=_all(one.places, change))
            for one in saved.automl
        ),
        leaderboards=tuple(replace(one, source=change(one.source)) for one in saved.leaderboards),
        logs=tuple(replace(one, source=change(one.source)) for one in saved.logs),
    )


def _all(places: dict[str, Source], change: Change) -> dict[str, Source]:
    return {name: change(source) for name, source in places.items()}


def _metrics(one: Metrics, change: Change) -> Metrics:
    return replace(one, source=change(one.source))


def _model(one: Model, change: Change) -> Model:
    return replace(
        one,
        metrics=tuple(_metrics(metrics, change) for metrics in one.metrics),
        history=tuple(replace(part, source=change(part.source)) for part in one.history),
        source=change(one.source),
    )
