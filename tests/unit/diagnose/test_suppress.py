"""Findings set aside: their effects say so, what they replaced stays replaced."""

from datetime import date

from msgspec.structs import replace

from h2o_forensics.diagnose import diagnose
from h2o_forensics.diagnose.suppress import has_expired
from h2o_forensics.model.artifact import Case, Cloud
from h2o_forensics.model.diagnosis import Diagnosis
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import CauseEdge, Yield
from h2o_forensics.model.settings import Settings, Suppression
from tests.unit.diagnose.conftest import make_book, make_finding

DAY_MS = 86_400_000
KNOWN = Suppression(reason="known", until=date(1970, 1, 10), condition="a")
CASE = Case((), (), (), {}, Cloud(), (), 0, 5 * DAY_MS)


def judge(*found: Finding, case: Case = CASE) -> Diagnosis:
    book = make_book(
        {
            "a": ((), ()),
            "b": ((CauseEdge("a", "it follows"),), ()),
            "c": ((), (Yield("a", "a says more"),)),
        }
    )
    return diagnose(found, (), book, case, settings=Settings(suppress=(KNOWN,)))


def test_an_effect_of_what_is_suppressed_is_judged_and_says_so() -> None:
    diagnosis = judge(make_finding("a"), make_finding("b", 11_000))
    (effect,) = diagnosis.findings
    assert (effect.finding.condition, effect.role) == ("b", "root_cause")
    assert [no.condition for no in effect.why_not] == ["a"]
    assert "suppressed: known" in effect.why_not[0].because
    (hidden,) = diagnosis.suppressed
    assert [one.finding.condition for one in hidden.findings] == ["a"]


def test_what_a_suppressed_finding_explains_better_stays_withdrawn() -> None:
    diagnosis = judge(make_finding("a"), make_finding("c"))
    assert diagnosis.findings == ()
    (hidden,) = diagnosis.suppressed
    assert [no.condition for no in hidden.findings[0].why_not] == ["c"]


def test_after_the_last_day_it_hides_nothing() -> None:
    diagnosis = judge(make_finding("a"), case=replace(CASE, last_ms=10 * DAY_MS))
    assert [one.finding.condition for one in diagnosis.findings] == ["a"]
    assert [(one.state, one.findings) for one in diagnosis.suppressed] == [("expired", ())]


def test_the_last_day_counts_whole_and_no_time_holds() -> None:
    assert not has_expired(KNOWN, 10 * DAY_MS - 1)
    assert has_expired(KNOWN, 10 * DAY_MS)
    assert not has_expired(KNOWN, None)
