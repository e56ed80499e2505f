import json

import pytest

from h2o_forensics.training.cut_json import DEPTH, decode
from h2o_forensics.training.documents import read_document
from tests.training_documents import data_of

DOCUMENT = {
    "a": [1, 2, {"b": 'x"y\\', "c": [True, None, -1.5e10]}],
    "ü": "é\n\u2028",
    "n": 12345,
    "o": {},
    "p": [],
}


def test_whole() -> None:
    assert decode(json.dumps(DOCUMENT).encode()) == (DOCUMENT, True)


def is_part(part: object, full: object) -> bool:
    """Whether nothing is in the part that is not in the full document at that place."""
    if isinstance(part, dict) and isinstance(full, dict):
        return all(key in full and is_part(part[key], full[key]) for key in part)
    if isinstance(part, list) and isinstance(full, list):
        return len(part) <= len(full) and all(map(is_part, part, full))
    return part == full


@pytest.mark.parametrize("ascii_only", (True, False))
def test_cut_anywhere(ascii_only: bool) -> None:  # noqa: FBT001 - a parameter of the test
    data = json.dumps(DOCUMENT, ensure_ascii=ascii_only).encode()
    for end in range(8, len(data)):
        part, whole = decode(data[:end])
        assert not whole
        assert is_part(part, DOCUMENT), data[:end]


def test_what_stood_before_the_cut_is_all_there() -> None:
    data = b'{"a": [1, {"b": 2, "c": "d'
    assert decode(data) == ({"a": [1, {"b": 2}]}, False)


def test_nan_as_python_and_r_write_it() -> None:
    found, whole = decode(b'{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}')
    assert whole
    assert isinstance(found, dict)
    assert found["a"] != found["a"]
    assert found["b"] == [float("inf"), float("-inf")]
    assert found["c"] == "NaN"


def test_nan_in_a_cut_document() -> None:
    assert decode(b'{"a": 1, "b": NaN, "c": [2, 3') == (
        {"a": 1, "b": pytest.approx(float("nan"), nan_ok=True), "c": [2]},
        False,
    )


@pytest.mark.parametrize(
    "data",
    (b"", b"   ", b"hello", b"[INFO] started", b"{ not json }", b"\x00\x01", b"12 monkeys", b"{"),
)
def test_no_json(data: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        decode(data)


@pytest.mark.parametrize(
    "data",
    (
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"[NaN," + b"[" * 100_000,
        b'{"a": NaN, "b": ' + b"[" * (DEPTH + 1) + b"1,",
    ),
)
def test_nesting_bombs(data: bytes) -> None:
    with pytest.raises(ValueError, match="deep"):
        decode(data)


def test_more_values_than_memory_should_hold() -> None:
    with pytest.raises(ValueError, match="values"):
        decode(b"[" + b"1," * 6_000_001 + b"1]")


def test_bytes_that_are_no_utf8_and_a_mark() -> None:
    assert decode(b'\xef\xbb\xbf{"a": "\xff"}') == ({"a": "\ufffd"}, True)


def test_a_second_document_after_the_first() -> None:
    assert decode(b'{"a": 1}\n{"b": 2}') == ({"a": 1}, False)


def test_a_hole_in_the_middle() -> None:
    assert decode(b'{"a": [1, 2, \0\0\0\0, 3], "b": 4}') == ({"a": [1, 2]}, False)


def test_a_cut_model() -> None:
    data = data_of("model")
    metrics = []
    for part in range(1, 20):
        found = read_document(decode(data[: len(data) * part // 20])[0])
        if found is not None:
            (model,) = found[1].models
            assert model.id in {"d05_gbm", ""}
            metrics.append(len(model.metrics))
            for one in model.metrics:
                assert one.scores is None or sum(one.scores.positives) == one.class_rows["yes"]
    assert metrics == sorted(metrics)
    assert metrics[-1] == 2
