"""What is news: told once, to who scans the archive it is in."""

import pytest
from msgspec.structs import replace

from h2o_forensics.batch.moments import iso
from h2o_forensics.batch.news import gravest, last_complete, news_of
from h2o_forensics.catalog import Catalog, open_catalog
from h2o_forensics.model.catalog import ScanRecord
from tests.catalog_samples import ANALYSIS, place, sample

HOUR = 3_600_000


@pytest.fixture
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(str(tmp_path_factory.mktemp("c")), create=True)


def record(at: int, *, ended: bool = True, archives: tuple[str, ...] = ("/archive",)) -> ScanRecord:
    started = iso(at * HOUR)
    end = iso(at * HOUR + 1) if ended else None
    return ScanRecord("s", f"{at:05}-{ended}", started, end, archives, "0", "0", ANALYSIS)


def bring(
    catalog: Catalog,
    number: int,
    at: int,
    condition: str | None = None,
    *,
    archive: str = "/archive",
    severity: str = "high",
) -> str:
    """A run that was first seen at an hour."""
    result = sample(number)
    where = place(result, at * HOUR)
    where = replace(
        where, first_seen_ms=at * HOUR, archive=archive, location=f"{archive}/{number}.zip"
    )
    verdict = "incident" if condition else "healthy"
    own = {"run": result.run, "analysis": ANALYSIS}
    runs = own | {"name": str(number), "status": "analyzed", "verdict": verdict}
    findings = own | {"finding": "F1", "severity": severity, "role": "root_cause"}
    catalog.add([where], {"runs": [runs | {"condition": condition}], "findings": [findings]})
    return result.run


def test_of_a_first_scan_all_is_news(catalog: Catalog) -> None:
    runs = {bring(catalog, 1, 1, "a.b"), bring(catalog, 2, 1)}
    told = news_of(catalog, record(1))
    assert set(told.fresh) == runs
    assert told.verdicts == {"healthy": 1, "incident": 1}
    assert told.new_causes == ("a.b",)


def test_it_is_told_once(catalog: Catalog) -> None:
    bring(catalog, 1, 1, "a.b")
    catalog.put_scan(record(1))
    new = bring(catalog, 2, 2, "a.b")
    other = bring(catalog, 3, 2, "c.d")
    told = news_of(catalog, record(2))
    assert set(told.fresh) == {new, other}
    assert told.new_causes == ("c.d",)
    catalog.put_scan(record(2))
    assert news_of(catalog, record(3)).fresh == ()
    assert news_of(catalog, record(3)).new_causes == ()


def test_what_a_scan_found_that_was_killed_is_still_news(catalog: Catalog) -> None:
    bring(catalog, 1, 1, "a.b")
    catalog.put_scan(record(1))
    new = bring(catalog, 2, 2, "c.d")
    catalog.put_scan(record(2, ended=False))
    told = news_of(catalog, record(3))
    assert (told.fresh, told.new_causes) == ((new,), ("c.d",))


def test_what_stands_in_other_archives_is_none(catalog: Catalog) -> None:
    bring(catalog, 1, 1, "a.b")
    catalog.put_scan(record(1))
    bring(catalog, 2, 2, "c.d", archive="/other")
    catalog.put_scan(record(2, archives=("/other",)))
    assert news_of(catalog, record(3)).fresh == ()
    new = bring(catalog, 3, 4, "c.d")
    told = news_of(catalog, record(4))
    assert (told.fresh, told.new_causes) == ((new,), ())  # the cause is known from elsewhere


def test_a_copy_of_what_is_known_is_none(catalog: Catalog) -> None:
    bring(catalog, 1, 1, "a.b", archive="/old")
    catalog.put_scan(record(2))
    bring(catalog, 1, 3, "a.b")
    assert news_of(catalog, record(3)).fresh == ()


def test_only_scans_of_the_same_archives_that_ended_count() -> None:
    now = record(9)
    both = record(5, archives=("/b", "/a"))
    scans = [record(1), record(2), record(3, ended=False), both, record(10), now]
    assert last_complete(scans, now) == record(2)
    assert last_complete(scans, record(9, archives=("/a", "/b"))) == both
    assert last_complete([now], now) is None


def test_the_gravest_of_some_runs(catalog: Catalog) -> None:
    mild = bring(catalog, 1, 1, "a.b", severity="low")
    bring(catalog, 2, 1, "c.d", severity="critical")
    odd = bring(catalog, 3, 1, "e.f", severity="of a newer version")
    assert gravest(catalog, None) == "critical"
    assert gravest(catalog, [mild]) == "low"
    assert gravest(catalog, [odd]) is None
    assert gravest(catalog, []) is None


def test_what_is_suppressed_is_not_grave(catalog: Catalog) -> None:
    own = {"run": sample(1).run, "analysis": ANALYSIS}
    finding = own | {"finding": "F1", "severity": "critical", "role": "suppressed"}
    catalog.add([place(sample(1))], {"runs": [own | {"status": "analyzed"}], "findings": [finding]})
    assert gravest(catalog, None) is None
