"""Analyses of training made by hand: models, a grid, an AutoML run, a frame, a leaderboard."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from h2o_forensics.model.artifact import Artifact, Case
from h2o_forensics.model.diagnosis import Diagnosis, JudgedFinding
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.finding import Evidence, Finding, RemedyText
from h2o_forensics.model.training import (
    AutoML,
    Comparison,
    FoldMetric,
    Frame,
    FrameShare,
    Grid,
    GridFailure,
    GridModel,
    History,
    Importance,
    Interval,
    Judged,
    Leaderboard,
    Metrics,
    Model,
    Mojo,
    Saved,
    Source,
    TrainingEvidence,
)
from tests import report_cases

HOSTILE = "<script>alert(1)</script>"
_STEPS = (0.0, 10.0, 20.0, 30.0, 40.0)
_LOSSES = (0.7, 0.6, 0.5, 0.4, 0.3)


def metrics(of: str, auc: float, name: str = "m1") -> Metrics:
    return Metrics(
        of=of,
        model=name,
        model_checksum=1,
        frame="test.hex" if of == "test" else "train.hex",
        frame_checksum=None,
        category="Binomial",
        nobs=3000.0,
        values={"auc": auc, "logloss": 0.5},
    )


def model(name: str = "m1", cv: float = 0.81, **changes: Any) -> Model:
    made = Model(
        id=name,
        algo="gbm",
        algo_name="Gradient Boosting Machine",
        category="Binomial",
        h2o_version="3.46.0.7",
        response="y",
        columns=("color", "age", "size"),
        column_types={"color": "enum"},
        cardinality={"color": 3},
        params={"nfolds": 5, "fold_assignment": "Random", "training_frame": "train.hex"},
        given={"ntrees": 80, "seed": 7, "db_password": "hunter2"},
        checksum=1,
        metrics=(metrics("training", 0.94, name), metrics("cross_validation", cv, name)),
        folds=(FoldMetric("auc", cv, 0.01, (cv - 0.01, cv, cv + 0.01, None, cv)),),
        history=(
            History(None, {"number_of_trees": _STEPS, "training_logloss": _LOSSES}),
            *(
                History(
                    fold,
                    {
                        "number_of_trees": _STEPS,
                        "training_logloss": _LOSSES,
                        "validation_logloss": (0.7, 0.65, 0.6, 0.62 + fold / 100, "NaN"),
                    },
                )
                for fold in (1, 2)
            ),
        ),
        importances=(
            Importance("color.red", 3.0, 1.0, 0.4),
            Importance("age", 2.0, 0.7, 0.35),
            Importance("color.blue", 1.0, 0.3, 0.25),
        ),
        run_ms=12_000,
        size_bytes=34_000,
        trees=80,
        source=Source("A1", f"{name}.json", "/models/0"),
    )
    return replace(made, **changes)


def comparison(
    name: str, cv: float, test: float, *, differs: bool = False, **changes: Any
) -> Comparison:
    made = Comparison(
        model=name,
        metric="auc",
        cv=Interval(cv, cv - 0.02, cv + 0.02),
        test=Interval(test, test - 0.03, test + 0.03),
        gap=cv - test,
        statistic="z of two AUCs",
        score=(cv - test) / 0.02,
        df=None,
        p=1e-9 if differs else 0.4,
        floor=0.02,
        detectable=0.06,
        differs=differs,
        decides=True,
    )
    return replace(made, **changes)


def judged(name: str, cv: float, test: float, *, differs: bool, leader: bool = False) -> Judged:
    return Judged(
        model=name,
        comparisons=(comparison(name, cv, test, differs=differs),),
        test=metrics("test", test, name),
        leader=leader,
        notes=("A note.",),
    )


def finding(
    subject: str | None = "model m1", path: str = "m1.json", ident: str = "F1"
) -> JudgedFinding:
    found = Finding(
        rule="MDL001",
        condition="cv.leak_grouped",
        title="Rows of one entity stand in several folds",
        harm="risk",
        severity="high",
        confidence=0.7,
        nodes=(),
        since=None,
        first_seen=None,
        last_seen=None,
        count=1,
        message="AUC 0.81 in cross-validation, 0.48 on the test.",
        explain="Rows of one entity look alike.",
        facts={"cv_auc": 0.81},
        evidence=(
            Evidence(
                artifact="A1",
                path=path,
                kind="pointer",
                line=None,
                line_end=None,
                pointer="/models/0/output/cross_validation_metrics/AUC",
                time=None,
                node=None,
                text="AUC = 0.81",
            ),
        ),
        remedies=(RemedyText("Give fold_column.", "Why not.", "fold_column='id'", None, None),),
        subject=subject,
        decided_by=("Nobody sees it: the rows.",),
    )
    return JudgedFinding(ident, "fp", found, "risk", (), "It is plain.", ())


GRID = Grid(
    id="g1",
    algo="gbm",
    hyper_values={"max_depth": 2, "min_rows": 4},
    size=8,
    size_from="log",
    strategy="Cartesian",
    models=(GridModel("g1_model_1", {"max_depth": 3}, 0.4),),
    failures=(
        GridFailure({"min_rows": 300}, "ERRR on field: _min_rows: too small for 300.0 rows"),
        GridFailure({"min_rows": 500}, "ERRR on field: _min_rows: too small for 500.0 rows"),
        GridFailure({}, "Job Canceled", cancelled=True),
    ),
    built=4,
    model_seconds=90.0,
    source=Source("A2", "grid.json", ""),
)
AUTOML = AutoML(
    id="a1",
    max_runtime_secs=30.0,
    built=3,
    seconds=25.0,
    steps={"GBM_1": 5.0, "XRT_1": 12.0},
    skipped_for_time=("DeepLearning_1", "GBM_2"),
    source=Source("A3", "automl.json", ""),
)
FRAME = Frame(
    id="skewed.hex",
    rows=900,
    bytes=20 * 2**20,
    checksum=1,
    shares=(
        FrameShare("10.0.0.1:54321", 900, 20 * 2**20, 8, 8),
        FrameShare("10.0.0.2:54321", 0, 0, 8, 8),
    ),
    source=Source("A4", "frame.json", ""),
)
BOARD = Leaderboard(
    id="y",
    sort_metric="auc",
    frame=None,
    columns=("model_id", "auc"),
    rows=(("m1", 0.81), ("m2", 0.8)),
)


def analysis(
    saved: Saved, verdicts: Sequence[Judged] = (), findings: Sequence[JudgedFinding] = ()
) -> Analysis:
    base = report_cases.healthy()
    return replace(
        base,
        case=replace(base.case, nodes=(), sources=("models",), problems=(), gaps=()),
        tables={},
        jvms=(),
        timeline=(),
        unexplained=(),
        diagnosis=Diagnosis(
            verdict="at_risk" if findings else "healthy",
            summary="A summary.",
            root_causes=tuple(one.id for one in findings),
            findings=tuple(findings),
            incidents=(),
            gaps=(),
        ),
        training=TrainingEvidence(saved, tuple(verdicts)),
    )


def sick() -> Analysis:
    """Two models, one worse on its test and named by a finding; a grid, AutoML, a frame."""
    saved = Saved(
        models=(model("m2", 0.8), model("m1", 0.81)),
        frames=(FRAME,),
        grids=(GRID,),
        automl=(AUTOML,),
        leaderboards=(BOARD, BOARD),
    )
    verdicts = (
        judged("m2", 0.8, 0.79, differs=False),
        judged("m1", 0.81, 0.48, differs=True, leader=True),
    )
    return analysis(saved, verdicts, (finding(),))


def healthy() -> Analysis:
    """One model, tested, no difference."""
    return analysis(
        Saved(models=(model(),)), (judged("m1", 0.81, 0.8, differs=False, leader=True),)
    )


def many(number: int) -> Analysis:
    """So many models with a test each; every third one is worse."""
    names = [f"m{at:04}" for at in range(number)]
    return analysis(
        Saved(models=tuple(model(name) for name in names)),
        [
            judged(name, 0.81, 0.6 if at % 3 == 0 else 0.8, differs=at % 3 == 0)
            for at, name in enumerate(names)
        ],
    )


def damaged() -> Analysis:
    """A MOJO that lacks a tree, beside the JSON of the same model."""
    mojo = model(
        kind="mojo",
        metrics=(),
        mojo=Mojo("1.40", "gbm", 5, (), ("1 of 5 trees is missing: trees/t00_002.bin",)),
        source=Source("A5", "m1.zip!model.ini", ""),
    )
    found = finding("model m1", "m1.zip!model.ini")
    return analysis(Saved(models=(model(), mojo)), (), (found,))


def nothing() -> Analysis:
    """Read, and nothing about training in it."""
    empty = analysis(Saved())
    case: Case = empty.case
    artifact: Artifact = replace(case.artifacts[0], path="notes.txt", state="read")
    return replace(empty, case=replace(case, artifacts=(artifact,)))
