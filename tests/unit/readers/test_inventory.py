from collections.abc import Callable
from pathlib import Path

from h2o_forensics.model.evidence import EvidenceSet

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
DATA = Path(__file__).resolve().parents[2] / "data"

COLUMNS = {
    "h2o_version": "3.46.0.12",
    "build_hash": "c91838115bfadcdd79158d16c76fb6cf983157bd",
    "java_version": "17.0.15",
    "pid": 25605,
    "host": "vm",
    "xmx_bytes": int(153.5 * 2**20),
    "physical_bytes": int(23.54 * 2**30),
    "cores": 2,
    "cloud_name": "lab",
    "cluster_id": 1795326809562,
}
FACTS = {
    "build_age": "3 months and 10 days",
    "build_branch": "rel-3.46.0",
    "build_describe": "gha-3.46.0.11-25-gc91838115b",
    "built_by": "root",
    "built_on": "2026-08-11 13:53:15",
    "encrypted": "unencrypted",
    "extensions": "XGBoost, KrbStandalone, Infogram",
    "gc_logging": "GC logging is enabled",
    "internal_port": 54382,
    "ipv6": "false",
    "java_vendor": "Debian",
    "locale": "en",
    "os_version": "Linux 6.18.44-fc-v669 (amd64)",
    "parsers": "GUESS, ARFF, XLS, SVMLight, AVRO, PARQUET, CSV",
    "ready_ms": 35555,
    "rest_url": "http://127.0.0.1:54381/",
    "user": "root",
    "version_note": "over 100 days old",
    "xgboost_backends": "WITH_GPU, WITH_OMP",
    "xgboost_library": "xgboost4j_gpu",
    "xms_bytes": int(153.5 * 2**20),
}


def test_all_of_a_real_banner_is_kept(read: Read) -> None:
    evidence = read({"a.log": (DATA / "oom_train.log").read_bytes()})
    (node,) = evidence.case.nodes
    assert {name: getattr(node, name) for name in COLUMNS} == COLUMNS
    assert FACTS.items() <= node.facts.items()
    assert {
        "jvm_args",
        "h2o_args",
        "log_dir",
        "cur_dir",
        "flow_dir",
        "flatfile",
    } <= node.facts.keys()
    assert {"frame", "rows", "table", "epoch"}.isdisjoint(node.facts)
    (row,) = evidence.tables["nodes"].rows(named=True)
    assert {name: row[name] for name in COLUMNS} == COLUMNS
    assert (row["encrypted"], row["line"] is not None) == (False, True)


def test_what_the_arguments_say(line: Line, read: Read) -> None:
    start = line("06:00:00.000", "----- H2O started (client) -----")
    arguments = "Processed H2O arguments: [-name, lab, -log_level, DEBUG]"
    evidence = read({"a.log": start + line("06:00:00.100", arguments)})
    assert evidence.case.nodes[0].facts["role"] == "(client)"
    assert evidence.tables["nodes"]["log_level"].to_list() == ["DEBUG"]


def test_multicast_discovery_and_the_watchdog(line: Line, read: Read) -> None:
    log = (
        line("06:00:00.000", "----- H2O started  -----")
        + line("06:00:00.100", "H2O cloud name: 'a' on /10.0.0.1:5, discovery address /228.1.2.3:6")
        + line("06:00:00.100", "Registering REST API Check Thread. If 3/Ping endpoint is not "
               "accessed during 60000 ms, the cluster will be terminated.")
    )  # fmt: skip
    (node,) = read({"a.log": log}).case.nodes
    assert node.facts["discovery"] == "discovery address /228.1.2.3:6"
    assert node.facts["ping_timeout_ms"] == 60_000
    assert "flatfile" not in node.facts


def test_data_that_imitates_a_banner_is_not_believed(line: Line, read: Read) -> None:
    log = (
        line("06:00:00.000", "----- H2O started  -----")
        + line("06:00:00.100", "Java heap maxMemory: 1.0 GB")
        + line("06:01:00.000", "Parsed:")
        + "Build project version: 9.9.9\nCloud of size 7 formed [a]\n"
        + line("06:01:00.000", "column Build project version: 9.9.9")
    )
    evidence = read({"a.log": log})
    assert evidence.case.nodes[0].h2o_version is None
    assert evidence.tables["members"].is_empty()


def test_numbers_that_are_none(line: Line, read: Read) -> None:
    log = line("06:00:00.000", "----- H2O started  -----")
    log += line("06:00:00.100", "Java heap maxMemory: " + "9" * 400 + " GB")
    log += line("06:00:00.200", "Machine physical memory: NA")
    (node,) = read({"a.log": log}).case.nodes
    assert (node.xmx_bytes, node.physical_bytes) == (None, None)
