# ruff: noqa: E501 - lines of logs stand here as they are
"""Analyses made by hand, as the pipeline would make them: one sick, one healthy, one without an answer."""

from datetime import UTC, datetime

import polars as pl
from msgspec import Struct

from h2o_forensics.model.artifact import Artifact, Case, Clock, Cloud, Gap, Node
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.diagnosis import (
    CauseLink,
    Diagnosis,
    Incident,
    JudgedFinding,
    Unexplained,
    WhyNot,
)
from h2o_forensics.model.evidence import Analysis, TimelineEntry
from h2o_forensics.model.finding import Evidence, Finding, RemedyText
from h2o_forensics.model.tables import make_table
from tests import jvm_samples

A, B, C = "10.0.0.1:54321", "10.0.0.2:54321", "10.0.0.3:54321"
GIB = 2**30
DAY = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp() * 1000)


def at(clock: str) -> int:
    """Epoch ms of `hh:mm:ss.mmm` on the day of the case."""
    hours, minutes, seconds = clock.split(":")
    return DAY + int(hours) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds) * 1000)


def path(node: str, level: int = 3, name: str = "info") -> str:
    ip, port = node.split(":")
    return f"logs.zip!node_{ip}_{port}.zip!h2o_{ip}_{port}-{level}-{name}.log"


def node(name: str, end: str, last: str, xmx: int = 4 * GIB) -> Node:
    return Node(
        node=name,
        run=1,
        h2o_version="3.46.0.12",
        java_version="17.0.19",
        pid=4242,
        host="worker",
        xmx_bytes=xmx,
        physical_bytes=64 * GIB,
        cores=16,
        cloud_name="fraud-train",
        started=at("08:57:11.178"),
        last_seen=at(last),
        end=end,
        facts={"jvm_args": "-Xmx4g -ea"},
    )


def line(  # noqa: PLR0917 - one line of evidence, one call
    artifact: str, where: str, number: int, clock: str, about: str, text: str
) -> Evidence:
    return Evidence(
        artifact=artifact,
        path=where,
        kind="line",
        line=number,
        line_end=None,
        pointer=None,
        time=at(clock),
        node=about,
        text=text,
    )


def _oom() -> JudgedFinding:
    log = path(B)
    evidence = (
        line(
            "A2",
            log,
            1811,
            "09:12:04.551",
            B,
            "11-22 09:12:04.551 10.0.0.2:54321          4242     FJ-1-11  WARN water.default: Unblock allocations;"
            " cache below desired, but also OOM: OOM, (K/V:214.5 MB + POJO:3.61 GB + FREE:176.3 MB == MEM_MAX:4.00 GB),"
            " desiredKV=512.0 MB OOM!",
        ),
        line(
            "A2",
            log,
            1840,
            "09:12:31.002",
            B,
            "11-22 09:12:31.002 10.0.0.2:54321          4242     FJ-1-11 ERROR water.default: "
            "java.lang.OutOfMemoryError: Java heap space",
        ),
        Evidence(
            artifact="A2",
            path=log,
            kind="range",
            line=1841,
            line_end=1844,
            pointer=None,
            time=at("09:12:31.002"),
            node=B,
            text="\tat hex.tree.DHistogram.init(DHistogram.java:302)\n"
            "\tat hex.tree.ScoreBuildHistogram2$ComputeHistoThread.map(ScoreBuildHistogram2.java:406)\n"
            "\tat water.LocalMR.compute2(LocalMR.java:89)\n\tat water.H2O$H2OCountedCompleter.compute(H2O.java:1704)",
        ),
    )
    remedies = (
        RemedyText(
            do="Restart all three nodes with a heap of at least 8 GB each.",
            why="The trees of this forest need about 6.4 GB per node; 4 GB were given and each machine has 64 GB.",
            command="java -Xmx8g -jar h2o.jar -name fraud-train -flatfile flatfile.txt -port 54321",
            risk="All frames and models in memory are lost; save them first.",
            reference="https://docs.h2o.ai/h2o/latest-stable/h2o-docs/starting-h2o.html",
        ),
        RemedyText(
            do="Or train with less: max_depth 12 instead of 20.",
            why="The memory of a forest doubles with each level of depth.",
            command=None,
            risk="The model may lose some accuracy.",
            reference=None,
        ),
    )
    finding = Finding(
        rule="MEM002",
        condition="oom.train",
        title="The heap ran out while a model was trained",
        harm="fault",
        severity="critical",
        confidence=0.94,
        nodes=(B,),
        since=at("09:11:20.0"),
        first_seen=at("09:12:04.551"),
        last_seen=at("09:12:31.002"),
        count=14,
        message="10.0.0.2:54321 ran out of memory while the job drf_fraud was training: 3.61 GB of its 4.00 GB heap were "
        "working objects, only 214.5 MB were cached data.",
        explain="Each node works inside a fixed amount of memory, the heap. Training builds large working objects (here: "
        "the histograms of a deep forest). When they no longer fit, an allocation fails with OutOfMemoryError, "
        "and the work that asked for it dies.",
        facts={
            "xmx_mb": 4096,
            "pojo_bytes": 3876192911,
            "kv_bytes": 224919552,
            "share": 0.9025,
            "job": "drf_fraud",
            "peer_max_xmx_bytes": None,
        },
        evidence=evidence,
        remedies=remedies,
    )
    return JudgedFinding(
        id="F1",
        fingerprint="7d1c0b5e9a2f4c38",
        finding=finding,
        role="root_cause",
        caused_by=(),
        why_confident="An OutOfMemoryError was thrown inside the training task and ended it; memory was working "
        "objects (POJO), not data (K/V).",
        why_not=(
            WhyNot("oom.import", "K/V held 5 % of the heap: the data fitted."),
            WhyNot("heap.misallocated", "All three nodes were given the same heap of 4.00 GB."),
            WhyNot("data.skew", "Rows are spread evenly (largest share 34 %)."),
        ),
    )


