"""The report on GC logs alone: what `h2o-forensics gc` prints, in the shape of its JSON."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from h2o_forensics import __version__
from h2o_forensics.model.evidence import GcAnalysis
from h2o_forensics.report.json import printed
from h2o_forensics.report.jvms import jvm_items
from h2o_forensics.report.jvms_shape import JvmItem
from h2o_forensics.report.redact import MASK, clean, names_secret
from h2o_forensics.report.shape import ProblemItem, map_texts

SCHEMA_NAME = "h2o-forensics/gc/1"


class GcTool(Struct, frozen=True):
    """What made the report."""

    version: str


class GcReport(Struct, frozen=True, forbid_unknown_fields=True):
    """All runs found; `without_gc` was read and holds nothing of a collector's.

    `partial` says what was left undone, and is empty where nothing was.
    """

    schema: Annotated[str, Meta(extra_json_schema={"enum": [SCHEMA_NAME]})]
    tool: GcTool
    sources: tuple[str, ...]
    jvms: tuple[JvmItem, ...]
    without_gc: tuple[str, ...]
    problems: tuple[ProblemItem, ...]
    partial: tuple[str, ...]


def build_gc_report(analysis: GcAnalysis, version: str | None = None) -> GcReport:
    """The report of `analysis`, secrets masked; `version` is the tool's (default: this one's)."""
    problems = sorted(
        analysis.problems, key=lambda one: (one.artifact, one.code, one.message, one.count)
    )
    report = GcReport(
        schema=SCHEMA_NAME,
        tool=GcTool(version or __version__),
        sources=analysis.sources,
        jvms=jvm_items(analysis.jvms),
        without_gc=tuple(sorted(analysis.read)),
        problems=tuple(
            ProblemItem(one.artifact, one.code, one.message, one.count) for one in problems
        ),
        partial=analysis.partial,
    )
    return map_texts(report, clean, lambda key: MASK if names_secret(key) else None)


def gc_to_json(report: GcReport) -> bytes:
    """The report as UTF-8 JSON; same report, same bytes."""
    return printed(msgspec.json.encode(report))


def gc_json_schema() -> dict[str, Any]:
    """The JSON Schema of what `gc_to_json` prints."""
    return msgspec.json.schema(GcReport)


def worst(jvm: JvmItem) -> str:
    """What a run's remarks come to: high, medium, short (too little seen to judge), ok, unknown."""
    met = {one.severity for one in jvm.remarks}
    return next((name for name in ("high", "medium", "short", "ok") if name in met), "unknown")
