# ruff: noqa: E501 - names side by side
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h2o_forensics.batch.cut import Cut, Wanted
from h2o_forensics.batch.find import Ignored, find_runs
from h2o_forensics.batch.unit_names import kind_of_file
from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle
from h2o_forensics.model.catalog import FoundRun

fsspec = pytest.importorskip("fsspec")
BUNDLE = Path(__file__).resolve().parents[3] / "fixtures" / "cases" / "node_killed" / "bundle"


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{path}\n")
    return root


def names(*archives: Path | str, **options: object) -> list[str]:
    return [run.name for run in find_runs([str(one) for one in archives], **options)]  # type: ignore[arg-type]


def test_a_run_says_all_that_is_known_of_it(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "top", "job-1/node1/gc.log", "job-1/node2/gc.log", "job-2/a.log", "b.zip"
    )
    os.utime(root / "b.zip", ns=(10**18, 10**18))
    *_, run, last = find_runs([str(root)])
    archive, first = list(find_runs([str(root)]))[:2]
    assert (archive.kind, archive.location) == ("archive", str(root / "b.zip"))
    assert archive.sources == (archive.location,)
    assert [(file.path, file.bytes, file.mtime_ns) for file in archive.files] == [
        ("b.zip", 6, 10**18)
    ]
    assert (run, run.name, last.name) == (first, "job-1", "job-2")
    assert (run.location, run.archive) == (str(root / "job-1"), str(root))
    assert run.sources == (run.location,)
    assert [file.path for file in run.files] == ["node1/gc.log", "node2/gc.log"]
    assert run.problem is None
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(run), type=FoundRun) == run


def test_loose_files_are_named_by_their_directory(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "a.zip", "gc.log", "stdout", "README.md")
    loose = next(run for run in find_runs([str(root)]) if run.kind == "files")
    assert (loose.location, loose.name) == (f"{root}/*", "*")
    assert loose.sources == tuple(str(root / name) for name in ("gc.log", "stdout", "README.md"))


def test_a_single_file_is_a_run(tmp_path: Path) -> None:
    root = plant(tmp_path, "a.zip", "b.log")
    kinds = [
        (run.kind, run.location) for run in find_runs([str(root / "b.log"), str(root / "a.zip")])
    ]
    assert kinds == [("archive", str(root / "a.zip")), ("files", str(root / "b.log"))]


def test_each_run_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "x/job-1/gc.log", "x/job-2/gc.log", "a.zip")
    link = tmp_path / "link"
    link.symlink_to(root)
    expected = list(find_runs([str(root)]))
    given_in = [str(link / "x"), str(root / "x" / "job-1"), str(link), str(root)]
    assert list(find_runs(given_in)) == expected
    assert [run.location for run in expected] == [
        str(root / at) for at in ("a.zip", "x/job-1", "x/job-2")
    ]
    # Of a name that only begins alike.
    plant(tmp_path / "top2", "gc.log")
    assert len(list(find_runs([str(root), str(tmp_path / "top2")]))) == 4


def test_wanted(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "top", "jan/prod-1.zip", "jan/test-1.zip", "feb/prod-2.zip", "mar/prod-3.zip"
    )
    for number, name in enumerate(
        ("jan/prod-1.zip", "jan/test-1.zip", "feb/prod-2.zip", "mar/prod-3.zip")
    ):
        os.utime(root / name, ns=(number * 10**9,) * 2)
    assert names(root, wanted=Wanted(match=("prod-*",))) == [
        "feb/prod-2.zip", "jan/prod-1.zip", "mar/prod-3.zip",
    ]  # fmt: skip
    assert names(root, wanted=Wanted(match=("jan/*", "*3.zip"))) == [
        "jan/prod-1.zip", "jan/test-1.zip", "mar/prod-3.zip",
    ]  # fmt: skip
    assert names(root, wanted=Wanted(newer_than_ms=2000)) == ["feb/prod-2.zip", "mar/prod-3.zip"]


def test_what_is_not_there_is_said_before_any_run(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "a.zip")
    with pytest.raises(IntakeError, match="No such file"):
        find_runs([str(root), str(tmp_path / "none")])
    with pytest.raises(IntakeError, match="nosuch://"):
        find_runs(["nosuch://bucket/x"])


def test_the_catalog_in_a_run_is_left_out_and_the_rest_is_read_as_before(tmp_path: Path) -> None:
    root = tmp_path / "top"
    shutil.copytree(BUNDLE, root)
    before = {member.path for member in open_bundle([str(root)]).members}
    plant(root, "kept/catalog.log", "h2o-forensics-report.html", "logs/cat/catalog.json",
          "logs/cat/results/x.log", "logs/cat/segments/x.json", "logs/a.log")  # fmt: skip
    ignored = Ignored()
    (run,) = find_runs([str(root)], leave_out=[str(root / "kept")], ignored=ignored)
    assert (run.kind, run.location) == ("directory", str(root))
    after = {member.path for member in open_bundle(list(run.sources)).members}
    assert after == before | {"a.log"}
    left = {
        Path(place).relative_to(root).as_posix(): count for place, _why, count in ignored.listed()
    }
    assert left == {".": 1, "logs/cat": 1} or sum(left.values()) == 3
    assert not [file for file in run.files if file.path.startswith(("kept", "logs/cat", "h2o-for"))]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path / "top") + b"/caf\xe9"
    os.makedirs(base)  # noqa: PTH103 - a path of bytes
    for name in (b"gc\xff.log", b"stdout"):
        with open(base + b"/" + name, "wb") as file:  # noqa: PTH123 - as above
            file.write(b"line of text\n")
    (run,) = find_runs([str(tmp_path / "top")])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(run), type=FoundRun) == run
    assert run.location == run.sources[0] == f"file://{tmp_path}/top/caf%E9"
    assert run.name == "caf\\xe9"
    assert [file.path for file in run.files] == ["file://gc%FF.log", "stdout"]
    assert len(open_bundle(list(run.sources)).members) == 1  # the same content twice


