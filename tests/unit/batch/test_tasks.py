"""A run's way through a scan, with workers that answer as they are told."""

import re
from collections.abc import Callable, Iterator
from typing import Self

import pytest
from msgspec.structs import replace

from h2o_forensics.batch.census import Known, Work
from h2o_forensics.batch.ledger import Ledger
from h2o_forensics.batch.reuse import Decision, Reuse
from h2o_forensics.batch.split import LEAST_BYTES
from h2o_forensics.batch.tally import Tally
from h2o_forensics.batch.tasks import Tasks
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.model.catalog import (
    FileStat,
    FoundRun,
    IndexRow,
    RunOptions,
    RunOutcome,
    RunProblem,
    RunResult,
    RunTask,
)
from tests.catalog_samples import place, rows_of_all, sample

KEY, OLD = "b" * 16, "a" * 16
RUN = sample(1).run
HERE = "/archive/1.zip"
Answer = Callable[[RunTask], RunOutcome]


class Workers:
    """Answers each task by its kind; now and then there is nothing yet."""

    workers = 2

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers, self.waiting, self.kinds = answers, list[RunTask](), list[str]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None: ...

    def submit(self, task: RunTask) -> None:
        self.waiting.append(task)
        self.kinds.append(task.kind)

    def outcomes(self) -> Iterator[RunOutcome | None]:
        while self.waiting:
            yield None
            task = self.waiting.pop(0)
            yield self.answers[task.kind](task)


class Decides(Reuse):
    """Says of all old results what it is told to."""

    def __init__(self, catalog: Catalog, what: Decision) -> None:
        self.catalog, self.what, self.asked = catalog, what, list[tuple[str, str]]()

    def decide(self, run: str, analysis: str) -> Decision:
        self.asked.append((run, analysis))
        return self.what


@pytest.fixture
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(str(tmp_path_factory.mktemp("c")), create=True)


def result(run: str = RUN, problem: str = "") -> RunResult:
    made = replace(sample(1, KEY), run=run)
    if problem:
        made = replace(made, status="failed", problem=RunProblem(problem, "bad"))
    return made


def analyzed(run: str = RUN, problem: str = "", *, changed: bool = False) -> Answer:
    made = result(run, problem)
    return lambda task: RunOutcome(
        task.kind, task.run.location, run, made.status, made.problem, changed=changed,
        result=encode_result(made), rows=rows_of(made), read_bytes=7,
    )  # fmt: skip


def hashed(run: str = RUN) -> Answer:
    return lambda task: RunOutcome(task.kind, task.run.location, run)


def looked(*, found: bool | None, run: str = RUN) -> Answer:
    return lambda task: RunOutcome(task.kind, task.run.location, run, found=found)


def failed(code: str) -> Answer:
    problem = RunProblem(code, "bad")
    return lambda task: RunOutcome(task.kind, task.run.location, status="failed", problem=problem)


def run_at(location: str = HERE, size: int = 10) -> FoundRun:
    stats = (FileStat(location.rpartition("/")[2], size, 5),)
    return FoundRun(location, "1.zip", "/archive", "archive", "", (location,), stats)


class Scene:
    """One run, and what became of it."""

    def __init__(
        self,
        catalog: Catalog,
        answers: dict[str, Answer],
        decision: Decision = Decision("analyze"),  # noqa: B008 - frozen
        *,
        trusted: bool = False,
        retry: bool = False,
        hash_all: bool = False,
        size: int = 10,
        growing: bool = False,
    ) -> None:
        self.workers, self.tally, self.said = Workers(answers), Tally(), list[str]()
        index = catalog.index()
        known = Known(index, catalog.results(), KEY, catalog.tabled())
        ledger = Ledger(catalog, index, KEY, 99)
        self.reuse = Decides(catalog, decision)
        self.tally.begin(1, size)
        tasks = Tasks(
            self.workers, ledger, known, RunOptions(key=KEY, timeout_s=10.0), self.reuse,
            tally=self.tally, say=lambda name, what: self.said.append(f"{name}: {what}"),
            hash_all=hash_all, retry=retry, processes=2,
        )  # fmt: skip
        tasks.begin(Work(run_at(size=size), index.get(HERE), trusted), growing=growing)
        self.ticks = len(list(tasks.follow()))
        ledger.publish()
        self.row: IndexRow = catalog.index()[HERE]

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.tally.counts)


def keep(catalog: Catalog, made: RunResult, message: str = "", *, tabled: bool = True) -> None:
    """What an earlier scan left."""
    catalog.put_result(made.run, made.analysis, encode_result(made))
    where = replace(place(made), location=HERE, stat=run_at().stat, message=message)
    catalog.add([where], rows_of_all([made]) if tabled else {})


def test_in_an_empty_catalog_all_is_analyzed_without_hashing_first(catalog: Catalog) -> None:
    scene = Scene(catalog, {"analyze": analyzed()})
    assert scene.workers.kinds == ["analyze"]
    assert (scene.counts, scene.tally.read_bytes) == ({"analyzed": 1}, 7)
    assert (scene.row.run, scene.row.analysis, scene.row.state) == (RUN, KEY, "present")
    assert scene.ticks == 2  # one of them said that there was nothing yet


