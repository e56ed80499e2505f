"""Reads `when:` into clauses: a mapping with exactly one key, the kind of clause."""

import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

from h2o_forensics.model.rule import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Measure,
    Sequence,
    Unanswered,
)
from h2o_forensics.rulebook.measures import compile_measure
from h2o_forensics.rulebook.tree import Faults, Fields, Tree

Per = Literal["node", "case"]
PER: tuple[Per, ...] = get_args(Per)
COUNTED_PER: tuple[Literal["node", "case", "subject"], ...] = (*PER, "subject")

_NOTHING = AllOf(())
"""Stands where a clause could not be read; its fault is known."""


def build_clause(tree: Tree | None, field: str, faults: Faults) -> Clause:
    """One clause and the clauses in it."""
    if tree is None:
        return _NOTHING
    fields = faults.open(tree, field)
    if not isinstance(tree.value, dict):
        return _NOTHING
    name = fields.only_key(KINDS_OF_CLAUSE, "clause")
    return _NOTHING if name is None else KINDS_OF_CLAUSE[name](fields, name)


def walk(clause: Clause, field: str = "when") -> Iterator[tuple[str, Clause, AllOf | None]]:
    """Every simple clause with its field and the `all` it is a direct part of."""
    yield from _walk(clause, field, None)


def _walk(
    clause: Clause, field: str, inside: AllOf | None
) -> Iterator[tuple[str, Clause, AllOf | None]]:
    if isinstance(clause, AnyOf | AllOf):
        kind, parent = ("any", None) if isinstance(clause, AnyOf) else ("all", clause)
        for index, part in enumerate(clause.clauses):
            yield from _walk(part, f"{field}.{kind}[{index}]", parent)
    else:
        yield f"{field}.{KIND_OF[type(clause)]}", clause, inside


KIND_OF: dict[type, str] = {
    AtLeast: "at_least",
    Sequence: "sequence",
    Unanswered: "unanswered",
    Absent: "absent",
    Measure: "measure",
}


def _at_least(parent: Fields, name: str) -> Clause:
    fields = parent.mapping(name, required=True)
    clause = AtLeast(
        signal=fields.text("signal"),
        count=fields.integer("count", 1, 1),
        within_ms=fields.duration("within"),
        per=fields.choice("per", COUNTED_PER, "node"),
    )
    fields.finish()
    return clause


def _sequence(parent: Fields, name: str) -> Clause:
    fields = parent.mapping(name, required=True)
    clause = Sequence(
        signals=fields.texts("signals", least=2),
        within_ms=fields.duration("within"),
        per=fields.choice("per", PER, "node"),
    )
    fields.finish()
    return clause


def _unanswered(parent: Fields, name: str) -> Clause:
    fields = parent.mapping(name, required=True)
    fields.required("within")
    clause = Unanswered(
        signal=fields.text("signal"),
        by=fields.text("by"),
        within_ms=fields.duration("within") or 0,
        per=fields.choice("per", PER, "node"),
    )
    fields.finish()
    return clause


def _absent(parent: Fields, name: str) -> Clause:
    fields = parent.mapping(name, required=True)
    clause = Absent(signal=fields.text("signal"), per=fields.choice("per", PER, "node"))
    fields.finish()
    return clause


def _measure(parent: Fields, name: str) -> Clause:
    fields = parent.mapping(name, required=True)
    sql = fields.text("sql")
    compiled, faults = compile_measure(sql) if sql.strip() else (None, ())
    for what in faults:
        fields.fault("sql", what)
    numbers = re.findall(r"\[([0-9]+)\]", fields.field)
    clause = Measure(
        name="_".join(["measure", *numbers]),
        sql=sql,
        steps=compiled.steps if compiled else (),
        columns=compiled.columns if compiled else (),
        per=fields.choice("per", PER, "node"),
    )
    fields.finish()
    return clause


def _parts(parent: Fields, name: str) -> tuple[Clause, ...]:
    return tuple(
        build_clause(item, f"{parent.path(name)}[{index}]", parent.faults)
        for index, item in enumerate(parent.items(name, least=1))
    )


KINDS_OF_CLAUSE: dict[str, Callable[[Fields, str], Clause]] = {
    "at_least": _at_least,
    "sequence": _sequence,
    "unanswered": _unanswered,
    "absent": _absent,
    "measure": _measure,
    "any": lambda parent, name: AnyOf(_parts(parent, name)),
    "all": lambda parent, name: AllOf(_parts(parent, name)),
}
