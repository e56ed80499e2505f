"""Crashes, kills, limits and thread dumps in a case: whose they are, once each, and no secrets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.report import build_report, to_html, to_json, to_markdown, to_text
from h2o_forensics.rulebook import load_rulebook

SAMPLES = Path(__file__).parents[3] / "fixtures" / "samples" / "jvm"
Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
REPORT = (SAMPLES / "hs_err_17_sigsegv.log").read_text(encoding="utf-8")


def node_log(line: Line, pid: str, node: str = "10.0.0.1:54321") -> str:
    return (
        line("14:30:00.000", "----- H2O started  -----", node=node, pid=pid)
        + line("14:30:01.000", f"JVM process id: {pid}@host", node=node, pid=pid)
        + line("14:30:02.000", "X-h2o-cluster-id: 1795357800000", node=node, pid=pid)
        + line("14:40:00.000", "Cloud of size 1 formed [/10.0.0.1:54321]", node=node, pid=pid)
    )


def rows(evidence: EvidenceSet, table: str) -> list[dict[str, Any]]:
    return evidence.tables[table].to_dicts()


def test_a_report_is_of_the_node_with_its_pid(line: Line, read: Read) -> None:
    console = (SAMPLES / "crash_stdout.txt").read_text(encoding="utf-8")
    evidence = read({
        "one/h2o.log": node_log(line, "16615"),
        "two/h2o.log": node_log(line, "4242", "10.0.0.2:54321"),
        "two/hs_err_pid16615.log": REPORT,
        "one/stdout.txt": console,
    })  # fmt: skip
    (row,) = rows(evidence, "crashes")  # of report and console, one
    assert (row["node"], row["pid"], row["library"]) == ("10.0.0.1:54321", 16615, "libjvm.so")
    assert (row["line"], row["uptime_s"]) == (4, 0.167268)
    assert row["ts"].isoformat() == "2026-11-22T14:40:48+00:00"


def test_a_report_of_another_process(line: Line, read: Read) -> None:
    evidence = read({"one/h2o.log": node_log(line, "4242"), "one/hs_err_pid16615.log": REPORT})
    assert rows(evidence, "crashes") == []


KILL = "Out of memory: Killed process {pid} (java) total-vm:9kB, anon-rss:7kB, file-rss:0kB\n"


def test_kills_are_of_the_process_they_name(line: Line, read: Read) -> None:
    evidence = read({
        "one/h2o.log": node_log(line, "4242"),
        "one/dmesg.txt": "".join(f"[12.{pid}] " + KILL.format(pid=pid) for pid in (4242, 31337)),
        "one/journal.txt": "Nov 22 14:40:10 host kernel: " + KILL.format(pid=4242),
    })  # fmt: skip
    first, second = rows(evidence, "kills")
    assert {first["node"], second["node"]} == {"10.0.0.1:54321"}
    assert first["ts"].isoformat() == "2026-11-22T14:40:10+00:00"  # the node's clock
    assert second["ts"] is None


def test_a_nodes_limit(line: Line, read: Read) -> None:
    evidence = read({
        "one/h2o.log": node_log(line, "4242"),
        "one/cgroup/memory.max": "268435456\n",
        "two/h2o.log": node_log(line, "4343", "10.0.0.2:54321"),
    })  # fmt: skip
    limits = {row["node"]: row["limit_bytes"] for row in rows(evidence, "nodes")}
    assert limits == {"10.0.0.1:54321": 268435456, "10.0.0.2:54321": None}


def test_limits_of_nobody_in_particular(line: Line, read: Read) -> None:
    evidence = read({
        "h2o1.log": node_log(line, "4242"),
        "h2o2.log": node_log(line, "4343", "10.0.0.2:54321"),
        "memory.max.txt": "memory.max 268435456\n",
    })  # fmt: skip
    assert [row["limit_bytes"] for row in rows(evidence, "nodes")] == [None, None]
    assert [row["node"] for row in rows(evidence, "limits")] == [None]


POD = """{"kind": "Pod", "spec": {"containers": [
{"name": "h2o", "resources": {"limits": {"memory": "4Gi"}}},
{"name": "proxy", "resources": {"limits": {"memory": "64Mi"}}}]},
"status": {"podIP": "10.0.0.2", "containerStatuses": [
{"name": "h2o", "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
{"name": "proxy", "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}}"""


def test_a_pod_is_the_node_with_its_address(line: Line, read: Read) -> None:
    files = {
        "h2o1.log": node_log(line, "1"),
        "h2o2.log": node_log(line, "1", "10.0.0.2:54321"),
        "pod.json": POD,
    }
    evidence = read(files)
    (row,) = rows(evidence, "kills")
    assert (row["node"], row["process"], row["limit_bytes"]) == ("10.0.0.2:54321", "h2o", 2**32)
    limits = {row["node"]: row["limit_bytes"] for row in rows(evidence, "nodes")}
    assert limits == {"10.0.0.1:54321": None, "10.0.0.2:54321": 2**32}
    evidence = read(files | {"pod.json": POD.replace('"h2o"', '"main"')})  # which one is it?
    assert [row["node"] for row in rows(evidence, "kills")] == [None, None]
    assert [row["limit_bytes"] for row in rows(evidence, "nodes")] == [None, None]


def test_h2os_dump_stands_in_several_files_and_counts_once(read: Read) -> None:
    text = (SAMPLES / "h2o_stdout_with_dumps.log").read_text(encoding="utf-8")
    own = "".join(one for one in text.splitlines(keepends=True) if one.startswith("11-22 "))
    evidence = read({"a/stdout.log": text, "a/x-3-info.log": own, "a/x-1-trace.log": own})
    dumps = rows(evidence, "thread_dumps")
    assert [(row["dump"], row["threads"], row["node"]) for row in dumps] == [
        (1, 38, "127.0.0.1:61234"),  # its stamp has no milliseconds
        (2, 20, "127.0.0.1:61234"),
    ]
    assert evidence.tables["threads"].height == 58


def test_dumps_of_json_are_of_the_node_they_name(read: Read) -> None:
    text = (SAMPLES / "h2o_stdout_with_dumps.log").read_text(encoding="utf-8")
    answer = (SAMPLES / "jstack.json").read_bytes()
    evidence = read({"h2o.log": text.partition("GET /3/JStack")[0], "rest/jstack.json": answer})
    (row,) = rows(evidence, "thread_dumps")
    assert (row["node"], row["has_heartbeat"], row["pointer"]) == (
        "127.0.0.1:61234",
        True,
        "/traces/0",
    )


def test_no_report_holds_a_secret(line: Line) -> None:
    book = load_rulebook()
    files = {
        "one/h2o.log": node_log(line, "16615"),
        "one/hs_err_pid16615.log": REPORT.replace("PATH=", "DB_PASSWORD=env-secret\nPATH="),
        "two/hs_err_pid1.log": (SAMPLES / "hs_err_17_heap_full.log").read_text(encoding="utf-8"),
    }
    report = build_report(pipeline.examine_texts(files, book))
    for made in (to_json(report), to_html(report), to_markdown(report), to_text(report)):
        text = made.decode() if isinstance(made, bytes) else str(made)
        assert "Java crashed in native code" in text
        for secret in ("tool-secret", "arg-secret", "command-secret", "env-secret"):
            assert secret not in text
