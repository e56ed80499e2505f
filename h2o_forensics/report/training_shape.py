"""The report's entries on models, leaderboards, grids, AutoML runs and frames, field by field.

Shares are parts of 1; gaps are in the metric's own unit, positive where the test is worse.  A
number the evidence cannot give is null.
"""

from typing import Annotated

from msgspec import Meta, Struct, field

from h2o_forensics.report.moments import Time

Scalar = str | int | float | bool | None


def _one_of(*names: str) -> Meta:
    return Meta(extra_json_schema={"enum": list(names)})


ModelState = Annotated[
    str,
    _one_of("worse", "test_is_training", "damaged", "too_small", "better", "same", "untested"),
]
"""What the metrics say; findings about the model say more."""


class ModelPlace(Struct, frozen=True):
    """Where it was read; `pointer` is a JSON pointer, empty where the source is no JSON."""

    artifact: str
    path: str
    pointer: str
    line: int | None


class IntervalItem(Struct, frozen=True):
    """A number and its 95 % interval; null ends: the evidence gives none."""

    value: float
    low: float | None
    high: float | None


class ModelScores(Struct, frozen=True):
    """All metrics of a model on one set of rows.

    `of`: training, validation, cross_validation or test.
    """

    of: str
    frame: str | None
    rows: float | None
    values: dict[str, float]


class ComparisonItem(Struct, frozen=True):
    """Cross-validation against test, as tested; `detectable` is the least gap that would show.

    `decides`: the model is judged by this metric, the others support it.
    """

    metric: str
    decides: bool
    cv: IntervalItem
    test: IntervalItem
    gap: float
    statistic: str
    score: float | None
    df: float | None
    p: float | None
    floor: float
    detectable: float | None
    differs: bool
    note: str
    says: str


class FoldRow(Struct, frozen=True):
    """A metric over the folds of the cross-validation."""

    metric: str
    mean: float | None
    sd: float | None
    values: tuple[float | None, ...]


class LearningCurve(Struct, frozen=True):
    """Training against rows held out, step by step; `best` is the index of the best held-out step.

    `held_out`: `folds` (means over the folds), `validation` or null (none was scored).
    """

    metric: str
    unit: str
    steps: tuple[float, ...]
    training: tuple[float | None, ...]
    held_out: str | None
    held: tuple[float | None, ...]
    best: int | None


class ImportanceItem(Struct, frozen=True):
    """A column's importance; its one-hot levels are added up."""

    column: str
    share: float
    levels: int


class ModelFacts(Struct, frozen=True):
    """What a saved model is and how it was trained; `params` are those that are not H2O's default.

    Long texts in `params` are cut.
    """

    model: str
    algo: str | None
    algo_name: str | None
    category: str | None
    h2o_version: str | None
    kind: str
    whole: bool
    damage: tuple[str, ...]
    place: ModelPlace
    response: str | None
    columns: int | None
    train_rows: float | None
    training_frame: str | None
    validation_frame: str | None
    test_frame: str | None
    nfolds: int | None
    fold_assignment: str | None
    fold_column: str | None
    base_models: int
    trees: int | None
    started: Time | None
    run_ms: int | None
    size_bytes: int | None
    params: dict[str, Scalar]
    warnings: tuple[str, ...]


class ModelItem(ModelFacts, frozen=True):
    """One saved model, judged.  `training`, `cv` and `test` are of `metric`.

    `full` models have folds, learning curve, importances, signs and all comparisons; the others
    of a large directory have only what decides about them.
    """

    state: ModelState
    says: str
    validated: str
    metric: str | None
    training: IntervalItem | None
    cv: IntervalItem | None
    test: IntervalItem | None
    leader: bool
    full: bool
    scores: tuple[ModelScores, ...]
    comparisons: tuple[ComparisonItem, ...]
    folds: tuple[FoldRow, ...]
    curve: LearningCurve | None
    importances: tuple[ImportanceItem, ...]
    notes: tuple[str, ...]
    signs: dict[str, Scalar]
    findings: tuple[str, ...]


