"""Reads the SQL of a measure: one SELECT, or steps WITH names, over evidence tables.

The text is parsed by sqlglot with no functions of its own, walked, and every part that is known and
allowed is written anew; the author's text itself is never run.  So comments, quoting and words we
do not know cannot reach Polars.
"""

import logging
from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp, parser
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import MeasureJoin, MeasureStep
from h2o_forensics.model.tables import SCHEMAS
from h2o_forensics.rulebook.measure_terms import (
    RefusedError,
    Source,
    Terms,
    identifier,
    only,
    shown,
)

__all__ = ["RefusedError", "read_query"]

MAX_CHARS = 8192
MAX_TOKENS = 1200
MAX_NESTING = 10
"""Parentheses and CASEs inside each other: the parser may try each twice."""
MAX_STEPS = 8
MAX_JOINS = 6
MAX_COLUMNS = 32
PLACE = ("node", "ts", "artifact")
"""Columns every measure returns, beside `line` or `pointer`."""

_KINDS = {
    ("", ""): "INNER",
    ("", "INNER"): "INNER",
    ("LEFT", ""): "LEFT",
    ("LEFT", "OUTER"): "LEFT",
}
_HALF = {("", "SEMI"), ("LEFT", "SEMI"), ("", "ANTI"), ("LEFT", "ANTI")}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}


class _PolarsSQL(Dialect):
    """sqlglot's common SQL; a function is its name and arguments, nothing is translated."""

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {
            name: parser.Parser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")
        }
        NO_PAREN_FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            "CASE": parser.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]
        }


def read_query(sql: str) -> tuple[tuple[MeasureStep, ...], tuple[str, ...]]:
    """The steps of a query, the last one without a name, and the columns that it returns.

    Raises:
        RefusedError: says what is wrong, and what is allowed instead.
    """
    try:
        return _read_query(_parse(sql))
    except RecursionError:
        raise RefusedError("is nested too deeply") from None


def _read_query(tree: exp.Select) -> tuple[tuple[MeasureStep, ...], tuple[str, ...]]:
    tables = {name: tuple(schema) for name, schema in SCHEMAS.items()}
    steps = []
    joins = 0
    for name, select in _selects(tree):
        if name in tables:
            raise RefusedError(f"WITH {name}: there is a table of this name")
        step, columns = _read_step(name, select, tables)
        joins += len(step.joins)
        if joins > MAX_JOINS:
            raise RefusedError(f"more than {MAX_JOINS} joins")
        tables[name] = columns
        steps.append(step)
    returned = tables[""]
    missing = [column for column in PLACE if column not in returned]
    if missing or not {"line", "pointer"} & set(returned):
        wanted = ", ".join([*PLACE, "line (or pointer)"])
        raise RefusedError(f"the last SELECT returns {wanted} and facts; missing: "
                           f"{', '.join(missing) or 'line'}")  # fmt: skip
    return tuple(steps), returned


def _parse(sql: str) -> exp.Select:
    if len(sql) > MAX_CHARS:
        raise RefusedError(f"longer than {MAX_CHARS} characters")
    warned = logging.getLogger("sqlglot")
    quiet, warned.disabled = warned.disabled, True  # what it would say of syntax is refused here
    try:
        dialect = _PolarsSQL()
        tokens = dialect.tokenize(sql)
        _check_tokens(tokens)
        trees = dialect.parser().parse(tokens, sql)
    except SqlglotError as error:
        raise RefusedError(f"cannot be read as SQL: {_first_line(error)}") from error
    finally:
        warned.disabled = quiet
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise RefusedError("must be exactly one SELECT, with WITH in front where it takes steps")
    return trees[0]


def _check_tokens(tokens: list[Token]) -> None:
    """Refuse what would make the parser work hard, and other statements before it sees them."""
    if not tokens or tokens[0].token_type not in {TokenType.SELECT, TokenType.WITH}:
        raise RefusedError("must be exactly one SELECT: begin with SELECT or WITH")
    if len(tokens) > MAX_TOKENS:
        raise RefusedError(f"has more than {MAX_TOKENS} words")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > MAX_NESTING:
            raise RefusedError(f"is nested deeper than {MAX_NESTING}")
        if token.token_type == TokenType.SEMICOLON:
            raise RefusedError("must be exactly one SELECT, without ;")
        if token.token_type != TokenType.STRING and not token.text.isascii():
            raise RefusedError(f"{token.text[:40]!r}: only texts in quotes may hold such letters")


