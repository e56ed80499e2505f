"""The JSON Schema of rule files, taken from the code that reads them.

`build` and `clauses` read a rule through `Fields`.  Here they read a form that has every field, and
each question they ask (a text? one of these words?) becomes the schema of that field, so schema and
loader cannot drift apart.  What fields promise each other is for `check`; little of it is here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from h2o_forensics.model.rule import RECORDS, RuleBook
from h2o_forensics.rulebook.build import RECORDS_ONLY, build_rule
from h2o_forensics.rulebook.clauses import KINDS_OF_CLAUSE
from h2o_forensics.rulebook.field_notes import NOTES
from h2o_forensics.rulebook.tree import DURATION, SIZE, Choice, Faults, Fields, Tree

Schema = dict[str, Any]

_ANY = "*"
"""Stands for a name the author chooses."""
_CLAUSE = {"$ref": "#/$defs/clause"}
_MEASURED = {"$ref": "#/$defs/measured"}
_TEXT = {"type": "string", "pattern": r"\S"}


def rule_schema(conditions: Iterable[str] = (), tables: Iterable[str] = ()) -> Schema:
    """JSON Schema, draft 2020-12, of one rule file.

    Args:
        conditions: names an editor shall offer; others of the same form are valid, too.
        tables: as `conditions`, for evidence tables.
    """
    recorded: Schema = {}
    build_rule(_form(recorded), "", _Recording("schema"))
    clauses: Schema = {}
    every_kind = _Recorder(clauses, "", _Recording("schema"))
    for kind, read in KINDS_OF_CLAUSE.items():
        read(every_kind, kind)
    clauses.pop("required", None)
    clauses |= {"additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    _add_relations(recorded)
    _offer(recorded, sorted(conditions), sorted({RECORDS, *tables}))
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule of h2o-forensics",
        **recorded,
        "$defs": {"clause": clauses, "measured": _measured()},
    }
    _describe(described, "")
    _describe(clauses, "when")
    return described


def fresh_schema(book: RuleBook) -> str:
    """The schema as text, with the names this book knows."""
    from h2o_forensics.model.tables import SCHEMAS  # noqa: PLC0415 - it brings polars

    return json.dumps(rule_schema(book.conditions, SCHEMAS), indent=2, ensure_ascii=False) + "\n"


def _measured() -> Schema:
    inner = [
        {"required": [kind], "properties": {kind: {"contains": _MEASURED}}}
        for kind in ("any", "all")
    ]
    return {"type": "object", "anyOf": [{"required": ["measure"]}, *inner]}


def _add_relations(rule: Schema) -> None:
    """The few things the builder decides by looking at another field."""
    rule["required"] = [name for name in rule["required"] if name != "signals"]
    rule["anyOf"] = [
        {"required": ["signals"]},
        {"required": ["when"], "properties": {"when": _MEASURED}},
    ]
    rule["properties"]["signals"]["minProperties"] = 1
    signal = rule["properties"]["signals"]["additionalProperties"]
    rows = {"required": ["table"], "properties": {"table": {"not": {"enum": [RECORDS, None]}}}}
    shared = {"required": ["use"], "properties": {"use": {"type": "string"}}}
    signal["allOf"] = [
        {"if": rows, "then": {"properties": {name: {"type": "null"} for name in RECORDS_ONLY}}},
        {"if": shared, "then": {"propertyNames": {"const": "use"}}},
    ]


def _offer(rule: Schema, conditions: list[str], tables: list[str]) -> None:
    """Let editors complete names that the loader looks up elsewhere."""
    fields = rule["properties"]
    holders = [
        fields,
        *(fields[name]["items"]["properties"] for name in ("caused_by", "yields_to")),
    ]
    if conditions:
        for holder in holders:
            form = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
            holder["condition"] = {
                "anyOf": [{"enum": conditions}, {"type": "string", "pattern": form}]
            }
    for name in ("signals", "facts"):
        table = fields[name]["additionalProperties"]["properties"]["table"]
        fields[name]["additionalProperties"]["properties"]["table"] = {
            "anyOf": [{"enum": tables}, dict(table)]
        }


def _describe(schema: Schema, path: str) -> None:
    """Put the notes where editors show them."""
    if path in NOTES:
        schema["description"] = NOTES[path]
    for name, inner in schema.get("properties", {}).items():
        _describe(inner, f"{path}.{name}" if path else name)
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        _describe(inner, f"{path}.{_ANY}")
    if isinstance(schema.get("items"), dict):
        _describe(schema["items"], f"{path}[]")


class _Node(dict[str, Tree]):
    """A mapping that has any field, and the schema it is to get."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.schema = schema


