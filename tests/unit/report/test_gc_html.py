"""The page on GC logs: what it holds, that nothing in it runs, and how large it gets."""

from html.parser import HTMLParser

import pytest

from h2o_forensics.report import build_gc_report, gc_to_html
from tests import jvm_samples as samples

HOSTILE = ("</script><img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{7*7}}{% raw %}")


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(*names: str) -> Page:
    runs = [samples.ALL[name]() for name in names]
    return Page(gc_to_html(build_gc_report(samples.analysis(*runs), version="0.0")))


@pytest.mark.parametrize("name", samples.ALL)
def test_one_file_without_handlers_styles_or_requests(name: str) -> None:
    shown = page(name)
    names = {attribute for _, attribute, _ in shown.attributes}
    assert "style" not in names
    assert not [item for item in names if item.startswith("on")]
    assert not [item for item in shown.attributes if item[1] in {"src", "srcset", "action"}]
    assert shown.tags.count("h1") == shown.tags.count("main") == shown.tags.count("footer") == 1
    ids = [value for _, attribute, value in shown.attributes if attribute == "id"]
    assert len(ids) == len(set(ids))


def test_a_sick_run_is_told_with_charts_and_tables() -> None:
    shown = page("thrashing")
    for words in (
        "The JVM is in trouble",
        "118 full collections in a row",
        "tied to 10.0.0.2:54321 by its process id",
        "What to change:",
        "Pauses by phase and cause",
        "G1 Compaction Pause",
        "Streaks of full collections",
        "Longest pauses, with their lines",
        "4080M->4071M(4096M)",
        "The charts as a table",
        "-Xmx4g -XX:+UseG1GC",
        "Lines not understood (3)",
        "the archive ends too early",
    ):
        assert words in shown.text, words
    assert shown.tags.count("figure") == shown.tags.count("svg") == 5
    assert shown.tags.count("desc") == 5


def test_several_runs_begin_with_a_table() -> None:
    shown = page("healthy", "thrashing", "stalled", "bare")
    assert "2 of 4 JVM runs: in trouble" in shown.text
    assert "All runs" in shown.text
    assert ("a", "href", "#jvm4") in shown.attributes


def test_pauses_are_summed_and_the_dearest_stand_first() -> None:
    text = page("thrashing").text
    assert "All pauses 324 151 s 12.2 s" in text
    kinds = ("Pause Full G1 Compaction Pause", "Pause Young (Normal) G1", "Pause Full System.gc()")
    places = [text.index(kind, text.index("Pauses by phase and cause")) for kind in kinds]
    assert places == sorted(places)


def test_runs_too_short_to_judge_are_not_called_well() -> None:
    short = samples.healthy(uptime_ms=9_000.0)
    one = Page(gc_to_html(build_gc_report(samples.analysis(short))))
    assert "The JVM was seen for too short a time to judge" in one.text
    all_three = Page(gc_to_html(build_gc_report(samples.analysis(short, short, short))))
    assert "All 3 JVM runs: too short to judge" in all_three.text
    for shown in (one, all_three):
        assert "No trouble found" not in shown.text
        assert "does well" not in shown.text


def test_what_is_only_seen_is_not_called_the_limit() -> None:
    runs = [samples.healthy(heap_max_stated=False), samples.healthy()]
    assert "4 GB seen" in Page(gc_to_html(build_gc_report(samples.analysis(*runs)))).text


def test_one_that_is_well_and_one_that_says_nothing() -> None:
    assert "The JVM does well" in page("healthy").text
    bare = page("bare")
    assert "The JVM cannot be judged from this log" in bare.text
    assert "svg" not in bare.tags


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    usual = Page(gc_to_html(build_gc_report(samples.analysis(samples.hostile("x")))))
    shown = Page(gc_to_html(build_gc_report(samples.analysis(samples.hostile(text)))))
    assert set(shown.tags) - {"wbr"} == set(usual.tags) - {"wbr"}
    assert shown.tags.count("svg") == usual.tags.count("svg")
    assert text in shown.text.replace("/ ", "/").replace("_ ", "_").replace("! ", "!")


def test_fifty_runs_stay_small() -> None:
    runs = [samples.thrashing(buckets=samples.Wave(1500, full_from=900).buckets())] * 50
    whole = gc_to_html(build_gc_report(samples.analysis(*runs)))
    assert len(whole) < 3_000_000
