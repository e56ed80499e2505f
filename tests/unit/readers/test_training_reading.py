"""What training saved, on its way from bytes to the evidence."""

import gzip
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import open_bundle
from h2o_forensics.model.bundle import Limits
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case
from h2o_forensics.readers.identify import identify
from h2o_forensics.readers.json_documents import MAX_JSON_BYTES, read_documents

Read = Callable[..., EvidenceSet]
INI = b"""[info]
h2o_version = 3.46.0.7
mojo_version = 1.40
algo = gbm
algorithm = Gradient Boosting Machine
category = Binomial
uuid = 42
n_features = 1
n_classes = 2
n_columns = 2
n_domains = 0
n_trees = 2
n_trees_per_class = 1

[columns]
a
y

[domains]
"""
TREES = tuple(f"trees/t00_{tree:03}{aux}.bin" for tree in (0, 1) for aux in ("", "_aux"))


def model(name: str = "m", checksum: int = 42, auc: float = 0.8) -> dict[str, Any]:
    key = {"name": name}
    metrics = {
        "__meta": {"schema_name": "ModelMetricsBinomialV3"}, "model": key, "model_category":
        "Binomial", "model_checksum": checksum, "frame": {"name": "train"}, "AUC": auc, "nobs": 100,
    }  # fmt: skip
    return {
        "model_id": key, "algo": "gbm", "algo_full_name": "Gradient Boosting Machine",
        "response_column_name": "y",
        "parameters": [{"name": "ntrees", "actual_value": 2, "input_value": 2}],
        "output": {"model_category": "Binomial", "names": ["a", "y"], "column_types": ["Numeric",
                   "Enum"], "training_metrics": metrics, "cross_validation_metrics": metrics},
    }  # fmt: skip


def mojo(
    names: tuple[str, ...] = TREES, ini: bytes | None = INI, others: dict[str, bytes] | None = None
) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, b"\x00\x01" + name.encode())
        archive.writestr("domains/d000.txt", "java.lang.OutOfMemoryError: Java heap space\n")
        if ini is not None:
            archive.writestr("model.ini", ini)
        archive.writestr("experimental/modelDetails.json", json.dumps(model()))
        for name, data in (others or {}).items():
            archive.writestr(name, data)
    return held.getvalue()


@pytest.fixture
def read_files(tmp_path: Path) -> Callable[[dict[str, bytes]], EvidenceSet]:
    def make(files: dict[str, bytes]) -> EvidenceSet:
        for name, data in files.items():
            path = tmp_path / "given" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        bundle = open_bundle([tmp_path / "given"], Limits())
        return read_case(bundle, BUILTIN_SIGNALS, Scanner(BUILTIN_SIGNALS))

    return make


def kinds(evidence: EvidenceSet) -> dict[str, tuple[str, str]]:
    return {one.path: (one.kind, one.state) for one in evidence.case.artifacts}


def test_a_model_reaches_the_tables_with_its_place(read: Read) -> None:
    evidence = read({"x/m.json": json.dumps({"models": [model()]})})
    (found,) = evidence.training.saved.models
    assert (found.source.path, found.source.pointer) == ("x/m.json", "/models/0")
    assert found.source.artifact == evidence.case.artifacts[0].id
    assert kinds(evidence) == {"x/m.json": ("model", "read")}
    assert evidence.tables["models"]["model"].to_list() == ["m"]
    assert evidence.tables["models"]["pointer"].to_list()[0].startswith("/models/0")
    assert evidence.training.judged[0].model == "m"


def test_lists_lines_and_gzip(read_files: Callable[[dict[str, bytes]], EvidenceSet]) -> None:
    lines = "\n".join(json.dumps(model(name)) for name in ("c", "d")).encode()
    evidence = read_files({
        "list.json": json.dumps([model("a"), {"models": [model("b")]}]).encode(),
        "lines.json.gz": gzip.compress(lines),
    })  # fmt: skip
    places = {
        one.id: (one.source.pointer, one.source.line) for one in evidence.training.saved.models
    }
    assert places == {"a": ("/0", None), "b": ("/1/models/0", None), "c": ("", 1), "d": ("", 2)}


