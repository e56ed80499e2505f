"""Signs: columns that leak, that are a time, that moved, that identify, that encode the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.training.columns import (
    LEAST_ENTITIES,
    columns_by_name,
    distinct,
    is_counter_after,
    is_encoded_target,
    is_id_like,
    is_row_number,
    is_time_like,
    lists_levels,
)
from h2o_forensics.training.drift import drifts
from h2o_forensics.training.signs_quote import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from h2o_forensics.model.training import ColumnSummary, Model
    from h2o_forensics.training.drift import Drift
    from h2o_forensics.training.signs_quote import Looked, Place, Signs

_ROLES = ("response_column", "weights_column", "offset_column", "fold_column", "treatment_column")
_TIME_WEIGHS = 0.2
"""From this importance on a time column counts (order of causes, docs/model-checks.md)."""
_ALL_NEW = 0.95
"""Share of the test's values that training lacks, from which on things are others, not a sample."""
_STRETCHED = 3.0
"""So many times as wide as in training a column is in the test when its unit is another."""
_ALONE = 0.9
"""From as many values a row on, a column tells rows apart and no groups."""
_IMPORTANCES = "output/variable_importances"


def column_signs(looked: Looked, signs: Signs) -> None:
    """Set all signs that are about columns."""
    train, test = columns_by_name(looked.train_frame), columns_by_name(looked.test_frame)
    used = _used(looked, train)
    if looked.shares:
        top, share = next(iter(looked.shares.items()))
        place = _importance_place(looked, signs, top)
        signs.put("top_column", top, place)
        signs.put("top_importance", share, place)
    later = _time(looked, signs, used, train, test)
    moved = drifts(looked.train_frame, looked.test_frame, used, looked.shares, later)
    _moved(looked, signs, moved, train, test)
    _identifier(looked, signs, train)
    encoded = sorted(name for name in used if is_encoded_target(name))
    if encoded:
        text = f"names: {', '.join(encoded[:5])}"
        signs.put("target_encoded", ", ".join(encoded), signs.in_model(text, "output/names"))


def _used(looked: Looked, train: dict[str, ColumnSummary]) -> tuple[str, ...]:
    model = looked.model
    if model.columns:
        return model.columns
    roles = _roles(model)
    return tuple(name for name in train if name not in roles)


def _roles(model: Model) -> set[object]:
    return {model.response} | {model.params.get(role) for role in _ROLES}


def _share(looked: Looked, name: str) -> float | None:
    """A column's importance; 0 where the model states those of others only."""
    return looked.shares.get(name, 0.0) if looked.shares else None


def _importance_place(looked: Looked, signs: Signs, name: str) -> Place:
    share = looked.shares.get(name, 0.0)
    return signs.in_model(f"variable_importances: {name} = {share:.4g}", _IMPORTANCES)


def _time(
    looked: Looked,
    signs: Signs,
    used: Sequence[str],
    train: dict[str, ColumnSummary],
    test: dict[str, ColumnSummary],
) -> tuple[str, ...]:
    """The time column that weighs most; returns the columns that go on in the test."""
    found = [
        (name, _share(looked, name), _is_after(train.get(name), test.get(name)))
        for name in used
        if _is_time(looked, name, train.get(name), test.get(name))
    ]
    if not found:
        return ()
    name, share, after = min(
        found,
        key=lambda one: (not (one[2] and (one[1] or 0) >= _TIME_WEIGHS), -(one[1] or 0), one[0]),
    )
    place = None if share is None else _importance_place(looked, signs, name)
    signs.put("time_column", name, place)
    signs.put("time_importance", share, place)
    if looked.test_frame is not None:
        signs.put("time_after", after, _columns_place(looked, signs, name, train, test))
    return tuple(name for name, _share_of, is_after in found if is_after)


def _is_time(
    looked: Looked, name: str, train: ColumnSummary | None, test: ColumnSummary | None
) -> bool:
    kind = train.type if train is not None else looked.model.column_types.get(name, "").lower()
    if is_time_like(name, kind):
        return True
    if train is None or test is None or looked.train_frame is None:
        return False
    return is_counter_after(train, test, looked.train_frame.rows)


def _is_after(train: ColumnSummary | None, test: ColumnSummary | None) -> bool | None:
    if train is None or test is None or train.high is None or test.low is None:
        return None
    stretched = train.sigma and test.sigma and test.sigma > _STRETCHED * train.sigma
    if train.type != "time" and stretched:
        return False  # another unit: time goes on, it does not stretch
    return test.low > train.high


