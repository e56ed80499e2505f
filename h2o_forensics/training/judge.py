"""Judges saved models: test against cross-validation, and the signs that tell causes apart.

`Judged.signs` holds columns of `model_checks` (`model.training_tables` notes each).  A column that
is not there is null in the table, and null is never "no":

- no `score`, `differs`, `gap`: there is no test, or no metric in common; `judged` is false then,
  and also where a test is too small (`gap` is there, `score` is not).
- no `top_importance`, `time_importance`, `drift_importance`, `constant_importance`: the model
  states no importances (stacked ensembles, MOJOs without details); 0 is a column it does not use.
- no `time_column`: no column is time-like.  No `time_after`: a frame summary is missing, or has
  no least and greatest value of it; false: the test is not after the training.
- no `drifted`: one of the two frame summaries is missing; 0: both are there and nothing moved.
  `drift_*` and `constant_*` are null in both.
- no `label_z`, `psi`: no test, or regression; PSI also needs both tables of scores.
- no `fold_*`: not cross-validated (or H2O gave no values per fold); no `fold_p`: nothing tells
  how far chance alone spreads this metric; `folds_unstable` is false then.
- no `skill`, `chance_se`, `cv_*`: not cross-validated.  No `history_rise`: no validation loss.
- no `id_column`: none found, or no training frame summary.  No `id_unseen`: no test frame summary,
  or levels that are not listed in full.
- no `in_sample`: no training metrics, or an imported model; no `stopping_rounds`: H2O's algorithm
  has none.  No `stacked_leak`: no ensemble, or its base models are not all in the evidence.
- no `target_encoding`: no target encoder in the evidence, whatever `target_encoded` says.
- no `lead_se`: the only model, or nothing to tell a standard error from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.training import Judged
from h2o_forensics.training.columns import column_shares
from h2o_forensics.training.groups import Board, Trial, boards, try_tests
from h2o_forensics.training.join import (
    find_frame,
    join,
    known,
    metrics_of,
    models_to_judge,
    training_frame,
)
from h2o_forensics.training.notes import notes_of
from h2o_forensics.training.signs_columns import column_signs
from h2o_forensics.training.signs_fit import fit_signs, fold_signs, label_signs
from h2o_forensics.training.signs_quote import Looked, Signs
from h2o_forensics.training.signs_result import result_signs, training_signs
from h2o_forensics.training.signs_stacked import encoders_of, encoding_signs, stacked_signs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from h2o_forensics.model.training import Frame, Metrics, Model, Saved

__all__ = ["judge"]

_JUDGED = frozenset({"Binomial", "Multinomial", "Ordinal", "Regression"})
_SIGNS = (result_signs, training_signs, column_signs, label_signs, fold_signs, fit_signs)


class _Case(Struct, frozen=True):
    frames: tuple[Frame, ...]
    models: Mapping[str, Model]
    encoders: tuple[Model, ...]


def judge(saved: Saved) -> tuple[Judged, ...]:
    """Judge every supervised model of a case, in order of `saved.models`.

    One model of each leaderboard is its leader; its signs also hold `models`, `flagged`,
    `flagged_share` and `lead_se` of the leaderboard.
    """
    joining = known(saved)
    chosen = models_to_judge(saved)
    case = _Case(saved.frames, {one.id: one for one in chosen}, encoders_of(chosen))
    trials = [try_tests(join(joining, one)) for one in chosen if _is_judged(one)]
    found: dict[int, Judged] = {}
    for board in boards(trials):
        for index in board.members:
            leads = index == board.members[0]
            found[index] = _judge(trials[index], board, case, leads=leads)
    return tuple(found[index] for index in sorted(found))


def _is_judged(model: Model) -> bool:
    return model.category in _JUDGED and bool(model.metrics or model.base_models)


def _judge(trial: Trial, board: Board, case: _Case, *, leads: bool) -> Judged:
    looked = _look(trial, case)
    signs = Signs(looked.model)
    wild = trial.wild
    for set_signs in _SIGNS:
        try:
            set_signs(looked, signs)
        except ArithmeticError:  # a damaged document: an AUC of 1e300, a class of 1e-300 rows
            wild = True
    stacked_signs(looked, signs, case.models)
    encoding_signs(looked, signs, case.encoders)
    if leads:
        models = len(board.members)
        signs.put("models", models)
        signs.put("flagged", board.flagged)
        signs.put("flagged_share", board.flagged / models)
        signs.put("lead_se", board.lead_se)
    return Judged(
        model=looked.model.id,
        comparisons=looked.comparisons,
        test=looked.test,
        signs=signs.done(),
        leader=leads,
        notes=notes_of(looked, board, leads=leads, wild=wild),
    )


def _look(trial: Trial, case: _Case) -> Looked:
    joined, at = trial.joined, trial.worst()
    test_from, test = (None, None) if at is None else joined.tests[at]
    return Looked(
        joined=joined,
        training=metrics_of(joined.model, "training"),
        cv=metrics_of(joined.model, "cross_validation"),
        test=test,
        test_from=test_from,
        comparisons=() if at is None else trial.results[at],
        train_frame=find_frame(case.frames, *training_frame(joined.model)),
        test_frame=_test_frame(case, test),
        shares=column_shares(joined.model),
    )


def _test_frame(case: _Case, test: Metrics | None) -> Frame | None:
    return None if test is None else find_frame(case.frames, test.frame, {test.frame_checksum})
