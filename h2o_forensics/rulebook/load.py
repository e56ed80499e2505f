"""Reads rule packs: YAML files to one checked `RuleBook`, or one `RuleError` with every fault.

A pack is a directory of `<area>/<ID>_<name>.yaml`, with an optional `conditions.yaml`,
`signals.yaml`, `retired.yaml` and `VERSION`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from h2o_forensics.errors import RuleError
from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import Pack, Rule, RuleBook, Signal
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.build import ID, build_rule, build_shared
from h2o_forensics.rulebook.check import check_book, check_rule
from h2o_forensics.rulebook.check_signals import check_signal
from h2o_forensics.rulebook.packs import (
    BUILT_IN,
    CONDITIONS,
    NO_RULES,
    RETIRED,
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
from h2o_forensics.rulebook.tree import Fault, Faults, Fields, Tree, line_of
from h2o_forensics.rulebook.yaml_tree import parse

_CONDITION_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")


class _Names(NamedTuple):
    """What the rules of all packs may name."""

    conditions: dict[str, str]
    signals: dict[str, Signal]
    retired: dict[int, dict[str, str]]
    """Per pack, ids that may not come back, and why."""

    shared: dict[int, list[str]]
    """Per pack, the names in its signals.yaml."""

    def why_retired(self, rule_id: str) -> str | None:
        """Why no rule may have this id; None: it may."""
        return next((ids[rule_id] for ids in self.retired.values() if rule_id in ids), None)


class _Loaded(NamedTuple):
    source: Source
    tree: Tree
    rule: Rule
    faults: Faults


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
        packs=tuple(_pack(index, pack, sources, names, loaded) for index, pack in enumerate(given)),
    )


def with_deprecated(book: RuleBook) -> RuleBook:
    """The same book, its deprecated rules running too."""
    rules = sorted((*book.rules, *book.deprecated), key=lambda rule: rule.id)
    return structs.replace(book, rules=tuple(rules), deprecated=())


def _pack(
    index: int,
    pack: PackSource,
    sources: Sequence[Source],
    names: _Names,
    loaded: Sequence[_Loaded],
) -> Pack:
    return Pack(
        name=pack.name,
        source=pack.source,
        version=version_of(sources, index),
        rules=tuple(one.rule.id for one in loaded if one.source.pack == index),
        retired=tuple(sorted(names.retired.get(index, {}))),
        shared=tuple(sorted(names.shared.get(index, ()))),
        place=pack.place,
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
    tree = parse(source.data, own)
    if tree is not None and not isinstance(tree.value, dict):
        own.add(tree.line, "", "wants the fields of one rule")
    elif tree is not None:
        rule = build_rule(tree, source.path, own, names.signals)
        if (why := names.why_retired(rule.id)) is not None:
            what = f"{rule.id} was retired ({why}): an id is never used again"
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
    names = _Names({}, {}, {}, {})
    for source in shared:
        own = Faults(source.shown)
        tree = parse(source.data, own) or Tree(1, {})
        if source.path == SIGNALS:
            _add_signals(tree, names.signals, own)
            names.shared[source.pack] = Fields(tree, "", own).names()
        else:
            retired = source.path == RETIRED
            into = names.retired.setdefault(source.pack, {}) if retired else names.conditions
            form = ID if retired else _CONDITION_NAME
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
