"""What a measure may say: functions, how many arguments, which of them must be literals."""

import re
from typing import NamedTuple


class Function(NamedTuple):
    """A function of Polars SQL that measures may call."""

    least: int
    most: int
    literals: tuple[int, ...] = ()
    """Arguments (from 0) that must be literals: a pattern, a length, a name of a unit."""


_ONE = Function(1, 1)
_NUMBER_SECOND = Function(1, 2, (1,))
_TEXT_SECOND = Function(2, 2, (1,))

AGGREGATES = {
    **dict.fromkeys(
        ("COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN", "STDDEV", "VARIANCE", "FIRST", "LAST"), _ONE
    ),
    "QUANTILE_CONT": _TEXT_SECOND,
    "QUANTILE_DISC": _TEXT_SECOND,
    "CORR": Function(2, 2),
}
WINDOWS = {
    **dict.fromkeys(("ROW_NUMBER", "RANK", "DENSE_RANK"), Function(0, 0)),
    **dict.fromkeys(("LAG", "LEAD"), _NUMBER_SECOND),
    **dict.fromkeys(("FIRST_VALUE", "LAST_VALUE"), _ONE),
}
"""Only with OVER; aggregates may have it."""
SCALARS = {
    **dict.fromkeys(
        ("ABS", "CEIL", "FLOOR", "SQRT", "LN", "LOG2", "LOG10", "EXP", "SIGN", "LOWER", "UPPER"),
        _ONE,
    ),
    **dict.fromkeys(("LENGTH", "CHAR_LENGTH", "OCTET_LENGTH", "TRIM"), _ONE),
    **dict.fromkeys(("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"), _ONE),
    "ROUND": _NUMBER_SECOND,
    **dict.fromkeys(("POWER", "LEFT", "RIGHT"), _TEXT_SECOND),
    **dict.fromkeys(("MOD", "NULLIF", "IFNULL"), Function(2, 2)),
    **dict.fromkeys(("GREATEST", "LEAST", "COALESCE"), Function(2, 8)),
    "IF": Function(3, 3),
    "SUBSTR": Function(2, 3, (1, 2)),
    **dict.fromkeys(
        ("STRPOS", "STARTS_WITH", "ENDS_WITH", "REGEXP_LIKE", "STRFTIME"), _TEXT_SECOND
    ),
    **dict.fromkeys(("LTRIM", "RTRIM"), _NUMBER_SECOND),
    "SPLIT_PART": Function(3, 3, (1, 2)),
    "REPLACE": Function(3, 3, (1, 2)),
    "CONCAT": Function(2, 8),
    "DATE_PART": Function(2, 2, (0,)),
    "DATE_TRUNC": Function(2, 2, (0,)),
}
FUNCTIONS = AGGREGATES | WINDOWS | SCALARS

TYPES = {
    "BIGINT": "BIGINT", "INT": "INTEGER", "DOUBLE": "DOUBLE", "FLOAT": "DOUBLE",
    "VARCHAR": "VARCHAR", "TEXT": "VARCHAR", "BOOLEAN": "BOOLEAN", "DATE": "DATE",
}  # fmt: skip
"""What CAST may make, by sqlglot's name."""

UNITS = ("DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND")
PARTS = ("year", "month", "day", "hour", "minute", "second", "millisecond", "epoch", "dow", "week")
"""Of DATE_PART and, down to `second`, DATE_TRUNC."""

MAX_PATTERN = 200
MAX_REPEAT = 100
_REPEAT = re.compile(r"\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}")
_STAMP = re.compile(r"[A-Za-z0-9 :%./_-]{1,40}")


def check_literals(name: str, texts: dict[int, str]) -> str | None:
    """What is wrong with the literal arguments of a function, given by their index."""
    if name in {"DATE_PART", "DATE_TRUNC"}:
        known = PARTS if name == "DATE_PART" else PARTS[:6]
        return None if texts[0] in known else f"{name}: {texts[0]!r} is none of {', '.join(known)}"
    if name == "STRFTIME" and not _STAMP.fullmatch(texts[1]):
        return "STRFTIME: wants a short format such as '%H:%M'"
    if name == "REPLACE" and len(texts[2]) > len(texts[1]):
        return "REPLACE: the new text must not be longer than the old one"
    return check_pattern(texts[1]) if name == "REGEXP_LIKE" else None


def check_pattern(pattern: str) -> str | None:
    """What is wrong with a pattern of REGEXP_LIKE or LIKE; Polars' engine takes linear time."""
    if len(pattern) > MAX_PATTERN:
        return f"a pattern has more than {MAX_PATTERN} characters"
    counts = [count for found in _REPEAT.findall(pattern) for count in found if count]
    if any(len(count) > len(str(MAX_REPEAT)) or int(count) > MAX_REPEAT for count in counts):
        return f"a pattern repeats more than {MAX_REPEAT} times"
    return None
