import pytest

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case
from tests.clock_samples import CASE, LOGS, MADE, SAMPLES

SECOND = "10.20.0.13:54321"


def read(files: dict[str, str]) -> EvidenceSet:
    return read_case(bundle_of_texts(files), BUILTIN_SIGNALS, Scanner(BUILTIN_SIGNALS))


def sample(name: str) -> EvidenceSet:
    return read({path.name: path.read_text("utf-8") for path in sorted((SAMPLES / name).iterdir())})


def times(evidence: EvidenceSet, table: str) -> list[tuple[str, int]]:
    rows = evidence.tables[table].drop_nulls("ts").sort("node", "line").iter_rows(named=True)
    return [(row["node"], round(row["ts"].timestamp() * 1000)) for row in rows]


@pytest.mark.parametrize("name", MADE)
def test_the_files_are_what_is_made(name: str) -> None:
    kept = {path.name: path.read_text("utf-8") for path in sorted((SAMPLES / name).iterdir())}
    assert kept == MADE[name].files()


@pytest.mark.parametrize("name", MADE)
def test_the_times_are_those_of_the_original(name: str) -> None:
    original = read({path.rsplit("/", 1)[1]: (CASE / path).read_text("utf-8") for path in LOGS})
    found = sample(name)
    move = round(MADE[name].move.total_seconds() * 1000)
    slack = 1000 if name == "wrong_clock" else 0  # a heartbeat
    for table in ("members", "nodes"):
        before, after = times(original, table), times(found, table)
        assert [node for node, _ in before] == [node for node, _ in after]
        assert len(before) > 1
        for (_, old), (_, new) in zip(before, after, strict=True):
            assert abs(new - old - move) <= slack
    assert found.tables["gaps"].height == original.tables["gaps"].height


@pytest.mark.parametrize(
    ("name", "zone", "because"),
    (
        ("new_year", "+00:00", "X-h2o-cluster-id"),
        ("summer_time_ends", "+02:00", "+01:00 since 2026-10-25 01:00 UTC: clocks go back"),
        ("summer_time_begins", "-05:00", "-04:00 since 2026-03-08 07:00 UTC: clocks go forward"),
        ("other_zone", "-05:00", "X-h2o-cluster-id"),
        ("wrong_clock", "+00:00", "s ahead of 10.20.0.12:54321"),
    ),
)
def test_what_is_said_of_the_second_node(name: str, zone: str, because: str) -> None:
    clock = sample(name).case.clocks[SECOND]
    assert (clock.zone, clock.how) == (zone, "stated")
    assert because in clock.because
    assert (clock.skew_ms is not None) == (name == "wrong_clock")
