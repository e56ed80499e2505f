"""Which models can be judged, and what would have to be fetched for the others."""

from h2o_forensics.model.artifact import Gap
from h2o_forensics.model.diagnosis import ModelsSeen
from h2o_forensics.model.training import Judged, TrainingEvidence

_NAMED = 5
"""Models named in one gap; of the others the number."""


def models_seen(training: TrainingEvidence) -> ModelsSeen:
    """How many models have metrics of rows that they did not train on, and what the others lack."""
    untested = [one.model for one in training.judged if not one.comparisons]
    judged = sum(_has_unseen_rows(one) for one in training.judged)
    return ModelsSeen(judged=judged, gaps=_gaps(untested))


def _has_unseen_rows(judged: Judged) -> bool:
    return bool(judged.comparisons) or judged.signs.get("cv_value") is not None


def _gaps(untested: list[str]) -> tuple[Gap, ...]:
    if not untested:
        return ()
    named = ", ".join(untested[:_NAMED])
    more = f" and {len(untested) - _NAMED} more" if len(untested) > _NAMED else ""
    return (
        Gap(
            node=None,
            source="model_metrics",
            from_ms=None,
            to_ms=None,
            why=f"No metrics on a test frame are here for {named}{more}: a leak that is in all "
            "folds shows only there.",
            fetch="For each: POST /3/ModelMetrics/models/<model>/frames/<test frame>, the answer "
            "saved as JSON (h2o-py: model.model_performance(test)).",
        ),
    )
