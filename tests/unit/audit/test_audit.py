"""The fold audit: what is found, what is not, and that it is told in numbers."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from h2o_forensics.audit import audit_data
from h2o_forensics.model.tables import SCHEMAS
from h2o_forensics.model.training import InputFrame, TrainingEvidence
from tests import row_samples as samples

GROUPED = ("patient_id", "height", "weight", "pulse", "y")
PLAIN = ("a", "b", "y")


def audited(case: TrainingEvidence, *files: bytes) -> list[dict[str, Any]]:
    found = audit_data([(f"{at}.csv", data) for at, data in enumerate(files)], case)
    assert found.problems == ()
    return list(found.rows)


def test_copies_that_cross_random_folds() -> None:
    rows = samples.clean(200)
    row = audited(samples.case_of(PLAIN[:2]), samples.csv_of(PLAIN, [*rows, *rows[:50]]))[0]
    assert (row["duplicate_rows"], row["copies"], row["folds_from"]) == (100, True, "random")
    assert row["crossing_duplicates_share"] == pytest.approx(100 / 250 * 0.8)
    assert row["contrary_labels"] == 0


def test_modulo_folds_are_those_of_h2o() -> None:
    rows = samples.clean(200)
    case = samples.case_of(PLAIN[:2], fold_assignment="Modulo")
    # 200 rows later is a multiple of five: every copy is in the fold of its row.
    same = audited(case, samples.csv_of(PLAIN, rows + rows))[0]
    assert (same["copies"], same["crossing_duplicates_share"]) == (True, 0.0)
    other = audited(case, samples.csv_of(PLAIN, [*rows, *rows[1:], rows[0]]))[0]
    assert other["crossing_duplicates_share"] == 1.0
    assert (other["fold_rows_min"], other["fold_rows_max"]) == (80, 80)


def test_rows_that_are_alike_by_chance_are_no_copies() -> None:
    levels: list[tuple[object, ...]] = [
        (a, b, y) for a in range(3) for b in range(3) for y in ("no", "yes")
    ]
    coarse = [list(row) for row in levels] * 20
    row = audited(samples.case_of(PLAIN[:2]), samples.csv_of(PLAIN, coarse))[0]
    assert (row["duplicate_rows"], row["copies"]) == (360, False)
    assert row["contrary_labels"] == 360


def test_groups_that_cross_folds() -> None:
    data = samples.csv_of(GROUPED, samples.grouped(60, 10))
    row = audited(samples.case_of(GROUPED[1:4]), data)[0]
    assert (row["group_column"], row["groups"], row["rows_per_group"]) == ("patient_id", 60, 10)
    assert row["crossing_groups_share"] == pytest.approx(1 - 0.2**9)
    assert row["group_label_share"] < 0.7
    assert row["group_traits"] == 2


def test_a_fold_column_that_keeps_groups_together_is_healthy() -> None:
    rows = samples.grouped(60, 10)
    folded = [[*row[:4], int(str(row[0]).split("-")[1]) % 5, row[4]] for row in rows]
    case = samples.case_of(GROUPED[1:4], fold_column="fold", nfolds=0)
    row = audited(case, samples.csv_of((*GROUPED[:4], "fold", "y"), folded))[0]
    assert (row["folds_from"], row["folds"]) == ("column", 5)
    assert row["group_column"] == "patient_id"
    assert row["crossing_groups_share"] == 0.0
    assert (row["fold_rows_min"], row["fold_rows_max"]) == (120, 120)


def test_the_kept_assignment_tells_the_true_folds() -> None:
    rows = samples.grouped(60, 10)
    folds: samples.Rows = [[int(str(row[0]).split("-")[1]) % 3] for row in rows]
    kept = samples.csv_of(("fold_assignment",), folds)
    row = audited(samples.case_of(GROUPED[1:4]), samples.csv_of(GROUPED, rows), kept)[0]
    assert (row["folds_from"], row["folds"], row["crossing_groups_share"]) == ("kept", 3, 0.0)


def test_groups_whose_traits_explain_their_labels_are_none() -> None:
    rows = [
        [row[0], row[1], row[2], row[3], "yes" if float(str(row[1])) > 0 else "no"]
        for row in samples.grouped(100, 10)
    ]
    row = audited(samples.case_of(GROUPED[1:4]), samples.csv_of(GROUPED, rows))[0]
    assert row.get("group_column") is None


def test_a_test_of_the_same_groups_is_told() -> None:
    rows = samples.grouped(60, 10)
    case = samples.case_of(GROUPED[1:4])
    known = audited(case, *(samples.csv_of(GROUPED, part) for part in (rows[:400], rows[400:])))
    assert known[0]["group_unseen_share"] < 0.1
    others = [["new-" + str(row[0]), *row[1:]] for row in samples.grouped(30, 5, seed=9)]
    new = audited(case, samples.csv_of(GROUPED, rows), samples.csv_of(GROUPED, others))
    assert new[0]["group_unseen_share"] == 1.0


def test_labels_that_follow_time_in_random_folds() -> None:
    names = ("hour", "a", "y")
    row = audited(samples.case_of(names[:2]), samples.csv_of(names, samples.timed(600)))[0]
    assert (row["time_column"], row["time_order"], row["folds_mix_time"]) == ("hour", True, True)
    assert row["label_autocorrelation_p"] < 0.001
    assert row["label_autocorrelation"] > 0.2
    assert row["time_usable"]


def test_blocks_of_time_are_healthy_folds() -> None:
    rows = [[*row[:2], int(str(row[0])) // 120, row[2]] for row in samples.timed(600)]
    case = samples.case_of(("hour", "a"), fold_column="block", nfolds=0)
    row = audited(case, samples.csv_of(("hour", "a", "block", "y"), rows))[0]
    assert (row["folds"], row["folds_mix_time"]) == (5, False)


def test_rows_sorted_by_label_tell_nothing_of_time() -> None:
    rows = sorted(samples.clean(400), key=lambda row: str(row[2]))
    numbered = [[at, *row] for at, row in enumerate(rows)]
    names = ("seq", "a", "b", "y")
    row = audited(samples.case_of(names[:3]), samples.csv_of(names, numbered))[0]
    assert row["label_autocorrelation_p"] is None


def test_a_column_that_tells_the_label_and_fails_in_the_test() -> None:
    names = ("a", "refund", "y")
    files = [samples.told(300), samples.told(200, 2, works=False)]
    row = audited(samples.case_of(names[:2]), *(samples.csv_of(names, one) for one in files))[0]
    assert (row["target_column"], row["target_metric"], row["tells_all"]) == ("refund", "auc", True)
    assert row["target_score"] == 1.0
    assert row["target_test_score"] == 0.5
    assert row["target_columns"] == 1


def test_numbers_as_labels() -> None:
    rows = [[row[0], row[1], round(3 * float(str(row[0])), 2)] for row in samples.clean(400)]
    row = audited(samples.case_of(PLAIN[:2], "Regression"), samples.csv_of(PLAIN, rows))[0]
    assert (row["target_column"], row["target_metric"], row["tells_all"]) == ("a", "r2", True)


def test_several_classes() -> None:
    code = {"red": 3, "green": 5, "blue": 7}
    rows: samples.Rows = []
    for at, one in enumerate(samples.clean(300)):
        kind = list(code)[at * 7 % 3]
        rows.append([one[0], code[kind], kind])
    row = audited(samples.case_of(PLAIN[:2], "Multinomial"), samples.csv_of(PLAIN, rows))[0]
    assert (row["target_column"], row["target_metric"], row["tells_all"]) == ("b", "accuracy", True)


def test_test_rows_that_stand_in_training() -> None:
    train, others = samples.clean(300), samples.clean(90, 2)
    files = [samples.csv_of(PLAIN, train), samples.csv_of(PLAIN, train[:30] + others)]
    row = audited(samples.case_of(PLAIN[:2]), *files)[1]
    assert (row["data"], row["role"], row["test_rows"]) == ("1.csv", "test", 120)
    assert row["test_in_training_share"] == 0.25
    assert row["test_beyond_chance"]


def test_drift_of_a_column() -> None:
    train = samples.clean(300)
    gone = [["" if at % 3 else row[0], *row[1:]] for at, row in enumerate(samples.clean(200, 2))]
    row = audited(
        samples.case_of(PLAIN[:2]), samples.csv_of(PLAIN, train), samples.csv_of(PLAIN, gone)
    )[1]
    assert (row["drift_column"], row["drift_kind"]) == ("a", "missing")
    assert row["drift_size"] == pytest.approx(133 / 200, abs=0.01)


def test_the_rows_of_the_model_tell_which_file_is_the_training_data() -> None:
    case = samples.case_of(PLAIN[:2])
    frame = InputFrame("training_frame", "train", None, (0, 150, 300))
    model = replace(case.saved.models[0], frames=(frame,))
    case = replace(case, saved=replace(case.saved, models=(model,)))
    files = [samples.csv_of(PLAIN, samples.clean(n, n)) for n in (120, 300)]
    rows = audited(case, *files)
    assert [(row["role"], row["data"]) for row in rows] == [
        ("training", "1.csv"),
        ("test", "0.csv"),
    ]
    assert "300 rows the model was trained on" in rows[0]["notes"]
    found = audit_data([("x.csv", files[0])], case)
    assert [problem.code for problem in found.problems] == ["changed"]


def test_without_a_model_copies_are_found_all_the_same() -> None:
    rows = samples.clean(100)
    row = audited(TrainingEvidence(), samples.csv_of(PLAIN, rows + rows))[0]
    assert (row["model"], row["copies"], row["folds_from"]) == (None, True, None)
    assert row["crossing_duplicates_share"] is None


def test_parquet_and_csv_are_read_alike(tmp_path: Path) -> None:
    rows = samples.clean(300)
    data = samples.csv_of(PLAIN, [*rows, *rows[:40]])
    path = tmp_path / "rows.parquet"
    pl.read_csv(io.BytesIO(data)).write_parquet(path)
    case = samples.case_of(PLAIN[:2])
    one, other = audited(case, data)[0], audit_data([("0.csv", path)], case).rows[0]
    assert dict(one) == dict(other)
    both = audit_data([("0.csv", data), ("1.parquet", path)], case)
    assert both.rows[1]["test_in_training_share"] == 1.0


def test_rows_fit_the_declared_table() -> None:
    names = SCHEMAS["fold_audit"].keys()
    files = [samples.csv_of(GROUPED, samples.grouped(40, 8, seed)) for seed in (1, 2)]
    for found in audited(samples.case_of(GROUPED[1:4]), *files):
        assert found.keys() <= names


def test_large_files_are_sampled_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2o_forensics.audit.sheet.MOST_CELLS", 3_000)
    monkeypatch.setattr("h2o_forensics.audit.duplicates.MOST_HASHED", 1_000)
    rows = samples.clean(2_000)
    row = audited(samples.case_of(PLAIN[:2]), samples.csv_of(PLAIN, rows + rows))[0]
    assert row["sampled"] == pytest.approx(0.25, abs=0.03)
    assert row["duplicate_share"] == 1.0  # copies stay together
    assert "of its rows" in row["notes"]
    assert "in a part of 25.0%" in row["notes"]
