"""Spark's executors and Sparkling Water's way to its cluster, as tables."""

from collections.abc import Callable

import pytest

from h2o_forensics.model.evidence import EvidenceSet

Read = Callable[..., EvidenceSet]

STARTS = (
    "26/11/22 07:27:09 WARN InternalH2OBackend: Increasing 'spark.locality.wait' to value 0 "
    "(Infinitive) as we need to ensure we run on the nodes with H2O\n"
)
LISTED = """Sparkling Water Context:
 * list of used nodes:
  (executorId, host, port)
  ------------------------
  (0,10.0.0.1,54321)
  (1,node2.example.com,54323)
  ------------------------
"""
LOST = "26/11/22 07:39:08 ERROR TaskSchedulerImpl: Lost executor {0} on 10.0.0.1: {1}\n"
COMMAND = (
    'Spark Executor Command: "/j/bin/java" "-cp" "/a:/b" "-Xmx1024M" "-Dx=y" '
    '"org.apache.spark.executor.CoarseGrainedExecutorBackend" "--executor-id" "0" '
    '"--hostname" "10.0.0.1" "--cores" "1"\n'
)


def test_an_executor_is_joined_with_its_node(read: Read) -> None:
    tables = read({
        "driver.log": STARTS + LISTED + LOST.format(0, "Command exited with code 137"),
        "work/0/stderr": COMMAND + "26/11/22 07:27:23 INFO Executor: Starting executor ID 0 "
        "on host 10.0.0.1\n",
    }).tables  # fmt: skip
    (row,) = tables["executors"].rows(named=True)
    assert (row["executor"], row["node"], row["has_h2o"]) == ("0", "10.0.0.1:54321", True)
    assert (row["xmx_bytes"], row["started"]) == (1 << 30, True)
    assert (row["lost"], row["in_teardown"]) == (True, False)
    assert row["reason"] == "Command exited with code 137"
    assert row["lost_at"].isoformat() == "2026-11-22T07:39:08+00:00"


@pytest.mark.parametrize(
    "ending",
    (
        "26/11/22 07:39:08 ERROR Worker: Failed to launch executor app-1/3 for job.\n",
        "26/11/22 07:39:07 INFO SparkContext: Invoking stop() from shutdown hook\n",
        "java.lang.IllegalStateException: Shutdown hooks cannot be modified during shutdown.\n",
        "org.apache.spark.SparkException: Could not find CoarseGrainedScheduler.\n",
    ),
)
def test_an_executor_lost_with_the_application(read: Read, ending: str) -> None:
    before = "26/11/22 07:39:07 ERROR Inbox: Ignoring error\n"
    text = STARTS + LISTED + before + ending + LOST.format(1, "Worker shutting down")
    (row,) = read({"driver.log": text}).tables["executors"].rows(named=True)
    assert (row["executor"], row["node"]) == ("1", "node2.example.com:54323")
    assert row["in_teardown"]


def test_counting_executors_for_ever(read: Read) -> None:
    task = "26/11/22 07:{0}:23 INFO Executor: Running task 3.0 in stage {1}.0 (TID 3)\n"
    tables = read({
        "driver.log": STARTS,
        "job.py": 'import pysparkling\nconf.set("spark.ext.h2o.cluster.size", "3")\n',
        "work/0/stderr": "26/11/22 07:27:20 INFO Executor: Starting executor ID 0 on host a\n"
        + task.format(28, 0) + task.format(33, 70),
    }).tables  # fmt: skip
    (row,) = tables["spark"].rows(named=True)
    assert row["internal"]
    assert not row["formed"]
    assert (row["asked"], row["executors_found"], row["stages"]) == (3, 1, 70)
    assert row["waited_ms"] == (6 * 60 + 14) * 1000


@pytest.mark.parametrize(
    "sign",
    (
        LISTED,
        "Connecting to H2O server at http://localhost:54325 ... successful.\n",
        "26/11/22 07:28:09 INFO water.default: Cloud of size 2 formed [/10.0.0.1:54321]\n",
        (
            "11-22 07:28:09.000 10.0.0.1:54321   4242   FJ-126-3  INFO water.default: "
            "----- H2O started  -----\n"
        ),
    ),
)
def test_what_shows_that_h2o_came_up(read: Read, sign: str) -> None:
    (row,) = read({"driver.log": STARTS + sign}).tables["spark"].rows(named=True)
    assert row["formed"]


def test_the_number_of_executors_is_the_number_of_nodes(read: Read) -> None:
    conf = "spark.executor.instances 4\nspark.ext.h2o.cluster.size=2\n"
    files = {"driver.log": STARTS, "spark-defaults.conf": conf}
    (row,) = read(files).tables["spark"].rows(named=True)
    assert row["asked"] == 4


def test_without_spark_there_are_no_rows(read: Read, line: Callable[..., str]) -> None:
    tables = read({"node.log": line("07:00:00.000", "Cloud of size 1 formed [/a]")}).tables
    assert tables["spark"].is_empty()
    assert tables["executors"].is_empty()


def test_lines_without_a_node_have_a_clock_of_their_own(read: Read) -> None:
    evidence = read({"driver.log": STARTS})
    assert list(evidence.case.clocks) == ["(no node)"]
    assert evidence.case.clocks["(no node)"].year == 2026
    assert evidence.case.first_ms == 1_795_332_429_000


def test_another_application_ends_for_itself(read: Read) -> None:
    ended = "26/11/22 07:00:08 INFO ShutdownHookManager: Shutdown hook called\n"
    mine = LISTED + LOST.format(0, "Command exited with code 137")
    other = {"a/driver.log": STARTS + ended, "b/driver.log": mine}
    (row,) = read(other).tables["executors"].rows(named=True)
    assert (row["lost"], row["in_teardown"]) == (True, False)
    (row,) = read({"b/driver.log": ended + mine}).tables["executors"].rows(named=True)
    assert row["in_teardown"]
    (row,) = (
        read({"a/worker.log": ended, "b/driver.log": mine}).tables["executors"].rows(named=True)
    )
    assert row["in_teardown"]