def _form(schema: Schema) -> Tree:
    return Tree(1, _Node(schema))


class _Recording(Faults):
    """Opens mappings for recording; faults found on the way mean nothing."""

    def open(self, tree: Tree, field: str) -> Fields:
        assert isinstance(tree.value, _Node)  # noqa: S101 - every tree here is a form
        return _Recorder(tree.value.schema, field, self)


class _Recorder(Fields):
    """Notes what is asked for, answers with what is harmless."""

    def __init__(self, schema: Schema, field: str, faults: Faults) -> None:
        super().__init__(_form(schema), field, faults)
        self._schema = schema
        schema.setdefault("type", "object")
        schema.setdefault("properties", {})
        schema.setdefault("required", [])

    def _note(self, name: str, form: Mapping[str, Any], *, required: bool) -> Schema:
        if name == _ANY:
            found: Schema = self._schema["additionalProperties"]
        else:
            found = self._schema["properties"].setdefault(name, {})
        found.update(form)
        if required and name != _ANY and name not in self._schema["required"]:
            self._schema["required"].append(name)
        if name not in self._schema["required"] and name != _ANY:
            _allow_null(found)
        return found

    def has(self, name: str) -> bool:
        return bool(name)

    def names(self) -> list[str]:
        self._schema.setdefault("additionalProperties", {})
        return [_ANY]

    def only_key(self, choices: Iterable[str], noun: str) -> str | None:
        self._schema.clear()
        self._schema.update(_CLAUSE if noun and choices else {})
        return None

    def tree(self, name: str) -> Tree | None:
        return _form(self._note(name, {}, required=False))

    def required(self, name: str) -> Tree | None:
        return _form(self._note(name, {}, required=True))

    def text_or_none(self, name: str) -> str | None:
        self._note(name, _TEXT, required=False)
        return None

    def text(self, name: str) -> str:
        self._note(name, _TEXT, required=True)
        return ""

    def word(self, name: str, form: re.Pattern[str], wants: str) -> str:
        self._note(name, _worded(form, wants), required=True)
        return ""

    def word_or_none(self, name: str, form: re.Pattern[str], wants: str) -> str | None:
        self._note(name, _worded(form, wants), required=False)
        return None

    def choice(
        self,
        name: str,
        choices: tuple[Choice, ...],
        default: Choice | None = None,
        *,
        noun: str = "",  # noqa: ARG002 - as the one it stands for
    ) -> Choice:
        self._note(name, {"enum": list(choices)}, required=default is None)
        return default or choices[0]

    def integer(self, name: str, default: int, least: int) -> int:
        self._note(name, {"type": "integer", "minimum": least}, required=False)
        return default

    def flag(self, name: str) -> bool:
        self._note(name, {"type": "boolean"}, required=False)
        return False

    def duration(self, name: str) -> int | None:
        form = {"type": "string", "pattern": f"^(?!0+[a-z])(?:{DURATION.pattern})$"}
        self._note(name, form, required=False)
        return None

    def amount(self, name: str) -> float | None:
        size = {"type": "string", "pattern": f"^(?:{SIZE.pattern})$"}
        form = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, size, {"type": "null"}]}
        self._note(name, form, required=False)
        return None

    def files(self, name: str, plain: str) -> list[Tree]:
        several: Schema = {}
        form = {"type": "array", "minItems": 1, "items": {"anyOf": [dict(_TEXT), several]}}
        self._note(name, form, required=bool(plain))
        return [_form(several)]

    def items(self, name: str, *, least: int = 0) -> list[Tree]:
        one: Schema = {}
        form = {"type": "array", "items": one} | ({"minItems": least} if least else {})
        self._note(name, form, required=least > 0)
        return [_form(one)]

    def texts(
        self, name: str, choices: tuple[str, ...] | None = None, *, least: int = 0
    ) -> tuple[str, ...]:
        one = {"enum": list(choices)} if choices else {"type": "string"}
        form = {"type": "array", "items": one} | ({"minItems": least} if least else {})
        self._note(name, form, required=least > 0)
        return ()

    def mapping(self, name: str, *, required: bool = False) -> Fields:
        found = self._note(name, {"type": "object"}, required=required)
        return self.faults.open(_form(found), self.path(name))

    def finish(self) -> None:
        self._schema.setdefault("additionalProperties", False)


def _worded(form: re.Pattern[str], wants: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{form.pattern})$", "description": wants}


def _allow_null(form: Schema) -> None:
    """`field:` with nothing behind it counts as absent."""
    if isinstance(form.get("type"), str):
        form["type"] = [form["type"], "null"]
    elif "enum" in form and None not in form["enum"]:
        form["enum"] = [*form["enum"], None]
