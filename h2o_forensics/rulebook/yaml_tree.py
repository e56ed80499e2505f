"""Reads YAML into a tree with lines: plain data only, nothing in a file is ever executed.

It is read as events: no tags, no anchors and aliases, no merge keys, no YAML 1.1 words (`yes`,
`on`, dates): a plain word is text, unless it is a number, true, false or null.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from h2o_forensics.errors import RuleError
from h2o_forensics.rulebook.tree import Faults, Scalar, Tree

MAX_DEPTH = 24
"""Mappings and lists inside each other; rules need 7."""

_Event = Any
"""An event of yaml's; its stubs let every mark be None."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}


class _RefusedError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read_plain(text: str) -> object:
    """YAML as rules are read, without lines: for schemas.

    Raises:
        RuleError: it is not what rule files may be.
    """
    faults = Faults("text")
    tree = parse(text.encode(), faults)
    if tree is None:
        raise RuleError([str(fault) for fault in faults.all])
    return tree.plain()


def parse(data: bytes, faults: Faults) -> Tree | None:
    """The one document of a file; None: `faults` says what it is instead."""
    try:
        text = data.decode("utf-8")
        events = yaml.parse(text, Loader=_LOADER)
        return _document(events)
    except _RefusedError as error:
        faults.add(error.line, "", error.what)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
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
