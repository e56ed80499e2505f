import pytest
from msgspec.structs import replace

from h2o_forensics.model.training import ColumnSummary, Importance
from h2o_forensics.training.columns import (
    base_column,
    column_shares,
    distinct,
    is_counter_after,
    is_encoded_target,
    is_id_like,
    is_row_number,
    is_time_like,
    parts_of,
    rows_per_entity,
)
from tests.training_frames import column, frame, levels, trained


@pytest.mark.parametrize(
    ("name", "parts"),
    (
        ("order_date", ("order", "date")),
        ("orderDate", ("order", "date")),
        ("DATE", ("date",)),
        ("HTTPTime2", ("http", "time", "2")),
        ("update", ("update",)),
    ),
)
def test_parts(name: str, parts: tuple[str, ...]) -> None:
    assert parts_of(name) == parts


@pytest.mark.parametrize("name", ("ts", "ts_hour", "week", "day_of_week", "row.index", "EventTime"))
def test_time_by_name(name: str) -> None:
    assert is_time_like(name, "int")


@pytest.mark.parametrize("name", ("update_count", "timely", "weekday", "lifetime", "t", "holiday"))
def test_no_time_by_name(name: str) -> None:
    assert not is_time_like(name, "int")
    assert is_time_like(name, "time")


def test_a_one_hot_name_is_of_the_longest_column_that_fits() -> None:
    assert base_column("status.C", {"status", "x"}) == "status"
    assert base_column("a.b.c", {"a", "a.b"}) == "a.b"
    assert base_column("a.b", {"a.b", "a"}) == "a.b"
    assert base_column("unknown.x", {"a"}) == "unknown.x"


def test_levels_of_a_column_are_added_up() -> None:
    found = replace(
        trained(),
        columns=("status", "x"),
        importances=(
            Importance("x", None, None, 0.4),
            Importance("status.B", None, None, 0.35),
            Importance("status.A", None, None, 0.25),
        ),
    )
    assert column_shares(found) == pytest.approx({"status": 0.6, "x": 0.4})
    assert next(iter(column_shares(found))) == "status"


def test_shares_follow_from_relative_importances() -> None:
    found = replace(
        trained(), importances=(Importance("a", 30.0, 1.0, None), Importance("b", 10.0, 0.3, None))
    )
    assert column_shares(found) == {"a": 0.75, "b": 0.25}


def test_no_importances_no_shares() -> None:
    assert column_shares(trained()) == {}


def test_a_running_number_that_goes_on_is_a_time() -> None:
    train = column("t", "int", low=0.0, high=1999.0)
    after = column("t", "int", low=2000.0, high=2799.0)
    assert is_counter_after(train, after, 2000)
    assert not is_counter_after(after, train, 800)
    assert not is_counter_after(train, column("t", "int", low=9000.0, high=9100.0), 2000)
    assert not is_counter_after(column("price", "int", low=0.0, high=9.0), after, 2000)
    assert not is_counter_after(replace(train, type="real"), after, 2000)


@pytest.mark.parametrize(
    "found",
    (
        column("patient_id", "int"),
        column("customerId", "enum"),
        column("patient", "enum"),
        ColumnSummary("x", "uuid"),
        ColumnSummary("name", "string", cardinality=900),
    ),
)
def test_identifiers(found: ColumnSummary) -> None:
    assert is_id_like(found, 1000)


@pytest.mark.parametrize(
    "found",
    (column("patient_age"), column("idle"), column("keyboard"), levels("color", "a", "b")),
)
def test_no_identifiers(found: ColumnSummary) -> None:
    assert not is_id_like(found, 1000)


def test_a_row_number_is_one_by_its_values() -> None:
    numbers = column("n", "int", low=1.0, high=1000.0, mean=500.5, sigma=288.8)
    assert is_row_number(numbers, 1000)
    assert is_id_like(numbers, 1000)
    assert not is_row_number(replace(numbers, sigma=100.0), 1000)
    assert not is_row_number(numbers, 5000)


def test_rows_of_an_entity_are_counted_by_its_identifier() -> None:
    by_level = levels("patient_id", "a", cardinality=300)
    assert rows_per_entity(frame("train", by_level, rows=2400)) == 8
    by_range = column("patient_id", "int", low=0.0, high=149.0)
    assert rows_per_entity(frame("train", by_range, rows=3000)) == 20
    assert rows_per_entity(frame("train", levels("country_id", "a", cardinality=5))) == 1
    assert rows_per_entity(None) == 1


def test_distinct_values() -> None:
    assert distinct(column("x", "int", low=2.0, high=4.0)) == 3
    assert distinct(column("x")) is None


@pytest.mark.parametrize(
    ("name", "is_it"),
    (("city_te", True), ("target_enc_city", True), ("_te", False), ("latte", False), ("x", False)),
)
def test_encoded_targets(name: str, is_it: bool) -> None:  # noqa: FBT001 - the expectation
    assert is_encoded_target(name) is is_it
