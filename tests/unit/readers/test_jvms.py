"""Whose a run of a JVM is, and by what that is known; when it started, and by which line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.jvm import Jvm

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
A, B = "10.0.0.1:54321", "10.0.0.2:54321"
START = 1795327200000  # 2026-11-22 06:00:00 UTC
CASES = Path(__file__).parents[3] / "fixtures" / "cases"


def gc_log(*, heap: int = 512, date: str | None = None, pid: int | None = None,
           pauses: int = 3, offset: int = 0) -> str:  # fmt: skip
    """A log of G1 as JDK 17 writes it; pauses of a length of their own for each `offset`."""
    lines = []

    def add(uptime: float, tags: str, text: str) -> None:
        stamps = [f"[{date}:{10 + uptime:06.3f}+0000]"] if date else []
        stamps += [f"[{uptime:.3f}s]", *([f"[{pid}]"] if pid else []), f"[info][{tags}]"]
        lines.append(f"{''.join(stamps)} {text}\n")

    add(0.010, "gc", "Using G1")
    add(0.020, "gc,init", "Version: 17.0.9+9 (release)")
    add(0.021, "gc,init", f"Heap Max Capacity: {heap}M")
    for at in range(pauses):
        size = f"{30 + at}M->{10 + at}M({heap // 2}M)"
        text = f"GC({at}) Pause Young (Normal) (G1 Evacuation Pause) {size} {3 + offset}.{at}23ms"
        add(1.5 + at + offset / 100, "gc", text)
    return "".join(lines)


@pytest.fixture
def banner(line: Line) -> Callable[..., str]:
    """The lines of a start that say who it is, six seconds after the JVM's."""

    def make(node: str = A, pid: int = 4001, heap: int = 512, start: int = START,
             clock: str = "06:00:06") -> str:  # fmt: skip
        columns = {"node": node, "pid": str(pid)}
        return (
            line(f"{clock}.100", "----- H2O started  -----", **columns)
            + line(f"{clock}.110", f"JVM launch parameters: [-Xmx{heap}m]", **columns)
            + line(f"{clock}.120", f"JVM process id: {pid}@vm", **columns)
            + line(f"{clock}.130", f"X-h2o-cluster-id: {start + 2000}", **columns)
            + line(f"{clock}.900", "text", **columns)
        )

    return make


def only(jvms: tuple[Jvm, ...]) -> Jvm:
    assert len(jvms) == 1
    return jvms[0]


def ties(jvms: tuple[Jvm, ...]) -> list[tuple[str | None, int | None, str | None]]:
    return [(jvm.node, jvm.run, jvm.tied_by) for jvm in jvms]


def test_a_run_is_tied_by_the_folder_it_lies_in(read: Read, banner: Callable[..., str]) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(), "b/h2o.log": banner(B, 4002),
             "b/gc.log": gc_log(offset=1)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "folder"), (B, 1, "folder")]
    assert [jvm.sources for jvm in jvms] == [("a/gc.log",), ("b/gc.log",)]


def test_a_run_in_the_output_of_a_node_is_its(read: Read, banner: Callable[..., str]) -> None:
    log = gc_log().splitlines(keepends=True)
    jvm = only(read({"stdout.log": "".join(log[:3]) + banner() + "".join(log[3:])}).jvms)
    assert (jvm.node, jvm.run, jvm.tied_by) == (A, 1, "stdout")
    assert sum(one.count for one in jvm.pauses) == 3
    assert [one.line for one in jvm.pause_samples] == [9, 10, 11]


def test_the_pid_is_asked_first(read: Read, banner: Callable[..., str]) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(pid=4002), "b/h2o.log": banner(B, 4002)}
    evidence = read(files)
    assert ties(evidence.jvms) == [(B, 1, "pid")]
    nodes = {one.path: one.node for one in evidence.case.artifacts}
    assert nodes == {"a/h2o.log": A, "a/gc.log": B, "b/h2o.log": B}


def test_a_pid_that_is_no_nodes_is_tied_to_none(read: Read, banner: Callable[..., str]) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(pid=77777)}
    assert ties(read(files).jvms) == [(None, None, None)]


def test_the_same_pid_in_two_containers_is_told_by_the_folder(
    read: Read, banner: Callable[..., str]
) -> None:
    files = {"a/h2o.log": banner(pid=1), "a/gc.log": gc_log(pid=1),
             "b/h2o.log": banner(B, pid=1), "b/gc.log": gc_log(pid=1, offset=1)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "pid"), (B, 1, "pid")]
    assert [jvm.sources for jvm in jvms] == [("a/gc.log",), ("b/gc.log",)]


