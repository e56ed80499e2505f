"""Crash reports of JVMs, real ones and the lines that differ between versions."""

from pathlib import Path

import pytest

from h2o_forensics.model.scan import Block
from h2o_forensics.readers.hs_err import read_heads, read_hs_err, without_secrets

SAMPLES = Path(__file__).parents[3] / "fixtures" / "samples" / "jvm"
GB = 1024**3


def report(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "expected"),
    (
        (
            "hs_err_17_heap_full.log",
            {"kind": "oom", "signal": None, "thread": "main", "jdk": "17.0.15+6", "pid": 16595,
             "error": "fatal error: OutOfMemory encountered: Java heap space", "frame": None,
             "xmx_bytes": 31457280, "heap_used_bytes": 27661 * 1024, "asked_bytes": None},
        ),
        (
            "hs_err_17_sigsegv.log",
            {"kind": "signal", "signal": "SIGSEGV", "sent_by_kill": False, "library": "libjvm.so",
             "frame": "V  [libjvm.so+0xed2f94]  Unsafe_PutLong+0x124", "thread": "main",
             "heap_used_bytes": 1147 * 1024, "uptime_s": 0.167268, "line": 4},
        ),
        (
            "hs_err_17_no_memory.log",
            {"kind": "oom", "asked_bytes": 2000 * GB, "xmx_bytes": 2000 * GB, "line": 3,
             "signal": None, "physical_bytes": 24684084 * 1024},
        ),
        (
            "hs_err_11_sent_by_kill.log",
            {"kind": "signal", "sent_by_kill": True, "library": "libc.so.6",
             "thread": "native thread", "heap_used_bytes": 655 * 1024, "jdk": "11.0.9.1+1"},
        ),
        (
            "hs_err_25_heap_full_zgc.log",
            {"kind": "oom", "heap_used_bytes": 30 * 1024**2, "jdk": "25.0.3+9"},
        ),
    ),
)  # fmt: skip
def test_real_reports(name: str, expected: dict[str, object]) -> None:
    row = read_hs_err(report(name))
    assert row is not None
    assert {key: row[key] for key in expected} == expected
    assert row["limit_bytes"] is None  # "unlimited", or no container


def test_time_is_utc_where_it_says_so() -> None:
    row = read_hs_err(report("hs_err_17_sigsegv.log"))
    assert row is not None
    assert row["at_ms"] == 1795358448000  # Sun Nov 22 14:40:48 2026 UTC
    local = read_hs_err(report("hs_err_17_sigsegv.log").replace(" UTC ", " EST "))
    assert local is not None
    assert local["local_ms"] == 1795358448000
    assert "at_ms" not in local


JDK_8 = """#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f1c5a2f9a31, pid=4242, tid=0x00007f1c2b1f2700
#
# JRE version: Java(TM) SE Runtime Environment (8.0_181-b13) (build 1.8.0_181-b13)
# Java VM: Java HotSpot(TM) 64-Bit Server VM (25.181-b13 mixed mode linux-amd64 compressed oops)
# Problematic frame:
# C  [libxgboost4j_gpu.so+0x2f9a31]  dmlc::parse+0x41
#

---------------  T H R E A D  ---------------

Current thread (0x00007f1c54001000):  JavaThread "FJ-1-5" daemon [_thread_in_native, id=4301]

Heap:
 PSYoungGen      total 9216K, used 512K [0x1, 0x2, 0x3)
  eden space 8192K, 5% used [0x1,0x2,0x3)
 ParOldGen       total 19456K, used 1024K [0x1, 0x2, 0x3)
 Metaspace       used 2624K, capacity 4486K, committed 4864K, reserved 1056768K

VM Arguments:
jvm_args: -Xmx1g -Xmx2g -Dx=y
java_command: water.H2OApp -jks_pass hidden

Environment Variables:
DB_PASSWORD=hidden

container (cgroup) information:
memory_limit_in_bytes: 4294967296
memory_max_usage_in_bytes: 4294963200

Memory: 4k page, physical 4194304k(100k free), swap 0k(0k free)

time: Sun Nov 22 06:36:17 2026
timezone: UTC
elapsed time: 65 seconds (0d 0h 1m 5s)
"""


