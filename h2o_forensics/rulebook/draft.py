"""A first rule that works, to be changed: from a line of a log, or from a made-up one."""

import json
import re
from typing import NamedTuple

from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.rulebook.build import ID, NAME

_LINE = (
    "11-03 04:12:55.871 10.0.0.3:54321          4242       FJ-1-5  WARN water.default: "
    "Replace this with the words that your log has"
)
_HEADER = re.compile(
    r"(?P<before>\d\d-\d\d \d\d:\d\d:\d\d[.,]\d{3} +\S+:\d+ +\d+ .{1,24}?) "
    r"(?P<level>FATAL|ERROR|WARN|INFO|DEBUG|TRACE)(?P<logger>(?: +[\w.$]+)?: ?)(?P<message>.*)",
    re.DOTALL,
)
_CONSTANT = re.compile(r"[A-Za-z][A-Za-z'-]*[.,:;!?]?|[-(){}\[\],.:;!?*]+")
"""A word that will stand in the next such line too: no numbers, names of files or of columns."""
_ENOUGH = 8
"""Characters of an anchor."""
_PREFIX = re.compile(r"[A-Z]{2,6}")


class Draft(NamedTuple):
    """A rule file to be."""

    name: str
    text: str


def draft_rule(
    book: RuleBook, wanted: str, condition: str, name: str | None = None, line: str | None = None
) -> Draft:
    """The file of a new rule.

    Args:
        book: the rules there are.
        wanted: an id that is free, or its letters alone: then the next free number.
        condition: what it shall report.
        name: of the rule; by default after the condition.
        line: text of a log it shall fire on, the first line with H2O's header or without one.

    Raises:
        LookupError: the id is taken, the condition unknown, or a word has not its form.
    """
    rule_id = _free_id(book, wanted)
    if condition not in book.conditions:
        known = nearest(condition, book.conditions)
        raise LookupError(
            f"unknown condition {condition!r}{known} (a new one is a line of your pack's "
            "conditions.yaml: `area.name: its meaning`; give the pack with --rules)"
        )
    name = name or re.sub(r"[^a-z0-9]+", "-", condition)
    if not NAME.fullmatch(name):
        raise LookupError(f"--name {name!r}: wants small letters and digits joined by -")
    since = book.packs[-1].version if book.packs else "0.1.0"
    text = _text(rule_id, condition, name, since, (line or "").strip("\n") or _LINE)
    return Draft(f"{rule_id}_{name.replace('-', '_')}.yaml", text)


def _free_id(book: RuleBook, wanted: str) -> str:
    taken = {rule_id for pack in book.packs for rule_id in (*pack.rules, *pack.retired)}
    if _PREFIX.fullmatch(wanted):
        return _next(wanted, taken)
    if not ID.fullmatch(wanted):
        raise LookupError(
            f"{wanted!r} is no id: two to six capitals and three digits, or letters alone"
        )
    if wanted in taken:
        free = _next(wanted[:-3], taken)
        raise LookupError(f"{wanted} is taken, ids are never used twice; next free: {free}")
    return wanted


def _next(letters: str, taken: set[str]) -> str:
    numbers = [int(one[-3:]) for one in taken if one[:-3] == letters]
    return f"{letters}{max(numbers, default=0) + 1:03d}"


class _Parts(NamedTuple):
    """What a line says a signal must look for."""

    anchor: str
    pattern: str
    level: str | None
    innocent: str
    """A line that has the words where a user could have put them."""


def _parts(line: str) -> _Parts:
    match = _HEADER.match(line)
    message = (match["message"] if match else line).split("\n")[0].rstrip()
    anchor, pattern = _words_of(message)
    quoted = f"POST /99/Rapids, parms: {{ast=(rename 'a' '{anchor}')}}"
    if match is None:
        return _Parts(anchor, pattern, None, f"somebody wrote: {message}")
    innocent = f"{match['before']} {match['level']}{match['logger']}{quoted}"
    return _Parts(anchor, pattern, match["level"], innocent)


def _words_of(message: str) -> tuple[str, str]:
    """Anchor (longest run of constant words) and pattern of a message, up to what follows it."""
    anchor, run, seen, pattern = "", "", "^", ""
    for piece in [*re.split(r"(\s+)", message), ""]:
        constant = piece.isspace() or _CONSTANT.fullmatch(piece)
        if constant:
            run += piece
        seen += _literal(piece) if constant else r"\S+" * bool(piece)
        if not constant:
            if len(run.strip()) > len(anchor):
                anchor, pattern = run.strip(), seen
            run = ""
    return (anchor, pattern) if anchor else (message, f"^{_literal(message)}")


def _literal(text: str) -> str:
    return re.escape(text).replace("\\ ", " ")


def _text(rule_id: str, condition: str, name: str, since: str, line: str) -> str:
    parts = _parts(line)
    example = "\n".join(f"      {one}" for one in line.split("\n"))
    where = f"    levels: [{parts.level}]\n" if parts.level else _RAW
    pattern = parts.pattern.replace("'", "''")
    weak = "" if len(parts.anchor) >= _ENOUGH else "    # short: choose rarer words\n"
    return _TEMPLATE.format(
        id=rule_id,
        condition=condition,
        name=name,
        since=since,
        anchor=json.dumps(parts.anchor, ensure_ascii=False),
        pattern=pattern,
        where=weak + where,
        example=example,
        innocent=parts.innocent,
    )


_RAW = "    in: [h2o_log, console]\n    raw: true\n"
_TEMPLATE = """\
id: {id}
condition: {condition}
name: {name}
title: TODO what happened, in one line
status: draft
since: {since}
severity: medium                 # info | low | medium | high | critical: how bad if true
confidence: medium               # low | medium | high: how often "it fires" means "it is true"
harm: fault                      # fault: something failed; risk: not yet; remark: worth knowing
signals:
  seen:
    # the line must have these words: choose what no healthy log has
    anchor: {anchor}
    # and must look like this; a part that differs from case to case can be kept: (?P<file>\\S+)
    pattern: '{pattern}'
{where}when:
  at_least: {{signal: seen, count: 1, per: node}}
says: "TODO what happened on {{node}} at {{first_seen}} ({{count}} times)"
explain: |
  TODO what it means, for somebody who sees it for the first time.
remedies:
  - do: TODO one action that helps
    why: TODO why it helps
false_positives: TODO when it is wrong, and how to tell
references: [TODO where H2O or your notes say so]
examples:
  fires:
    - |
{example}
  silent:                        # the nearest innocent text: the same words where a user put them
    - |
      {innocent}
"""
