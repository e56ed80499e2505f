"""The twenty traps of H2O's evidence, with lines as H2O writes them, through the whole pipeline."""

import io
import zipfile
from functools import cache

import pytest

from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.pipeline import examine, gather
from h2o_forensics.rulebook import load_rulebook

HEAP_FULL = "DistributedException from localhost/127.0.0.1:54321: 'Java heap space', caused by "
FAILED_JOB = (
    "\n" + HEAP_FULL + "java.lang.OutOfMemoryError: Java heap space\n"
    "\tat water.MRTask.getResult(MRTask.java:660)\n"
    "\tat hex.tree.SharedTree.buildLayer(SharedTree.java:700)\n"
    "Caused by: java.lang.OutOfMemoryError: Java heap space\n"
    "\tat hex.tree.DHistogram.init(DHistogram.java:300)"
)  # fmt: skip
IO_ERROR = (
    "Got IO error when sending a batch of bytes: \njava.net.ConnectException: Connection refused"
)


@cache
def rulebook() -> RuleBook:
    return load_rulebook()


def line(
    clock: str,
    text: str,
    *,
    level: str = "INFO",
    node: str = "127.0.0.1:54321",
    thread: str = "main",
    pid: str = "12528",
    day: str = "11-22",
    logger: str = "water.default",
) -> str:
    """One record of the formats B and C."""
    return f"{day} {clock} {node:<22}{pid:<6} {thread:>10} {level:>5} {logger}: {text}\n"


def banner(clock: str = "06:00:00.000", *, epoch: int = 1795327195000, **rest: str) -> str:
    """The start of a log; `epoch` is 2026-11-22 05:59:55 UTC."""
    return "".join(
        line(clock, text, **rest)
        for text in (
            "----- H2O started  -----",
            "Build project version: 3.46.0.12",
            "Java heap maxMemory: 800.0 MB",
            f"X-h2o-cluster-id: {epoch}",
        )
    )


def examined(files: dict[str, str | bytes]) -> Analysis:
    return examine(bundle_of_texts(files), rulebook())


def conditions(analysis: Analysis) -> set[str]:
    return {judged.finding.condition for judged in analysis.diagnosis.findings}


def faults(analysis: Analysis) -> set[str]:
    return {
        judged.finding.condition
        for judged in analysis.diagnosis.findings
        if judged.finding.harm == "fault"
    }


def hits(files: dict[str, str | bytes], rule: str) -> list[Hit]:
    found = gather(bundle_of_texts(files), rulebook()).hits
    return [hit for hit in found if hit.signal.startswith(f"{rule}.")]


def test_trap_01_no_year_and_no_zone() -> None:
    log = banner("01:00:05.000") + line("23:59:00.000", "late", day="12-31")
    log += line("00:01:00.000", "next year", day="01-01")
    case = examined({"a.log": log}).case
    clock = case.clocks["127.0.0.1:54321"]
    assert (clock.zone, clock.year, clock.how) == ("-05:00", 2026, "stated")
    assert case.first_ms == 1795327205000
    assert case.last_ms == 1798779660000  # 2027-01-01 00:01 at -05:00


def test_trap_01_without_any_anchor_the_assumption_is_said() -> None:
    case = examined({"a.log": line("06:00:00.000", "text")}).case
    assert case.clocks["127.0.0.1:54321"].how == "assumed"


def test_trap_02_three_formats() -> None:
    old = (
        "05-06 17:12:15.610 172.16.2.179:54321    26336  main      INFO: ----- H2O started  -----\n"
        "05-06 17:12:15.700 172.16.2.179:54321    26336  main      INFO: Java heap maxMemory: 1 GB"
        "\n"
        "05-06 17:13:15.610 172.16.2.179:54321    26336  #41469-12 ERRR: java.lang.Exception: bad\n"
        "05-06 17:13:15.610 172.16.2.179:54321    26336  #41469-12 ERRR: \tat water.A.b(A.java:1)\n"
    )
    analysis = examined({"old.log": old, "new.log": banner()})
    nodes = {node.node: node for node in analysis.case.nodes}
    assert nodes["172.16.2.179:54321"].xmx_bytes == 2**30
    assert nodes["127.0.0.1:54321"].h2o_version == "3.46.0.12"
    warned = analysis.tables["warnings"].filter(node="172.16.2.179:54321").rows(named=True)
    assert [(row["level"], row["thread"], row["count"]) for row in warned] == [
        ("ERROR", "#41469-12", 1)
    ]


