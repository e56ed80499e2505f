"""H2O's defaults of model parameters, as `default_value` of its model JSON (GBM, DRF, GLM) states.

Parameters whose default differs between algorithms (max_depth, min_rows, sample_rate) are not here:
they are always shown.
"""

from collections.abc import Mapping

from h2o_forensics.model.training import Scalar

_TRUE = frozenset(
    """auto_rebalance check_constant_response early_stopping fix_tweedie_variance_power
    ignore_const_cols intercept keep_cross_validation_models standardize""".split()  # noqa: SIM905 - names
)
_LARGEST = 1.7976931348623157e308
_DEFAULTS: dict[str, Scalar] = {
    "beta_epsilon": 0.0001, "col_sample_rate": 1.0, "col_sample_rate_change_per_level": 1.0,
    "col_sample_rate_per_tree": 1.0, "constraint_alpha": 0.1, "constraint_beta": 0.9,
    "constraint_c0": 10.0, "constraint_eta0": 0.1258925, "constraint_tau": 10.0,
    "dispersion_epsilon": 0.0001, "dispersion_learning_rate": 0.5,
    "dispersion_parameter_method": "pearson", "gainslift_bins": -1, "gradient_epsilon": -1.0,
    "huber_alpha": 0.9, "in_training_checkpoints_tree_interval": 1,
    "init_dispersion_parameter": 1.0, "lambda_min_ratio": -1.0, "learn_rate": 0.1,
    "learn_rate_annealing": 1.0, "link": "family_default", "max_abs_leafnode_pred": _LARGEST,
    "max_active_predictors": -1, "max_after_balance_size": 5.0, "max_confusion_matrix_size": 20,
    "max_iterations": -1, "max_iterations_dispersion": 3000, "max_runtime_secs": 0.0,
    "min_split_improvement": 1e-05, "missing_values_handling": "MeanImputation", "mtries": -1,
    "nbins": 20, "nbins_cats": 1024, "nbins_top_level": 1024, "nlambdas": -1, "ntrees": 50,
    "obj_reg": -1.0, "objective_epsilon": -1.0, "pred_noise_bandwidth": 0.0, "prior": -1.0,
    "quantile_alpha": 0.5, "r2_stopping": _LARGEST, "score_iteration_interval": -1,
    "score_tree_interval": 0, "seed": -1, "stopping_rounds": 0, "stopping_tolerance": 0.001,
    "theta": 1e-10, "tweedie_epsilon": 8e-17, "tweedie_link_power": 1.0, "tweedie_power": 1.5,
    "tweedie_variance_power": 0.0,
}  # fmt: skip


def differing(params: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The parameters that are not H2O's default, by name."""
    return {name: value for name, value in sorted(params.items()) if not _default(name, value)}


def _default(name: str, value: Scalar) -> bool:
    if value is None or value in {"", "AUTO"}:
        return True
    if isinstance(value, bool):
        return value == (name in _TRUE)
    return name in _DEFAULTS and value == _DEFAULTS[name]
