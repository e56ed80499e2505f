"""Models, grids and frames in plain words: short sentences, the number first."""

from collections.abc import Iterable

from h2o_forensics.report import view
from h2o_forensics.report.training_shape import (
    IntervalItem,
    LeaderboardItem,
    ModelItem,
)

METRICS = {
    "auc": "AUC",
    "pr_auc": "PR-AUC",
    "gini": "Gini",
    "logloss": "logloss",
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "rmsle": "RMSLE",
    "r2": "R²",
    "mean_per_class_error": "mean per-class error",
    "mean_residual_deviance": "deviance",
    "error": "error rate",
}
HIGHER_IS_BETTER = frozenset({"auc", "pr_auc", "gini", "r2", "accuracy", "f1"})
STATES = {
    "worse": "Worse on the test",
    "test_is_training": "The test is the training frame",
    "damaged": "Damaged file",
    "too_small": "Too small to judge",
    "better": "Better on the test",
    "same": "No loss that counts",
    "untested": "No test to compare with",
}
TONES = {
    "worse": "high",
    "test_is_training": "medium",
    "damaged": "medium",
    "too_small": "short",
    "better": "short",
    "same": "ok",
    "untested": "unknown",
}
SETS = {
    "training": "Training",
    "cross_validation": "Cross-validation",
    "validation": "Validation",
    "test": "Test",
}
_KINDS = {
    "mojo": " (MOJO)",
    "pojo": " (POJO)",
    "binary": " (binary)",
    "log": " (told by the log)",
}
_SMALL, _LARGE = 1e-4, 1e5
_NAMED = ("GBM", "GLM", "DRF", "XRT", "XGBoost", "DeepLearning", "StackedEnsemble")


def metric_name(name: str | None) -> str:
    """`AUC` for `auc`."""
    return METRICS.get(name or "", (name or "metric").replace("_", " "))


def higher_is_better(metric: str | None) -> bool:
    """Whether more of it is better."""
    return metric in HIGHER_IS_BETTER


def value(number: float | None) -> str:
    """A metric's value in three or four digits that count: `0.813`, `1,240`, `2.1e-05`."""
    if number is None:
        return "-"
    size = abs(number)
    if number == 0:
        return "0"
    if size < _SMALL or size >= _LARGE:
        return f"{number:.3g}"
    if 0.9995 <= size < 1:  # noqa: PLR2004 - nearly perfect is not perfect
        return next(f"{number:.{digits}f}" for digits in range(4, 20) if round(size, digits) < 1)
    if size < 10:  # noqa: PLR2004 - three places, as metrics are read
        return f"{number:.3f}" if size >= 0.1 else f"{number:.3g}"  # noqa: PLR2004
    return f"{number:,.4g}" if size < 1000 else f"{number:,.0f}"  # noqa: PLR2004


def interval(item: IntervalItem | None) -> str:
    """`0.813 (0.797 to 0.829)`."""
    if item is None:
        return "-"
    if item.low is None or item.high is None:
        return value(item.value)
    return f"{value(item.value)} ({value(item.low)} to {value(item.high)})"


def chance(p: float | None) -> str:
    """`p = 0.03`, `p < 0.0001`."""
    if p is None:
        return "p not known"
    return "p < 0.0001" if p < _SMALL else f"p = {p:.2g}"


def p_value(p: float | None) -> str:
    """The p of a column: `0.03`, `<0.0001`."""
    if p is None:
        return "-"
    return "<0.0001" if p < _SMALL else f"{p:.2g}"


def kind_of(model: ModelItem) -> str:
    """`Gradient Boosting Machine`, `GBM` where H2O spells it not out."""
    return model.algo_name or (model.algo or "").upper() or _of_name(model.model) or "Model"


def _of_name(name: str) -> str:
    """What the name says that H2O gave: `GBM_1_AutoML_2_...`."""
    return next((kind for kind in _NAMED if name.startswith(f"{kind}_")), "")


def what(model: ModelItem) -> str:
    """`Gradient Boosting Machine, 3,000 rows, 12 columns, response y`."""
    parts = [kind_of(model) + _KINDS.get(model.kind, "")]
    if model.train_rows is not None:
        parts.append(f"{model.train_rows:,.0f} rows")
    if model.columns is not None:
        parts.append(f"{model.columns:,} column{'s' * (model.columns != 1)}")
    if model.trees is not None:
        parts.append(f"{model.trees:,} tree{'s' * (model.trees != 1)}")
    if model.base_models:
        parts.append(f"over {model.base_models} base model{'s' * (model.base_models != 1)}")
    if model.response:
        parts.append(f"response {model.response}")
    return ", ".join(parts)


