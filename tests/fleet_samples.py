"""Catalog tables of made-up fleets, with the truth known: what tests of fleet/ are given."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from h2o_forensics.fleet.build import build_fleet
from h2o_forensics.model.catalog import ScanRecord
from h2o_forensics.model.catalog_tables import CATALOG_SCHEMAS, INDEX_SCHEMA
from h2o_forensics.model.fleet import Fleet

DAY = 86_400_000
START = 1_709_251_200_000
"""2024-03-01, UTC, epoch ms."""
GB = 1 << 30
TITLES = {
    "oom.train": "The heap was exhausted while a model was trained",
    "oom.import": "The heap was exhausted while data were imported",
    "node.killed": "A node was killed from outside",
    "disk.full": "A disk is full",
    "cv.leak_target": "A column gives the target away",
}

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def run_id(number: int) -> str:
    return f"{number * 2654435761 % 16**8:08x}{number:012x}"


def run(number: int, verdict: str = "healthy", condition: str | None = None, **told: Any) -> Row:
    """One row of `runs`; `day` is counted from START."""
    day = told.pop("day", number)
    at = None if day is None else START + int(day * DAY)
    return {
        "run": run_id(number),
        "analysis": "a" * 16,
        "name": f"run-{number:05d}.zip",
        "location": f"/archive/run-{number:05d}.zip",
        "archive": "/archive",
        "kind": "archive",
        "status": "analyzed",
        "verdict": verdict,
        "summary": f"Summary of run {number}.",
        "condition": condition,
        "rule": f"RULE-{condition}" if condition else None,
        "title": TITLES.get(condition, condition) if condition else None,
        "severity": "high" if condition else None,
        "cause_at": at if condition else None,
        "first": at,
        "last": at,
        "nodes": 1,
        "bytes": 1000,
        "tool_version": "0.1.0",
        "rulebook_sha256": "c" * 64,
    } | told


def ill(number: int, condition: str = "oom.train", **told: Any) -> Row:
    return run(number, "incident", condition, **told)


def of(row: Row, **columns: Any) -> Row:
    """A row of another table, of this run."""
    return {"run": row["run"], "analysis": row["analysis"]} | columns


def finding(row: Row, condition: str | None = None, **told: Any) -> Row:
    name = condition or row["condition"]
    columns = {"finding": "F1", "rule": f"RULE-{name}", "condition": name, "role": "root_cause"}
    return of(row, **columns, remedy=f"Mend {name}.") | told


def location(row: Row, **told: Any) -> Row:
    columns = ("location", "name", "archive", "kind", "run", "analysis", "bytes")
    seen = {"state": "present", "first_seen_ms": START, "seen_ms": START}
    return {column: row[column] for column in columns} | seen | told


def frames(tables: Mapping[str, Sequence[Row]]) -> dict[str, pl.LazyFrame]:
    """As `Catalog.table` gives them: every table, exactly its columns."""
    schemas = {**CATALOG_SCHEMAS, "locations": INDEX_SCHEMA}
    return {
        name: pl.LazyFrame(
            [{column: row.get(column) for column in schema} for row in tables.get(name, ())],
            schema=schema,
        )
        for name, schema in schemas.items()
    }


def fleet(runs: Iterable[Row], **tables: Sequence[Row]) -> Fleet:
    return build_fleet(frames({"runs": list(runs), **tables}), name="runs")


def scan(number: int = 1, fresh: Sequence[str] = (), **told: Any) -> ScanRecord:
    return ScanRecord(
        **{
            "schema": "h2o-forensics/scan/1",
            "scan": f"scan-{number}",
            "started": f"2024-07-0{number}T00:00:00.000Z",
            "ended": f"2024-07-0{number}T01:00:00.000Z",
            "archives": ("/archive",),
            "tool_version": "0.1.0",
            "rulebook_sha256": "c" * 64,
            "analysis": "a" * 16,
            "fresh": tuple(fresh),
        }
        | told
    )


CLUSTERS = ("lab", "prod-a", "prod-b", "risk")
H2O = ("3.46.0.6", "3.46.0.7", "3.46.0.10", "3.46.0.12")
JAVA = ("1.8.0_292", "11.0.20", "17.0.9", "17.0.15")
Worse = Callable[[random.Random, Row], None]
"""What goes wrong in a run: changes its row."""


def catalog(
    runs: int, seed: int, *, days: int = 120, nodes: int = 3, effect: Worse | None = None
) -> Tables:
    """A fleet where nothing hangs on anything, but for the effect."""
    draw = random.Random(seed)  # noqa: S311 - repeatable
    names = sorted(TITLES)
    made: Tables = {name: [] for name in CATALOG_SCHEMAS}
    for number in range(runs):
        cluster = draw.choice(CLUSTERS)
        ailing = draw.random() < 0.35
        row = run(
            number,
            "incident" if ailing else "healthy",
            draw.choice(names) if ailing else None,
            day=draw.uniform(0, days),
            h2o_version=draw.choice(H2O),
            java_version=draw.choice(JAVA),
            cloud_name=cluster,
            user_name=draw.choice(("ann", "ben", "cem")),
            nodes=nodes,
        )
        _place(draw, row, cluster, nodes)
        if effect:
            effect(draw, row)
        made["runs"].append(row)
        _details(draw, made, row, cluster, nodes)
    made["locations"] = [location(row) for row in made["runs"]]
    return made


def _place(draw: random.Random, row: Row, cluster: str, nodes: int) -> None:
    on = draw.randrange(nodes)
    row["host"] = f"{cluster}-{on}"
    row["cause_node"] = f"10.0.0.{on}:54321" if row["condition"] else None


def _details(draw: random.Random, made: Tables, row: Row, cluster: str, nodes: int) -> None:
    worse = row.pop("worse", 0.0)
    for on in range(nodes):
        node, host = f"10.0.0.{on}:54321", f"{cluster}-{on}"
        made["nodes"].append(of(row, node=node, life=1, host=host, user_name=row["user_name"]))
        live = min(0.99, max(0.01, draw.gauss(0.4, 0.05) + worse))
        made["jvms"].append(
            of(
                row, node=node, life=1, uptime_ms=3.6e6, heap_max_bytes=8 * GB,
                pause_share=min(0.9, max(0.001, draw.gauss(0.05, 0.01) + worse)),
                after_full_bytes=int(8 * GB * live), max_after_bytes=int(8 * GB * live),
            )
        )  # fmt: skip
    if row["condition"]:
        made["findings"].append(finding(row))
        made["findings"].append(finding(row, "job.failed", role="symptom"))
        made["exceptions"].append(
            of(
                row, fingerprint=f"f-{row['condition']}", root_class="java.lang.OutOfMemoryError",
                root_message="Java heap space", count=2, explained=True,
            )
        )  # fmt: skip
    for model in range(3):
        auc = draw.gauss(0.8, 0.01) - worse
        made["models"].append(
            of(row, model=f"gbm_{model}", algorithm="gbm", metric="auc", cross_validation=auc)
            | {"family": f"gbm of y on 12 columns ({cluster})"}
        )
    for shape in range(2):
        made["unexplained"].append(
            of(row, shape=f"Odd thing <n> {draw.randrange(30)}", count=1 + shape, example="Odd")
        )
    made["gaps"].append(
        of(row, node="10.0.0.1:54321", why="The process of 10.0.0.1:54321 ended suddenly.",
           fetch="The kernel's log (dmesg).")
    )  # fmt: skip
