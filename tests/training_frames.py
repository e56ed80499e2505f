"""Frames and cases for tests of what is judged: what matters is given, the rest is usual."""

from msgspec.structs import replace

from h2o_forensics.model.training import (
    ColumnSummary,
    Frame,
    Importance,
    Metrics,
    Model,
    Saved,
    Source,
)
from h2o_forensics.training.join import Joined, join, known
from tests.training_parts import metrics, model

TRAIN, TEST, OTHER = 11, 22, 33
"""Checksums of frames."""


def column(name: str, kind: str = "real", **given: float | tuple[str, ...]) -> ColumnSummary:
    usual: dict[str, float | tuple[str, ...]] = {
        "missing": 0, "mean": 0.0, "sigma": 1.0, "low": -3.0, "high": 3.0,
    }  # fmt: skip
    return ColumnSummary(name, kind, **(usual | given))  # type: ignore[arg-type]


def levels(name: str, *names: str, cardinality: int | None = None) -> ColumnSummary:
    return ColumnSummary(
        name, "enum", missing=0, low=0.0, high=float(len(names) - 1),
        cardinality=cardinality or len(names), levels=names,
    )  # fmt: skip


def frame(
    name: str, *columns: ColumnSummary, rows: int = 1000, checksum: int | None = None
) -> Frame:
    sums = {"train": TRAIN, "test": TEST}
    return Frame(
        name, rows, None, sums.get(name) if checksum is None else checksum, columns, len(columns),
        source=Source("frames", f"{name}.json", "/frames/0"),
    )  # fmt: skip


def binomial(of: str, auc: float, checksum: int | None = None) -> Metrics:
    name = {"test": "test", "validation": "test"}.get(of, "train")
    found = metrics(of, counts=(500, 500), auc=auc)
    known = {"train": TRAIN, "test": TEST}[name] if checksum is None else checksum
    pointer = "/model_metrics/0" if of == "test" else f"/models/0/output/{of}_metrics"
    return replace(
        found, frame=name, frame_checksum=known, model_checksum=1, source=Source("", "", pointer)
    )


def trained(*parts: Metrics, shares: dict[str, float] | None = None, **params: object) -> Model:
    """A cross-validated GBM `m` of the frame `train`, with the usual folds."""
    cv = next((one.values.get("auc") for one in parts if one.of == "cross_validation"), None)
    folds = {"auc": [cv + d for d in (-0.01, 0.0, 0.01, 0.005, -0.005)]} if cv else {}
    used = {"nfolds": 5, "training_frame": "train"} | params
    found = model(*parts, folds=folds, **used)  # type: ignore[arg-type]
    shares = shares or {}
    return replace(
        found,
        category="Binomial",
        columns=tuple(shares),
        importances=tuple(Importance(name, None, None, share) for name, share in shares.items()),
        source=Source("A1", "model.json", "/models/0"),
        ended=1_000,
    )


def case(*models: Model, tests: tuple[Metrics, ...] = (), frames: tuple[Frame, ...] = ()) -> Saved:
    return Saved(models=models, metrics=tests, frames=frames)


def joined(saved: Saved, one: Model) -> Joined:
    """One model of the case with its tests."""
    return join(known(saved), one)
