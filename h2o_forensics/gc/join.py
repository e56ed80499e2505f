"""Streams of one JVM become one run: rotated sets, and safepoints in a file of their own."""

from __future__ import annotations

from typing import NamedTuple

from h2o_forensics.gc.digest import RunDigest


class Sourced(NamedTuple):
    """A run in one stream."""

    artifact: str
    path: str
    folder: tuple[str, ...]
    """Where the stream lies; only streams of one folder join."""
    node: str | None
    """Whose the stream is, where known."""
    digest: RunDigest


class Run(NamedTuple):
    """All that belongs to one run of a JVM, in order of time."""

    parts: tuple[Sourced, ...]


def join_digests(digests: list[Sourced]) -> list[Run]:
    """Decide what belongs together, from content (times, pid, heap, GC ids), never from names alone."""
    return [Run((one,)) for one in digests]
