"""What is looked at when a model is judged, and the places that its signs are quoted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from h2o_forensics.model.training import Comparison, Frame, Metrics, Model, Scalar, Source
    from h2o_forensics.training.join import Joined

Place = tuple[str, int | None, str, str | None]
"""Artifact, line, text, JSON pointer."""
H2O_NAMES = {"auc": "AUC", "gini": "Gini", "mse": "MSE", "rmse": "RMSE"}
"""H2O's keys that are not written in lower case."""
_FROM_MATRIX = "error"
_EXACT = 1e15
"""Whole numbers up to here are shown in full."""


class Looked(Struct, frozen=True):
    """One model with all that its signs are computed from."""

    joined: Joined
    training: Metrics | None
    cv: Metrics | None
    test: Metrics | None
    """Of the test frame that decides; None: there is none."""
    test_from: str | None
    comparisons: tuple[Comparison, ...]
    train_frame: Frame | None
    test_frame: Frame | None
    shares: dict[str, float]
    """Importance per base column, the largest first; empty: the model states none."""

    @property
    def model(self) -> Model:
        """The model itself."""
        return self.joined.model

    @property
    def deciding(self) -> Comparison | None:
        """The comparison that the model is judged on."""
        return next((one for one in self.comparisons if one.decides), None)


class Signs:
    """Collects columns of `model_checks` and where each was read."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.values: dict[str, Scalar] = {}
        self.places: dict[str, Place] = {}

    def put(self, column: str, value: Scalar, place: Place | None = None) -> None:
        """Set a column; None is not set, so its place is not either."""
        if value is None:
            return
        self.values[column] = value + 0.0 if isinstance(value, float) else value  # -0.0 is 0
        if place is not None:
            self.places[column] = place

    def metric(self, column: str, metrics: Metrics | None, name: str) -> None:
        """Set a column to a metric of an object, quoted as H2O writes it."""
        value = None if metrics is None else metrics.values.get(name)
        if metrics is not None and value is not None:
            self.put(column, value, self.metric_place(metrics, name, value))

    def metric_place(self, metrics: Metrics, name: str, value: float) -> Place:
        """Where a metric stands: `cross_validation_metrics.AUC = 0.8131 (3000 rows)`."""
        key = H2O_NAMES.get(name, name)
        path = "cm/table" if name == _FROM_MATRIX else key
        of = "test metrics" if metrics.of == "test" else f"{metrics.of}_metrics"
        about = [] if metrics.nobs is None else [f"{metrics.nobs:.0f} rows"]
        about += [f"frame {metrics.frame}"] if metrics.of == "test" and metrics.frame else []
        text = f"{of}.{key} = {shown(value)}" + (f" ({', '.join(about)})" if about else "")
        return self.place(metrics.source, text, path)

    def place(self, source: Source, text: str, below: str = "") -> Place:
        """A place in the document of `source`, or in the model's where it names none."""
        artifact = source.artifact or self._model.source.artifact
        pointer = source.pointer + (f"/{below}" if below else "")
        return artifact, source.line, text, None if source.line is not None else pointer or "/"

    def in_model(self, text: str, below: str) -> Place:
        """A place in the model's own document."""
        return self.place(self._model.source, text, below)

    def parameter(self, column: str, name: str, value: Scalar) -> None:
        """Set a column to a parameter's value."""
        if value is not None:
            text = f"parameters.{name} = {shown(value)}"
            self.put(column, value, self.in_model(text, "parameters"))

    def done(self) -> dict[str, Scalar]:
        """The columns, with `places` as JSON."""
        places = {name: self.places[name] for name in sorted(self.places)}
        return self.values | {"places": msgspec.json.encode(places).decode()}


def shown(value: Scalar) -> str:
    """A value as a reader wants it: four digits that count."""
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() and abs(value) < _EXACT else f"{value:.4g}"
