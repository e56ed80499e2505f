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

    from h2o_forensics.model.finding import Value
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
    where = pl.sql_expr(signal.where or "TRUE")
    names = sorted(set(where.meta.root_names()))
    columns = {name: _column(signal, name, hits) for name in names}
    schema = {name: CAPTURE_TYPES.get(signal.type_of(name), pl.String) for name in names}
    frame = pl.DataFrame(columns, schema=schema, strict=False)
    return frame.select(where.fill_null(value=False).alias("held"))["held"].to_list()


def _column(signal: Signal, name: str, hits: Sequence[RawHit]) -> list[Value]:
    """What the hits captured under a name; each text, and most repeat, is read once."""
    kind = signal.type_of(name)
    texts = [hit.captures.get(name) for hit in hits]
    values = {text: read_value(kind, text) for text in set(texts)}
    return [values[text] for text in texts]


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
