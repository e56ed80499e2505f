"""Rows of frames, told of by documents, by chunks, by the log, and by models."""

from h2o_forensics.model.tables import SCHEMAS, make_table
from h2o_forensics.model.training import (
    ColumnSummary,
    Frame,
    FrameShare,
    InputFrame,
    Model,
    Saved,
    Source,
    TrainingNode,
)
from h2o_forensics.training.frame_rows import frame_rows

_CLOUD: list[dict[str, object]] = [
    {"artifact": "A9", "node": name, "pointer": f"/nodes/{at}", "num_cpus": 4, "max_mem_bytes": 500,
     "cloud_name": "lab"}
    for at, name in enumerate(("a:1", "b:1"))
]  # fmt: skip
_WHOLE = Frame(
    "f", 900, 4000, 7,
    columns=(ColumnSummary("x", "real", missing=3),),
    shares=(FrameShare("a:1", 800, 3600, 8, 8), FrameShare("b:1", 100, 400, 8, 8)),
    source=Source("A2", "frame.json", "/frames/0"),
)  # fmt: skip
_CHUNKS = Frame("f", 900, None, None, chunk_rows=(800, 100), chunk_nodes=("0", "1"),
                source=Source("A5", "chunks.json", ""))  # fmt: skip


def _logged(holder: str, rows: int, ts: int = 50) -> dict[str, object]:
    return {"node": "a:1", "ts": ts, "artifact": "A1", "line": 12, "text": f" {holder} {rows}",
            "frame": "f", "holder": holder, "rows": rows, "chunks_per_column": 8,
            "size_bytes": 9, "frame_rows": 900}  # fmt: skip


def _model() -> Model:
    node = TrainingNode("0", 100, None, None, None, 2, 2, None)
    return Model(
        "m", "gbm", None, None, None, None, (), {}, {}, {}, {}, None, (), nodes=(node, node, node),
        frames=(InputFrame("training_frame", "t", 5, (0, 0, 0, 950, 1000)),),
        source=Source("A7", "m.json", "/models/0"),
    )  # fmt: skip


def test_every_column_is_one_that_the_table_declares() -> None:
    saved = Saved(models=(_model(),), frames=(_WHOLE, _CHUNKS))
    for name, rows in frame_rows(saved, _CLOUD, [_logged("a:1", 800)]).items():
        assert rows, name
        for row in rows:
            assert row.keys() <= SCHEMAS[name].keys(), name
        assert make_table(name, rows).height == len(rows)


def test_a_frame_told_of_twice_is_one_row_by_the_fuller_document() -> None:
    rows = frame_rows(Saved(frames=(_CHUNKS, _WHOLE)), _CLOUD)
    (row,) = rows["frames"]
    assert (row["frame"], row["from"], row["rows"], row["bytes"]) == ("f", "frame", 900, 4000)
    assert (row["cores"], row["heap_bytes"], row["needed_heap_bytes"]) == (8, 1000, 16000)
    assert row["fullest"] == "a:1"
    assert row["max_rows_over_mean"] == 1.7778
    assert row["longest_chunk_over_mean"] == 1.7778
    assert [one["holder"] for one in rows["chunks"]] == ["a:1", "b:1"]
    assert rows["frame_columns"][0]["pointer"] == "/frames/0/columns/0"


def test_chunks_alone_name_their_nodes_by_the_cloud() -> None:
    (row,) = frame_rows(Saved(frames=(_CHUNKS,)), _CLOUD)["frames"]
    assert (row["from"], row["fullest"], row["nodes"]) == ("chunks", "a:1", 2)


def test_the_log_dates_what_the_document_tells() -> None:
    told = [_logged("b:1", 100), _logged("a:1", 800)]
    (row,) = frame_rows(Saved(frames=(_WHOLE,)), _CLOUD, told)["frames"]
    assert (row["ts"], row["artifact"], row["line"], row["text"]) == (50, "A1", 12, " a:1 800")
    assert row["bytes"] == 4000


def test_of_the_log_the_last_summary_of_a_frame_counts() -> None:
    told = [
        _logged("a:1", 900),
        _logged("b:1", 0),
        _logged("a:1", 450, 60),
        _logged("b:1", 450, 60),
    ]
    (row,) = frame_rows(Saved(), (), told)["frames"]
    assert (row["from"], row["max_rows_over_mean"], row["rows"]) == ("log", 1.0, 900)


def test_models_tell_of_frames_that_nothing_else_tells_of() -> None:
    (row,) = frame_rows(Saved(models=(_model(), _model())), ())["frames"]
    assert (row["frame"], row["from"], row["rows"], row["nodes"]) == ("t", "model", 1000, 3)
    assert row["max_rows_over_mean"] == 2.85
    assert row["empty_chunk_share"] == 0.5
    assert row["fullest_share"] == 0.95
    assert row["cores"] == 6
    known = Frame("t", 1000, 10, 5)
    (row,) = frame_rows(Saved(models=(_model(),), frames=(known,)), ())["frames"]
    assert row["from"] == "frame"
