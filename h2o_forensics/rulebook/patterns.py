"""What can be told from a regular expression without running it: faults, groups, dangers.

Patterns run in the `regex` module; the questions about their form are put to the standard library's
parse tree (its parser is private but the same since Python 3.11).  A pattern only `regex`
understands gets the answer that raises no complaint.
"""

import importlib
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import regex

_parser: Any = importlib.import_module("re._parser")

_LONGEST = 4000
_MANY = 16
"""A repeat this often is as bad as one without end."""
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")
_ALPHABET = frozenset([*map(chr, range(32, 127)), "\n", "\t", "é", "\u00a0"])
"""Stands for all characters where two sets are asked whether they overlap."""

Item = tuple[Any, Any]


def compile_pattern(pattern: str) -> tuple[frozenset[str], str | None]:
    """Named groups of a pattern, and why it cannot be compiled (None: it can)."""
    if len(pattern) > _LONGEST:
        return frozenset(), f"longer than {_LONGEST} characters"
    try:
        # The flags of the engine's verifier, which then finds the pattern in regex's cache.
        return frozenset(regex.compile(pattern, regex.MULTILINE).groupindex), None
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        return frozenset(), f"bad regex: {error}"


def parse_pattern(pattern: str) -> tuple[list[Item], int] | None:
    """The parse tree (operator, argument) and flags; None: only `regex` understands the pattern."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern, re.MULTILINE)
    except (re.error, RecursionError, OverflowError):
        return None
    return list(tree), int(tree.state.flags)


def begins_anchored(pattern: str) -> bool:
    """Whether every match begins at the start of a line."""
    parsed = parse_pattern(pattern)
    return parsed is None or _anchored(parsed[0])


def has_unnamed_group(pattern: str) -> bool:
    """Whether a group captures without a name."""
    compiled = regex.compile(pattern, regex.MULTILINE)
    return bool(compiled.groups > len(compiled.groupindex))


def looks_catastrophic(pattern: str) -> bool:
    """Whether a repeat stands in a repeat so that both can take the same text, as in `(a+)+`."""
    parsed = parse_pattern(pattern)
    return parsed is not None and _ambiguous(parsed[0])


def _name(item: Item) -> str:
    return str(item[0])


def _anchored(items: Sequence[Item]) -> bool:
    for item in items:
        name, argument = _name(item), item[1]
        if name == "AT":
            return str(argument) in {"AT_BEGINNING", "AT_BEGINNING_STRING"}
        if name == "SUBPATTERN":
            return _anchored(argument[-1])
        if name == "ATOMIC_GROUP":
            return _anchored(argument)
        if name == "BRANCH":
            return all(_anchored(branch) for branch in argument[1])
        if name not in {"ASSERT", "ASSERT_NOT"}:
            return False
    return False


def bodies(item: Item) -> Iterable[Sequence[Item]]:
    """The parts inside a group, branch or repeat; nothing for a plain item."""
    name, argument = _name(item), item[1]
    if name == "SUBPATTERN":
        return [argument[-1]]
    if name == "BRANCH":
        return list(argument[1])
    if name in {*_REPEATS, "POSSESSIVE_REPEAT"}:
        return [argument[2]]
    if name == "ATOMIC_GROUP":
        return [argument]
    return [argument[1]] if name in {"ASSERT", "ASSERT_NOT"} else []


def _endless(item: Item) -> bool:
    return _name(item) in _REPEATS and int(item[1][1]) >= _MANY


def _ambiguous(items: Sequence[Item]) -> bool:
    for item in items:
        for body in bodies(item):
            if _ambiguous(body) or (_endless(item) and _clash(body, first_characters(body)[0])):
                return True
    return False


def _clash(
    body: Sequence[Item], again: frozenset[str], others: Sequence[frozenset[str]] = ()
) -> bool:
    """Whether an endless repeat in `body` may take text that whole rounds of `body` may take.

    It must overlap with what follows it (`again` begins the next round) and with every other part
    a round cannot do without (`others`: those outside of `body`); else the rounds stay apart.
    """
    firsts = [_first(item) for item in body]
    for index, item in enumerate(body):
        following, can_end = first_characters(body[index + 1 :])
        if can_end:
            following |= again
        needed = [
            *others,
            *(
                found
                for at, (found, empty) in enumerate(firsts)
                if at != index and found and not empty
            ),
        ]
        if _endless(item):
            taken = first_characters(item[1][2])[0]
            if taken & following and all(taken & part for part in needed):
                return True
        elif _name(item) in {"SUBPATTERN", "BRANCH", *_REPEATS} and any(
            _clash(inner, following, needed) for inner in bodies(item)
        ):
            return True
    return False


def first_characters(items: Sequence[Item]) -> tuple[frozenset[str], bool]:
    """Characters (of a sample alphabet) a match may begin with, and whether it may be empty."""
    found: frozenset[str] = frozenset()
    for item in items:
        characters, empty = _first(item)
        found |= characters
        if not empty:
            return found, False
    return found, True


def _first(item: Item) -> tuple[frozenset[str], bool]:
    name, argument = _name(item), item[1]
    if name in {"AT", "ASSERT", "ASSERT_NOT"}:
        return frozenset(), True
    if name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
        return frozenset(char for char in _ALPHABET if accepts(item, char)), False
    if name in {"GROUPREF", "GROUPREF_EXISTS"}:
        return _ALPHABET, True
    parts = [first_characters(body) for body in bodies(item)]
    empty = any(part[1] for part in parts)
    if name in {*_REPEATS, "POSSESSIVE_REPEAT"}:
        empty = empty or argument[0] == 0
    return frozenset().union(*(part[0] for part in parts)), empty


def accepts(item: Item, char: str) -> bool:
    """Whether an item that stands for one character accepts this one."""
    name, argument = _name(item), item[1]
    if name == "LITERAL":
        return bool(argument == ord(char))
    if name == "NOT_LITERAL":
        return bool(argument != ord(char))
    if name == "ANY":
        return char != "\n"
    negated = bool(argument) and _name(argument[0]) == "NEGATE"
    return negated != any(_in_set(member, char) for member in argument)


def _in_set(member: Item, char: str) -> bool:
    name, argument = _name(member), member[1]
    if name == "LITERAL":
        return bool(argument == ord(char))
    if name == "RANGE":
        return bool(argument[0] <= ord(char) <= argument[1])
    if name != "CATEGORY":
        return False
    kind = str(argument).removeprefix("CATEGORY_")
    tests = {
        "DIGIT": char.isdecimal(),
        "SPACE": char.isspace(),
        "WORD": char.isalnum() or char == "_",
    }
    return tests[kind.removeprefix("NOT_")] != kind.startswith("NOT_")
