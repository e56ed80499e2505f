"""Whether an analysis still holds when the rules have changed.

An analysis depends on the rules that touched the run, and on those that would have.  A rule that
changed or came new is asked three things: did it touch the run before; does it read a table that
has rows there; do the literals it seeks stand in the run's bytes?  Three times no: the result is
the one that the new rules would give.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from h2o_forensics.batch.keys import base_key
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.rule import RECORDS, AllOf, AnyOf, AtLeast, Sequence, Unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from h2o_forensics.catalog.catalog import Catalog
    from h2o_forensics.model.catalog import RunOptions, RunResult
    from h2o_forensics.model.rule import Clause, Rule, RuleBook

_NO_EFFECT = ("fires", "silent", "may_also_match", "references", "false_positives", "path", "since")
"""Of a rule: what no report shows and no analysis asks."""
_DIGITS = 16


class Decision(Struct, frozen=True):
    """What has to be done about a run that was analyzed with other rules."""

    what: Literal["holds", "look", "analyze"]
    literals: tuple[str, ...] = ()
    """`look`: where none of them is in the run, the result holds."""


_ANALYZE = Decision("analyze")
_HOLDS = Decision("holds")


class _Sought(Struct, frozen=True):
    """What of a rule tells whether it can fire on a run at all."""

    hash: str
    literals: tuple[str, ...]
    tables: tuple[str, ...]
    anywhere: bool
    """It may fire without a hit, or seeks what is no literal: no run is safe from it."""


class Meanings(Struct, frozen=True):
    """What an analysis asked, as far as reuse goes; kept in the catalog by the analysis's key."""

    base: str
    """Version and settings."""
    conditions: str
    rules: dict[str, _Sought]


class Reuse:
    """Decides for the runs of one scan."""

    def __init__(self, catalog: Catalog, rulebook: RuleBook, options: RunOptions) -> None:
        self.catalog = catalog
        self._rulebook = rulebook
        self._options = options
        self._changes: dict[str, _Change | None] = {}

    @cached_property
    def _now(self) -> Meanings:
        return meanings(self._rulebook, base_key(self._options))

    def remember(self) -> None:
        """Keep what today's rules mean, for the day they have changed."""
        if self.catalog.rulebook(self._options.key) is None:
            self.catalog.put_rulebook(self._options.key, msgspec.json.encode(self._now))

    def decide(self, run: str, analysis: str) -> Decision:
        """Whether what was found with other rules still holds.

        Args:
            run: its content.
            analysis: of the result.
        """
        change = self._change_since(analysis)
        if change is None:
            return _ANALYZE
        try:
            result = decode_result(self.catalog.read_result(run, analysis))
        except CatalogError:
            return _ANALYZE  # it is gone or damaged
        return change.touches(result) if _is_whole(result) else _ANALYZE

    def _change_since(self, analysis: str) -> _Change | None:
        """What changed in the rules since an analysis; None: more than the rules, or not known."""
        if analysis not in self._changes:
            data = self.catalog.rulebook(analysis)
            try:
                before = None if data is None else msgspec.json.decode(data, type=Meanings)
            except msgspec.DecodeError:
                before = None
            comparable = before is not None and before.base == self._now.base
            self._changes[analysis] = _Change(before, self._now) if before and comparable else None
        return self._changes[analysis]


class _Change:
    """From one rulebook to another."""

    def __init__(self, before: Meanings, now: Meanings) -> None:
        ids = sorted({*before.rules, *now.rules})
        changed = {one for one in ids if before.rules.get(one) != now.rules.get(one)}
        self._old = frozenset(changed & set(before.rules))
        new = [
            sought for one, sought in sorted(now.rules.items()) if before.rules.get(one) != sought
        ]
        self._conditions = before.conditions != now.conditions
        self._anywhere = any(sought.anywhere for sought in new)
        self._tables = frozenset(table for sought in new for table in sought.tables)
        self._literals = tuple(sorted({text for sought in new for text in sought.literals}))

    def touches(self, result: RunResult) -> Decision:
        """What a run's result has to do with it."""
        touched = result.touched
        if self._anywhere or self._old & frozenset(touched.rules):
            return _ANALYZE
        if self._conditions and touched.rules:
            return _ANALYZE
        if any(touched.tables.get(table) for table in self._tables):
            return _ANALYZE
        if not self._literals:
            return _HOLDS
        return Decision("look", self._literals) if touched.plain else _ANALYZE


class _Extent(Struct):
    """Of a report: what was left undone."""

    partial: object = None


def _is_whole(result: RunResult) -> bool:
    """Whether all of the run was read, and every rule was asked."""
    return (
        result.status == "analyzed" and not msgspec.json.decode(result.report, type=_Extent).partial
    )


def meanings(rulebook: RuleBook, base: str) -> Meanings:
    """What the rules of a book seek, and a hash of all that an analysis asks of each."""
    return Meanings(
        base=base,
        conditions=_hash(rulebook.conditions),
        rules={rule.id: _sought(rule) for rule in rulebook.rules},
    )


def _sought(rule: Rule) -> _Sought:
    fields: Mapping[str, object] = {
        name: getattr(rule, name) for name in rule.__struct_fields__ if name not in _NO_EFFECT
    }
    records = [signal for signal in rule.signals if signal.table == RECORDS]
    rows = {signal.table for signal in rule.signals if signal.table != RECORDS}
    return _Sought(
        hash=_hash(fields),
        literals=tuple(sorted({signal.anchor for signal in records if signal.anchor})),
        tables=tuple(sorted(rows)),
        anywhere=not _needs_hit(rule.when) or any(not signal.anchor for signal in records),
    )


def _needs_hit(clause: Clause) -> bool:
    """Whether it cannot hold without a hit or row of one of its signals.

    An absence needs none, and a measure may count to zero and say so.
    """
    if isinstance(clause, AnyOf):
        return all(_needs_hit(part) for part in clause.clauses)
    if isinstance(clause, AllOf):
        return any(_needs_hit(part) for part in clause.clauses)
    return isinstance(clause, AtLeast | Sequence | Unanswered)


def _hash(value: object) -> str:
    data = msgspec.json.encode(value, order="deterministic", enc_hook=str)
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
