from collections.abc import Callable
from typing import Any

from h2o_forensics.model.evidence import EvidenceSet

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]


def talk(line: Line, begin: int, end: int, step: int, level: str = "INFO", **column: str) -> str:
    """A record every `step` seconds; seconds after 06:00."""
    return "".join(
        line(f"06:{second // 60:02d}:{second % 60:02d}.000", f"tick {second}", level, **column)
        for second in range(begin, end, step)
    )


def gaps(evidence: EvidenceSet) -> list[dict[str, Any]]:
    return evidence.tables["gaps"].rows(named=True)


def test_a_frozen_node_among_talking_peers(line: Line, read: Read) -> None:
    files = {
        "a": talk(line, 0, 600, 5),
        "b": talk(line, 0, 200, 5, node="127.0.0.1:2")
             + talk(line, 280, 600, 5, node="127.0.0.1:2"),
        "c": talk(line, 0, 600, 5, node="127.0.0.1:3"),
    }  # fmt: skip
    (row,) = gaps(read(files))
    assert (row["node"], row["silent_ms"], row["returned"]) == ("127.0.0.1:2", 85_000, True)
    assert (row["peers"], row["peers_speaking"]) == (2, 2)
    assert row["quiet_share"] == 0.0
    assert (row["artifact"], row["line"]) == ("A2", 40)
    assert "tick 195" in row["text"]


def test_an_idle_node_is_often_silent(line: Line, read: Read) -> None:
    rows = gaps(read({"a": talk(line, 0, 600, 60)}))
    assert len(rows) == 9
    assert all(row["quiet_share"] > 0.9 for row in rows)
    assert all((row["peers"], row["peers_speaking"]) == (0, 0) for row in rows)


def test_peers_that_are_silent_too(line: Line, read: Read) -> None:
    both = {
        name: talk(line, 0, 200, 5, node=f"127.0.0.1:{name}")
        + talk(line, 280, 600, 5, node=f"127.0.0.1:{name}")
        for name in "12"
    }
    rows = gaps(read(both))
    assert [(row["node"][-1], row["peers_speaking"]) for row in rows] == [("1", 0), ("2", 0)]


def test_a_node_that_never_came_back(line: Line, read: Read) -> None:
    files = {"a": talk(line, 0, 600, 5), "b": talk(line, 0, 200, 5, node="127.0.0.1:2")}
    (row,) = gaps(read(files))
    assert (row["node"], row["returned"], row["silent_ms"]) == ("127.0.0.1:2", False, 400_000)
    assert (row["peers_speaking"], row["line"]) == (1, 40)


def test_what_any_of_its_files_says_is_heard(line: Line, read: Read) -> None:
    info = talk(line, 0, 200, 5) + talk(line, 280, 600, 5)
    debug = talk(line, 190, 300, 5, "DEBUG")
    assert gaps(read({"n/info": info, "n/debug": debug})) == []


def test_a_single_word_divides_a_silence(line: Line, read: Read) -> None:
    info = talk(line, 0, 200, 5) + talk(line, 280, 600, 5)
    rows = gaps(read({"n/info": info, "n/error": talk(line, 230, 231, 1, "ERROR")}))
    assert [row["silent_ms"] for row in rows] == [35_000, 50_000]


def test_rotated_files_are_one_voice(line: Line, read: Read) -> None:
    files = {
        "n/x.log.2": talk(line, 0, 100, 5) + talk(line, 150, 200, 5),
        "n/x.log.1": talk(line, 200, 300, 5),
        "n/x.log": talk(line, 340, 600, 5),
    }
    rows = gaps(read(files))
    assert [(row["silent_ms"], row["returned"]) for row in rows] == [(55_000, True), (45_000, True)]
    assert [row["line"] for row in rows] == [20, 20]


def test_what_the_share_was_judged_on(line: Line, read: Read) -> None:
    files = {"a": talk(line, 0, 200, 5) + talk(line, 280, 600, 5)}
    (row,) = gaps(read(files))
    assert (row["spoken_ms"], row["cut"]) == (595_000 - 85_000, False)


def test_a_copy_that_ends_in_mid_line_is_cut(line: Line, read: Read) -> None:
    victim = talk(line, 0, 200, 5, node="127.0.0.1:2")
    files = {"a": talk(line, 0, 600, 5), "b": victim.removesuffix("k 195\n")}
    (row,) = gaps(read(files))
    assert (row["returned"], row["cut"]) == (False, True)
    (row,) = gaps(read(files | {"b": victim}))
    assert (row["returned"], row["cut"]) == (False, False)


def test_a_log_is_cut_when_the_access_log_goes_on(line: Line, read: Read) -> None:
    request = (
        "2026-11-22 06:08:05,250 127.0.0.1:2           12528  4827909-19  INFO "
        "water.api.RequestServer:   GET     200       1 ms  /3/Cloud\n"
    )
    files = {"a": talk(line, 0, 600, 5), "b": talk(line, 0, 200, 5, node="127.0.0.1:2")}
    assert [row["cut"] for row in gaps(read(files | {"c": request}))] == [True]
    assert [row["cut"] for row in gaps(read(files | {"c": request.replace("06:08", "06:03")}))] == [
        False
    ]
