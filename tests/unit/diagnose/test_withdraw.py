"""`yields_to`: what explains the same evidence better stands."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from h2o_forensics.model.diagnosis import Diagnosis, WhyNot
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import Yield

Find = Callable[..., Finding]
Judge = Callable[..., Diagnosis]
OTHER = "10.0.0.2:54321"
TO_KILLED: Any = {"node.frozen": ((), (Yield("node.killed", "gone, not still"),))}


def conditions(diagnosis: Diagnosis) -> list[str]:
    return [judged.finding.condition for judged in diagnosis.findings]


def test_the_better_explanation_stands_and_says_so(found: Find, judge: Judge) -> None:
    diagnosis = judge(found("node.frozen"), found("node.killed"), book=TO_KILLED)
    assert conditions(diagnosis) == ["node.killed"]
    assert diagnosis.findings[0].why_not == (WhyNot("node.frozen", "gone, not still"),)


def test_only_on_the_same_node_unless_one_has_none(found: Find, judge: Judge) -> None:
    elsewhere = judge(found("node.frozen"), found("node.killed", node=OTHER), book=TO_KILLED)
    assert sorted(conditions(elsewhere)) == ["node.frozen", "node.killed"]
    unknown = judge(found("node.frozen"), found("node.killed", node=None), book=TO_KILLED)
    assert conditions(unknown) == ["node.killed"]
    anywhere: Any = {"node.frozen": ((), (Yield("node.killed", "x", same="any"),))}
    diagnosis = judge(found("node.frozen"), found("node.killed", node=OTHER), book=anywhere)
    assert conditions(diagnosis) == ["node.killed"]


def test_a_chain_leaves_its_end(found: Find, judge: Judge) -> None:
    book: Any = {
        "a": ((), (Yield("b", "a-b"),)),
        "b": ((), (Yield("c", "b-c"),)),
    }
    diagnosis = judge(found("a"), found("b"), found("c"), book=book)
    assert conditions(diagnosis) == ["c"]
    assert set(diagnosis.findings[0].why_not) == {WhyNot("a", "a-b"), WhyNot("b", "b-c")}


def test_a_circle_leaves_the_better_founded(found: Find, judge: Judge) -> None:
    book: Any = {"a": ((), (Yield("b", "x"),)), "b": ((), (Yield("a", "y"),))}
    diagnosis = judge(found("a", confidence=0.75), found("b"), book=book)
    assert conditions(diagnosis) == ["b"]


def test_what_is_said_of_another_model_replaces_nothing(found: Find, judge: Judge) -> None:
    book: Any = {"cv.overfit": ((), (Yield("cv.test_drift", "x"),))}
    one, other = found("cv.overfit"), found("cv.test_drift")
    same = judge(replace(one, subject="model a"), replace(other, subject="model a"), book=book)
    assert conditions(same) == ["cv.test_drift"]
    apart = judge(replace(one, subject="model a"), replace(other, subject="model b"), book=book)
    assert sorted(conditions(apart)) == ["cv.overfit", "cv.test_drift"]
