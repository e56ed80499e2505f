"""Questions to a catalog in Polars' SQL: one SELECT, over its tables and nothing else.

The text is cut into tokens and written anew, without comments, before Polars sees it; what it
selects from must be a table of the catalog or a name of its own WITH.  So no file is read that the
catalog does not hold, whatever the text says.
"""

import logging
import re
from collections.abc import Iterable
from typing import ClassVar, Protocol

import polars as pl
from sqlglot import exp, parser
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA
from h2o_forensics.model.nearest import nearest

TABLES = CATALOG_SCHEMAS | {"locations": INDEX_SCHEMA}
"""What a query may select from."""
_MAX_CHARS = 100_000
_MAX_NESTING = 60
_BEGINS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN})
_REFUSED = (
    exp.Into, exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Drop, exp.Command, exp.Copy,
)  # fmt: skip
_TEXTS = frozenset(
    {TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING,
     TokenType.UNICODE_STRING, TokenType.BYTE_STRING, TokenType.HEX_STRING, TokenType.BIT_STRING}
)  # fmt: skip
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_FILE_FUNCTION = re.compile(r"(?i)(?:read|scan|sink|write)_\w+")
_UNKNOWN_COLUMN = (
    re.compile(r"""unable to find column ["'`](?P<name>[^"'`]+)["'`]"""),
    re.compile(r"""no column named ["'`](?P<name>[^"'`]+)["'`]"""),
    re.compile(r"""column ["'`](?P<name>[^"'`]+)["'`] (?:not found|does not exist)"""),
    re.compile(r"""^["'`]?(?P<name>[\w.]+)["'`]?$"""),
)


class HasTables(Protocol):
    """A catalog, as far as questions need one."""

    def table(self, name: str) -> pl.LazyFrame:
        """The rows of a table that count."""


class _Dialect(Dialect):
    """sqlglot's common SQL; functions are names with arguments, whatever they are."""

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar = {}


def query(catalog: HasTables, sql: str) -> pl.DataFrame:
    """The answer to one SELECT; only tables that it names are opened.

    Raises:
        CatalogError: it is no such SELECT, or names what is not there; says what is nearest.
    """
    text, tables = read_select(sql)
    # Read first: over tables that are read as it goes Polars 2.1 counts a cross join as empty.
    frames = {name: catalog.table(name).collect() for name in tables}
    context = pl.SQLContext(frames)
    try:
        return context.execute(text, eager=True)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise CatalogError(_complaint(error, tables)) from error


def read_select(sql: str) -> tuple[str, tuple[str, ...]]:
    """The query as Polars gets it, and the tables of the catalog that it names.

    Raises:
        CatalogError: it is refused, and why.
    """
    tokens = _tokens(sql)
    tree = _parse(tokens, sql)
    for node in tree.walk():
        if isinstance(node, _REFUSED):
            raise CatalogError(f"query: {node.key.upper()} is not for a query; begin with SELECT")
        if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
            raise CatalogError(
                f"query: FROM {_short(node.sql())}: only tables of the catalog; {_choices()}"
            )
    if any(one.args.get("recursive") for one in tree.find_all(exp.With)):
        raise CatalogError("query: WITH RECURSIVE may never end, and is not for a query")
    own = {one.alias for one in tree.find_all(exp.CTE)}
    named = {_name(one) for one in tree.find_all(exp.Table)}
    for name in sorted(named - own):
        if name not in TABLES:
            hint = nearest(name, [*TABLES, *own]) or f"; {_choices()}"
            raise CatalogError(f"query: no table {_short(name)!r} in a catalog{hint}")
    return _rewritten(tokens), tuple(sorted(named & set(TABLES)))


def _name(table: exp.Table) -> str:
    if table.args.get("db") or table.args.get("catalog"):
        raise CatalogError(f"query: {_short(table.sql())}: tables have no schema in front")
    return str(table.name)


