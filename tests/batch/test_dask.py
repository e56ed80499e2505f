"""A scan on a Dask cluster: real schedulers and workers, lost and found."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from h2o_forensics.batch import tasks
from h2o_forensics.batch.dask_pool import DaskPool
from h2o_forensics.batch.scan import ScanRequest, Watch, scan
from h2o_forensics.batch.tally import Tally
from h2o_forensics.errors import IntakeError
from h2o_forensics.model.catalog import FoundRun, RunOutcome
from tests.batch_archive import FIRST_CAUSES, SMALL, causes, make_archive, state, table
from tests.batch_faults import ENTRY, task
from tests.dask_cluster import ROOT, Cluster, cluster, kill, wait_until, working

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

SOME = (*SMALL, "node_killed", "healthy_cluster", "grid_failures")
POISON = "tests.dask_cluster:poison"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers, for tests that leave them alive."""
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive, and what a scan without Dask made of it."""
    folder = tmp_path_factory.mktemp("local")
    archive = make_archive(folder / "archive", SOME)
    scan(request(archive, folder / "catalog", workers=2))
    return archive, folder / "catalog"


def request(archive: Path, catalog: Path, **more: object) -> ScanRequest:
    asked = ScanRequest(archives=(str(archive),), catalog=str(catalog), settle_s=0)
    return replace(asked, **more)


def done(pool: DaskPool, *names: str) -> dict[str, RunOutcome]:
    for name in names:
        pool.submit(task(name))
    found = [one for one in pool.outcomes() if one is not None]
    assert len(found) == len(names)
    return {one.location.removeprefix("/archive/"): one for one in found}


def code(outcome: RunOutcome) -> str:
    return outcome.problem.code if outcome.problem else ""


def test_the_same_as_a_scan_without_it(
    shared: Cluster, local: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shown: list[int] = []
    watch = Watch(show=lambda stage, tally: shown.append(tally.done) if "ana" in stage else None)
    record = scan(request(local[0], tmp_path / "catalog", dask=shared.address), watch)
    assert (record.found, record.analyzed, record.failed) == (len(SOME), len(SOME), 0)
    assert causes(tmp_path / "catalog") == {name: FIRST_CAUSES[name] for name in SOME}
    assert state(tmp_path / "catalog") == state(local[1])
    assert shown[-1] == len(SOME)
    assert shown == sorted(shown)
    again = scan(request(local[0], tmp_path / "catalog", dask=shared.address))
    assert (again.unchanged, again.analyzed) == (len(SOME), 0)
    assert working(shared) == 0
    assert capfd.readouterr() == ("", "")


def test_a_worker_lost_in_mid_scan(local: tuple[Path, Path], tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster") as made:

        def lose(_stage: str, tally: Tally) -> None:
            if tally.done >= 1 and made.workers[0].poll() is None:
                assert tally.done < tally.total
                kill(made.workers[0])

        asked = request(local[0], tmp_path / "catalog", dask=made.address)
        record = scan(asked, Watch(show=lose))
        assert made.workers[0].poll() == -signal.SIGKILL
        wait_until(lambda: working(made) == 0)
    assert (record.analyzed, record.failed, record.unreadable) == (len(SOME), 0, 0)
    assert state(tmp_path / "catalog") == state(local[1])


def test_large_runs_are_read_in_parts(
    shared: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def large(run: FoundRun) -> bool:
        seen.append(run.name)
        return True

    monkeypatch.setattr(tasks, "may_split", large)
    archive = make_archive(tmp_path / "archive", ("node_killed",))
    record = scan(request(archive, tmp_path / "catalog", dask=shared.address))
    assert record.analyzed == 1
    assert seen == ["node_killed"]
    assert causes(tmp_path / "catalog") == {"node_killed": "node.killed"}


def test_much_data_goes_to_who_judges(shared: Cluster) -> None:
    """Dask warns of tasks of more than 10 MB; warnings are errors here."""
    with DaskPool(shared.address, "tests.batch_faults:echo") as pool:
        large = replace(task("large"), kind="judge", readings=(os.urandom(12_000_000),))
        pool.submit(large)
        assert [one.run for one in pool.outcomes() if one is not None] == ["large"]


def test_runs_that_fail_take_no_worker_along(shared: Cluster) -> None:
    with DaskPool(shared.address, ENTRY) as pool:
        assert pool.workers == 2
        names = ("die-1", "segfault", "killed", "memory", "fault", "fine-1", "read")
        found = done(pool, *names)
        codes = {name: code(outcome) for name, outcome in found.items()}
        assert codes == {
            "die-1": "crashed", "segfault": "crashed", "killed": "crashed", "memory": "memory",
            "fault": "fault", "fine-1": "", "read": "unreadable",
        }  # fmt: skip
        problem = found["read"].problem
        assert problem is not None
        assert "archives have to be where all workers see them" in problem.message
        assert working(shared) >= 1
    wait_until(lambda: working(shared) == 0)
    assert all(worker.poll() is None for worker in shared.workers)


def test_a_run_that_takes_too_long(shared: Cluster) -> None:
    with DaskPool(shared.address, ENTRY) as pool:
        pool.submit(task("hang", timeout_s=0.1))
        assert [code(one) for one in pool.outcomes() if one is not None] == ["timeout"]


def test_data_that_workers_do_not_see(shared: Cluster, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", SMALL[:2])
    hidden = tmp_path / "elsewhere"

    def hide(stage: str, tally: Tally) -> None:
        if stage == "finding runs" and tally.found == 2:
            archive.rename(hidden)

    record = scan(request(archive, tmp_path / "catalog", dask=shared.address), Watch(show=hide))
    assert (record.unreadable, record.analyzed) == (2, 0)
    assert all("unreadable" in line for line in record.problems)
    assert all("by the same path" in line for line in record.problems)
    hidden.rename(archive)
    again = scan(request(archive, tmp_path / "catalog", dask=shared.address))
    assert (again.analyzed, again.unreadable) == (2, 0)


def test_a_run_that_kills_dask_workers_is_given_up_and_no_other(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", workers=0) as made:
        made.add_worker("--nanny")
        with DaskPool(made.address, POISON) as pool:
            found = done(pool, "fine-1", "poison", "fine-2", "fine-3")
        told = found["poison"].problem
        assert told is not None
        assert told.code == "lost"
        assert "KilledWorker" in told.message
        assert {code(found[f"fine-{number}"]) for number in (1, 2, 3)} == {""}


def test_all_workers_lost(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", workers=1) as made:
        began = time.monotonic()
        told = "no worker was there for 1 s; what was done is kept"
        with DaskPool(made.address, ENTRY, patience_s=1) as pool:
            pool.submit(task("fine-1"))
            pool.submit(task("nap-60"))
            outcomes = pool.outcomes()
            while next(outcomes) is None:
                pass
            kill(made.workers[0])
            with pytest.raises(IntakeError, match=told):
                list(outcomes)
        assert time.monotonic() - began < 30


def test_another_worker_comes_in_time(tmp_path: Path) -> None:
    with (
        cluster(tmp_path / "cluster", workers=0) as made,
        DaskPool(made.address, ENTRY) as pool,
    ):
        assert pool.workers == 1
        pool.submit(task("fine-1"))
        outcomes = pool.outcomes()
        assert next(outcomes) is None
        made.add_worker()
        assert [one.status for one in outcomes if one is not None] == ["analyzed"]


def test_a_scheduler_lost_in_mid_scan_keeps_what_was_done(
    local: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    catalog = tmp_path / "catalog"
    with cluster(tmp_path / "cluster") as made:

        def lose(_stage: str, tally: Tally) -> None:
            if tally.done >= 1 and made.scheduler.poll() is None:
                kill(made.scheduler)

        with pytest.raises(IntakeError, match="its scheduler is gone; what was done is kept"):
            scan(request(local[0], catalog, dask=made.address), Watch(show=lose))
    kept = len(table(catalog, "runs"))
    assert 1 <= kept < len(SOME)
    rest = scan(request(local[0], catalog, workers=2))
    assert (rest.unchanged, rest.analyzed) == (kept, len(SOME) - kept)
    assert state(catalog) == state(local[1])
    assert capfd.readouterr() == ("", "")


def test_an_end_by_the_user_ends_what_goes_on(shared: Cluster, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", SMALL)
    began = time.monotonic()
    asked = request(archive, tmp_path / "catalog", dask=shared.address, entry=ENTRY_HANG)
    record = scan(asked, Watch(stop=lambda: working(shared) == 2))
    assert time.monotonic() - began < 60
    assert record.ended is None
    wait_until(lambda: working(shared) == 0)
    rest = scan(replace(asked, entry=request(archive, tmp_path).entry))
    assert rest.analyzed == len(SMALL)


ENTRY_HANG = "tests.dask_cluster:hang"


def test_ctrl_c_in_the_terminal(shared: Cluster, tmp_path: Path) -> None:
    archive, catalog = make_archive(tmp_path / "archive", SMALL), tmp_path / "catalog"
    process = command(
        "scan", str(archive), "--catalog", str(catalog), "--dask", shared.address, "--settle", "0"
    )
    wait_until(lambda: working(shared) > 0)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode in {130, 0}, said  # it may just have been done
    assert "Traceback" not in said
    assert "distributed" not in said
    wait_until(lambda: working(shared) == 0)
    assert scan(request(archive, catalog, dask=shared.address)).found == len(SMALL)
    assert len(table(catalog, "runs")) == len(SMALL)


def test_no_scheduler(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", SMALL[:1])
    for address, told in (("nonsense", "write tcp://HOST:8786"), ("http://h:1", "no address")):
        process = command(
            "scan", str(archive), "--catalog", str(tmp_path / "c"), "--dask", address,
            "--settle", "0",
        )  # fmt: skip
        said = process.communicate(timeout=60)[1].decode()
        assert process.returncode == 3
        assert told in said
        assert len(said.splitlines()) == 1, said
    with socket.create_server(("127.0.0.1", 0)) as silent:  # listens, and says nothing
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IntakeError, match=r"no scheduler answers there \(\w+\); start one"):
            DaskPool(address, connect_s=0.5)


def test_workers_with_another_version_or_none(shared: Cluster, tmp_path: Path) -> None:
    with (
        pytest.raises(IntakeError, match=r"h2o-forensics .* is installed on .*: install 9\.9 on"),
        DaskPool(shared.address, ENTRY, version="9.9") as pool,
    ):
        done(pool, "fine-1")
    with (
        cluster(tmp_path / "bare", workers=1, package=False) as made,
        pytest.raises(IntakeError, match="No module named 'h2o_forensics'"),
        DaskPool(made.address) as pool,
    ):
        done(pool, "fine-1")


def test_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(IntakeError, match=r"pip install 'h2o-forensics\[dask\]'"):
        DaskPool("tcp://127.0.0.1:1")


def test_dasks_own_logs_are_as_they_were(shared: Cluster) -> None:
    logger = logging.getLogger("distributed.client")
    before = logger.level
    with DaskPool(shared.address, ENTRY) as pool:
        done(pool, "fine-1")
        assert not logger.isEnabledFor(logging.CRITICAL)
    assert logger.level == before


def command(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "h2o_forensics", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
