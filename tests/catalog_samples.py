"""Small results with known rows, to fill catalogs with."""

import hashlib
import json
from collections.abc import Iterable

import msgspec

from h2o_forensics.catalog import Catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.model.catalog import RUN_SCHEMA, IndexRow, Rows, RunResult, State, Touched

ANALYSIS = "a" * 16


def run_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:20]


def sample(number: int, analysis: str = ANALYSIS) -> RunResult:
    """A run with two findings, told apart by its number."""
    findings = [
        {"id": f"F{at}", "rule": f"MEM{number % 7:03}", "condition": "heap.too_small", "rank": at}
        for at in range(2)
    ]
    report = {"verdict": "incident", "summary": f"run {number}", "findings": findings}
    return RunResult(
        schema=RUN_SCHEMA,
        run=run_id(number),
        analysis=analysis,
        status="analyzed",
        problem=None,
        name=f"{number}.zip",
        location=f"/archive/{number}.zip",
        archive="/archive",
        kind="archive",
        files=1,
        bytes=1000 + number,
        newest_ms=1_790_000_000_000 + number,
        tool_version="0",
        rulebook_sha256="",
        touched=Touched(),
        report=msgspec.Raw(json.dumps(report).encode()),
    )


def place(result: RunResult, seen_ms: int = 1, state: State = "present") -> IndexRow:
    """Where a run stands."""
    return IndexRow(
        location=result.location,
        name=result.name,
        archive=result.archive,
        kind=result.kind,
        stat="s",
        run=result.run,
        analysis=result.analysis,
        holds_for=result.analysis,
        state=state,
        bytes=result.bytes,
        first_seen_ms=1,
        seen_ms=seen_ms,
    )


def rows_of_all(results: Iterable[RunResult]) -> Rows:
    rows: Rows = {}
    for result in results:
        for table, found in rows_of(result).items():
            rows.setdefault(table, []).extend(found)
    return rows


def fill(catalog: Catalog, numbers: Iterable[int], seen_ms: int = 1) -> None:
    """As a scan does: results one by one, then their rows in one segment."""
    made = [sample(number) for number in numbers]
    for result in made:
        catalog.put_result(result.run, result.analysis, encode_result(result))
    catalog.add([place(result, seen_ms) for result in made], rows_of_all(made))


def told(catalog: Catalog) -> tuple[list[str], list[str]]:
    """Names in `runs` and in `locations`, with as many findings as there must be."""
    runs = catalog.table("runs").collect()
    findings = catalog.table("findings").collect()
    assert findings.height == 2 * runs.height
    assert findings.n_unique(["run", "analysis", "finding"]) == findings.height
    places = catalog.table("locations").collect()
    return sorted(runs["name"]), sorted(places["location"])


def expected(numbers: Iterable[int]) -> tuple[list[str], list[str]]:
    numbers = list(numbers)
    return sorted(f"{one}.zip" for one in numbers), sorted(f"/archive/{one}.zip" for one in numbers)
