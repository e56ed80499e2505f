import pytest

from h2o_forensics.training.frame_json import read_size
from tests.training_documents import load, read


def test_frame_with_all_rows_on_one_node() -> None:
    (frame,) = read(load("frame")).frames
    assert (frame.id, frame.rows, frame.bytes, frame.column_count) == (
        "filtered", 8_399, 231_870, 7,
    )  # fmt: skip
    assert frame.checksum == -1_962_820_377_023_920_628
    assert [share.rows for share in frame.shares] == [8_399, 0, 0]
    assert [share.chunks_per_column for share in frame.shares] == [10, 7, 7]
    assert [share.chunks for share in frame.shares] == [70, 49, 49]
    assert frame.shares[0].bytes == round(218.8 * 1024)
    column = frame.columns[0]
    assert (column.name, column.type, column.low, column.high) == ("t", "int", 111_601, 119_999)
    assert column.missing == 0
    assert frame.source.pointer == "/frames/0"


def test_levels() -> None:
    document = {
        "frame_id": "f",
        "rows": 2,
        "columns": [{"label": "y", "type": "enum", "domain": ["a", "b"], "domain_cardinality": 2}],
    }
    (column,) = read(document).frames[0].columns
    assert (column.levels, column.cardinality, column.mean) == (("a", "b"), 2, None)


def test_chunks() -> None:
    (frame,) = read(load("frame_chunks")).frames
    assert frame.rows == sum(frame.chunk_rows)
    assert len(frame.chunk_rows) == len(frame.chunk_nodes) > 1
    assert frame.bytes is None


def test_chunks_with_a_hole_give_no_total() -> None:
    document = {"frame_id": "f", "chunks": [{"row_count": 5, "node_idx": 0}, {"row_count": None}]}
    (frame,) = read(document).frames
    assert (frame.rows, frame.chunk_rows, frame.chunk_nodes, frame.whole) == (None, (), (), False)


def test_a_synopsis_says_how_many_columns() -> None:
    (frame,) = read(
        {"frames": [{"frame_id": {"name": "f"}, "rows": 3, "byte_size": 9, "columns": 2}]}
    ).frames
    assert (frame.column_count, frame.columns) == (2, ())


@pytest.mark.parametrize(
    ("text", "size"),
    (
        ("   75.2 KB", 77_005),
        ("     12  B", 12),
        ("1.5 GB", 1_610_612_736),
        ("1,024 KB", 1_048_576),
        (4_096, 4_096),
        ("NaN", None),
        ("", None),
        ("x KB", None),
        (None, None),
        (["1 KB"], None),
    ),
)
def test_size(text: object, size: int | None) -> None:
    assert read_size(text) == size
