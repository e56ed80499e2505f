"""Measures of rules: a text in SQL becomes steps that can do nothing but read evidence tables.

`measure_sql` parses and writes them anew, with sqlglot, whose import takes 0.1 s.  What it makes of
the measures we ship is kept beside them in `rules/measures.json`, by the SHA-256 of the text: other
texts, and texts that were changed since, are parsed.  A test holds the file to what is parsed;
`python -m h2o_forensics.rulebook.measures` writes it.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec

from h2o_forensics.model.rule import MeasureStep, RuleBook, measures_of
from h2o_forensics.resources import rules_dir

COMPILED = "measures.json"


class Compiled(msgspec.Struct, frozen=True):
    """A checked query: what is run, and what it returns."""

    steps: tuple[MeasureStep, ...]
    columns: tuple[str, ...]


def compile_measure(sql: str) -> tuple[Compiled | None, tuple[str, ...]]:
    """The query as it may be run, and what is wrong with it: one of them is empty."""
    known = _shipped().get(_key(sql))
    return (known, ()) if known is not None else translate(sql)


def translate(sql: str) -> tuple[Compiled | None, tuple[str, ...]]:
    """As `compile_measure`, always from the text."""
    from h2o_forensics.rulebook.measure_sql import RefusedError, read_query  # noqa: PLC0415

    try:
        steps, columns = read_query(sql)
    except RefusedError as refusal:
        return None, (str(refusal),)
    return Compiled(steps, columns), ()


def compiled_file(rulebook: RuleBook) -> bytes:
    """What `rules/measures.json` must hold for these rules.

    Raises:
        ValueError: a measure is refused.
    """
    found: dict[str, Compiled] = {}
    for rule in rulebook.rules:
        for measure in measures_of(rule.when):
            compiled, faults = translate(measure.sql)
            if compiled is None:
                raise ValueError(f"{rule.id}: {faults[0]}")
            found[_key(measure.sql)] = compiled
    return msgspec.json.format(msgspec.json.encode(dict(sorted(found.items()))), indent=1) + b"\n"


def _key(sql: str) -> str:
    return sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _shipped() -> dict[str, Compiled]:
    path = rules_dir() / COMPILED
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Compiled])
    except (OSError, msgspec.DecodeError):
        return {}


def _write(path: Path) -> None:
    from h2o_forensics.rulebook.load import load_rulebook  # noqa: PLC0415

    path.write_bytes(compiled_file(load_rulebook(plugins=False)))


if __name__ == "__main__":
    _write(rules_dir() / COMPILED)
