"""Fleets made up for the report's pages: seeded, with figures that fit together."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from h2o_forensics.model import fleet as f

CONDITIONS = {
    "oom.train": ("The heap ran out while a model was trained", "critical"),
    "gc.thrash": ("The collector worked and hardly anything was freed", "high"),
    "node.oom_killed": ("The kernel killed a node for its memory", "critical"),
    "cloud.split": ("The nodes formed two clouds", "high"),
    "disk.full": ("The disk for spilled data was full", "high"),
    "heap.too_small": ("The heap is too small for the data it holds", "medium"),
    "net.reset": ("Connections between nodes were reset", "medium"),
    "parse.mixed_types": ("A column changed its type between files", "medium"),
    "clock.skew": ("The clocks of the nodes do not agree", "low"),
    "job.cancelled": ("A job was cancelled from outside", "low"),
    "model.no_signal": ("The model learned nothing beyond chance", "medium"),
    "frame.lost": ("A frame was removed while it was in use", "high"),
    "version.mixed": ("Nodes of different versions met", "high"),
    "native.crash": ("The JVM crashed in native code", "critical"),
    "xgboost.missing": ("XGBoost could not be loaded", "medium"),
}
VERSIONS = ("3.42.0.2", "3.44.0.3", "3.46.0.2", "3.46.0.5", "3.46.0.7", "3.46.0.10")
JAVAS = ("1.8.0_402", "11.0.22", "17.0.9", "17.0.11+9-LTS")
CLUSTERS = ("prod-a", "prod-b", "fraud-train", "churn", "dev", "risk-batch", "ads-eu", "ads-us")
USERS = ("etl", "batch", "training", "research", "nightly")
FIRST_DAY = date(2026, 7, 26)
_REMEDY = "Give each node a larger heap, or train on a sample of the frame first."


def fleet(runs: int = 1000, days: int = 120, causes: int = 15, seed: int = 7) -> f.Fleet:
    """Runs over days, newest first; new ones on the last day; one cause begins with a version."""
    chance = random.Random(seed)  # noqa: S311 - made-up data
    names = _conditions(causes)
    made = [_run(chance, index, days, list(names)) for index in range(runs)]
    made.sort(key=lambda run: (run.at is not None, run.at or "", run.run), reverse=True)
    newest = made[0].at[:10] if made and made[0].at else None
    made = [replace(run, fresh=(run.at or "")[:10] == newest) for run in made]
    made = [
        replace(run, changed=run.fresh and at == 1, gone=not run.fresh and at % 97 == 96)
        for at, run in enumerate(made)
    ]
    return _whole(tuple(made), names)


def _conditions(many: int) -> dict[str, tuple[str, str]]:
    named = dict(list(CONDITIONS.items())[:many])
    for number in range(len(named), many):
        named[f"made.up_{number}"] = (f"Made-up cause number {number}", "low")
    return named


def _run(chance: random.Random, index: int, days: int, conditions: Sequence[str]) -> f.FleetRun:
    day = min(int(chance.random() ** 0.8 * days), days - 1)
    version = VERSIONS[min(int(day / days * 5 + chance.random() * 1.6), len(VERSIONS) - 1)]
    host = f"ml-node-{min(int(chance.expovariate(0.08)), 39):02}.example.internal"
    wrong = 0.3 + 0.25 * (version >= "3.46.0.7") + 0.2 * (host[8:10] == "03")
    condition = None
    drawn = chance.random()
    verdict = "healthy"
    if drawn < wrong:
        picked = conditions[min(int(chance.expovariate(0.35)), len(conditions) - 1)]
        if version == "3.46.0.7" and chance.random() < 0.5:
            picked = "oom.train"
        condition, verdict = picked, "incident" if chance.random() < 0.7 else "at_risk"
    elif drawn > 0.94:
        verdict = "insufficient_evidence" if drawn < 0.98 else "failed"
    title: str | None = None
    severity: str | None = None
    if condition is not None:
        title, severity = CONDITIONS.get(condition, (f"Made-up cause {condition}", "low"))
    at = f"{FIRST_DAY + timedelta(days=day)}T{chance.randrange(24):02}:{chance.randrange(60):02}"
    run = f"{chance.getrandbits(80):020x}"
    name = f"{CLUSTERS[index % 8]}/2026/run-{index:05}.zip"
    return f.FleetRun(
        run=run,
        name=name,
        location=f"s3://h2o-logs/archive/{name}",
        verdict=verdict,
        condition=condition,
        title=title,
        severity=severity,
        summary=f"{title} on {host}; {chance.randrange(1, 90)} jobs failed." if title else "",
        at=None if chance.random() < 0.01 else f"{at}:{chance.randrange(60):02}.123Z",
        cloud_name=CLUSTERS[index % 8],
        h2o_version=None if chance.random() < 0.03 else version,
        java_version=JAVAS[(index * 7 + day // 40) % 4],
        host=None if chance.random() < 0.05 else host,
        user=USERS[index % 5],
        nodes=chance.choice((1, 3, 3, 5, 8)),
        fresh=False,
        report=f"reports/{run}.html" if index % 3 else None,
        command=f"h2o-forensics catalog show {run[:8]} --catalog /srv/h2o/catalog",
        copies=1 if index % 50 else 2,
    )


def _where(runs: Sequence[f.FleetRun], test: Callable[[f.FleetRun], bool]) -> tuple[int, ...]:
    return tuple(index for index, run in enumerate(runs) if test(run))


def _seen(runs: Sequence[f.FleetRun], chosen: Sequence[int]) -> tuple[str | None, str | None]:
    times = sorted(at for index in chosen if (at := runs[index].at))
    return (times[0], times[-1]) if times else (None, None)


def _whole(runs: tuple[f.FleetRun, ...], names: dict[str, tuple[str, str]]) -> f.Fleet:
    verdicts = Counter(run.verdict for run in runs)
    times = sorted(run.at for run in runs if run.at)
    causes = tuple(
        sorted(
            (cause for name in names if (cause := _cause(runs, name, *names[name])).runs),
            key=lambda cause: (-len(cause.runs), cause.condition),
        )
    )
    dimensions = ("h2o_version", "java_version", "cloud_name", "host", "user")
    return f.Fleet(
        schema=f.FLEET_SCHEMA,
        tool_version="0.5.0",
        rulebook_sha256="ab" * 32,
        catalog="catalog",
        archives=("s3://h2o-logs/archive",),
        scanned="2026-11-23T06:00:12.000Z",
        window=(times[0], times[-1]) if times else (None, None),
        summary=(
            f"{verdicts['incident']:,} of {len(runs):,} runs ended in an incident. "
            "oom.train began with 3.46.0.7 and grows. One machine is in trouble more often "
            "than the others."
        ),
        totals={
            "runs": len(runs),
            **{
                name: verdicts[name]
                for name in ("incident", "at_risk", "healthy", "insufficient_evidence", "failed")
            },
            "fresh": sum(run.fresh for run in runs),
            "copies": sum(run.copies - 1 for run in runs),
            "nodes": sum(run.nodes for run in runs),
            "bytes": len(runs) * 3_141_592,
        },
        causes=causes,
        calendar=_calendar(runs),
        undated=_where(runs, lambda run: run.at is None),
        breakdowns=tuple(_breakdown(runs, one) for one in dimensions if runs),
        regressions=_regressions(runs),
        exceptions=_exceptions(runs),
        worst_nodes=_nodes(runs),
        concentrations=_concentrations(runs),
        series=_series(runs),
        missing=_missing(runs),
        unexplained=_unknown(runs),
        problems=_problems(runs),
        runs=runs,
    )


def _cause(runs: Sequence[f.FleetRun], name: str, title: str, severity: str) -> f.FleetCause:
    chosen = _where(runs, lambda run: run.condition == name)
    days = Counter((runs[index].at or "")[:10] for index in chosen if runs[index].at)
    fresh = sum(runs[index].fresh for index in chosen)
    return f.FleetCause(
        condition=name,
        title=title,
        severity=severity,
        rules=("MEM001", "MEM004"),
        runs=chosen,
        first_seen=_seen(runs, chosen)[0],
        last_seen=_seen(runs, chosen)[1],
        by_day=tuple(sorted(days.items())),
        fresh=fresh,
        new=bool(chosen) and fresh == len(chosen),
        also=tuple(index for index in range(0, len(runs), 41) if index not in chosen),
        remedy=_REMEDY,
    )


def _calendar(runs: Sequence[f.FleetRun]) -> tuple[f.DayCount, ...]:
    days: dict[str, list[int]] = {}
    for index, run in enumerate(runs):
        if run.at:
            days.setdefault(run.at[:10], []).append(index)
    rows = []
    for day, chosen in sorted(days.items()):
        many = Counter(runs[index].verdict for index in chosen)
        rows.append(
            f.DayCount(
                day,
                many["incident"],
                many["at_risk"],
                many["healthy"],
                many["insufficient_evidence"],
                many["failed"],
                tuple(chosen),
            )
        )
    return tuple(rows)


def _tally(runs: Sequence[f.FleetRun], chosen: Sequence[int]) -> tuple[tuple[str, int], ...]:
    many = Counter(name for index in chosen if (name := runs[index].condition))
    return tuple(sorted(many.items(), key=lambda item: (-item[1], item[0])))


def _breakdown(runs: Sequence[f.FleetRun], dimension: str) -> f.Breakdown:
    values: dict[str, list[int]] = {}
    for index, run in enumerate(runs):
        if (value := getattr(run, dimension)) is not None:
            values.setdefault(value, []).append(index)
    groups = [
        f.Group(
            value,
            tuple(chosen),
            sum(runs[index].verdict == "incident" for index in chosen),
            sum(runs[index].verdict == "at_risk" for index in chosen),
            _tally(runs, chosen),
            *_seen(runs, chosen),
        )
        for value, chosen in values.items()
    ]
    groups.sort(key=lambda group: (-len(group.runs), group.value))
    unknown = _where(runs, lambda run: getattr(run, dimension) is None)
    return f.Breakdown(dimension, tuple(groups), unknown)


def _regressions(runs: Sequence[f.FleetRun]) -> tuple[f.Regression, ...]:
    if len(runs) < 30:
        return ()
    after = _where(runs, lambda run: (run.h2o_version or "") >= "3.46.0.7")
    before = _where(runs, lambda run: "" < (run.h2o_version or "") < "3.46.0.7")
    hits = tuple(index for index in after if runs[index].condition == "oom.train")
    early = sum(runs[index].condition == "oom.train" for index in before)
    late = _where(runs, lambda run: run.condition == "disk.full" and (run.at or "") >= "2026-10-20")
    return (
        f.Regression(
            "oom.train", "h2o_version", "3.46.0.7", len(before), early, len(after), len(hits),
            1e-7, 3e-6, hits,
            f"oom.train grew with 3.46.0.7: {early} of {len(before)} runs before, "
            f"{len(hits)} of {len(after)} since.",
            before, tuple(at for at in before if runs[at].condition == "oom.train"), after,
        ),
        f.Regression(
            "disk.full", "day", "2026-10-20", 600, 3, 300, len(late), 0.001, 0.02, late,
            f"disk.full began on 2026-10-20: 3 of 600 runs before, {len(late)} of 300 since.",
            rival=True,
        ),
    )  # fmt: skip


def _exceptions(runs: Sequence[f.FleetRun]) -> tuple[f.FleetException, ...]:
    kinds = (
        ("java.lang.OutOfMemoryError", "Java heap space", "hex.tree.gbm.GBM", "oom.train"),
        (
            "water.util.DistributedException",
            "DistributedException from ip:port: 'Cannot allocate 4194304 bytes, heap 98.7% in use'",
            None,
            "gc.thrash",
        ),
        (
            "java.io.IOException",
            "No space left on device",
            "water.parser.ParseDataset",
            "disk.full",
        ),
    )
    made = []
    for number, (name, message, operation, condition) in enumerate(kinds):
        chosen = _where(runs, lambda run, of=condition: run.condition == of)  # type: ignore[misc]
        if chosen:
            made.append(
                f.FleetException(
                    f"{number:016x}", name, message, operation, chosen, 3 * len(chosen),
                    *_seen(runs, chosen), VERSIONS[-3:], explained=number != 1,
                    explained_runs=chosen[: 1 + len(chosen) // 2] if number == 1 else chosen,
                )
            )  # fmt: skip
    return tuple(made)


def _nodes(runs: Sequence[f.FleetRun]) -> tuple[f.NodeTally, ...]:
    made = []
    for number in (3, 0, 7, 12):
        host = f"ml-node-{number:02}.example.internal"
        chosen = _where(runs, lambda run, of=host: run.host == of)  # type: ignore[misc]
        bad = tuple(index for index in chosen if runs[index].condition)
        if chosen:
            made.append(
                f.NodeTally(
                    host, number >= 0, chosen, bad, len(bad) / len(chosen), 0.36,
                    0.003 if number == 3 else None, _tally(runs, chosen)[:3],
                )
            )  # fmt: skip
    return tuple(sorted(made, key=lambda node: -node.share))


def _concentrations(runs: Sequence[f.FleetRun]) -> tuple[f.Concentration, ...]:
    there = _where(runs, lambda run: run.user == USERS[0])
    other = _where(runs, lambda run: run.user != USERS[0])
    hits = tuple(at for at in there if runs[at].condition == "net.reset")
    others = tuple(at for at in other if runs[at].condition == "net.reset")
    says = (
        f"net.reset: {len(hits)} of {len(there)} runs of etl, "
        f"{len(others)} of {len(other)} of others."
    )
    one = f.Concentration(
        "net.reset", "user", USERS[0], there, hits, other, others, 1e-5, 0.0004, says
    )
    return (one,) if hits else ()


def _series(runs: Sequence[f.FleetRun]) -> tuple[f.Series, ...]:
    chance = random.Random(3)  # noqa: S311 - made-up data
    made = []
    for number, cluster in enumerate(CLUSTERS):
        for what, unit, base in (
            ("gc_loss", "share", 0.03),
            ("live_heap", "share", 0.5),
            ("heap", "bytes", 32 * 2**30),
            ("model_metric", "AUC", 0.86),
        ):
            if what in {"heap", "model_metric"} and number > 2:
                continue
            worse = what in {"gc_loss", "live_heap"} and number == 0
            points = []
            for index in reversed(_where(runs, lambda run, of=cluster: run.cloud_name == of)):  # type: ignore[misc]
                at = runs[index].at
                if at is None:
                    continue
                age = (date.fromisoformat(at[:10]) - FIRST_DAY).days / 120
                value = base * (1 + (0.6 * age if worse else 0) + chance.gauss(0, 0.07))
                points.append(f.Point(at, value, index))
            if points:
                word = "grows by 0.3 points a day" if worse else "no trend"
                made.append(
                    f.Series(
                        f"{cluster} GBM credit_default" if what == "model_metric" else cluster,
                        what, unit, tuple(points), base * 0.6 / 120 if worse else 0.0,
                        1e-5 if worse else 0.6, 1e-4 if worse else 0.8, worse,
                        f"{cluster}: {word}.",
                    )
                )  # fmt: skip
    return tuple(sorted(made, key=lambda one: not one.worse))


def _missing(runs: Sequence[f.FleetRun]) -> tuple[f.MissingEvidence, ...]:
    lacking = _where(runs, lambda run: run.verdict == "insufficient_evidence")
    return (
        (
            f.MissingEvidence(
                "the log ends in mid-work and nothing says why",
                "the kernel's log of the machine: dmesg -T, or journalctl -k",
                lacking,
            ),
            f.MissingEvidence("no GC log", "the GC log: -Xlog:gc*:file=gc.log", lacking[::2]),
        )
        if lacking
        else ()
    )


def _unknown(runs: Sequence[f.FleetRun]) -> tuple[f.UnknownShape, ...]:
    made = []
    for number, step in enumerate((331, 97, 53, 29, 11)):
        chosen = tuple(range(number, len(runs), step))
        if chosen:
            incidents = sum(runs[index].verdict == "incident" for index in chosen)
            healthy = sum(runs[index].verdict == "healthy" for index in chosen)
            made.append(
                f.UnknownShape(
                    f"WARN water.default: Key <*> was homed to node <*> twice (case {number})",
                    "11-03 04:12:55.871 10.0.0.3:54321 4242 FJ-1-5 WARN water.default: Key "
                    "_b4c2f1 was homed to node 10.0.0.4:54321 twice",
                    17 * len(chosen), chosen, 1 - 1 / step, incidents, healthy,
                )
            )  # fmt: skip
    return tuple(made)


def _problems(runs: Sequence[f.FleetRun]) -> tuple[f.FleetProblem, ...]:
    failed = _where(runs, lambda run: run.verdict == "failed")
    return (
        (
            f.FleetProblem("timeout", "did not end within 300 s; try --run-timeout", failed[::2]),
            f.FleetProblem("unreadable", "the archive ends in mid-member", failed[1::2]),
        )
        if len(failed) > 1
        else ()
    )


def everywhere(text: str, runs: int = 6) -> f.Fleet:
    """A fleet whose every free text is this one, made different where names must differ."""
    plain = fleet(runs=runs, days=3, causes=2)
    chosen = tuple(range(runs))
    rows = tuple(
        replace(
            run, name=text + str(at), location=text, condition=text, title=text, summary=text,
            severity=text, cloud_name=text, h2o_version=text, java_version=text, host=text,
            user=text, report=text, command=text + run.run, verdict="incident",
        )
        for at, run in enumerate(plain.runs)
    )  # fmt: skip
    tally = ((text, runs),)
    seen = _seen(rows, chosen)
    days = _calendar(rows)
    return replace(
        plain,
        summary=text, catalog=text, archives=(text,), runs=rows, calendar=days,
        tool_version=text,
        causes=(
            f.FleetCause(
                text, text, text, (text,), chosen, *seen,
                tuple((row.day, len(row.runs)) for row in days), runs, bool(days), chosen[:1], text,
            ),
        ),
        breakdowns=tuple(
            f.Breakdown(one, (f.Group(text, chosen, runs, 0, tally, *seen),), chosen[:1])
            for one in ("h2o_version", "java_version", "cloud_name", "host", "user")
        ),
        regressions=(
            f.Regression(text, "h2o_version", text, 3, 1, 3, 3, 0.1, 0.1, chosen[:3], text),
        ),
        exceptions=(
            f.FleetException(text, text, text, text, chosen, 9, *seen, (text,), explained=False),
        ),
        worst_nodes=(f.NodeTally(text, bool(text), chosen, chosen, 1.0, 0.5, 0.01, tally),),
        concentrations=(
            f.Concentration(
                text, "user", text, chosen, chosen[:3], chosen, chosen[:1], 0.01, 0.01, text
            ),
        ),
        series=tuple(
            f.Series(
                text, what, text,
                tuple(f.Point(rows[at].at or seen[0] or "", 0.5, at) for at in chosen),
                0.1, 0.01, 0.01, bool(text), text,
            )
            for what in ("gc_loss", "model_metric")
        ),
        missing=(f.MissingEvidence(text, text, chosen),),
        unexplained=(f.UnknownShape(text, text, 3, chosen, 0.5, runs, 0),),
        problems=(f.FleetProblem(text, text, chosen),),
    )  # fmt: skip