def in_short(model: ModelItem) -> str:
    """A model in a line: its name, what it is, what its metrics say."""
    return f"{model.model} ({what(model)}): {model.says}"


def origin(model: ModelItem) -> str:
    """`H2O 3.46.0.7, trained in 12 s, 1.2 MB, from JSON`."""
    parts = [f"H2O {model.h2o_version}" if model.h2o_version else "H2O version not told"]
    if model.started:
        parts.append(f"started {view.moment(model.started, ms=False)}")
    if model.run_ms is not None:
        parts.append(f"trained in {view.duration(model.run_ms)}")
    if model.size_bytes is not None:
        parts.append(view.size(model.size_bytes))
    return ", ".join(parts)


def validated(model: ModelItem) -> str:
    """How it was validated, in a sentence or two."""
    folds = model.nfolds or _seen_folds(model)
    if model.fold_column:
        sentences = [f"Cross-validated by the column {model.fold_column}."]
    elif model.cv is not None and folds <= 1:
        sentences = ["Cross-validated; how is not told."]
    elif folds > 1:
        how = f", {model.fold_assignment} assignment" if model.fold_assignment else ""
        sentences = [f"Cross-validated with {folds} folds{how}."]
    else:
        sentences = ["Not cross-validated."]
    if model.validation_frame:
        sentences.append(f"Validation frame {model.validation_frame}.")
    if model.state == "test_is_training":
        sentences.append("The test was the training frame: it tells nothing about new data.")
    elif model.test_frame and model.test_frame != model.validation_frame:
        sentences.append(f"Tested on {model.test_frame}.")
    elif model.test_frame:
        sentences.append("That frame is taken as the test.")
    else:
        sentences.append("No test metrics were found.")
    return " ".join(sentences)


def _seen_folds(model: ModelItem) -> int:
    return max((len(row.values) for row in model.folds), default=0)


def training_name(model: ModelItem) -> str:
    """`Training`, and whether that is of rows the model was not fitted to."""
    return "Training (out of bag)" if model.signs.get("in_sample") is False else "Training"


def board_says(models: int, tested: int, flagged: int) -> str:
    """What a leaderboard's corrected tests come to."""
    if not tested:
        return f"{models:,} models, none of them tested."
    lead = f"{tested:,} of {models:,} models of this leaderboard tested"
    if not flagged:
        return f"{lead}: none is worse by more than chance and the least gap."
    if flagged == 1:
        return f"{lead}: one of them is worse than its cross-validation."
    many = "all of them are" if flagged == tested else f"{flagged:,} of them are"
    return f"{lead}: {many} worse than their cross-validation."


def board_name(board: LeaderboardItem) -> str:
    """What a leaderboard is about."""
    if board.from_ == "h2o":
        return f"H2O's leaderboard {board.id}"
    parts = [f"Response {board.response}"] if board.response else []
    if board.training_frame:
        parts.append(f"trained on {board.training_frame}")
    if board.test_frame:
        parts.append(f"tested on {board.test_frame}")
    told = ", ".join(parts) or f"Models by {metric_name(board.metric)}"
    return told[:1].upper() + told[1:] if not board.response else told


def hours(amount: float | None) -> str:
    """Hours as people say them: `12 min`, `1 d 17 h`, `85 days`, `1,200 years`."""
    if amount is None:
        return "not known"
    for unit, least, name in ((24 * 365.25, 24 * 365.25, "years"), (24.0, 24.0 * 30, "days")):
        if amount >= least:
            size = amount / unit
            return f"{size:,.0f} {name}" if size >= 100 else f"{size:.3g} {name}"  # noqa: PLR2004
    return _whole(view.duration(amount * 3_600_000))


def seconds(amount: float | None) -> str:
    """Seconds as a duration."""
    return "not known" if amount is None else _whole(view.duration(amount * 1000))


def _whole(told: str) -> str:
    """`5 min` for `5 min 0 s`."""
    first, _, rest = told.partition(" 0 ")
    return first if rest in {"s", "min", "h"} else told


def some(names: Iterable[str], most: int = 5) -> str:
    """The first of the names, and how many more."""
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")
