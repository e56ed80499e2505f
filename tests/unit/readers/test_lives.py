from collections.abc import Callable

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.rule import Signal

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]


def banner(line: Line, clock: str, epoch: int, pid: str = "12528", **column: str) -> str:
    column |= {"pid": pid}
    return (
        line(clock, "----- H2O started  -----", **column)
        + line(clock, f"JVM process id: {column.pop('full', pid.strip('#'))}@host", **column)
        + line(clock, f"X-h2o-cluster-id: {epoch}", **column)
    )


BASE = 1795327200000  # 2026-11-22 06:00:00 UTC


def test_a_restart_inside_a_file_is_a_second_run(line: Line, read: Read) -> None:
    log = (
        banner(line, "06:00:00.000", BASE)
        + line("06:00:09.500", "the last of the first")
        + banner(line, "06:10:00.000", BASE + 600_000, pid="13000")
        + line("06:10:05.000", "now", pid="13000")
    )
    first, second = read({"a.log": log}).case.nodes
    assert (first.node, first.run, first.pid, first.started) == ("127.0.0.1:54321", 1, 12528, BASE)
    assert first.last_seen == BASE + 9_500
    assert (second.run, second.pid, second.started) == (2, 13000, BASE + 600_000)
    assert (second.last_seen, second.end) == (BASE + 605_000, "running")


def test_the_same_start_in_several_files_is_one_run(line: Line, read: Read) -> None:
    log = banner(line, "06:00:00.000", BASE)
    debug = log + line("06:00:01.000", "x", "DEBUG")
    files = {"n/debug.log": debug, "n/info.log": log, "n/stdout": log + "x\n"}
    (node,) = read(files).case.nodes
    assert (node.run, node.pid) == (1, 12528)


def test_a_second_start_beside_the_running_one(line: Line, read: Read) -> None:
    log = banner(line, "06:00:00.000", BASE) + line("06:05:00.000", "still here")
    failed = banner(line, "06:01:00.000", BASE + 60_000, pid="777")
    failed += line("06:01:01.000", "Exiting.", "FATAL", pid="777")
    first, second = read({"a/a.log": log, "b/b.log": failed}).case.nodes
    assert (first.run, first.end, first.last_seen) == (1, "running", BASE + 300_000)
    assert (second.run, second.pid, second.end) == (2, 777, "exit")


def test_a_cut_pid_column(line: Line, read: Read) -> None:
    def life(clock: str, epoch: int, full: str) -> str:
        cut = f"#{full[-4:]}"
        return banner(line, clock, epoch, cut, full=full)

    log = life("06:00:00.000", BASE, "123456") + life("06:10:00.000", BASE + 600_000, "129999")
    first, second = read({"a.log": log}).case.nodes
    assert (first.pid, second.pid) == (123456, 129999)
    assert (first.cluster_id, second.cluster_id) == (BASE, BASE + 600_000)


def test_a_restart_months_later_keeps_the_year(line: Line, read: Read) -> None:
    day = 86_400_000
    old = banner(line, "06:00:00.000", BASE - 80 * day, day="09-03")
    new = banner(line, "06:00:00.000", BASE, pid="2")
    # The current file sorts before the rotated one, which is older.
    first, second = read({"x.log": new, "x.log.1": old}).case.nodes
    assert (first.started, second.started) == (BASE - 80 * day, BASE)


def test_a_log_without_its_banner_still_is_a_life(line: Line, read: Read) -> None:
    (node,) = read({"a.log": line("06:00:00.000", "x") + line("06:01:00.000", "y")}).case.nodes
    assert (node.run, node.started, node.pid, node.end) == (1, None, None, "running")
    assert node.last_seen is not None


def test_an_orderly_end(line: Line, read: Read) -> None:
    text = "Orderly shutdown from localhost/127.0.0.1:54321"
    log = banner(line, "06:00:00.000", BASE) + line("06:01:00.000", text)
    assert read({"a.log": log}).case.nodes[0].end == "exit"


def test_a_member_without_logs_is_listed_and_asked_for(line: Line, read: Read) -> None:
    formed = "Cloud of size 2 formed [localhost/127.0.0.1:54321, localhost/127.0.0.1:54323]"
    case = read({"a.log": banner(line, "06:00:00.000", BASE) + line("06:00:05.000", formed)}).case
    assert [node.node for node in case.nodes] == ["127.0.0.1:54321", "127.0.0.1:54323"]
    assert [gap.node for gap in case.gaps] == ["127.0.0.1:54323"]


def test_the_host_of_each_line_decides_in_a_merged_file(line: Line, read: Read) -> None:
    other = "127.0.0.1:54323"
    log = banner(line, "06:00:00.000", BASE) + banner(line, "06:00:01.000", BASE, "9", node=other)
    nodes = read({"merged.log": log}).case.nodes
    assert [(node.node, node.pid) for node in nodes] == [("127.0.0.1:54321", 12528), (other, 9)]


def test_a_node_knows_the_clouds_it_saw(line: Line, read: Read) -> None:
    alone = "Cloud of size 1 formed [localhost/127.0.0.1:54321]"
    formed = "Cloud of size 2 formed [localhost/127.0.0.1:54321, localhost/127.0.0.1:54323]"
    log = banner(line, "06:00:00.000", BASE)
    log += line("06:00:02.000", alone) + line("06:00:05.000", formed)
    first, second = read({"a.log": log}).case.nodes
    assert first.cloud == second.cloud == ("127.0.0.1:54321", "127.0.0.1:54323")


def test_a_flood_of_node_names_is_capped(line: Line, read: Read) -> None:
    def log(of: int) -> str:
        names = ", ".join(f"/10.0.{of}.{at}:54321" for at in range(50))
        formed = f"Cloud of size 50 formed [{names}]"
        return line("06:00:00.000", formed, node=f"10.0.{of}.1:54321")

    case = read({f"{of:02d}.log": log(of) for of in range(30)}).case
    assert len({node.node for node in case.nodes}) == 1000
    assert {f"10.0.{of}.1:54321" for of in range(30)} <= {node.node for node in case.nodes}
    (problem,) = [one for one in case.problems if one.code == "too_many_nodes"]
    assert "500 nodes more" in problem.message


def test_a_restart_with_the_same_pid_in_another_file(line: Line, read: Read) -> None:
    day = 86_400_000
    old = banner(line, "06:00:00.000", BASE - day, day="11-21")
    old += line("06:00:30.000", "the last of the first", day="11-21")
    new = banner(line, "06:00:00.000", BASE) + line("06:00:05.000", "now")
    first, second = read({"mon/a.log": old, "tue/a.log": new}).case.nodes
    assert (first.run, first.last_seen) == (1, BASE - day + 30_000)
    assert (second.run, second.last_seen) == (2, BASE + 5_000)


def test_a_file_without_stamps_is_of_the_life_beside_it(line: Line, read: Read) -> None:
    words = "Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler"
    signal = Signal("T", "words", kinds=("console",), anchor=words, raw=True)
    old = banner(line, "06:00:00.000", BASE - 86_400_000, day="11-21")
    files = {
        "mon/node_127.0.0.1_54321/logs/h2o_127.0.0.1_54321-3-info.log": old,
        "tue/node_127.0.0.1_54321/logs/h2o_127.0.0.1_54321-3-info.log": banner(
            line, "06:00:00.000", BASE
        ),
        "tue/node_127.0.0.1_54321/stderr.log": f'{words} in thread "Heartbeat"\n',
    }
    (hit,) = read(files, signals=[signal]).hits
    assert (hit.node, hit.run) == ("127.0.0.1:54321", 2)
