"""Writes expressions of measures anew from sqlglot's tree; what it has no word for is refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from h2o_forensics.model.nearest import nearest
from h2o_forensics.rulebook import measure_words as words

MAX_DEPTH = 12
MAX_CHAIN = 40
"""Terms joined by the same operator."""
MAX_IN_LIST = 100
MAX_CONCATS = 8

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_SHOWN = 60
_BINARY: dict[type[exp.Expr], str] = {
    exp.And: "AND", exp.Or: "OR", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=",
    exp.LT: "<", exp.LTE: "<=", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/",
    exp.Mod: "%", exp.DPipe: "||", exp.Like: "LIKE", exp.ILike: "ILIKE",
}  # fmt: skip
_ASSOCIATIVE = (exp.And, exp.Or, exp.Add, exp.Mul, exp.DPipe)


class RefusedError(Exception):
    """The query, or a part of it, is none that a rule may hold."""


class Source(NamedTuple):
    """A table in FROM or JOIN."""

    table: str
    columns: tuple[str, ...]


def identifier(node: object, what: str) -> str:
    """The name in an identifier, in small letters.

    Raises:
        RefusedError: it is not a plain one.
    """
    name = node.this if isinstance(node, exp.Identifier) else None
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name.lower()):
        raise RefusedError(f"{what}: {shown(node)} is no plain name: letters, digits and _")
    return name.lower()


def only(node: exp.Expr, *allowed: str) -> None:
    """Check that a part says nothing beside these.

    Raises:
        RefusedError: it does.
    """
    for name, value in node.args.items():
        if value and name not in allowed:
            raise RefusedError(
                f"not allowed in {shown(node)}: {name.rstrip('_').replace('_', ' ')}"
            )


def shown(node: object) -> str:
    """A part of a query, for a message."""
    text = str(node)
    if isinstance(node, exp.Expr):
        text = node.sql(comments=False, unsupported_level=ErrorLevel.IGNORE)
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


class Terms:
    """Expressions of one SELECT."""

    def __init__(self, sources: Mapping[str, Source], *, last: bool) -> None:
        self.sources = sources
        self.last = last
        self.outputs: frozenset[str] = frozenset()
        """Names the SELECT gives its columns: GROUP BY, HAVING and ORDER BY may use them."""
        self._writers: dict[type, Callable[[Any], str]] = {
            exp.Paren: self._paren,
            exp.Column: self.column,
            exp.Literal: _constant,
            exp.Null: _constant,
            exp.Boolean: _constant,
            exp.Anonymous: self._call,
            exp.Window: self._window,
            exp.Case: self._case,
            exp.Cast: self._cast,
            exp.TryCast: self._cast,
            exp.Interval: _interval,
            exp.Not: self._sign,
            exp.Neg: self._sign,
            exp.Is: self._is,
            exp.Between: self._between,
            exp.In: self._in,
        }
        self._depth = 0
        self._concats = 0

    def write(self, node: object) -> str:
        """The expression in Polars SQL.

        Raises:
            RefusedError: it holds something that has no place in a measure.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RefusedError(f"an expression is nested deeper than {MAX_DEPTH}")
        text = self._write(node)
        self._depth -= 1
        return text

    def _write(self, node: object) -> str:
        kind = type(node)
        if kind in _BINARY and isinstance(node, exp.Expr):
            return self._binary(node)
        if kind in self._writers:
            return self._writers[kind](node)
        raise RefusedError(_refusal(node))

    def _paren(self, node: exp.Paren) -> str:
        only(node, "this")
        return self.write(node.this)

    def _sign(self, node: exp.Not | exp.Neg) -> str:
        only(node, "this")
        return f"({'NOT' if isinstance(node, exp.Not) else '-'} {self.write(node.this)})"

    def _between(self, node: exp.Between) -> str:
        only(node, "this", "low", "high")
        low, high = self.write(node.args["low"]), self.write(node.args["high"])
        return f"({self.write(node.this)} BETWEEN {low} AND {high})"

    def column(self, node: exp.Column) -> str:
        """A column's name, checked."""
        only(node, "this", "table")
        name = identifier(node.this, "column")
        if "table" in node.args and node.args["table"] is not None:
            alias = identifier(node.args["table"], "table")
            if alias not in self.sources:
                raise RefusedError(f"unknown table {alias!r}{nearest(alias, self.sources)}")
            columns = self.sources[alias].columns
            if name not in columns:
                table = self.sources[alias].table
                raise RefusedError(f"no column {name!r} in {table}{nearest(name, columns)}")
            return f'"{alias}"."{name}"'
        having = [alias for alias, source in self.sources.items() if name in source.columns]
        if len(having) > 1:
            raise RefusedError(f"{name!r} is a column of {' and '.join(having)}: say which")
        if not having and name not in self.outputs:
            known = [column for source in self.sources.values() for column in source.columns]
            raise RefusedError(f"no column {name!r}{nearest(name, {*known, *self.outputs})}")
        return f'"{name}"'

    def list_of(self, nodes: Sequence[object]) -> str:
        """Expressions with commas between."""
        return ", ".join(self.write(node) for node in nodes)

    def order(self, node: exp.Order) -> str:
        """What follows ORDER BY."""
        only(node, "expressions")
        parts = []
        for item in node.expressions:
            if not isinstance(item, exp.Ordered) or isinstance(item.this, exp.Literal):
                raise RefusedError(f"ORDER BY wants columns, got {shown(item)}")
            only(item, "this", "desc", "nulls_first")
            ends = "DESC" if item.args.get("desc") else "ASC"
            nulls = "FIRST" if item.args.get("nulls_first") else "LAST"
            parts.append(f"{self.write(item.this)} {ends} NULLS {nulls}")
        return ", ".join(parts)

    def _binary(self, node: exp.Expr) -> str:
        word = _BINARY[type(node)]
        if isinstance(node, exp.Like | exp.ILike):
            return self._like(node, word)
        only(node, "this", "expression", "typed", "safe")
        parts = _chain(node) if isinstance(node, _ASSOCIATIVE) else [node.this, node.expression]
        if len(parts) > MAX_CHAIN:
            raise RefusedError(f"more than {MAX_CHAIN} terms joined by {word}")
        if isinstance(node, exp.DPipe):
            self._concat(len(parts))
        return f"({f' {word} '.join(self.write(part) for part in parts)})"

    def _like(self, node: exp.Expr, word: str) -> str:
        only(node, "this", "expression", "negate")
        wrong = words.check_pattern(_literal(node.expression, word))
        if wrong:
            raise RefusedError(wrong)
        negated = "NOT " if node.args.get("negate") else ""
        return f"({self.write(node.this)} {negated}{word} {self.write(node.expression)})"

    def _concat(self, parts: int) -> None:
        """Texts grow only where no later step can make them grow again."""
        self._concats += parts - 1
        if not self.last or self._concats > MAX_CONCATS:
            raise RefusedError(
                f"texts are joined in the last SELECT only, {MAX_CONCATS} times at most"
            )

    def _call(self, node: exp.Anonymous, *, over: bool = False) -> str:
        only(node, "this", "expressions")
        name = str(node.this).upper() if isinstance(node.this, str) else ""
        form = words.FUNCTIONS.get(name)
        if form is None:
            shown_name = name or shown(node.this)
            raise RefusedError(f"unknown function {shown_name}{nearest(name, words.FUNCTIONS)}")
        if name in words.WINDOWS and not over:
            raise RefusedError(f"{name} wants OVER (PARTITION BY ... ORDER BY ...)")
        given = node.expressions
        if name == "COUNT" and len(given) == 1 and type(given[0]) in {exp.Star, exp.Distinct}:
            return self._count(given[0])
        if not form.least <= len(given) <= form.most:
            wanted = f"{form.least}" if form.least == form.most else f"{form.least} to {form.most}"
            raise RefusedError(f"{name} wants {wanted} argument(s), got {len(given)}")
        texts = {at: _literal(given[at], name) for at in form.literals if at < len(given)}
        wrong = check_or_none(name, texts)
        if wrong:
            raise RefusedError(wrong)
        if name == "CONCAT":
            self._concat(len(given))
        return f"{name}({self.list_of(given)})"

    def _count(self, what: exp.Expr) -> str:
        if isinstance(what, exp.Star):
            only(what)
            return "COUNT(*)"
        only(what, "expressions")
        if len(what.expressions) != 1:
            raise RefusedError("COUNT(DISTINCT ...) wants one column")
        return f"COUNT(DISTINCT {self.write(what.expressions[0])})"

    def _window(self, node: exp.Window) -> str:
        only(node, "this", "partition_by", "order", "over")
        inner = node.this
        name = str(inner.this).upper() if isinstance(inner, exp.Anonymous) else ""
        if name not in words.WINDOWS and name not in words.AGGREGATES:
            raise RefusedError(f"not allowed with OVER: {shown(inner)}")
        partition, order = node.args.get("partition_by"), node.args.get("order")
        if not partition and not order:
            raise RefusedError(f"{name} OVER wants PARTITION BY or ORDER BY")
        parts = [f"PARTITION BY {self.list_of(partition)}"] if partition else []
        parts += [f"ORDER BY {self.order(order)}"] if order else []
        return f"{self._call(inner, over=True)} OVER ({' '.join(parts)})"

    def _case(self, node: exp.Case) -> str:
        only(node, "this", "ifs", "default")
        parts = [self.write(node.this)] if node.this else []
        for branch in node.args["ifs"]:
            only(branch, "this", "true")
            parts.append(f"WHEN {self.write(branch.this)} THEN {self.write(branch.args['true'])}")
        if node.args.get("default"):
            parts.append(f"ELSE {self.write(node.args['default'])}")
        return f"(CASE {' '.join(parts)} END)"

    def _cast(self, node: exp.Cast) -> str:
        only(node, "this", "to", "safe")
        to = node.args["to"]
        kind = (
            to.this.name if isinstance(to, exp.DataType) and isinstance(to.this, exp.DType) else ""
        )
        if kind not in words.TYPES or to.expressions:
            raise RefusedError(f"CAST to {shown(to)}{nearest(kind, words.TYPES)}")
        word = "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
        return f"{word}({self.write(node.this)} AS {words.TYPES[kind]})"

    def _is(self, node: exp.Is) -> str:
        only(node, "this", "expression")
        if not isinstance(node.expression, exp.Null | exp.Boolean):
            raise RefusedError(f"IS wants NULL, TRUE or FALSE, got {shown(node.expression)}")
        return f"({self.write(node.this)} IS {_constant(node.expression)})"

    def _in(self, node: exp.In) -> str:
        only(node, "this", "expressions")
        given = node.expressions
        if not 0 < len(given) <= MAX_IN_LIST or not all(isinstance(o, exp.Literal) for o in given):
            raise RefusedError(f"IN wants 1 to {MAX_IN_LIST} literals")
        return f"({self.write(node.this)} IN ({self.list_of(given)}))"


