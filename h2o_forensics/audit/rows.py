"""Rows of the table `fold_audit`: one per file and way of validation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from h2o_forensics.audit import between
from h2o_forensics.audit.answers import Answers, answers_of
from h2o_forensics.audit.duplicates import Duplicates, duplicates
from h2o_forensics.audit.folds import Folds, fold_sizes, folds_of
from h2o_forensics.audit.groups import Group, find_group, is_entity
from h2o_forensics.audit.targets import TELLS_ALL, Target, best_column, key_columns
from h2o_forensics.audit.time_order import TimeOrder, time_columns, time_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.audit.roles import Roles
    from h2o_forensics.audit.setup import Setup
    from h2o_forensics.audit.sheet import Sheet

Row = dict[str, Any]
_MOST_NAMED = 5
_LEAST_SHARED = 10
_SHARED = 0.01


class Look(Struct):
    """The files, and one way of validation to hold them against; keeps what tests are told by."""

    roles: Roles
    setup: Setup
    ids: Mapping[str, str]
    """Artifact of each file, by the file's name."""
    show_values: bool = False
    group: Group | None = None
    found: Duplicates | None = None


def training_row(look: Look) -> Row:
    """What the training rows tell.

    Raises:
        polars.exceptions.PolarsError: the file can no longer be read.
    """
    setup = look.setup
    folds, sheet = folds_of(look.roles.training, setup, look.roles.kept)
    answers = answers_of(sheet, setup)
    predictors = sheet.columns(setup.predictors)
    label = sheet.column(setup.response)
    look.found = duplicates(sheet, predictors, label, folds)
    look.group = find_group(sheet, setup, answers, folds) if answers is not None else None
    group = look.group.column if look.group is not None else None
    times = time_columns(sheet)
    order = time_order(sheet, setup, answers, folds, group)
    aside = times | ({order.column} if order is not None else set())
    best, tell_all = best_column(sheet, answers, predictors, group, aside) if answers else (None, 0)
    keys = key_columns(sheet, {*sheet.columns([setup.response or "", setup.fold_column or ""])})
    row = _start(look, sheet, "training") | {
        "folds_from": folds.how,
        "folds": folds.count or None,
        "key_column": _names(sheet, keys[:1]),
        "key_columns": len(keys),
        "target_columns": tell_all,
    }
    row |= _of_duplicates(look.found) | _of_group(sheet, look) | _of_time(sheet, order)
    row |= _of_target(sheet, best, answers, look) | _of_sizes(sheet, folds, answers)
    row["notes"] = " ".join(_notes(look, sheet, folds, answers))
    return _placed(row, look.ids[sheet.name])


def test_row(look: Look, test: Sheet) -> Row:
    """What the rows of a test tell; `training_row` goes first.

    Raises:
        polars.exceptions.PolarsError: a file can no longer be read.
    """
    train = look.roles.training
    predictors = train.columns(look.setup.predictors)
    share = between.in_training(train, test, predictors)
    twins = look.found.twins if look.found is not None and not look.found.copies else 0.0
    named = {name for name in predictors if is_entity(train.name_of(name))}
    aside = time_columns(train) | named | {*key_columns(train, ())}
    if look.group is not None:
        aside |= {look.group.column}
    counts = [train.sample[name].n_unique() for name in _named_columns(train)]
    if look.group is not None:
        counts.append(look.group.groups)
    groups = min((count for count in counts if count > 1), default=None)
    drift = between.drifted(train, test, predictors, aside, groups)
    row = _start(look, test, "test") | {
        "test_rows": test.rows,
        "test_in_training_share": share,
        "test_beyond_chance": share is not None and _beyond_chance(share, twins, test, train),
        "train_twins_share": twins,
        "drift_column": train.name_of(drift.column) if drift is not None else None,
        "drift_kind": drift.kind if drift is not None else None,
        "drift_size": drift.size if drift is not None else None,
    }
    told = [] if share is not None else ["It has other columns than the training rows."]
    row["notes"] = " ".join((f"Held against {train.name}.", *told))
    return _placed(row, look.ids[test.name])


def _start(look: Look, sheet: Sheet, role: str) -> Row:
    setup = look.setup
    return {
        "data": sheet.name, "role": role, "rows": sheet.rows, "model": setup.model,
        "models": setup.models, "response": setup.response,
        "sampled": sheet.sample.height / sheet.rows,
        "text": f"{sheet.rows:,} rows, {len(sheet.names):,} columns",
        "pointer": "",
    }  # fmt: skip


def _of_duplicates(found: Duplicates | None) -> Row:
    if found is None:
        return {}
    return {
        "duplicate_rows": found.rows, "duplicate_share": found.share, "copies": found.copies,
        "crossing_duplicates_share": found.crossing, "contrary_labels": found.contrary,
    }  # fmt: skip