def test_links_are_not_followed(tmp_path: Path) -> None:
    root = plant(tmp_path / "top", "job-1/gc.log")
    plant(tmp_path / "outside", "job-2/gc.log")
    (root / "away").symlink_to(tmp_path / "outside")
    (root / "job-1" / "loop").symlink_to(root)
    ignored = Ignored()
    (run,) = find_runs([str(root)], ignored=ignored)
    assert [file.path for file in run.files] == ["gc.log"]
    assert ignored.listed() == [
        (str(root), "links, not followed", 1), (str(root / "job-1"), "links, not followed", 1),
    ]  # fmt: skip


def test_what_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant(tmp_path / "top", "x/node1/gc.log", "x/node2/gc.log", "y/a.log", "gone/a.log")
    really = os.scandir

    def scandir(path: str) -> object:
        if path.endswith(("/node2", "/y")):
            raise PermissionError(13, "Permission denied", path)
        if path.endswith("/gone"):
            raise FileNotFoundError(2, "No such file or directory", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    complaints: list[tuple[str, str]] = []
    (run,) = find_runs([str(root)], complain=lambda *what: complaints.append(what))
    assert run.name == "x"
    assert run.problem == "node2: cannot be listed: Permission denied"
    assert complaints == [(str(root / "y"), "cannot be listed: Permission denied")]


def test_a_tree_that_is_too_deep_ends(tmp_path: Path) -> None:
    deep = tmp_path / "top"
    for _ in range(70):
        deep /= "logs"
    plant(deep, "gc.log")
    complaints: list[tuple[str, str]] = []
    runs = list(find_runs([str(tmp_path / "top")], complain=lambda *what: complaints.append(what)))
    assert ([run.problem for run in runs] + [why for _place, why in complaints])[0]


def test_urls_are_cut_as_trees_on_disk_are(tmp_path: Path) -> None:
    paths = [
        "x/node1/gc.log",
        "x/node2/gc.log",
        "y/a.zip",
        "z/cron.log",
        "z/job-1/gc.log",
        "z/job-2/gc.log",
    ]
    root = plant(tmp_path / "top", *paths)
    system = fsspec.filesystem("memory")
    for path in paths:
        system.pipe(f"/top/{path}", f"{path}\n".encode())
    there = list(find_runs(["memory://top"]))
    here = list(find_runs([str(root)]))
    system.rm("/top", recursive=True)
    assert [run.location for run in there] == [
        run.location.replace(str(root), "memory://top") for run in here
    ]
    shown = [(run.name, run.kind, [(one.path, one.bytes) for one in run.files]) for run in there]
    assert shown == [
        (run.name, run.kind, [(one.path, one.bytes) for one in run.files]) for run in here
    ]
    assert all(file.mtime_ns for run in there for file in run.files)
    assert list(find_runs([f"file://{root}"])) == here


NAMES = st.sampled_from(
    [
        "node1",
        "node2",
        "job-1",
        "job-2",
        "2026-11-01",
        "logs",
        "models",
        "alpha",
        "beta",
        "10.0.0.1",
    ]
)
FILES = st.sampled_from(
    ["h2o_10.0.0.1_54321-3-info.log", "h2o_10.0.0.2_54321-3-info.log.gz", "gc.log", "stdout", "a.zip",
     "h2ologs_20261101_010101.zip", "h2ologs_20261102_010101.zip", "node1.tgz", "notes.txt", "m.json",
     "README.md", "x.csv", ".hidden", "b.zip.part", "h2o-forensics-report.html"]
)  # fmt: skip
TREES = st.sets(
    st.builds(lambda at, name: "/".join([*at, name]), st.lists(NAMES, max_size=4), FILES),
    max_size=14,
)


@given(TREES, st.sampled_from([Cut(), Cut(depth=1), Cut(depth=2), Cut(match=("*/job-*",)),
                               Cut(match=("**/node*",)), Cut(match=("*.log", "**/*.zip"))]))  # fmt: skip
def test_every_file_is_in_one_run_or_told(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str], cut: Cut
) -> None:
    root = plant(tmp_path_factory.mktemp("tree"), *paths)
    ignored = Ignored()
    runs = list(find_runs([str(root)], cut, ignored=ignored))
    assert len({run.location for run in runs}) == len(runs)
    held: list[str] = []
    for run in runs:
        base = run.location if run.kind == "directory" else run.location.rpartition("/")[0]
        own = sorted(f"{base}/{file.path}" for file in run.files)
        held += own
        read: set[str] = set()
        for source in run.sources:
            at = Path(source)
            read |= {str(path) for path in at.rglob("*") if path.is_file()} or {source}
        assert sorted(read) == own, "what is hashed is what is analyzed"
    assert len(set(held)) == len(held), "no file is in two runs"
    lost = {str(root / path) for path in paths} - set(held)
    told = {place for place, _why, _count in ignored.listed()}
    for path in lost:
        above = {str(one) for one in Path(path).parents}
        assert above & told, f"{path} is in no run, and nobody says so"
        assert kind_of_file(Path(path).name) not in {"log", "archive", "maybe"}
    assert list(find_runs([str(root)], cut)) == runs
    shutil.rmtree(root)
