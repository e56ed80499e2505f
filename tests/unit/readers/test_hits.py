from collections.abc import Callable

import pytest

from h2o_forensics.engine.probes import ROWS_PER_MINUTE
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.rule import Signal

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
LOST = Signal(
    "T1", "lost", anchor="Got IO error", pattern=r"^Got IO error(?P<rest>.*)",
    levels=("ERROR",), thread=r"(?P<peer>\S+:\d+)", captures={"peer": "node_tail"}, about="peer",
)  # fmt: skip
KILLED = Signal(
    "T2", "killed", kinds=("kernel_log",), anchor="Killed process",
    pattern=r"Killed process (?P<pid>\d+)", captures={"pid": "int"},
)  # fmt: skip
TYPED = Signal(
    "T3", "typed", anchor="Typed",
    pattern=r"^Typed (?P<i>\S+) (?P<f>\S+) (?P<b>\S+) (?P<d>\S+) (?P<n>\S+)(?P<none>x)?",
    captures={"i": "int", "f": "float", "b": "bytes", "d": "duration", "n": "node"},
)  # fmt: skip


def test_level_files_and_stdout_count_an_event_once(line: Line, read: Read) -> None:
    one = line("06:00:01.000", "Got IO error", "ERROR", thread=".0.1:54321")
    two = line("06:00:02.000", "Got IO error", "ERROR", thread=".0.1:54321")
    later = line("07:00:00.000", "Got IO error", "ERROR", thread=".0.1:54321")
    evidence = read(
        {
            "n/info": one + two,
            "n/warn": one + two + later,
            "n/out": "x\n" + one + two,
            "n/err": two,
        },
        [LOST],
    )
    assert [(hit.text[6:14], hit.weight) for hit in evidence.hits] == [
        ("06:00:01", 1), ("06:00:02", 1), ("07:00:00", 1)
    ]  # fmt: skip
    assert evidence.tables["hits"].height == 3


def test_what_only_one_file_has_is_added(line: Line, read: Read) -> None:
    def at(second: int) -> str:
        return line(f"06:00:{second:02d}.000", "Got IO error", "ERROR", thread=".0.1:54321")

    files = {"n/a": at(1) + at(2) + at(3), "n/b": at(3) + at(4)}
    found = read(files, [LOST]).hits
    assert [hit.text[12:14] for hit in found] == ["01", "02", "03", "04"]


def test_two_nodes_that_say_the_same_are_two(line: Line, read: Read) -> None:
    files = {
        name: line(
            "06:00:01.000", "Got IO error", "ERROR", thread=".0.1:1", node=f"10.0.0.{name}:5"
        )
        for name in "12"
    }
    assert [hit.logged_by for hit in read(files, [LOST]).hits] == ["10.0.0.1:5", "10.0.0.2:5"]


@pytest.mark.parametrize("same", (True, False), ids=("one stamp", "many stamps"))
def test_a_storm_keeps_its_count_in_few_rows(line: Line, read: Read, *, same: bool) -> None:
    def at(number: int) -> str:
        second = number // 100
        clock = f"06:{second // 60:02d}:{second % 60:02d}.{number % 100:03d}"
        clock = "06:00:01.000" if same else clock
        return line(clock, "Got IO error", "ERROR", thread=".0.1:54321")

    storm = "".join(map(at, range(200_000)))
    evidence = read({"n/info": storm, "n/error": storm[: len(storm) // 4]}, [LOST])
    assert sum(hit.weight for hit in evidence.hits) == 200_000
    assert len(evidence.hits) <= (ROWS_PER_MINUTE if same else ROWS_PER_MINUTE * 34)
    warned = evidence.tables["warnings"].rows(named=True)
    assert sum(row["count"] for row in warned) == 200_000
    assert len(warned) == 3
    assert sum(evidence.tables["minutes"]["count"].to_list()) == 200_000


def test_about_whom_and_by_whom(line: Line, read: Read) -> None:
    formed = "Cloud of size 2 formed [localhost/127.0.0.1:54321, localhost/127.0.0.1:54323]"
    log = line("06:00:00.000", formed)
    log += line("06:00:01.000", "Got IO error", "ERROR", thread=".0.1:54323")
    log += line("06:00:02.000", "Got IO error", "ERROR", thread=".0.1:59999")
    member, foreign = read({"a.log": log}, [LOST]).hits
    assert (member.node, member.logged_by) == ("127.0.0.1:54323", "127.0.0.1:54321")
    assert (foreign.node, foreign.captures["peer"]) == (None, None)


def test_the_kernel_names_a_node_by_its_pid(line: Line, read: Read) -> None:
    def start(pid: str, node: str) -> str:
        log = line("06:00:00.000", "----- H2O started  -----", pid=pid, node=node)
        return log + line("06:00:00.000", f"JVM process id: {pid}@host", pid=pid, node=node)

    files = {
        "n1/a.log": start("7757", "127.0.0.1:54321"),
        "n2/a.log": start("7758", "127.0.0.1:54323"),
        "dmesg.txt": "[ 3614.252651] Memory cgroup out of memory: Killed process 7758 (java)\n",
    }
    (hit,) = read(files, [KILLED]).hits
    assert (hit.logged_by, hit.node, hit.ts) == ("127.0.0.1:54323", "127.0.0.1:54323", None)
    assert hit.captures == {"pid": 7758}


def test_captures_have_types_or_are_unknown(line: Line, read: Read) -> None:
    log = line("06:00:01.000", "Typed 1,024 1.5 91.1MB 90s localhost/127.0.0.1:5")
    log += line("06:00:02.000", "Typed ² inf x -- nowhere")
    log += line("06:00:03.000", "Typed " + "9" * 30 + " nan 9 9 9")
    good, bad, big = read({"a.log": log}, [TYPED]).hits
    assert good.captures == {
        "i": 1024, "f": 1.5, "b": 95_525_273, "d": 90_000, "n": "127.0.0.1:5", "none": None
    }  # fmt: skip
    assert set(bad.captures.values()) == {None}
    assert (big.captures["i"], big.captures["f"], big.captures["b"]) == (None, None, 9)


def test_an_access_log_states_its_year(line: Line, read: Read) -> None:
    slow = Signal("T4", "slow", kinds=("http_log",), anchor="/3/Parse", pattern=r"(?P<ms>\d+) ms")
    request = (
        "2026-11-22 06:00:05,250 127.0.0.1:54321       12528  4827909-19  INFO "
        "water.api.RequestServer:   POST    500   60000 ms  /3/Parse\n"
    )
    evidence = read({"n/a.log": line("06:00:00.000", "x"), "n/http.log": request}, [slow])
    (hit,) = evidence.hits
    (row,) = evidence.tables["http_requests"].rows(named=True)
    assert hit.ts == 1795327205250
    request_of = (row["method"], row["status"], row["duration_ms"], row["uri"])
    assert request_of == ("POST", 500, 60_000, "/3/Parse")
    assert (row["text"], row["line"]) == (request.strip(), 1)
    assert row["ts"].timestamp() == 1795327205.25
