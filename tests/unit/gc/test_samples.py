from h2o_forensics.gc.events import Pause
from h2o_forensics.gc.origin import Origin
from h2o_forensics.gc.samples import FEW, Longest, PauseSamples
from tests.gc_events import pause


def many(count: int) -> list[Pause]:
    kinds = {0: "full"}
    return [
        pause(i * 100.0, float(i * 7919 % 10_007), kind=kinds.get(i % 50, "young"), line=i + 1)
        for i in range(count)
    ]


def kept(pauses: list[Pause]) -> PauseSamples:
    samples = PauseSamples(Origin())
    for one in pauses:
        samples.add(one)
    return samples


def test_few_are_all_kept() -> None:
    pauses = many(FEW)
    assert [entry.event for entry in kept(pauses).in_order()] == pauses


def test_of_many_the_first_the_longest_and_the_full_ones() -> None:
    pauses = many(9000)
    got = [entry.event.place.line for entry in kept(pauses).in_order()]
    longest = sorted(pauses, key=lambda p: -p.took_ms)[:500]
    want = {p.place.line for p in (*pauses[:200], *longest)}
    want |= {p.place.line for p in pauses if p.kind == "full"}
    assert got == sorted(want)


def test_parts_keep_what_the_whole_keeps() -> None:
    pauses = many(6000)
    whole = [e.event for e in kept(pauses).in_order()]
    for cut in (10, 1500, 3000, 5990):
        both = PauseSamples(Origin())
        both.include(kept(pauses[:cut]))
        both.include(kept(pauses[cut:]))
        assert [e.event for e in both.in_order()] == whole


def test_long_line_is_cut() -> None:
    one = pause(1.0, 1.0)
    (entry,) = kept([one._replace(place=one.place._replace(text=b"x" * 10**6))]).in_order()
    assert len(entry.event.place.text) == 400


def test_longest_of_a_stream() -> None:
    longest: Longest[str] = Longest(2)
    for took, name in ((5.0, "a"), (1.0, "b"), (5.0, "c"), (9.0, "d"), (5.0, "e")):
        if longest.wants(took):
            longest.add(took, name, Origin())
    assert [one.event for one in longest.in_order()] == ["a", "d"]
    assert longest.count == 5
