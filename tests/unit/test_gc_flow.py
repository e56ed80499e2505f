"""`analyze_gc`: GC logs alone, and beside logs of H2O."""

import gzip
import re
import tarfile
from pathlib import Path

import pytest

from h2o_forensics.budget import Budget
from h2o_forensics.errors import IntakeError
from h2o_forensics.gc_flow import analyze_gc
from h2o_forensics.model.jvm import Jvm
from h2o_forensics.opened import open_within
from h2o_forensics.pipeline import gather
from h2o_forensics.rulebook import load_rulebook

CASE = Path(__file__).parents[2] / "fixtures" / "cases" / "small_heap_in_cloud" / "bundle"
LOG = CASE / "node_127.0.0.1_56541" / "gc.log"


def pauses(jvm: Jvm) -> int:
    return sum(one.count for one in jvm.pauses)


def test_a_log_alone(tmp_path: Path) -> None:
    found = analyze_gc(LOG)
    (jvm,) = found.jvms
    assert (jvm.node, jvm.run, jvm.tied_by) == (None, None, None)
    assert pauses(jvm) == len(re.findall(rb" Pause .*ms$", LOG.read_bytes(), re.MULTILINE)) > 0
    assert found.sources
    assert (found.read, found.problems, found.partial) == ((), (), ())
    packed = tmp_path / "x.gz"
    packed.write_bytes(gzip.compress(LOG.read_bytes()))
    (again,) = analyze_gc(packed).jvms
    assert again.pauses == jvm.pauses
    with tarfile.open(tmp_path / "y.tar", "w") as tar:
        tar.add(LOG, "logs/gc.log")
    (again,) = analyze_gc(tmp_path / "y.tar").jvms
    assert again.pauses == jvm.pauses


def test_beside_logs_of_h2o_it_is_as_in_analyze() -> None:
    rulebook = load_rulebook()
    evidence = gather(open_within(CASE, Budget()), rulebook)
    found = analyze_gc(CASE)
    assert found.jvms == evidence.jvms
    assert [(jvm.node, jvm.run, jvm.tied_by) for jvm in found.jvms] == [
        ("127.0.0.1:56541", 1, "folder"), ("127.0.0.1:56543", 1, "folder"),
    ]  # fmt: skip
    assert "node_127.0.0.1_56541/gc.log" not in found.read
    assert found.read


def test_what_holds_nothing_of_a_collectors_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here\n")
    found = analyze_gc(tmp_path)
    assert (found.jvms, found.read) == ((), ("notes.txt",))


def test_nothing_readable(tmp_path: Path) -> None:
    with pytest.raises(IntakeError):
        analyze_gc(tmp_path / "none")
