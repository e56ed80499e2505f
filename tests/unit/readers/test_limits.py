"""Files of cgroups, alone and pasted together."""

import pytest

from h2o_forensics.readers.limits import limit_rows

V1 = """\
memory.limit_in_bytes 233832448
memory.max_usage_in_bytes 440401920
memory.failcnt 12346
oom_kill_disable 0
under_oom 0
oom_kill 1
"""
V2 = """\
==> memory.max <==
268435456

==> memory.peak <==
250000000

==> cpu.max <==
50000 100000

==> memory.events <==
low 0
max 31
oom 1
oom_kill 1

==> cpu.stat <==
usage_usec 5
nr_periods 10
nr_throttled 4
throttled_usec 123456
"""
GREP = """\
/sys/fs/cgroup/memory.max:268435456
/sys/fs/cgroup/memory.peak:250000000
/sys/fs/cgroup/cpu.max:50000 100000
/sys/fs/cgroup/memory.events:oom_kill 1
/sys/fs/cgroup/cpu.stat:nr_periods 10
/sys/fs/cgroup/cpu.stat:nr_throttled 4
/sys/fs/cgroup/cpu.stat:throttled_usec 123456
"""


def test_names_and_values() -> None:
    (row,) = limit_rows(V1)
    assert (row["limit_bytes"], row["peak_bytes"], row["oom_kills"]) == (233832448, 440401920, 1)
    assert (row["line"], row["lines"]["oom_kills"]) == (1, (6, "oom_kill 1"))
    assert row["quota_cores"] is None


@pytest.mark.parametrize("text", (V2, GREP))
def test_version_2(text: str) -> None:
    (row,) = limit_rows(text)
    expected = {
        "limit_bytes": 268435456, "peak_bytes": 250000000, "oom_kills": 1, "quota_cores": 0.5,
        "periods": 10, "throttled": 4, "throttled_ms": 123.456,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("path", "text", "column", "value"),
    (
        ("logs/memory.max", "268435456\n", "limit_bytes", 268435456),
        ("memory.max", "max\n", "limit_bytes", None),
        ("a.zip!memory.limit_in_bytes", "9223372036854771712\n", "limit_bytes", None),
        ("cpu.max", "200000 100000\n", "quota_cores", 2.0),
        ("cpu.max", "max 100000\n", "quota_cores", None),
        ("cpu.cfs_quota_us", "-1\n", "quota_cores", None),
        ("memory.peak", "77\n", "peak_bytes", 77),
    ),
)
def test_a_file_with_nothing_but_a_value(
    path: str, text: str, column: str, value: float | None
) -> None:
    (row,) = limit_rows(text, path)
    assert row[column] == value


def test_throttling_of_version_1_is_in_nanoseconds() -> None:
    (row,) = limit_rows("nr_periods 911\nnr_throttled 903\nthrottled_time 90250000000\n")
    assert (row["periods"], row["throttled"], row["throttled_ms"]) == (911, 903, 90250.0)


def test_a_quota_over_two_files() -> None:
    (row,) = limit_rows("cpu.cfs_quota_us: 150000\ncpu.cfs_period_us: 100000\n")
    assert row["quota_cores"] == 1.5


def test_several_groups() -> None:
    rows = limit_rows("/a/memory.max:100\n/b/memory.max:200\n/b/memory.peak:150\n")
    assert [(row["limit_bytes"], row.get("peak_bytes")) for row in rows] == [
        (100, None),
        (200, 150),
    ]


@pytest.mark.parametrize("text", ("", "memory\n", "268435456\n", "total memory.max of the heap\n"))
def test_nothing_said(text: str) -> None:
    assert limit_rows(text, "notes.txt") == []
