# ruff: noqa: C420, E501 - layouts are tables
"""Layouts of archives as they are met, and the runs in them; docs/runs.md says the same in words."""

import shutil
from pathlib import Path

import pytest

from h2o_forensics.batch.cut import Cut
from h2o_forensics.batch.find import Ignored, find_runs

CASES = Path(__file__).resolve().parents[3] / "fixtures" / "cases"
H2O = "h2o_10.0.0.{}_54321-3-info.log"


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{path}\n")
    return root


def cut(root: Path, given: Cut | None = None) -> dict[str, tuple[str, int]]:
    """Kind and number of files of each run by its name."""
    runs = list(find_runs([str(root)], given or Cut()))
    assert all(run.because for run in runs)
    assert len({run.location for run in runs}) == len(runs)
    return {run.name: (run.kind, len(run.files)) for run in runs}


LAYOUTS = {
    "downloads": (
        ["h2ologs_20261101_010101.zip", "h2ologs_20261102_010101.zip", "README.md", "x.md5"],
        {"h2ologs_20261101_010101.zip": ("archive", 1),
         "h2ologs_20261102_010101.zip": ("archive", 1)},
    ),
    "all kinds of archives": (
        ["a.zip", "b.tar", "c.tgz", "d.tar.zst", "e.tar.gz", "f.7z"],
        {name: ("archive", 1) for name in ("a.zip", "b.tar", "c.tgz", "d.tar.zst", "e.tar.gz",
                                           "f.7z")},
    ),
    "archives in years": (
        ["2025/a.zip", "2026/b.zip", "2026/11/c.zip"],
        {"2025/a.zip": ("archive", 1), "2026/b.zip": ("archive", 1),
         "2026/11/c.zip": ("archive", 1)},
    ),
    "a run's directory": (
        ["job-7/h2o.zip", "job-7/gc.log", "job-7/dmesg.txt", "job-8/gc.log"],
        {"job-7": ("directory", 3), "job-8": ("directory", 1)},
    ),
    "rotated and packed logs are no archives": (
        ["a/h2o_10.0.0.1_54321-3-info.log.gz", "a/gc.log.1", "a/gc.log.0.current"],
        {"a": ("directory", 3)},
    ),
    "nodes": (
        ["mon/node1/logs/" + H2O.format(1), "mon/node2/logs/" + H2O.format(2),
         "tue/10.0.0.1/stderr", "tue/10.0.0.2/stderr", "wed/worker-0/gc.log",
         "wed/worker-1/gc.log", "wed/driver/stdout"],
        {"mon": ("directory", 2), "tue": ("directory", 2), "wed": ("directory", 3)},
    ),
    "archives of nodes": (
        ["x/node0_10.0.0.1_54321.zip", "x/node1_10.0.0.2_54321.zip", "y/a.zip"],
        {"x": ("directory", 2), "y/a.zip": ("archive", 1)},
    ),
    "nodes, and what was fetched beside them": (
        ["x/node_10.0.0.1_54321/gc.log", "x/rest/cloud.json", "x/models/gbm.json",
         "x/download/h2ologs_20261101_010101.zip", "x/second_start/gc.log", "y/gc.log"],
        {"x": ("directory", 5), "y": ("directory", 1)},
    ),
    "parts only": (
        ["x/logs/a.log", "x/gc/gc.log", "x/models/m.json", "y/logs/a.log"],
        {"x": ("directory", 3), "y": ("directory", 1)},
    ),
    "days below machines": (
        [f"node{n}/{day}/{H2O.format(n)}" for n in (1, 2) for day in ("2026-11-01", "2026-11-02")],
        {f"node{n}/2026-11-0{day}": ("directory", 1) for n in (1, 2) for day in (1, 2)},
    ),
    "runs below logs": (
        ["logs/job-1/gc.log", "logs/job-2/gc.log", "models/m.json", "gc/gc.log"],
        {"logs/job-1": ("directory", 1), "logs/job-2": ("directory", 1),
         "models": ("directory", 1), "gc": ("directory", 1)},
    ),
    "containers of applications": (
        [f"container_1700000000000_000{app}_01_00000{n}/stderr" for app in (1, 2) for n in (1, 2)],
        {f"container_*1700000000000_000{app}_*": ("files", 2) for app in (1, 2)},
    ),
    "an application of YARN": (
        [f"application_1700000000000_000{app}/container_1700000000000_000{app}_01_00000{n}/stderr"
         for app in (1, 2) for n in (1, 2)],
        {f"application_1700000000000_000{app}": ("directory", 2) for app in (1, 2)},
    ),
    "executors of Spark": (
        [f"work/app-20261122074334-000{app}/{n}/{name}"
         for app in (0, 1) for n in (0, 1, 2) for name in ("stderr", "stdout")],
        {f"work/app-20261122074334-000{app}": ("directory", 6) for app in (0, 1)},
    ),
    "a client of Spark with its work": (
        ["s/driver.log", "s/job.py", "s/work/app-20261122074334-0000/0/stderr", "t/driver.log"],
        {"s": ("directory", 3), "t": ("directory", 1)},
    ),
    "builds": (
        ["17/log", "18/log", "19/log"],
        {name: ("directory", 1) for name in ("17", "18", "19")},
    ),
    "pods of a stateful set": (
        ["jan/h2o-0/a.log", "jan/h2o-1/a.log", "feb/h2o-0/a.log", "feb/h2o-1/a.log"],
        {"jan": ("directory", 2), "feb": ("directory", 2)},
    ),
    "pods of two deployments": (
        ["x/h2o-6d5f8c7b9f-x2x4z/a.log", "x/h2o-6d5f8c7b9f-q7c9d/a.log",
         "x/h2o-5c4d8c7b9f-x2x4z/a.log", "x/h2o-5c4d8c7b9f-b2b4z/a.log"],
        {"x/h2o-6d5f8c7b9f-*": ("files", 2), "x/h2o-5c4d8c7b9f-*": ("files", 2)},
    ),
    "loose files beside archives, in the archive given": (
        ["gc.log", "dmesg.txt", "a.zip", "b.zip"],
        {"*": ("files", 2), "a.zip": ("archive", 1), "b.zip": ("archive", 1)},
    ),
    "loose files beside runs": (
        ["x/cron.log", "x/job-1/gc.log", "x/job-2/gc.log", "y/gc.log"],
        {"x/*": ("files", 1), "x/job-1": ("directory", 1), "x/job-2": ("directory", 1),
         "y": ("directory", 1)},
    ),
    "downloads of a day belong to the logs beside them, of several days they do not": (
        ["x/gc.log", "x/h2ologs_20261101_010101.zip", "x/h2ologs_20261101_020202.zip",
         "y/gc.log", "y/h2ologs_20261101_010101.zip", "y/h2ologs_20261102_020202.zip"],
        {"x": ("directory", 3), "y/*": ("files", 1),
         "y/h2ologs_20261101_010101.zip": ("archive", 1),
         "y/h2ologs_20261102_020202.zip": ("archive", 1)},
    ),
    "the same node twice is two runs": (
        ["x/cron.log", f"x/good/{H2O.format(1)}", f"x/bad/{H2O.format(1)}"],
        {"x/*": ("files", 1), "x/good": ("directory", 1), "x/bad": ("directory", 1)},
    ),
    "models are no runs": (
        ["job-1/gc.log", "job-1/models/run_1/m.json", "job-1/models/run_2/m.json", "job-2/gc.log"],
        {"job-1": ("directory", 3), "job-2": ("directory", 1)},
    ),
    "notes beside runs of unknown names": (
        ["notes.txt", "alpha/gc.log", "beta/gc.log"],
        {"*": ("files", 1), "alpha": ("directory", 1), "beta": ("directory", 1)},
    ),
    "a log per run": (
        ["job-1.log", "job-1.gc.log", "job-10.log", "README.md", "x/slurm-7.out", "x/slurm-8.out"],
        {"*job-1*": ("files", 2), "*job-10*": ("files", 1), "x/*slurm-7*": ("files", 1),
         "x/*slurm-8*": ("files", 1)},
    ),
    "logs of applications, as yarn gives them, and what is beside them": (
        ["application_1700000000000_0001.txt", "application_1700000000000_0002.log", "notes.txt",
         "job-7/gc.log"],
        {"*application_1700000000000_0001*": ("files", 1), "job-7": ("directory", 1),
         "*application_1700000000000_0002*": ("files", 1), "*": ("files", 1)},
    ),
    "logs by day are one log": (
        ["x/train-2026-11-01.log", "x/train-2026-11-02.log"], {"x": ("directory", 2)},
    ),
    "logs of starts": (
        ["x/train_20261101_020000.log", "x/train_20261101_040000.log"],
        {"x/*20261101_020000*": ("files", 1), "x/*20261101_040000*": ("files", 1)},
    ),
    "logs of jobs beside those of the cluster they ran on": (
        ["x/" + H2O.format(1), "x/job-1.log", "x/job-2.log"], {"x": ("directory", 3)},
    ),
    "one run is what was given": (["gc.log", "stdout", "logs/a.log"], {"top": ("directory", 3)}),
    "no evidence": (["README.md", "docs/a.pdf", "data/train.csv", "src/job.py"], {}),
    "nothing": ([], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(tmp_path: Path, name: str) -> None:
    paths, expected = LAYOUTS[name]
    (tmp_path / "top").mkdir()
    assert cut(plant(tmp_path / "top", *paths)) == expected


def test_every_case_is_one_run_wherever_it_stands(tmp_path: Path) -> None:
    names = sorted(path.name for path in CASES.iterdir() if (path / "bundle").is_dir())
    for name in names:
        shutil.copytree(CASES / name / "bundle", tmp_path / "all" / name)
        assert list(cut(CASES / name / "bundle").values())[0][0] == "directory"  # noqa: RUF015
        assert len(cut(CASES / name / "bundle")) == 1
    found = cut(tmp_path / "all")
    assert sorted(found) == names
    assert {kind for kind, _files in found.values()} == {"directory"}


def test_directories_of_unknown_names_are_one_run_when_their_nodes_name_each_other(
    tmp_path: Path,
) -> None:
    bundle = CASES / "healthy_cluster" / "bundle"
    for number, node in enumerate(sorted(bundle.glob("node_*"))):
        shutil.copytree(node / "logs", tmp_path / "top" / "x" / f"host-{'abc'[number]}")
    assert cut(tmp_path / "top") == {"x": ("directory", 14)}
    stranger = tmp_path / "top" / "x" / "host-c"
    for file in sorted(stranger.iterdir()):
        file.write_text(file.read_text().replace("10.20.0.11", "10.99.0.1"))
    assert sorted(cut(tmp_path / "top")) == ["x/host-a", "x/host-b", "x/host-c"]


def test_depth(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "a/node1/gc.log", "a/node2/gc.log", "b.zip", "gc.log", "c/d.zip")
    assert cut(root, Cut(depth=0)) == {"top": ("directory", 5)}
    assert cut(root, Cut(depth=1)) == {
        "*": ("files", 1), "a": ("directory", 2), "b.zip": ("archive", 1), "c": ("directory", 1),
    }  # fmt: skip
    assert cut(root, Cut(depth=2)) == {
        "*": ("files", 1), "a/node1": ("directory", 1), "a/node2": ("directory", 1),
        "b.zip": ("archive", 1), "c/d.zip": ("archive", 1),
    }  # fmt: skip


def test_match(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "top", "x/node1/gc.log", "x/node2/gc.log", "x/other/gc.log", "y/node1/gc.log",
        "day-1.log", "day-2.log",
    )  # fmt: skip
    assert cut(root, Cut(match=("x/node*",))) == {
        "*": ("files", 2), "x/node1": ("directory", 1), "x/node2": ("directory", 1),
        "x/other": ("directory", 1), "y": ("directory", 1),
    }  # fmt: skip
    assert cut(root, Cut(match=("*.log", "x"))) == {
        "day-1.log": ("files", 1), "day-2.log": ("files", 1), "x": ("directory", 3),
        "y": ("directory", 1),
    }  # fmt: skip
    assert sorted(cut(root, Cut(match=("**/node1",)))) == ["*", "x/node1", "x/node2", "x/other",
                                                           "y/node1"]  # fmt: skip


def test_what_is_in_no_run_is_told(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "top", "a.zip", "b.zip.part", ".c.zip.Xy12Ab", "d.zip~", ".git/config.log",
        "README.md", "h2o-forensics-report.html", "docs/x.pdf", "cat/catalog.json",
        "cat/results/00/x.zst", "cat/segments/1.json",
    )  # fmt: skip
    (root / "link").symlink_to(root / "a.zip")
    ignored = Ignored()
    runs = list(find_runs([str(root)], ignored=ignored))
    assert [run.name for run in runs] == ["a.zip"]
    told = {(Path(place).name, why.split(" ")[0]): count for place, why, count in ignored.listed()}
    assert told == {
        ("top", "hidden"): 2, ("top", "temporary:"): 2, ("top", "links,"): 1, ("top", "reports"): 1,
        ("top", "no"): 1, ("docs", "no"): 1, ("cat", "a"): 1,
    }  # fmt: skip