def _lost() -> JudgedFinding:
    finding = Finding(
        rule="NET004",
        condition="node.lost",
        title="A node became unreachable for its peers",
        harm="fault",
        severity="high",
        confidence=0.9,
        nodes=(B,),
        since=None,
        first_seen=at("09:13:40.918"),
        last_seen=at("09:14:55.120"),
        count=6,
        message="10.0.0.1:54321 and 10.0.0.3:54321 heard nothing from 10.0.0.2:54321 for 69 s.",
        explain="Nodes tell each other every second that they are alive. After 60 s of silence a node counts as gone.",
        facts={"silent_s": 69},
        evidence=(
            line(
                "A1",
                path(A),
                2207,
                "09:13:40.918",
                B,
                "11-22 09:13:40.918 10.0.0.1:54321          4242    #Thread-3  WARN water.default: "
                "Node 10.0.0.2:54321 has not been heard from for 69 s",
            ),
            line(
                "A3",
                path(C),
                2190,
                "09:13:41.202",
                B,
                "11-22 09:13:41.202 10.0.0.3:54321          4242    #Thread-3  WARN water.default: "
                "Node 10.0.0.2:54321 has not been heard from for 69 s",
            ),
        ),
        remedies=(
            RemedyText(
                "Fix the memory first; the node left because of it.",
                "A consequence.",
                None,
                None,
                None,
            ),
        ),
    )
    link = CauseLink("F1", "F2", "the node that ran out of memory stopped answering", 96_367)
    return JudgedFinding(
        id="F2",
        fingerprint="01f5c2aa90b7d3e4",
        finding=finding,
        role="symptom",
        caused_by=(link,),
        why_confident="Both peers say so within a second.",
        why_not=(WhyNot("net.partition", "Only one node was suspected, by all others."),),
    )


def _stalled() -> JudgedFinding:
    finding = Finding(
        rule="JOB001",
        condition="job.stalled",
        title="A job made no more progress",
        harm="fault",
        severity="high",
        confidence=0.85,
        nodes=(A,),
        since=at("09:13:40.918"),
        first_seen=at("09:14:30.0"),
        last_seen=at("09:58:12.4"),
        count=44,
        message="The job drf_fraud stayed at 62 % from 09:14:30 until the end of the logs, 43 min 42 s later.",
        explain="A job waits for every node that holds a part of the data. When one is gone, it waits for ever.",
        facts={"job": "drf_fraud", "progress": 0.62},
        evidence=(
            Evidence(
                "A4",
                "rest/3_Jobs_0958.json",
                "pointer",
                None,
                None,
                "/jobs/0/progress",
                at("09:58:12.4"),
                A,
                '"progress": 0.62, "progress_msg": "Growing trees"',
            ),
        ),
        remedies=(
            RemedyText(
                "Cancel the job; it will not end by itself.",
                "A node it waits for is gone.",
                "curl -X POST http://10.0.0.1:54321/3/Jobs/drf_fraud/cancel",
                None,
                None,
            ),
        ),
    )
    link = CauseLink("F2", "F3", "the job waits for the part of the node that is gone", 49_082)
    return JudgedFinding(
        id="F3",
        fingerprint="5b3ce0a1d6f84972",
        finding=finding,
        role="symptom",
        caused_by=(link,),
        why_confident="Its progress is the same in 44 snapshots.",
        why_not=(),
    )


