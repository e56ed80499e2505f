"""Samples of what evidence looks like (fixtures/samples): what is understood, found and quoted."""

import re
import zipfile
from functools import cache
from pathlib import Path

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.artifact import Node
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.finding import Finding

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
KINDS = ("formats", "spark", "hadoop", "encodings", "bundles")
NAMES = tuple(
    f"{path.parent.name}/{path.name}"
    for kind in KINDS
    for path in sorted((SAMPLES / kind).iterdir())
    if path.is_dir()
)
CODECS = {
    "encodings/cp1252": "cp1252",
    "encodings/latin_1": "latin-1",
    "encodings/utf8_bom": "utf-8-sig",
    "encodings/utf16_be": "utf-16-be",
}
FILE = "Absätze_für_Öl_à_5_€_-_Übersicht.csv"


@cache
def analysis(name: str) -> Analysis:
    return pipeline.analyze([SAMPLES / name])


def findings(name: str) -> dict[str, Finding]:
    return {one.finding.condition: one.finding for one in analysis(name).diagnosis.findings}


def roots(name: str) -> list[str]:
    by_id = {one.id: one.finding.condition for one in analysis(name).diagnosis.findings}
    return [by_id[one] for one in analysis(name).diagnosis.root_causes]


def nodes(name: str) -> list[Node]:
    return list(analysis(name).case.nodes)


def kinds(name: str) -> dict[str, str]:
    return {one.path + one.part: one.kind for one in analysis(name).case.artifacts}


def lines_of(name: str, path: str) -> list[str]:
    raw = _bytes(SAMPLES / name, path)
    return re.split("\r\n|\n|\r", raw.decode(CODECS.get(name, "utf-8")))


def _bytes(place: Path, path: str) -> bytes:
    first, *inside = path.split("!")
    if not inside:
        return (place / path).read_bytes()
    archive = zipfile.ZipFile(place / first)
    for member in inside[:-1]:
        archive = zipfile.ZipFile(archive.open(member))
    return archive.read(inside[-1])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_quoted_stands_in_the_file(name: str) -> None:
    for judged in analysis(name).diagnosis.findings:
        for item in judged.finding.evidence:
            assert item.line is not None
            quoted = item.text.replace("\ufffd", "").split("\n")[0]
            assert quoted in lines_of(name, item.path)[item.line - 1]


def test_every_sample_is_described() -> None:
    for kind in (*KINDS, "layouts"):
        text = (SAMPLES / kind / "README.md").read_text(encoding="utf-8")
        for path in (SAMPLES / kind).iterdir():
            assert path.name == "README.md" or f"`{path.name}`" in text


@pytest.mark.parametrize(
    ("name", "verdict", "root"),
    (
        ("formats/old_3_26", "incident", "oom.train"),
        ("formats/old_wide_pid", "incident", "import.missing_file"),
        ("formats/old_exiting", "healthy", None),
        ("formats/wide_pid", "incident", "import.missing_file"),
        ("formats/log4j_start", "healthy", None),
        ("formats/logback_start", "incident", "version.java_mismatch"),
        ("formats/start_port_taken", "incident", "port.conflict"),
        ("formats/start_java", "incident", "version.java_mismatch"),
        ("formats/r_error", "insufficient_evidence", "server.died"),
        ("formats/r_not_started", "incident", "version.java_mismatch"),
        ("formats/r_started", "insufficient_evidence", None),
        ("spark/healthy", "healthy", None),
        ("spark/wrong_spark", "incident", "version.spark_mismatch"),
        ("spark/executor_lost", "incident", "sw.executor_lost"),
        ("hadoop/formed", "insufficient_evidence", None),
        ("hadoop/not_enough_memory", "incident", "hadoop.launch"),
        ("bundles/two_clusters", "incident", "oom.import"),
        ("bundles/shared_log_dir", "incident", "node.killed"),
        ("bundles/interleaved", "healthy", None),
    ),
)
def test_the_diagnosis(name: str, verdict: str, root: str | None) -> None:
    assert analysis(name).diagnosis.verdict == verdict
    assert roots(name)[:1] == ([root] if root else [])


@pytest.mark.parametrize(
    ("name", "version", "end", "lines"),
    (
        ("old_3_26", "3.26.0.11", "exit", 168),
        ("old_wide_pid", "3.26.0.11", "exit", 153),
        ("old_exiting", "3.30.0.7", "exit", 190),
        ("wide_pid", "3.36.1.5", "exit", 168),
        ("log4j_start", "3.26.0.11", "running", 60),
    ),
)
def test_nodes_of_all_formats(name: str, version: str, end: str, lines: int) -> None:
    (node,) = nodes(f"formats/{name}")
    assert (node.h2o_version, node.java_version, node.end) == (version, "17.0.15", end)
    log = next(one for one in analysis(f"formats/{name}").case.artifacts if one.kind == "h2o_log")
    assert (log.lines, log.node) == (lines, node.node)
    assert len(lines_of(f"formats/{name}", log.path)) == lines + 1
    assert analysis(f"formats/{name}").case.clocks[node.node].how == "stated"