def test_a_cut_document_counts_as_far_as_it_goes(read: Read) -> None:
    whole = json.dumps(model())
    evidence = read({"m.json": whole[: whole.index('"cross_validation_metrics"')]})
    (found,) = evidence.training.saved.models
    assert [metrics.of for metrics in found.metrics] == ["training"]
    assert not found.whole
    (problem,) = evidence.case.problems
    assert problem.code == "cut_json"
    assert problem.message.startswith("m.json is cut; what stands before the cut was read.")


@pytest.mark.parametrize(
    ("data", "code"),
    (
        (b'{"a":' * 100_000, "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'{"no": json}', "bad_json"),
        (b"[" + b"0," * 6_100_000 + b"0]", "big_json"),
        (b'{"a":"' + b"x" * MAX_JSON_BYTES, "big_json"),
    ),
    ids=("deep", "deeper", "none", "values", "bytes"),
)
def test_what_cannot_be_read_is_named(data: bytes, code: str) -> None:
    found = read_documents(data[: MAX_JSON_BYTES + 1])
    assert found.state == "refused"
    assert found.problem is not None
    assert found.problem[0] == code


def test_numbers_that_are_none(read: Read) -> None:
    evidence = read({"m.json": json.dumps(model(auc=float("nan")))})
    (found,) = evidence.training.saved.models
    assert "auc" not in found.metrics[0].values
    assert not evidence.case.problems


def test_a_timeline_is_known_and_holds_nothing_yet(read: Read) -> None:
    evidence = read(
        {"t.json": '{"now": 1, "self": "/127.0.0.1:54321", "events": [{"type": "io"}]}'}
    )
    assert kinds(evidence) == {"t.json": ("rest_timeline", "read")}


def test_a_mojo_is_one_artifact_and_its_model(
    read_files: Callable[[dict[str, bytes]], EvidenceSet],
) -> None:
    evidence = read_files({"x.zip": mojo()})
    assert kinds(evidence) == {
        "x.zip": ("archive", "opened"),
        "x.zip!model.ini": ("mojo", "read"),
        "x.zip!experimental/modelDetails.json": ("model", "read"),
    }
    (found,) = evidence.training.saved.models
    assert (found.id, found.kind, found.source.path) == ("m", "mojo", "x.zip!model.ini")
    assert found.metrics[0].source.path == "x.zip!experimental/modelDetails.json"
    assert found.mojo is not None
    assert {*TREES, "domains/d000.txt"} < set(found.mojo.entries)
    assert found.mojo.damage == ()
    assert evidence.tables["warnings"].height == 0


def test_a_damaged_copy_is_told_from_the_good_one(
    read_files: Callable[[dict[str, bytes]], EvidenceSet],
) -> None:
    broken = mojo(TREES[1:])
    evidence = read_files({
        "good.zip": mojo(), "scorer.zip": broken, "m.json": json.dumps(model()).encode(),
    })  # fmt: skip
    plain, damaged = evidence.training.saved.models
    assert (plain.source.path, plain.kind) == ("m.json", "json")
    assert plain.mojo is not None  # the good archive's inventory
    assert plain.mojo.damage == ()
    assert damaged.source.path == "scorer.zip!model.ini"
    assert damaged.mojo is not None
    assert "trees/t00_000.bin" in damaged.mojo.damage[0]
    assert damaged.metrics == ()  # told once, by the JSON
    rows = evidence.tables["models"].filter(evidence.tables["models"]["damages"] > 0)
    named = {one.id: one.path for one in evidence.case.artifacts}
    assert [named[artifact] for artifact in rows["artifact"]] == ["scorer.zip!model.ini"]


def test_a_mojo_without_inventory(read_files: Callable[[dict[str, bytes]], EvidenceSet]) -> None:
    evidence = read_files({"x.zip": mojo(ini=None)})
    (found,) = evidence.training.saved.models
    assert found.mojo is not None
    assert found.mojo.damage == ("model.ini is missing",)
    assert found.source.path == "x.zip!experimental/modelDetails.json"


def test_a_mojo_unpacked_and_one_in_another_zip(
    read_files: Callable[[dict[str, bytes]], EvidenceSet],
) -> None:
    outer = BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("models/x.zip", mojo())
    log = b"11-22 06:01:46.386 127.0.0.1:54321       12528        main  INFO water.default: hi\n"
    files = {"outer.zip": outer.getvalue(), "dir/model.ini": INI.replace(b"42", b"43")}
    files |= {f"dir/{name}": b"\x00" for name in TREES} | {"dir/h2o.log": log * 3}
    evidence = read_files(files)
    found = {one.source.path: one for one in evidence.training.saved.models}
    assert set(found) == {"outer.zip!models/x.zip!model.ini", "dir/model.ini"}
    assert all(one.mojo is not None and not one.mojo.damage for one in found.values())
    assert kinds(evidence)["dir/h2o.log"] == ("h2o_log", "read")
    assert not any("trees/" in path for path in kinds(evidence))


def test_models_inside_an_ensemble_are_parts_of_it(
    read_files: Callable[[dict[str, bytes]], EvidenceSet],
) -> None:
    inner = {"models/gbm/base/model.ini": INI, "models/gbm/base/trees/t00_000.bin": b"\x00"}
    evidence = read_files({"se.zip": mojo(others=inner)})
    (found,) = evidence.training.saved.models
    assert found.mojo is not None
    assert "models/gbm/base/model.ini" in found.mojo.entries
    assert [path for path in kinds(evidence) if "models/" in path] == []


def test_a_mojo_that_was_not_read_to_its_end_lacks_nothing_for_sure(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(mojo())
    bundle = open_bundle([tmp_path / "x.zip"], Limits(max_entries=3))
    evidence = read_case(bundle, BUILTIN_SIGNALS, Scanner(BUILTIN_SIGNALS))
    assert "too_many" in {problem.code for problem in evidence.case.problems}
    assert all(not one.mojo.damage for one in evidence.training.saved.models if one.mojo)


def test_trees_alone_are_a_mojo_that_lost_its_inventory(
    read_files: Callable[[dict[str, bytes]], EvidenceSet],
) -> None:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in TREES:
            start = b"\x1f\x9d\x90" if name == TREES[0] else b"\x00"  # as compress begins
            archive.writestr(name, start + name.encode())
    evidence = read_files({"x.zip": held.getvalue()})
    (found,) = evidence.training.saved.models
    assert found.mojo is not None
    assert found.mojo.damage == ("model.ini is missing",)
    assert evidence.case.problems == ()
    assert kinds(evidence)["x.zip!model.ini"] == ("mojo", "listed")


@pytest.mark.parametrize(
    ("head", "kind"),
    (
        (b"model_id,auc,logloss,rmse\nGBM_1,0.8,0.5,0.4\n", "leaderboard"),
        (b'"","model_id","mean_residual_deviance"\n"0","GBM_1",0.4\n', "leaderboard"),
        (b"model_id,owner\nGBM_1,somebody\n", "console"),
        (b"a,b,y\n1,2,0\n3,4,1\n5,6,0\n", "text"),
        (b"Error, again, and more\n1, 2\nx\ny\n", "console"),
        (b"/*\n  AUTOGENERATED BY H2O at 2026-11-22\n */\nimport java.util.Map;\n", "pojo"),
        (b"\x1c\xed\x0a3.46.0.12", "model"),
        (b"", "empty"),
    ),
)
def test_kinds_by_content(head: bytes, kind: str) -> None:
    assert identify(head) == kind


def test_a_leaderboard_is_read(read: Read) -> None:
    evidence = read({"lb.csv": "model_id,auc,logloss\nGBM_1,0.8,0.5\nGLM_1,0.7,0.6\n"})
    (board,) = evidence.training.saved.leaderboards
    assert (board.source.path, len(board.rows)) == ("lb.csv", 2)
    assert kinds(evidence) == {"lb.csv": ("leaderboard", "read")}


def test_the_same_model_twice_is_one(read: Read) -> None:
    other = model(checksum=43, auc=0.6)
    evidence = read({
        "a.json": json.dumps({"models": [model()]}), "b.json": json.dumps(model()),
        "again.json": json.dumps(other),
    })  # fmt: skip
    assert [one.checksum for one in evidence.training.saved.models] == [42, 43]
