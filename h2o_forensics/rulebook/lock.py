"""The lock file of a pack: what its rules meant when it was last written.

One line per rule, so that a review shows whose meaning changed and in which part.  Words, examples,
comments and references are no meaning; what a rule searches, when it holds, what it computes and
what it is linked to are, as are its severity and confidence.  Ids in the lock are never given up
silently: one that is gone must stand in `retired.yaml`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import NODEFAULT, Struct, structs

from h2o_forensics.errors import RuleError
from h2o_forensics.files import read_plain, write_files
from h2o_forensics.model.rule import Pack, Rule, RuleBook

LOCK = "rules.lock"
_HEAD = "# What each rule means, by part; written by `h2o-forensics rules lock`, not by hand.\n"
_LENGTH = 10
"""Digits of a part's hash: it tells a change, it guards against nobody."""
_MAX_BYTES = 4 * 2**20
_RETIRED = "retired"
_GONE = "is gone; an id is permanent: bring the rule back, or say in retired.yaml why"
_NO_MEANING = frozenset({"because", "shared", "steps"})
"""Fields that explain, say where something is written, or follow from others."""


def lock_text(rules: Iterable[Rule], retired: Iterable[str]) -> str:
    """The content of a pack's lock file."""
    lines = {rule.id: _line(rule) for rule in rules}
    lines.update({rule_id: f"{rule_id} {_RETIRED}" for rule_id in retired})
    return _HEAD + "".join(f"{lines[rule_id]}\n" for rule_id in sorted(lines))


def compare(lock: str, rules: Iterable[Rule], retired: Iterable[str]) -> list[str]:
    """What the rules say now that the lock does not, one line per rule that differs."""
    before = dict(_read(lock))
    now = dict(_read(lock_text(rules, retired)))
    found = []
    for rule_id in sorted({*before, *now}):
        old, new = before.get(rule_id), now.get(rule_id)
        if new is None:
            found.append(f"{rule_id}: {_GONE}")
        elif old is None:
            found.append(f"{rule_id}: not in {LOCK} yet")
        elif old != new:
            found.append(f"{rule_id}: {_change(old, new)}")
    return found


def check_lock(book: RuleBook, pack: Pack) -> list[str] | None:
    """Where a pack and its lock file differ; None: it keeps none.

    Raises:
        RuleError: what has its name cannot be read as one.
    """
    path = pack.place / LOCK
    if not path.is_symlink() and not path.exists():
        return None
    try:
        lock = read_plain(path, _MAX_BYTES, follow=False).decode("utf-8", "replace")
    except OSError as error:
        raise RuleError([f"{pack.name}/{LOCK}: {error.strerror}"]) from error
    return compare(lock, _rules_of(book, pack), pack.retired)


def write_lock(book: RuleBook, pack: Pack) -> tuple[Path, list[str]]:
    """Bring the lock file of a pack up to date; returns it and what changed in it.

    Raises:
        RuleError: a rule is gone without being retired, or its old content cannot be read.
        OSError: it cannot be written.
    """
    changes = check_lock(book, pack) or []
    gone = [f"{pack.name}/{LOCK}: {line}" for line in changes if _GONE in line]
    if gone:
        raise RuleError(gone)
    path = pack.place / LOCK
    write_files({path: lock_text(_rules_of(book, pack), pack.retired).encode()})
    return path, changes


def _rules_of(book: RuleBook, pack: Pack) -> list[Rule]:
    return [rule for rule in (*book.rules, *book.deprecated) if rule.id in pack.rules]


def _line(rule: Rule) -> str:
    links = [*map(_shape, rule.caused_by), *map(_shape, rule.yields_to)]
    when = [_shape(rule.when), rule.starts_from]
    words = {
        "condition": rule.condition,
        "status": rule.status,
        "since": rule.since,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "harm": rule.harm,
        "signals": _hash([_shape(signal) for signal in rule.signals]),
        "when": _hash(when),
        "facts": _hash([_shape(fact) for fact in rule.facts]),
        "links": _hash(links),
    }
    return " ".join([rule.id, *(f"{name}={value}" for name, value in words.items())])


def _read(lock: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for line in lock.splitlines():
        rule_id, *words = line.split() or ["#"]
        if rule_id.startswith("#"):
            continue
        pairs = [word.partition("=") for word in words]
        yield rule_id, {name: value for name, _equals, value in pairs}


def _change(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    if _RETIRED in new or _RETIRED in old:
        return "was retired" if _RETIRED in new else "was retired and is a rule again"
    hashed = ("signals", "when", "facts", "links")
    parts = [
        f"{name} changed" if name in hashed else f"{name} {old.get(name)} -> {new.get(name)}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    return ", ".join(parts)


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _shape(value: object) -> object:
    """A noun as plain values; what has its default is left out: a new field changes none."""
    if isinstance(value, Struct):
        fields = {
            field.name: _shape(getattr(value, field.name))
            for field in structs.fields(value)
            if field.name not in _NO_MEANING and not _is_default(field, value)
        }
        return [type(value).__name__, fields]
    if isinstance(value, tuple):
        return [_shape(one) for one in value]
    if isinstance(value, dict):
        return {name: _shape(one) for name, one in value.items()}
    return value


def _is_default(field: structs.FieldInfo, value: Struct) -> bool:
    if field.default is not NODEFAULT:
        return bool(getattr(value, field.name) == field.default)
    made = field.default_factory
    return made is not NODEFAULT and bool(getattr(value, field.name) == made())
