"""Measures of all rules over the evidence: their rows become hits, their failures problems."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl
from msgspec.structs import replace

from h2o_forensics.engine.measure.apart import run_apart
from h2o_forensics.engine.measure.run import MeasureError, Row, run_measure
from h2o_forensics.engine.measure.wire import Answer
from h2o_forensics.engine.rows import places_of, plain_rows
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Measure, Rule, measures_of

FAILED = "measure_failed"
_PLACE = frozenset({"node", "run", "ts", "artifact", "line", "pointer", "text", "level", "thread"})

_Key = tuple[object, object, object]


def with_measures(
    rules: Sequence[Rule],
    evidence: EvidenceSet,
    stop: Callable[[], str | None] | None = None,
) -> EvidenceSet:
    """The evidence with a hit, `RULEID.measure`, for each row a measure of these rules returns.

    A measure that cannot be evaluated gives a problem that names its rule; the rest goes on.
    `stop` says, in words, why no more may be run; None: the next one may.
    """
    wanted = [(rule, measure) for rule in rules for measure in measures_of(rule.when)]
    if not wanted:
        return evidence
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    hits: list[Hit] = []
    problems: list[Problem] = []
    for (rule, measure), answer in zip(
        wanted, _answers(wanted, evidence.tables, stop), strict=True
    ):
        fault = answer.fault
        if fault is None:
            try:
                hits += _hits(f"{rule.id}.{measure.name}", measure, answer.rows, evidence, paths)
            except MeasureError as error:
                fault = str(error)
        if fault is not None:
            problems.append(_problem(rule, measure, fault))
    case = evidence.case
    case = replace(case, problems=(*case.problems, *problems)) if problems else case
    return replace(evidence, hits=(*evidence.hits, *hits), case=case)


def unmeasured(rules: Sequence[Rule], case: Case) -> tuple[Gap, ...]:
    """What could not be measured, of rules that look for a fault: it may be there all the same."""
    failed = {one.artifact: one.message for one in case.problems if one.code == FAILED}
    return tuple(
        Gap(
            node=None,
            source="any",
            from_ms=None,
            to_ms=None,
            why=failed[_named(rule)],
            fetch="Nothing: mend the rule, leave it out, or give fewer files at a time.",
        )
        for rule in rules
        if rule.harm == "fault" and _named(rule) in failed
    )


def _answers(
    wanted: Sequence[tuple[Rule, Measure]],
    tables: Mapping[str, pl.DataFrame],
    stop: Callable[[], str | None] | None,
) -> list[Answer]:
    """Rows or fault of each, in order: ours run here, others in a process of their own."""
    foreign = [measure for rule, measure in wanted if rule.foreign]
    apart = iter(run_apart(foreign, tables, stop) if foreign else ())
    return [
        next(apart) if rule.foreign else _run(measure, tables, stop) for rule, measure in wanted
    ]


def _run(
    measure: Measure, tables: Mapping[str, pl.DataFrame], stop: Callable[[], str | None] | None
) -> Answer:
    if stop is not None and (reason := stop()) is not None:
        return Answer(fault=f"it was not run: {reason}")
    try:
        return Answer(rows=tuple(run_measure(measure, tables)))
    except MeasureError as error:
        return Answer(fault=str(error))


def _named(rule: Rule) -> str:
    return f"rule {rule.id}"


def _problem(rule: Rule, measure: Measure, fault: str) -> Problem:
    return Problem(
        artifact=_named(rule),
        code=FAILED,
        message=f"{rule.id}.{measure.name} was not evaluated, so it cannot have fired: {fault}. "
        f"All other rules were; --disable {rule.id} leaves it out.",
    )


def _hits(
    signal: str,
    measure: Measure,
    rows: Sequence[Row],
    evidence: EvidenceSet,
    paths: Mapping[str, str],
) -> Iterator[Hit]:
    """One hit per row, and one of no weight for each further line its facts were read from."""
    if not rows:
        return
    sources = _sources(measure, rows, evidence.tables)
    facts = [name for name in measure.columns if name not in _PLACE]
    for row in rows:
        table, source = sources.get(_key(row), ("", {}))
        if not table:
            raise MeasureError(
                f"it returns the place {row.get('artifact')}:{row.get('line')}, where no table it "
                "reads has a row: take artifact and line from the same row"
            )
        shown = {
            **row,
            "text": row.get("text") or source.get("text"),
            "places": source.get("places"),
        }
        for number, place in enumerate(places_of(table, shown, facts)):
            yield Hit(
                signal=signal,
                artifact=place.artifact,
                path=paths.get(place.artifact, place.artifact),
                line=place.line,
                line_end=None,
                pointer=place.pointer,
                ts=_whole(row.get("ts")),
                node=_text(row.get("node")),
                logged_by=_text(source.get("node")),
                run=_whole(row.get("run", source.get("run"))),
                level=str(row.get("level") or source.get("level") or ""),
                thread=str(row.get("thread") or source.get("thread") or ""),
                text=place.text,
                captures={name: row.get(name) for name in facts},
                weight=0 if number else 1,
            )


def _sources(
    measure: Measure, rows: Sequence[Row], tables: Mapping[str, pl.DataFrame]
) -> dict[_Key, tuple[str, Row]]:
    """For each place that is returned the first row that stands there, and its table."""
    names = list(dict.fromkeys(name for step in measure.steps for name in step.tables))
    artifacts = sorted({str(row["artifact"]) for row in rows if row["artifact"] is not None})
    places = {_key(row) for row in rows}
    found: dict[_Key, tuple[str, Row]] = {}
    for name in names:
        table = tables.get(name)
        if table is None or table.is_empty():
            continue
        given = [column for column in ("line", "pointer") if column in table.columns]
        near = table.filter(
            pl.col("artifact").is_in(artifacts),
            *(_among(column, rows) for column in given),
        )
        for row in plain_rows(near):
            for key in (_key(row), (row["artifact"], row["line"], None)):
                if key in places:
                    found.setdefault(key, (name, row))
    return found


def _among(column: str, rows: Sequence[Row]) -> pl.Expr:
    """Rows whose place is one of these; all where the measure does not return the column."""
    if not rows or column not in rows[0]:
        return pl.lit(value=True)
    known = sorted({value for row in rows if (value := row[column]) is not None}, key=str)
    return pl.col(column).is_in(known) | pl.col(column).is_null()


def _key(row: Mapping[str, object]) -> _Key:
    return (row.get("artifact"), row.get("line"), row.get("pointer"))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
