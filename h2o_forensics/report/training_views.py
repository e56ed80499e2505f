"""What the templates need to show models, leaderboards, grids and frames."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from h2o_forensics.report import training_charts, view
from h2o_forensics.report import training_words as words
from h2o_forensics.report.models_report import ModelsReport
from h2o_forensics.report.models_verdict import counted
from h2o_forensics.report.shape import FindingItem
from h2o_forensics.report.training_charts import LineChart
from h2o_forensics.report.training_compared import decided_by
from h2o_forensics.report.training_frames import UNEVEN
from h2o_forensics.report.training_shape import FrameItem, ModelItem

MOST_CARDS = 30
"""Models with a card; the table has the others."""
MOST_ROWS = 500
"""Rows of the table of the others."""
MOST_IN_SHORT = 6
"""Cards in the report of `analyze`."""
_TONES = {"critical": "high", "high": "high", "medium": "medium"}
_METRICS_FIRST = ("auc", "pr_auc", "logloss", "rmse", "mae", "r2", "mean_per_class_error", "error")


class ScoreRow(Struct, frozen=True):
    """A metric on all sets of rows, for the table of a card."""

    name: str
    values: tuple[float | None, ...]


def cards(models: tuple[ModelItem, ...]) -> tuple[ModelItem, ...]:
    """Those with a card: named by findings, then leaders, then the others as they come."""
    return tuple(model for model in models[:MOST_CARDS] if model.full)


def cards_in_short(models: tuple[ModelItem, ...]) -> tuple[ModelItem, ...]:
    """Those that findings name."""
    return tuple(model for model in models if model.findings and model.full)[:MOST_IN_SHORT]


def rest(models: tuple[ModelItem, ...], shown: tuple[ModelItem, ...]) -> tuple[ModelItem, ...]:
    """All but the first ones, which are shown."""
    return models[len(shown) :]


def card_places(models: Sequence[ModelItem]) -> dict[str, int]:
    """The number of each model's card."""
    return {model.model: number for number, model in enumerate(models, 1)}


def linked(models: tuple[ModelItem, ...]) -> tuple[ModelItem, ...]:
    """Those that the page has a place for: a card, or a row."""
    return models[: len(cards(models)) + MOST_ROWS]


def names_file(models: Sequence[ModelItem], model: ModelItem) -> bool:
    """Whether another file holds a model of this name."""
    return any(one.model == model.model and one.place != model.place for one in models)


def badge(model: ModelItem, found: Sequence[FindingItem]) -> tuple[str, str]:
    """Tone and words: the first finding of harm, else what the metrics say."""
    harmful = next((one for one in found if one.role != "info"), None)
    if harmful is None:
        return words.TONES.get(model.state, "unknown"), words.STATES.get(model.state, model.state)
    return _TONES.get(harmful.severity, "short"), f"{harmful.severity}: {harmful.title}"


def about(
    findings: Iterable[FindingItem], names: Sequence[str], most: int = 10
) -> list[FindingItem]:
    """The findings of these ids."""
    return [one for one in findings if one.id in names][:most]


def set_names(model: ModelItem) -> tuple[str, ...]:
    """The heads of the table of metrics."""
    return tuple(words.SETS.get(one.of, one.of) for one in model.scores)


def score_rows(model: ModelItem) -> tuple[ScoreRow, ...]:
    """Every metric on every set of rows, those that are read first on top."""
    held = dict.fromkeys(name for one in model.scores for name in one.values)
    names = [name for name in _METRICS_FIRST if name in held]
    names += sorted(name for name in held if name not in _METRICS_FIRST)
    return tuple(
        ScoreRow(words.metric_name(name), tuple(one.values.get(name) for one in model.scores))
        for name in names
    )


def line_charts(model: ModelItem) -> tuple[LineChart, ...]:
    """Side by side, and what the model goes by."""
    made = (training_charts.spread(model), training_charts.importance(model))
    return tuple(one for one in made if one is not None)


def models_answer(report: ModelsReport) -> str:
    """The heading: what is the matter, of how many."""
    causes = [one for one in report.findings if one.id in report.root_causes]
    if causes:
        first = next(one for one in causes if one.id == report.root_causes[0])
        more = len(causes) - 1
        return first.title + (f", and {more} more" if more else "")
    if report.verdict == "insufficient_evidence":
        return "Not enough evidence to judge"
    return "Nothing wrong was found"


def lead(report: ModelsReport) -> str:
    """The sentence under the heading; of findings, the first one's card says it all."""
    many = report.left_to_analyze
    verb = "is" if many == 1 else "are"
    what = f"{many:,} finding{'s' * (many != 1)} about the cluster {verb}"
    left = f" {what} left to `h2o-forensics analyze`." if many else ""
    if report.findings and report.root_causes:
        return left.strip()
    if report.verdict != "healthy":
        return report.summary + left
    tested = sum(model.state in {"same", "better"} for model in report.models)
    tests = f" {tested:,} tested: no loss of quality that counts." if tested else ""
    counts = counted(report)
    return f"{counts[:1].upper()}{counts[1:]}{_even(report)}.{tests}{left}"


def _even(report: ModelsReport) -> str:
    """`, even over 3 nodes`, where frames are all there is."""
    nodes = {len(frame.nodes) for frame in report.frames}
    alone = report.frames and not (report.models or report.grids or report.automl)
    if not alone or len(nodes) != 1 or max(nodes) < 2:  # noqa: PLR2004 - one node is always even
        return ""
    even = all((frame.max_over_mean or UNEVEN) < UNEVEN for frame in report.frames)
    return f", even over {max(nodes)} nodes" if even else ""


def frames_told(frames: Sequence[FrameItem]) -> list[FrameItem]:
    """Those with something to say of how they lie on the nodes."""
    return [one for one in frames if one.says or one.findings or len(one.nodes) > 1]


def frames_plain(frames: Sequence[FrameItem]) -> list[FrameItem]:
    """The others."""
    told = frames_told(frames)
    return [one for one in frames if one not in told]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "metric": words.metric_name,
    "metric_value": words.value,
    "seconds": words.seconds,
    "hours": words.hours,
    "likely": view.likely,
    "p_value": words.p_value,
}
GLOBALS: Mapping[str, Any] = {
    "about": about,
    "badge": badge,
    "linked": linked,
    "names_file": names_file,
    "board_name": words.board_name,
    "card_places": card_places,
    "cards": cards,
    "cards_in_short": cards_in_short,
    "counted": counted,
    "curve": training_charts.curve,
    "decided_by": decided_by,
    "fact_words": view.fact,
    "frames_plain": frames_plain,
    "frames_told": frames_told,
    "frame_chart": training_charts.rows_of,
    "has_moment": view.has_moment,
    "interval": words.interval,
    "kind_of": words.kind_of,
    "lead": lead,
    "line_charts": line_charts,
    "models_answer": models_answer,
    "origin": words.origin,
    "rest": rest,
    "score_rows": score_rows,
    "set_names": set_names,
    "shown_facts": view.shown_facts,
    "what": words.what,
}
