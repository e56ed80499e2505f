"""What must not tie a run to a node, and what names and copies say."""

import json
from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.jvm import Jvm
from h2o_forensics.readers.jvm_names import node_named, pids_named
from h2o_forensics.readers.lives import Life

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
A, B, C = "10.0.0.1:54321", "10.0.0.2:54323", "10.0.0.3:54325"


def gc_log(*, heap: int = 512, first: int = 0, pauses: int = 5, header: bool = True) -> str:
    """A log of G1 without dates; `first` tells one run from another."""
    lines = [
        "[0.010s][info][gc] Using G1\n",
        f"[0.021s][info][gc,init] Heap Max Capacity: {heap}M\n",
    ] if header else []  # fmt: skip
    for at in range(pauses):
        text = f"GC({at}) Pause Young (Normal) (G1 Evacuation Pause) {30 + at}M->{10 + at}M(256M)"
        lines.append(f"[{1.5 + at + first / 100:.3f}s][info][gc] {text} {3 + first}.{at}23ms\n")
    return "".join(lines)


@pytest.fixture
def start(line: Line) -> Callable[..., str]:
    """The lines of a start of a node in a cloud of several."""

    def make(node: str = A, members: str = "", *, pid: int = 4001, clock: str = "06:00:06",
             heap: int = 512, log: str = "") -> str:  # fmt: skip
        columns = {"node": node, "pid": str(pid)}
        said = [
            "----- H2O started  -----",
            f"JVM launch parameters: [-Xmx{heap}m{log and f', -Xlog:gc*,safepoint:file={log}'}]",
            f"JVM process id: {pid}@vm", "Log dir: '/srv/h2o/logs'", "Cur dir: '/srv/h2o'",
        ]  # fmt: skip
        named = members.split() or [node]
        cloud = ", ".join(f"/{one}" for one in named)
        said.append(f"Cloud of size {len(named)} formed [{cloud}]")
        return "".join(line(f"{clock}.{100 + n}", text, **columns) for n, text in enumerate(said))

    return make


def ties(jvms: tuple[Jvm, ...]) -> list[tuple[str | None, int | None, str | None]]:
    return [(jvm.node, jvm.run, jvm.tied_by) for jvm in jvms]


NOBODY = [(None, None, None)]


@pytest.mark.parametrize("path", ("gc.txt", "logs/gc.txt", "gc/gc.txt"))
def test_beside_one_nodes_logs_it_may_be_of_a_member_without_logs(
    read: Read, start: Callable[..., str], path: str
) -> None:
    logs = start(A, f"{A} {B}")
    assert ties(read({"logs/h2o.log": logs, path: gc_log()}).jvms) == NOBODY
    assert ties(read({"logs/h2o.log": start(A), path: gc_log()}).jvms) == [(A, 1, "folder")]


def test_members_that_only_a_snapshot_names_count(read: Read, start: Callable[..., str]) -> None:
    nodes = [{"h2o": A, "ip_port": A, "healthy": True}, {"h2o": B, "ip_port": B, "healthy": True}]
    cloud = {"__meta": {"schema_type": "CloudV3"}, "cloud_size": 2, "nodes": nodes}
    files = {"h2o.log": start(A), "gc.txt": gc_log(), "cloud.json": json.dumps(cloud)}
    assert ties(read(files).jvms) == NOBODY


def test_where_each_node_has_its_folder_a_member_without_logs_changes_nothing(
    read: Read, start: Callable[..., str]
) -> None:
    members = f"{A} {B} {C}"
    files = {"a/h2o.log": start(A, members), "b/h2o.log": start(B, members, pid=4002),
             "a/gc.log": gc_log()}  # fmt: skip
    assert ties(read(files).jvms) == [(A, 1, "folder")]


