import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from h2o_forensics.batch.pool import Isolated, Pool
from h2o_forensics.model.catalog import RunOutcome, RunTask
from tests.batch_faults import ENTRY, task

GRACE = 0.3
PLENTY = 8000


def answers(
    tasks: Sequence[RunTask], workers: int = 2, entry: str = ENTRY, memory_mb: int = PLENTY
) -> dict[str, RunOutcome]:
    """By the run's name, each exactly once."""
    with Pool(workers, memory_mb, entry, GRACE) as pool:
        for one in tasks:
            pool.submit(one)
        found = [one for one in pool.outcomes() if one is not None]
    names = Counter(one.location.removeprefix("/archive/") for one in found)
    assert names == Counter(one.run.name for one in tasks)
    return {one.location.removeprefix("/archive/"): one for one in found}


def problem(outcome: RunOutcome) -> tuple[str, str]:
    assert outcome.status == "failed"
    assert outcome.problem is not None
    return outcome.problem.code, outcome.problem.message


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if _is_worker(one)]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "h2o_forensics.batch.worker" in process.cmdline()
    except psutil.Error:  # it is just gone
        return False


@pytest.fixture(autouse=True)
def _nothing_remains() -> Iterator[None]:
    yield
    end = time.monotonic() + 10
    while children() and time.monotonic() < end:
        time.sleep(0.05)
    assert children() == []


def test_many_tasks_are_answered_once_each_by_few_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("h2o_forensics.batch.supervisor.MOST_TASKS", 100)
    found = answers([task(f"fine-{number}") for number in range(250)])
    assert {one.status for one in found.values()} == {"analyzed"}
    processes = Counter(one.run for one in found.values())
    assert 3 <= len(processes) <= 4
    assert max(processes.values()) <= 100


def test_no_more_processes_than_tasks() -> None:
    with Pool(8, PLENTY, ENTRY) as pool:
        assert children() == []
        pool.submit(task("nap-0.2"))
        assert [one.status for one in pool.outcomes() if one is not None] == ["analyzed"]
        assert len(children()) == 1


def test_more_may_be_submitted_while_outcomes_come() -> None:
    with Pool(2, PLENTY, ENTRY) as pool:
        pool.submit(task("fine-0"))
        seen = []
        for outcome in pool.outcomes():
            if outcome is None:
                continue
            seen.append(outcome.location)
            if len(seen) < 40:
                pool.submit(task(f"fine-{len(seen)}"))
    assert sorted(seen) == sorted(f"/archive/fine-{number}" for number in range(40))


def test_who_crashes_is_named_and_the_others_go_on() -> None:
    bad = ("die-1", "leave-1", "segfault-1", "killed-1", "close-1")
    good = [f"fine-{number}" for number in range(20)]
    found = answers([task(name) for name in (*bad[:2], *good, *bad[2:])])
    assert {found[name].status for name in good} == {"analyzed"}
    assert {problem(found[name])[0] for name in bad} == {"crashed"}
    said = {name: problem(found[name])[1] for name in bad}
    assert "twice with exit code 7" in said["die-1"]
    assert "gone for good" in said["leave-1"]
    assert "SIGSEGV" in said["segfault-1"]
    assert "segfault" in said["segfault-1"].replace("SIGSEGV", "")  # the function it was in
    assert "SIGKILL" in said["killed-1"]
    assert all(found[name].run for name in bad)  # its content was known before


def test_secrets_in_last_words_are_masked() -> None:
    _, message = problem(answers([task("secret-1")], 1)["secret-1"])
    assert "cannot connect" in message
    assert "hunter2" not in message


def test_a_task_whose_process_died_is_tried_again(tmp_path: Path) -> None:
    mark = str(tmp_path / "seen").replace("/", "|")
    found = answers([task("fine-1"), task(f"once-{mark}"), task("fine-2")], workers=1)
    assert {one.status for one in found.values()} == {"analyzed"}


@pytest.mark.parametrize("how", ("hang", "spin"))
def test_who_hangs_is_ended_and_told_where_it_was(how: str) -> None:
    tasks = [task(f"{how}-1", timeout_s=0.4), task("fine-1"), task("nap-0.5", timeout_s=1)]
    began = time.monotonic()
    found = answers(tasks)
    assert time.monotonic() - began < 15
    code, message = problem(found[f"{how}-1"])
    assert code == "timeout"
    assert "longer than 0.4 s" in message
    assert how in message.removeprefix("it took")
    assert "--timeout" in message
    assert found["nap-0.5"].status == "analyzed"


