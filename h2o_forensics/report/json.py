"""The report as JSON, and its schema."""

from pathlib import Path
from typing import Any

import msgspec

from h2o_forensics.report.safe_text import json_visible
from h2o_forensics.report.shape import Report

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
_ENCODER = msgspec.json.Encoder(order=None)


def to_json(report: Report) -> bytes:
    """The report as UTF-8 JSON, indented by one, ending in a newline; same report, same bytes."""
    return _printed(_ENCODER.encode(report))


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `to_json` prints."""
    schema = msgspec.json.schema(Report)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:h2o-forensics:report:1",
        "title": "h2o-forensics report",
    }
    return head | schema


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema file that is checked in next to this module."""
    path.write_bytes(_printed(msgspec.json.encode(json_schema(), order="sorted")))


def _printed(packed: bytes) -> bytes:
    return json_visible(msgspec.json.format(packed, indent=1).decode()).encode() + b"\n"