class LeaderboardRow(Struct, frozen=True):
    """`adjusted_p` is Benjamini-Hochberg's over the leaderboard; `flagged`: it is at most 0.05."""

    rank: int
    model: str
    metric: str | None
    cv: float | None
    test: float | None
    gap: float | None
    p: float | None
    adjusted_p: float | None
    flagged: bool


class LeaderboardItem(Struct, frozen=True):
    """Models of one response and training frame, best first.

    `from`: `models` (ranked by cross-validation, tested here) or `h2o` (a leaderboard H2O wrote).
    """

    id: str
    from_: str = field(name="from")
    response: str | None
    training_frame: str | None
    test_frame: str | None
    metric: str | None
    models: int
    tested: int
    flagged: int
    says: str
    rows: tuple[LeaderboardRow, ...]


class FailureItem(Struct, frozen=True):
    """Combinations that did not train for one reason; `shared`: the setting they have in common."""

    reason: str
    count: int
    cancelled: bool
    shared: str | None


class GridModelItem(Struct, frozen=True):
    """A model of a grid."""

    model: str
    score: float | None
    params: dict[str, Scalar]


class GridItem(Struct, frozen=True):
    """A grid search.  `size` is the number of combinations; `missing` are neither built nor failed.

    `left_hours`, `full_hours` and `full_bytes` are projections at the measured rate.
    """

    grid: str
    algo: str | None
    place: ModelPlace
    hyper_parameters: dict[str, int]
    size: int | None
    size_from: str | None
    strategy: str | None
    bounded: bool | None
    max_models: int | None
    max_runtime_secs: float | None
    parallelism: int | None
    nfolds: int | None
    built: int | None
    failed: int
    cancelled: int
    missing: int | None
    failures: tuple[FailureItem, ...]
    status: str | None
    progress: float | None
    model_seconds: float | None
    models_per_hour: float | None
    left_hours: float | None
    full_hours: float | None
    full_bytes: float | None
    advised_models: int | None
    advised_seconds: float | None
    sort_by: str | None
    best: tuple[GridModelItem, ...]
    warnings: tuple[str, ...]
    says: tuple[str, ...]
    findings: tuple[str, ...]


class StepItem(Struct, frozen=True):
    """A step of an AutoML run."""

    step: str
    seconds: float


class AutoMLItem(Struct, frozen=True):
    """An AutoML run."""

    automl: str
    project: str | None
    place: ModelPlace
    max_models: int | None
    max_runtime_secs: float | None
    nfolds: int | None
    sort_metric: str | None
    leaderboard_frame: str | None
    bounded: bool | None
    built: int | None
    seconds: float | None
    seconds_per_model: float | None
    advised_seconds: float | None
    status: str | None
    steps: tuple[StepItem, ...]
    skipped_for_time: tuple[str, ...]
    skipped_for_models: tuple[str, ...]
    models: tuple[str, ...]
    events: int
    says: tuple[str, ...]
    findings: tuple[str, ...]


class FrameNode(Struct, frozen=True):
    """The share of a frame that one node holds."""

    node: str
    rows: int | None
    chunks_per_column: int | None
    size_bytes: int | None
    row_share: float | None


class FrameItem(Struct, frozen=True):
    """A frame, as its JSON or the last distribution summary in the logs gives it.

    `from`: log, frame, chunks or model (told by a model that was trained on it).
    """

    frame: str
    rows: int | None
    max_over_mean: float | None
    nodes: tuple[FrameNode, ...]
    from_: str = field(name="from")
    columns: int | None
    bytes: int | None
    chunks: int | None
    cores: int | None
    max_bytes_over_mean: float | None
    floor_over_mean: float | None
    empty_nodes: int | None
    longest_chunk_over_mean: float | None
    empty_chunk_share: float | None
    heap_bytes: int | None
    needed_heap_bytes: int | None
    says: tuple[str, ...]
    findings: tuple[str, ...]
