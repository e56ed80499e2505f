"""Turns the tree of a rule file into a `Rule`: fields, types, units.

What the parts promise each other is for `check`.  A field that cannot be read is a fault and gets
a stand-in, so that the rest of the file is read too.
"""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import structs

from h2o_forensics.model.artifact import KINDS
from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import (
    RECORDS,
    CaptureType,
    CauseEdge,
    Confidence,
    Example,
    Fact,
    Harm,
    Remedy,
    Rule,
    Severity,
    Signal,
    Yield,
    measures_of,
)
from h2o_forensics.rulebook.clauses import build_clause
from h2o_forensics.rulebook.tree import Faults, Fields, Tree

Status = Literal["draft", "stable", "deprecated"]
Take = Literal["first", "last", "min", "max", "sum", "count", "list"]
Scope = Literal["node", "peers", "case"]

LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
EXAMPLE_NAME = "example.log"
"""File name of an example given as plain text."""

_STATUSES: tuple[Status, ...] = get_args(Status)
_SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
_HARMS: tuple[Harm, ...] = get_args(Harm)
_CAPTURES: tuple[CaptureType, ...] = get_args(CaptureType)
_TAKES: tuple[Take, ...] = get_args(Take)
_SCOPES: tuple[Scope, ...] = get_args(Scope)

ID = re.compile(r"[A-Z]{2,6}[0-9]{3}")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SHARED_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
RECORDS_ONLY = ("in", "anchor", "pattern", "raw", "levels", "logger", "thread", "captures")


def build_rule(
    tree: Tree, path: str, faults: Faults, shared: Mapping[str, Signal] | None = None
) -> Rule:
    """The rule in a file.

    Args:
        tree: the file's content.
        path: relative to the pack.
        faults: gets what is wrong.
        shared: signals of signals.yaml by name; None: do not look at what `use` names.
    """
    fields = faults.open(tree, "")
    rule_id = fields.word("id", ID, "two to six capitals and three digits, such as CLD001")
    examples = fields.mapping("examples", required=True)
    when = build_clause(fields.required("when"), "when", faults)
    rule = Rule(
        id=rule_id,
        condition=fields.text("condition"),
        name=fields.word("name", NAME, "small letters and digits joined by -"),
        title=fields.text("title"),
        status=fields.choice("status", _STATUSES),
        since=fields.word("since", _VERSION, "a version such as 0.1.0"),
        severity=fields.choice("severity", _SEVERITIES),
        confidence=fields.choice("confidence", _CONFIDENCES),
        harm=fields.choice("harm", _HARMS),
        signals=_signals(fields, rule_id, shared, required=not measures_of(when)),
        when=when,
        says=fields.text("says"),
        says_otherwise=fields.text_or_none("says_otherwise"),
        decided_by=fields.texts("decided_by"),
        explain=fields.text("explain"),
        false_positives=fields.text("false_positives"),
        facts=_facts(fields),
        remedies=tuple(_remedy(item) for item in _mappings(fields, "remedies")),
        caused_by=tuple(_edge(item) for item in _mappings(fields, "caused_by")),
        yields_to=tuple(_yield(item) for item in _mappings(fields, "yields_to")),
        references=fields.texts("references"),
        fires=_examples(examples, "fires"),
        silent=_examples(examples, "silent"),
        may_also_match=fields.texts("may_also_match"),
        starts_from=fields.text_or_none("starts_from"),
        path=path,
        reason=fields.text_or_none("reason"),
        replaced_by=fields.word_or_none("replaced_by", ID, "the id of a rule"),
    )
    examples.finish()
    fields.finish()
    return rule


def _mappings(fields: Fields, name: str) -> list[Fields]:
    return [
        fields.faults.open(item, f"{fields.path(name)}[{index}]")
        for index, item in enumerate(fields.items(name))
    ]


def _entries(fields: Fields) -> list[tuple[str, Fields]]:
    """The entries of a mapping the author named."""
    found = []
    for name in fields.names():
        entry = fields.mapping(name, required=True)
        found.append((name, entry))
    return found


def build_shared(tree: Tree, faults: Faults) -> dict[str, Signal]:
    """The signals of a pack's signals.yaml by name; they belong to no rule yet."""
    found = {}
    for name, entry in _entries(faults.open(tree, "")):
        if not SHARED_NAME.fullmatch(name):
            faults.add(entry.line, name, "is not of the form area.signal")
        found[name] = _signal(entry, "", name)
    return found


