"""Damaged and hostile files of rows are named problems."""

import gzip
import io
from pathlib import Path

import polars as pl
import pytest

from h2o_forensics.audit import audit_data
from h2o_forensics.audit.open_sheet import open_sheet
from tests import row_samples as samples

PLAIN = ("a", "b", "y")
DATA = samples.csv_of(PLAIN, samples.clean(120))


def parquet() -> bytes:
    target = io.BytesIO()
    pl.read_csv(io.BytesIO(DATA)).write_parquet(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    (
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b,y\n", "empty"),
        (bytes(range(256)) * 50, "bad_data"),
        (DATA.decode().encode("utf-16"), "bad_text"),
        (b"PAR1" + b"\x00" * 100, "bad_data"),
        (parquet()[:-20], "bad_data"),
        (gzip.compress(DATA)[:200], "bad_data"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 12_000_000), "ratio"),
        (b"PK\x03\x04" + DATA, "unsupported"),
        (b"x" * (17 << 20), "long_line"),
    ),
    ids=[
        "empty", "blank", "names_only", "binary", "utf16", "parquet_junk", "parquet_cut",
        "gzip_cut", "gzip_bomb", "zip", "one_line",
    ],
)  # fmt: skip
def test_what_cannot_be_used(data: bytes, code: str) -> None:
    sheet, problems = open_sheet(data, "rows.csv")
    assert sheet is None
    assert [problem.code for problem in problems][-1] == code
    assert problems[-1].artifact == "rows.csv"


def test_a_path_that_is_none(tmp_path: Path) -> None:
    assert open_sheet(tmp_path / "no.csv", "no.csv")[1][0].code == "unreadable"
    assert open_sheet(tmp_path, "dir")[1][0].code == "not_a_file"


def test_gzip_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(DATA))
    sheet, problems = open_sheet(path, path.name)
    assert problems == ()
    assert sheet is not None
    assert (sheet.rows, sheet.names) == (120, PLAIN)


@pytest.mark.parametrize("separator", (b"\t", b";", b"|"))
def test_other_separators(separator: bytes) -> None:
    sheet, problems = open_sheet(DATA.replace(b",", separator), "rows.csv")
    assert problems == ()
    assert sheet is not None
    assert sheet.names == PLAIN


def test_ragged_lines_and_other_encodings_are_read_and_named() -> None:
    data = DATA + b"1,2\n1,2,no,4,5\n" + "1,2,jä\n".encode("latin-1")
    sheet, problems = open_sheet(data, "rows.csv")
    assert sheet is not None
    assert sheet.rows == 123
    assert [problem.code for problem in problems] == ["bad_text", "bad_data"]


def test_ten_thousand_columns() -> None:
    names = [f"x{at}" for at in range(10_000)]
    line = ",".join(str(at % 7) for at in range(10_000))
    data = (",".join([*names, "y"]) + "\n" + f"{line},no\n{line},yes\n" * 30).encode()
    found = audit_data([("wide.csv", data)], samples.case_of(names))
    assert found.problems == ()
    assert found.rows[0]["contrary_labels"] == 60


def test_hostile_names_of_columns_are_only_names() -> None:
    names = ["<script>alert(1)</script>", "row", "c0", "x", "", "y", "y"]
    data = samples.csv_of(names, [[at, at % 3, 1, 2, 3, "no", "yes"] for at in range(50)])
    found = audit_data([("names.csv", data)], samples.case_of(names[:5]))
    assert found.problems == ()
    assert found.rows[0]["rows"] == 50


def test_all_missing_constant_and_one_row() -> None:
    for data in (b"a,b,y\n,,\n,,\n", b"a,b,y\n1,1,no\n", b"a,b,y\n" + b"1,,no\n" * 300):
        found = audit_data([("x.csv", data)], samples.case_of(PLAIN[:2]))
        assert len(found.rows) == 1, found.problems


def test_words_of_the_library_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 secret-cell PAR1")
    _, problems = open_sheet(path, path.name)
    assert "secret-cell" not in problems[0].message
    assert str(tmp_path) not in problems[0].message


def test_it_ends_when_told_to() -> None:
    found = audit_data([("x.csv", DATA)], samples.case_of(PLAIN[:2]), stop=lambda: "time is up")
    assert [problem.code for problem in found.problems] == ["stopped"]
    assert found.rows == ()
