"""The report on models alone: what `h2o-forensics models` prints, in the shape of its JSON."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from h2o_forensics.model.evidence import Analysis
from h2o_forensics.report.audit_items import AuditItem
from h2o_forensics.report.build import build_report
from h2o_forensics.report.json import printed
from h2o_forensics.report.models_verdict import judge_training
from h2o_forensics.report.shape import FindingItem, GapItem, ProblemItem, Tool, Verdict
from h2o_forensics.report.training_shape import (
    AutoMLItem,
    FrameItem,
    GridItem,
    LeaderboardItem,
    ModelItem,
)

SCHEMA_NAME = "h2o-forensics/models/1"


class ModelsReport(Struct, frozen=True, forbid_unknown_fields=True):
    """All that training left behind, judged; the parts are those of the report of `analyze`.

    `root_causes` are ids of findings, ranked; `left_to_analyze` is the number of findings about the
    cluster, which are no cause of one here; `partial` says what was left undone.
    """

    schema: Annotated[str, Meta(extra_json_schema={"enum": [SCHEMA_NAME]})]
    tool: Tool
    sources: tuple[str, ...]
    verdict: Verdict
    summary: str
    root_causes: tuple[str, ...]
    models: tuple[ModelItem, ...]
    leaderboards: tuple[LeaderboardItem, ...]
    grids: tuple[GridItem, ...]
    automl: tuple[AutoMLItem, ...]
    frames: tuple[FrameItem, ...]
    audits: tuple[AuditItem, ...]
    findings: tuple[FindingItem, ...]
    gaps: tuple[GapItem, ...]
    left_to_analyze: int
    problems: tuple[ProblemItem, ...]
    partial: tuple[str, ...]


def build_models_report(analysis: Analysis, version: str | None = None) -> ModelsReport:
    """The report of `analysis`, secrets masked; `version` is the tool's (default: this one's)."""
    report = build_report(analysis, version)
    judged = judge_training(report)
    return ModelsReport(
        schema=SCHEMA_NAME,
        tool=report.tool,
        sources=report.case.sources,
        verdict=judged.verdict,
        summary=judged.summary,
        root_causes=judged.root_causes,
        models=report.models,
        leaderboards=report.leaderboards,
        grids=report.grids,
        automl=report.automl,
        frames=report.frames,
        audits=report.audits,
        findings=judged.findings,
        gaps=judged.gaps,
        left_to_analyze=judged.left,
        problems=report.problems,
        partial=report.partial,
    )


def models_to_json(report: ModelsReport) -> bytes:
    """The report as UTF-8 JSON; same report, same bytes."""
    return printed(msgspec.json.encode(report))


def models_json_schema() -> dict[str, Any]:
    """The JSON Schema of what `models_to_json` prints."""
    return msgspec.json.schema(ModelsReport)
