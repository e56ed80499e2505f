"""Computes the facts of a finding: from captures, tables, and arithmetic over earlier facts."""

import math
from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from msgspec import Struct

from h2o_forensics.engine.clauses.ground import Ground, Match, weight_of
from h2o_forensics.engine.lives import Company, main_run
from h2o_forensics.engine.rows import NotEvaluableError, hit_order, plain_rows, select_rows
from h2o_forensics.engine.templates import render
from h2o_forensics.errors import RuleError
from h2o_forensics.model.calc import calculate
from h2o_forensics.model.finding import Hit, Value
from h2o_forensics.model.rule import Fact, Facts, Rule
from h2o_forensics.model.training_tables import SUBJECTS

_PLACE = frozenset(
    {"node", "run", "ts", "artifact", "line", "pointer", "text", "places", "captures", "frames"}
)
"""Columns that say where a row stands, or are too long for a fact."""
_INVENTORY = (
    "xmx_bytes",
    "h2o_version",
    "java_version",
    "pid",
    "cores",
    "physical_bytes",
)
_LIFE = ("node", "run", "ts")
_OF_A_PROCESS = (
    "crashes",
    "gc_minutes",
    "gc_pauses",
    "gc_streaks",
    "jvms",
    "safepoints",
    "thread_dumps",
)
"""Tables whose files tell of one process each."""
_MAX_LISTED = 20
"""Values of a `list` fact; the rest is counted."""


class Scene(Struct, frozen=True):
    """Where a rule held: what its facts are computed from."""

    match: Match
    nodes: tuple[str, ...]
    ground: Ground
    tables: Mapping[str, pl.DataFrame]
    company: Company
    """The runs it is about: no fact is taken from others, whatever its scope."""
    since: int | None


def compute_facts(rule: Rule, scene: Scene) -> Facts:
    """All facts by name: captures of the hits, the node's inventory, times and counts, the rule's.

    Raises:
        RuleError: an expression or template of the rule is broken.
    """
    facts = _captured(scene.match.hits) | _inventory(scene)
    facts |= {
        "node": scene.nodes[0] if scene.nodes else _unnamed(scene),
        "nodes": ", ".join(scene.nodes) if scene.nodes else None,
        "subject": scene.match.subject,
        "count": scene.match.count,
        "first_seen": scene.match.first,
        "last_seen": scene.match.last,
        "since": scene.since,
    }
    for fact in rule.facts:
        facts[fact.name] = _compute(fact, facts, scene, f"{rule.id}: facts.{fact.name}")
    return facts


def _unnamed(scene: Scene) -> str | None:
    """In the place of a node that nobody names: the file of its Java; None: more than one."""
    paths = {hit.path for hit in scene.match.hits}
    artifacts = {hit.artifact for hit in scene.match.hits}
    if scene.match.whole_case or len(paths) != 1 or not artifacts <= _told_by_java(scene.tables):
        return None
    return f"the node of {next(iter(paths))}"


def _told_by_java(tables: Mapping[str, pl.DataFrame]) -> set[str]:
    found = (tables[name]["artifact"] for name in _OF_A_PROCESS if name in tables)
    return {artifact for column in found for artifact in column.drop_nulls().unique()}


def hits_in_scope(hits: Sequence[Hit], nodes: Sequence[str], scope: str) -> list[Hit]:
    """Of the finding's nodes (about them, or else logged by them), of their peers, or all."""
    if scope == "case" or (scope == "node" and not nodes):
        return list(hits)
    if scope == "peers":
        return [hit for hit in hits if hit.node is not None and hit.node not in nodes]
    about = [hit for hit in hits if hit.node in nodes]
    return about or [hit for hit in hits if hit.logged_by in nodes]


def _captured(hits: Iterable[Hit]) -> Facts:
    """The first known value of each capture."""
    facts: Facts = {}
    for hit in sorted(hits, key=hit_order):
        for name, value in hit.captures.items():
            if facts.get(name) is None and name not in _PLACE:
                facts[name] = value
    return facts


def _inventory(scene: Scene) -> Facts:
    """The banner of the node's life that the finding lies in, else of its last life."""
    if not scene.nodes:
        return {}
    name = scene.nodes[0]
    lives = scene.company.lives.get(name, ())
    if not lives:
        return {}
    match = scene.match
    run = main_run(name, match.hits, match.first, scene.company.lives)
    life = next((node for node in lives if node.run == run), lives[-1])
    return {f"node_{name}": getattr(life, name) for name in _INVENTORY}