def _first_line(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        what = details[0]["description"].partition(" but got <")[0].rstrip(".")
        return f"{what}, line {details[0]['line']} of the query"
    return str(error).splitlines()[0]


def _selects(tree: exp.Select) -> Iterator[tuple[str, exp.Select]]:
    """(name, SELECT) of each step, the last one's name is empty."""
    with_ = tree.args.get("with_")
    if with_ is not None:
        only(with_, "expressions")
        if len(with_.expressions) > MAX_STEPS:
            raise RefusedError(f"more than {MAX_STEPS} steps in WITH")
        for step in with_.expressions:
            only(step, "this", "alias")
            only(step.args["alias"], "this")
            if not isinstance(step.this, exp.Select) or step.this.args.get("with_"):
                raise RefusedError("a step in WITH must be one plain SELECT")
            yield identifier(step.args["alias"].this, "WITH"), step.this
    tree.set("with_", None)
    yield "", tree


def _read_step(
    name: str, tree: exp.Select, tables: dict[str, tuple[str, ...]]
) -> tuple[MeasureStep, tuple[str, ...]]:
    only(
        tree,
        "expressions",
        "distinct",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "order",
        "limit",
    )
    sources: dict[str, Source] = {}
    visible: dict[str, Source] = {}
    from_ = tree.args.get("from_")
    if from_ is None:
        raise RefusedError("a SELECT wants FROM and a table")
    only(from_, "this")
    base = _add_table(from_.this, tables, sources)
    visible[base] = sources[base]
    text = [f'FROM "{sources[base].table}" AS "{base}"']
    joins = []
    for join in tree.args.get("joins") or ():
        alias = _add_table(join.this, tables, sources)
        words, joined, half = _read_join(join, alias, base, sources)
        text.append(words)
        joins.append(joined)
        if not half:
            visible[alias] = sources[alias]
        else:
            sources = dict(visible)
    terms = Terms(visible, last=not name)
    columns, select = _read_columns(tree, terms)
    text += _read_rest(tree, terms)
    used = tuple(dict.fromkeys([visible[base].table, *(join.table for join in joins)]))
    return MeasureStep(name, f"SELECT {select} {' '.join(text)}", used, tuple(joins)), columns


def _add_table(node: object, tables: dict[str, tuple[str, ...]], sources: dict[str, Source]) -> str:
    """Note a table of FROM or JOIN; returns the name it goes by."""
    if not isinstance(node, exp.Table):
        raise RefusedError(f"FROM {shown(node)}: only evidence tables, and steps named in WITH")
    if not isinstance(node.this, exp.Identifier):
        raise RefusedError(f"FROM {shown(node)}: no table functions, only evidence tables")
    only(node, "this", "alias")
    name = str(node.this.this).lower()
    if name not in tables:
        raise RefusedError(f"unknown table {name!r}{nearest(name, tables)}")
    alias = name
    if node.args.get("alias") is not None:
        only(node.args["alias"], "this")
        alias = identifier(node.args["alias"].this, "AS")
    if alias in sources:
        raise RefusedError(f"{alias!r} stands twice in FROM: give it another name with AS")
    sources[alias] = Source(name, tables[name])
    return alias


def _read_join(
    join: exp.Join, alias: str, base: str, sources: dict[str, Source]
) -> tuple[str, MeasureJoin, bool]:
    kind = ((join.side or "").upper(), (join.kind or "").upper())
    half = kind in _HALF
    word = kind[1] if half else _KINDS.get(kind)
    if word is None or join.args.get("on") is None:
        raise RefusedError(
            f"JOIN {alias}: only INNER, LEFT, SEMI and ANTI joins ON equal columns; no commas, "
            "no CROSS, no USING"
        )
    only(join, "this", "side", "kind", "on")
    terms = Terms(sources, last=False)
    pairs = [_equality(part, alias, sources) for part in _conjuncts(join.args["on"])]
    on = " AND ".join(f"{terms.column(left)} = {terms.column(right)}" for left, right in pairs)
    of_base = all(identifier(left.args["table"], "ON") == base for left, _right in pairs)
    joined = MeasureJoin(
        table=sources[alias].table,
        keys=tuple(identifier(right.this, "ON") for _left, right in pairs),
        base=sources[base].table,
        base_keys=tuple(identifier(left.this, "ON") for left, _right in pairs) if of_base else (),
    )
    table = f'"{sources[alias].table}" AS "{alias}"'
    return f"{word} JOIN {table} ON {on}", joined, half


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, exp.And | exp.Paren):
            only(at, "this", "expression")
            todo += [part for part in (at.args.get("expression"), at.this) if part is not None]
        else:
            yield at


