"""One of each: what several files, the log and the jobs tell of the same thing, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.model.training import AutoML, Grid, Saved, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from h2o_forensics.model.training import Frame, Metrics, Model

T = TypeVar("T")
_GRID_JOB, _AUTOML_JOB = " Grid Search", "AutoML build"


class JobState(Struct, frozen=True):
    """A job's snapshot: of a grid or an AutoML run, where `dest` is one."""

    dest: str
    description: str
    status: str | None
    progress: float | None
    ms: int | None
    started: int | None
    source: Source


def merged(documents: Saved, log: Saved, jobs: Sequence[JobState]) -> Saved:
    """Everything once, in a stable order: that of the documents, then of the log."""
    latest: dict[str, JobState] = {}
    for job in jobs:
        known = latest.get(job.dest)
        if known is None or (job.ms or 0) >= (known.ms or 0):
            latest[job.dest] = job
    frames = _frames(documents.frames)
    return Saved(
        models=_models(documents.models),
        metrics=_metrics(documents.metrics),
        frames=frames,
        grids=_grids(documents.grids, log.grids, latest),
        automl=_runs(documents.automl, log.automl, latest),
        leaderboards=_each(
            documents.leaderboards,
            lambda one: (one.id, one.sort_metric, one.columns, one.rows),
            lambda known, _one: known,
        ),
        logs=log.logs,
    )


def _each(
    things: Iterable[T], key: Callable[[T], Hashable], join: Callable[[T, T], T]
) -> tuple[T, ...]:
    found: dict[Hashable, T] = {}
    for one in things:
        name = key(one)
        found[name] = join(found[name], one) if name in found else one
    return tuple(found.values())


def _models(models: Sequence[Model]) -> tuple[Model, ...]:
    """By id and checksum; a second training under the same id is a model of its own.

    The JSON tells most.  A whole MOJO of the same model adds its inventory to it, a damaged one
    stays beside it without the numbers, which would count twice.
    """
    whole = [one for one in models if one.mojo is None or not one.mojo.damage]
    best = _each(whole, lambda one: (one.id, one.checksum), _fuller)
    known = {(one.id, one.checksum) for one in best}
    unsure = {one.id for one in best}
    kept = [one for one in best if one.checksum is not None or _alone(one, best)]
    damaged = _each(
        (one for one in models if one.mojo is not None and one.mojo.damage),
        lambda one: (one.id, one.source.path),
        _fuller,
    )
    return (
        *kept,
        *(
            _without_numbers(one)
            if (one.id, one.checksum) in known or (one.checksum is None and one.id in unsure)
            else one
            for one in damaged
        ),
    )


def _alone(one: Model, others: Sequence[Model]) -> bool:
    """Without a checksum: nothing else here tells more of what may be the same model."""
    return not any(
        other.id == one.id and other.checksum is not None and _tells(other) >= _tells(one)
        for other in others
    )


def _tells(one: Model) -> tuple[bool, int, int, int]:
    return (
        one.kind == "json" and one.whole,
        len(one.metrics),
        len(one.params) + len(one.importances) + len(one.history),
        len(one.folds),
    )


def _fuller(known: Model, other: Model) -> Model:
    best, less = (other, known) if _tells(other) > _tells(known) else (known, other)
    return replace(best, mojo=best.mojo or less.mojo)


def _without_numbers(one: Model) -> Model:
    return replace(one, metrics=(), folds=(), history=(), importances=())


def _metrics(metrics: Sequence[Metrics]) -> tuple[Metrics, ...]:
    return _each(
        metrics,
        lambda one: (
            one.model, one.model_checksum, one.frame, one.frame_checksum, one.nobs,
            tuple(sorted(one.values.items())),
        ),
        lambda known, _one: known,
    )  # fmt: skip


