from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers.identify import identify

H2O = b"11-22 05:40:18.879 127.0.0.1:54321       12528        main  INFO water.default: Hi\n"
HTTP = (
    b"2026-11-22T05:54:06,887 127.0.0.1:54341       25610  4827909-19  INFO "
    b"water.api.RequestServer:   GET     200     116 ms  /3/Cloud\n"
)
HS_ERR = b"#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    (
        (b"", "empty"),
        (H2O, "h2o_log"),
        (b"\n" * 500 + H2O, "h2o_log"),
        (b"a model dump\n" * 400 + H2O, "h2o_log"),
        (HTTP, "http_log"),
        (HTTP * 3 + H2O, "http_log"),
        (HS_ERR, "hs_err"),
        (b"# My notes\n# on Java\n", "console"),
        (b"[0.012s][gc] Using G1\n[0.3s][info][gc] GC(0) Pause Young 1M->1M(2M) 1ms\n", "gc_log"),
        (b"2.345: [GC (Allocation Failure) 512K->300K(2048K), 0.001 secs]\n", "gc_log"),
        (b"[0.012s] Using Parallel\n[1.2s] GC(0) Pause Young (Allocation Failure) 1M->1M(2M) 1ms\n",
         "gc_log"),
        (b"Using G1\nGC(0) Pause Young (Normal) 1M->1M(2M) 1.0ms\n", "gc_log"),
        (b"[12.3s][info][gc,phases   ] GC(9)   Evacuate Collection Set: 3.1ms\n" * 3, "gc_log"),
        (b"[1.2s][info][gc,start] GC(0) Garbage Collection (Warmup)\n", "gc_log"),
        (b"[1.2s][info][gc] Trigger: Free (10M) is below minimum threshold (12M)\n", "gc_log"),
        (b'[1.2s][info][safepoint] Safepoint "G1CollectForAllocation", Time since last: 3 ns\n',
         "gc_log"),
        (b"[1.2s][info][safepoint] Total time for which application threads were stopped: 0.1\n",
         "gc_log"),
        (b"2014-01-16 14:08:54 GC log file created gc.log.1\nMemory: 4k page, physical 1k\n",
         "gc_log"),
        (b"OpenJDK 64-Bit Server VM (25.71-b00) for linux-aarch64 JRE (1.8.0-x), built on\n",
         "gc_log"),
        (b"2013-08-26T10:12:11.325+0200: 5,123: [CMS-concurrent-mark-start]\n", "gc_log"),
        (b"0.123: Total time for which application threads were stopped: 0.0001 seconds\n",
         "gc_log"),
        (b"{Heap before GC invocations=1 (full 0):\n PSYoungGen   total 1K, used 1K\n", "gc_log"),
        (b"work\n" * 20 + b"[1.2s][info][gc] GC(0) Pause Young (Normal) 1M->1M(2M) 1ms\n",
         "console"),
        (b"a text on Pause Young (Normal) (G1 Evacuation Pause) 1M->1M(2M) 1.0ms\n", "console"),
        (b"[0.1s][info][gc] Using G1\n" + H2O, "h2o_log"),
        (b"[ 3614.252651] Memory cgroup out of memory\n", "kernel_log"),
        (b"Nov 22 06:00:00 host kernel: Out of memory: Killed process 1 (java)\n", "kernel_log"),
        (b"nr_periods 100\nnr_throttled 90\nthrottled_time 5\n", "cgroup"),
        (b"import h2o\nh2o.init()\n", "text"),
        (b"Traceback (most recent call last):\n", "console"),
        (b'{"a": 1}', "json"),
        (b'\xef\xbb\xbf {"a": 1}', "json"),
        (b"[\n  {", "json"),
        (b"{not json}", "console"),
        (b"\x1c\xed\x01", "model"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0", "binary"),
        (b"one \0 byte in a text of some length, no more than that\n" + H2O, "h2o_log"),
    ),
)  # fmt: skip
def test_by_content(head: bytes, kind: str) -> None:
    assert identify(head) == kind


def test_the_name_does_not_matter(read: Callable[..., EvidenceSet]) -> None:
    files = {"gc.log": H2O, "x-httpd.log": HS_ERR, "dmesg": HTTP, "info.json": b"[ 1.5] kernel\n"}
    kinds = {one.path: one.kind for one in read(files).case.artifacts}
    assert kinds == {
        "gc.log": "h2o_log", "x-httpd.log": "hs_err", "dmesg": "http_log", "info.json": "kernel_log"
    }  # fmt: skip
