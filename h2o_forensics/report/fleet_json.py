"""The fleet report as JSON, and its schema."""

from pathlib import Path
from typing import Any

import msgspec

from h2o_forensics.model.fleet import FLEET_SCHEMA, Fleet
from h2o_forensics.report.json import printed, unindented

SCHEMA_FILE = Path(__file__).with_name("fleet.schema.json")


def fleet_to_json(fleet: Fleet) -> bytes:
    """The fleet as UTF-8 JSON, indented by one, ending in a newline; same fleet, same bytes."""
    return printed(msgspec.json.encode(fleet))


def fleet_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `fleet_to_json` prints."""
    schema: dict[str, Any] = unindented(msgspec.json.schema(Fleet))
    schema["$defs"]["Fleet"]["properties"]["schema"] = {"const": FLEET_SCHEMA}
    for noun in schema["$defs"].values():
        noun["additionalProperties"] = False
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:h2o-forensics:fleet:1",
        "title": "h2o-forensics fleet report",
    }
    return head | schema


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema file that is checked in next to this module."""
    path.write_bytes(printed(msgspec.json.encode(fleet_json_schema(), order="sorted")))
