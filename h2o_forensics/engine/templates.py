"""Fills the templates of rules: `{name}` or `{name:format}` over facts, no more of `str.format`.

Formats: `bytes` (1.4 GB), `mb` (whole megabytes, rounded up, for -Xmx), `duration` (1 min 20 s of
ms), `time` (epoch ms, UTC), `count` (12,345), `percent` (a share of 1), `plain`.  Facts hold text
foreign logs: no attribute of them is looked up, and in commands they are quoted.
"""

import math
import shlex
from collections.abc import Callable, Mapping
from string import Formatter

from h2o_forensics.errors import RuleError
from h2o_forensics.model.finding import Value
from h2o_forensics.model.units import show_bytes, show_duration, show_number, show_time

_TIMES = frozenset({"first_seen", "last_seen", "since"})


def render(
    template: str,
    facts: Mapping[str, Value],
    *,
    missing: str | None = None,
    quoted: bool = False,
) -> str | None:
    """The template with its facts filled in.

    Args:
        template: text with placeholders; a literal brace is written twice.
        facts: values by name; a name that is not there is an unknown fact.
        missing: word for unknown facts; without it one of them makes the text unavailable.
        quoted: quote values that are text for a POSIX shell.

    Returns:
        The text, or None when a fact is unknown and `missing` is not given.

    Raises:
        RuleError: a placeholder is no plain name, or its format is none of ours.
    """
    parts = []
    for text, name, spec in _pieces(template):
        parts.append(text)
        if name is None:
            continue
        value = facts.get(name)
        if value is None and missing is None:
            return None
        shown = str(missing) if value is None else show(value, spec or _default(name))
        parts.append(shlex.quote(shown) if quoted and isinstance(value, str) else shown)
    return "".join(parts)


def check_template(template: str) -> str | None:
    """What is wrong with a template's form; None: nothing."""
    try:
        _pieces(template)
    except RuleError as error:
        return str(error)
    return None


def show(value: Value, spec: str = "plain") -> str:
    """One value in one of the formats above; text and what is no number stay as they are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float) or not math.isfinite(value):
        return str(value)
    return FORMATS[spec](value)


def _default(name: str) -> str:
    return "time" if name in _TIMES else "plain"


def _pieces(template: str) -> list[tuple[str, str | None, str]]:
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise RuleError([f"template {template!r}: {error}"]) from error
    for _text, name, spec, conversion in parsed:
        if name is None:
            continue
        if not name.isidentifier() or conversion:
            raise RuleError([f"template {template!r}: {name!r} is not a plain name of a fact"])
        if spec and spec not in FORMATS:
            known = ", ".join(sorted(FORMATS))
            raise RuleError([f"template {template!r}: {spec!r} is no format; there are {known}"])
    return [(text, name, spec or "") for text, name, spec, _conversion in parsed]


def _megabytes(value: float) -> str:
    return str(math.ceil(value / 2**20))


def _count(value: float) -> str:
    return f"{round(value):,}"


def _percent(value: float) -> str:
    return f"{show_number(round(value * 100, 1))} %"


FORMATS: dict[str, Callable[[float], str]] = {
    "bytes": show_bytes,
    "mb": _megabytes,
    "duration": show_duration,
    "time": show_time,
    "count": _count,
    "percent": _percent,
    "plain": show_number,
}