@pytest.mark.parametrize(
    ("log", "path", "known"),
    (
        ("/srv/h2o/gc.log", "n/gc.log", True),
        ("gc-%t.log", "n/gc-2026-11-22_06-00-00.log.0", True),
        ("/srv/h2o/gc.log", "n/logs/gc.log", False),
        ("/srv/h2o/gc.log", "n/other.log", False),
        ("/var/log/gc.log", "n/gc.log", False),
    ),
)
def test_a_folder_that_is_as_the_node_wrote_it_is_the_nodes(
    read: Read, start: Callable[..., str], log: str, path: str, *, known: bool
) -> None:
    files = {"n/logs/h2o.log": start(A, f"{A} {B}", log=log), path: gc_log()}
    assert ties(read(files).jvms) == ([(A, 1, "folder")] if known else NOBODY)


def test_a_heap_is_no_proof_where_a_members_heap_is_unknown(
    read: Read, start: Callable[..., str]
) -> None:
    members = f"{A} {B} {C}"
    texts = start(A, members, heap=300) + start(B, members, pid=4002)
    assert ties(read({"all.log": texts, "gc/gc.txt": gc_log()}).jvms) == NOBODY
    members = f"{A} {B}"
    texts = start(A, members, heap=300) + start(B, members, pid=4002)
    assert ties(read({"all.log": texts, "gc/gc.txt": gc_log()}).jvms) == [(B, 1, "heap")]


@pytest.mark.parametrize("path", ("gc_54323.log", "node_54323/gc.log", "10-0-0-2_54323.gc.txt"))
def test_a_port_in_a_name_tells_the_node_with_or_without_logs(
    read: Read, start: Callable[..., str], path: str
) -> None:
    files = {"h2o.log": start(A, f"{A} {B}"), path: gc_log()}
    assert ties(read(files).jvms) == [(B, 1, "port")]


def test_a_port_that_contradicts_the_folder_leaves_it_open(
    read: Read, start: Callable[..., str]
) -> None:
    files = {"a/h2o.log": start(A), "b/h2o.log": start(B, pid=4002), "a/gc_54323.log": gc_log()}
    assert ties(read(files).jvms) == NOBODY


def test_a_pid_in_a_name_tells_the_life_if_it_is_one_that_is_known(
    read: Read, start: Callable[..., str]
) -> None:
    logs = start() + start(pid=4009, clock="06:05:06")
    files = {"a/h2o.log": logs, "a/gc-pid4009.log": gc_log(), "a/gc-pid4001.log": gc_log(first=1)}
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "pid"), (A, 2, "pid")]
    assert [jvm.sources for jvm in jvms] == [("a/gc-pid4001.log",), ("a/gc-pid4009.log",)]
    assert [jvm.pid for jvm in jvms] == [4001, 4009]
    files = {"a/h2o.log": start(), "a/gc-pid5555.log": gc_log()}
    assert ties(read(files).jvms) == [(A, 1, "folder")]


def test_after_a_restart_with_another_heap_the_heap_tells_the_life(
    read: Read, start: Callable[..., str]
) -> None:
    logs = start(heap=512) + start(pid=4009, clock="06:05:06", heap=1200)
    files = {"a/h2o.log": logs, "a/one.log": gc_log(heap=1200), "a/two.log": gc_log(first=1)}
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "folder"), (A, 2, "folder")]
    assert [jvm.sources for jvm in jvms] == [("a/two.log",), ("a/one.log",)]


def test_after_a_restart_with_the_same_heap_the_life_stays_open(
    read: Read, start: Callable[..., str]
) -> None:
    logs = start() + start(pid=4009, clock="06:05:06")
    assert ties(read({"a/h2o.log": logs, "a/gc.log": gc_log()}).jvms) == [(A, None, "folder")]


def test_the_copy_in_the_nodes_folder_is_kept(read: Read, start: Callable[..., str]) -> None:
    files = {"a/h2o.log": start(), "b/h2o.log": start(B, pid=4002),
             "0_gc.log": gc_log(), "b/gc.log": gc_log()}  # fmt: skip
    evidence = read(files)
    assert ties(evidence.jvms) == [(B, 1, "folder")]
    assert evidence.jvms[0].sources == ("b/gc.log",)
    states = {one.path: one.state for one in evidence.case.artifacts}
    assert (states["b/gc.log"], states["0_gc.log"]) == ("read", "duplicate")