def test_jdk_8() -> None:
    row = read_hs_err(JDK_8)
    assert row is not None
    expected = {
        "pid": 4242, "jdk": "8.0_181-b13", "library": "libxgboost4j_gpu.so", "thread": "FJ-1-5",
        "heap_used_bytes": 1536 * 1024, "xmx_bytes": 2 * GB, "limit_bytes": 4 * GB,
        "free_bytes": 100 * 1024, "uptime_s": 65.0, "at_ms": 1795329377000,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert row["lines"]["limit_bytes"] == (30, "memory_limit_in_bytes: 4294967296")


@pytest.mark.parametrize(
    ("line", "limit"),
    (
        ("memory_limit_in_bytes: 262144 k", 262144 * 1024),
        ("memory_limit_in_bytes: unlimited", None),
        ("memory_limit_in_bytes: -1", None),
        ("memory_limit_in_bytes: not supported", None),
        ("memory_limit_in_bytes: 9223372036854771712", None),
        ("memory_limit: 262144 kB", 262144 * 1024),
    ),
)
def test_limits_of_containers(line: str, limit: int | None) -> None:
    row = read_hs_err(JDK_8.replace("memory_limit_in_bytes: 4294967296", line))
    assert row is not None
    assert row["limit_bytes"] == limit


def test_heads_on_a_console() -> None:
    text = "starting\n" + report("crash_stdout.txt") + "Aborted\n"
    (row,) = read_heads(text)
    assert (row["pid"], row["signal"], row["line"]) == (16615, "SIGSEGV", 6)
    assert (row["uptime_s"], row["heap_used_bytes"]) == (None, None)


@pytest.mark.parametrize("text", ("", "#\n#\n", "# A fatal error has been detected by the Java\n"))
def test_no_report(text: str) -> None:
    assert read_hs_err(text) is None


@pytest.mark.parametrize("name", ("hs_err_17_heap_full.log", "hs_err_11_sent_by_kill.log"))
def test_cut_anywhere(name: str) -> None:
    text = report(name)
    whole = read_hs_err(text)
    assert whole is not None
    for cut in range(0, len(text), 37):
        row = read_hs_err(text[:cut])
        if row is not None and cut > 600:
            assert row["pid"] == whole["pid"]


@pytest.mark.parametrize("newline", ("\n", "\r\n"))
@pytest.mark.parametrize("size", (100, 700, 1500, 10**6))
def test_secrets_are_made_unreadable(newline: str, size: int) -> None:
    data = (JDK_8 + report("hs_err_17_heap_full.log")).replace("\n", newline).encode()
    pieces, at = [], 0
    while at < len(data):
        end = data.find(b"\n", at + size) + 1 or len(data)
        pieces.append(Block(data[at:end], at, end - at))
        at = end
    clean = b"".join(block.data for block in without_secrets(pieces))
    assert len(clean) == len(data)
    assert clean.count(b"\n") == data.count(b"\n")
    for secret in (b"hidden", b"tool-secret", b"arg-secret", b"command-secret", b"PASSWORD"):
        assert secret not in clean
    assert b"OutOfMemory encountered: Java heap space" in clean
    assert b"memory_limit_in_bytes: 4294967296" in clean


def test_rows_hold_no_secret() -> None:
    for text in (JDK_8, report("hs_err_17_heap_full.log")):
        told = repr(read_hs_err(text))
        assert "secret" not in told
        assert "hidden" not in told


@pytest.mark.parametrize(
    ("siginfo", "sent"),
    (
        ("siginfo: si_signo: 11 (SIGSEGV), si_code: 0 (SI_USER), si_pid: 16661, si_uid: 0", True),
        ("siginfo:si_signo=SIGSEGV: si_errno=0, si_code=0 (SI_USER), sender=16661", True),
        ("siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x08", False),
    ),
)
def test_who_sent_the_signal_stands_in_siginfo(siginfo: str, *, sent: bool) -> None:
    text = (
        "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"
        f"#  SIGSEGV (0xb) at pc=0x00007faa72ea3f14, pid=16662, tid=16662\n#\n\n{siginfo}\n"
    )
    row = read_hs_err(text)
    assert row is not None
    assert row["sent_by_kill"] is sent
