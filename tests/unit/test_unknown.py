"""Which stack traces reach the diagnosis."""

from h2o_forensics.model.artifact import Artifact, Case, Cloud
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.tables import SCHEMAS, make_table
from h2o_forensics.unknown import unknown_exceptions

NODE = "10.0.0.1:54321"


def evidence(
    *,
    level: str = "ERROR",
    explained: bool = False,
    frames: str = "hex.tree.X.map",
    status: int = 200,
) -> EvidenceSet:
    place = {"node": NODE, "ts": 50_000, "artifact": "A1", "line": 9}
    rows = {
        "warnings": [place | {"level": level, "shape": "ERROR x", "explained": explained}],
        "exceptions": [
            place | {"class": "a.B", "root_class": "", "root_message": "m", "frames": frames}
        ],
        "http_requests": [place | {"ts": 49_000, "status": status}],
    }
    return EvidenceSet(
        case=Case(
            ("x",), (Artifact("A1", "a.log", "h2o_log", NODE, 1, None, 1),), (), {}, Cloud(), (),
            None, None,
        ),
        tables={name: make_table(name, rows.get(name, [])) for name in SCHEMAS},
        hits=(),
        unexplained=(),
    )  # fmt: skip


def test_a_trace_of_h2o_that_no_rule_knows() -> None:
    (one,) = unknown_exceptions(evidence())
    assert (one.level, one.name, one.message, one.path, one.line) == (
        "ERROR", "a.B", "m", "a.log", 9,
    )  # fmt: skip
    assert (one.ts, one.node, one.answered) == (50_000, NODE, False)


def test_what_is_known_milder_or_not_of_h2o_is_left_out() -> None:
    assert unknown_exceptions(evidence(explained=True)) == ()
    assert unknown_exceptions(evidence(level="WARN")) == ()
    assert unknown_exceptions(evidence(frames="java.lang.Thread.run")) == ()


def test_a_request_refused_at_that_time_was_told() -> None:
    (one,) = unknown_exceptions(evidence(status=404))
    assert one.answered
    (one,) = unknown_exceptions(evidence(status=500))
    assert not one.answered


def test_what_the_driver_of_a_job_throws() -> None:
    driver = "hex.tree.SharedTree.score\nhex.tree.SharedTree$Driver.computeImpl"
    (one,) = unknown_exceptions(evidence(frames=driver))
    assert one.in_job
    for caller in ("hex.grid.GridSearch.x", "water.api.ModelBuilderHandler.handle"):
        (one,) = unknown_exceptions(evidence(frames=f"{driver}\n{caller}"))
        assert not one.in_job
