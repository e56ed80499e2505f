"""Values of a decoded document, taken as what they should be, or as unknown.

H2O's JSON has missing numbers as the text "NaN", as null and, in old versions, numbers as text;
documents may also be damaged or none of H2O's.  Nothing here raises: what is not of the kind asked
for is None or empty.  Copies are cut to a size, so nothing keeps the document alive.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from h2o_forensics.model.training import Scalar

TEXT_CHARS = 4_000
"""Of one text; a parameter such as a list of columns can be long."""
NUMBER_CHARS = 40
MOST_WHOLE = 2**63 - 1
"""The largest number of H2O's longs, and of the tables' columns."""
_NO_NUMBERS = frozenset({"nan", "infinity", "-infinity", "inf", "-inf", "+inf", "na"})


def mapping(value: object) -> Mapping[str, object]:
    """The object, or an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def listing(value: object) -> Sequence[object]:
    """The array, or an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else ()


def mappings(value: object, most: int) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The objects of an array with their indices, of the first `most` entries."""
    for index, entry in enumerate(islice(listing(value), most)):
        if isinstance(entry, dict):
            yield index, entry


def text(value: object, most: int = TEXT_CHARS) -> str | None:
    """A text that says something, cut to `most` characters."""
    return value[:most] if isinstance(value, str) and value else None


def number(value: object) -> float | None:
    """A finite number, also where it stands as a text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return float(value) if abs(value) <= MOST_WHOLE else None
    if isinstance(value, str):
        return _parsed(value)
    return None


def whole(value: object) -> int | None:
    """A whole number within 64 bits, also where it stands as a text or with a fraction of zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= MOST_WHOLE else None
    if isinstance(value, str) and len(value) <= NUMBER_CHARS:
        try:
            return whole(int(value))
        except ValueError:
            return _rounded(_parsed(value))
    return _rounded(number(value))


def flag(value: object) -> bool | None:
    """True or false, also where it stands as a text."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def named(value: object) -> str | None:
    """The name of a key or a column: H2O writes them as objects, clients also as plain text."""
    if isinstance(value, dict):
        return text(value.get("name")) or text(value.get("column_name"))
    return text(value)


def schema(document: Mapping[str, object]) -> str:
    """The name of its schema, such as `GBMModelV3`; empty where it says none."""
    return text(mapping(document.get("__meta")).get("schema_name")) or ""


def scalar(value: object) -> Scalar:
    """A value of a parameter: keys by their name, lists and other objects as JSON text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:TEXT_CHARS]
    if isinstance(value, int):
        return value if abs(value) <= MOST_WHOLE else float(str(value)[:NUMBER_CHARS])
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        name = named(value)
        if name is not None or "__meta" in value:
            return name
    return _as_json(value)


def cell(value: object) -> Scalar:
    """A cell of a table: a number or text; None where it says that there is none."""
    if isinstance(value, str) and len(value) <= len("-infinity") and value.lower() in _NO_NUMBERS:
        return None
    return scalar(value)


def guessed(value: str) -> Scalar:
    """A value that H2O wrote as text, as the number or truth it stands for."""
    stripped = value.strip()
    if stripped.lower() in {"true", "false"}:
        return stripped.lower() == "true"
    if len(stripped) <= NUMBER_CHARS:
        try:
            return whole(int(stripped))
        except ValueError:
            parsed = _parsed(stripped)
            if parsed is not None:
                return parsed
    return stripped[:TEXT_CHARS]


def _parsed(value: str) -> float | None:
    if len(value) > NUMBER_CHARS:
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _rounded(value: float | None) -> int | None:
    if value is None or value != math.floor(value) or abs(value) > MOST_WHOLE:
        return None
    return int(value)


def _as_json(value: object) -> str | None:
    """A list or object as text; a large one by its first entries alone."""
    entries = listing(value)
    plain = [
        (named(entry) or "?") if isinstance(entry, dict) else entry
        for entry in islice(entries, TEXT_CHARS)
        if not isinstance(entry, list) or len(entry) <= TEXT_CHARS
    ]
    try:
        return msgspec.json.encode(plain if entries else value).decode()[:TEXT_CHARS]
    except (TypeError, ValueError, RecursionError):
        return None
