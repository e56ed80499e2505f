"""Clocks of whole cases: what their tables say of the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.errors import SettingsError
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.artifact import Clock
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.settings import Settings
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case

Read = Callable[..., EvidenceSet]
NODE, OTHER = "127.0.0.1:54321", "127.0.0.1:54323"
BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def record(
    moment: datetime, text: str, zone: tzinfo = UTC, node: str = NODE, level: str = "INFO"
) -> str:
    local = moment.astimezone(zone)
    stamp = f"{local:%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"
    return f"{stamp} {node:<22}12528        main {level:>5} water.default: {text}\n"


def banner(moment: datetime, zone: tzinfo = UTC, node: str = NODE) -> str:
    return record(moment, "----- H2O started  -----", zone, node) + record(
        moment, f"X-h2o-cluster-id: {round(moment.timestamp() * 1000) - 900}", zone, node
    )


def warn(moment: datetime, text: str, zone: tzinfo = UTC, node: str = NODE) -> str:
    return record(moment, text, zone, node, "WARN")


def read(files: dict[str, str], settings: Settings | None = None) -> EvidenceSet:
    scanner = Scanner(BUILTIN_SIGNALS)
    return read_case(bundle_of_texts(files), BUILTIN_SIGNALS, scanner, settings or Settings())


def warned(evidence: EvidenceSet) -> list[datetime]:
    """When the WARN records were written, in order of lines; all of them have a time."""
    rows = evidence.tables["warnings"].sort("artifact", "line")
    return [ts.replace(tzinfo=UTC) for ts in rows["ts"].to_list()]


def clock(evidence: EvidenceSet, node: str = NODE) -> Clock:
    return evidence.case.clocks[node]


def test_new_year_inside_a_file() -> None:
    moments = [at(2026, 12, 31, 23, 59, 59), at(2027, 1, 1, 0, 0, 1), at(2027, 3, 1, 6)]
    found = read(
        {"a.log": banner(at(2026, 12, 31, 23)) + "".join(warn(one, f"w{one}") for one in moments)}
    )
    assert warned(found) == moments
    assert (clock(found).how, clock(found).year) == ("stated", 2026)


def test_a_log_of_many_years() -> None:
    moments = [at(2024, 2, 29, 12) + timedelta(days=40) * step for step in range(30)]
    found = read(
        {
            "a.log": banner(moments[0])
            + "".join(warn(one, f"x{chr(97 + step)}") for step, one in enumerate(moments))
        }
    )
    assert warned(found) == moments
    (row,) = found.tables["nodes"].iter_rows(named=True)
    assert row["last_seen"].replace(tzinfo=UTC) == moments[-1]


@pytest.mark.parametrize(
    "names", (("x.log.1", "x.log.2", "x.log"), ("x.log.2", "x.log.1", "x.log"))
)
def test_rotated_files_over_new_year(names: tuple[str, ...]) -> None:
    days = [at(2026, 12, 20), at(2026, 12, 30), at(2027, 1, 3)]
    texts = [
        banner(days[0]) + warn(days[0], "first"),
        warn(days[1], "second") + warn(at(2027, 1, 1, 1), "third"),
        warn(days[2], "fourth"),
    ]
    found = read(dict(zip(names, texts, strict=True)))
    assert sorted(warned(found)) == [days[0], days[1], at(2027, 1, 1, 1), days[2]]
    (row,) = found.tables["nodes"].iter_rows(named=True)
    assert row["last_seen"].replace(tzinfo=UTC) == days[2]
    assert found.case.last_ms == round(days[2].timestamp() * 1000)


def test_an_anchor_after_new_year_dates_what_is_before_it() -> None:
    old, late = at(2026, 9, 1), at(2027, 1, 5)
    text = warn(old, "old") + banner(late) + warn(late, "late")
    assert warned(read({"a.log": text})) == [old, late]


def test_a_restart_in_another_zone() -> None:
    first, second = at(2026, 11, 22, 6), at(2026, 11, 22, 9)
    zone = timezone(timedelta(hours=-5))
    text = banner(first) + warn(first, "one") + banner(second, zone) + warn(second, "two", zone)
    found = read({"a.log": text})
    assert warned(found) == [first, second]
    assert "-05:00" in clock(found).because


@pytest.mark.parametrize("turn", (at(2026, 10, 25, 1), at(2026, 3, 29, 1)))
def test_summer_time_by_the_calendar(turn: datetime) -> None:
    moments = [turn + timedelta(minutes=step) for step in range(-70, 100, 5)]
    text = "".join(
        warn(one, f"at {chr(97 + step // 26)}{chr(97 + step % 26)}", BERLIN)
        for step, one in enumerate(moments)
    )
    found = read({"a.log": banner(moments[0], BERLIN) + text})
    assert warned(found) == moments
    assert "as in Europe/Berlin" in clock(found).because
    assert found.tables["gaps"].filter(found.tables["gaps"]["silent_ms"] > 400_000).is_empty()


def test_summer_time_where_the_zone_is_named() -> None:
    moments = [at(2026, 10, 25, 0, 20), at(2026, 10, 25, 2, 40)]
    text = "".join(warn(one, f"w{one}", BERLIN) for one in moments)
    told = record(moments[0], "JVM launch parameters: [-Duser.timezone=Europe/Berlin]", BERLIN)
    found = read({"a.log": banner(moments[0], BERLIN) + told + text})
    assert warned(found) == moments
    assert "-Duser.timezone=Europe/Berlin" in clock(found).because


def test_summer_time_by_two_anchors_only() -> None:
    zone, later = timezone(timedelta(hours=4)), timezone(timedelta(hours=3))  # on no known day
    first, second = at(2026, 7, 7, 10), at(2026, 7, 7, 10, 30)
    gc = f"GC CALLBACK: {round(second.timestamp() * 1000)}, USED:1"
    text = (
        banner(first, zone)
        + warn(first, "a", zone)
        + warn(second, "b", later)
        + record(second, gc, later)
    )
    found = read({"a.log": text})
    assert warned(found) == [first, second]
    assert "from +04:00 to +03:00" in clock(found).because


@pytest.mark.parametrize(("back", "notes"), ((3, 0), (540, 0), (2_400, 1), (3_600, 1)))
def test_a_clock_set_back_is_no_summer_time(back: int, notes: int) -> None:
    first = at(2026, 7, 7, 10)
    second = first - timedelta(seconds=back)
    found = read({"a.log": banner(first) + warn(first, "one") + warn(second, "two")})
    assert warned(found) == [first, second]
    assert clock(found).because.count("nothing tells why") == notes
    assert clock(found).zone == "+00:00"


def test_the_user_states_year_and_zone() -> None:
    moment = at(2025, 8, 1, 12)
    found = read(
        {"a.log": warn(moment, "x", BERLIN)}, Settings(year=2025, timezone="Europe/Berlin")
    )
    assert warned(found) == [moment]
    assert (clock(found).zone, clock(found).year) == ("+02:00", 2025)
    assert "--year 2025" in clock(found).because
    assert "--timezone Europe/Berlin" in clock(found).because


def test_the_user_knows_better_than_the_log() -> None:
    moment = at(2026, 12, 31, 12)
    found = read(
        {"a.log": banner(moment) + warn(moment, "x") + warn(at(2027, 1, 1), "y")},
        Settings(year=2020, timezone="+02:00"),
    )
    assert warned(found) == [at(2020, 12, 31, 10), at(2020, 12, 31, 22)]
    assert "which would make it 2026" in clock(found).because
    assert "which would make it +00:00" in clock(found).because


def test_a_stated_year_is_of_the_first_record_of_all() -> None:
    files = {
        "a.log": banner(at(2026, 12, 31)) + warn(at(2026, 12, 31), "x"),
        "b.log": banner(at(2027, 1, 2), node=OTHER) + warn(at(2027, 1, 2), "y", node=OTHER),
    }
    assert sorted(warned(read(files, Settings(year=2020)))) == [at(2020, 12, 31), at(2021, 1, 2)]


@pytest.mark.parametrize(
    "zone", ("Europe/Nowhere", "+25:00", "+01:99", "../etc/passwd", "", "Europe")
)
def test_a_zone_that_does_not_exist(zone: str) -> None:
    with pytest.raises(SettingsError, match="--timezone"):
        read({"a.log": "x"}, Settings(timezone=zone))


@pytest.mark.parametrize("year", (0, -1, 99_999))
def test_a_year_that_cannot_be(year: int) -> None:
    with pytest.raises(SettingsError, match="--year"):
        read({"a.log": "x"}, Settings(year=year))


@pytest.mark.parametrize(
    ("text", "zone"), (("UTC", "+00:00"), ("-0530", "-05:30"), ("UTC+2", "+02:00"))
)
def test_ways_to_name_a_zone(text: str, zone: str) -> None:
    found = read(
        {"a.log": banner(at(2026, 11, 22)) + warn(at(2026, 11, 22), "x")}, Settings(timezone=text)
    )
    assert clock(found).zone == zone


def cloud(moment: datetime, zone: tzinfo, node: str, ahead: timedelta = timedelta()) -> str:
    members = f"localhost/{NODE}, localhost/{OTHER}"
    return record(moment + ahead, f"Cloud of size 2 formed [{members}]", zone, node) + record(
        moment + ahead + timedelta(minutes=3), "Locking cloud to new members, because x", zone, node
    )


def test_a_node_without_anchor_has_the_zone_in_which_both_saw_the_cloud() -> None:
    moment, zone = at(2026, 11, 22, 6), timezone(timedelta(hours=-5))
    found = read(
        {
            "a.log": banner(moment) + cloud(moment, UTC, NODE),
            "b.log": cloud(moment, zone, OTHER) + warn(moment, "x", zone, OTHER),
        }
    )
    assert warned(found) == [moment]
    assert (clock(found, OTHER).zone, clock(found, OTHER).how) == ("-05:00", "inferred")
    assert "cloud events" in clock(found, OTHER).because


def test_a_wrong_clock_is_put_right() -> None:
    moment, ahead = at(2026, 11, 22, 6), timedelta(seconds=37)
    found = read(
        {
            "a.log": banner(moment) + cloud(moment, UTC, NODE),
            "b.log": banner(moment + ahead, node=OTHER)
            + cloud(moment, UTC, OTHER, ahead)
            + warn(moment + ahead, "x", node=OTHER),
        }
    )
    skews = {node: one.skew_ms for node, one in found.case.clocks.items()}
    assert skews == {NODE: None, OTHER: 37_000}
    assert warned(found) == [moment]
    assert "37.0 s ahead of" in clock(found, OTHER).because


def test_what_wraps_the_lines_states_the_time() -> None:
    """`kubectl logs --timestamps` of a pod whose banner was rotated away."""
    moments = [at(2026, 11, 22, 6) + timedelta(seconds=7 * step) for step in range(40)]
    zone = timezone(timedelta(hours=-5))
    text = "".join(
        f"{one:%Y-%m-%dT%H:%M:%S}.004000000Z {warn(one, f'w{step}', zone)}"
        for step, one in enumerate(moments)
    )
    found = read({"pod.log": text})
    assert warned(found)[:1] == moments[:1]
    assert (clock(found).zone, clock(found).year) == ("-05:00", 2026)
    assert "pod.log" in clock(found).because


def test_a_cloud_snapshot_names_the_zone_of_the_node_that_answered() -> None:
    moments = [at(2026, 10, 25, 0, 20), at(2026, 10, 25, 2, 40)]
    text = "".join(warn(one, f"w{one}", BERLIN) for one in moments)
    snapshot = (
        '{"__meta":{"schema_name":"CloudV3"},"node_idx":0,"cloud_size":1,'
        '"cloud_internal_timezone":"Europe/Berlin",'
        f'"nodes":[{{"ip_port":"{NODE}","last_ping":1792899600000,"healthy":true}}]}}'
    )
    found = read({"a.log": text, "cloud.json": snapshot})
    assert warned(found) == moments
    assert "cloud_internal_timezone Europe/Berlin" in clock(found).because