def open_api(ident: str = "F4") -> JudgedFinding:
    finding = Finding(
        rule="CFG003",
        condition="api.open",
        title="The API listens on all interfaces without a login",
        harm="remark",
        severity="low",
        confidence=0.8,
        nodes=(A,),
        since=None,
        first_seen=at("08:57:11.9"),
        last_seen=None,
        count=1,
        message="Anyone who reaches 10.0.0.1:54321 can read the data.",
        explain="H2O has no login unless it is switched on.",
        facts={},
        evidence=(
            line(
                "A1",
                path(A),
                31,
                "08:57:11.900",
                A,
                "11-22 08:57:11.900 10.0.0.1:54321          4242         main  WARN water.default: "
                "SECURITY_WARNING: web_ip is not specified.",
            ),
        ),
        remedies=(
            RemedyText("Bind to one address.", "Less is exposed.", "-web_ip 10.0.0.1", None, None),
        ),
    )
    return JudgedFinding(ident, "c0ffee0123456789", finding, "info", (), "The line says so.", ())


def _artifacts() -> tuple[Artifact, ...]:
    sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    return (
        Artifact("A1", path(A), "h2o_log", A, 1_204_221, sha, 9120),
        Artifact("A2", path(B), "h2o_log", B, 402_118, sha, 1871),
        Artifact("A3", path(C), "h2o_log", C, 1_190_007, sha, 9033),
        Artifact("A4", "rest/3_Jobs_0958.json", "rest_jobs", A, 4_180, sha, 1),
        Artifact("A5", "copy/info.log", "h2o_log", A, 1_204_221, sha, 9120, "duplicate", path(A)),
        Artifact("A6", "models/drf_fraud.zip", "model", None, 88_121, sha, None, "listed"),
        Artifact("A7", "dump.bin", "binary", None, 10_000_000, None, None, "refused"),
    )


def _case(nodes: tuple[Node, ...], artifacts: tuple[Artifact, ...], **more: object) -> Case:
    clocks = {
        item.node: Clock("+00:00", 2026, "stated", "the banner's time zone", 12) for item in nodes
    }
    fields: dict[str, object] = {
        "sources": ("logs.zip", "rest"),
        "artifacts": artifacts,
        "nodes": nodes,
        "clocks": clocks,
        "cloud": Cloud(expected=3, largest=3, locked_by="a job"),
        "coverage": (),
        "first_ms": at("08:57:11.178"),
        "last_ms": at("09:58:12.4"),
    }
    return Case(**(fields | more))  # type: ignore[arg-type]


def _chunks() -> dict[str, pl.DataFrame]:
    rows: list[dict[str, object]] = [
        {
            "node": A,
            "run": 1,
            "ts": datetime(2026, 11, 22, 9, 1, 2, tzinfo=UTC),
            "artifact": "A1",
            "line": 400 + i,
            "frame": "fraud.hex",
            "holder": holder,
            "rows": rows,
            "chunks_per_column": 16,
            "size_bytes": rows * 120,
            "frame_rows": 6_000_000,
            "nodes_in_frame": 3,
            "row_share": rows / 6_000_000,
            "max_over_mean": 1.02,
        }
        for i, (holder, rows) in enumerate([(A, 2_040_000), (B, 1_990_000), (C, 1_970_000)])
    ]
    return {"chunks": make_table("chunks", rows)}


