"""Logs that end in the middle of something."""

from typing import Any

import pytest

from h2o_forensics.ends import open_ends
from h2o_forensics.model.artifact import Artifact, Case, Cloud, Node
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.tables import SCHEMAS, make_table

NODE = "10.0.0.1:54321"
HEAD = "11-22 06:25:19.975 10.0.0.1:54321       5058       FJ-1-3 "
TREE = f"{HEAD} INFO hex.tree.SharedTree: 27. tree was built in 00:00:00.632"
MEMORY = (
    f"{HEAD} WARN water.default: Unblock allocations; cache below desired, but also OOM: GC "
    "CALLBACK, (K/V:2.0 MB + POJO:203.0 MB + FREE:45.0 MB == MEM_MAX:250.0 MB), desiredKV=31 OOM!"
)


def evidence(
    text: str, *, end: str = "running", asked: int | None = None, kind: str = "model", **row: Any
) -> EvidenceSet:
    place = {"node": NODE, "ts": 50_000, "artifact": "A1", "line": 9}
    known = place | {"text": text, "behind_ms": 0, "ends_in_line": False} | row
    earlier = place | {"text": TREE, "behind_ms": 5_000, "ends_in_line": False}
    requests = [] if asked is None else [place | {"ts": asked}, place | {"ts": 1}]
    rows: dict[str, list[dict[str, object]]] = {
        "log_files": [earlier, known],
        "http_requests": requests,
    }
    artifacts = (Artifact("A1", "a.log", "h2o_log", NODE, 1, None, 1),
                 Artifact("A2", "b", kind, None, 1, None, None))  # fmt: skip
    nodes = (Node(NODE, 1, end="exit"), Node(NODE, 2, end=end))
    return EvidenceSet(
        case=Case(("x",), artifacts, nodes, {}, Cloud(), (), None, None),
        tables={name: make_table(name, rows.get(name, [])) for name in SCHEMAS},
        hits=(),
        unexplained=(),
    )


def test_memory_had_run_out() -> None:
    (one,) = open_ends(evidence(MEMORY))
    assert (one.what, one.sure, one.node, one.path, one.line, one.ts) == (
        "memory", True, NODE, "a.log", 9, 50_000,
    )  # fmt: skip
    assert one.text.startswith("Unblock allocations; ")


@pytest.mark.parametrize(
    ("changes", "sure"),
    (
        ({"asked": 49_000}, True),  # it worked on after it had last spoken with a client
        ({"asked": 51_000}, False),  # the client may have been told that it is done
        ({}, False),  # no access log
        ({"asked": 49_000, "kind": "rest_cloud"}, False),  # somebody looked at it alive
    ),
)
def test_a_tree_was_being_built(changes: dict[str, Any], *, sure: bool) -> None:
    (one,) = open_ends(evidence(TREE, **changes))
    assert (one.what, one.sure) == ("work", sure)


@pytest.mark.parametrize(
    "ended",
    (
        evidence(TREE, end="exit"),
        evidence(MEMORY, ends_in_line=True),
        evidence(f"{HEAD} INFO water.default: Completing model m1"),
        evidence(f"{HEAD} INFO water.default: Collecting logs."),
        evidence("no record"),
    ),
)
def test_what_tells_nothing(ended: EvidenceSet) -> None:
    assert open_ends(ended) == ()
