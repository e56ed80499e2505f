"""Runs and findings as lists, and a run by what somebody calls it."""

import pytest
from msgspec.structs import replace

from h2o_forensics.catalog.lists import Filters, find_run, list_findings, list_runs
from h2o_forensics.errors import CatalogError
from tests import catalog_runs as runs


@pytest.fixture(scope="module")
def full() -> runs.RowsAlone:
    return runs.RowsAlone(runs.results())


def test_runs_come_with_the_latest_first(full: runs.RowsAlone) -> None:
    frame = list_runs(full, Filters())
    assert frame.columns[:3] == ["at", "run", "analysis"]
    assert frame.height == 6
    known = frame["at"].drop_nulls().to_list()
    assert known == sorted(known, reverse=True)


@pytest.mark.parametrize(
    ("filters", "names"),
    (
        (Filters(condition=("oom.*",)), {"cases/oom_import"}),
        (Filters(condition=("oom.*", "node.killed")), {"cases/oom_import", "cases/node_killed"}),
        (Filters(verdict=("failed",)), {"cases/hangs"}),
        (Filters(verdict=("healthy",)), {"cases/healthy_cluster"}),
        (Filters(version=("3.44.*",)), {"cases/distributed_exception"}),
        (Filters(cloud=("lab",), match=("*/node_*", "/archive/models/*")), {"cases/node_killed"}),
        (Filters(match=("[!c]*s/clean",)), {"models/clean"}),
        (Filters(condition=("OOM.*",)), set()),
    ),
)
def test_filters(full: runs.RowsAlone, filters: Filters, names: set[str]) -> None:
    assert set(list_runs(full, filters)["name"]) == names


def test_limit_takes_the_latest(full: runs.RowsAlone) -> None:
    every = list_runs(full, Filters())
    assert list_runs(full, Filters(limit=2)).equals(every.head(2))


def test_findings_know_their_runs(full: runs.RowsAlone) -> None:
    frame = list_findings(full, Filters(match=("cases/*_killed",)))
    assert set(frame["name"]) == {"cases/node_killed"}
    numbers = [int(one[1:]) for one in frame["finding"]]
    assert numbers == sorted(numbers)
    assert frame["at"].null_count() == 0
    only = list_findings(full, Filters(condition=("node.killed",)))
    assert set(only["condition"]) == {"node.killed"}
    assert only.height >= 1


@pytest.mark.parametrize(
    "wanted",
    ("aa11223344556677889a", "aa11", "cases/oom_import", "/archive/cases/oom_import", "AA1122"),
)
def test_a_run_has_many_names(full: runs.RowsAlone, wanted: str) -> None:
    assert find_run(full, wanted) == (runs.IDS["cases/oom_import"], runs.ANALYSIS)


@pytest.mark.parametrize(
    ("wanted", "said"),
    (
        ("cases/oom_inport", "nearest: cases/oom_import"),
        ("aa1", "no run 'aa1'"),
        ("ffff0000", "no run 'ffff0000'"),
    ),
)
def test_no_such_run(full: runs.RowsAlone, wanted: str, said: str) -> None:
    with pytest.raises(CatalogError, match=said):
        find_run(full, wanted)


def test_a_beginning_that_fits_two_runs_is_refused() -> None:
    one = runs.result_of("cases/oom_import")
    both = runs.RowsAlone([one, replace(one, run="aa11ffffffffffffffff")])
    with pytest.raises(CatalogError, match=r"may be 2 runs: aa.*; give the id"):
        find_run(both, "aa11")
