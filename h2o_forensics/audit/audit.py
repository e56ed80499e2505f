"""The audit of all files: rows of `fold_audit`, problems, and the files as artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from polars.exceptions import PanicException, PolarsError

from h2o_forensics.audit.open_sheet import open_sheet
from h2o_forensics.audit.roles import roles_of
from h2o_forensics.audit.rows import Look, test_row, training_row
from h2o_forensics.audit.setup import setups_of
from h2o_forensics.model.artifact import Artifact
from h2o_forensics.model.bundle import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from h2o_forensics.audit.roles import Roles
    from h2o_forensics.audit.setup import Setup
    from h2o_forensics.audit.sheet import Sheet
    from h2o_forensics.model.training import TrainingEvidence

Row = dict[str, Any]


class Audited(Struct, frozen=True):
    """What the files tell."""

    rows: tuple[Row, ...] = ()
    """Of the table `fold_audit`."""
    problems: tuple[Problem, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


def audit_data(
    given: Sequence[tuple[str, Path | bytes]],
    training: TrainingEvidence,
    *,
    first_id: int = 1,
    show_values: bool = False,
    stop: Callable[[], str | None] | None = None,
) -> Audited:
    """Audit files of rows against what is known of the models.

    Args:
        given: name (what the report says) and path or bytes of each.
        training: the models of the case.
        first_id: number of the first new artifact.
        show_values: the largest groups may be named.
        stop: asked between steps; in words why the audit has to end.
    """
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    artifacts: list[Artifact] = []
    for number, (name, source) in enumerate(_named(given), first_id):
        sheet, found = open_sheet(source, name, stop)
        problems += found
        if sheet is not None:
            sheets.append(sheet)
        artifacts.append(_artifact(f"A{number}", name, sheet))
    if not sheets:
        return Audited((), tuple(problems), tuple(artifacts))
    ids = {one.path: one.id for one in artifacts}
    rows: list[Row] = []
    roles = roles_of(sheets, training)
    looks = _looks(roles, training, ids, show_values=show_values)
    for sheet, work in _steps(roles, looks):
        why = stop() if stop is not None else None
        if why is not None:
            problems.append(Problem(sheet.name, "stopped", f"Its audit was not done: {why}."))
            break
        try:
            rows.append(work())
        except (PolarsError, PanicException, OSError) as error:
            # Words of the library may quote a cell: only the kind of the fault is told.
            message = f"Its audit failed ({type(error).__name__}): it may be damaged, or changing."
            problems.append(Problem(sheet.name, "bad_data", message))
    problems += [problem for look in looks if (problem := _other_rows(look)) is not None]
    return Audited(tuple(rows), tuple(problems), tuple(artifacts))


def _named(given: Sequence[tuple[str, Path | bytes]]) -> Iterator[tuple[str, Path | bytes]]:
    """Files of one name told apart by a number."""
    seen: dict[str, int] = {}
    for name, source in given:
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), source


def _artifact(number: str, name: str, sheet: Sheet | None) -> Artifact:
    return Artifact(
        id=number, path=name, kind="data", node=None, bytes=sheet.size_bytes if sheet else 0,
        sha256=None, lines=None, state="read" if sheet else "refused",
    )  # fmt: skip


def _looks(
    roles: Roles, training: TrainingEvidence, ids: dict[str, str], *, show_values: bool
) -> list[Look]:
    setups = setups_of(training, roles.training.names)
    return [Look(roles, setup, ids, show_values) for setup in setups]


def _steps(roles: Roles, looks: Sequence[Look]) -> Iterator[tuple[Sheet, Callable[[], Row]]]:
    for look in looks:
        yield roles.training, lambda look=look: training_row(look)  # type: ignore[misc]
    for test in roles.tests:
        yield test, lambda test=test: test_row(looks[0], test)  # type: ignore[misc]


def _other_rows(look: Look) -> Problem | None:
    """The model was trained on another number of rows."""
    setup: Setup = look.setup
    rows = look.roles.training.rows
    if setup.train_rows is None or setup.train_rows == rows:
        return None
    message = (
        f"{setup.model} was trained on {setup.train_rows:,} rows, and this file has {rows:,}: what "
        "is said of its folds holds for this file, not for certain for the model."
    )
    return Problem(look.roles.training.name, "changed", message)
