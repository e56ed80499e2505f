"""Reads rule packs: YAML files to one checked `RuleBook`, or one `RuleError` with every fault.

A pack is a directory of `<area>/<ID>_<name>.yaml`, with an optional `conditions.yaml` and
`VERSION`.  The YAML is read as events: no tags, no anchors and aliases, no merge keys, no YAML 1.1
words (`yes`, `on`, dates): a plain word is text, unless it is a number, true, false or null.
Nothing in a file is ever executed.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from h2o_forensics.errors import RuleError
from h2o_forensics.model.rule import Rule, RuleBook
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.build import build_rule
from h2o_forensics.rulebook.check import check_book, check_rule
from h2o_forensics.rulebook.tree import Fault, Faults, Fields, Scalar, Tree, line_of, nearest

MAX_FILE_BYTES = 256 * 1024
MAX_DEPTH = 24
"""Mappings and lists inside each other; rules need 7."""

_CONDITIONS = "conditions.yaml"
_VERSION = "VERSION"
_DEFAULT_VERSION = "0.1.0"
_Event = Any
"""An event of yaml's; its stubs let every mark be None."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_CONDITION_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")


class _Source(NamedTuple):
    """One file of a pack."""

    shown: str
    """As faults name it: `rules/cloud/X.yaml`."""
    path: str
    """Relative to the pack."""
    data: bytes


class _Loaded(NamedTuple):
    source: _Source
    tree: Tree
    rule: Rule
    faults: Faults


class _RefusedError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def load_rulebook(*packs: Path, disable: Collection[str] = (), built_in: bool = True) -> RuleBook:
    """All rules of the built-in pack and of these further ones, in id order.

    Args:
        packs: directories, or single rule files.
        disable: ids of rules to leave out; they are read and checked all the same.
        built_in: False takes only `packs`; one without `conditions.yaml` still uses the
            names of the built-in pack.

    Raises:
        RuleError: something is wrong; carries every fault of every file.
    """
    faults: list[Fault] = []
    if built_in and rules_dir() not in packs:
        packs = (rules_dir(), *packs)
    sources = [source for pack in packs for source in _read_pack(pack, faults)]
    conditions = _read_conditions(sources, packs, faults)
    loaded = _load_all(sources, conditions, faults)
    for name in sorted(set(disable) - {one.rule.id for one in loaded}):
        known = nearest(name, [one.rule.id for one in loaded])
        faults.append(Fault("rules", 1, "disable", f"unknown rule {name!r}{known}"))
    if not loaded and not faults:
        faults.append(Fault(packs[0].name if packs else "rules", 1, "", "no rule files in it"))
    if faults:
        raise RuleError([str(fault) for fault in sorted(set(faults))])
    return RuleBook(
        version=_version([source for source in sources if source.path == _VERSION]),
        sha256=_digest(source for source in sources if source.path != _VERSION),
        rules=tuple(one.rule for one in loaded if one.rule.id not in disable),
        conditions=conditions,
    )


def _load_all(
    sources: list[_Source], conditions: dict[str, str], faults: list[Fault]
) -> list[_Loaded]:
    loaded: list[_Loaded] = []
    for source in sources:
        if source.path.endswith(".yaml") and source.path != _CONDITIONS:
            loaded.extend(_load_one(source, conditions, faults))
    loaded.sort(key=lambda one: (one.rule.id, one.source.shown))
    for index, field, what in check_book([one.rule for one in loaded], conditions):
        one = loaded[index]
        if not one.faults.touches(field):
            faults.append(Fault(one.source.shown, line_of(one.tree, field), field, what))
    return loaded


def _read_pack(pack: Path, faults: list[Fault]) -> Iterator[_Source]:
    if pack.is_file():
        yield from _read_file(pack, pack.name, pack.name, faults)
        return
    if not pack.is_dir():
        faults.append(Fault(pack.name, 1, "", "no such directory of rules"))
        return
    for path in sorted(pack.rglob("*"), key=lambda found: found.relative_to(pack).as_posix()):
        relative = path.relative_to(pack)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        name = relative.as_posix()
        if path.suffix == ".yaml" or name == _VERSION:
            yield from _read_file(path, name, f"{pack.name}/{name}", faults)
        elif path.suffix == ".yml":
            faults.append(Fault(f"{pack.name}/{name}", 1, "", "rule files end in .yaml"))


def _read_file(path: Path, name: str, shown: str, faults: list[Fault]) -> Iterator[_Source]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        faults.append(Fault(shown, 1, "", f"cannot be read: {error.strerror}"))
        return
    if len(data) > MAX_FILE_BYTES:
        faults.append(Fault(shown, 1, "", f"larger than {MAX_FILE_BYTES // 1024} KB"))
        return
    yield _Source(shown, name, data)


def _load_one(
    source: _Source, conditions: dict[str, str], faults: list[Fault]
) -> Iterator[_Loaded]:
    own = Faults(source.shown)
    tree = _parse(source, own)
    if tree is not None and not isinstance(tree.value, dict):
        own.add(tree.line, "", "wants the fields of one rule")
    elif tree is not None:
        rule = build_rule(tree, source.path, own)
        for field, what in check_rule(rule, conditions):
            if not own.touches(field):
                own.add(line_of(tree, field), field, what)
        yield _Loaded(source, tree, rule, own)
    faults.extend(own.all)


def _read_conditions(
    sources: list[_Source], packs: tuple[Path, ...], faults: list[Fault]
) -> dict[str, str]:
    given = [source for source in sources if source.path == _CONDITIONS]
    if len(given) < len(packs):
        built_in = rules_dir() / _CONDITIONS
        given[:0] = _read_file(built_in, _CONDITIONS, f"rules/{_CONDITIONS}", faults)
    conditions: dict[str, str] = {}
    for source in given:
        own = Faults(source.shown)
        tree = _parse(source, own)
        fields = Fields(tree or Tree(1, {}), "", own)
        for name in fields.names():
            if not _CONDITION_NAME.fullmatch(name):
                fields.fault(name, "is not of the form area.condition")
            conditions.setdefault(name, fields.text(name))
        faults.extend(own.all)
    return conditions


def _version(sources: list[_Source]) -> str:
    text = sources[0].data.decode("utf-8", "replace").strip() if sources else ""
    return text or _DEFAULT_VERSION


def _digest(sources: Iterator[_Source]) -> str:
    digest = hashlib.sha256()
    for path, data in sorted((source.path, source.data) for source in sources):
        digest.update(f"{path}\n{len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def _parse(source: _Source, faults: Faults) -> Tree | None:
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