@pytest.mark.parametrize("newest", ("highest", "lowest"))
def test_trap_03_rotated_files_in_either_order(newest: str) -> None:
    speech = "".join(
        line(f"06:{n // 6:02d}:{n % 6 * 10:02d}.000", f"tick {n}") for n in range(1, 120)
    )
    parts = (banner() + speech).splitlines(keepends=True)
    third = len(parts) // 3
    pieces = ["".join(parts[:third]), "".join(parts[third : 2 * third])]
    last = "".join(parts[2 * third :]) + line("06:59:59.000", "after a long silence")
    names = (".1", ".2") if newest == "highest" else (".2", ".1")
    files: dict[str, str | bytes] = {
        f"n/x-3-info.log{names[0]}": pieces[0],
        f"n/x-3-info.log{names[1]}": pieces[1],
        "n/x-3-info.log": last,
    }
    analysis = examined(files)
    (node,) = analysis.case.nodes
    assert (node.run, node.started, node.last_seen) == (1, 1795327200000, 1795330799000)
    assert node.xmx_bytes == 800 * 2**20
    silences = analysis.tables["gaps"].rows(named=True)
    # No silence where one file ends and the next begins; the long one is in the newest file.
    assert [row["silent_ms"] // 60_000 for row in silences] == [40]


def test_trap_04_one_event_stored_five_times_is_counted_once() -> None:
    event = line("06:01:00.000", FAILED_JOB, level="ERROR", thread="FJ-1-1")
    info = banner() + event
    files: dict[str, str | bytes] = {
        "n/h2o-1-trace.log": info + line("06:02:00.000", "t", level="TRACE"),
        "n/h2o-2-debug.log": info + line("06:02:00.000", "d", level="DEBUG"),
        "n/h2o-3-info.log": info,
        "n/h2o-4-warn.log": event,
        "n/h2o-5-error.log": event + line("06:03:00.000", "x", level="ERROR"),
        "n/stdout.log": info + "a bare line\n",
        "n/stderr.log": event + "another\n",
    }
    once = examined({"n/h2o-3-info.log": info})
    analysis = examined(files)
    (found,) = (
        j.finding for j in analysis.diagnosis.findings if j.finding.condition == "oom.train"
    )
    (alone,) = (j.finding for j in once.diagnosis.findings if j.finding.condition == "oom.train")
    assert found.count == alone.count == 1


def test_trap_04_stdout_and_stderr_captured_together() -> None:
    event = line("06:01:00.000", FAILED_JOB, level="ERROR", thread="FJ-1-1")
    once = hits({"out.log": banner() + event}, "MEM002")
    twice = hits({"out.log": banner() + event + event}, "MEM002")
    assert once
    assert [hit.text for hit in twice] == [hit.text for hit in once]


def test_trap_05_level_files_cover_different_windows() -> None:
    early = line("06:01:00.000", FAILED_JOB, level="ERROR", thread="FJ-1-1")
    late = line("07:00:00.000", FAILED_JOB, level="ERROR", thread="FJ-1-1")
    files: dict[str, str | bytes] = {
        "n/h2o-5-error.log": early + late,
        "n/h2o-3-info.log": line("06:59:00.000", "begins late") + late,
        "n/h2o-1-trace.log": banner("05:59:59.000") + line("06:00:30.000", "rotated away"),
    }
    analysis = examined(files)
    (finding,) = (
        j.finding for j in analysis.diagnosis.findings if j.finding.condition == "oom.train"
    )
    assert finding.count == 2
    assert (finding.first_seen, finding.last_seen) == (1795327260000, 1795330800000)
    assert analysis.case.nodes[0].started is not None


def test_trap_06_no_word_of_a_heartbeat_proves_nothing() -> None:
    # A frozen peer leaves nothing at INFO: two quiet logs must not be called a healthy proof.
    quiet = banner() + line("06:10:00.000", "POST /3/Parse, parms: {}")
    files: dict[str, str | bytes] = {
        "a/a.log": quiet,
        "b/b.log": quiet.replace("54321 ", "54323 "),
    }
    analysis = examined(files)
    assert "node.lost" not in conditions(analysis)
    assert "node.frozen" not in conditions(analysis)
    levels = {row.level for row in analysis.case.coverage}
    assert levels == {"INFO"}


def test_trap_07_gc_callback_is_no_out_of_memory() -> None:
    text = (
        "Unblock allocations; cache below desired, but also OOM: GC CALLBACK, (K/V:3.9 MB + "
        "POJO:112.6 MB + FREE:37.0 MB == MEM_MAX:153.5 MB), desiredKV=19.2 MB OOM!"
    )
    log = banner() + line("06:14:37.586", text, level="WARN", thread="ion Thread")
    assert not {one for one in conditions(examined({"a.log": log})) if one.startswith("oom.")}


def test_trap_08_validation_text_is_no_fault_of_the_system() -> None:
    log = (
        banner()
        + line(
            "06:20:00.000",
            "_learn_rate: learn_rate must be between 0 and 1",
            level="ERROR",
            thread="FJ-1-1",
        )
        + line("06:20:01.000", "Details: ERRR on field: _learn_rate: learn_rate must be 0 to 1")
    )
    analysis = examined({"a.log": log})
    assert not faults(analysis)
    levels = analysis.tables["minutes"].rows(named=True)
    assert [(row["level"], row["count"]) for row in levels] == [("ERROR", 1)]


def test_trap_09_the_exception_follows_an_empty_message() -> None:
    log = banner() + line("06:01:00.000", FAILED_JOB, level="ERROR", thread="FJ-1-1")
    analysis = examined({"a.log": log})
    (row,) = analysis.tables["exceptions"].rows(named=True)
    assert row["class"] == "water.util.DistributedException"
    assert (row["root_class"], row["root_message"]) == (
        "java.lang.OutOfMemoryError",
        "Java heap space",
    )
    assert (row["from_node"], row["depth"], row["count"]) == ("127.0.0.1:54321", 2, 1)
    assert "oom.train" in conditions(analysis)


def test_trap_10_a_thread_dump_is_no_failure() -> None:
    dump = (
        "HttpReq traces",
        "  10.20.0.11:54321",
        '"qtp1-18" #18 prio=5 RUNNABLE',
        "   at java.lang.Throwable.printStackTrace(Throwable.java:600)",
        "   at water.util.JStackCollectorTask.setupLocal(JStackCollectorTask.java:40)",
        "   at water.persist.PersistManager.delete(PersistManager.java:1)",
        "FJ traces",
        '"Heartbeat" #30 daemon prio=10 TIMED_WAITING',
        "   at water.HeartBeatThread.run(HeartBeatThread.java:130)",
        "Thread Summary (Summary of running threads):",
        "      Threads       Count",
        "        TOTAL          52",
    )
    log = banner() + "".join(line("06:05:00.000", text, thread="4827909-16") for text in dump)
    analysis = examined({"a.log": log})
    assert not faults(analysis)
    assert analysis.tables["exceptions"].is_empty()
    assert not analysis.unexplained


def test_trap_11_a_time_limit_of_zero_is_none() -> None:
    text = "Due to the grid time limit, changing model max runtime to: 0.0 secs."
    log = banner() + line("06:21:06.900", text, thread="FJ-1-1")
    assert "automl.timeout" not in conditions(examined({"a.log": log}))
    assert not faults(examined({"a.log": log}))


def test_trap_12_folds_counted_from_one_and_from_zero() -> None:
    log = banner()
    for number in range(3):
        text = f"Building cross-validation model {number + 1} / 3."
        log += line(f"06:30:1{number}.000", text, thread="FJ-1-3", logger="hex.CVModelBuilder")
    for number in range(3):
        text = f"Completed cross-validation model {number} / 3."
        log += line(f"06:30:3{number}.000", text, thread="FJ-1-3", logger="hex.CVModelBuilder")
    analysis = examined({"a.log": log})
    # Fold 3 was begun and "fold 3" never completed: it must not look unfinished.
    assert not faults(analysis)
    assert not analysis.diagnosis.root_causes


def test_trap_13_milliseconds_of_automl_events_are_not_padded() -> None:
    text = "AutoML job created: 2026.11.22 06:00:00.51"
    log = banner() + line("06:00:00.052", text) + line("06:00:00.060", "05:45:55.51 x")
    case = examined({"a.log": log}).case
    # No clock is taken from such stamps: .51 is 51 ms, and the line's own stamp is there.
    assert case.clocks["127.0.0.1:54321"].because.startswith("start-up line X-h2o-cluster-id")
    assert case.last_ms == 1795327200060


def zipped(members: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


def test_trap_14_the_hour_of_an_archive_is_not_used() -> None:
    log = line("17:46:00.000", "first") + line("17:46:31.000", "Collecting logs.")
    outer = "h2ologs_20261122_054632"
    inner = {"h2ologs_node0_127.0.0.1_54321/h2o_127.0.0.1_54321-3-info.log": log}
    archive = zipped({f"{outer}/node0_127.0.0.1_54321.zip": zipped({**inner})})
    case = examined({f"{outer}.zip": archive}).case
    assert case.clocks["127.0.0.1:54321"].year == 2026
    assert case.first_ms == 1795369560000  # 17:46, not 05:46


def test_trap_15_node_not_healthy_is_evidence() -> None:
    outer = "h2ologs_20261122_054632"
    alive = {"h2ologs_node0_127.0.0.1_54321/h2o_127.0.0.1_54321-3-info.log": banner()}
    archive = zipped({
        f"{outer}/node0_127.0.0.1_54321.zip": zipped({**alive}),
        f"{outer}/node1_127.0.0.1_54323.zip": b"Node not healthy",
    })  # fmt: skip
    analysis = examined({f"{outer}.zip": archive})
    codes = {problem.code for problem in analysis.case.problems}
    assert codes == {"node_not_healthy"}
    assert "127.0.0.1:54323" in {gap.node for gap in analysis.case.gaps}


def test_trap_16_a_shared_log_directory() -> None:
    own = {port: banner(node=f"127.0.0.1:{port}", pid=str(port - 50000)) for port in (54321, 54323)}
    own[54323] += line("06:01:00.000", FAILED_JOB, level="ERROR", node="127.0.0.1:54323")
    members: dict[str, str | bytes] = {
        f"h2o_127.0.0.1_{port}-3-info.log": log for port, log in own.items()
    }
    outer = "h2ologs_20261122_054632"
    archive = zipped({
        f"{outer}/node{at}_127.0.0.1_{port}.zip": zipped({
            f"h2ologs_node{at}_127.0.0.1_{port}/{name}": log for name, log in members.items()
        })
        for at, port in enumerate(own)
    })  # fmt: skip
    analysis = examined({f"{outer}.zip": archive})
    assert [node.node for node in analysis.case.nodes] == ["127.0.0.1:54321", "127.0.0.1:54323"]
    assert [node.pid for node in analysis.case.nodes] == [4321, 4323]
    (found,) = (
        j.finding for j in analysis.diagnosis.findings if j.finding.condition == "oom.train"
    )
    assert found.count == 1
    read = [one for one in analysis.case.artifacts if one.kind == "h2o_log" and one.state == "read"]
    assert {one.node for one in read} == {f"127.0.0.1:{port}" for port in own}
    assert len(read) == 2  # the other zip holds the same bytes


def test_trap_17_allocation_failure_is_normal() -> None:
    text = (
        'GC logging is enabled, you might see messages containing "GC (Allocation Failure)". '
        "Please note that this is a normal part of GC operations and occurrence of such messages "
        "doesn't directly indicate an issue."
    )
    gc = "[12.345s][info][gc] GC(3) Pause Young (Allocation Failure) 60M->33M(365M) 9.160ms\n"
    analysis = examined({"n/a.log": banner() + line("06:00:01.000", text), "n/gc.log": gc * 5})
    assert not faults(analysis)
    assert not analysis.unexplained


def test_trap_18_a_foreign_node_is_no_lost_member() -> None:
    formed = "Cloud of size 2 formed [localhost/127.0.0.1:54321, localhost/127.0.0.1:54323]"
    log = banner() + line("06:00:10.000", formed)
    foreign = log
    for second in range(10, 59, 5):
        clock = f"06:05:{second}.000"
        foreign += line(clock, IO_ERROR, level="ERROR", thread=".0.1:59999")
    member = foreign.replace(".0.1:59999", ".0.1:54323")
    assert "node.lost" not in conditions(examined({"a.log": foreign}))
    assert {"node.lost", "node.killed"} & conditions(examined({"a.log": member}))


def test_trap_19_a_start_that_failed_before_there_was_a_log() -> None:
    out = (
        "11-22 06:00:00.000 main INFO: buffered, never logged\n"
        "IP address not found on this machine\n"
    )
    analysis = examined({"n/stdout.log": out})
    (artifact,) = analysis.case.artifacts
    assert (artifact.kind, artifact.state, artifact.node) == ("console", "read", None)
    assert analysis.diagnosis.verdict != "healthy"


def test_trap_20_a_licence_gate_is_no_crash() -> None:
    gate = (
        "H2O-3 SECURE REQUIRED - MOJO export is blocked. MOJO export is a production capability "
        "available only in H2O-3 Secure, the commercially supported tier of H2O-3."
    )
    error = f"\nwater.exceptions.H2OIllegalArgumentException: {gate}\n"
    error += "\tat water.EnterpriseGate.block(EnterpriseGate.java:100)"
    log = banner() + line("06:16:14.000", error, level="ERROR", thread="1519316-17")
    assert conditions(examined({"a.log": log})) >= {"feature.blocked"}
    assert not faults(examined({"a.log": log})) - {"feature.blocked"}