def _signals(
    fields: Fields, rule_id: str, shared: Mapping[str, Signal] | None, *, required: bool
) -> tuple[Signal, ...]:
    parent = fields.mapping("signals", required=required)
    entries = _entries(parent)
    if not entries and fields.has("signals"):
        fields.fault("signals", "wants at least one signal")
    return tuple(
        _signal(entry, rule_id, name)
        if (use := entry.text_or_none("use")) is None
        else _used(entry, Signal(rule_id, name, shared=use), shared)
        for name, entry in entries
    )


def _used(fields: Fields, signal: Signal, shared: Mapping[str, Signal] | None) -> Signal:
    """The shared signal a rule names, as its own."""
    use = signal.shared or ""
    for other in fields.names():
        if other != "use":
            fields.fault(other, f"stands beside `use`: {use} says all of the signal")
    if shared is None or use not in shared:
        if shared is not None:
            fields.fault("use", f"no signal {use!r} in signals.yaml{nearest(use, shared)}")
        return signal
    return structs.replace(shared[use], rule_id=signal.rule_id, name=signal.name, shared=use)


def _signal(fields: Fields, rule_id: str, name: str) -> Signal:
    table = fields.text_or_none("table") or RECORDS
    if table != RECORDS:
        for field in RECORDS_ONLY:
            if fields.has(field):
                fields.fault(field, f"only for signals over records; rows of {table} have `where`")
    captures = fields.mapping("captures")
    signal = Signal(
        rule_id=rule_id,
        name=name,
        table=table,
        kinds=fields.texts("in", KINDS) or ("h2o_log",),
        anchor=fields.text_or_none("anchor"),
        pattern=fields.text_or_none("pattern"),
        raw=fields.flag("raw"),
        levels=fields.texts("levels", LEVELS),
        logger=fields.text_or_none("logger"),
        thread=fields.text_or_none("thread"),
        where=fields.text_or_none("where"),
        captures={
            group: captures.choice(group, _CAPTURES, noun="type") for group in captures.names()
        },
        about=fields.text_or_none("about"),
    )
    fields.finish()
    return signal


def _facts(fields: Fields) -> tuple[Fact, ...]:
    return tuple(_fact(entry, name) for name, entry in _entries(fields.mapping("facts")))


def _fact(fields: Fields, name: str) -> Fact:
    fact = Fact(
        name=name,
        signal=fields.text_or_none("signal"),
        table=fields.text_or_none("table"),
        of=fields.text_or_none("of"),
        take=fields.choice("take", _TAKES, "first"),
        where=fields.text_or_none("where"),
        scope=fields.choice("scope", _SCOPES, "node"),
        calc=fields.text_or_none("calc"),
        round_up=fields.amount("round_up"),
        text=fields.text_or_none("text"),
    )
    fields.finish()
    return fact


def _remedy(fields: Fields) -> Remedy:
    remedy = Remedy(
        do=fields.text("do"),
        why=fields.text("why"),
        command=fields.text_or_none("command"),
        otherwise=fields.text_or_none("otherwise"),
        risk=fields.text_or_none("risk"),
        reference=fields.text_or_none("reference"),
    )
    fields.finish()
    return remedy


def _edge(fields: Fields) -> CauseEdge:
    edge = CauseEdge(
        condition=fields.text("condition"),
        because=fields.text("because"),
        same=fields.choice("same", ("node", "other", "any"), "node"),
        within_ms=fields.duration("within"),
        before_ms=fields.duration("before") or 0,
        when=fields.text_or_none("when"),
    )
    fields.finish()
    return edge


def _yield(fields: Fields) -> Yield:
    found = Yield(
        condition=fields.text("condition"),
        because=fields.text("because"),
        same=fields.choice("same", ("node", "any"), "node"),
    )
    fields.finish()
    return found


def _examples(fields: Fields, name: str) -> tuple[Example, ...]:
    if not fields.has(name) and not fields.names():
        fields.tree(name)  # `examples` itself is missing: one fault is enough
        return ()
    found = []
    for index, item in enumerate(fields.files(name, EXAMPLE_NAME)):
        field = f"{fields.path(name)}[{index}]"
        found.append(_example(fields.faults.open(item, field)))
    return tuple(found)


def _example(fields: Fields) -> Example:
    files = {}
    for name in fields.names():
        if name.startswith("/") or ".." in name.split("/") or "\\" in name:
            fields.fault(name, "wants a plain relative file name")
        files[name] = fields.text(name)
    if not files:
        fields.faults.add(fields.line, fields.field, "wants text, or files by name")
    return Example(files)
