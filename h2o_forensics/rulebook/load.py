"""Reads rule packs: YAML files to one checked `RuleBook`, or one `RuleError` with every fault.

A pack is a directory of `<area>/<ID>_<name>.yaml`, with an optional `conditions.yaml`,
`signals.yaml`, `retired.yaml` and `VERSION`.  The YAML is read as events: no tags, no anchors and
aliases, no merge keys, no YAML 1.1 words (`yes`, `on`, dates): a plain word is text, unless it is a
number, true, false or null.
Nothing in a file is ever executed.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from msgspec import structs

from h2o_forensics.errors import RuleError
from h2o_forensics.model.rule import Pack, Rule, RuleBook, Signal
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.build import ID, build_rule, build_shared
from h2o_forensics.rulebook.check import check_book, check_rule
from h2o_forensics.rulebook.check_signals import check_signal
from h2o_forensics.rulebook.packs import (
    BUILT_IN,
    CONDITIONS,
    NO_RULES,
    SIGNALS,
    PackSource,
    Source,
    built_in_pack,
    digest,
    given_packs,
    installed_packs,
    read_file,
    read_pack,
    version_of,
)
from h2o_forensics.rulebook.tree import Fault, Faults, Fields, Scalar, Tree, line_of, nearest

MAX_DEPTH = 24
"""Mappings and lists inside each other; rules need 7."""

_Event = Any
"""An event of yaml's; its stubs let every mark be None."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_CONDITION_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")


class _Names(NamedTuple):
    """What the rules of all packs may name."""

    conditions: dict[str, str]
    signals: dict[str, Signal]
    retired: dict[str, str]
    """Ids that may not come back, and why."""


class _Loaded(NamedTuple):
    source: Source
    tree: Tree
    rule: Rule
    faults: Faults


class _RefusedError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def load_rulebook(
    *packs: Path,
    disable: Collection[str] = (),
    enable: Collection[str] = (),
    built_in: bool = True,
    plugins: bool = True,
) -> RuleBook:
    """All rules of the built-in pack, of installed packages and of these directories, in id order.

    Args:
        packs: directories, or single rule files.
        disable: ids of rules to leave out; they are read and checked all the same.
        enable: ids of deprecated rules that shall run.
        built_in: False takes only `packs`; what they do not define themselves (conditions,
            shared signals) still comes from the built-in pack.
        plugins: False leaves out the packs of installed packages.

    Raises:
        RuleError: something is wrong; carries every fault of every file.
    """
    faults: list[Fault] = []
    given = given_packs([pack for pack in packs if not built_in or pack != rules_dir()])
    if built_in:
        installed = installed_packs(faults) if plugins else []
        given = [built_in_pack(), *installed, *given]
    sources = [
        source for index, pack in enumerate(given) for source in read_pack(index, pack, faults)
    ]
    names = _read_names(sources, given, faults)
    loaded = _load_all(sources, given, names, faults)
    ids = [one.rule.id for one in loaded]
    for field, wanted in (("disable", disable), ("enable", enable)):
        for name in sorted(set(wanted) - set(ids)):
            what = f"unknown rule {name!r}{nearest(name, ids)}"
            faults.append(Fault("rules", 1, field, what))
    if not loaded and not faults:
        faults.append(Fault(given[0].name if given else "rules", 1, "", "no rule files in it"))
    if faults:
        raise RuleError([str(fault) for fault in sorted(set(faults))])
    rules = [one.rule for one in loaded if one.rule.id not in disable]
    idle = {rule.id for rule in rules if rule.status == "deprecated" and rule.id not in enable}
    return RuleBook(
        version=version_of(sources, 0),
        sha256=digest(sources),
        rules=tuple(rule for rule in rules if rule.id not in idle),
        conditions=names.conditions,
        deprecated=tuple(rule for rule in rules if rule.id in idle),
        packs=tuple(_pack(index, pack, sources, loaded) for index, pack in enumerate(given)),
    )


def with_deprecated(book: RuleBook) -> RuleBook:
    """The same book, its deprecated rules running too."""
    rules = sorted((*book.rules, *book.deprecated), key=lambda rule: rule.id)
    return structs.replace(book, rules=tuple(rules), deprecated=())


def read_plain(text: str) -> object:
    """YAML as rules are read, without lines: for schemas.

    Raises:
        RuleError: it is not what rule files may be.
    """
    faults = Faults("text")
    tree = _parse(Source(0, "text", "text", text.encode()), faults)
    if tree is None:
        raise RuleError([str(fault) for fault in faults.all])
    return tree.plain()


def _pack(
    index: int, pack: PackSource, sources: Sequence[Source], loaded: Sequence[_Loaded]
) -> Pack:
    return Pack(
        name=pack.name,
        source=pack.source,
        version=version_of(sources, index),
        rules=tuple(one.rule.id for one in loaded if one.source.pack == index),
    )


