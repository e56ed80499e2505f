"""Figures of frames: skew against H2O's own layout, chunks, clusters."""

import pytest

from h2o_forensics.model.training import Frame, Model, TrainingNode
from h2o_forensics.training.frames import (
    Cluster,
    Share,
    cluster_of,
    cluster_of_model,
    placed,
    rows_of,
    shares_of_chunks,
    spread,
    spread_of_offsets,
)


@pytest.mark.parametrize(
    ("chunks", "nodes", "fullest"),
    ((1, 3, 1), (3, 3, 1), (4, 3, 2), (8, 3, 3), (16, 2, 9), (24, 3, 10), (29, 3, 15), (7, 1, 7),
     (10**15, 3, 333333333333343)),
)  # fmt: skip
def test_layout_of_chunks_is_that_of_h2o(chunks: int, nodes: int, fullest: int) -> None:
    assert placed(chunks, nodes) == fullest


@pytest.mark.parametrize("chunks", (1, 2, 17, 100, 333))
@pytest.mark.parametrize("nodes", (1, 2, 3, 7))
def test_layout_is_that_of_each_chunks_home(chunks: int, nodes: int) -> None:
    counts = [0] * nodes
    for index in range(chunks):  # as water/Key.java has it
        lap = index // nodes
        run = 0 if lap == 0 else 1 if lap <= 2 else 2 if lap <= 6 else 3 if lap <= 14 else 4
        counts[((index - ((1 << run) - 1) * nodes) >> run) % nodes] += 1
    assert placed(chunks, nodes) == max(counts)


def test_a_balanced_frame_is_as_even_as_its_chunks() -> None:
    shares = (Share("a", 49918, None, 10), Share("b", 35132, None, 7), Share("c", 34950, None, 7))
    figures = spread(shares)
    assert figures.rows_over_mean == pytest.approx(1.248, abs=1e-3)
    assert figures.floor == 1.25
    assert figures.chunks_over_mean == 1.25
    assert (figures.empty_nodes, figures.hollow_nodes, figures.fullest) == (0, 0, "a")


def test_a_slice_leaves_nodes_with_chunks_and_no_rows() -> None:
    shares = (Share("a", 0, 3891, 10), Share("b", 8399, 224051, 7), Share("c", 0, 3891, 7))
    figures = spread(shares)
    assert figures.rows_over_mean == 3
    assert (figures.empty_nodes, figures.hollow_nodes) == (2, 2)
    assert (figures.fullest, figures.fullest_share) == ("b", 1)


def test_one_piece_is_no_more_uneven_than_one_chunk_has_to_be() -> None:
    figures = spread((Share("a", 1500, None, 1), Share("b", 0, None, 0), Share("c", 0, None, 0)))
    assert figures.rows_over_mean == figures.floor == 3
    assert (figures.empty_nodes, figures.hollow_nodes) == (2, 0)


def test_an_empty_frame_has_no_skew() -> None:
    figures = spread((Share("a", 0, 0, 1), Share("b", 0, 0, 1)))
    assert figures.rows_over_mean is None
    assert figures.fullest is None
    assert spread(()).nodes is None


def test_chunks_are_added_up_by_node_and_nodes_without_any_are_empty() -> None:
    frame = Frame("f", 60, None, None, chunk_rows=(10, 20, 30), chunk_nodes=("0", "2", "0"))
    shares = shares_of_chunks(frame, Cluster(nodes=("a:1", "b:1", "c:1")))
    assert [(one.node, one.rows, one.chunks) for one in shares] == [
        ("a:1", 40, 2), ("b:1", 0, 0), ("c:1", 20, 1),
    ]  # fmt: skip
    assert [one.node for one in shares_of_chunks(frame, Cluster())] == ["node 0", "node 2"]


def test_offsets_of_a_model_give_lower_bounds() -> None:
    figures = spread_of_offsets((0, 0, 0, 900, 1000), nodes=2)
    assert rows_of((0, 0, 0, 900, 1000)) == (0, 0, 900, 100)
    assert figures.longest_chunk == pytest.approx(3.6)
    assert figures.empty_chunks == 0.5
    assert figures.fullest_share == 0.9
    assert figures.rows_over_mean == pytest.approx(1.8)
    assert figures.fullest is None
    assert spread_of_offsets((0, 5), None).rows_over_mean is None
    assert spread_of_offsets((5, 3), 2).fullest_share is None


def _node(artifact: str, node: str, at: int, **more: object) -> dict[str, object]:
    return {"artifact": artifact, "node": node, "pointer": f"/nodes/{at}"} | more


def test_the_cluster_is_the_last_snapshot_that_has_the_holders() -> None:
    rows = [
        _node("A1", "b:1", 1, num_cpus=2, max_mem_bytes=10, ts=1, cloud_name="x"),
        _node("A1", "a:1", 0, num_cpus=2, max_mem_bytes=10, ts=1, cloud_name="x"),
        _node("A2", "z:1", 0, num_cpus=64, max_mem_bytes=99, ts=2, cloud_name="y"),
    ]
    assert cluster_of(rows, ["a:1", "b:1"]) == Cluster(("a:1", "b:1"), 4, 20)
    assert cluster_of(rows, ["q:1"]) == Cluster()
    assert cluster_of(rows, ()).nodes == ("a:1", "b:1")
    assert cluster_of([], ["a:1"]) == Cluster()


def test_the_cluster_of_a_model_is_that_of_its_training() -> None:
    nodes = (
        TrainingNode("0", 100, None, None, None, 8, 4, None),
        TrainingNode("1", 100, None, None, None, 8, None, None),
    )
    model = Model("m", None, None, None, None, None, (), {}, {}, {}, {}, None, (), nodes=nodes)
    assert cluster_of_model(model) == Cluster(("0", "1"), 12, 200)
