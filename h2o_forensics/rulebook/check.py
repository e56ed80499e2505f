"""What the parts of a rule, and the rules of a book, promise each other.

`load` finds the line of a complaint's field.  Works on typed rules, needs no file.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as List

from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import (
    AllOf,
    AtLeast,
    Clause,
    Fact,
    Remedy,
    Rule,
    Sequence,
    Signal,
    measures_of,
)
from h2o_forensics.model.training_tables import SUBJECTS
from h2o_forensics.rulebook.calc import check_calc
from h2o_forensics.rulebook.check_signals import (
    HIT_FIELDS,
    IDENTIFIER,
    Complaint,
    captures_of,
    check_signal,
    check_where,
    columns_of,
    unknown_table,
)
from h2o_forensics.rulebook.clauses import walk
from h2o_forensics.rulebook.templates import ALWAYS, placeholders


def check_rule(rule: Rule, conditions: Mapping[str, str]) -> Iterator[Complaint]:
    """All complaints about one rule, given the names of the conditions there are."""
    expected = f"{rule.id}_{rule.name.replace('-', '_')}.yaml"
    if rule.path.rsplit("/", 1)[-1] != expected:
        yield "id", f"the file must be named {expected} after id and name"
    if rule.condition not in conditions:
        known = nearest(rule.condition, conditions)
        yield "condition", f"unknown condition {rule.condition!r}{known}"
    for signal in rule.signals:
        for field, what in check_signal(signal):
            yield f"signals.{signal.name}{field}", what
    signals = {signal.name: signal for signal in rule.signals}
    yield from _check_when(rule.when, signals)
    captured = [name for signal in rule.signals for name in captures_of(signal) or ()]
    captured += [name for measure in measures_of(rule.when) for name in measure.columns]
    yield from _check_facts(rule.facts, signals, [*captured, *ALWAYS])
    facts = [fact.name for fact in rule.facts]
    yield from _check_texts(rule, [*facts, *captured, *ALWAYS])
    yield from _check_status(rule)
    if rule.starts_from is not None and rule.starts_from not in signals:
        yield "starts_from", _unknown_signal(rule.starts_from, signals)


def _check_status(rule: Rule) -> Iterator[Complaint]:
    if rule.status == "deprecated":
        if rule.reason is None:
            yield "reason", "missing; a deprecated rule says why"
        return
    for field in ("reason", "replaced_by"):
        if getattr(rule, field) is not None:
            yield field, "only for deprecated rules"


def check_book(
    rules: List[Rule], conditions: Mapping[str, str], places: List[str]
) -> Iterator[tuple[int, str, str]]:
    """(index of the rule, field, what) for all that is wrong between rules.

    `places` says for each rule where it stands.
    """
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        if (other := first.setdefault(rule.id, index)) != index:
            yield index, "id", f"{rule.id} is also the id of {places[other]}"
    for index, rule in enumerate(rules):
        if rule.replaced_by == rule.id or (rule.replaced_by and rule.replaced_by not in first):
            known = nearest(rule.replaced_by, set(first) - {rule.id})
            yield index, "replaced_by", f"no other rule {rule.replaced_by!r}{known}"
        for field, name in _edges(rule):
            if name not in conditions:
                yield index, field, f"unknown condition {name!r}{nearest(name, conditions)}"
            elif name == rule.condition:
                yield index, field, f"{name} is this rule's own condition"
    yield from _yield_cycles(rules)


def _edges(rule: Rule) -> Iterator[tuple[str, str]]:
    for index, edge in enumerate(rule.caused_by):
        yield f"caused_by[{index}].condition", edge.condition
    for index, other in enumerate(rule.yields_to):
        yield f"yields_to[{index}].condition", other.condition


def _yield_cycles(rules: Iterable[Rule]) -> Iterator[tuple[int, str, str]]:
    """Conditions that withdraw each other would leave nothing."""
    targets: dict[str, set[str]] = {}
    for rule in rules:
        targets.setdefault(rule.condition, set()).update(
            other.condition for other in rule.yields_to if other.condition != rule.condition
        )
    for index, rule in enumerate(rules):
        for at, other in enumerate(rule.yields_to):
            way = _way(targets, other.condition, rule.condition)
            if way and other.condition != rule.condition:
                shown = " -> ".join([rule.condition, *way])
                yield index, f"yields_to[{at}].condition", f"a circle of yields_to: {shown}"


def _way(targets: Mapping[str, set[str]], start: str, goal: str) -> list[str] | None:
    ways = {start: [start]}
    todo = [start]
    while todo:
        at = todo.pop(0)
        if at == goal:
            return ways[at]
        for to in sorted(targets.get(at, ())):
            if to not in ways:
                ways[to] = [*ways[at], to]
                todo.append(to)
    return None


def _check_when(when: Clause, signals: Mapping[str, Signal]) -> Iterator[Complaint]:
    for field, clause, inside in walk(when):
        if isinstance(clause, Sequence):
            for index, name in enumerate(clause.signals):
                if name not in signals:
                    yield f"{field}.signals[{index}]", _unknown_signal(name, signals)
            continue
        for part in ("signal", "by"):
            wanted: str | None = getattr(clause, part, None)
            if wanted is not None and wanted not in signals:
                yield f"{field}.{part}", _unknown_signal(wanted, signals)
        if isinstance(clause, AtLeast) and clause.per == "subject":
            yield from _check_subject(field, signals.get(clause.signal), inside)
        if field.endswith(".absent") and not _shows_something(inside):
            yield field, "absence shows no evidence; put it into an `all` with a clause that does"


def _check_subject(field: str, signal: Signal | None, inside: AllOf | None) -> Iterator[Complaint]:
    if signal is not None and signal.table not in SUBJECTS:
        known = ", ".join(sorted(SUBJECTS))
        yield f"{field}.per", f"subject wants a signal over a table about something: {known}"
    if inside is not None:
        yield f"{field}.per", "subject cannot stand in an `all`; say it in the signal's `where`"


def _shows_something(inside: AllOf | None) -> bool:
    return inside is not None and any(
        not field.endswith(".absent") for field, _clause, _parent in walk(inside)
    )


def _unknown_signal(name: str, signals: Iterable[str]) -> str:
    return f"unknown signal {name!r}{nearest(name, signals)}"


def _check_facts(
    facts: tuple[Fact, ...], signals: Mapping[str, Signal], known: list[str]
) -> Iterator[Complaint]:
    earlier = list(known)
    for fact in facts:
        field = f"facts.{fact.name}"
        if not IDENTIFIER.fullmatch(fact.name):
            yield field, "a fact's name is small letters, digits and _"
        if fact.name in ALWAYS:
            yield field, f"{fact.name} is always there; take another name"
        sources = [
            name for name in ("signal", "table", "calc", "text") if getattr(fact, name) is not None
        ]
        if len(sources) != 1:
            got = " and ".join(sources) or "none"
            yield field, f"wants exactly one of signal, table, calc, text; got {got}"
        for part, what in _check_fact(fact, signals, earlier):
            yield f"{field}.{part}", what
        earlier.append(fact.name)


def _check_fact(
    fact: Fact, signals: Mapping[str, Signal], earlier: list[str]
) -> Iterator[Complaint]:
    yield from _misplaced(fact)
    if fact.signal is not None:
        yield from _check_signal_fact(fact, fact.signal, signals)
    if fact.table is not None:
        yield from _check_table_fact(fact, fact.table)
    if fact.calc is not None:
        yield from _check_names("calc", *check_calc(fact.calc), earlier)
    if fact.text is not None:
        yield from _check_names("text", *placeholders(fact.text), earlier)


def _misplaced(fact: Fact) -> Iterator[Complaint]:
    """Fields that mean nothing beside the others."""
    taken = fact.signal is not None or fact.table is not None
    if taken and fact.of is None and fact.take != "count":
        yield "of", "missing; only take: count does without"
    if not taken and fact.of is not None:
        yield "of", "only for facts over a signal or a table"
    if not taken and fact.scope != "node":
        yield "scope", "only for facts over a signal or a table"
    if fact.table is None and fact.where is not None:
        yield "where", "only for facts over a table"
    if fact.calc is None and fact.round_up is not None:
        yield "round_up", "only for facts with calc"


def _check_signal_fact(fact: Fact, name: str, signals: Mapping[str, Signal]) -> Iterator[Complaint]:
    if name not in signals:
        yield "signal", _unknown_signal(name, signals)
        return
    names = captures_of(signals[name])
    if names is not None and fact.of is not None and fact.of not in (*names, *HIT_FIELDS):
        yield "of", f"{name} captures no {fact.of!r}{nearest(fact.of, (*names, *HIT_FIELDS))}"


def _check_table_fact(fact: Fact, table: str) -> Iterator[Complaint]:
    columns = columns_of(table)
    if columns is None:
        yield "table", unknown_table(table)
        return
    if fact.of is not None and fact.of not in columns:
        yield "of", f"no column {fact.of!r} in {table}{nearest(fact.of, columns)}"
    if fact.where is not None:
        yield from check_where("where", fact.where, columns)


def _check_names(
    field: str, used: Iterable[str], wrong: str | None, known: Iterable[str]
) -> Iterator[Complaint]:
    names = set(known)
    if wrong:
        yield field, wrong
    for name in sorted(set(used) - names):
        yield field, f"unknown fact {name!r}{nearest(name, names)}"


def _check_texts(rule: Rule, known: list[str]) -> Iterator[Complaint]:
    yield from _check_names("says", *placeholders(rule.says), known)
    if rule.says_otherwise is not None:
        yield from _check_names("says_otherwise", *placeholders(rule.says_otherwise), known)
    for index, remedy in enumerate(rule.remedies):
        for part, text in remedy_texts(remedy):
            yield from _check_names(f"remedies[{index}].{part}", *placeholders(text), known)
    for index, edge in enumerate(rule.caused_by):
        if edge.when is not None:
            yield from _check_names(f"caused_by[{index}].when", *check_calc(edge.when), known)


def remedy_texts(remedy: Remedy) -> Iterator[tuple[str, str]]:
    """The templates of a remedy by field name."""
    for part in ("do", "why", "command", "otherwise", "risk"):
        text = getattr(remedy, part)
        if text is not None:
            yield part, text
