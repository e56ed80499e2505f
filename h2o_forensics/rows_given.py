"""Rows given with `--data`: audited, and their table put among those of the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.model.tables import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from h2o_forensics.model.evidence import EvidenceSet
    from h2o_forensics.model.settings import Settings

_OPTION = "--data "
"""Before the name of a file in an example of a rule: it is given with that option."""


def data_of(settings: Settings) -> list[tuple[str, Path | bytes]]:
    """The files the user named, each with the name reports show."""
    return [(Path(one).name or one, Path(one)) for one in settings.data]


def split_texts(
    files: Mapping[str, str],
) -> tuple[dict[str, str], list[tuple[str, Path | bytes]]]:
    """Files of an example: the evidence, and what is given with `--data`."""
    evidence = {name: text for name, text in files.items() if not name.startswith(_OPTION)}
    data: list[tuple[str, Path | bytes]] = [
        (name.removeprefix(_OPTION), text.encode())
        for name, text in files.items()
        if name.startswith(_OPTION)
    ]
    return evidence, data


def with_rows(
    evidence: EvidenceSet,
    given: Sequence[tuple[str, Path | bytes]],
    *,
    show_values: bool = False,
    stop: Callable[[], str | None] | None = None,
) -> EvidenceSet:
    """The evidence with the table `fold_audit`, the files among the artifacts, and their problems.

    Args:
        evidence: what was read.
        given: name and path (or bytes) of each file of rows.
        show_values: the audit may name values of cells.
        stop: why it has to end, in words; None: it may go on.
    """
    if not given:
        return evidence
    from h2o_forensics.audit import audit_data  # noqa: PLC0415 - seldom wanted

    case = evidence.case
    found = audit_data(
        given,
        evidence.training,
        first_id=len(case.artifacts) + 1,
        show_values=show_values,
        stop=stop,
    )
    case = replace(
        case,
        artifacts=(*case.artifacts, *found.artifacts),
        problems=(*case.problems, *found.problems),
    )
    tables = evidence.tables | {"fold_audit": make_table("fold_audit", found.rows)}
    return replace(evidence, case=case, tables=tables)
