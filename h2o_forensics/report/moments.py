"""Times as the report writes them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"
_TIME = Meta(extra_json_schema={"pattern": _ISO})
Time = Annotated[str, _TIME]
"""ISO 8601, UTC, with milliseconds and `Z`."""


def iso(ms: int | None) -> str | None:
    """Epoch milliseconds as ISO 8601 UTC; None for None and for what no calendar holds."""
    if ms is None:
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
