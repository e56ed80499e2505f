"""The `nodes` table quotes, for each fact, the line it was read from."""

import json

from h2o_forensics import pipeline
from h2o_forensics.rulebook import load_rulebook

_AT = "11-22 05:50:0{} 10.0.0.1:54321        4242         main  INFO water.default: {}\n"
LOG = "".join(
    _AT.format(f"{second}.100", text)
    for second, text in enumerate(
        (
            "----- H2O started  -----",
            "Java heap maxMemory: 981.5 MB",
            "JVM launch parameters: [-Xmx1g, -XX:+UseParallelGC]",
            "Cloud of size 1 formed [/10.0.0.1:54321]",
            "Cloud of size 2 formed [/10.0.0.1:54321, /10.0.0.2:54321]",
        )
    )
)


def _places() -> dict[str, list[object]]:
    evidence = pipeline.gather_texts({"node.log": LOG}, load_rulebook())
    rows = evidence.tables["nodes"].to_dicts()
    own = next(row for row in rows if row["node"] == "10.0.0.1:54321")
    places: dict[str, list[object]] = json.loads(own["places"])
    return places


def test_the_cloud_size_is_quoted_from_the_last_cloud() -> None:
    assert "Cloud of size 2 formed" in str(_places()["cloud_size"][2])


def test_the_heap_asked_for_is_quoted_from_the_command_line() -> None:
    places = _places()
    assert "-Xmx1g" in str(places["xmx_set_bytes"][2])
    assert "981.5 MB" in str(places["xmx_bytes"][2])


def test_a_snapshot_says_whose_view_it_is() -> None:
    nodes = [
        {"ip_port": "10.0.0.1:54321", "healthy": False, "last_ping": 1795339054936},
        {"ip_port": "10.0.0.2:54321", "healthy": True, "last_ping": 1795339124724},
    ]
    document = {"__meta": {"schema_name": "CloudV3"}, "node_idx": 1, "cloud_size": 2}
    text = json.dumps(document | {"nodes": nodes})
    rows = pipeline.gather_texts({"cloud.json": text}, load_rulebook()).tables["cluster_nodes"]
    assert set(rows["seen_by"]) == {"10.0.0.2:54321"}


def test_peers_at_the_same_address_are_counted() -> None:
    other = LOG.replace("10.0.0.1:54321        4242", "10.0.0.1:54323        4242")
    third = ", /10.0.0.1:54323]"
    files = {name: log.replace("10.0.0.2:54321]", f"10.0.0.2:54321{third}")
             for name, log in (("a.log", LOG), ("b.log", other))}  # fmt: skip
    rows = pipeline.gather_texts(files, load_rulebook()).tables["nodes"].to_dicts()
    own = next(row for row in rows if row["node"] == "10.0.0.1:54321")
    assert (own["peers_same_ip"], own["peers"]) == (1, 2)


def test_an_import_says_what_some_node_lacks() -> None:
    answer = {"__meta": {"schema_name": "ImportFilesV3"}, "path": "/data", "files": []}
    text = json.dumps(answer | {"fails": ["/data/a.csv", "/data/b.csv"]})
    rows = (
        pipeline.gather_texts({"import.json": text}, load_rulebook()).tables["imports"].to_dicts()
    )
    found = [(row["failed"], row["first_failed"], row["files"]) for row in rows]
    assert found == [(2, "/data/a.csv", 0)]
