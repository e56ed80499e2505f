"""Schemas and notes of the evidence tables about training: models, grids, AutoML, leaderboards, frames."""

import polars as pl

SUBJECTS: dict[str, tuple[str, str]] = {
    "models": ("model", "model"), "model_checks": ("model", "model"), "grids": ("grid", "grid"),
    "automl": ("AutoML run", "automl"), "frames": ("frame", "frame"), "fold_audit": ("data", "data"),
}  # fmt: skip
"""Tables whose rows are about something that is no node: what it is called, and the column that names it."""

_Schema = dict[str, pl.DataType | type[pl.DataType]]
_UTC_MS = pl.Datetime("ms", "UTC")

SCHEMAS: dict[str, _Schema] = {
    "models": {
        "model": pl.String, "algo": pl.String, "category": pl.String, "h2o_version": pl.String, "response": pl.String,
        "columns": pl.Int64, "nfolds": pl.Int32, "fold_assignment": pl.String, "fold_column": pl.String,
        "stopping_rounds": pl.Int32, "stopping_metric": pl.String, "balance_classes": pl.Boolean, "ntrees": pl.Int64,
        "max_depth": pl.Int64, "training_frame": pl.String, "validation_frame": pl.String, "train_rows": pl.Int64,
        "started": _UTC_MS, "run_ms": pl.Int64, "size_bytes": pl.Int64, "kind": pl.String, "whole": pl.Boolean,
        "damage": pl.String, "damages": pl.Int32, "mojo_version": pl.String, "base_models": pl.Int32,
        "warnings": pl.String, "params": pl.String, "grid": pl.String, "path": pl.String,
    },
    "model_metrics": {
        "model": pl.String, "of": pl.String, "frame": pl.String, "frame_checksum": pl.Int64,
        "model_checksum": pl.Int64, "category": pl.String, "rows": pl.Float64, "metric": pl.String,
        "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    },
    "folds": {"model": pl.String, "fold": pl.Int32, "metric": pl.String, "value": pl.Float64, "mean": pl.Float64, "sd": pl.Float64},
    "scoring_history": {
        "model": pl.String, "fold": pl.Int32, "step": pl.Int64, "trees": pl.Float64, "at": _UTC_MS,
        "metric": pl.String, "value": pl.Float64,
    },
    "variable_importance": {"model": pl.String, "variable": pl.String, "column": pl.String, "share": pl.Float64, "column_share": pl.Float64, "rank": pl.Int32},
    "model_checks": {
        # which models: one row per leaderboard, about its leader
        "model": pl.String, "models": pl.Int32, "flagged": pl.Int32, "flagged_share": pl.Float64, "lead_se": pl.Float64,
        "algo": pl.String, "category": pl.String, "response": pl.String, "training_frame": pl.String, "test_frame": pl.String,
        "train_rows": pl.Float64, "test_rows": pl.Float64, "positives": pl.Float64, "negatives": pl.Float64,
        # the deciding comparison
        "metric": pl.String, "statistic": pl.String, "train_value": pl.Float64, "cv_value": pl.Float64, "test_value": pl.Float64,
        "gap": pl.Float64, "score": pl.Float64, "p": pl.Float64, "detectable_gap": pl.Float64, "differs": pl.Boolean,
        "judged": pl.Boolean, "test_is_training": pl.Boolean, "test_from": pl.String, "test_better": pl.Boolean,
        "train_auc": pl.Float64, "cv_auc": pl.Float64, "test_auc": pl.Float64, "cv_r2": pl.Float64, "train_r2": pl.Float64, "test_r2": pl.Float64,
        # how it was trained
        "nfolds": pl.Int32, "fold_column": pl.String, "fold_assignment": pl.String, "in_sample": pl.Boolean, "stopping_rounds": pl.Int32,
        "balance_classes": pl.Boolean, "stacked": pl.Boolean, "stacked_leak": pl.Boolean, "target_encoded": pl.String,
        # signs of a cause
        "top_column": pl.String, "top_importance": pl.Float64,
        "time_column": pl.String, "time_importance": pl.Float64, "time_after": pl.Boolean,
        "constant_column": pl.String, "constant_importance": pl.Float64,
        "drift_column": pl.String, "drift_importance": pl.Float64, "drift_kind": pl.String, "drift_size": pl.Float64, "drifted": pl.Int32,
        "label_z": pl.Float64, "label_ratio": pl.Float64, "train_label_share": pl.Float64, "test_label_share": pl.Float64,
        "psi": pl.Float64, "psi_null": pl.Float64,
        "id_column": pl.String,
        "fold_p": pl.Float64, "fold_spread": pl.Float64, "fold_low": pl.Float64, "fold_high": pl.Float64, "fold_outlier_z": pl.Float64,
        "positives_per_fold": pl.Float64,
        "skill": pl.Float64, "history_rise": pl.Float64, "best_step": pl.Float64, "last_step": pl.Float64,
        "chance_se": pl.Float64, "train_cv_gap": pl.Float64,
    },
    "grids": {
        "grid": pl.String, "algo": pl.String, "hyper_parameters": pl.Int32, "size": pl.Int64, "size_from": pl.String, "strategy": pl.String,
        "max_models": pl.Int64, "max_runtime_secs": pl.Float64, "bounded": pl.Boolean, "built": pl.Int64, "failed": pl.Int64,
        "cancelled": pl.Int64, "missing": pl.Int64, "reason": pl.String, "reason_count": pl.Int64, "shared": pl.String,
        "shared_count": pl.Int64, "reasons": pl.Int32, "status": pl.String, "progress": pl.Float64, "parallelism": pl.Int32,
        "nfolds": pl.Int32, "model_seconds": pl.Float64, "models_per_hour": pl.Float64, "left_hours": pl.Float64,
        "full_hours": pl.Float64, "full_bytes": pl.Float64, "advised_models": pl.Int64, "advised_seconds": pl.Float64,
        "last_seen": _UTC_MS,
    },
    "grid_models": {"grid": pl.String, "model": pl.String, "params": pl.String, "score": pl.Float64, "failed": pl.Boolean, "reason": pl.String},
    "automl": {
        "automl": pl.String, "project": pl.String, "max_models": pl.Int64, "max_runtime_secs": pl.Float64, "built": pl.Int64,
        "skipped_for_time": pl.Int64, "skipped_for_models": pl.Int64, "skipped_steps": pl.String, "seconds": pl.Float64,
        "seconds_per_model": pl.Float64, "advised_seconds": pl.Float64, "bounded": pl.Boolean, "status": pl.String,
        "longest_step": pl.String, "longest_step_seconds": pl.Float64, "last_seen": _UTC_MS,
        "models_asked": pl.Boolean, "cut_short": pl.Int64,
    },
    "automl_events": {"automl": pl.String, "level": pl.String, "stage": pl.String, "message": pl.String, "name": pl.String, "value": pl.String},
    "leaderboard": {"leaderboard": pl.String, "rank": pl.Int32, "model": pl.String, "metric": pl.String, "value": pl.Float64, "of": pl.String},
    "frames": {
        "frame": pl.String, "rows": pl.Int64, "columns": pl.Int64, "bytes": pl.Int64, "checksum": pl.Int64, "nodes": pl.Int32,
        "chunks": pl.Int64, "cores": pl.Int32, "max_rows_over_mean": pl.Float64, "max_bytes_over_mean": pl.Float64,
        "floor_over_mean": pl.Float64, "empty_nodes": pl.Int32, "fullest": pl.String, "fullest_share": pl.Float64,
        "longest_chunk_over_mean": pl.Float64, "empty_chunk_share": pl.Float64, "from": pl.String,
        "heap_bytes": pl.Int64, "needed_heap_bytes": pl.Int64,
        "max_chunks_over_mean": pl.Float64, "hollow_nodes": pl.Int32,
    },
    "frame_columns": {
        "frame": pl.String, "column": pl.String, "type": pl.String, "missing": pl.Int64, "mean": pl.Float64, "sigma": pl.Float64,
        "low": pl.Float64, "high": pl.Float64, "cardinality": pl.Int64,
    },
    "fold_audit": {
        "data": pl.String, "rows": pl.Int64, "model": pl.String, "folds_from": pl.String, "folds": pl.Int32,
        "duplicate_rows": pl.Int64, "duplicate_share": pl.Float64, "crossing_duplicates_share": pl.Float64, "contrary_labels": pl.Int64,
        "group_column": pl.String, "groups": pl.Int64, "rows_per_group": pl.Float64, "group_label_share": pl.Float64, "crossing_groups_share": pl.Float64,
        "time_column": pl.String, "time_order": pl.Boolean, "label_autocorrelation_p": pl.Float64, "folds_mix_time": pl.Boolean,
        "target_column": pl.String, "target_score": pl.Float64, "target_metric": pl.String, "key_column": pl.String,
        "fold_rows_min": pl.Int64, "fold_rows_max": pl.Int64, "fold_positives_min": pl.Int64, "fold_positives_max": pl.Int64,
        "test_rows": pl.Int64, "test_in_training_share": pl.Float64,
    },
}  # fmt: skip

TABLES: dict[str, str] = {
    "models": "Saved models (JSON, MOJO, POJO, binary): what was built, with what.",
    "model_metrics": "Every metric of every model: training, validation, cross-validation, test; `low` and `high` are its 95 % interval.",
    "folds": "The cross-validation summary: one row per model, metric and fold.",
    "scoring_history": "Scoring histories: one row per model, fold (null: main model), step and metric.",
    "variable_importance": "Variable importances; one-hot variables are added up in `column_share`.",
    "model_checks": "What was computed to judge a model: one row per leaderboard (models of one response, training and test frame), about its leader.",
    "grids": "Grid searches, from JSON, jobs and the log together.",
    "grid_models": "Combinations of a grid that were built or failed.",
    "automl": "AutoML runs.",
    "automl_events": "AutoML's event log.",
    "leaderboard": "Leaderboards, from JSON or CSV.",
    "frames": "Frames, from their JSON, from FrameChunks, or from what saved models tell of their training frame.",
    "frame_columns": "Columns of frames.",
    "fold_audit": "What the rows given with --data tell of the folds.",
}

COLUMNS: dict[str, dict[str, str]] = {
    "models": {
        "params": "JSON text: parameters that differ from H2O's default",
        "damage": "what the MOJO promises and lacks",
        "whole": "false: the file is cut",
        "kind": "json | mojo | pojo | binary | log",
        "size_bytes": "`model_size_in_bytes` of the model's summary",
    },
    "model_metrics": {"of": "training | validation | cross_validation | test", "rows": "`nobs`"},
    "model_checks": {
        "flagged": "models of the leaderboard whose test is worse, after Benjamini-Hochberg at q = 0.05",
        "lead_se": "the leader's lead over the second, in standard errors",
        "metric": "the metric that decides: auc, else mse, mae, logloss, error",
        "gap": "how much worse the test is, in the metric's own unit (RMSE, MAE, logloss: as a part of the CV's)",
        "score": "z or t of the gap",
        "detectable_gap": "the smallest gap this evidence could have shown",
        "differs": "significant at 1 % and at least the floor",
        "judged": "there was a test and it could be judged",
        "test_from": "metrics (a document of its own) | validation (a validation frame that steered nothing)",
        "test_is_training": "the test frame's checksum is the training frame's",
        "test_better": "z <= -4: an easy test, or test rows in training",
        "in_sample": "training metrics are of rows the model was fitted to (not out-of-bag)",
        "stacked_leak": "H2O warned that base models saw the rows of the metalearner",
        "target_encoded": "columns whose names say that they hold an encoded target",
        "top_importance": "of the base column, one-hot levels added up",
        "time_column": "time-like by type or name, with the largest importance of those",
        "time_after": "its minimum in the test is beyond its maximum in training",
        "constant_column": "the most important column that is constant or missing in the test and not in training",
        "drift_column": "the most important column that moved between training and test",
        "drift_kind": "missing | mean | spread | constant | range | levels",
        "drift_size": "missing: share added; mean: in sd; spread: ratio; range: sd beyond",
        "drifted": "columns that moved",
        "label_z": "two proportions: share of the positive class in test against training",
        "label_ratio": "test share over training share",
        "psi": "population stability of scores, cross-validation against test",
        "psi_null": "its 99 % point for samples of this size without drift",
        "id_column": "a column that looks like an identifier or is constant per entity",
        "fold_p": "chance of so much spread between folds (chi-square over Hanley-McNeil)",
        "fold_spread": "fold sd over mean of the deciding metric",
        "skill": "1 - CV logloss / entropy of the prevalence; regression: CV R2",
        "history_rise": "median over folds of (last - least) / least of the validation loss",
        "chance_se": "|CV AUC - 0.5| in standard errors; regression: null",
    },
    "grids": {
        "bounded": "by models, by time or by early stopping; null: unknown, as its request was not seen",
        "failed": "combinations that did not train, cancelled ones apart",
        "reason": "the most frequent one, in the words of its first failure",
        "size_from": "log | request | summary (a lower bound)",
        "missing": "size - built - failed, where bounded by nothing",
        "shared": "parameter=value that all failures of the first reason share and no built model has",
        "left_hours": "for what is not built yet, at the measured rate",
        "advised_models": "random draws that reach the best 5 % with a chance of 95 %, at most the size",
    },
    "automl": {
        "skipped_for_time": "steps that did not run for want of time, each once, without those of algorithms that were switched off",
        "skipped_for_models": "steps that did not run as max_models was reached: the healthy end",
        "models_asked": "max_models was set: known, or told by models that were given no time of their own",
        "cut_short": "steps that ran when the time was over",
        "bounded": "null: unknown",
        "status": "RUNNING | DONE | CANCELLED | FAILED, by its job or its events; null: no end was seen",
        "advised_seconds": "a budget that would have sufficed for the steps that were skipped, at the measured cost"
    },
    "frames": {
        "floor_over_mean": "what even the best spread of so many chunks over so many nodes gives",
        "from": "frame | chunks | log | model (of saved models: the longest chunk lies on one node, so these are lower bounds)",
        "max_rows_over_mean": "rows of the fullest node over the mean: how much longer a pass over the rows takes than over even data",
        "max_chunks_over_mean": "the same of chunks: a slice of a larger frame has even chunks and uneven rows",
        "hollow_nodes": "nodes that hold chunks of it and no rows: the frame is a slice of a larger one",
        "cores": "of the cluster that held it; null: unknown",
        "needed_heap_bytes": "four times the frame, H2O's own advice",
    },
    "fold_audit": {
        "folds_from": "column | modulo | kept | random (not reproducible: chance of crossing is computed)",
        "group_label_share": "variance of the label within groups over all of it",
    },
}
