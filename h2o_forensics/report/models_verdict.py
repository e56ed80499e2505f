"""What the report on models takes of a report: findings about training, and the verdict on them."""

from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.report.shape import FindingItem, GapItem, Report

if TYPE_CHECKING:
    from h2o_forensics.report.models_report import ModelsReport

_TRAINING = ("automl.", "cv.", "data.", "frame.", "grid.", "model.", "mojo.")
"""How conditions about training begin, where a finding names no subject: those told by logs."""
_OF_CLUSTER = frozenset({"any", "archive", "console", "gc_log", "h2o_log", "hs_err", "kernel_log"})
_SERIOUS = frozenset({"critical", "high", "medium"})


class TrainingVerdict(Struct, frozen=True):
    """The answer on training alone; `left` findings are about the cluster."""

    verdict: str
    summary: str
    root_causes: tuple[str, ...]
    findings: tuple[FindingItem, ...]
    gaps: tuple[GapItem, ...]
    left: int


def judge_training(report: Report) -> TrainingVerdict:
    """Findings about models, grids, AutoML runs and frames, and what caused them.

    Saved models need no logs to be judged, so none are asked for unless a cluster's fault is among
    the causes.
    """
    kept = _kept(report.findings)
    ids = {finding.id for finding in kept}
    roots = tuple(one.id for one in report.root_causes if one.id in ids)
    verdict = report.verdict
    if not roots:
        roots = tuple(one.id for one in kept if one.role != "info" and one.severity in _SERIOUS)
        verdict = "at_risk" if roots else "healthy"
    alone = all(_about_training(finding) for finding in kept)
    gaps = tuple(one for one in report.gaps if not alone or one.source not in _OF_CLUSTER)
    if not roots and _unmeasured(report):
        verdict = "insufficient_evidence"
        gaps = gaps or (_WANTED,)
    same = roots[:1] == tuple(one.id for one in report.root_causes[:1]) and bool(roots)
    return TrainingVerdict(
        verdict=verdict,
        summary=report.summary if same else _summary(report, verdict, kept, roots),
        root_causes=roots,
        findings=kept,
        gaps=gaps,
        left=len(report.findings) - len(kept),
    )


_WANTED = GapItem(
    node=None,
    source="model_metrics",
    from_=None,
    to=None,
    why="No metrics of rows that a model was not trained with are here.",
    fetch="For each model: POST /3/ModelMetrics/models/<model>/frames/<test frame>, the answer "
    "saved as JSON (h2o-py: model.model_performance(test)).",
)


def _kept(findings: tuple[FindingItem, ...]) -> tuple[FindingItem, ...]:
    by_id = {finding.id: finding for finding in findings}
    waiting = [finding.id for finding in findings if _about_training(finding)]
    ids: set[str] = set()
    while waiting:
        ident = waiting.pop()
        if ident in by_id and ident not in ids:
            ids.add(ident)
            waiting += [link.finding for link in by_id[ident].caused_by]
    return tuple(finding for finding in findings if finding.id in ids)


def _about_training(finding: FindingItem) -> bool:
    return finding.subject is not None or finding.condition.startswith(_TRAINING)


def _unmeasured(report: Report) -> bool:
    """Whether models are all there is, and none has metrics of rows it was not trained with."""
    read = [one for one in report.models if one.whole and one.kind != "log"]
    measured = any(one.cv is not None or one.comparisons for one in report.models)
    others = report.grids or report.automl or report.frames
    return bool(read) and not measured and not others


def _summary(
    report: Report, verdict: str, kept: tuple[FindingItem, ...], roots: tuple[str, ...]
) -> str:
    if verdict == "insufficient_evidence":
        return f"No metrics of rows held out of training are among {counted(report)}."
    first = next((one for one in kept if one.id in roots), None)
    if first is None:
        return f"Nothing wrong was found in {counted(report)}."
    advice = f" What to do: {first.remedies[0].do}" if first.remedies else ""
    return f"{first.title}.{advice}"


def counted(report: "ModelsReport | Report") -> str:
    """`12 models, 1 grid, 2 frames`."""
    parts = (
        (len(report.models), "model"),
        (len(report.grids), "grid"),
        (len(report.automl), "AutoML run"),
        (len(report.frames), "frame"),
    )
    told = [f"{many:,} {what}{'s' * (many != 1)}" for many, what in parts if many]
    return ", ".join(told) or "no model, grid or frame"
