"""What training leaves behind: models, their metrics, grids, AutoML runs, leaderboards, frames.

Read from JSON, MOJO archives and logs by `training/`; a field the source does not have is None (or
empty), never a guess.  Times are epoch ms, UTC; shares are parts of 1.
"""

from collections.abc import Sequence

from msgspec import Struct

Scalar = str | int | float | bool | None


class Source(Struct, frozen=True):
    """Where a noun was read: `pointer` is a JSON pointer, or empty where the source is no JSON."""

    artifact: str = ""
    path: str = ""
    pointer: str = ""
    line: int | None = None
    text: str = ""
    """The line as it stands there, where the source is a log; else empty, or short words of what the JSON says."""
    at: int | None = None
    """When the line was written."""


class Scores(Struct, frozen=True):
    """The table of thresholds as a histogram of scores: one entry per bin, scores descending.

    Arrays of doubles where many models are read: as tuples they are most of what a model takes.
    """

    thresholds: Sequence[float]
    positives: Sequence[float]
    """Rows of the positive class whose score lies in the bin (not cumulative)."""
    negatives: Sequence[float]


class Metrics(Struct, frozen=True):
    """One metrics object: a model on one set of rows."""

    of: str
    """training | validation | cross_validation | test (a ModelMetrics document of its own)"""
    model: str | None
    model_checksum: int | None
    frame: str | None
    frame_checksum: int | None
    category: str | None
    """Binomial | Multinomial | Ordinal | Regression | Clustering | DimReduction | AnomalyDetection | ..."""
    nobs: float | None
    values: dict[str, float]
    """By name: auc pr_auc gini logloss mse rmse mae rmsle r2 mean_per_class_error mean_residual_deviance error
    (share of wrong rows, from the confusion matrix) residual_deviance null_deviance ...; NaN is absent."""
    class_rows: dict[str, float] = {}
    """Actual rows per class, from the confusion matrix."""
    scores: Scores | None = None
    scored_at: int | None = None
    source: Source = Source()


class FoldMetric(Struct, frozen=True):
    """A row of the cross-validation summary."""

    metric: str
    """H2O's name, as today's versions spell it (3.30's `aucpr` is `pr_auc`)."""
    mean: float | None
    sd: float | None
    """Sample sd (n-1) over folds."""
    values: tuple[float | None, ...]
    """One per fold."""


class History(Struct, frozen=True):
    """A scoring history: a column each, as numbers or texts."""

    fold: int | None
    """None: the main model; else the fold, from 1."""
    columns: dict[str, tuple[Scalar, ...]]
    source: Source = Source()


class Importance(Struct, frozen=True):
    """A row of the variable importances, as H2O states it (one-hot names are `column.level`)."""

    variable: str
    relative: float | None
    scaled: float | None
    share: float | None


class TrainingNode(Struct, frozen=True):
    """A node at training time, from `reproducibility_information_table`."""

    node: str | None
    max_mem_bytes: int | None
    free_mem_bytes: int | None
    mem_value_bytes: int | None
    pojo_mem_bytes: int | None
    num_cpus: int | None
    nthreads: int | None
    physical_bytes: int | None
    facts: dict[str, Scalar] = {}


class InputFrame(Struct, frozen=True):
    """A frame the model was trained with."""

    role: str
    """training_frame | validation_frame | ..."""
    name: str | None
    checksum: int | None
    espc: tuple[int, ...] = ()
    """Row offsets of its chunks: the first is 0, the last the number of rows."""


class Mojo(Struct, frozen=True):
    """A MOJO archive's own inventory."""

    mojo_version: str | None
    algo: str | None
    n_trees: int | None
    entries: tuple[str, ...]
    damage: tuple[str, ...] = ()
    """What model.ini promises and the archive lacks, one short sentence each; empty: whole."""


