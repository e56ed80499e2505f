"""Which segments are seen, and which of their rows count."""

from pathlib import Path

import msgspec
import pytest

from h2o_forensics.catalog import segments as module
from h2o_forensics.catalog.frames import KEY, frames_of, locations_frame
from h2o_forensics.catalog.local_store import LocalStore
from h2o_forensics.catalog.schema import check_schema
from h2o_forensics.catalog.segments import Segments, Snapshot, segments_in
from h2o_forensics.catalog.store import VanishedError
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA
from tests.catalog_samples import ANALYSIS, place, rows_of_all, run_id, sample


@pytest.fixture
def segments(tmp_path: Path) -> Segments:
    return Segments(LocalStore(str(tmp_path)))


def write(segments: Segments, numbers: range, seen_ms: int = 1, **how: list[str]) -> str:
    made = [sample(one) for one in numbers]
    frames = frames_of(rows_of_all(made))
    frames["locations"] = locations_frame([place(one, seen_ms) for one in made])
    return segments.write(frames, **how)


def test_a_segment_is_seen_with_its_manifest(segments: Segments) -> None:
    name = write(segments, range(2))
    (manifest,) = segments.snapshot().visible.values()
    assert (manifest.id, manifest.schema) == (name, CATALOG_SCHEMA)
    assert manifest.tables == {"locations": 2, "runs": 2, "findings": 4}
    assert sorted(manifest.sums) == sorted(manifest.tables)
    segments.store.delete(module.manifest_name(name))
    assert segments.snapshot().visible == {}


def test_ids_grow_even_where_clocks_do_not(
    segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(segments, range(1))
    monkeypatch.setattr("time.time_ns", lambda: 5_000_000)  # 1970
    second = write(segments, range(1), after=[first])
    assert second > first


def test_the_greatest_id_gives_the_rows(segments: Segments) -> None:
    write(segments, range(3))
    last = write(segments, range(1, 4), after=segments_in(segments.store))
    active = segments.snapshot().active
    assert dict(active.select("run", "segment").rows())[run_id(1)] == last
    assert active.select(KEY).n_unique() == active.height == 4


def test_what_is_replaced_is_not_seen(segments: Segments) -> None:
    first = write(segments, range(2))
    second = write(segments, range(2, 4), replaces=[first])
    snapshot = segments.snapshot()
    assert list(snapshot.visible) == [second]
    assert snapshot.listed == {first, second}
    segments.remove([first])
    assert segments_in(segments.store) == [second]
    assert [one for one in segments.store.names() if first in one] == []


def test_a_segment_that_vanished_is_looked_for_again(segments: Segments) -> None:
    first = write(segments, range(2))
    calls: list[Snapshot] = []

    def work(snapshot: Snapshot) -> list[str]:
        calls.append(snapshot)
        if len(calls) == 1:  # another process merges it after it was listed
            write(segments, range(2), replaces=[first])
            segments.remove([first])
        names: list[str] = snapshot.rows("runs", ["name"])["name"].to_list()
        return names

    assert sorted(segments.settled(work)) == ["0.zip", "1.zip"]
    assert len(calls) == 2


def test_a_file_that_nobody_merged_is_missing(segments: Segments) -> None:
    name = write(segments, range(2))
    segments.store.delete(f"tables/runs/{name}.parquet")
    with pytest.raises(VanishedError, match=r"runs.*is missing"):
        segments.settled(lambda snapshot: snapshot.active)


def test_a_listing_that_misses_is_repeated(
    segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write(segments, range(2))
    listings = [[], [name], [name]]
    monkeypatch.setattr(module, "segments_in", lambda _store: listings.pop(0))
    assert list(segments.snapshot().visible) == [name]


def test_rows_of_some_columns_and_keys(segments: Segments) -> None:
    write(segments, range(3))
    snapshot = segments.snapshot()
    assert snapshot.rows("runs", ["bytes"]).columns == ["bytes"]
    assert snapshot.rows("runs", []).width == 0
    some = snapshot.active.filter(run=run_id(1))
    assert snapshot.rows("findings", ["run"], some).unique().rows() == [(run_id(1),)]
    assert snapshot.rows("jvms").height == 0
    assert set(snapshot.active["analysis"]) == {ANALYSIS}


def test_damaged_manifests_are_named(segments: Segments) -> None:
    name = write(segments, range(1))
    segments.store.write(module.manifest_name(name), b"{")
    with pytest.raises(CatalogError, match=f"{name}.json: is damaged"):
        Segments(segments.store).snapshot()
    other = {"schema": "x/1", "id": name, "made": "", "tool_version": "", "tables": {}}
    segments.store.write(module.manifest_name(name), msgspec.json.encode(other))
    with pytest.raises(CatalogError, match="is no catalog"):
        Segments(segments.store).snapshot()


@pytest.mark.parametrize("schema", ("", "1", "h2o-forensics/catalog/", "h2o-forensics/catalog/x"))
def test_schemas_that_are_none(schema: str) -> None:
    with pytest.raises(CatalogError, match="here: is no catalog"):
        check_schema(schema, "here")
    assert check_schema(CATALOG_SCHEMA, "here") == 1