def test_logs_in_one_folder_are_told_apart_by_their_starts(
    read: Read, banner: Callable[..., str]
) -> None:
    later = banner(B, 4002, start=START + 60_000, clock="06:01:06")
    files = {"a.log": banner(), "b.log": later,
             "one.gc": gc_log(date="2026-11-22T06:00"),
             "two.gc": gc_log(date="2026-11-22T06:01", offset=1)}  # fmt: skip
    moved = {name: text.replace(":10.", ":00.").replace(":11.", ":01.").replace(":12.", ":02.")
             .replace(":13.", ":03.") for name, text in files.items()}  # fmt: skip
    jvms = read(moved).jvms
    assert ties(jvms) == [(A, 1, "start"), (B, 1, "start")]
    assert [jvm.sources for jvm in jvms] == [("one.gc",), ("two.gc",)]
    assert {jvm.started_by for jvm in jvms} == {"log"}


def test_logs_in_one_folder_are_told_apart_by_their_heaps(
    read: Read, banner: Callable[..., str]
) -> None:
    files = {"a.log": banner(), "b.log": banner(B, 4002, heap=900),
             "one.gc": gc_log(), "two.gc": gc_log(heap=900, offset=1)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "heap"), (B, 1, "heap")]
    assert [jvm.heap_max_bytes for jvm in jvms] == [512 * 2**20, 900 * 2**20]


def test_equal_heaps_and_no_dates_leave_it_open(read: Read, banner: Callable[..., str]) -> None:
    files = {"a.log": banner(), "b.log": banner(B, 4002), "one.gc": gc_log(),
             "two.gc": gc_log(offset=1)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(None, None, None)] * 2
    assert {jvm.started for jvm in jvms} == {None}


def test_in_a_file_of_several_nodes_neighbours_say_nothing(
    read: Read, banner: Callable[..., str]
) -> None:
    """`cat node*/*`: the log of the second node's collector follows the first node's records."""
    text = gc_log() + banner() + gc_log(offset=1) + banner(B, 4002)
    evidence = read({"all.log": text})
    assert ties(evidence.jvms) == [(None, None, None)] * 2
    assert [sum(one.count for one in jvm.pauses) for jvm in evidence.jvms] == [3, 3]
    assert {node.node for node in evidence.case.nodes} == {A, B}


def test_in_a_file_of_several_nodes_heaps_may_tell(read: Read, banner: Callable[..., str]) -> None:
    text = gc_log() + banner() + gc_log(heap=900, offset=1) + banner(B, 4002, heap=900)
    evidence = read({"all.log": text})
    assert ties(evidence.jvms) == [(A, 1, "heap"), (B, 1, "heap")]
    lines = text.splitlines()
    for jvm in evidence.jvms:
        assert [lines[one.line - 1] for one in jvm.pause_samples] == [
            one.text for one in jvm.pause_samples
        ]


def test_of_two_runs_in_a_nodes_folder_the_one_with_its_heap_is_its(
    read: Read, banner: Callable[..., str]
) -> None:
    files = {
        "a/h2o.log": banner(),
        "a/gc.log": gc_log(),
        "a/other.log": gc_log(heap=4096, offset=1),
    }
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "folder"), (None, None, None)]
    assert jvms[0].sources == ("a/gc.log",)


def test_of_two_runs_alike_in_a_nodes_folder_neither_is(
    read: Read, banner: Callable[..., str]
) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(), "a/other.log": gc_log(offset=1)}
    assert ties(read(files).jvms) == [(None, None, None)] * 2


def test_a_log_of_another_day_is_not_the_nodes(read: Read, banner: Callable[..., str]) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(date="2026-11-20T06:00")}
    assert ties(read(files).jvms) == [(None, None, None)]


def test_a_restart_inside_a_file_is_the_nodes_second_run(
    read: Read, banner: Callable[..., str]
) -> None:
    files = {"a/h2o.log": banner() + banner(pid=4009, start=START + 60_000, clock="06:01:06"),
             "a/gc.log": gc_log() + gc_log(offset=1)}  # fmt: skip
    jvms = read(files).jvms
    assert ties(jvms) == [(A, 1, "folder"), (A, 2, "folder")]
    assert [jvm.started for jvm in jvms] == [START + 2000, START + 62_000]


def test_a_copy_in_the_log_archive_is_no_second_run(read: Read, banner: Callable[..., str]) -> None:
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(pauses=5), "a/logs/gc.log": gc_log()}
    jvm = only(read(files).jvms)
    assert jvm.sources == ("a/gc.log",)


