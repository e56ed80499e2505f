"""`per: subject`: one finding per model, grid or frame, with that row's numbers and quotes."""

import msgspec
from msgspec.structs import replace

from h2o_forensics.engine.evaluate import evaluate
from h2o_forensics.model.artifact import Artifact, Case, Cloud
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import AnyOf, AtLeast, Fact, Rule, Signal
from h2o_forensics.model.tables import make_table

RULE = Rule(
    id="TST001",
    condition="cv.test_drift",
    name="n",
    title="The test is worse",
    status="stable",
    since="0.1.0",
    severity="medium",
    confidence="medium",
    harm="risk",
    signals=(
        Signal("TST001", "worse", table="model_checks", where="differs AND cv_value > 0.5"),
        Signal("TST001", "stacked", table="model_checks", where="stacked"),
    ),
    when=AtLeast("worse", per="subject"),
    says="{model} ({subject}): {cv_value} against {test_value}",
    explain="",
    facts=(Fact("algos", table="models", of="algo", take="list"),),
    remedies=(),
    caused_by=(),
    yields_to=(),
    false_positives="",
    references=("x",),
    fires=(),
    silent=(),
)


def row(model: str, cv: float, test: float, *, stacked: bool = False) -> dict[str, object]:
    places = {
        "cv_value": ["A1", None, f"AUC = {cv}", "/cross_validation_metrics/AUC"],
        "differs": ["A2", None, f"AUC = {test}", "/model_metrics/0/AUC"],
    }
    return {
        "artifact": "A1", "pointer": "/models/0", "model": model, "differs": True,
        "stacked": stacked, "cv_value": cv, "test_value": test,
        "places": msgspec.json.encode(places).decode(),
    }  # fmt: skip


def found(rule: Rule, *rows: dict[str, object]) -> tuple[Finding, ...]:
    artifacts = tuple(
        Artifact(name, f"{name}.json", kind="model", node=None, bytes=1, sha256=None, lines=1)
        for name in ("A1", "A2")
    )  # fmt: skip
    case = Case(
        sources=("x",), artifacts=artifacts, nodes=(), clocks={}, cloud=Cloud(), coverage=(),
        first_ms=None, last_ms=None,
    )  # fmt: skip
    models = [{"artifact": "A1", "model": one["model"], "algo": f"{one['model']}o"} for one in rows]
    tables = {
        "model_checks": make_table("model_checks", rows),
        "models": make_table("models", models),
    }
    return evaluate([rule], EvidenceSet(case=case, tables=tables, hits=(), unexplained=()))[0]


def test_each_model_has_its_own_finding() -> None:
    first, second = found(RULE, row("a", 0.9, 0.5), row("b", 0.8, 0.4))
    assert (first.subject, second.subject) == ("model a", "model b")
    assert first.message == "a (model a): 0.9 against 0.5"
    assert second.message == "b (model b): 0.8 against 0.4"
    assert (first.facts["algos"], second.facts["algos"]) == ("ao", "bo")


def test_every_column_is_quoted_from_where_it_was_read() -> None:
    (finding,) = found(RULE, row("a", 0.9, 0.5))
    quoted = [(one.path, one.kind, one.pointer, one.text) for one in finding.evidence]
    assert sorted(quoted) == [
        ("A1.json", "pointer", "/cross_validation_metrics/AUC", "AUC = 0.9"),
        ("A2.json", "pointer", "/model_metrics/0/AUC", "AUC = 0.5"),
    ]


def test_alternatives_about_one_model_are_one_finding() -> None:
    either = replace(
        RULE,
        when=AnyOf((AtLeast("worse", per="subject"), AtLeast("stacked", per="subject"))),
    )
    models = [
        finding.subject
        for finding in found(either, row("a", 0.9, 0.5, stacked=True), row("b", 0.8, 0.4))
    ]
    assert models == ["model a", "model b"]
