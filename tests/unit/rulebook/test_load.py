from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.model.rule import AnyOf, AtLeast, Unanswered
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook import load_rulebook

FILE = "pack/mem/TST001_swap_stall.yaml"
Change = Callable[..., list[str]]


def test_the_shipped_pack_loads() -> None:
    book = load_rulebook()
    ids = [rule.id for rule in book.rules]
    assert "CLD001" in ids
    assert ids == sorted(ids)
    assert book.conditions["oom.import"] == "heap exhausted while data are parsed"
    assert book.version
    assert len(book.sha256) == 64
    assert book == load_rulebook(rules_dir())


def test_the_shipped_pack_loads_quickly() -> None:
    load_rulebook()  # imports and caches
    started = perf_counter()
    load_rulebook()
    assert perf_counter() - started < 0.5  # about 0.02 s; the room is for busy machines


def test_every_field_arrives(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    (rule,) = load_rulebook(pack.folder, built_in=False).rules
    pause, resume = rule.signals
    assert rule.path == "mem/TST001_swap_stall.yaml"
    assert pause.id == "TST001.pause"
    assert pause.kinds == ("h2o_log",)
    assert pause.captures == {"free": "bytes", "peer": "node"}
    assert (pause.levels, pause.about) == (("WARN",), "peer")
    assert resume.pattern is None
    assert rule.when == AnyOf(
        (
            AtLeast("pause", count=3, within_ms=600_000, per="node"),
            Unanswered("pause", by="resume", within_ms=60_000, per="node"),
        )
    )
    assert [fact.name for fact in rule.facts] == ["free_bytes", "wanted_bytes"]
    assert rule.facts[1].round_up == 100 * 2**20
    assert rule.caused_by[0].within_ms == 300_000
    assert rule.yields_to[0].same == "node"
    assert list(rule.fires[0].files) == ["example.log"]
    assert list(rule.silent[0].files) == ["node1.log"]
    assert rule.starts_from is None


def test_a_single_file_is_a_pack(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    book = load_rulebook(pack.folder / "mem" / "TST001_swap_stall.yaml", built_in=False)
    assert [rule.path for rule in book.rules] == ["TST001_swap_stall.yaml"]


def test_five_faults_give_five_lines_at_once(faults_after: Change) -> None:
    faults = faults_after(
        ("levels: [WARN]", "levels: [WARM]"),
        ("severity: high", "severity: hgih"),
        ("within: 60s", "within: 60"),
        ("signal: pause, of: free", "signal: paus, of: free"),
        ("explain:", "explian:"),
    )
    assert faults == [
        f"{FILE}:7: severity: unknown severity 'hgih'; nearest: high",
        f"{FILE}:14: signals.pause.levels: unknown level 'WARM'; nearest: WARN",
        f"{FILE}:21: when.any[1].unanswered.within: bad duration 60; wants 500ms, 10s, 5m or 2h",
        f"{FILE}:23: facts.free_bytes.signal: unknown signal 'paus'; nearest: pause",
        f"{FILE}:26: explian: unknown field; nearest: explain",
    ]


ONE_FAULT = (
    ("id: TST001", "id: TST002", "1: id: the file must be named TST002_swap_stall.yaml"),
    (
        "condition: gc.thrash",
        "condition: gc.trash",
        "unknown condition 'gc.trash'; nearest: gc.thra",
    ),
    ("title: Node stops", "title: 5 #", "4: title: wants text, got 5"),
    ("title: Node", "title: Node\ntitle: No", "5: 'title' is written twice in one mapping"),
    ("title: Node", "title: {a: [}", "4: bad YAML: "),
    ("title: Node", "title: &a Node", "4: anchors and aliases are not allowed"),
    (
        "title: Node",
        "title: !!python/name:os.system",
        "4: YAML tags such as tag:yaml.org,2002:python",
    ),
    ("(?P<free>\\S+)", "(?P<free>\\S+", "13: signals.pause.pattern: bad regex: missing )"),
    (
        "swap to disk; (",
        "swap the disk; (",
        "13: signals.pause.pattern: cannot match text that con",
    ),
    ('    anchor: "Pausing to swap to disk"\n', "", "11: signals.pause.anchor: missing"),
    (
        "{free: bytes,",
        "{fre: bytes,",
        "captures.fre: no group of that name in the pattern; nearest: f",
    ),
    (
        "{free: bytes,",
        "{free: byte,",
        "15: signals.pause.captures.free: unknown type 'byte'; nearest: ",
    ),
    (
        "about: peer",
        "about: pear",
        "16: signals.pause.about: 'pear' is no group of the pattern; near",
    ),
    ("about: peer", "where: fre > 3", "signals.pause.where: unknown name 'fre'; nearest: free"),
    (
        "about: peer",
        "in: [h2olog]",
        "16: signals.pause.in: unknown kind 'h2olog'; nearest: h2o_log",
    ),
    ("about: peer", "raw: true", "signals.pause.raw: a line without a header has no level"),
    ("about: peer", "raw: yes", "signals.pause.raw: wants true or false, got 'yes'"),
    ("about: peer", "table: jobs", "12: signals.pause.anchor: only for signals over records"),
    (
        "signal: pause, count",
        "signal: paws, count",
        "any[0].at_least.signal: unknown signal 'paws'",
    ),
    ("count: 3", "count: 0", "any[0].at_least.count: wants a whole number of at least 1, got 0"),
    ("at_least: {", "atleast: {", "when.any[0].atleast: unknown clause; nearest: at_least"),
    ("when:\n", "when:\n  all: []\n", "18: when: wants exactly one of"),
    ("unanswered: {signal: pause, by: resume, within: 60s}", "absent: {signal: pause}", "an `all`"),
    (
        "{free_bytes:bytes} free",
        "{fre_bytes} free",
        "25: says: unknown fact 'fre_bytes'; nearest: fr",
    ),
    ("{free_bytes:bytes} free", "{free_bytes:byte} free", "unknown format 'byte' of {free_bytes}"),
    ("{free_bytes:bytes} free", "{} free", "25: says: {} is no placeholder"),
    ("2 * free_bytes", "2 * free_byte", "24: facts.wanted_bytes.calc: unknown fact 'free_byte'"),
    ("2 * free_bytes", "__import__('os')", "only ceil, floor, known, max, min, only can be called"),
    ("100MB", "lots", "24: facts.wanted_bytes.round_up: wants a number or a size"),
    ("of: free, take: min", "take: min", "23: facts.free_bytes.of: missing; only take: count"),
    ("{signal: pause, of: free", "{table: nods, of: free", "unknown table 'nods'; nearest: nodes"),
    (
        "{signal: pause, of: free",
        "{table: nodes, of: core",
        "no column 'core' in nodes; nearest: co",
    ),
    (
        "when: free_bytes <",
        "when: free_byte <",
        "caused_by[0].when: unknown fact 'free_byte'; near",
    ),
    (
        "condition: heap.too_small",
        "condition: heap.small",
        "32: caused_by[0].condition: unknown con",
    ),
    (
        "condition: oom.import",
        "condition: gc.thrash",
        "yields_to[0].condition: gc.thrash is this ru",
    ),
    (
        "  silent:\n    - node1.log: |\n",
        "  silent: []\n#",
        "examples.silent: wants at least 1 item",
    ),
    ("- node1.log:", "- ../node1.log:", "wants a plain relative file name"),
    (
        "examples:",
        "starts_from: paws\nexamples:",
        "starts_from: unknown signal 'paws'; nearest: pau",
    ),
)


@pytest.mark.parametrize(("old", "new", "expected"), ONE_FAULT)
def test_a_fault_says_where_and_what(
    faults_after: Change, old: str, new: str, expected: str
) -> None:
    faults = faults_after((old, new))
    assert any(expected in fault for fault in faults), faults
    assert all(fault.startswith(f"{FILE}:") for fault in faults)


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("", "1: is empty"),
        ("- a\n", "1: wants the fields of one rule"),
        ("a: " + "[" * 100_000, "1: nested deeper than"),
        ("a: 1\n---\nb: 1\n", "a second document in one file"),
        ("? [a]\n: 1\n", "1: a field's name must be a plain word"),
        ("a: \u0001\n", "1: bad YAML: "),
        ("a: 1\n" + "#" * 300_000, "1: larger than 256 KB"),
    ),
    ids=("empty", "list", "deep", "documents", "key", "control", "large"),
)
def test_hostile_or_broken_files_are_one_fault(pack: Any, text: str, expected: str) -> None:
    pack.write(text)
    (fault,) = pack.faults()
    assert f"{FILE}:{expected}" in fault or expected in fault


