"""docs/catalog.md: its tables are the schemas', and its notes name columns that there are."""

from pathlib import Path

import polars as pl
import pytest

from h2o_forensics.catalog.query import TABLES, query, read_select
from h2o_forensics.catalog.reference import refreshed
from h2o_forensics.model import catalog_notes as notes
from tests import catalog_runs as runs

DOC = Path(__file__).parents[3] / "docs" / "catalog.md"


def blocks(language: str) -> list[str]:
    text = DOC.read_text(encoding="utf-8")
    return [part.split("```")[0] for part in text.split(f"```{language}\n")[1:]]


def test_the_document_is_fresh() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert refreshed(text) == text, (
        "run: python -c 'from h2o_forensics.catalog.reference import write_reference as w; w()'"
    )


def test_every_table_has_a_note_and_every_note_a_column() -> None:
    assert set(notes.TABLES) == set(TABLES)
    for table, columns in notes.COLUMNS.items():
        assert set(columns) <= set(TABLES[table]), table
    assert set(notes.COMMON) == {"run", "analysis"}


@pytest.mark.parametrize("sql", [one for one in blocks("sql")[0].split(";") if one.strip()])
def test_the_examples_are_answered(sql: str) -> None:
    assert read_select(sql)[1]
    query(runs.RowsAlone(runs.results()), sql)


def test_the_python_example_runs(tmp_path: Path) -> None:
    place = tmp_path / "runs.catalog"
    runs.real_catalog(place, runs.results())
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(example.replace("runs.catalog", place.as_posix()), names)  # noqa: S102 - the document's
    causes = names["causes"]
    assert isinstance(causes, pl.DataFrame)
    assert dict(causes.rows()) == {"oom.import": 1, "node.killed": 1, "distributed_exception": 1}