def test_what_has_other_bytes_is_hashed_then_analyzed(catalog: Catalog) -> None:
    keep(catalog, sample(2, KEY))
    scene = Scene(catalog, {"hash": hashed(), "analyze": analyzed()})
    assert scene.workers.kinds == ["hash", "analyze"]
    assert scene.counts == {"analyzed": 1}


def test_bytes_that_are_known_are_not_analyzed(catalog: Catalog) -> None:
    keep(catalog, result())
    scene = Scene(catalog, {"hash": hashed()})
    assert (scene.workers.kinds, scene.counts) == (["hash"], {"same_content": 1})
    assert (scene.row.seen_ms, scene.row.message) == (99, "")


def test_a_result_without_rows_gets_them(catalog: Catalog) -> None:
    keep(catalog, result(), tabled=False)
    assert catalog.table("runs").collect().height == 0
    Scene(catalog, {"hash": hashed()})
    assert catalog.table("findings").collect().height == 2


def test_a_damaged_result_without_rows_is_made_anew(catalog: Catalog) -> None:
    keep(catalog, result(), tabled=False)
    catalog.put_result(RUN, KEY, b"rubbish")
    scene = Scene(catalog, {"hash": hashed(), "analyze": analyzed()})
    assert scene.counts == {"analyzed": 1}
    assert catalog.table("findings").collect().height == 2


@pytest.mark.parametrize("tabled", (True, False))
def test_a_failure_stays_one_until_it_is_tried_again(catalog: Catalog, *, tabled: bool) -> None:
    keep(catalog, result(problem="timeout"), "timeout" if tabled else "", tabled=tabled)
    scene = Scene(catalog, {"hash": hashed()}, hash_all=True)
    assert (scene.counts, scene.row.message) == ({"same_content": 1}, "timeout")
    again = Scene(catalog, {"hash": hashed(), "analyze": analyzed()}, retry=True, trusted=True)
    assert again.counts == {"analyzed": 1}
    assert again.row.message == ""


def test_what_fails_is_kept_and_said(catalog: Catalog) -> None:
    scene = Scene(catalog, {"analyze": analyzed(problem="crashed")})
    assert (scene.counts, scene.row.message) == ({"failed": 1}, "crashed")
    (said,) = scene.said
    assert said.startswith("1.zip: ")
    assert {"crashed", "bad"} <= set(re.findall(r"\w+", said))
    assert catalog.results() == {(RUN, KEY)}


@pytest.mark.parametrize("kind", ("hash", "analyze"))
def test_what_cannot_be_read_is_noted_without_a_result(catalog: Catalog, kind: str) -> None:
    if kind == "hash":
        keep(catalog, sample(2, KEY))
    scene = Scene(catalog, {kind: failed("unreadable")})
    assert (scene.counts, scene.row.state, scene.row.run) == ({"unreadable": 1}, "unreadable", "")
    assert scene.row.message == "unreadable: bad"
    assert [said.startswith("1.zip: ") for said in scene.said] == [True]


def test_what_was_written_to_meanwhile_is_marked(catalog: Catalog) -> None:
    scene = Scene(catalog, {"analyze": analyzed(changed=True)})
    assert (scene.counts, scene.row.state) == ({"growing": 1}, "growing")
    assert Scene(catalog, {"hash": hashed()}, growing=True).row.state == "growing"


def test_an_old_result_that_holds_is_referred_to(catalog: Catalog) -> None:
    keep(catalog, sample(1, OLD))
    scene = Scene(catalog, {}, Decision("holds"), trusted=True)
    assert scene.reuse.asked == [(RUN, OLD)]
    assert (scene.workers.kinds, scene.counts) == ([], {"still_holds": 1})
    assert (scene.row.analysis, scene.row.holds_for) == (OLD, KEY)


LOOK = Decision("look", ("words",))


def test_nothing_found_by_a_look_means_that_it_holds(catalog: Catalog) -> None:
    keep(catalog, sample(1, OLD))
    scene = Scene(catalog, {"look": looked(found=False)}, LOOK, trusted=True)
    assert (scene.workers.kinds, scene.counts) == (["look"], {"still_holds": 1})
    assert scene.row.holds_for == KEY


@pytest.mark.parametrize(
    "answer",
    (
        looked(found=True),
        looked(found=None),
        looked(found=False, run=sample(2).run),  # it is another one by now
        failed("timeout"),
    ),
)
def test_a_look_that_does_not_say_no_leads_to_an_analysis(catalog: Catalog, answer: Answer) -> None:
    keep(catalog, sample(1, OLD))
    scene = Scene(catalog, {"look": answer, "analyze": analyzed()}, LOOK, trusted=True)
    assert (scene.workers.kinds, scene.counts) == (["look", "analyze"], {"analyzed": 1})


def test_a_large_run_is_read_in_parts_then_judged(catalog: Catalog) -> None:
    given: list[RunTask] = []

    def part(task: RunTask) -> RunOutcome:
        reading = b"" if task.part else b"what was read"
        return RunOutcome(task.kind, task.run.location, reading=reading, seconds=9.0)

    def judge(task: RunTask) -> RunOutcome:
        given.append(task)
        return analyzed()(task)

    scene = Scene(catalog, {"read": part, "judge": judge}, size=LEAST_BYTES)
    assert scene.workers.kinds == ["read", "read", "judge"]
    assert scene.counts == {"analyzed": 1}
    assert given[0].readings == (b"what was read", b"")
    assert given[0].options.timeout_s == 2.5