def _load_all(
    sources: list[Source], given: list[PackSource], names: _Names, faults: list[Fault]
) -> list[_Loaded]:
    loaded: list[_Loaded] = []
    for source in sources:
        if source.path.endswith(".yaml") and source.path not in NO_RULES:
            foreign = given[source.pack].place.resolve() != built_in_pack().place
            loaded.extend(
                one._replace(rule=structs.replace(one.rule, foreign=foreign))
                for one in _load_one(source, names, faults)
            )
    loaded = [
        one._replace(rule=structs.replace(one.rule, foreign=True))
        if given[one.source.pack].source != BUILT_IN
        else one
        for one in loaded
    ]
    loaded.sort(key=lambda one: (one.rule.id, one.source.pack, one.source.shown))
    places = [f"{one.source.shown} ({given[one.source.pack].source})" for one in loaded]
    for index, field, what in check_book([one.rule for one in loaded], names.conditions, places):
        one = loaded[index]
        if not one.faults.touches(field):
            faults.append(Fault(one.source.shown, line_of(one.tree, field), field, what))
    return loaded


def _load_one(source: Source, names: _Names, faults: list[Fault]) -> Iterator[_Loaded]:
    own = Faults(source.shown)
    tree = _parse(source, own)
    if tree is not None and not isinstance(tree.value, dict):
        own.add(tree.line, "", "wants the fields of one rule")
    elif tree is not None:
        rule = build_rule(tree, source.path, own, names.signals)
        if rule.id in names.retired:
            what = f"{rule.id} was retired ({names.retired[rule.id]}): an id is never used again"
            own.add(line_of(tree, "id"), "id", what)
        for field, what in check_rule(rule, names.conditions):
            if not own.touches(field):
                own.add(line_of(tree, field), field, what)
        yield _Loaded(source, tree, rule, own)
    faults.extend(own.all)


def _read_names(sources: list[Source], given: list[PackSource], faults: list[Fault]) -> _Names:
    """What packs define for all; the built-in names are there in any case."""
    shared = [source for source in sources if source.path in NO_RULES]
    if built_in_pack().place not in {pack.place for pack in given}:
        own_names = sum(source.path == CONDITIONS for source in shared) == len(given)
        for name in (SIGNALS,) if own_names else (CONDITIONS, SIGNALS):
            blank = Source(-1, f"rules/{name}", name, b"")
            shared[:0] = read_file(blank, rules_dir() / name, faults)
    names = _Names({}, {}, {})
    for source in shared:
        own = Faults(source.shown)
        tree = _parse(source, own) or Tree(1, {})
        if source.path == SIGNALS:
            _add_signals(tree, names.signals, own)
        else:
            into = names.conditions if source.path == CONDITIONS else names.retired
            form = _CONDITION_NAME if source.path == CONDITIONS else ID
            _add_texts(Fields(tree, "", own), into, form)
        faults.extend(own.all)
    return names


def _add_texts(fields: Fields, into: dict[str, str], form: re.Pattern[str]) -> None:
    for name in fields.names():
        if not form.fullmatch(name):
            wants = "an id such as MEM001" if form is ID else "of the form area.condition"
            fields.fault(name, f"is not {wants}")
        into.setdefault(name, fields.text(name))


def _add_signals(tree: Tree, into: dict[str, Signal], faults: Faults) -> None:
    for name, signal in build_shared(tree, faults).items():
        if name in into:
            faults.add(tree.child(name).line, name, "is a shared signal of another pack")
        for field, what in check_signal(signal):
            if field and not faults.touches(name + field):
                faults.add(line_of(tree.child(name), field), name + field, what)
        into.setdefault(name, signal)


def _parse(source: Source, faults: Faults) -> Tree | None:
    try:
        text = source.data.decode("utf-8")
        events = yaml.parse(text, Loader=_LOADER)
        return _document(events)
    except _RefusedError as error:
        faults.add(error.line, "", error.what)
    except UnicodeDecodeError as error:
        line = source.data.count(b"\n", 0, error.start) + 1
        faults.add(line, "", "is not UTF-8 text")
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark  # its stubs disagree on what it may be
        faults.add(mark.line + 1 if mark else 1, "", f"bad YAML: {error.problem}")
    except yaml.YAMLError as error:
        faults.add(1, "", f"bad YAML: {str(error).splitlines()[0]}")
    return None


def _document(events: Iterator[Any]) -> Tree:
    found = None
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            if found is not None:
                raise _RefusedError(_line(event), "a second document in one file")
            found = _tree(events, event, 0)
    if found is None:
        raise _RefusedError(1, "is empty")
    return found


def _tree(events: Iterator[Any], event: _Event, depth: int) -> Tree:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _RefusedError(line, "anchors and aliases are not allowed; write the value out")
    if event.tag is not None:
        raise _RefusedError(line, f"YAML tags such as {event.tag} are not allowed")
    if depth > MAX_DEPTH:
        raise _RefusedError(line, f"nested deeper than {MAX_DEPTH}")
    if isinstance(event, yaml.ScalarEvent):
        return Tree(line, _scalar(event.value) if event.implicit[0] else event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_tree(events, inner, depth + 1))
        return Tree(line, items)
    return Tree(line, _mapping(events, depth))


def _line(event: _Event) -> int:
    return int(event.start_mark.line) + 1


def _mapping(events: Iterator[Any], depth: int) -> dict[str, Tree]:
    values: dict[str, Tree] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        line = _line(key)
        if not isinstance(key, yaml.ScalarEvent) or key.tag or key.anchor:
            raise _RefusedError(line, "a field's name must be a plain word")
        if key.value in values:
            raise _RefusedError(line, f"{key.value!r} is written twice in one mapping")
        values[key.value] = _tree(events, next(events), depth + 1)._replace(line=line)
    return values


def _scalar(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
