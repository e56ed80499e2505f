import threading

import pytest

from h2o_forensics import literals
from h2o_forensics.literals import LiteralSet


@pytest.fixture(params=(True, False), ids=("hyperscan", "plain"))
def _both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "HAS_HYPERSCAN", request.param)


def naive(words: tuple[bytes, ...], block: bytes) -> list[tuple[int, int]]:
    return [
        (end, index)
        for end in range(len(block) + 1)
        for index, literal in enumerate(words)
        if block[:end].endswith(literal)
    ]


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize(
    ("words", "block"),
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
def test_every_end_of_every_literal_in_order(words: tuple[bytes, ...], block: bytes) -> None:
    assert LiteralSet(words).find(block) == naive(words, block)


@pytest.mark.usefixtures("_both")
@pytest.mark.parametrize("count", (16, 17, 29, 63, 64, 100))
def test_sets_of_any_size_find_their_own_words_and_no_others(count: int) -> None:
    words = tuple(b"w%d;" % number for number in range(count))
    others = b"".join(b"\0\1%c\xff\xfe\2\3" % at for at in range(256))
    block = others + b"w0;w15;w16;w28;w62;w63;w99;" + others
    assert LiteralSet(words).find(block) == naive(words, block)


@pytest.mark.usefixtures("_both")
def test_several_threads_share_one_set() -> None:
    finder = LiteralSet((b"ab", b"b"))
    found: list[int] = []

    def look() -> None:
        found.extend(len(finder.find(b"ab" * 500)) for _ in range(50))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1000] * 200


@pytest.mark.usefixtures("_both")
def test_no_further_than_asked() -> None:
    finder = LiteralSet((b"ab", b"cd"))
    assert finder.find(b"ab cd ab", 7) == [(2, 0), (5, 1)]
    assert finder.find(b"ab cd ab", 4) == [(2, 0)]
