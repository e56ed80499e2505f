"""A signal's `where`, applied while scanning, where its captures alone decide it.

Only what a filter can want is kept then, however long the log; the rest (filters over nodes) is
left to `evaluate`, which applies every filter again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PolarsError

from h2o_forensics.engine.rows import CAPTURE_TYPES
from h2o_forensics.model.values import read_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.model.scan import RawHit


class Sieve:
    """The filters of signals that share their rows: a row is kept when any of them wants it."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        self._signals = signals

    def wanted(self, hits: Sequence[RawHit]) -> list[bool]:
        """For each hit whether a filter holds; all, where one cannot take the values."""
        wanted = [False] * len(hits)
        for signal in self._signals:
            try:
                held = _held(signal, hits)
            except PolarsError:
                return [True] * len(hits)
            wanted = [before or now for before, now in zip(wanted, held, strict=True)]
        return wanted


def _held(signal: Signal, hits: Sequence[RawHit]) -> list[bool]:
    names = sorted({name for hit in hits for name in hit.captures})
    columns = {
        name: [read_value(signal.type_of(name), hit.captures.get(name)) for hit in hits]
        for name in names
    }
    schema = {name: CAPTURE_TYPES.get(signal.type_of(name), pl.String) for name in names}
    frame = pl.DataFrame(columns, schema=schema, strict=False)
    held = pl.sql_expr(signal.where or "TRUE").fill_null(value=False)
    return frame.select(held.alias("held"))["held"].to_list()


def sieve_of(signals: Sequence[Signal]) -> Sieve | None:
    """One sieve for these signals; None: at least one of them must see every row."""
    return Sieve(signals) if all(_decided_by_captures(signal) for signal in signals) else None


def _decided_by_captures(signal: Signal) -> bool:
    if signal.where is None:
        return False
    try:
        used = set(pl.sql_expr(signal.where).meta.root_names())
    except PolarsError:
        return False
    groups = f"{signal.pattern or ''} {signal.thread or ''}"
    return bool(used) and all(
        f"(?P<{name}>" in groups and signal.type_of(name) != "node_tail" for name in used
    )
