"""Real sessions of h2o-py (fixtures/samples/client): with the server's side, and without it."""

from pathlib import Path

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.finding import Finding

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples" / "client"


def roots(found: Analysis) -> list[Finding]:
    by_id = {judged.id: judged.finding for judged in found.diagnosis.findings}
    return [by_id[one] for one in found.diagnosis.root_causes]


@pytest.mark.parametrize(
    ("sample", "condition", "node"),
    (("died", "server.died", "127.0.0.1:56110"), ("shared", "server.shared", "127.0.0.1:56140")),
)
def test_the_servers_side_decides(sample: str, condition: str, node: str) -> None:
    found = pipeline.analyze([SAMPLES / sample])
    first, *others = roots(found)
    assert (found.diagnosis.verdict, first.condition, first.nodes) == (
        "incident",
        condition,
        (node,),
    )
    assert first.first_seen is not None
    assert not others


def test_a_client_alone_does_not_tell_a_restart_from_a_second_user() -> None:
    found = pipeline.analyze([SAMPLES / "shared" / "ann.log"])
    assert found.diagnosis.verdict == "insufficient_evidence"
    assert {one.condition for one in roots(found)} == {"client.error"}
    assert any("DELETE /3/DKV" in gap.fetch for gap in found.diagnosis.gaps)


def test_the_other_users_session_is_sound() -> None:
    found = pipeline.analyze([SAMPLES / "shared" / "bob.log"])
    assert not found.diagnosis.root_causes


def test_a_client_that_lost_its_server_says_so_alone() -> None:
    found = pipeline.analyze([SAMPLES / "died" / "client.log"])
    assert [one.condition for one in roots(found)] == ["server.died"]