def test_bytes_that_are_no_text_are_a_fault(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    path = pack.folder / "mem" / "TST001_swap_stall.yaml"
    path.write_bytes(rule_text.encode() + b"# \xff\n")
    assert pack.faults() == [f"{FILE}:{rule_text.count(chr(10)) + 1}: is not UTF-8 text"]


def test_the_same_id_in_two_files_is_a_fault(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    pack.write(rule_text, "gc/TST001_swap_stall.yaml")
    other = "pack/gc/TST001_swap_stall.yaml (given)"
    assert pack.faults() == [f"{FILE}:1: id: TST001 is also the id of {other}"]


def test_conditions_that_give_way_in_a_circle_are_a_fault(pack: Any, rule_text: str) -> None:
    other = rule_text.replace("TST001", "TST002").replace("condition: oom.import", "condition: X")
    other = other.replace("condition: gc.thrash", "condition: oom.import")
    pack.write(rule_text)
    pack.write(other.replace("condition: X", "condition: gc.thrash"), "mem/TST002_swap_stall.yaml")
    faults = pack.faults()
    assert len(faults) == 2
    assert "a circle of yields_to: gc.thrash -> oom.import -> gc.thrash" in faults[0]


def test_a_pack_adds_conditions_and_states_its_version(pack: Any, rule_text: str) -> None:
    pack.write(rule_text.replace("condition: gc.thrash", "condition: site.own"))
    assert "unknown condition 'site.own'" in pack.faults()[0]
    pack.write(
        "site.own: ours\ngc.thrash: gc\nheap.too_small: h\noom.import: o\n", "conditions.yaml"
    )
    pack.write("7.8.9\n", "VERSION")
    book = load_rulebook(pack.folder, built_in=False)
    assert (book.version, book.conditions["site.own"]) == ("7.8.9", "ours")
    assert "oom.train" not in book.conditions


def test_further_packs_join_the_built_in_one(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    ids = {rule.id for rule in load_rulebook(pack.folder).rules}
    assert {"CLD001", "TST001"} <= ids


def test_a_rule_can_be_disabled_by_an_id_that_exists(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    book = load_rulebook(pack.folder, disable=["TST001"])
    assert "TST001" not in {rule.id for rule in book.rules}
    with pytest.raises(RuleError, match=r"disable: unknown rule 'TST01'; nearest: TST001"):
        load_rulebook(pack.folder, disable=["TST01"])


def test_texts_may_use_captures_and_the_banner(pack: Any, rule_text: str) -> None:
    pack.write(rule_text.replace("{free_bytes:bytes} free", "{free:bytes} of {node_xmx_bytes:mb}"))
    assert "{free:bytes}" in load_rulebook(pack.folder, built_in=False).rules[0].says


def test_an_anchor_may_be_a_word_of_the_header(pack: Any, rule_text: str) -> None:
    pack.write(
        rule_text.replace('{anchor: "Continuing after swapping"', "{anchor: WARN, pattern: '^Cont'")
    )
    assert load_rulebook(pack.folder, built_in=False).rules[0].signals[1].anchor == "WARN"


def test_the_digest_follows_names_and_bytes(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    before = load_rulebook(pack.folder, built_in=False).sha256
    assert load_rulebook(pack.folder, built_in=False).sha256 == before
    pack.write(rule_text + "# a remark\n")
    assert load_rulebook(pack.folder, built_in=False).sha256 != before


def test_a_missing_or_empty_pack_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"nowhere:1: no such directory"):
        load_rulebook(tmp_path / "nowhere", built_in=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuleError, match=r"empty:1: no rule files"):
        load_rulebook(tmp_path / "empty", built_in=False)


def test_yml_is_not_silently_skipped(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    pack.write(rule_text, "mem/TST002_other.yml")
    assert pack.faults() == ["pack/mem/TST002_other.yml:1: rule files end in .yaml"]
