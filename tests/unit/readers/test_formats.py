import pytest

from h2o_forensics.readers.h2o_log import H2OLogFormat
from h2o_forensics.readers.http_log import HttpLogFormat
from h2o_forensics.readers.line_formats import GcLineFormat, KernelLineFormat, PlainLineFormat

FORM = H2OLogFormat()


@pytest.mark.parametrize(
    ("text", "wanted"),
    (
        (
            "11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: Hi",
            ("127.0.0.1:54321", "12528", "main", "INFO", "water.default", "Hi"),
        ),
        (
            "11-22 05:40:18.879 127.0.0.1:54321       #3456  ion Thread  WARN water.default: ",
            ("127.0.0.1:54321", "#3456", "ion Thread", "WARN", "water.default", ""),
        ),
        (
            "11-22 05:40:18.879 #:0:0:0:0:0:0:1]:5432112528        main ERROR hex.tree.GBM: x: y",
            ("#:0:0:0:0:0:0:1]:54321", "12528", "main", "ERROR", "hex.tree.GBM", "x: y"),
        ),
        (
            "11-22 05:40:18.879 #:0:0:0:0:0:0:1]:54321#3456        main ERROR hex.tree.GBM: x",
            ("#:0:0:0:0:0:0:1]:54321", "#3456", "main", "ERROR", "hex.tree.GBM", "x"),
        ),
        (
            "05-06 17:12:15.610 172.16.2.179:54321    26336  main      INFO: ----- H2O started",
            ("172.16.2.179:54321", "26336", "main", "INFO", "", "----- H2O started"),
        ),
        (
            "05-06 17:12:15.610 172.16.2.179:54321    26336  #41469-12 ERRR: bad",
            ("172.16.2.179:54321", "26336", "#41469-12", "ERROR", "", "bad"),
        ),
        (
            "05-06 17:12:15.610 (exiting)  main      FATAL: gone",
            ("", "", "main", "FATAL", "", "gone"),
        ),
    ),
    ids=("C", "cut pid", "IPv6", "IPv6 cut pid", "A", "A error", "A exiting"),
)  # fmt: skip
def test_headers(text: str, wanted: tuple[str, ...]) -> None:
    data = b"before\n" + text.encode() + b"\nafter"
    header = FORM.header(data, 7)
    assert header is not None
    message = data[header.message_at :].split(b"\n")[0].decode()
    assert (*header[1:6], message) == wanted
    again = FORM.header(data, 7)
    assert again == header


@pytest.mark.parametrize(
    "text",
    (
        "",
        "11-",
        "11-22 05:40:18.879 ",
        "13-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: x",
        "11-32 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: x",
        "11-22 24:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: x",
        "11-22 05:60:18.879 127.0.0.1:54321       12528        main  INFO water.default: x",
        "11-22 05:40:18.879 127.0.0.1:54321       12528        main  NOTE water.default: x",
        "\tat water.MRTask.getResult(MRTask.java:660)",
        "2026-11-22T05:51:03.482897745Z main INFO Starting configuration org.apache",
        "05-06 17:12:15.610 172.16.2.179:54321    26336  main      ERRR: \tat water.A.b(A.java:1)",
        "05-06 17:12:15.610 172.16.2.179:54321    26336  main      ERRR: Caused by: x",
    ),
)
def test_no_headers(text: str) -> None:
    assert FORM.header(text.encode(), 0) is None


def test_the_last_day_of_a_leap_february() -> None:
    head = b"02-29 00:00:01.002 127.0.0.1:5 1 main INFO a.b: x"
    header = FORM.header(head, 0)
    assert header is not None
    assert header.stamp_ms == 59 * 86_400_000 + 1002


@pytest.mark.parametrize("between", ("T", " "))
def test_both_stamps_of_the_access_log(between: str) -> None:
    text = (
        f"1970-01-02{between}00:00:01,887 127.0.0.1:54341       25610  4827909-19  INFO "
        "water.api.RequestServer:   GET     200     116 ms  /3/Cloud"
    )
    header = HttpLogFormat().header(text.encode(), 0)
    assert header is not None
    assert header[:6] == (
        86_401_887, "127.0.0.1:54341", "25610", "4827909-19", "INFO", "water.api.RequestServer"
    )  # fmt: skip
    assert HttpLogFormat().header(text.replace("-02", "-32").encode(), 0) is None
    assert HttpLogFormat().header(text.replace("RequestServer", "Other").encode(), 0) is None


def test_gc_lines_state_an_offset_or_no_time() -> None:
    form = GcLineFormat()
    text = b"[2026-11-22T06:12:45.464+0100][12.3s][info][gc] GC(3) Pause"
    header = form.header(text, 0)
    assert header is not None
    assert header.stamp_ms == 1795324365464
    assert text[header.message_at :] == b"GC(3) Pause"
    no_offset = form.header(b"[2026-11-22T06:12:45.464][gc] GC(3)", 0)
    uptime = form.header(b"[12.345s][info][gc] GC(3)", 0)
    assert no_offset is not None
    assert uptime is not None
    assert no_offset.stamp_ms is uptime.stamp_ms is None
    assert form.header(b"Heap before", 0) is None


def test_kernel_and_plain_lines() -> None:
    kernel = KernelLineFormat()
    header = kernel.header(b"[ 3614.252651] Memory cgroup out of memory", 0)
    assert header is not None
    assert (header.stamp_ms, header.message_at) == (None, 15)
    assert kernel.header(b"Nov 22 ...", 0) is None
    assert PlainLineFormat("cgroup").header(b"[ 3614.252651] x", 0) is None