def _of_group(sheet: Sheet, look: Look) -> Row:
    group = look.group
    if group is None:
        return {}
    unseen = [between.unseen_groups(sheet, test, group.column) for test in look.roles.tests[:1]]
    row: Row = {
        "group_column": sheet.name_of(group.column), "groups": group.groups,
        "rows_per_group": group.rows_per_group, "group_label_share": group.within,
        "group_traits": group.traits, "crossing_groups_share": group.crossing,
        "group_unseen_share": unseen[0] if unseen else None,
    }  # fmt: skip
    if look.show_values:
        counts = sheet.sample[group.column].drop_nulls().value_counts(sort=True)
        largest = counts.sort(["count", group.column], descending=[True, False]).head(_MOST_NAMED)
        row["shown_values"] = ", ".join(
            f"{value} ({count:,} rows)" for value, count in largest.rows()
        )
    return row


def _of_time(sheet: Sheet, order: TimeOrder | None) -> Row:
    if order is None:
        return {}
    return {
        "time_column": sheet.name_of(order.column), "time_order": order.in_order,
        "label_autocorrelation": order.agreement, "label_autocorrelation_p": order.p,
        "time_usable": order.usable, "folds_mix_time": order.mixed,
    }  # fmt: skip


def _of_target(sheet: Sheet, best: Target | None, answers: Answers | None, look: Look) -> Row:
    if best is None or answers is None:
        return {}
    tests = look.roles.tests[:1]
    scores = [between.test_score(sheet, test, answers, best) for test in tests]
    return {
        "target_column": sheet.name_of(best.column), "target_score": best.score,
        "target_metric": best.metric, "target_test_score": scores[0] if scores else None,
        "tells_all": best.score >= TELLS_ALL,
    }  # fmt: skip


def _of_sizes(sheet: Sheet, folds: Folds, answers: Answers | None) -> Row:
    sizes = fold_sizes(sheet, folds, answers)
    if sizes is None:
        return {}
    return {
        "fold_rows_min": sizes.rows_min, "fold_rows_max": sizes.rows_max,
        "fold_positives_min": sizes.positives_min, "fold_positives_max": sizes.positives_max,
    }  # fmt: skip


def _notes(look: Look, sheet: Sheet, folds: Folds, answers: Answers | None) -> list[str]:
    setup = look.setup
    told = [f"Taken for the training data: {look.roles.because}."]
    if setup.model is None:
        told.append("No model of the case has its columns, so response and folds are not known.")
    elif answers is None:
        told.append("Its response could not be used, so nothing is said of labels.")
    if folds.how is None and setup.model is not None:
        told.append("The model was not cross-validated, or its folds are not known.")
    elif folds.how in {"random", "stratified"}:
        told.append(
            f"{folds.how.capitalize()} folds cannot be made again: what crosses them is the chance "
            "of it."
        )
    if not sheet.whole:
        told.append(f"Columns were looked at in {sheet.sample.height:,} of its rows.")
    if look.found is not None and look.found.looked_at < 1:
        told.append(f"Repeated rows were counted in a part of {look.found.looked_at:.1%}.")
    return told


def _beyond_chance(share: float, twins: float, test: Sheet, train: Sheet) -> bool:
    """More rows than chance makes alike, which is measured among the training rows themselves.

    Three rows are added to what was counted there: none of few says little (rule of three).
    """
    chance = twins + 3 / train.rows
    return share * test.rows >= _LEAST_SHARED and share > max(_SHARED, 2 * chance)


def _named_columns(sheet: Sheet) -> list[str]:
    """Columns that say what a row is about."""
    return [f"c{at}" for at, name in enumerate(sheet.names) if is_entity(name)]


def _names(sheet: Sheet, columns: Sequence[str]) -> str | None:
    return ", ".join(map(sheet.name_of, columns)) or None


_OF_COLUMN = {
    "group_column": ("groups", "group_label_share", "crossing_groups_share", "group_unseen_share"),
    "time_column": (
        "label_autocorrelation", "label_autocorrelation_p", "folds_mix_time", "time_usable",
    ),
    "target_column": ("target_score", "target_test_score", "tells_all"),
    "drift_column": ("drift_kind", "drift_size"),
}  # fmt: skip
_OF_FILE = ("crossing_duplicates_share", "copies", "test_in_training_share", "fold_positives_min")


def _placed(row: Row, artifact: str) -> Row:
    """With the place of each figure: the file, and in it the column it is about."""
    places: dict[str, list[object]] = {}
    for column, others in _OF_COLUMN.items():
        if row.get(column) is None:
            continue
        told = [
            f"{name} = {_figure(row.get(name))}" for name in others if row.get(name) is not None
        ]
        pointer = "/" + str(row[column]).replace("~", "~0").replace("/", "~1")
        for name in (column, *others):
            places[name] = [artifact, None, f"{row[column]}: {', '.join(told)}", pointer]
    told = [f"{name} = {_figure(row.get(name))}" for name in _OF_FILE if row.get(name) is not None]
    for name in _OF_FILE:
        if row.get(name) is not None:
            places[name] = [artifact, None, f"{row['text']}: {', '.join(told)}", ""]
    return row | {"artifact": artifact, "line": None, "places": json.dumps(places, sort_keys=True)}


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