def _timeline() -> tuple[TimelineEntry, ...]:
    return (
        TimelineEntry(
            at("08:57:11.178"), A, "start", "H2O 3.46.0.12 started", None, "A1", path(A), 1
        ),
        TimelineEntry(
            at("08:57:12.002"), B, "start", "H2O 3.46.0.12 started", None, "A2", path(B), 1
        ),
        TimelineEntry(
            at("08:57:12.481"), C, "start", "H2O 3.46.0.12 started", None, "A3", path(C), 1
        ),
        TimelineEntry(
            at("08:57:16.020"), A, "cloud", "Cloud of size 3 formed", None, "A1", path(A), 66
        ),
        TimelineEntry(
            at("09:01:01.700"), A, "locked", "Cloud locked: a job began", None, "A1", path(A), 398
        ),
        TimelineEntry(at("09:04:22.000"), A, "job", "drf_fraud started", None, "A1", path(A), 611),
        TimelineEntry(
            at("09:12:04.551"),
            B,
            "finding",
            "The heap ran out while a model was trained",
            "F1",
            "A2",
            path(B),
            1811,
        ),
        TimelineEntry(
            at("09:12:33.400"),
            B,
            "last_record",
            "Last line of this node's log",
            None,
            "A2",
            path(B),
            1871,
        ),
        TimelineEntry(
            at("09:13:40.918"),
            B,
            "finding",
            "A node became unreachable for its peers",
            "F2",
            "A1",
            path(A),
            2207,
        ),
        TimelineEntry(
            at("09:14:30.000"),
            A,
            "finding",
            "A job made no more progress",
            "F3",
            "A4",
            "rest/3_Jobs_0958.json",
            None,
        ),
    )


def _analysis(case: Case, diagnosis: Diagnosis, **more: object) -> Analysis:
    fields: dict[str, object] = {
        "case": case,
        "tables": {},
        "diagnosis": diagnosis,
        "unexplained": (),
        "timeline": (),
        "rulebook_version": "0.1.0",
        "rulebook_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "rulebook_rules": 58,
    }
    return Analysis(**(fields | more))  # type: ignore[arg-type]


def incident() -> Analysis:
    """Three nodes; one runs out of memory, is lost, and the job waits for ever."""
    nodes = (
        node(A, "running", "09:58:12.4"),
        node(B, "unknown", "09:12:33.4"),
        node(C, "running", "09:58:11.1"),
    )
    case = _case(
        nodes,
        _artifacts(),
        problems=(
            Problem("dump.bin", "too_big", "larger than the limit; give the log files alone", 1),
            Problem(path(C), "truncated", "the last record is cut", 1),
        ),
    )
    findings = (_oom(), _lost(), _stalled(), open_api())
    diagnosis = Diagnosis(
        verdict="incident",
        summary="Node 10.0.0.2:54321 ran out of memory while training the forest drf_fraud at 09:12 UTC and stopped "
        "answering. The job has waited for it ever since. Give each node at least 8 GB of heap and start again.",
        root_causes=("F1",),
        findings=findings,
        incidents=(Incident("I1", ("F1", "F2", "F3"), (A, B), at("09:11:20.0"), at("09:58:12.4")),),
        gaps=(
            Gap(
                B,
                "gc_log",
                at("09:10:00.0"),
                at("09:15:00.0"),
                "No GC log of this node was given.",
                "The file named by -Xlog:gc* on 10.0.0.2, to see how full the heap was.",
            ),
        ),
    )
    unexplained = (
        Unexplained(
            "Cookie rejected: <*>",
            3,
            "Cookie rejected: Illegal domain attribute",
            "A1",
            path(A),
            707,
            at("09:05:01.0"),
            A,
        ),
    )
    return _analysis(
        case,
        diagnosis,
        tables=_chunks(),
        unexplained=unexplained,
        timeline=_timeline(),
        jvms=(jvm_samples.thrashing(node=B), jvm_samples.healthy(node=A, run=1, tied_by="pid")),
    )


def healthy() -> Analysis:
    """One node, nothing wrong, one remark, a model that was not judged."""
    case = _case(
        (node(A, "exit", "09:58:12.4"),),
        tuple(item for item in _artifacts() if item.id in {"A1", "A4", "A6"}),
        cloud=Cloud(expected=1, largest=1, locked_by=None),
    )
    diagnosis = Diagnosis(
        verdict="healthy",
        summary="Nothing failed in the hour these logs cover. All jobs that began also ended.",
        root_causes=(),
        findings=(open_api("F1"),),
        incidents=(),
        gaps=(),
    )
    return _analysis(case, diagnosis, timeline=_timeline()[:1])