def _compute(fact: Fact, facts: Facts, scene: Scene, owner: str) -> Value:
    if fact.signal is not None:
        near = filter(scene.company.has_hit, scene.ground.hits.get(fact.signal, ()))
        return _of_hits(fact, hits_in_scope(list(near), scene.nodes, fact.scope))
    if fact.table is not None:
        return _of_rows(fact, scene, owner)
    if fact.calc is not None:
        return _of_calc(fact, fact.calc, facts, owner)
    return None if fact.text is None else render(fact.text, facts)


def _of_hits(fact: Fact, hits: Sequence[Hit]) -> Value:
    values = [(hit, _value_of(hit, fact.of)) for hit in hits]
    if fact.take == "count":
        return weight_of(hit for hit, value in values if fact.of is None or value is not None)
    return _take(fact.take, [value for _hit, value in values])


def _value_of(hit: Hit, of: str | None) -> Value:
    if of is None or of in hit.captures:
        return hit.captures.get(of) if of else None
    own: Facts = {
        "ts": hit.ts,
        "node": hit.node,
        "logged_by": hit.logged_by,
        "level": hit.level,
        "thread": hit.thread,
        "text": hit.text,
        "path": hit.path,
        "line": hit.line,
    }
    return own.get(of)


def _of_rows(fact: Fact, scene: Scene, owner: str) -> Value:
    table = scene.tables.get(fact.table or "")
    if table is None:
        return None
    scoped = _about(scene.match.subject, fact.table or "", table)
    scoped = _in_scope(scoped, scene, fact.scope)
    scoped = _in_company(scoped, scene.company)
    try:
        rows = select_rows(scoped, fact.where, owner)
    except NotEvaluableError:
        return None
    order = [name for name in ("ts", "artifact", "line") if name in rows.columns]
    if order:
        rows = rows.sort(order, nulls_last=True, maintain_order=True)
    if fact.of is None:
        return rows.height if fact.take == "count" else None
    if fact.of not in rows.columns:
        raise RuleError([f"{owner}: of: there is no column {fact.of!r} in {fact.table}"])
    values = [row[fact.of] for row in plain_rows(rows.select(fact.of))]
    if fact.take == "count":
        return sum(value is not None for value in values)
    return _take(fact.take, values)


def _about(subject: str | None, name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Of a table about models, grids or frames the rows of the one that the finding is about."""
    if subject is None or name not in SUBJECTS:
        return table
    kind, column = SUBJECTS[name]
    wanted = subject.removeprefix(f"{kind} ")
    return table.filter(pl.col(column) == wanted) if wanted != subject else table


def _in_scope(table: pl.DataFrame, scene: Scene, scope: str) -> pl.DataFrame:
    if scope == "case" or "node" not in table.columns:
        return table
    if scope == "node" and not scene.nodes:
        return _of_the_same_process(table, scene)
    ours = pl.col("node").is_in(list(scene.nodes))
    return table.filter(ours if scope == "node" else ~ours)


def _of_the_same_process(table: pl.DataFrame, scene: Scene) -> pl.DataFrame:
    """Where no node is known, rows of the files that the finding quotes; of others only a lone one.

    Several processes of unknown nodes are not one: the heap of this one is not that of that one.
    """
    artifacts = {hit.artifact for hit in scene.match.hits}
    if table.height <= 1 or scene.match.whole_case or not artifacts <= _told_by_java(scene.tables):
        return table
    return table.filter(pl.col("artifact").is_in(sorted(artifacts)))


def _in_company(table: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Without rows of other runs and clouds: a restart may have got more heap, another version."""
    if not company.runs or "node" not in table.columns:
        return table
    places = plain_rows(table.select(name for name in _LIFE if name in table.columns))
    kept = [company.has(row["node"], row.get("run"), row.get("ts")) for row in places]
    return table if all(kept) else table.filter(pl.Series(kept, dtype=pl.Boolean))


def _take(take: str, values: Iterable[Value]) -> Value:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if take in {"first", "last"}:
        return known[0 if take == "first" else -1]
    if take == "list":
        return _listed(known)
    numbers = [value for value in known if isinstance(value, int | float)]
    if not numbers:
        texts = sorted(str(value) for value in known)
        return {"min": texts[0], "max": texts[-1]}.get(take)
    results: dict[str, float] = {"min": min(numbers), "max": max(numbers), "sum": sum(numbers)}
    return results.get(take)


def _listed(known: Sequence[Value]) -> str:
    texts = list(dict.fromkeys(str(value) for value in known))
    more = len(texts) - _MAX_LISTED
    return ", ".join(texts[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def _of_calc(fact: Fact, expression: str, facts: Facts, owner: str) -> Value:
    try:
        value = calculate(expression, facts)
    except ValueError as error:
        raise RuleError([f"{owner}: calc: {error}"]) from error
    if not fact.round_up or not isinstance(value, int | float):
        return value
    rounded = math.ceil(value / fact.round_up) * fact.round_up
    return int(rounded) if float(rounded).is_integer() else rounded
