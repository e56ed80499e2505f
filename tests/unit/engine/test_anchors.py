import threading

import pytest

from h2o_forensics.engine import anchors
from h2o_forensics.engine.anchors import AnchorSet


@pytest.fixture(params=(True, False), ids=("hyperscan", "plain"))
def _both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "HAS_HYPERSCAN", request.param)


def naive(literals: tuple[bytes, ...], block: bytes) -> list[tuple[int, int]]:
    return [
        (end, index)
        for end in range(len(block) + 1)
        for index, literal in enumerate(literals)
        if block[:end].endswith(literal)
    ]


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize(
    ("literals", "block"),
    (
        ((b"aa", b"aaa", b"a"), b"aaaaa"),
        ((b"OOM: OOM", b"OOM"), b"xOOM: OOM: OOM"),
        ((b"(.*)[x]\\d$", b"^"), b"^ (.*)[x]\\d$ 5"),
        ((b"\x00\xff", "Größe".encode()), b"\x00\xff" + "Größe".encode() * 2),
        ((b"miss",), b"nothing here"),
        ((b"a",), b""),
        ((), b"aaa"),
    ),
)
def test_every_end_of_every_literal_in_order(literals: tuple[bytes, ...], block: bytes) -> None:
    assert AnchorSet(literals).find(block) == naive(literals, block)


@pytest.mark.usefixtures("_both")
def test_several_threads_share_one_set() -> None:
    finder = AnchorSet((b"ab", b"b"))
    found: list[int] = []

    def look() -> None:
        found.extend(len(finder.find(b"ab" * 500)) for _ in range(50))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1000] * 200