def at_risk() -> Analysis:
    """Nothing failed, but a heap is larger than its machine."""
    base = incident()
    oom = _oom()
    risk = JudgedFinding(
        id="F1",
        fingerprint=oom.fingerprint,
        finding=Finding(
            rule="MEM010",
            condition="heap.misallocated",
            title="The heap is larger than the machine's memory",
            harm="risk",
            severity="high",
            confidence=0.9,
            nodes=(A, B, C),
            since=None,
            first_seen=at("08:57:11.178"),
            last_seen=None,
            count=3,
            message="All three nodes may grow to 96 GB on machines of 64 GB.",
            explain="A heap that does not fit is moved to disk by the system, and everything becomes very slow.",
            facts={"xmx_bytes": 96 * GIB},
            evidence=(line("A1", path(A), 12, "08:57:11.178", A, "Java heap maxMemory: 96.0 GB"),),
            remedies=oom.finding.remedies[:1],
        ),
        role="risk",
        caused_by=(),
        why_confident="Both numbers stand in the banner.",
        why_not=(),
    )
    diagnosis = Diagnosis(
        "at_risk",
        "Nothing failed yet, but the heap does not fit the machines.",
        ("F1",),
        (risk,),
        (),
        (),
    )
    return _analysis(base.case, diagnosis, timeline=_timeline()[:5])


def insufficient() -> Analysis:
    """A log that just ends: what happened cannot be told from what was given."""
    nodes = (node(A, "running", "09:58:12.4"), node(B, "unknown", "09:12:33.4"))
    lost = JudgedFinding(
        id="F1",
        fingerprint="01f5c2aa90b7d3e4",
        finding=_lost().finding,
        role="symptom",
        caused_by=(),
        why_confident="Only one peer's word.",
        why_not=(),
    )
    gaps = (
        Gap(
            B,
            "kernel_log",
            at("09:10:00.0"),
            at("09:15:00.0"),
            "Nothing tells why the process ended.",
            "dmesg -T or journalctl -k of 10.0.0.2 around 09:12 UTC",
        ),
        Gap(
            B,
            "gc_log",
            None,
            None,
            "The memory of the last minutes is not known.",
            "the JVM's GC log on 10.0.0.2",
        ),
        Gap(
            None,
            "console",
            None,
            None,
            "What H2O printed to the console is missing.",
            "stdout and stderr of the launcher",
        ),
    )
    diagnosis = Diagnosis(
        verdict="insufficient_evidence",
        summary="Node 10.0.0.2:54321 was lost at 09:13 UTC. Nothing that was given says why.",
        root_causes=(),
        findings=(lost,),
        incidents=(Incident("I1", ("F1",), (B,), at("09:13:40.918"), None),),
        gaps=gaps,
    )
    return _analysis(_case(nodes, _artifacts()[:2]), diagnosis, timeline=_timeline()[:3])


def empty() -> Analysis:
    """Nothing known at all: every optional field is None or empty."""
    case = Case((), (), (), {}, Cloud(), (), None, None)
    diagnosis = Diagnosis("insufficient_evidence", "", (), (), (), ())
    return _analysis(case, diagnosis)


ALL = {
    "incident": incident,
    "at_risk": at_risk,
    "healthy": healthy,
    "insufficient": insufficient,
    "empty": empty,
}


def everywhere(text: str, keep: frozenset[str] = frozenset()) -> Analysis:
    """The incident with `text` in every field that holds text, but for fields named in `keep`."""

    def walk(value: object, name: str = "") -> object:
        if name in keep:
            return value
        if isinstance(value, str):
            return text
        if isinstance(value, tuple):
            return tuple(walk(item, name) for item in value)
        if isinstance(value, dict):
            return {walk(key): walk(item) for key, item in value.items()}
        if isinstance(value, Struct):
            fields = {item: walk(getattr(value, item), item) for item in value.__struct_fields__}
            return type(value)(**fields)
        return value

    whole = incident()
    cell = text.encode(errors="replace").decode()
    rows = [{"frame": cell, "holder": cell, "node": cell, "artifact": "A1", "line": 1, "rows": 1}]
    parts = {
        name: walk(getattr(whole, name), name)
        for name in whole.__struct_fields__
        if name != "tables"
    }
    return Analysis(tables={"chunks": make_table("chunks", rows)}, **parts)  # type: ignore[arg-type]


SETTLED = frozenset(
    {
        "verdict",
        "role",
        "severity",
        "kind",
        "how",
        "end",
        "state",
        "id",
        "root_causes",
        "cause",
        "effect",
    }
)
"""Fields whose values are names the report's schema fixes, or that tie findings together."""
