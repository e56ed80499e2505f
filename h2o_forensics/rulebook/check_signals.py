"""What a signal must hold to: its anchor, its pattern, the names in its filter."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import RECORDS, Signal
from h2o_forensics.rulebook.anchors import can_contain
from h2o_forensics.rulebook.patterns import compile_pattern

Complaint = tuple[str, str]
"""(field, what is wrong with it)."""

HIT_FIELDS = ("level", "line", "logged_by", "node", "path", "text", "thread", "ts")
"""What every hit has beside its captures: facts may take these too."""

_WHERE_FIELDS = ("level", "node", "thread")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r'"([^"]+)"|\b([A-Za-z_]\w*)\b(\s*\()?')
_SQL_TEXT = """
and or not in is null between like ilike rlike regexp true false case when then else end cast as
interval boolean bigint int integer double float real varchar text string timestamp date escape
distinct from for
"""
_SQL_WORDS = frozenset(_SQL_TEXT.split())


def check_signal(signal: Signal) -> Iterator[Complaint]:
    """All complaints about one signal; a field is empty or begins with a dot."""
    if not IDENTIFIER.fullmatch(signal.name):
        yield "", "a signal's name is small letters, digits and _"
    if signal.rule_id and signal.shared is not None:
        return  # judged where it stands, in signals.yaml
    yield from _check_records(signal) if signal.table == RECORDS else _check_rows(signal)


def _check_records(signal: Signal) -> Iterator[Complaint]:
    if signal.anchor is None:
        yield ".anchor", "missing; a signal over records needs a literal that is in the line"
    elif "\n" in signal.anchor:
        yield ".anchor", "must lie within one line"
    if signal.raw and (signal.levels or signal.logger or signal.thread):
        yield ".raw", "a line without a header has no level, logger or thread: this never matches"
    groups, wrong = compile_pattern(signal.pattern or "")
    in_thread, wrong_thread = compile_pattern(signal.thread or "")
    if wrong_thread:
        yield ".thread", wrong_thread
    if wrong:
        yield ".pattern", wrong
    if wrong or wrong_thread:
        return
    if signal.pattern and not _has_room(signal, signal.pattern):
        yield ".pattern", f"cannot match text that contains the anchor {signal.anchor!r}"
    yield from _check_groups(signal, groups | in_thread)


def _has_room(signal: Signal, pattern: str) -> bool:
    """Whether one record can hold both; the anchor may also be a word of the record's header."""
    anchor = signal.anchor or ""
    in_header = (*signal.levels, signal.logger or "", signal.thread or "")
    return any(anchor.strip() in part for part in in_header) or can_contain(pattern, anchor)


def _check_groups(signal: Signal, groups: frozenset[str]) -> Iterator[Complaint]:
    for group in signal.captures:
        if group not in groups:
            known = nearest(group, groups)
            yield f".captures.{group}", f"no group of that name in the pattern{known}"
    if signal.about is not None and signal.about not in groups:
        known = nearest(signal.about, groups)
        yield ".about", f"{signal.about!r} is no group of the pattern{known}"
    if signal.where is not None:
        yield from check_where(".where", signal.where, (*groups, *_WHERE_FIELDS))


def _check_rows(signal: Signal) -> Iterator[Complaint]:
    columns = columns_of(signal.table)
    if columns is None:
        yield ".table", unknown_table(signal.table)
        return
    if signal.about is not None and signal.about not in columns:
        known = nearest(signal.about, columns)
        yield ".about", f"no column {signal.about!r} in {signal.table}{known}"
    if signal.where is not None:
        yield from check_where(".where", signal.where, columns)


def unknown_table(table: str) -> str:
    """Says that there is no such evidence table, and which one may be meant."""
    from h2o_forensics.model.tables import SCHEMAS  # noqa: PLC0415 - as in columns_of

    return f"unknown table {table!r}{nearest(table, [RECORDS, *SCHEMAS])}"


def check_where(field: str, where: str, names: Iterable[str]) -> Iterator[Complaint]:
    """Every word of the expression that is neither SQL nor a function must be one of `names`."""
    known = set(names)
    for match in _WORD.finditer(_QUOTED.sub("''", where)):
        quoted, word, called = match.groups()
        name = quoted or word
        plain = word is not None and (called or word.lower() in _SQL_WORDS)
        if not plain and name not in known:
            yield field, f"unknown name {name!r}{nearest(name, known)}"


def captures_of(signal: Signal) -> tuple[str, ...] | None:
    """What its hits capture: named groups, or the columns of its table; None: that is broken."""
    if signal.table != RECORDS:
        return columns_of(signal.table)
    if signal.shared is not None and signal.anchor is None:
        return None  # there is no such shared signal
    groups, wrong = compile_pattern(signal.pattern or "")
    in_thread, wrong_thread = compile_pattern(signal.thread or "")
    return None if wrong or wrong_thread else (*sorted(groups), *sorted(in_thread))


@cache
def columns_of(table: str) -> tuple[str, ...] | None:
    """Columns of an evidence table; None when there is no such table."""
    # Imported late: the schemas bring polars (0.3 s), which not every rulebook needs.
    from h2o_forensics.model.tables import SCHEMAS  # noqa: PLC0415

    return tuple(SCHEMAS[table]) if table in SCHEMAS else None
