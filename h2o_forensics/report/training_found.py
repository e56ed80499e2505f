"""Rows of tables, places and findings about one model, grid, AutoML run or frame."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.training import Source
from h2o_forensics.report.training_shape import ModelPlace

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def rows_by(analysis: Analysis, table: str, column: str) -> Rows:
    """The rows of a table, by what a column names; empty where the case has no such table."""
    found = analysis.tables.get(table)
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in [] if found is None else found.to_dicts():
        if row.get(column) is not None:
            grouped.setdefault(str(row[column]), []).append(row)
    return grouped


def place_of(source: Source) -> ModelPlace:
    """Where it was read."""
    return ModelPlace(source.artifact, source.path, source.pointer, source.line)


def findings_about(
    analysis: Analysis, kind: str, name: str, source: Source, others: Collection[str] = ()
) -> tuple[str, ...]:
    """Ids of the findings about this model, grid, AutoML run or frame, in report order.

    A finding that names no subject is about what its evidence quotes; so is one that quotes a file
    of `others`, where more than one file holds something of this name.
    """
    own = []
    for judged in analysis.diagnosis.findings:
        finding = judged.finding
        quoted = {one.path for one in finding.evidence}
        if finding.subject is None:
            about = bool(source.path) and any(
                one.path == source.path
                and one.pointer is not None
                and one.pointer.startswith(source.pointer)
                for one in finding.evidence
            )
        else:
            about = finding.subject == f"{kind} {name}"
            about = about and (source.path in quoted or quoted.isdisjoint(others))
        if about:
            own.append(judged.id)
    return tuple(own)