def test_a_trace_of_an_old_version_is_one_exception() -> None:
    rows = analysis("formats/old_3_26").tables["exceptions"].sort("line").to_dicts()
    assert [row["class"] for row in rows].count("java.lang.OutOfMemoryError") == 1
    memory = next(row for row in rows if row["class"] == "java.lang.OutOfMemoryError")
    assert memory["frames"].startswith("hex.deeplearning.Storage$DenseRowMatrix.<init>")
    assert lines_of("formats/old_3_26", "stdout.log")[memory["line"] - 1].endswith(
        "ERRR: java.lang.OutOfMemoryError: Java heap space"
    )
    assert findings("formats/old_3_26")["oom.train"].nodes == ("127.0.0.1:54541",)


def test_a_cut_pid_is_the_whole_one_of_the_banner() -> None:
    (node,) = nodes("formats/wide_pid")
    assert node.pid == 2345678
    assert "#5678 " in lines_of("formats/wide_pid", "stdout.log")[1]


def test_the_pid_of_an_old_version_is_that_of_its_column() -> None:
    assert [node.pid for node in nodes("formats/old_3_26")] == [27564]
    assert [node.pid for node in nodes("formats/old_wide_pid")] == [None]  # `#4567` is its end


def test_what_is_written_while_exiting_belongs_to_the_node() -> None:
    found = analysis("formats/old_exiting")
    (log,) = found.case.artifacts
    last = [line for line in lines_of("formats/old_exiting", log.path) if line][-1]
    assert " (exiting)  FJ-1-3    INFO: " in last
    (node,) = found.case.nodes
    assert node.last_seen is not None
    assert found.case.last_ms is not None
    assert "shutdown.requested" in findings("formats/old_exiting")
    assert node.last_seen % 60_000 == 54_230  # 12:23:54.230, the last line


def test_lines_before_the_logger_is_up() -> None:
    first = lines_of("formats/wide_pid", "stdout.log")[0]
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3} \[main\] INFO  hex\.tree\.xgboost", first)
    text = lines_of("formats/log4j_start", "stdout.log")
    assert text[0].startswith("log4j:WARN No appenders could be found for logger")
    assert kinds("formats/logback_start") == {
        "client.log": "console",
        "h2o_ann_started_from_python.err": "console",
        "h2o_ann_started_from_python.out": "h2o_log",
    }
    (node,) = nodes("formats/logback_start")
    assert (node.h2o_version, node.java_version, node.pid) == ("3.36.1.5", "25.0.2", 9697)


def test_starts_that_failed_name_their_line() -> None:
    taken = findings("formats/start_port_taken")["port.conflict"].evidence[0]
    assert taken.text.startswith("On /127.0.0.1 some of the required ports 54541, 54542 are not")
    java = findings("formats/start_java")["version.java_mismatch"]
    assert java.facts["found"] == "17.0.15"


def test_starts_that_no_rule_knows_are_not_called_healthy() -> None:
    for name in ("formats/start_address", "formats/start_logger"):
        assert analysis(name).diagnosis.verdict in {"insufficient_evidence", "incident"}
        assert set(kinds(name).values()) == {"console"}


def test_nodes_of_sparkling_water() -> None:
    known = [(node.node, node.pid, node.h2o_version, node.end) for node in nodes("spark/healthy")]
    assert known == [
        ("127.0.0.1:54321", 9448, "3.46.0.6", "running"),
        ("127.0.0.1:54323", 9446, "3.46.0.6", "running"),
    ]
    assert kinds("spark/healthy")["0/stdout"] == "h2o_log"
    executors = analysis("spark/healthy").tables["executors"]
    assert not executors["lost"].any()


def test_a_record_behind_a_progress_bar() -> None:
    lost = findings("spark/executor_lost")["sw.executor_lost"]
    assert lost.nodes == ("127.0.0.1:54321",)
    (item,) = [item for item in lost.evidence if "Lost executor 0" in item.text][:1]
    assert item.text.startswith("gbm Model Build progress: |██26/11/22 07:39:08 ERROR")
    assert "Command exited with code 137" in item.text
    rows = analysis("spark/executor_lost").tables["executors"].filter(executor="0").to_dicts()
    assert [row["lost"] for row in rows] == [True]


