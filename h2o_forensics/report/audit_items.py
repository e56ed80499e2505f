"""The fold audit as the report has it: what was looked at in the rows, and what was found there."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from h2o_forensics.model.evidence import Analysis

Scalar = str | int | float | bool | None
_Row = Mapping[str, Any]
_OWN = ("data", "role", "rows", "model", "folds_from", "folds", "notes")
_PLACE = ("node", "run", "ts", "artifact", "line", "pointer", "text", "places")
_HOW = {
    "column": "the fold column", "kept": "the kept assignment", "modulo": "row number modulo",
    "random": "random", "stratified": "random within classes",
}  # fmt: skip
_SURE = 0.001


class AuditItem(Struct, frozen=True):
    """A file of rows, held against one way of validation.

    `facts`: the row of the table `fold_audit`, without what is unknown; counts, shares and names of
    columns.  `folds_from`: column, kept, modulo, random or stratified; null: no folds are known.
    """

    data: str
    role: str
    rows: int
    model: str | None
    folds_from: str | None
    folds: int | None
    says: tuple[str, ...]
    notes: str
    facts: dict[str, Scalar]


def audit_items(analysis: Analysis) -> tuple[AuditItem, ...]:
    """All files that were audited: the training data first."""
    table = analysis.tables.get("fold_audit")
    rows = [] if table is None else table.to_dicts()
    return tuple(
        AuditItem(
            data=row["data"],
            role=row["role"],
            rows=row["rows"],
            model=row["model"],
            folds_from=row["folds_from"],
            folds=row["folds"],
            says=tuple(_test(row) if row["role"] == "test" else _training(row)),
            notes=row["notes"] or "",
            facts={
                name: value
                for name, value in row.items()
                if value is not None and name not in _OWN and name not in _PLACE
            },
        )
        for row in rows
    )


def folds_told(item: AuditItem) -> str:
    """`5, random`."""
    if item.folds_from is None:
        return "not known"
    return f"{item.folds}, {_HOW.get(item.folds_from, item.folds_from)}"


def audit_in_short(item: AuditItem) -> str:
    """One line for text and Markdown."""
    head = f"{item.data} ({item.role}): {item.rows:,} rows, folds: {folds_told(item)}."
    return " ".join((head, *item.says))


def _training(row: _Row) -> Iterator[str]:
    repeated = row["duplicate_rows"]
    if repeated:
        across = row["crossing_duplicates_share"]
        more = "" if across is None else f"; {across:.1%} have a copy in another fold"
        chance = "" if row["copies"] else " As many as chance makes alike."
        yield f"{repeated:,} rows ({row['duplicate_share']:.1%}) repeat{more}.{chance}"
    elif repeated is not None:
        yield "No row repeats."
    if row["contrary_labels"]:
        yield f"{row['contrary_labels']:,} rows differ from another one in the label alone."
    yield from _group(row)
    yield from _time(row)
    if row["target_column"] is not None:
        score = f"{row['target_metric'].upper()} {row['target_score']:.3f}"
        test = row["target_test_score"]
        there = "" if test is None else f", {test:.3f} in the test"
        yield f"The best single column is {row['target_column']} ({score}{there})."
    if row["fold_rows_min"] is not None:
        rare = row["fold_positives_min"]
        more = (
            f", {rare:,} to {row['fold_positives_max']:,} of the rarer class"
            if rare is not None
            else ""
        )
        yield f"Folds hold {row['fold_rows_min']:,} to {row['fold_rows_max']:,} rows{more}."
    if row["key_columns"]:
        others = row["key_columns"] - 1
        more = f" and {others} more" if others else ""
        yield f"{row['key_column']}{more}: another value in every row."


def _group(row: _Row) -> Iterator[str]:
    if row["group_column"] is None:
        if row["response"] is not None:
            yield "No column names groups whose labels agree."
        return
    across = row["crossing_groups_share"]
    more = "" if across is None else f"; {across:.1%} of them are in several folds"
    yield (
        f"{row['group_column']} names {row['groups']:,} groups of {row['rows_per_group']:.1f} rows "
        f"whose labels agree ({row['group_label_share']:.0%} of the variance within){more}."
    )
    if row["group_unseen_share"] is not None:
        yield f"{row['group_unseen_share']:.1%} of the test's groups are not in training."
    if row["shown_values"]:
        yield f"The largest: {row['shown_values']}."


def _time(row: _Row) -> Iterator[str]:
    p = row["label_autocorrelation_p"]
    if row["time_column"] is None or p is None:
        return
    if p >= _SURE:
        yield f"Labels do not follow {row['time_column']} (Ljung-Box p {p:.2g})."
        return
    mixed = {True: "the folds mix it", False: "the folds keep it", None: "folds are not known"}
    yield (
        f"Labels of neighbours in {row['time_column']} agree (autocorrelation "
        f"{row['label_autocorrelation']:.2f}, p {p:.1g}); {mixed[row['folds_mix_time']]}."
    )


def _test(row: _Row) -> Iterator[str]:
    share = row["test_in_training_share"]
    if share is not None:
        chance = row["train_twins_share"] or 0.0
        yield (
            f"{share:.1%} of its rows have the predictors of a training row (among training rows "
            f"chance makes {chance:.1%} alike)."
        )
    if row["drift_column"] is not None:
        yield (
            f"{row['drift_column']} differs most from training ({row['drift_kind']}, "
            f"{row['drift_size']:.2f})."
        )
    elif share is not None:
        yield "No column looks different from training."


FILTERS = {"folds_told": folds_told}
