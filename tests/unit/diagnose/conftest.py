"""Findings, rules and cases made by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from h2o_forensics.diagnose import diagnose
from h2o_forensics.model.artifact import Artifact, Case, Cloud, Coverage, Gap, Node
from h2o_forensics.model.diagnosis import Diagnosis, OpenEnd, UnknownException
from h2o_forensics.model.finding import Evidence, Finding, RemedyText
from h2o_forensics.model.rule import AtLeast, CauseEdge, Rule, RuleBook, Yield

ONE, TWO = "10.0.0.1:54321", "10.0.0.2:54321"

Find = Callable[..., Finding]
Judge = Callable[..., Diagnosis]
Book = dict[str, tuple[Sequence[CauseEdge], Sequence[Yield]]]


def make_finding(
    condition: str, at: int | None = 10_000, node: str | None = ONE, **changes: Any
) -> Finding:
    proof = Evidence(
        artifact="A1",
        path=f"{condition}.log",
        kind="line",
        line=1,
        line_end=None,
        pointer=None,
        time=at,
        node=node,
        text="as it stands",
    )
    finding = Finding(
        rule=f"R-{condition}",
        condition=condition,
        title=f"Title of {condition}",
        harm="fault",
        severity="high",
        confidence=0.95,
        nodes=(node,) if node else (),
        since=None,
        first_seen=at,
        last_seen=at,
        count=1,
        message=f"{condition} happened",
        explain="",
        facts={},
        evidence=(proof,),
        remedies=(RemedyText(f"Cure {condition}", "because", None, None, None),),
    )
    return replace(finding, **changes)


def make_book(parts: Book) -> RuleBook:
    rules = tuple(
        Rule(
            id=f"R-{condition}",
            condition=condition,
            name="n",
            title="T",
            status="stable",
            since="0.1.0",
            severity="high",
            confidence="high",
            harm="fault",
            signals=(),
            when=AtLeast("s"),
            says="",
            explain="",
            false_positives="",
            facts=(),
            remedies=(),
            caused_by=tuple(edges),
            yields_to=tuple(yields),
            references=(),
            fires=(),
            silent=(),
        )
        for condition, (edges, yields) in sorted(parts.items())
    )
    return RuleBook(version="1", sha256="0", rules=rules, conditions={})


def make_case(**changes: Any) -> Case:
    artifacts = tuple(
        Artifact(
            id=name, path=f"{name}.log", kind="h2o_log", node=node, bytes=1, sha256=None, lines=1
        )
        for name, node in (("A1", ONE), ("A2", TWO))
    )
    case = Case(
        sources=("x",),
        artifacts=artifacts,
        nodes=(Node(ONE, 1), Node(TWO, 1)),
        clocks={},
        cloud=Cloud(),
        coverage=tuple(
            Coverage(node, name, "h2o_log", "INFO", -1_000_000, 1_000_000)
            for name, node in (("A1", ONE), ("A2", TWO))
        ),
        first_ms=0,
        last_ms=100_000,
    )
    return replace(case, **changes)


@pytest.fixture
def found() -> Find:
    return make_finding


@pytest.fixture
def case() -> Callable[..., Case]:
    return make_case


@pytest.fixture
def judge() -> Judge:
    def judge(
        *findings: Finding,
        book: Book | None = None,
        gaps: Sequence[Gap] = (),
        case: Case | None = None,
        unknown: Sequence[UnknownException] = (),
        ends: Sequence[OpenEnd] = (),
    ) -> Diagnosis:
        rules = make_book(book or {})
        return diagnose(findings, gaps, rules, case or make_case(), unknown, ends=ends)

    return judge


@pytest.fixture
def make_rulebook() -> Callable[[Book], RuleBook]:
    return make_book
