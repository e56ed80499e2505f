"""A short run of benchmarks/simulate_audit.py: clean tables of varied shape raise no alarm."""

from benchmarks.simulate_audit import alarms


def test_clean_tables_raise_no_alarm() -> None:
    assert list(alarms(range(40))) == []
