# ruff: noqa: E501 - lines as they are shown
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from h2o_forensics.batch.cut import Cut, Wanted
from h2o_forensics.batch.describe import describe, size_text

WHEN = int(datetime(2026, 11, 22, 7, 12, tzinfo=UTC).timestamp())


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 2000)
        os.utime(file, (WHEN, WHEN))
    return root


def test_a_preview(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "top", "job-1/node1/gc.log", "job-1/node2/gc.log", "b.zip", "b.zip.part",
        "docs/a.pdf", "cat/x.json",
    )  # fmt: skip
    lines = list(describe([str(root)], Cut(), Wanted(), catalog=str(root / "cat")))
    assert lines == [
        "  kind        files     size  newest (UTC)      run  (why it is one)",
        f"{root}:",
        "  archive    1 file   2.0 KB  2026-11-22 07:12  b.zip  (an archive of its own)",
        "  dir       2 files   3.9 KB  2026-11-22 07:12  job-1  (node1, node2 are nodes of one run)",
        "2 runs, 3 files, 5.9 KB",
        "left out: 3",
        "      1 in .: left out: given as the catalog's or a report's place",
        "      1 in .: temporary: being written, or left over",
        "      1 in docs: no evidence by their names (READMEs, checksums, data, sources)",
    ]
    assert "1 run, 1 file," in list(describe([str(root)], Cut(), Wanted(), limit=1))[3]


def test_names_cannot_forge_lines(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "job\n1 \x1b[31m/gc.log", "x/gc.log")
    lines = list(describe([str(root)], Cut(), Wanted()))
    assert len(lines) == 5
    assert all(line.isprintable() for line in lines)


def test_sizes() -> None:
    sizes = (0, 999, 1024, 20 * 1024, 3 * 1024**3, 5000 * 1024**4)
    assert [size_text(size) for size in sizes] == [
        "0 B", "999 B", "1.0 KB", "20 KB", "3.0 GB", "5000 TB",
    ]  # fmt: skip


def test_a_zip_that_looks_like_several_runs(tmp_path: Path) -> None:
    node = "h2o_10.0.0.1_54321-3-info.log"
    held = {
        "several": ["all/job-1/logs/" + node, "all/job-2/logs/" + node],
        "downloads": ["h2ologs_20261101_010101.zip", "h2ologs_20261102_010101.zip"],
        "one": ["job-1/node1/" + node, "job-1/rest/cloud.json", "job-1/gc.log"],
        "deep": ["a/" * 500 + "x.log"],
    }
    for name, paths in held.items():
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path in paths:
                archive.writestr(path, "x")
    (tmp_path / "zero.zip").write_bytes(b"no zip")
    lines = list(describe([str(tmp_path)], Cut(), Wanted()))
    heads = [line.partition("  (an")[0] for line in lines]
    warned = [heads[n - 1].split()[-1] for n, line in enumerate(lines) if "like 2 runs" in line]
    assert warned == ["downloads.zip", "several.zip"]
    assert len([line for line in lines if "look like" in line]) == 2