def _moved(
    looked: Looked,
    signs: Signs,
    moved: Sequence[Drift],
    train: dict[str, ColumnSummary],
    test: dict[str, ColumnSummary],
) -> None:
    if looked.train_frame is None or looked.test_frame is None:
        return
    signs.put("drifted", len(moved))
    gone = next((one for one in moved if one.kind == "constant" or one.index is None), None)
    for column, one in (("constant", gone), ("drift", moved[0] if moved else None)):
        if one is not None:
            place = _columns_place(looked, signs, one.column, train, test)
            signs.put(f"{column}_column", one.column, place)
            share = one.importance
            at = None if share is None else _importance_place(looked, signs, one.column)
            signs.put(f"{column}_importance", share, at)
    if moved:
        place = signs.places.get("drift_column")
        signs.put("drift_kind", moved[0].kind, place)
        signs.put("drift_size", moved[0].size, place)


def _columns_place(
    looked: Looked,
    signs: Signs,
    name: str,
    train: dict[str, ColumnSummary],
    test: dict[str, ColumnSummary],
) -> Place | None:
    """Both summaries of a column, quoted from the test frame's document."""
    frame = looked.test_frame
    if frame is None:
        return None
    mine = ", ".join(_facts(train.get(name))) or "not there"
    other = ", ".join(_facts(test.get(name))) or "not there"
    below = f"columns/{list(test).index(name)}" if name in test else "columns"
    text = f"{name} in {frame.id}: {other}; in training: {mine}"
    return signs.place(frame.source, text, below)


def _facts(column: ColumnSummary | None) -> Iterator[str]:
    if column is None:
        return
    if column.missing:
        yield f"{column.missing} missing"
    if column.type == "enum":
        yield f"{column.cardinality or '?'} levels"
        return
    for label, value in (
        ("mean", column.mean), ("sd", column.sigma), ("min", column.low), ("max", column.high),
    ):  # fmt: skip
        if value is not None:
            yield f"{label} {shown(value)}"


def _identifier(looked: Looked, signs: Signs, train: dict[str, ColumnSummary]) -> None:
    """A column that says which rows belong together; one of a value per row does not."""
    frame, roles = looked.train_frame, _roles(looked.model)
    if frame is None or not frame.rows:
        return
    roles.add(signs.values.get("time_column"))
    for index, column in enumerate(train.values()):
        if column.name in roles or is_time_like(column.name, column.type):
            continue
        values = distinct(column)
        alone = is_row_number(column, frame.rows) or _is_one_per_row(column, frame.rows)
        if alone or not (is_id_like(column, frame.rows) or _is_unused_entity(looked, column)):
            continue
        text = f"{column.name} in {frame.id}: {column.type}, {', '.join(_facts(column))}"
        place = signs.place(frame.source, text, f"columns/{index}")
        signs.put("id_column", column.name, place)
        if values is not None and values < frame.rows:
            signs.put("id_rows", frame.rows / values, place)
        signs.put("id_unseen", _unseen(column, columns_by_name(looked.test_frame)), place)
        return


def _is_unused_entity(looked: Looked, column: ColumnSummary) -> bool:
    """Repeating values that the model does not use, all of them others in the test.

    Whole numbers must not go on where training ended: periods of time do.
    """
    rows, values = looked.train_frame and looked.train_frame.rows, distinct(column)
    if not rows or values is None or not LEAST_ENTITIES <= values <= rows / 2:
        return False
    if column.name in looked.model.columns or not looked.model.columns:
        return False
    test = columns_by_name(looked.test_frame)
    if (_unseen(column, test) or 0.0) < _ALL_NEW:
        return False
    if column.type != "int":
        return True
    other = test[column.name]
    return not 0 < (other.low or 0.0) - (column.high or 0.0) <= 1


def _is_one_per_row(column: ColumnSummary, rows: int) -> bool:
    return (column.cardinality or 0) >= rows * _ALONE


def _unseen(column: ColumnSummary, test: dict[str, ColumnSummary]) -> float | None:
    """The share of the test's entities that training does not have; None: unknown."""
    other = test.get(column.name)
    if other is None:
        return None
    if lists_levels(column) and lists_levels(other):
        return len(set(other.levels) - set(column.levels)) / len(other.levels)
    if None in {column.low, column.high, other.low, other.high} or column.type != "int":
        return None
    below = (other.high or 0.0) < (column.low or 0.0)
    return 1.0 if below or (other.low or 0.0) > (column.high or 0.0) else None
