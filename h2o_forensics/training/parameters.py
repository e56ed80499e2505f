"""The parameters of a model: `parameters[] {name, actual_value, input_value}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.training.cells import mappings, scalar, text

if TYPE_CHECKING:
    from h2o_forensics.model.training import Scalar

PARAMETERS = 1_000
_COLUMNS = ("response_column", "weights_column", "fold_column", "offset_column", "treatment_column")


def read_parameters(value: object) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
    """What was used (AUTO resolved), and what the user typed."""
    used: dict[str, Scalar] = {}
    given: dict[str, Scalar] = {}
    for _index, parameter in mappings(value, PARAMETERS):
        name = text(parameter.get("name"))
        if name is None:
            continue
        used[name] = scalar(parameter.get("actual_value"))
        given[name] = scalar(parameter.get("input_value"))
    return used, given


def not_predictors(params: dict[str, Scalar], response: str | None) -> set[Scalar]:
    """Names of columns that the model was given but does not predict from."""
    return {params.get(name) for name in _COLUMNS} | {response}