def test_uptimes_get_the_time_of_the_cluster_id(read: Read, banner: Callable[..., str]) -> None:
    jvm = only(read({"a/h2o.log": banner(), "a/gc.log": gc_log()}).jvms)
    assert (jvm.started, jvm.started_by) == (START + 2000, "banner")
    assert jvm.started_how is not None
    assert "X-h2o-cluster-id" in jvm.started_how
    assert jvm.pause_samples[0].epoch_ms == START + 3500


@pytest.mark.parametrize(
    "stamp",
    (
        "2026-11-22 06:00:04.500:INFO::main: ",
        "06:00:04.500 [main] INFO  org.eclipse.jetty.util.log - ",
    ),
)
def test_jetty_dates_the_start_best(read: Read, banner: Callable[..., str], stamp: str) -> None:
    said = f"{stamp}Logging initialized @4500ms to org.eclipse.jetty.util.log.StdErrLog\n"
    files = {"a/h2o.log": banner(), "a/gc.log": gc_log(), "a/stderr.log": said}
    jvm = only(read(files).jvms)
    assert (jvm.started, jvm.started_by) == (START, "banner")
    assert jvm.started_how is not None
    assert "Jetty" in jvm.started_how


def test_a_log_that_states_its_time_keeps_it(read: Read, banner: Callable[..., str]) -> None:
    text = gc_log(date="2026-11-22T06:00").replace(":1", ":0")
    jvm = only(read({"a/h2o.log": banner(), "a/gc.log": text}).jvms)
    assert (jvm.started_by, jvm.started_how, jvm.tied_by) == ("log", None, "folder")
    assert jvm.started is not None
    assert abs(jvm.started - START) < 1000


def test_rows_quote_lines_that_stand_in_the_file(read: Read, banner: Callable[..., str]) -> None:
    text = gc_log()
    tables = read({"a/h2o.log": banner(), "a/gc.log": text}).tables
    row = tables["jvms"].row(0, named=True)
    assert (row["node"], row["run"], row["tied_by"], row["pauses"]) == (A, 1, "folder", 3)
    assert text.splitlines()[row["line"] - 1] == row["text"]
    for pause in tables["gc_pauses"].iter_rows(named=True):
        assert text.splitlines()[pause["line"] - 1] == pause["text"]
    assert tables["gc_pauses"]["duration_ms"].to_list() == [3.023, 3.123, 3.223]
    assert tables["gc_minutes"]["pauses"].sum() == 3


def test_a_gc_log_that_goes_on_with_records_is_read_for_both(
    read: Read, banner: Callable[..., str]
) -> None:
    long = gc_log(pauses=4000)
    evidence = read({"all.log": long + banner()})
    assert [node.node for node in evidence.case.nodes] == [A]
    assert ties(evidence.jvms) == [(A, 1, "stdout")]
    assert sum(one.count for one in evidence.jvms[0].pauses) == 4000


def test_starts_by_h2os_lines_agree_with_the_logs_own(read: Read) -> None:
    """A real start: the log states date and uptime, so what would be said without is known."""
    folder = CASES / "node_frozen" / "bundle" / "node_127.0.0.1_55145"
    files = {
        f"node/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    jvm = only(read(files).jvms)
    assert (jvm.tied_by, jvm.started_by) == ("folder", "log")
    text = files["node/gc.log"]
    plain = b"".join(line.partition(b"]")[2] for line in text.splitlines(keepends=True))
    dated = only(read(files | {"node/gc.log": plain}).jvms)
    assert dated.started_by == "banner"
    assert jvm.started is not None
    assert dated.started is not None
    assert 0 <= dated.started - jvm.started < 4000


def test_a_dated_log_states_zone_and_year(read: Read, line: Line) -> None:
    """The banner is lost: nothing of H2O's own says either."""
    records = line("01:00:20.000", "text", node=A) + line("01:05:00.000", "text", node=A)
    text = gc_log(date="2027-11-22T01:00").replace("+0000", "-0500")
    case = read({"a/h2o.log": records, "a/gc.log": text}).case
    clock = case.clocks[A]
    assert (clock.zone, clock.year, clock.how) == ("-05:00", 2027, "inferred")
    assert "gc.log" in clock.because
    assert case.first_ms == 1826863220000  # 2027-11-22 06:00:20 UTC


def test_copies_of_a_run_in_one_file_are_left_out_and_that_is_said(read: Read) -> None:
    evidence = read({"gc.log": gc_log() * 3})
    assert [sum(one.count for one in jvm.pauses) for jvm in evidence.jvms] == [3]
    (problem,) = evidence.case.problems
    assert (problem.artifact, problem.code) == ("gc.log", "repeated")
    assert problem.message.startswith("2 of the JVM's runs in this file")
