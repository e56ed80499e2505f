"""The `log_files` table: where each log file of a node ends, beside the end of its other logs.

H2O never says that the disk of its logs is full: the files just end, at a whole number of disk
blocks, while what goes elsewhere (standard output) goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

_BLOCK = 4096
"""Bytes of a page and of most file systems' blocks: what was flushed last ends at a multiple."""


def log_file_rows(
    artifacts: Sequence[Scanned], clocks: Mapping[str, SettledClock]
) -> list[dict[str, Any]]:
    """Rows of `log_files`, one for each plain log or console output of a known node."""
    ends = [(one, end) for one in artifacts if (end := _end(one, clocks)) is not None]
    latest: dict[str | None, int] = {}
    for one, end in ends:
        latest[one.node] = max(latest.get(one.node, end), end)
    return [
        {
            "node": one.node, "ts": end, "artifact": one.id, "line": one.scan.last_record_line,
            "text": one.scan.last_record_text, "bytes": one.scan.bytes,
            "whole_blocks": one.scan.bytes > 0 and one.scan.bytes % _BLOCK == 0,
            "behind_ms": latest[one.node] - end, "ends_in_line": one.scan.ends_in_line,
        }
        for one, end in ends
    ]  # fmt: skip


def _end(one: Scanned, clocks: Mapping[str, SettledClock]) -> int | None:
    clock = clocks.get(one.node or "")
    if clock is None or one.kind not in {"h2o_log", "console"}:
        return None
    return clock.epoch(one.scan.last_stamp)