def _tokens(sql: str) -> list[Token]:
    if len(sql) > _MAX_CHARS:
        raise CatalogError(f"query: longer than {_MAX_CHARS} characters")
    try:
        tokens = _Dialect().tokenize(sql)
    except SqlglotError as error:
        raise CatalogError(f"query: cannot be read as SQL: {_first_line(error)}") from error
    if tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens or tokens[0].token_type not in _BEGINS:
        raise CatalogError("query: give one SELECT, with WITH in front where it takes steps")
    depth = 0
    for token, behind in zip(tokens, [*tokens[1:], None], strict=True):
        _check(token, behind)
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > _MAX_NESTING:
            raise CatalogError(f"query: nested deeper than {_MAX_NESTING}")
    return tokens


def _check(token: Token, behind: Token | None) -> None:
    """Refuse what a query has no use for, before anything parses it."""
    kind, text = token.token_type, token.text
    if kind == TokenType.SEMICOLON:
        raise CatalogError("query: one SELECT at a time, without ; in it")
    if kind in _TEXTS:
        raise CatalogError(f"query: {_short(text)!r}: write texts as 'text'")
    if kind not in {TokenType.STRING, TokenType.IDENTIFIER} and not text.isascii():
        raise CatalogError(f"query: {_short(text)!r}: put names with such letters in double quotes")
    called = behind is not None and behind.token_type == TokenType.L_PAREN
    if called and kind != TokenType.STRING and _FILE_FUNCTION.fullmatch(text):
        raise CatalogError(f"query: {_short(text)}(): only tables of the catalog; {_choices()}")


def _parse(tokens: list[Token], sql: str) -> exp.Query:
    log = logging.getLogger("sqlglot")
    quiet, log.disabled = log.disabled, True  # what it would say of syntax is said here
    try:
        trees = _Dialect().parser().parse(tokens, sql)
    except SqlglotError as error:
        raise CatalogError(f"query: cannot be read as SQL: {_first_line(error)}") from error
    except RecursionError:
        raise CatalogError("query: nested too deeply") from None
    finally:
        log.disabled = quiet
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise CatalogError("query: give one SELECT, with WITH in front where it takes steps")
    return trees[0]


def _rewritten(tokens: Iterable[Token]) -> str:
    """The tokens as text: a space between them, and every quote closed by us."""
    parts: list[str] = []
    for token in tokens:
        if token.token_type == TokenType.STRING:
            text = "'" + token.text.replace("'", "''") + "'"
        elif token.token_type == TokenType.IDENTIFIER:
            text = '"' + token.text.replace('"', '""') + '"'
        else:
            text = token.text
        glued = not parts or text == "." or parts[-1] == "."
        parts += [text] if glued else [" ", text]
    return "".join(parts)


def _complaint(error: BaseException, tables: Iterable[str]) -> str:
    """What Polars says, and the column that may have been meant."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    columns = {column for name in tables for column in TABLES[name]}
    for pattern in _UNKNOWN_COLUMN:
        found = pattern.search(first)
        if found is not None:
            name = found["name"].rpartition(".")[2]
            return f"query: no column {_short(name)!r}{nearest(name, columns)}"
    hint = ""
    if "dtype" in first or "comparison" in first or "cast" in first:
        hint = "; write times as texts: cause_at > '2026-11-22', and compare like with like"
    elif "unsupported function" in first:
        hint = '; a column whose name is a word of SQL goes in double quotes: "from"'
    return f"query: {_short(first, 300)}{hint}"


def _first_line(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        what = str(details[0]["description"]).partition(" but got <")[0].rstrip(".")
        hint = '; a column whose name is a word of SQL goes in double quotes: "from", "to"'
        return f"{what}, line {details[0]['line']} of the query{hint}"
    return _short(str(error).splitlines()[0], 200)


def _choices() -> str:
    return f"there are {', '.join(TABLES)}"


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
