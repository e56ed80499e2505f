import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import ColumnSummary
from h2o_forensics.training.drift import Drift, drifts
from tests.training_frames import column, frame, levels


def moved(
    mine: ColumnSummary, other: ColumnSummary | None, rows: int = 1000
) -> tuple[str, float] | None:
    test = frame("test", *([other] if other else [column("else")]), rows=rows)
    found = drifts(frame("train", mine, rows=rows), test, [mine.name], {mine.name: 0.5})
    return (found[0].kind, found[0].size) if found else None


@pytest.mark.parametrize(
    ("other", "kind", "size"),
    (
        (column("x", missing=300), "missing", 0.3),
        (column("x", mean=1.2), "mean", 1.2),
        (column("x", sigma=2.0), "spread", 2.0),
        (column("x", sigma=0.5), "spread", 2.0),
        (column("x", sigma=0.0, low=0.0, high=0.0), "constant", 1.0),
        (ColumnSummary("x", "int", missing=1000), "constant", 1.0),
        (column("x", high=30.0), "range", 27.0),
        (None, "missing", 1.0),
    ),
)
def test_kinds(other: ColumnSummary | None, kind: str, size: float) -> None:
    found = moved(column("x"), other)
    assert found is not None
    assert found[0] == kind
    assert found[1] == pytest.approx(size)


@pytest.mark.parametrize(
    "other",
    (
        column("x"),
        column("x", mean=0.2),
        column("x", sigma=1.4),
        column("x", missing=90),
        column("x", high=6.0),
        ColumnSummary("x", "real"),
    ),
)
def test_what_is_within_chance_or_of_no_weight(other: ColumnSummary) -> None:
    assert moved(column("x"), other) is None


def test_few_rows_move_by_chance() -> None:
    assert moved(column("x"), column("x", mean=0.4), rows=60) is None
    assert moved(column("x"), column("x", mean=0.4), rows=1000) is not None


def test_rows_of_one_entity_count_once() -> None:
    patients = levels("patient_id", "a", cardinality=100)
    train = frame("train", patients, column("x"), rows=2000)
    test = frame("test", patients, column("x", mean=0.5), rows=2000)
    assert drifts(train, test, ["x"], {}) == ()
    alone = frame("train", column("x"), rows=2000)
    assert drifts(alone, frame("test", column("x", mean=0.5), rows=2000), ["x"], {}) != ()


def test_a_column_constant_in_both_did_not_move() -> None:
    still = column("x", low=1.0, high=1.0)
    assert moved(still, still) is None
    assert moved(still, column("x")) is None


def test_an_absent_column_counts_only_where_all_are_listed() -> None:
    cut = replace(frame("test", column("else")), column_count=7)
    assert drifts(frame("train", column("x")), cut, ["x"], {}) == ()


def test_new_levels() -> None:
    assert moved(levels("x", "a", "b"), levels("x", "a", "c")) == ("levels", 0.5)
    assert moved(levels("x", "a", "b"), levels("x", "a", "b")) is None
    assert moved(levels("x", "a", "b", cardinality=9), levels("x", "a", "c")) is None


def test_the_most_important_first() -> None:
    train = frame("train", column("a"), column("b"), column("c"), column("unused"))
    test = frame(
        "test",
        column("a", mean=2.0),
        column("b", mean=1.0),
        column("c"),
        column("unused", mean=9.0),
    )
    found = drifts(train, test, ["a", "b", "c"], {"b": 0.7, "a": 0.2})
    assert [one.column for one in found] == ["b", "a"]
    assert found[0] == Drift("b", "mean", 1.0, 0.7, 1)


def test_without_importances_the_size_counts() -> None:
    train, test = (
        frame("train", column("a"), column("b")),
        frame("test", column("a", mean=1.0), column("b", mean=2.0)),
    )
    found = drifts(train, test, ["a", "b"], {})
    assert [(one.column, one.importance) for one in found] == [("b", None), ("a", None)]


def test_identifiers_and_what_is_told_apart_do_not_count() -> None:
    train = frame("train", column("user_id", "int"), column("ts"))
    test = frame("test", column("user_id", "int", mean=9.0), column("ts", mean=9.0))
    assert drifts(train, test, ["user_id", "ts"], {}, apart=["ts"]) == ()


def test_without_both_frames_nothing_moved() -> None:
    assert drifts(None, frame("test", column("x")), ["x"], {}) == ()
    assert drifts(frame("train", column("x")), None, ["x"], {}) == ()
