"""Which of the files is the training data, which a test, which a kept assignment of folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.audit.setup import setups_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.audit.sheet import Sheet
    from h2o_forensics.model.training import TrainingEvidence


class Roles(Struct, frozen=True):
    """What is what, and why."""

    training: Sheet
    because: str
    kept: Sheet | None
    tests: tuple[Sheet, ...]


def roles_of(sheets: Sequence[Sheet], training: TrainingEvidence) -> Roles:
    """The first file is the training data, unless the rows of the models say it is another one.

    Args:
        sheets: what could be opened, in the order given; one at least.
        training: the models of the case.
    """
    kept = next((one for one in sheets if _is_assignment(one, sheets)), None)
    others = [one for one in sheets if one is not kept]
    told = {one.train_rows for sheet in others for one in setups_of(training, sheet.names)}
    fitting = [one for one in others if one.rows in told]
    if fitting:
        first = fitting[0]
        because = f"it has the {first.rows:,} rows the model was trained on"
    else:
        first = others[0]
        because = "it was given first" if len(others) > 1 else "it is the only one"
    tests = tuple(one for one in others if one is not first)
    return Roles(first, because, kept, tests)


def _is_assignment(sheet: Sheet, sheets: Sequence[Sheet]) -> bool:
    """One column of few numbers, with as many rows as another file has."""
    others = [one for one in sheets if one is not sheet]
    return (
        len(sheet.names) == 1
        and any(one.rows == sheet.rows and len(one.names) > 1 for one in others)
        and sheet.sample["c0"].n_unique() <= sheet.rows / 2
    )