def _equality(
    node: exp.Expr, alias: str, sources: dict[str, Source]
) -> tuple[exp.Column, exp.Column]:
    """A column of an earlier table and one of the table that is joined."""
    sides = [node.this, node.args.get("expression")] if isinstance(node, exp.EQ) else []
    if len(sides) == 2 and all(isinstance(side, exp.Column) and side.table for side in sides):  # noqa: PLR2004
        left, right = sides
        if left.table.lower() == alias:
            left, right = right, left
        if right.table.lower() == alias and left.table.lower() in set(sources) - {alias}:
            return left, right
    raise RefusedError(
        f"JOIN {alias} ON {shown(node)}: wants {alias}.column = earlier_table.column, joined by "
        "AND; other conditions belong into WHERE"
    )


def _read_columns(tree: exp.Select, terms: Terms) -> tuple[tuple[str, ...], str]:
    """Names of the columns a SELECT returns, and their text."""
    names: list[str] = []
    texts = []
    if len(tree.expressions) > MAX_COLUMNS:
        raise RefusedError(f"more than {MAX_COLUMNS} columns")
    for part in tree.expressions:
        if isinstance(part, exp.Alias):
            only(part, "this", "alias")
            name, value = identifier(part.args["alias"], "AS"), part.this
        elif isinstance(part, exp.Column) and isinstance(part.this, exp.Identifier):
            name, value = identifier(part.this, "column"), part
        else:
            refusal = "no *: name the columns" if part.find(exp.Star) is part else None
            raise RefusedError(refusal or f"{shown(part)}: give it a name with AS")
        if name in names:
            raise RefusedError(f"two columns are named {name!r}")
        names.append(name)
        texts.append(f'{terms.write(value)} AS "{name}"')
    distinct = tree.args.get("distinct")
    if distinct is not None:
        only(distinct)
    return tuple(names), ("DISTINCT " if distinct is not None else "") + ", ".join(texts)


def _read_rest(tree: exp.Select, terms: Terms) -> Iterator[str]:
    """WHERE, GROUP BY, HAVING, ORDER BY and LIMIT."""
    where, group, having = (tree.args.get(name) for name in ("where", "group", "having"))
    order, limit = tree.args.get("order"), tree.args.get("limit")
    if where is not None:
        yield f"WHERE {terms.write(where.this)}"
    terms.outputs = frozenset(
        str(part.args["alias"].this).lower()
        for part in tree.expressions
        if isinstance(part, exp.Alias)
    )
    if group is not None:
        only(group, "expressions")
        if any(isinstance(part, exp.Literal) for part in group.expressions):
            raise RefusedError("GROUP BY wants columns, not their numbers")
        yield f"GROUP BY {terms.list_of(group.expressions)}"
    if having is not None:
        yield f"HAVING {terms.write(having.this)}"
    if order is not None:
        yield f"ORDER BY {terms.order(order)}"
    if limit is not None:
        only(limit, "expression")
        count = limit.expression
        if order is None or not isinstance(count, exp.Literal) or not str(count.this).isdigit():
            raise RefusedError("LIMIT wants a number, and ORDER BY in front of it")
        yield f"LIMIT {int(count.this)}"