def test_a_copy_in_two_nodes_folders_is_nobodys(read: Read, start: Callable[..., str]) -> None:
    files = {"a/h2o.log": start(), "b/h2o.log": start(B, pid=4002),
             "a/gc.log": gc_log(), "b/gc.log": gc_log()}  # fmt: skip
    assert ties(read(files).jvms) == NOBODY


def cut(text: str, head: int = 0, tail: int = 0) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[head : len(lines) - tail])


@pytest.mark.parametrize(("head", "tail"), ((3, 0), (0, 2), (3, 1)))
def test_a_part_of_a_log_elsewhere_is_the_same_run(
    read: Read, start: Callable[..., str], head: int, tail: int
) -> None:
    log = gc_log(pauses=9)
    files = {"a/h2o.log": start(), "b/h2o.log": start(B, pid=4002), "b/gc.log": log,
             "0/gc.log": cut(log, head, tail)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(B, 1, "folder")]
    assert sum(one.count for one in jvms[0].pauses) == 9


def test_copies_with_other_heads_and_ends_are_one_run(
    read: Read, start: Callable[..., str]
) -> None:
    log = gc_log(pauses=12)
    files = {"a/h2o.log": start(), "b/h2o.log": start(B, pid=4002), "b/gc.log": cut(log, tail=3),
             "0/gc.log": cut(log, head=6)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(B, 1, "folder")]


def test_runs_alike_in_a_few_pauses_are_two(read: Read, start: Callable[..., str]) -> None:
    other = gc_log(pauses=9).replace(".323ms", ".325ms")
    files = {"a/h2o.log": start(), "b/h2o.log": start(B, pid=4002), "b/gc.log": gc_log(pauses=9),
             "a/gc.log": cut(other, head=3)}  # fmt: skip
    assert ties(read(files).jvms) == [(A, 1, "folder"), (B, 1, "folder")]


def test_a_part_that_begins_with_many_lines_of_a_collector_is_still_the_nodes(
    read: Read, start: Callable[..., str]
) -> None:
    members = f"{A} {B}"
    text = gc_log(pauses=900) + start(A, members) + start(B, members, pid=4002)
    evidence = read({"all.log": text})
    assert {node.node: node.pid for node in evidence.case.nodes} == {A: 4001, B: 4002}
    assert sum(one.count for one in evidence.jvms[0].pauses) == 900


@pytest.mark.parametrize(
    ("path", "pids"),
    (
        ("a/gc-22021.log", {22021}),
        ("a/gc_pid22021_2026-11-22_06-00-00.log.3", {22021}),
        ("22021/gc.log", set()),
        ("gc.7.log", set()),
        ("gc-20261122.log", set()),
        ("gc_10.200.100.101.log", set()),
    ),
)
def test_numbers_in_a_name_that_may_be_a_process(path: str, pids: set[int]) -> None:
    assert pids_named(path) == pids


def life(node: str, pid: int | None = None) -> Life:
    facts = {} if pid is None else {"pid": pid}
    return Life(node, "", None, None, has_banner=False, facts=facts, places={}, clouds=[])


@pytest.mark.parametrize(
    ("path", "node"),
    (
        ("gc_54323.log", B),
        ("node_10.0.0.2_54323/gc.log", B),
        ("x.zip!node3_10.0.0.3_54325.zip!gc.log", C),
        ("node_54321/gc_54323.log", B),
        ("node_10.0.0.9_54323/gc.log", None),
        ("gc_54321_54323.log", None),
        ("gc-154323.log", None),
        ("gc-60000.log", None),
    ),
)
def test_the_node_that_a_path_names(path: str, node: str | None) -> None:
    lives = [life(A), life(B), life(C), life("10.0.0.4:60000"), life("10.0.0.5:60000")]
    assert node_named(path, lives, folders=True) == node


def test_a_port_that_is_also_a_process_id_says_nothing() -> None:
    assert node_named("gc-54323.log", [life(A, 54323), life(B)], folders=True) is None
