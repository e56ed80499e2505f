# ruff: noqa: C420, E501 - layouts are tables
"""Layouts of archives as they are met, and the runs in them; docs/runs.md says the same in words."""

import shutil
from pathlib import Path

import pytest

from h2o_forensics.batch.cut import Cut, Wanted
from h2o_forensics.batch.find import Ignored, find_runs
from h2o_forensics.errors import SettingsError

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
    "a download belongs to the logs beside it, several do not": (
        ["x/gc.log", "x/dmesg.txt", "x/h2ologs_20261101_010101.zip",
         "y/gc.log", "y/h2ologs_20261101_010101.zip", "y/h2ologs_20261101_020202.zip"],
        {"x": ("directory", 3), "y/*": ("files", 1),
         "y/h2ologs_20261101_010101.zip": ("archive", 1),
         "y/h2ologs_20261101_020202.zip": ("archive", 1)},
    ),
    "a day's downloads, and the log of who fetched them": (
        ["2026-11-01/h2ologs_20261101_010000.zip", "2026-11-01/h2ologs_20261101_020000.zip",
         "2026-11-01/fetch.log", "2026-11-02/h2ologs_20261102_010000.zip", "2026-11-02/fetch.log",
         "team/a.zip", "team/b.zip", "team/c.zip", "team/rsync.log"],
        {"2026-11-01/*": ("files", 1), "2026-11-01/h2ologs_20261101_010000.zip": ("archive", 1),
         "2026-11-01/h2ologs_20261101_020000.zip": ("archive", 1),
         "2026-11-02/*": ("files", 1), "2026-11-02/h2ologs_20261102_010000.zip": ("archive", 1),
         "team/*": ("files", 1),
         **{f"team/{name}.zip": ("archive", 1) for name in "abc"}},
    ),
    "a job's directory": (
        ["4720/h2ologs_20261122_060342.zip", "4720/models/gbm.json", "4720/rest/cloud.json",
         "4721/h2ologs_20261122_070342.zip", "4721/rest/cloud.json",
         "4722/container_1700000000000_0001_01_000001/stderr", "4722/rest/cloud.json",
         "4722/download/h2ologs_20261122_080342.zip"],
        {"4720": ("directory", 3), "4721": ("directory", 2), "4722": ("directory", 3)},
    ),
    "a pod and what was fetched": (
        ["x/h2o-0/stdout", "x/rest/cloud.json", "y/h2o-6d5f8c7b9f-x2x4z/stdout", "y/rest/c.json"],
        {"x": ("directory", 2), "y": ("directory", 2)},
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
         "*application_1700000000000_0002*": ("files", 1)},
    ),
    "a log per run, and a stray one": (
        ["logs/job-1.log", "logs/job-2.log", "logs/cron.log"],
        {"logs/*job-1*": ("files", 1), "logs/*job-2*": ("files", 1), "logs/*": ("files", 1)},
    ),
    "files with runs' names before them": (
        ["job-1_gc.log", "job-1_rest__cloud.json", "job-1_download__h2ologs_20261101_010101.zip",
         "job-2_stdout", "job-2_rest__cloud.json", "job-2_models__run_1.json", "cloud.json",
         "job-3_rest__cloud.json", "job-3_download__h2ologs_20261101_010101.zip", "job-2.py"],
        {"*job-1*": ("files", 3), "*job-2*": ("files", 4), "*job-3*": ("files", 2)},
    ),
    "a run's log, directory and archive": (
        ["x/job-1.log", "x/job-1/gc.log", "x/job-2.log", "x/job-2.zip"],
        {"x/*job-1*": ("files", 2), "x/*job-2*": ("files", 2)},
    ),
    "snapshots and rotated logs of one run": (
        ["x/gc-2026-11-01_02-00-00.log", "x/gc-2026-11-01_04-00-00.log",
         "x/jstack-20261101_020000.txt", "x/jstack-20261101_020010.txt", "x/stdout"],
        {"x": ("directory", 5)},
    ),
    "logs of several runs are no part of one": (
        ["x/logs/job-1.log", "x/logs/job-2.log", "x/models/m.json"],
        {"x/logs/*job-1*": ("files", 1), "x/logs/*job-2*": ("files", 1),
         "x/models": ("directory", 1)},
    ),
    "directories of unknown names beside a stray log": (
        ["x/cron.log", "x/alpha/gc.log", "x/beta/gc.log"],
        {"x/*": ("files", 1), "x/alpha": ("directory", 1), "x/beta": ("directory", 1)},
    ),
    "numbered runs with all that is of a run": (
        ["x/h2o-1/rest/cloud.json", "x/h2o-1/stdout", "x/h2o-2/rest/cloud.json", "x/h2o-2/stdout",
         "y/worker-1/driver.log", "y/worker-2/client.log", "z/node1/node_10.0.0.1_54321/gc.log",
         "z/node2/node_10.0.0.1_54321/gc.log"],
        {"x/h2o-1": ("directory", 2), "x/h2o-2": ("directory", 2),
         "y/worker-1": ("directory", 1), "y/worker-2": ("directory", 1),
         "z/node1": ("directory", 1), "z/node2": ("directory", 1)},
    ),
    "machines and pods beside loose files": (
        ["gc.log", "node1/gc.log", "node2/gc.log", "h2o-0/gc.log", "h2o-1/gc.log"],
        {"*": ("files", 1), "*node1*": ("files", 2), "h2o-*": ("files", 2)},
    ),
    "what was a pod's before it was started again": (
        ["x/worker-0/" + H2O.format(1), "x/worker-0-previous/" + H2O.format(1),
         "x/worker-1/" + H2O.format(2)],
        {"x": ("directory", 3)},
    ),
    "the same address in two nodes": (
        ["x/node1/" + H2O.format(1), "x/node2/" + H2O.format(1)],
        {"x/node1": ("directory", 1), "x/node2": ("directory", 1)},
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


def nodes_of(case: str) -> list[Path]:
    return sorted((CASES / case / "bundle").glob("node_*"))


def level_logs(case: str) -> list[Path]:
    return [file for node in nodes_of(case) for file in sorted((node / "logs").iterdir())]


NUMBERED = (
    "worker-{}",
    "h2o-churn-{}",
    "node{}",
    "10.0.0.{}",
    "pod-{}",
    "replica{}",
    "executor_{}",
)


@pytest.mark.parametrize("name", NUMBERED)
def test_numbered_names_are_nodes_only_if_their_logs_do_not_contradict(
    tmp_path: Path, name: str
) -> None:
    top = tmp_path / "top"
    single = [case for case in ("disk_full", "oom_import", "grid_failures") if nodes_of(case)]
    for number, case in enumerate(single, 1):
        shutil.copytree(nodes_of(case)[0], top / "many" / name.format(number))
        shutil.copytree(CASES / case / "bundle", top / "whole" / name.format(number))
    for number, node in enumerate(nodes_of("node_frozen"), 1):
        shutil.copytree(node, top / "one" / name.format(number))
    for number, node in enumerate(nodes_of("node_killed"), 7):
        shutil.copytree(node, top / "two" / name.format(number))
    for number, node in enumerate(nodes_of("version_mismatch"), 1):
        shutil.copytree(node, top / "two" / name.format(number))
    apart = {f"{at}/{name.format(n + 1)}" for at in ("many", "whole") for n in range(len(single))}
    pairs = {f"two/*{name.format(number)}*" for number in (1, 7)}
    assert len(single) > 1
    assert set(cut(top)) == {"one", *apart, *pairs}


def test_nodes_that_never_met_are_one_run_where_they_were_to(tmp_path: Path) -> None:
    """A cloud that splits at its start is an incident, and must stay whole."""
    bundle = tmp_path / "top" / "x"
    for number, node in enumerate(nodes_of("healthy_cluster")):
        shutil.copytree(node, bundle / f"h2o-{number}")
    for file in sorted((bundle / "h2o-2" / "logs").iterdir()):
        text = file.read_text().replace("10.20.0.13", "10.77.0.9")
        file.write_text(text.replace("10.20.0.11", "10.77.0.7").replace("10.20.0.12", "10.77.0.8"))
        file.rename(file.with_name(file.name.replace("10.20.0.13", "10.77.0.9")))
    assert list(cut(tmp_path / "top")) == ["x"]
    for file in sorted((bundle / "h2o-2" / "logs").iterdir()):
        file.write_text(file.read_text().replace("cloud name: 'lab'", "cloud name: 'mine'"))
    assert sorted(cut(tmp_path / "top")) == ["x/*h2o-0*", "x/h2o-2"]


@pytest.mark.parametrize("below", ("", "logs/"))
def test_loose_h2o_logs_of_several_clouds(tmp_path: Path, below: str) -> None:
    place = tmp_path / "top" / "x" / below
    place.mkdir(parents=True)
    clusters = ("node_frozen", "healthy_orderly_shutdown", "distributed_exception")
    for file in level_logs(clusters[0]):
        shutil.copy(file, place)
    assert [files for _kind, files in cut(tmp_path / "top").values()] == [
        len(level_logs(clusters[0]))
    ]
    for case in clusters[1:]:
        for file in level_logs(case):
            shutil.copy(file, place)
    first = {case: nodes_of(case)[0].name.removeprefix("node_") for case in clusters}
    (place / f"gc_{first[clusters[1]]}.log").write_text("gc\n")
    (place / "stdout").write_text("whose\n")
    expected = {f"x/{below}*{first[case]}*": len(level_logs(case)) for case in clusters}
    expected[f"x/{below}*{first[clusters[1]]}*"] += 1
    found = {name: files for name, (_kind, files) in cut(tmp_path / "top").items()}
    assert found == expected | {f"x/{below}*": 1}


def test_archives_that_are_numbered(tmp_path: Path) -> None:
    top = tmp_path / "top" / "x"
    top.mkdir(parents=True)
    for number, case in enumerate(("disk_full", "oom_import", "node_frozen"), 1):
        [download] = (CASES / case / "bundle" / "download").iterdir()
        shutil.copy(download, top / f"h2o-{number}.zip")
    assert sorted(cut(tmp_path / "top")) == [f"x/h2o-{number}.zip" for number in (1, 2, 3)]


def test_downloads_of_the_nodes_beside_them(tmp_path: Path) -> None:
    top = tmp_path / "top" / "x"
    shutil.copytree(CASES / "node_frozen" / "bundle", top)
    [download] = (top / "download").iterdir()
    for second in (1, 2):
        shutil.copy(download, top / f"h2ologs_20261122_06000{second}.zip")
    assert list(cut(tmp_path / "top")) == ["x"]
    [other] = (CASES / "oom_import" / "bundle" / "download").iterdir()
    shutil.copy(other, top / "h2ologs_20261122_060003.zip")
    assert len(cut(tmp_path / "top")) == 4


def test_damaged_archives_and_logs_leave_it_to_the_names(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "x/h2o-1.zip", "x/h2o-2.zip", "y/node1/" + H2O.format(1),
                 "y/node2/" + H2O.format(2) + ".gz")  # fmt: skip
    assert cut(root) == {"x": ("directory", 2), "y": ("directory", 2)}


def test_what_is_of_the_storage_is_left_out_in_runs_too(tmp_path: Path) -> None:
    bins = ("#recycle", "@eaDir", "~snapshot", ".snapshot", "lost+found", "$RECYCLE.BIN",
            "System Volume Information")  # fmt: skip
    root = plant(tmp_path / "top", *(f"{name}/job-1/gc.log" for name in bins),
                 *(f"job-1/{name}/gc.log" for name in bins), "job-1/gc.log", "job-2/gc.log")  # fmt: skip
    ignored = Ignored()
    runs = list(find_runs([str(root)], ignored=ignored))
    assert [(run.name, len(run.files)) for run in runs] == [("job-1", 1), ("job-2", 1)]
    assert runs[0].sources == (str(root / "job-1" / "gc.log"),)
    told = {(Path(place).name, why[:14]): count for place, why, count in ignored.listed()}
    assert told == {("top", "of the storage"): len(bins), ("job-1", "of the storage"): len(bins)}


@pytest.mark.parametrize("text", ("[", "", "/", "./", "job-[", "../x", "*/[!"))
def test_globs_that_nothing_can_fit_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--run-match "):
        Cut(match=("*.log", text))
    with pytest.raises(SettingsError, match="--match "):
        Wanted(match=(text,))


def test_brackets_in_globs(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "job-[1]/gc.log", "job-2/gc.log", "job-2/x.zip")
    found = list(find_runs([str(root)], wanted=Wanted(match=("job-[[]*",))))
    assert [run.name for run in found] == ["job-[1]"]
    assert sorted(cut(root, Cut(match=("job-[0-9]/*.zip",)))) == [
        "job-2/*",
        "job-2/x.zip",
        "job-[1]",
    ]
