"""How a large run is cut, and what a judging process takes of its parts."""

import io
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from h2o_forensics.batch.split import Share, examine_parts, join_parts, may_split, plan, read_part
from h2o_forensics.budget import Budget
from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import bundle_of_texts, open_bundle
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.catalog import FileStat, FoundRun
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.pipeline import examine
from h2o_forensics.report import build_report, to_json
from h2o_forensics.rulebook import load_rulebook

LINE = (
    b"11-22 06:30:%02d.125 10.0.0.3:54321        4242       FJ-1-5  WARN water.default: line %d\n"
)


def log(lines: int) -> bytes:
    return b"".join(LINE % (number % 60, number) for number in range(lines))


@pytest.fixture(scope="module")
def rules() -> RuleBook:
    return load_rulebook(plugins=False)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Six logs; together 200 KB."""
    for number in range(1, 7):
        (tmp_path / f"{number}.log").write_bytes(log(number * 100))
    return tmp_path


def found(*files: FileStat) -> FoundRun:
    return FoundRun("/a/b", "b", "/a", "directory", "a test", ("/a/b",), files)


def test_groups_are_of_about_equal_bytes_and_hold_every_member_once(run: Path) -> None:
    bundle = open_bundle([run])
    groups = plan(bundle, 2, least_bytes=1)
    assert groups is not None
    assert sorted(path for group in groups for path in group) == [m.path for m in bundle.members]
    sizes = {member.path: member.size or 0 for member in bundle.members}
    weights = [sum(sizes[path] for path in group) for group in groups]
    assert max(weights) < 1.2 * min(weights)
    assert groups == plan(open_bundle([run]), 2, least_bytes=1)


@pytest.mark.parametrize(("workers", "least"), ((1, 1), (2, 10**6)))
def test_one_worker_and_a_small_run_are_not_worth_it(run: Path, workers: int, least: int) -> None:
    assert plan(open_bundle([run]), workers, least_bytes=least) is None


def test_one_large_member_is_not_split() -> None:
    bundle = bundle_of_texts({"a.log": log(5000), "b.log": log(50)})
    assert plan(bundle, 2, least_bytes=1) is None


def test_no_group_is_empty() -> None:
    bundle = bundle_of_texts({"a.log": log(500), "b.log": log(501)})
    assert plan(bundle, 8, least_bytes=1) == (("b.log",), ("a.log",))


def test_of_a_heap_dump_only_the_head_is_read() -> None:
    dump = b"JAVA PROFILE 1.0.2\0" + b"\0\1\2\3" * 40_000
    bundle = bundle_of_texts({"a.hprof": dump, "b.log": log(500)})
    assert plan(bundle, 2, least_bytes=1000) is None


def test_a_gzip_counts_by_its_packed_size(tmp_path: Path) -> None:
    for name in "ab":
        packed = zstd.compress(log(3000 + ord(name)))
        (tmp_path / f"{name}.log.zst").write_bytes(packed)
    bundle = open_bundle([tmp_path])
    assert all(member.size is None and member.packed for member in bundle.members)
    assert plan(bundle, 2, least_bytes=1) is not None


def test_a_tar_in_a_compressed_stream_is_one_piece(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.tar", tmp_path / "a.tgz"
    for path, mode in ((plain, "w"), (packed, "w:gz")):
        with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
            for number in range(4):
                info = tarfile.TarInfo(f"{number}.log")
                info.size = len(log(400 + number))
                archive.addfile(info, io.BytesIO(log(400 + number)))
    assert plan(open_bundle([plain]), 2, least_bytes=1) is not None
    bundle = open_bundle([packed])
    assert {member.stream for member in bundle.members} == {"a.tgz"}
    assert plan(bundle, 2, least_bytes=1) is None


def test_copies_have_to_be_compared_by_everyone(run: Path) -> None:
    assert plan(open_bundle([run]), 2, least_bytes=1) is not None
    with zipfile.ZipFile(run / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(run.glob("*.log")):
            archive.write(path, path.name)
    assert plan(open_bundle([run]), 2, least_bytes=1) is None


def test_entries_of_a_zip_are_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.log", log(400 + number))
    assert plan(open_bundle([tmp_path / "a.zip"]), 2, least_bytes=1) == (
        ("a.zip!0.log", "a.zip!3.log"),
        ("a.zip!1.log", "a.zip!2.log"),
    )


def test_a_look_at_the_directory_tells_what_may_be_large() -> None:
    assert not may_split(found(FileStat("a.log", 2**20)))
    assert may_split(found(FileStat("a.log", 2**25), FileStat("b.log", 2**25)))
    assert may_split(found(FileStat("logs.ZIP", 5 * 2**20)))
    assert not may_split(found())


def parts_of(run: Path, rules: RuleBook, of: int = 2) -> list[bytes]:
    return [read_part(run, Share(at, of), rules, least_bytes=1) for at in range(of)]


def test_shares_are_the_groups_of_the_plan(run: Path, rules: RuleBook) -> None:
    bundle = open_bundle([run])
    read = join_parts(bundle, rules, parts_of(run, rules))
    assert sorted(read.members) == [member.path for member in bundle.members]
    one = join_parts(open_bundle([run]), rules, parts_of(run, rules)[:1])
    groups = plan(bundle, 2, least_bytes=1) or ()
    assert tuple(sorted(one.members)) == groups[0]


def test_of_a_run_that_is_not_split_a_share_holds_nothing(run: Path, rules: RuleBook) -> None:
    parts = [read_part(run, Share(at, 2), rules) for at in range(2)]
    assert not join_parts(open_bundle([run]), rules, parts).members


def test_a_part_that_failed_is_read_by_the_judge(run: Path, rules: RuleBook) -> None:
    whole = to_json(build_report(examine(open_bundle([run]), rules)))
    for parts in ([], [b"", b""], [parts_of(run, rules)[1], b""]):
        assert to_json(build_report(examine_parts(run, parts, rules))) == whole


def test_a_bundle_that_changed_is_read_anew(run: Path, rules: RuleBook) -> None:
    parts = parts_of(run, rules)
    with (run / "1.log").open("ab") as file:
        file.write(log(1))
    assert not join_parts(open_bundle([run]), rules, parts).members
    whole = to_json(build_report(examine(open_bundle([run]), rules)))
    assert to_json(build_report(examine_parts(run, parts, rules))) == whole


def test_parts_by_other_rules_are_not_taken(run: Path, rules: RuleBook) -> None:
    """Hits hold indices of signals: by another list they would be something else."""
    others = load_rulebook(disable=[rules.signals[0].rule_id], plugins=False)
    assert not join_parts(open_bundle([run]), others, parts_of(run, rules)).members


def test_a_part_that_ran_out_of_time_makes_the_report_partial(run: Path, rules: RuleBook) -> None:
    clock = iter(range(10**9))
    budget = Budget(20, now=lambda: float(next(clock)))
    parts = [read_part(run, Share(0, 2), rules, budget=budget, least_bytes=1)]
    parts.append(read_part(run, Share(1, 2), rules, least_bytes=1))
    analysis = examine_parts(run, parts, rules)
    assert any("--timeout 20" in sentence for sentence in analysis.partial)
    assert any(problem.code == "stopped" for problem in analysis.case.problems)


def test_nothing_readable_is_told_as_ever(tmp_path: Path, rules: RuleBook) -> None:
    with pytest.raises(IntakeError):
        read_part(tmp_path, Share(0, 2), rules)


def test_a_part_makes_nothing_but_what_readers_make(run: Path, rules: RuleBook) -> None:
    part = read_part(run, ["1.log"], rules)
    mark = part[:32]
    evil = mark + zstd.compress(pickle.dumps(io.BytesIO))
    with pytest.raises(pickle.UnpicklingError, match="no part of what was read"):
        join_parts(open_bundle([run]), rules, [evil])


def test_what_is_taken_over_is_counted_once(run: Path, rules: RuleBook) -> None:
    bundle = open_bundle([run])
    join_parts(bundle, rules, parts_of(run, rules))
    assert bundle.met is not None
    reached = {charge.path: charge.reached for charge in bundle.met().charges}
    assert reached == {path.name: path.stat().st_size for path in run.iterdir()}
    for member in bundle.members:
        with member.open() as stream:
            stream.read()
    assert {charge.path: charge.reached for charge in bundle.met().charges} == reached
