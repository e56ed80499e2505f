import pytest

from h2o_forensics.model.values import read_bytes, read_duration, read_node, resolve_tail


@pytest.mark.parametrize(
    ("text", "size"),
    (
        ("Zero", 0),
        ("4096", 4096),
        ("91.1 MB", 95_525_273),
        ("1 KB", 1024),
        ("23.54 GB", 25_275_882_536),
        ("800m", 800 * 2**20),
        ("6g", 6 * 2**30),
        ("91,1 MB", 95_525_273),
        ("12 bytes", 12),
        ("1 TiB", 2**40),
        ("NA", None),
        ("1.2.3 MB", None),
        ("9" * 400, None),
        ("9" * 18 + " TB", None),
        ("", None),
        ("5 MB/s", None),
    ),
)
def test_sizes(text: str, size: int | None) -> None:
    assert read_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "ms"),
    (
        ("60997.160ms", 60_997),
        ("90 s", 90_000),
        ("1.5 min", 90_000),
        ("2 hours", 7_200_000),
        ("5 m", 300_000),
        ("soon", None),
        ("1.1.1 s", None),
        ("9" * 400 + " s", None),
    ),
)
def test_durations(text: str, ms: int | None) -> None:
    assert read_duration(text) == ms


@pytest.mark.parametrize(
    ("text", "node"),
    (
        ("localhost/127.0.0.1:54321", "127.0.0.1:54321"),
        ("/10.0.0.3:54321", "10.0.0.3:54321"),
        ("10.0.0.3:54321,", "10.0.0.3:54321"),
        ("host-1/[0:0:0:0:0:0:0:1]:54321", "[0:0:0:0:0:0:0:1]:54321"),
        ("somewhere", None),
        ("", None),
    ),
)
def test_nodes(text: str, node: str | None) -> None:
    assert read_node(text) == node


def test_a_tail_names_a_node_only_when_it_is_the_only_one() -> None:
    nodes = frozenset({"10.20.0.13:54321", "10.20.0.14:54321", "10.20.0.13:54323"})
    assert resolve_tail("0.13:54321", nodes) == "10.20.0.13:54321"
    assert resolve_tail(":54321", nodes) is None
    assert resolve_tail("0.15:54321", nodes) is None
