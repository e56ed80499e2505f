import msgspec
import pytest

from h2o_forensics.readers.rest import job_exception, read_rest

CLOUD = {
    "__meta": {"schema_name": "CloudV3"}, "version": "3.46.0.12", "cloud_name": "lab",
    "cloud_size": 2, "cloud_healthy": False, "bad_nodes": 1, "consensus": True, "locked": True,
    "node_idx": 1,
    "nodes": [
        {"h2o": "localhost/127.0.0.1:1", "healthy": False, "last_ping": 1795327201891},
        {"ip_port": "127.0.0.1:2", "healthy": True, "last_ping": 1795327281891, "max_mem": 5},
    ],
}  # fmt: skip


def read(document: dict[str, object]) -> tuple[str, dict[str, list[dict[str, object]]]]:
    return read_rest(msgspec.json.decode(msgspec.json.encode(document)))


def test_a_cloud_with_a_lost_node() -> None:
    kind, tables = read(CLOUD)
    lost, mine = tables["cluster_nodes"]
    assert kind == "rest_cloud"
    assert (lost["node"], lost["healthy"], lost["ping_age_ms"]) == ("127.0.0.1:1", False, 80_000)
    assert (lost["pointer"], lost["is_self"], lost["at_ms"]) == ("/nodes/0", False, 1795327281891)
    assert (mine["node"], mine["is_self"], mine["max_mem_bytes"]) == ("127.0.0.1:2", True, 5)
    assert (mine["pid"], mine["free_mem_bytes"], mine["swap_mem_bytes"]) == (None, None, None)


@pytest.mark.parametrize(
    "node",
    (
        {},
        None,
        [],
        "x",
        {"last_ping": "x"},
        {"last_ping": 2**61},
        {"last_ping": -1},
        {"ip_port": 7},
    ),
)
def test_nodes_of_other_types_are_unknown(node: object) -> None:
    _, tables = read(CLOUD | {"nodes": [node]})
    (row,) = tables["cluster_nodes"]
    assert (row["node"], row["last_ping"], row["ping_age_ms"], row["at_ms"]) == (None,) * 4


@pytest.mark.parametrize("nodes", (None, {}, 3, "nodes"))
def test_no_list_of_nodes(nodes: object) -> None:
    assert read(CLOUD | {"nodes": nodes}) == ("rest_cloud", {"cluster_nodes": []})


JOB = {
    "key": {"name": "$01"}, "description": "GBM", "status": "FAILED", "progress": 0.5, "msec": 3881,
    "start_time": 1795328227567, "dest": {"name": "m"}, "progress_msg": "Failed.",
    "exception": "DistributedException from localhost/127.0.0.1:2: 'boom', caused by "
                 "java.lang.IllegalStateException: boom",
    "stacktrace": "DistributedException from localhost/127.0.0.1:2: 'boom', caused by "
                  "java.lang.IllegalStateException: boom\n\tat hex.A.b(A.java:1)\n"
                  "Caused by: java.lang.IllegalStateException: boom\n\tat water.C.d(C.java:2)",
}  # fmt: skip


def test_a_failed_job_carries_its_exception() -> None:
    kind, tables = read({"__meta": {"schema_name": "JobsV3"}, "jobs": [JOB, {"status": "DONE"}]})
    failed, done = tables["jobs"]
    assert kind == "rest_jobs"
    assert (failed["job"], failed["at_ms"], failed["pointer"]) == ("$01", 1795328231448, "/jobs/0")
    assert (done["status"], done["progress"], done["at_ms"]) == ("DONE", None, None)
    row = job_exception(failed)
    assert row is not None
    assert (row["root_class"], row["from_node"]) == (
        "java.lang.IllegalStateException",
        "127.0.0.1:2",
    )
    assert (row["pointer"], row["frames"]) == ("/jobs/0/exception", "water.C.d")
    assert job_exception(done) is None


def test_a_job_alone() -> None:
    kind, tables = read({"__meta": {"schema_name": "JobV3"}} | JOB)
    assert (kind, tables["jobs"][0]["pointer"]) == ("rest_jobs", "/")


@pytest.mark.parametrize("key", JOB)
@pytest.mark.parametrize("value", (None, 3, "x", [], {}, True, 2**62, -1.5))
def test_jobs_of_other_types(key: str, value: object) -> None:
    _, tables = read({"jobs": [JOB | {key: value}, value, {}]})
    for row in tables["jobs"]:
        job_exception(row)
    assert len(tables["jobs"]) == 1


def test_an_error_answer() -> None:
    kind, tables = read({
        "__meta": {"schema_name": "H2OErrorV3"}, "timestamp": 1795327281891,
        "error_url": "/3/Parse", "msg": "\n\nERROR MESSAGE:\n\nbad file\n", "http_status": 412,
        "exception_type": "water.exceptions.H2OIllegalArgumentException",
        "stacktrace": ["water.exceptions.H2OIllegalArgumentException: bad file",
                       "    water.parser.ParseSetup.guess(ParseSetup.java:1)"],
    })  # fmt: skip
    (row,) = tables["exceptions"]
    assert kind == "rest_error"
    assert (row["message"], row["operation"], row["source"]) == ("bad file", "/3/Parse", "rest 412")
    assert (row["class"], row["at_ms"]) == (
        "water.exceptions.H2OIllegalArgumentException", 1795327281891
    )  # fmt: skip
    assert row["frames"] == "water.parser.ParseSetup.guess"


@pytest.mark.parametrize("document", ({}, {"other": 1}))
def test_other_documents(document: dict[str, object]) -> None:
    assert read(document) == ("rest_other", {})