def test_hadoops_driver() -> None:
    known = analysis("hadoop/not_enough_memory").diagnosis.findings
    quoted = {item.text for one in known for item in one.finding.evidence}
    assert {one.finding.condition for one in known} == {"hadoop.launch"}
    assert {
        "ERROR:   Job memory request (19.8 GB) exceeds available YARN cluster memory (16.0 GB)",
        "ERROR: Timed out waiting for H2O cluster to come up (120 seconds)",
    } <= quoted
    assert not findings("hadoop/formed")
    assert kinds("hadoop/formed") == {"driver.log": "console"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("encodings/")])
def test_encodings(name: str) -> None:
    assert (roots(name), nodes(name)[0].pid) == (["oom.import"], 25605)
    wanted = FILE.replace("€", "E") if name.endswith("latin_1") else FILE
    assert any(wanted in line for line in lines_of(name, "stdout.log"))
    assert any(wanted in text for text in analysis(name).tables["hits"]["text"])


def test_a_hole_is_named_and_bridged() -> None:
    (problem,) = analysis("encodings/nul_hole").case.problems
    assert (problem.code, problem.count) == ("hole", 1)
    assert analysis("encodings/nul_hole").case.artifacts[0].lines == 152


def test_two_clusters_are_not_one() -> None:
    heap = findings("bundles/two_clusters")["oom.import"]
    assert heap.nodes == ("127.0.0.1:54381",)
    clouds = {node.node: node.cloud for node in nodes("bundles/two_clusters")}
    pair = ("127.0.0.1:56721", "127.0.0.1:56723")
    assert clouds == {"127.0.0.1:54381": ("127.0.0.1:54381",), pair[0]: pair, pair[1]: pair}
    assert findings("bundles/two_clusters")["shutdown.requested"].nodes == pair
    wrong = {"node.lost", "node.killed", "cloud.not_formed"}
    assert not wrong & set(findings("bundles/two_clusters"))


def test_two_processes_one_after_the_other() -> None:
    known = [(node.run, node.pid) for node in nodes("bundles/concatenated")]
    assert known == [(1, 32321), (2, 32659)]
    assert known == [(node.run, node.pid) for node in nodes("bundles/kubectl_previous")]
    for name in ("bundles/concatenated", "bundles/kubectl_previous"):
        (first, second) = nodes(name)
        assert first.last_seen is not None
        assert second.started == 1795340748353  # 09:45:48.353, its banner
        assert 1795340746503 <= first.last_seen <= second.started
        assert (first.end, second.end) == ("unknown", "running")
    (first, _) = nodes("bundles/kubectl_previous")
    assert first.last_seen == 1795340746503  # 09:45:46.503, the last line of its file


def test_two_processes_mixed() -> None:
    known = [(node.node, node.pid, node.end) for node in nodes("bundles/interleaved")]
    assert known == [("127.0.0.1:56721", 16786, "exit"), ("127.0.0.1:56723", 16788, "exit")]
    artifacts = analysis("bundles/interleaved").case.artifacts
    assert [one.part for one in artifacts] == ["127.0.0.1:56721", "127.0.0.1:56723"]
    total = sum(one.lines or 0 for one in artifacts)
    assert total == len(lines_of("bundles/interleaved", "console.log")) - 1


def test_a_shared_log_directory_counts_once() -> None:
    found = analysis("bundles/shared_log_dir")
    states = [one.state for one in found.case.artifacts]
    assert (states.count("read"), states.count("duplicate"), states.count("opened")) == (7, 7, 3)
    killed = findings("bundles/shared_log_dir")["node.killed"]
    assert killed.nodes == ("127.0.0.1:54343",)
    assert "34 times" in killed.message
    assert [(node.node, node.run) for node in nodes("bundles/shared_log_dir")] == [
        (f"127.0.0.1:{port}", 1) for port in (54341, 54343, 54345)
    ]


@pytest.mark.parametrize("name", ("syslog", "rfc5424", "compose", "kubectl_plain"))
def test_forms_of_one_incident(name: str) -> None:
    found = analysis(f"layouts/{name}")
    assert roots(f"layouts/{name}") == ["oom.import"]
    (node,) = found.case.nodes
    assert (node.node, node.pid, node.h2o_version) == ("127.0.0.1:54381", 25605, "3.46.0.12")
    (row,) = found.tables["exceptions"].to_dicts()
    assert (row["class"], row["depth"]) == ("water.util.DistributedException", 2)
    assert row["line"] == 135  # the record, whose text begins on the next line
    assert row["frames"].startswith("water.MRTask.getResult")
