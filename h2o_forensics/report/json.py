"""The report as JSON, and its schema."""

from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from h2o_forensics.report.safe_text import json_visible
from h2o_forensics.report.shape import Report

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
_ENCODER = msgspec.json.Encoder(order=None)


def to_json(report: Report) -> bytes:
    """The report as UTF-8 JSON, indented by one, ending in a newline; same report, same bytes."""
    return printed(_ENCODER.encode(report))


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `to_json` prints."""
    schema: dict[str, Any] = unindented(msgspec.json.schema(Report))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:h2o-forensics:report:1",
        "title": "h2o-forensics report",
    }
    return head | schema


def unindented(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same with descriptions that do not depend on how a Python keeps docstrings."""
    if isinstance(node, dict):
        return {
            name: cleandoc(inner)
            if name == "description" and isinstance(inner, str)
            else unindented(inner)
            for name, inner in node.items()
        }
    return [unindented(inner) for inner in node] if isinstance(node, list) else node


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema file that is checked in next to this module."""
    path.write_bytes(printed(msgspec.json.encode(json_schema(), order="sorted")))


def printed(packed: bytes) -> bytes:
    """JSON indented by one, nothing invisible in it, ending in a newline."""
    return json_visible(msgspec.json.format(packed, indent=1).decode()).encode() + b"\n"
