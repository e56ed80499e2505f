"""The part of docs/catalog.md that is made from the schemas."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from h2o_forensics.catalog.query import TABLES
from h2o_forensics.model import catalog_notes as notes

BEGIN = "<!-- tables: made by h2o_forensics.catalog.reference.write_reference -->"
END = "<!-- end of tables -->"
_DOC = Path(__file__).resolve().parents[2] / "docs" / "catalog.md"


def write_reference(path: Path = _DOC) -> None:
    """Bring the tables in the document up to date."""
    path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")


def refreshed(text: str) -> str:
    """The document with its tables as they are now."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{tables_text()}\n{END}{after}"


def tables_text() -> str:
    """A section for each table: what its rows are, and its columns."""
    return "\n".join(line for name in TABLES for line in _section(name, TABLES[name]))


def _section(name: str, schema: Mapping[str, object]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield notes.TABLES[name]
    yield ""
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    said = (notes.COMMON if name != "locations" else {}) | notes.COLUMNS.get(name, {})
    for column, kind in schema.items():
        meaning = said.get(column, "").replace("|", "\\|")
        yield f"| `{column}` | {_type(kind)} | {meaning} |"
    yield ""


def _type(kind: object) -> str:
    names: dict[object, str] = {
        pl.String: "text", pl.Boolean: "boolean", pl.Float64: "double",
        pl.Int32: "int32", pl.Int64: "int64",
    }  # fmt: skip
    return "timestamp, UTC, ms" if isinstance(kind, pl.Datetime) else names[kind]
