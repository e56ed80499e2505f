"""Measures of rules: a text in SQL becomes steps that can do nothing but read evidence tables.

`measure_sql` parses and writes them anew, with sqlglot, whose import takes 0.1 s.  What it makes of
the measures we ship is kept beside them in `rules/measures.json`, by the SHA-256 of the text: other
texts, and texts that were changed since, are parsed.  A test holds the file to what is parsed;
`python -m h2o_forensics.rulebook.measures_file` writes it.
"""

from functools import cache
from hashlib import sha256

import msgspec

from h2o_forensics.model.rule import MeasureStep
from h2o_forensics.resources import rules_dir

COMPILED = "measures.json"


class Compiled(msgspec.Struct, frozen=True):
    """A checked query: what is run, and what it returns."""

    steps: tuple[MeasureStep, ...]
    columns: tuple[str, ...]


def compile_measure(sql: str) -> tuple[Compiled | None, tuple[str, ...]]:
    """The query as it may be run, and what is wrong with it: one of them is empty."""
    known = _shipped().get(key_of(sql))
    return (known, ()) if known is not None else translate(sql)


def translate(sql: str) -> tuple[Compiled | None, tuple[str, ...]]:
    """As `compile_measure`, always from the text."""
    from h2o_forensics.rulebook.measure_sql import RefusedError, read_query  # noqa: PLC0415

    try:
        steps, columns = read_query(sql)
    except RefusedError as refusal:
        return None, (str(refusal),)
    return Compiled(steps, columns), ()


def key_of(sql: str) -> str:
    """The name a text goes by in the file."""
    return sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _shipped() -> dict[str, Compiled]:
    path = rules_dir() / COMPILED
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Compiled])
    except (OSError, msgspec.DecodeError):
        return {}