def test_who_takes_too_much_memory_is_ended() -> None:
    found = answers([task("bait-2000"), task("fine-1"), task("fine-2")], memory_mb=600)
    code, message = problem(found["bait-2000"])
    assert code == "memory"
    assert "600 MB are what all workers" in message
    assert "--max-memory" in message
    assert found["fine-1"].status == found["fine-2"].status == "analyzed"


def test_what_a_worker_starts_counts_and_is_ended_too() -> None:
    code, _ = problem(answers([task("breed-900")], memory_mb=400)["breed-900"])
    assert code == "memory"


def test_one_may_use_what_the_others_leave() -> None:
    found = answers([task("bait-400"), task("nap-0.5")], workers=4, memory_mb=800)
    assert {one.status for one in found.values()} == {"analyzed"}


def test_what_is_too_large_beside_others_is_done_alone() -> None:
    found = answers([task("bait-500"), task("bait-501"), task("fine-1")], memory_mb=800)
    assert {one.status for one in found.values()} == {"analyzed"}


def test_what_is_printed_does_not_matter() -> None:
    found = answers([task(f"rubbish-{number}") for number in range(3)])
    assert {one.status for one in found.values()} == {"analyzed"}


def test_exceptions_are_problems_of_the_run_alone() -> None:
    found = answers([task("fault-1"), task("memory-1"), task("read-1"), task("fine-1")], 1)
    code, message = problem(found["fault-1"])
    assert code == "fault"
    assert "KeyError" in message
    assert "no such table" in message
    assert problem(found["memory-1"])[0] == "memory"
    assert problem(found["read-1"])[0] == "unreadable"
    assert found["fine-1"].status == "analyzed"


def test_what_is_no_outcome_is_a_fault() -> None:
    for entry, word in (("no_outcome", "gave str"), ("not_told", "cannot be told")):
        code, message = problem(answers([task("a")], 1, f"tests.batch_faults:{entry}")["a"])
        assert code == "fault"
        assert word in message


def test_names_that_are_no_unicode_cross() -> None:
    name = os.fsdecode(b"caf\xe9.zip")
    assert answers([task(name)], 1, "tests.batch_faults:echo")[name].run == name


def test_workers_that_cannot_start_fail_all_tasks() -> None:
    found = answers([task(f"fine-{number}") for number in range(9)], 2, "no_such_module:do")
    for outcome in found.values():
        code, message = problem(outcome)
        assert code == "fault"
        assert "do not start" in message
        assert "no_such_module" in message


def test_workers_killed_at_any_moment_lose_nothing() -> None:
    chance, stop = random.Random(1), threading.Event()  # noqa: S311 - no secret

    def murder() -> None:
        while not stop.wait(chance.uniform(0.05, 0.4)):
            for victim in children():
                if chance.random() < 0.5:
                    victim.kill()

    killer = threading.Thread(target=murder)
    killer.start()
    try:
        found = answers([task(f"nap-0.0{number:03}") for number in range(100)])
    finally:
        stop.set()
        killer.join()
    for outcome in found.values():
        if outcome.status == "failed":  # killed twice
            assert problem(outcome)[0] in {"crashed", "fault"}


def test_closing_ends_what_goes_on_at_once() -> None:
    with Pool(2, PLENTY, ENTRY) as pool:
        for name in ("hang-1", "spin-1", "fine-1", "fine-2"):
            pool.submit(task(name))
        time.sleep(1)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(task("fine-3"))


def test_without_their_parent_workers_end_too(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "from tests.batch_faults import ENTRY, task\n"
        "from h2o_forensics.batch.pool import Pool\n"
        "import psutil, time\n"
        "with Pool(2, 8000, ENTRY) as pool:\n"
        "    pool.submit(task('hang-1')); pool.submit(task('hang-2'))\n"
        "    while len(psutil.Process().children()) < 2: time.sleep(0.01)\n"
        "    time.sleep(0.7)\n"
        "    print(*[one.pid for one in psutil.Process().children()], flush=True)\n"
        "    list(pool.outcomes())\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 5
    while any(map(psutil.pid_exists, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [pid for pid in workers if psutil.pid_exists(pid)] == []


def test_one_process_for_those_with_workers_of_their_own() -> None:
    alone = Isolated(ENTRY, 600, GRACE)
    try:
        first, second = alone.run(task("fine-1")), alone.run(task("fine-2"))
        assert first.status == second.status == "analyzed"
        assert first.run == second.run  # the same process
        assert problem(alone.run(task("die-1")))[0] == "crashed"
        assert problem(alone.run(task("hang-1", timeout_s=0.2)))[0] == "timeout"
        assert problem(alone.run(task("bait-2000")))[0] == "memory"
        assert alone.run(task("fine-3")).status == "analyzed"
    finally:
        alone.close()