class Model(Struct, frozen=True):
    """One saved model."""

    id: str
    algo: str | None
    algo_name: str | None
    category: str | None
    h2o_version: str | None
    response: str | None
    columns: tuple[str, ...]
    """Predictors (without response, weights, fold, offset columns) where known."""
    column_types: dict[str, str]
    cardinality: dict[str, int]
    """Levels of categorical columns."""
    params: dict[str, Scalar]
    """`actual_value`: AUTO is resolved; keys by their name, lists as JSON text."""
    given: dict[str, Scalar]
    """`input_value`: what the user typed."""
    checksum: int | None
    metrics: tuple[Metrics, ...]
    folds: tuple[FoldMetric, ...] = ()
    history: tuple[History, ...] = ()
    importances: tuple[Importance, ...] = ()
    nodes: tuple[TrainingNode, ...] = ()
    frames: tuple[InputFrame, ...] = ()
    base_models: tuple[str, ...] = ()
    """Of a stacked ensemble."""
    metalearner: str | None = None
    started: int | None = None
    ended: int | None = None
    run_ms: int | None = None
    size_bytes: int | None = None
    trees: int | None = None
    warnings: tuple[str, ...] = ()
    kind: str = "json"
    """json | mojo | pojo | binary | log: what it was read from."""
    mojo: Mojo | None = None
    whole: bool = True
    """False: the document is cut, and this is what stood before the cut."""
    source: Source = Source()


class ColumnSummary(Struct, frozen=True):
    """A column of a frame."""

    name: str
    type: str | None
    """H2O's: int real enum time string uuid"""
    missing: int | None = None
    zeros: int | None = None
    mean: float | None = None
    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    cardinality: int | None = None
    levels: tuple[str, ...] = ()
    """Of an enum, as far as the document lists them."""


class FrameShare(Struct, frozen=True):
    """What one node holds of a frame."""

    node: str
    rows: int | None
    bytes: int | None
    chunks: int | None
    """Over all columns."""
    chunks_per_column: int | None


class Frame(Struct, frozen=True):
    """A frame's JSON: `/3/Frames/<id>`, or its summary; or `/3/FrameChunks/<id>` (chunks alone)."""

    id: str
    rows: int | None
    bytes: int | None
    checksum: int | None
    columns: tuple[ColumnSummary, ...] = ()
    column_count: int | None = None
    shares: tuple[FrameShare, ...] = ()
    chunk_rows: tuple[int, ...] = ()
    """Rows per chunk, in order (FrameChunks)."""
    chunk_nodes: tuple[str, ...] = ()
    whole: bool = True
    source: Source = Source()


class GridFailure(Struct, frozen=True):
    """A combination that did not train."""

    params: dict[str, Scalar]
    reason: str
    """First line of the detail, without the model's id."""
    cancelled: bool = False


class GridModel(Struct, frozen=True):
    """A model of a grid: a row of its summary."""

    model: str
    params: dict[str, Scalar]
    score: float | None


