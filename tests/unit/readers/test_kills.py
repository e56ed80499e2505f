"""Who killed a process: kernel, YARN, Kubernetes, shells, docker."""

import pytest

from h2o_forensics.readers.container_json import read_inspect
from h2o_forensics.readers.kills import kill_rows
from h2o_forensics.readers.pod_text import quantity

MB, GB = 1024**2, 1024**3


def one(text: str) -> dict[str, object]:
    (row,) = kill_rows(text.encode())
    return row


NEW_KERNEL = """\
[ 3614.204601] memory: usage 262144kB, limit 262144kB, failcnt 12346
[ 3614.204603] Memory cgroup stats for /lab:
[ 3614.252518] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,\
oom_memcg=/lab,task_memcg=/lab/a,task=java,pid=7758,uid=0
[ 3614.252651] Memory cgroup out of memory: Killed process 7758 (java) total-vm:3490376kB, \
anon-rss:225572kB, file-rss:21920kB, shmem-rss:0kB, UID:0 pgtables:780kB oom_score_adj:0
"""


def test_a_group_of_a_new_kernel() -> None:
    row = one(NEW_KERNEL)
    expected = {
        "by": "cgroup", "pid": 7758, "process": "java", "rss_bytes": 225572 * 1024, "line": 4,
        "limit_bytes": 256 * MB, "cgroup": "/lab", "exit_code": 137,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert "at_ms" not in row  # seconds since boot


def test_old_kernels_say_it_twice() -> None:
    row = one(
        "[1.2] Task in /docker/f00 killed as a result of limit of /docker/f00\n"
        "[1.2] memory: usage 262144kB, limit 262144kB, failcnt 512\n"
        "[1.2] Memory cgroup out of memory: Kill process 7758 (java) score 900 or sacrifice child\n"
        "[1.2] Killed process 7758 (java) total-vm:3490376kB, anon-rss:225572kB, file-rss:1kB\n"
    )
    assert (row["line"], row["by"], row["rss_bytes"]) == (3, "cgroup", 225572 * 1024)
    assert (row["cgroup"], row["limit_bytes"]) == ("/docker/f00", 256 * MB)


@pytest.mark.parametrize(
    ("prefix", "when"),
    (
        ("Nov 22 06:12:01 host kernel: ", {"stamp_ms": 28188721000}),
        ("[Sun Nov 22 06:12:01 2026] ", {"stamp_ms": 28188721000}),
        ("2026-11-22T07:12:01+01:00 host kernel: ", {"at_ms": 1795327921000}),
        ("2026-11-22T06:12:01.123456+0000 host kernel: ", {"at_ms": 1795327921123}),
        ("[12345.678] ", {}),
    ),
)
def test_the_whole_machine(prefix: str, when: dict[str, int]) -> None:
    row = one(f"{prefix}Out of memory: Killed process 99 (java) total-vm:1kB, anon-rss:7kB, x\n")
    assert (row["by"], row["pid"], row["rss_bytes"], row["limit_bytes"]) == (
        "kernel",
        99,
        7168,
        None,
    )
    assert {key: row[key] for key in ("at_ms", "stamp_ms") if key in row} == when


def test_yarn() -> None:
    row = one(
        "Container [pid=4242,containerID=container_1_0001_01_000003] is running 72351744B beyond "
        "the 'PHYSICAL' memory limit. Current usage: 6.5 GB of 6 GB physical memory used; 9.1 GB "
        "of 13.9 GB virtual memory used. Killing container.\n"
    )
    assert (row["by"], row["pid"], row["cgroup"]) == ("yarn", 4242, "container_1_0001_01_000003")
    assert (row["rss_bytes"], row["limit_bytes"]) == (6.5 * GB, 6 * GB)
    spark = one(
        "26/11/22 07:39:08 ERROR YarnScheduler: Lost executor 4 on n3: Container killed by YARN "
        "for exceeding memory limits. 5.5 GB of 5 GB physical memory used.\n"
    )
    assert (spark["by"], spark["limit_bytes"]) == ("yarn", 5 * GB)


@pytest.mark.parametrize(
    ("line", "by", "code"),
    (
        ("Container exited with a non-zero exit code 143", "yarn", 143),
        ("[2026-11-22 07:39:08.123]Container killed on request. Exit code is 137", "yarn", 137),
        ("ERROR TaskSchedulerImpl: Lost executor 0: Command exited with code 137", "shell", 137),
        ("h2o.service: Main process exited, code=killed, status=9/KILL", "shell", 137),
        ("h2o.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED", "shell", 3),
        ("java -jar h2o.jar: exit status 255", "shell", 255),
        ("./run.sh: line 3: 19566 Killed                  java -jar h2o.jar", "shell", 137),
        ("H2O node 10.0.0.2:54321 exited with status 137", "shell", 137),
    ),
)
def test_exit_codes(line: str, by: str, code: int) -> None:
    row = one(f"before\n{line}\n")
    assert (row["by"], row["exit_code"], row["line"]) == (by, code, 2)


def test_the_node_a_driver_names() -> None:
    assert one("H2O node 10.0.0.2:54321 exited with status 137\n")["node"] == "10.0.0.2:54321"


@pytest.mark.parametrize(
    "line",
    (
        "Container exited with a non-zero exit code 0",
        "the exit code 3 of something else",
        "java version 1.8",
        (
            "11-22 05:50:00.100 10.0.0.1:54321        4242         main  INFO water.default: "
            "POST /3/Parse, parms: {destination_frame=Command exited with code 137}"
        ),
        "Killing them softly with exit codes",
    ),
)
def test_no_verdicts(line: str) -> None:
    assert kill_rows(f"{line}\n".encode()) == []


DESCRIBE = """\
Name:         h2o-1
IP:           10.1.0.4
Containers:
  h2o-k8s:
    Container ID:   docker://f00
    State:          Running
      Started:      Sun, 22 Nov 2026 06:00:10 +0000
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Sun, 22 Nov 2026 05:00:00 +0000
    Ready:          True
    Limits:
      cpu:     2
      memory:  4Gi
  sidecar:
    Last State:     Terminated
      Reason:       Completed
      Exit Code:    0
"""


def test_a_described_pod() -> None:
    row = one(DESCRIBE)
    expected = {
        "by": "k8s", "process": "h2o-k8s", "reason": "OOMKilled", "exit_code": 137, "line": 9,
        "limit_bytes": 4 * GB, "ip": "10.1.0.4",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected


def test_other_containers_of_a_pod() -> None:
    sidecar = DESCRIBE.replace("Completed", "OOMKilled").replace(
        "Exit Code:    0", "Exit Code:  137"
    )
    sidecar = sidecar.replace("  sidecar:\n", "  sidecar:\n    Container ID:   docker://f01\n")
    row = one(sidecar)
    assert (row["process"], row["unclear"]) == ("h2o-k8s", False)
    rows = kill_rows(sidecar.replace("h2o-k8s", "main").encode())
    assert [(row["process"], row["unclear"]) for row in rows] == [("main", True), ("sidecar", True)]


def test_a_pod_as_yaml() -> None:
    row = one(
        "status:\n  containerStatuses:\n  - image: h2o\n    lastState:\n      terminated:\n"
        "        exitCode: 137\n        reason: OOMKilled\n    name: h2o\n"
    )
    assert (row["by"], row["reason"], row["line"]) == ("k8s", "OOMKilled", 7)


def test_an_evicted_pod() -> None:
    row = one(
        "Warning  Evicted  5m  kubelet  The node was low on resource: memory. Container h2o\n"
    )
    assert (row["by"], str(row["reason"])[:35]) == (
        "k8s",
        "The node was low on resource: memory"[:35],
    )


@pytest.mark.parametrize(
    ("text", "size"),
    (("4Gi", 4 * GB), ("512M", 512_000_000), ("2000", 2000), ("1k", 1000), ("", None), ("x", None)),
)
def test_quantities(text: str, size: int | None) -> None:
    assert quantity(text) == size


def test_docker_inspect() -> None:
    document = [
        {
            "Name": "/h2o",
            "State": {"Running": False, "OOMKilled": True, "ExitCode": 137,
                      "FinishedAt": "2026-11-22T06:12:01.5Z"},
            "HostConfig": {"Memory": 4 * GB},
        },
        {"Name": "/ok", "State": {"Running": True, "OOMKilled": False, "ExitCode": 0}},
        {"Name": "/three", "State": {"Running": False, "OOMKilled": False, "ExitCode": 3}},
    ]  # fmt: skip
    kills, limits = read_inspect(document)
    assert [(row["by"], row["exit_code"], row["reason"]) for row in kills] == [
        ("cgroup", 137, "OOMKilled"),
        ("shell", 3, "ExitCode 3"),
    ]
    assert (kills[0]["at_ms"], kills[0]["pointer"]) == (1795327921500, "/0/State")
    assert [row["limit_bytes"] for row in limits] == [4 * GB]


def test_pods_as_json() -> None:
    pod = {
        "spec": {"containers": [{"name": "h2o", "resources": {"limits": {"memory": "4Gi"}}}]},
        "status": {
            "podIP": "10.1.0.4",
            "containerStatuses": [
                {
                    "name": "h2o",
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                }
            ],
        },
    }
    for document, pointer in (({"items": [pod]}, "/items/0"), (pod, "")):
        kills, limits = read_inspect(document)
        assert (kills[0]["reason"], kills[0]["limit_bytes"], kills[0]["ip"]) == (
            "OOMKilled", 4 * GB, "10.1.0.4",
        )  # fmt: skip
        assert kills[0]["pointer"] == f"{pointer}/status/containerStatuses/0/lastState/terminated"
        assert limits[0]["limit_bytes"] == 4 * GB


@pytest.mark.parametrize(
    "document",
    (
        None, 7, [], [None, {}, {"State": 3}], {}, {"items": 3},
        {"items": [None, {"status": {"containerStatuses": [None, {"state": {"terminated": 3}}]}}]},
    ),
)  # fmt: skip
def test_other_documents(document: object) -> None:
    assert read_inspect(document) == ([], [])


def test_a_flood_is_capped() -> None:
    text = "Container exited with a non-zero exit code 143\n" * 2000
    assert len(kill_rows(text.encode())) == 500
