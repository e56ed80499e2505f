"""A small archive of real runs for tests of the batch scan, and what a scan made of it."""

import os
import shutil
import time
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
from msgspec.structs import replace

from h2o_forensics import open_catalog
from h2o_forensics.batch.scan import ScanRequest, Watch, scan
from h2o_forensics.model.catalog import ScanRecord

CASES = Path(__file__).resolve().parents[1] / "fixtures" / "cases"
LONG_AGO = time.time() - 86_400
FIRST_CAUSES = {
    "disk_full": "disk.full",
    "distributed_exception": "distributed_exception",
    "grid_failures": "grid.partial_failures",
    "healthy_alarming_words": None,
    "healthy_cluster": None,
    "healthy_orderly_shutdown": None,
    "locked_join": "cloud.locked_join",
    "node_frozen": "node.frozen",
    "node_killed": "node.killed",
    "oom_import": "oom.import",
    "port_conflict": "port.conflict",
    "small_heap_in_cloud": "heap.misallocated",
    "version_mismatch": "version.h2o_mismatch",
}
SMALL = ("disk_full", "healthy_alarming_words", "oom_import", "port_conflict", "version_mismatch")


def make_archive(folder: Path, names: tuple[str, ...] = tuple(FIRST_CAUSES)) -> Path:
    """Cases as runs: every second one a zip, the others directories; none of them new."""
    for number, name in enumerate(names):
        bundle = CASES / name / "bundle"
        if number % 2:
            pack(bundle, folder / f"{name}.zip")
        else:
            shutil.copytree(bundle, folder / name)
    make_old(folder)
    return folder


def pack(bundle: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(bundle.rglob("*")):
            archive.write(path, path.relative_to(bundle))


def make_old(folder: Path) -> None:
    """Files written to a moment ago would be waited for."""
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def scanned(archive: Path | str, catalog: Path | str, **asked: Any) -> ScanRecord:
    """Scan with two processes."""
    request = ScanRequest(archives=(str(archive),), catalog=str(catalog), workers=2, settle_s=2.0)
    return scan(replace(request, **asked), Watch())


def table(catalog: Path | str, name: str, *columns: str) -> list[tuple[object, ...]]:
    """Rows of a table, sorted."""
    frame = open_catalog(str(catalog)).table(name).select(columns or pl.all()).collect()
    return sorted(frame.rows(), key=str)


def causes(catalog: Path | str) -> dict[str, object]:
    """The first cause of each run, by the name of its case."""
    rows = table(catalog, "runs", "name", "condition")
    return {str(name).rpartition("/")[2].removesuffix(".zip"): cause for name, cause in rows}


def state(catalog: Path | str) -> dict[str, list[tuple[object, ...]]]:
    """All that a catalog says, without times of scans."""
    opened = open_catalog(str(catalog))
    told = {name: table(catalog, name) for name in opened.tables() if name != "locations"}
    told["locations"] = table(catalog, "locations", "location", "run", "analysis", "state")
    return told
