"""Results of real runs (fixtures/cases), and a catalog that is nothing but their rows."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import polars as pl
from msgspec import Raw, json
from msgspec.structs import replace

from h2o_forensics import pipeline
from h2o_forensics.batch.result import failed_result, make_result
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.model.catalog import (
    FileStat,
    FoundRun,
    IndexRow,
    Rows,
    RunOptions,
    RunProblem,
    RunResult,
    RunTask,
    Touched,
)
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.settings import Settings
from h2o_forensics.report import build_report

FIXTURES = Path(__file__).parents[1] / "fixtures"
ANALYSIS = "00112233aabbccdd"
IDS = {
    "cases/oom_import": "aa11223344556677889a",
    "cases/node_killed": "aa99223344556677889b",
    "cases/distributed_exception": "bb11223344556677889c",
    "cases/healthy_cluster": "cc11223344556677889d",
    "models/clean": "dd11223344556677889e",
}
FAILED = "ee11223344556677889f"


@cache
def analysis_of(name: str, *, redact: bool = False) -> Analysis:
    """What `analyze` makes of a fixture."""
    place = FIXTURES / name / ("bundle" if name.startswith("cases/") else "")
    return pipeline.analyze([str(place)], settings=Settings(redact=redact, threads=1))


def task_of(name: str) -> RunTask:
    """The task of a scan that found it."""
    run = FoundRun(
        location=f"/archive/{name}",
        name=name,
        archive="/archive",
        kind="directory",
        because="a directory of logs",
        sources=(f"/archive/{name}",),
        files=(FileStat("a.log", 10, 1_795_000_000_123_456_789), FileStat("b.log", 32)),
    )
    return RunTask(kind="analyze", run=run, options=RunOptions(key=ANALYSIS))


@cache
def result_of(name: str, *, redact: bool = False) -> RunResult:
    """What a worker makes of a fixture."""
    analysis = analysis_of(name, redact=redact)
    touched = Touched(rules=("MEM001",))
    return make_result(task_of(name), IDS[name], analysis, build_report(analysis), touched)


def failed() -> RunResult:
    """A run that took too long."""
    problem = RunProblem(code="timeout", message="not done in 60 s; raise --timeout")
    return failed_result(task_of("cases/hangs"), FAILED, problem)


def results() -> tuple[RunResult, ...]:
    """All of them."""
    return (*map(result_of, IDS), failed())


class RowsAlone:
    """A catalog as far as questions need one; knows which tables were opened."""

    def __init__(self, of: Iterable[RunResult]) -> None:
        self.opened: list[str] = []
        made = list(of)
        rows = [rows_of(one) for one in made]
        self._frames = {}
        for name, schema in CATALOG_SCHEMAS.items():
            own = [row for one in rows for row in one[name]]
            self._frames[name] = pl.DataFrame(own, schema=schema, orient="row")
        places = [
            {"location": one.location, "name": one.name, "archive": one.archive, "kind": one.kind,
             "run": one.run, "analysis": one.analysis, "state": "present", "bytes": one.bytes,
             "first_seen_ms": 1, "seen_ms": 2, "stat": "", "holds_for": "", "message": "",
             "before": ""}
            for one in made
        ]  # fmt: skip
        self._frames["locations"] = pl.DataFrame(places, schema=INDEX_SCHEMA, orient="row")

    def table(self, name: str) -> pl.LazyFrame:
        """The rows of a table."""
        self.opened.append(name)
        return self._frames[name].lazy()


def judged_anew(name: str, analysis: str) -> RunResult:
    """The result of a fixture under other rules."""
    return replace(result_of(name), analysis=analysis)


def real_catalog(place: Path, of: Iterable[RunResult]) -> Catalog:
    """A catalog on disk with these results, as a scan leaves it."""
    catalog = open_catalog(str(place), create=True)
    add_to(catalog, of)
    return catalog


def add_to(catalog: Catalog, of: Iterable[RunResult], *, seen_ms: int = 2) -> None:
    """Results and their rows, in one segment."""
    places: list[IndexRow] = []
    rows: Rows = {}
    for one in of:
        catalog.put_result(one.run, one.analysis, encode_result(one))
        for table, found in rows_of(one).items():
            rows.setdefault(table, []).extend(found)
        places.append(
            IndexRow(
                location=one.location, name=one.name, archive=one.archive, kind=one.kind,
                stat="0", run=one.run, analysis=one.analysis, holds_for="", state="present",
                bytes=one.bytes, first_seen_ms=1, seen_ms=seen_ms,
            )
        )  # fmt: skip
    catalog.add(places, rows)


def with_report(result: RunResult, report: object) -> RunResult:
    """The result with another report in it."""
    return replace(result, report=Raw(json.encode(report)))
