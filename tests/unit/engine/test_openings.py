"""A pattern that begins with a choice of texts is looked for by those, not by its common anchor."""

import io

import pytest

from h2o_forensics.engine.probes import Matcher
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.model.rule import Signal
from h2o_forensics.readers.blocks import BlockReader
from h2o_forensics.readers.h2o_log import H2OLogFormat

HEADER = "01-10 14:15:02.364 10.0.0.1:54321      4242      FJ-3-3  WARN water.default: "
CHOICE = r"^(?:Swapping!  |blocked:   )\w+, \(K/V:(?P<kv>\S+)"


def signal(pattern: str, **rest: object) -> Signal:
    return Signal(rule_id="T", name="s", anchor="(K/V:", pattern=pattern, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("probed", "literals"),
    (
        (signal(CHOICE), {b"Swapping!  ", b"blocked:   "}),
        (signal(CHOICE, raw=True), {b"(K/V:"}),
        (signal(CHOICE, logger="(K/V:"), {b"(K/V:"}),  # a word of the header
        (signal(r"^(?:Swapping!  |blocked:   )?OOM, \(K/V:"), {b"(K/V:"}),
        (signal(r"^(?:Swapping!  |short)OOM, \(K/V:"), {b"(K/V:"}),
        (signal(r"^(?:Swapping!  |blocked:.{3})OOM, \(K/V:"), {b"(K/V:"}),
        (signal(r"^(?:Swapping!  |)OOM, \(K/V:"), {b"(K/V:"}),
        (signal(r"(?:Swapping!  |blocked:   )OOM, \(K/V:"), {b"(K/V:"}),
    ),
)
def test_literals(probed: Signal, literals: set[bytes]) -> None:
    matcher = Matcher("h2o_log", [probed])
    assert set(matcher.anchors.literals[: matcher.levels_from]) == literals


def test_a_plain_text_has_no_records_to_begin() -> None:
    assert Matcher("text", [signal(CHOICE, kinds=("text",))]).anchors.literals == (b"(K/V:",)


@pytest.mark.parametrize(
    ("message", "kept"),
    (
        ("Swapping!  OOM, (K/V:91 MB", "91"),
        ("blocked:   OOM, (K/V:7 MB", "7"),
        ("MemGood:   OOM, (K/V:91 MB", None),
        ("first line\nblocked:   OOM, (K/V:8", "8"),
    ),
)
def test_hits(message: str, kept: str | None) -> None:
    form = H2OLogFormat()
    stream = io.BytesIO(f"{HEADER}{message}\n".encode())
    scan = Scanner([signal(CHOICE)]).scan(BlockReader(stream, form), form)
    assert [hit.captures for hit in scan.hits] == ([{"kv": kept}] if kept else [])


def test_the_anchor_must_be_there_all_the_same() -> None:
    form = H2OLogFormat()
    stream = io.BytesIO(f"{HEADER}Swapping!  to disk\n".encode())
    probed = signal(r"^(?:Swapping!  |blocked:   )")
    assert Scanner([probed]).scan(BlockReader(stream, form), form).hits == []


@pytest.mark.parametrize(
    ("anchor", "pattern", "stays"),
    (
        ("IO", r"IO.*", True),
        ("IO", r"^(?:a|b)IO[^,\n]*(?P<x>\S+)$", True),
        ("IO", r"\[a(b|c)IO", True),
        ("a(b c", r"^a\(b c", True),
        ("IO", r"a|IO", False),
        ("IO", r"(?:IO|b)", False),
        ("IO", r"[(]a|b[)]IO", False),
        ("IO", r"IO[^x]", False),
        ("IO", r"\[^\n]IO", False),
        ("IO", r"(?s)IO.", False),
        ("IO", r"IO\s+x", False),
        ("IO", r"(?<=x)IO", False),
        ("IO", r"IO{0}", False),
        ("refused", r"IO refused?", False),
        ("wait", r"\wait", False),
    ),
)
def test_patterns_that_stay_in_the_line_of_their_anchor(
    anchor: str, pattern: str, *, stays: bool
) -> None:
    probed = Signal(rule_id="T", name="s", anchor=anchor, pattern=pattern)
    assert Matcher("h2o_log", [probed]).probes[0].one_line is stays