def check_or_none(name: str, texts: dict[int, str]) -> str | None:
    """What is wrong with literal arguments, if there are any."""
    return words.check_literals(name, texts) if texts else None


def _chain(node: exp.Expr) -> list[object]:
    """The operands of `a + b + c`: parsers nest them to the left."""
    parts: list[object] = []
    at: object = node
    while isinstance(at, type(node)):
        only(at, "this", "expression", "typed", "safe")
        parts.append(at.expression)
        at = at.this
    return [at, *reversed(parts)]


def _literal(node: object, owner: str) -> str:
    if isinstance(node, exp.Neg):
        node = node.this
    if not isinstance(node, exp.Literal):
        raise RefusedError(f"{owner} wants a literal, got {shown(node)}")
    return str(node.this)


def _constant(node: exp.Expr) -> str:
    if isinstance(node, exp.Null):
        return "NULL"
    if isinstance(node, exp.Boolean):
        return "TRUE" if node.this else "FALSE"
    only(node, "this", "is_string")
    text = str(node.this)
    if node.args["is_string"]:
        if any(not char.isprintable() for char in text):
            raise RefusedError("a text holds characters that cannot be printed")
        return "'" + text.replace("'", "''") + "'"
    if not _NUMBER.fullmatch(text):
        raise RefusedError(f"{text[:_SHOWN]!r} is no plain number of at most 15 digits")
    return text


def _interval(node: exp.Interval) -> str:
    only(node, "this", "unit")
    unit = str(node.args.get("unit") or "").upper().removesuffix("S")
    count = str(node.this.this) if isinstance(node.this, exp.Literal) else ""
    if unit not in words.UNITS or not re.fullmatch(r"[0-9]{1,9}", count):
        raise RefusedError(f"{shown(node)}: write INTERVAL '5 minutes' ({', '.join(words.UNITS)})")
    return f"INTERVAL '{count} {unit.lower()}'"


def _refusal(node: object) -> str:
    if isinstance(node, exp.Subquery | exp.Select | exp.Exists | exp.SetOperation):
        return "no SELECT inside a SELECT: name it in WITH and join it"
    if isinstance(node, exp.Star):
        return "no *: name the columns"
    if isinstance(node, exp.RegexpLike | exp.SimilarTo):
        return "write REGEXP_LIKE(column, 'pattern')"
    return f"not allowed: {shown(node)}"
