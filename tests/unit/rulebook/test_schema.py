"""The schema of rule files knows what the loader knows of their form."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.resources import rule_schema_file, rules_dir
from h2o_forensics.rulebook import fresh_schema, load_rulebook
from h2o_forensics.rulebook.field_notes import NOTES
from h2o_forensics.rulebook.yaml_tree import read_plain

FILES = sorted(rules_dir().glob("*/*.yaml"))


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(rule_schema_file().read_bytes())


@pytest.fixture(scope="module")
def validator(schema: Any) -> Any:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_shipped_schema_is_fresh() -> None:
    fresh = fresh_schema(load_rulebook(plugins=False))
    hint = "run: h2o-forensics rules schema > rules/rule.schema.json"
    assert rule_schema_file().read_text("utf-8") == fresh, hint


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_rule_is_valid(path: Path, validator: Any) -> None:
    found = [error.message for error in validator.iter_errors(read_plain(path.read_text("utf-8")))]
    assert found == []


def test_the_small_rule_is_valid(validator: Any, rule_text: str) -> None:
    assert list(validator.iter_errors(read_plain(rule_text))) == []


def test_every_note_has_its_field_and_every_field_of_a_rule_its_note(schema: Any) -> None:
    described = set(_described(schema, ""))
    described |= set(_described(schema["$defs"]["clause"], "when"))
    assert set(NOTES) <= described
    assert set(schema["properties"]) <= set(NOTES)


def _described(schema: Any, path: str) -> list[str]:
    found = [path] if "description" in schema else []
    for name, inner in schema.get("properties", {}).items():
        found += _described(inner, f"{path}.{name}" if path else name)
    if isinstance(schema.get("additionalProperties"), dict):
        found += _described(schema["additionalProperties"], f"{path}.*")
    return found + (_described(schema["items"], f"{path}[]") if "items" in schema else [])


BROKEN = (
    ("id: TST001\n", ""),
    ("id: TST001", "id: tst1"),
    ("id: TST001", "id: 1"),
    ("name: swap-stall", "name: Swap stall"),
    ("title: Node stops allocating", "title: [a]"),
    ("title: Node stops allocating", "title: ' '"),
    ("title: Node stops allocating", "titel: Node stops allocating"),
    ("status: stable", "status: finished"),
    ("since: 0.1.0", "since: 1"),
    ("severity: high", "severity: awful"),
    ("severity: high", "severity: null"),
    ("confidence: high", "confidence: sure"),
    ("harm: fault", "harm: none"),
    ("levels: [WARN]", "levels: [WRN]"),
    ("levels: [WARN]", "levels: WARN"),
    ("levels: [WARN]", "level: [WARN]"),
    ("levels: [WARN]", "raw: 'yes'"),
    ("levels: [WARN]", "in: [h2olog]"),
    ("levels: [WARN]", "table: nodes"),
    ("levels: [WARN]", "use: connection.refused"),
    ("free: bytes", "free: octets"),
    ("at_least:", "atleast:"),
    ("count: 3", "count: 0"),
    ("count: 3", "count: three"),
    ("within: 10m", "within: 10 minutes"),
    ("within: 10m", "within: 0m"),
    ("per: node", "per: cloud"),
    (", within: 60s}", "}"),
    ("  any:\n", "  any: []\n  all:\n"),
    ("take: min", "take: least"),
    ("round_up: 100MB", "round_up: -1"),
    ("round_up: 100MB", "round_up: lots"),
    ("    why: The spill is a symptom.\n", ""),
    ("same story}", "same story, same: other}"),
    ("within: 5m", "within: soon"),
    ("references: [water/MemoryManager.java]", "references: water/MemoryManager.java"),
    ("  silent:\n", "  quiet:\n"),
    ("- node1.log: |", "- node1.log: 3\n      x: |"),
    ("examples:\n", "replaced_by: nobody\nexamples:\n"),
)


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_what_the_loader_refuses_the_schema_refuses(
    pack: Any, rule_text: str, validator: Any, old: str, new: str
) -> None:
    assert old in rule_text
    broken = rule_text.replace(old, new, 1)
    pack.write(broken)
    with pytest.raises(RuleError):
        load_rulebook(pack.folder, built_in=False)
    assert not validator.is_valid(read_plain(broken))


@pytest.mark.parametrize(
    ("old", "new"),
    (
        ("examples:\n", "says_otherwise: null\nexamples:\n"),
        ("levels: [WARN]", "levels: null"),
        ("round_up: 100MB", "round_up: 7.5"),
        ("condition: gc.thrash", "condition: site.own"),
        ('{anchor: "Continuing after swapping", levels: [WARN]}', "{use: shutdown.asked}"),
    ),
)
def test_what_the_loader_takes_the_schema_takes(
    pack: Any, rule_text: str, validator: Any, old: str, new: str
) -> None:
    assert old in rule_text
    changed = rule_text.replace(old, new, 1)
    pack.write(
        "site.own: ours\ngc.thrash: b\nheap.too_small: c\noom.import: d\n", "conditions.yaml"
    )
    pack.write(changed)
    assert load_rulebook(pack.folder, built_in=False).rules
    assert list(validator.iter_errors(read_plain(changed))) == []


def test_a_rule_of_measures_needs_no_signals(rule_text: str, validator: Any) -> None:
    rule: Any = read_plain(rule_text)
    del rule["signals"]
    assert not validator.is_valid(rule)
    rule["when"] = {"all": [{"any": [{"measure": {"sql": "SELECT node FROM nodes"}}]}]}
    assert validator.is_valid(rule)