def _frames(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """A frame's JSON and its chunks are of the same frame, unless their rows say otherwise."""
    found: list[Frame] = []
    for one in frames:
        at = next((at for at, known in enumerate(found) if _same(known, one)), None)
        if at is None:
            found.append(one)
        else:
            found[at] = _joined(found[at], one)
    return tuple(found)


def _same(one: Frame, other: Frame) -> bool:
    return one.id == other.id and all(
        mine is None or theirs is None or mine == theirs
        for mine, theirs in ((one.checksum, other.checksum), (one.rows, other.rows))
    )


def _joined(one: Frame, other: Frame) -> Frame:
    best, less = (
        (other, one)
        if (len(other.columns), len(other.shares)) > (len(one.columns), len(one.shares))
        else (one, other)
    )
    return replace(
        best,
        rows=best.rows if best.rows is not None else less.rows,
        bytes=best.bytes if best.bytes is not None else less.bytes,
        checksum=best.checksum if best.checksum is not None else less.checksum,
        shares=best.shares or less.shares,
        chunk_rows=best.chunk_rows or less.chunk_rows,
        chunk_nodes=best.chunk_nodes or less.chunk_nodes,
    )


def _grids(
    documents: Sequence[Grid], log: Sequence[Grid], jobs: dict[str, JobState]
) -> tuple[Grid, ...]:
    """By id; a grid that was searched again under its id counts as its last search."""
    asked = {
        job.dest: Grid(id=job.dest, started=job.started, source=job.source)
        for job in jobs.values()
        if job.description.endswith(_GRID_JOB) and "_AutoML_" not in job.dest
    }
    found = {one.id: one for one in log}
    for one in _each(documents, lambda grid: grid.id, _newer_grid):
        logged = found.get(one.id)
        found[one.id] = one if logged is None else _grid(one, logged)
    every = asked | found
    return tuple(_with_job(every[name], jobs.get(name)) for name in sorted(every))


def _newer_grid(known: Grid, other: Grid) -> Grid:
    tells = len(other.models) + len(other.failures), len(known.models) + len(known.failures)
    return other if tells[0] > tells[1] else known


def _grid(document: Grid, log: Grid) -> Grid:
    """The JSON knows what was built and what failed, the log what was asked for and when."""
    exact = log.size is not None
    built = [one for one in (document.built, log.built) if one is not None]
    places = {name: log.places[name] for name in ("size", "request") if name in log.places}
    return replace(
        document,
        algo=document.algo or log.algo,
        hyper_values=log.hyper_values or document.hyper_values,
        size=log.size if exact else document.size,
        size_from=log.size_from if exact else document.size_from,
        strategy=log.strategy,
        max_models=log.max_models,
        max_runtime_secs=log.max_runtime_secs,
        stopping_rounds=log.stopping_rounds,
        parallelism=log.parallelism,
        nfolds=document.nfolds if document.nfolds is not None else log.nfolds,
        built=max(built, default=None),
        started=log.started,
        last_seen=log.last_seen,
        status=log.status,
        model_seconds=log.model_seconds,
        node=log.node,
        places=places,
    )


def _with_job(grid: Grid, job: JobState | None) -> Grid:
    if job is None:
        return grid
    return replace(
        grid,
        status=_status(grid.status, job.status),
        progress=job.progress,
        job_ms=job.ms,
        started=grid.started if grid.started is not None else job.started,
        places=grid.places | {"status": job.source},
    )


def _status(log: str | None, job: str | None) -> str | None:
    """A snapshot of a running job may be older than the end that the log tells of."""
    return log if log is not None and job in {None, "RUNNING", "CREATED"} else job


def _runs(
    documents: Sequence[AutoML], log: Sequence[AutoML], jobs: dict[str, JobState]
) -> tuple[AutoML, ...]:
    """The JSON is of the last run of its project; earlier ones are in the log alone."""
    asked = [
        AutoML(id=job.dest, project=job.dest.partition("@@")[0], started=job.started,
               source=job.source)
        for job in jobs.values() if job.description == _AUTOML_JOB
    ]  # fmt: skip
    runs = list(_each(documents, lambda run: run.id, _newer_run))
    for one in asked:
        if not any(_project(one) == _project(run) for run in (*runs, *log)):
            runs.append(one)
    last = {_project(one): at for at, one in enumerate(log)}
    joined = [_run(one, log[last[_project(one)]]) if _project(one) in last else one for one in runs]
    taken = {last[_project(one)] for one in runs if _project(one) in last}
    joined += [one for at, one in enumerate(log) if at not in taken]
    return tuple(_run_of_job(one, jobs) for one in joined)


def _project(run: AutoML) -> str:
    return run.project or run.id.partition("@@")[0]


def _newer_run(known: AutoML, other: AutoML) -> AutoML:
    return other if len(other.events) > len(known.events) else known


def _run(document: AutoML, log: AutoML) -> AutoML:
    return replace(
        document,
        events=document.events or log.events,
        started=document.started if document.started is not None else log.started,
        ended=document.ended if document.ended is not None else log.ended,
        node=log.node,
        places={} if document.events else {"skipped": log.source, "built": log.source},
    )


def _run_of_job(run: AutoML, jobs: dict[str, JobState]) -> AutoML:
    job = jobs.get(run.id) or next(
        (one for one in jobs.values() if one.description == _AUTOML_JOB
         and one.dest.partition("@@")[0] == _project(run)), None,
    )  # fmt: skip
    if job is None:
        return run
    return replace(
        run, status=_status(run.status, job.status), places=run.places | {"status": job.source}
    )
