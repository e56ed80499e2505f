"""Versions are ordered as versions."""

from h2o_forensics.fleet.clusters import cluster_of
from h2o_forensics.fleet.versions import version_key


def test_h2o() -> None:
    texts = ["3.46.0.7", "3.46.0.10", "3.9.1", "3.46.0.6", "3.47.0.99999"]
    ordered = ["3.9.1", "3.46.0.6", "3.46.0.7", "3.46.0.10", "3.47.0.99999"]
    assert sorted(texts, key=lambda text: version_key(text) or ()) == ordered


def test_java() -> None:
    keys = [version_key(t, java=True) for t in ("1.8.0_292", "1.8.0_301", "11.0.12", "17", "21+35")]
    assert None not in keys
    assert keys == sorted(key for key in keys if key)
    assert version_key("17.0.0", java=True) == version_key("17", java=True)
    assert version_key("11.0.20+8-LTS", java=True) == version_key("11.0.20 (Oracle)", java=True)


def test_no_version() -> None:
    assert version_key(None) is None
    assert version_key("unknown") is None


def test_sessions_are_one_cluster() -> None:
    assert cluster_of("H2O_from_python_ann_hc2cdi") == "H2O_from_python_ann_*"
    assert cluster_of("H2O_started_from_R_ann_exa001") == "H2O_started_from_R_ann_*"
    assert cluster_of("H2O_from_python_hc2cdi") == "H2O_from_python_*"
    assert cluster_of("lab") == "lab"
    assert cluster_of(None) is None