class Grid(Struct, frozen=True):
    """A grid search: from its JSON, from the log, or both together."""

    id: str
    algo: str | None = None
    hyper_values: dict[str, int] = {}
    """Hyper-parameter -> how many values it was given (exact where the request is known, else those seen)."""
    size: int | None = None
    """Of the search space; None: unknown."""
    size_from: str = ""
    """log | request | summary (a lower bound)"""
    strategy: str | None = None
    """Cartesian | RandomDiscrete | Sequential; a request without criteria is Cartesian, None: no request was seen"""
    max_models: int | None = None
    max_runtime_secs: float | None = None
    stopping_rounds: int | None = None
    parallelism: int | None = None
    nfolds: int | None = None
    sort_by: str | None = None
    models: tuple[GridModel, ...] = ()
    failures: tuple[GridFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    built: int | None = None
    """Models built, by the JSON or else by the log's `Completing model` lines of main models."""
    started: int | None = None
    last_seen: int | None = None
    status: str | None = None
    """Of its job, where one is in the evidence: RUNNING | DONE | CANCELLED | FAILED"""
    progress: float | None = None
    job_ms: int | None = None
    model_seconds: float | None = None
    """Median seconds from one model to the next, measured (models built at a time are in it)."""
    node: str | None = None
    places: dict[str, Source] = {}
    """Where what was read, when put together: size, request, built, failed, status (absent: at `source`)."""
    source: Source = Source()


class AutoMLEvent(Struct, frozen=True):
    """A row of the event log."""

    at: int | None
    level: str | None
    stage: str | None
    message: str
    name: str | None = None
    value: str | None = None


class AutoML(Struct, frozen=True):
    """An AutoML run."""

    id: str
    project: str | None = None
    max_models: int | None = None
    max_runtime_secs: float | None = None
    nfolds: int | None = None
    sort_metric: str | None = None
    leaderboard_frame: str | None = None
    events: tuple[AutoMLEvent, ...] = ()
    models: tuple[str, ...] = ()
    built: int | None = None
    skipped_for_time: tuple[str, ...] = ()
    skipped_for_models: tuple[str, ...] = ()
    steps: dict[str, float] = {}
    """Seconds per step that ran."""
    seconds: float | None = None
    started: int | None = None
    ended: int | None = None
    status: str | None = None
    node: str | None = None
    places: dict[str, Source] = {}
    """Where what was read, when put together: unbounded, skipped, built, status (absent: at `source`)."""
    source: Source = Source()


class Leaderboard(Struct, frozen=True):
    """A leaderboard, from JSON or CSV."""

    id: str
    sort_metric: str | None
    frame: str | None
    """The leaderboard frame; None: the numbers are of cross-validation."""
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    source: Source = Source()


class ModelLog(Struct, frozen=True):
    """A parameter dump of the log: `Building H2O <ALGO> model with these parameters:`."""

    model: str | None
    algo: str
    params: dict[str, Scalar]
    at: int | None
    node: str | None
    source: Source = Source()


class Saved(Struct, frozen=True):
    """All that one document, or the whole case, holds of training."""

    models: tuple[Model, ...] = ()
    metrics: tuple[Metrics, ...] = ()
    """Documents of their own (`/3/ModelMetrics`): candidates for test metrics."""
    frames: tuple[Frame, ...] = ()
    grids: tuple[Grid, ...] = ()
    automl: tuple[AutoML, ...] = ()
    leaderboards: tuple[Leaderboard, ...] = ()
    logs: tuple[ModelLog, ...] = ()


class Interval(Struct, frozen=True):
    """A number with its 95 % interval; `low`, `high` None: the evidence gives none."""

    value: float
    low: float | None = None
    high: float | None = None


class Comparison(Struct, frozen=True):
    """Cross-validation against test for one metric of one model, as tested."""

    model: str
    metric: str
    """auc | pr_auc | logloss | mse | rmse | mae | r2 | mean_per_class_error | error"""
    cv: Interval
    test: Interval
    gap: float
    """How much worse the test is, in the metric's own unit; negative: better."""
    statistic: str
    """What was computed, in words: `z of two AUCs, max(Hanley-McNeil, DeLong, Nadeau-Bengio)`."""
    score: float | None
    """z or t; None: too small to judge."""
    df: float | None
    """None: normal."""
    p: float | None
    """One-sided, harmful direction."""
    floor: float
    """The least gap that counts, in the metric's unit."""
    detectable: float | None
    """The smallest gap that this evidence could have shown."""
    differs: bool
    """Significant, and at least the floor."""
    decides: bool = False
    """The metric on which the model is judged; the others support."""
    note: str = ""
    """Assumptions that fail, or why it could not be judged."""


class Judged(Struct, frozen=True):
    """A model with all that was computed over it; the row of `model_checks` of a leaderboard's leader holds the same."""

    model: str
    comparisons: tuple[Comparison, ...] = ()
    test: Metrics | None = None
    signs: dict[str, Scalar] = {}
    """Columns of `model_checks`."""
    leader: bool = False
    notes: tuple[str, ...] = ()


class TrainingEvidence(Struct, frozen=True):
    """Everything about training in a case: what the reports and tables are made of."""

    saved: Saved = Saved()
    judged: tuple[Judged, ...] = ()
    """One per model that was judged, in order of `saved.models`."""
