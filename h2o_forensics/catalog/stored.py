"""A stored report, read for its rows: whatever another version wrote, or left out, is tolerated."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError, json

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class StoredReport(Struct, frozen=True):
    """The parts of a JSON report that rows are made of; the others are not even built."""

    case: Any = None
    verdict: Any = None
    summary: Any = None
    root_causes: Any = None
    findings: Any = None
    unexplained: Any = None
    gaps: Any = None
    problems: Any = None
    artifacts: Any = None
    jvms: Any = None
    models: Any = None
    partial: Any = None


_DECODER = json.Decoder(StoredReport)


def read_report(raw: Raw) -> StoredReport | None:
    """The report; None where there is none."""
    try:
        return _DECODER.decode(raw)
    except (DecodeError, ValidationError):  # `null`, or no object
        return None


def items(value: object) -> list[Row]:
    """The objects of a list; nothing where it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def part(value: object, name: str) -> Row:
    """The object of this name in an object; an empty one where there is none."""
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, dict) else {}


def texts(value: object) -> list[str]:
    """The texts of a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def epoch_ms(value: object) -> int | None:
    """A moment of the report as epoch ms; None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MS
