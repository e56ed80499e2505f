"""Evidence that names a process: of a node of the case, or of nobody here."""

from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.rule import Signal

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
KILLED = Signal(
    "T2", "killed", kinds=("kernel_log", "h2o_log", "console"), raw=True,
    anchor="ut of memory: Kill", captures={"pid": "int"},
    pattern=r"ut of memory: Killed process (?P<pid>\d+)",
)  # fmt: skip
YARN = Signal(
    "T3", "yarn", kinds=("console", "text"), raw=True, anchor="containerID=",
    pattern=r"pid=(?P<pid>\d+),containerID=", captures={"pid": "int"},
)  # fmt: skip
ONE, TWO = "127.0.0.1:54321", "127.0.0.1:54323"
DMESG = "[ 3614.252651] Out of memory: Killed process {} (java) total-vm:3490376kB\n"
HS_ERR = (
    "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"
    "#  SIGBUS (0x7) at pc=0x00007f25, pid={}, tid=19600\n#\n# JRE version: 17\n"
)


@pytest.fixture
def start(line: Line) -> Callable[..., str]:
    def make(pid: str, node: str = ONE, clock: str = "06:00:00.000") -> str:
        log = line(clock, "----- H2O started  -----", pid=pid, node=node)
        return log + line(clock, f"JVM process id: {pid}@host", pid=pid, node=node)

    return make


@pytest.mark.parametrize("path", ("dmesg.txt", "n1/dmesg.txt"))
def test_a_killed_process_that_is_no_node_is_nobodys(
    start: Callable[..., str], read: Read, path: str
) -> None:
    files = {"n1/a.log": start("7757"), "n2/a.log": start("7758", TWO), path: DMESG.format(811)}
    assert read(files, [KILLED]).hits == ()


def test_a_pid_decides_wherever_the_line_lies(start: Callable[..., str], read: Read) -> None:
    merged = start("7757") + start("7757") + start("7758", TWO) + DMESG.format(7758)
    files = {"n1/dmesg.txt": DMESG.format(7758), "n1/a.log": start("7757"),
             "n2/a.log": start("7758", TWO)}  # fmt: skip
    assert [hit.node for hit in read({"all.log": merged}, [KILLED]).hits] == [TWO]
    assert [hit.node for hit in read(files, [KILLED]).hits] == [TWO]


def test_a_pid_names_the_run(start: Callable[..., str], read: Read) -> None:
    files = {"a.log": start("700") + start("800", clock="07:00:00.000"), "d": DMESG.format(800)}
    (hit,) = read(files, [KILLED]).hits
    assert (hit.node, hit.run) == (ONE, 2)


def test_a_container_counts_its_processes_otherwise(start: Callable[..., str], read: Read) -> None:
    (hit,) = read({"a.log": start("7"), "d": DMESG.format(18213)}, [KILLED]).hits
    assert hit.node == ONE


def test_a_member_without_logs_may_be_the_one(
    start: Callable[..., str], line: Line, read: Read
) -> None:
    log = start("7757") + line("06:00:01.000", f"Cloud of size 2 formed [/{ONE}, /{TWO}]")
    (hit,) = read({"n1/a.log": log, "dmesg": DMESG.format(99)}, [KILLED]).hits
    assert (hit.node, hit.run) == (None, None)


def test_yarn_names_the_shell_around_the_node(start: Callable[..., str], read: Read) -> None:
    files = {"a.log": start("7757"), "yarn.txt": "Container [pid=7700,containerID=c_1] is full\n"}
    (hit,) = read(files, [YARN]).hits
    assert hit.node == ONE


@pytest.mark.parametrize(("pid", "node"), (("7758", TWO), ("7757", ONE), ("19599", None)))
def test_a_crash_report_belongs_to_its_process(
    start: Callable[..., str], read: Read, pid: str, node: str | None
) -> None:
    files = {"n1/a.log": start("7757"), "n2/a.log": start("7758", TWO),
             "n1/hs_err.log": HS_ERR.format(pid)}  # fmt: skip
    (report,) = [one for one in read(files).case.artifacts if one.kind == "hs_err"]
    assert report.node == node
