"""Compaction: the same rows in fewer segments, and costs per run that stay flat."""

import os
from pathlib import Path

import msgspec
import pytest

from h2o_forensics.catalog import Catalog, compact, open_catalog
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.segments import Segments, segments_in
from tests.catalog_samples import (
    ANALYSIS,
    expected,
    fill,
    place,
    rows_of_all,
    run_id,
    sample,
    told,
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(str(tmp_path / "c"), create=True)


def segments(catalog: Catalog) -> list[str]:
    return segments_in(catalog._store)


def test_many_small_ones_become_one(catalog: Catalog) -> None:
    for one in range(5):
        fill(catalog, [one])
    before = [catalog.table(name).collect() for name in ("runs", "findings", "locations")]
    catalog.compact()
    assert len(segments(catalog)) == 1
    after = [catalog.table(name).collect() for name in ("runs", "findings", "locations")]
    assert all(one.equals(other) for one, other in zip(before, after, strict=True))
    files = [name for name in catalog._store.names("tables") if segments(catalog)[0] not in name]
    assert files == []
    assert catalog.verify() == []


def test_what_is_large_is_left_alone(catalog: Catalog) -> None:
    fill(catalog, range(200))
    (large,) = segments(catalog)
    for one in range(200, 210):
        fill(catalog, [one])
        catalog.compact()
        assert large in segments(catalog)
        assert len(segments(catalog)) <= 10
    assert told(catalog) == expected(range(210))


def test_each_row_is_written_a_few_times_only(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = Segments.write

    def counting(self: Segments, frames: dict[str, object], *args: object, **kw: object) -> str:
        written.append(frames["runs"].height if "runs" in frames else 0)  # type: ignore[attr-defined]
        return write(self, frames, *args, **kw)  # type: ignore[arg-type]

    monkeypatch.setattr(Segments, "write", counting)
    for one in range(48):
        fill(catalog, [2 * one, 2 * one + 1])
        catalog.compact()
    assert told(catalog) == expected(range(96))
    assert sum(written) <= 96 * 5  # log4(48), and once when it was new, and some


def test_rows_that_count_no_more_go(catalog: Catalog) -> None:
    fill(catalog, range(10), seen_ms=1)
    newer = [sample(one, "b" * 16) for one in range(6)]
    for result in newer:
        catalog.put_result(result.run, result.analysis, encode_result(result))
    catalog.add([place(one, 2) for one in newer], rows_of_all(newer))
    catalog.compact()
    rows = sum(one.tables["runs"] for one in catalog._segments.snapshot().visible.values())
    assert rows == catalog.table("runs").collect().height == 10
    assert len(catalog.results()) == 16  # results stay until prune


def test_a_segment_of_which_nothing_counts_goes(catalog: Catalog) -> None:
    fill(catalog, range(3), seen_ms=1)
    (old,) = segments(catalog)
    fill(catalog, range(3), seen_ms=2)
    catalog.compact()
    assert old not in segments(catalog)
    assert told(catalog) == expected(range(3))


def test_results_without_rows_get_them(catalog: Catalog) -> None:
    fill(catalog, [0])
    for number in (1, 2):
        result = sample(number)
        catalog.put_result(result.run, result.analysis, encode_result(result))
    catalog.add([place(sample(1)), place(sample(3))], {})  # 2 has no location, 3 no result
    assert catalog.tabled() == {(run_id(0), ANALYSIS)}
    catalog.compact()
    assert catalog.tabled() == {(run_id(0), ANALYSIS), (run_id(1), ANALYSIS)}


def test_two_that_merged_the_same_are_one(catalog: Catalog) -> None:
    for one in range(4):
        fill(catalog, [one])
    other = Segments(catalog._store)
    mine, theirs = catalog._segments.snapshot(), other.snapshot()
    removed: list[str] = []
    for who, snapshot in ((catalog._segments, mine), (other, theirs)):
        _ = snapshot.active, snapshot.locations
        frames = {table: snapshot.rows(table) for table in ("runs", "findings")}
        frames["locations"] = snapshot.locations
        removed.append(who.write(frames, snapshot.listed, after=snapshot.listed))
    assert len(segments(catalog)) == 6
    assert told(catalog) == expected(range(4))
    catalog.compact()
    assert segments(catalog) == [max(removed)]
    assert told(catalog) == expected(range(4))


def test_garbage_of_killed_writers_goes_when_it_is_old(catalog: Catalog, tmp_path: Path) -> None:
    fill(catalog, [1])
    folder = tmp_path / "c" / "tables" / "runs"
    old, new = folder / "0000000000001-00000000.parquet", folder / "0000000000002-00000000.parquet"
    for file in (old, new):
        file.write_bytes(b"x")
    os.utime(old, (1, 1))
    catalog.compact()
    assert not old.exists()
    assert new.exists()  # may be a writer's that goes on
    assert told(catalog) == expected([1])


def test_what_was_replaced_is_not_seen_again(catalog: Catalog) -> None:
    """A replaces B and cannot delete it; C replaces A: B must not come back."""
    for one in range(4):
        fill(catalog, [one], seen_ms=1)
    store = catalog._store
    names = segments(catalog)
    saved = {name: store.read(name) for name in store.names() if names[0] in name}
    snapshot = catalog._segments.snapshot()
    compact.merge(catalog._segments, snapshot, names, without=["/archive/0.zip"])
    for name, data in saved.items():  # deleting failed
        store.write(name, data or b"")
    assert told(catalog) == expected(range(1, 4))
    snapshot = catalog._segments.snapshot()
    compact.merge(catalog._segments, snapshot, list(snapshot.visible))
    assert told(catalog) == expected(range(1, 4))
    assert msgspec.json.decode(store.read(store.names("segments")[-1]) or b"")["replaces"]
    catalog.compact()
    assert told(catalog) == expected(range(1, 4))


def test_large_ones_are_merged_within_bounds(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compact, "_FULL", 150)
    for one in range(6):
        fill(catalog, range(20 * one, 20 * one + 20))
    catalog.compact()
    sizes = [one.size for one in catalog._segments.snapshot().visible.values()]
    assert max(sizes) <= 150 + 80
    assert told(catalog) == expected(range(120))
