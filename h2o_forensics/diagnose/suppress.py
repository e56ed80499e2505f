"""Sets findings aside that the user knows: they are shown in a list of their own, never dropped."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.diagnose.fingerprint import fingerprint
from h2o_forensics.diagnose.focus import in_focus
from h2o_forensics.diagnose.graph import Link, effects_of
from h2o_forensics.diagnose.words import why_confident
from h2o_forensics.model.artifact import Case
from h2o_forensics.model.diagnosis import JudgedFinding, Suppressed, WhyNot
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.settings import Settings, Suppression

_EPOCH_DAY = 719_163
"""Ordinal of 1970-01-01 in the calendar of Python's dates."""
_DAY_MS = 86_400_000

Notes = Mapping[int, tuple[WhyNot, ...]]


class Aside(Struct, frozen=True):
    """What is left to judge, with its notes by index, and what is not judged."""

    findings: tuple[Finding, ...]
    notes: dict[int, tuple[WhyNot, ...]]
    suppressed: tuple[Suppressed, ...]
    outside: int
    """Findings left out: not of the time or node that the user asks for."""


def set_aside(
    findings: Sequence[Finding],
    notes: Notes,
    links: Sequence[Link],
    settings: Settings,
    case: Case,
) -> Aside:
    """Take out what a suppression hides; what follows from it says so in a note.

    Args:
        findings: those that stand; a suppressed one still takes the place of those it explains.
        notes: what each stands in place of, by its index.
        links: which finding follows from which.
        settings: of several suppressions that fit, the first one hides; time and node asked for.
        case: its nodes name fingerprints, its end decides which suppressions have expired.
    """
    suppress, focus = settings.suppress, sorted(in_focus(findings, links, settings))
    hides = {index: at for index, at in _hides(findings, suppress, case).items() if index in focus}
    left = [index for index in focus if index not in hides]
    more: dict[int, list[WhyNot]] = {index: list(notes.get(index, ())) for index in left}
    for index, at in sorted(hides.items()):
        because = f"it came first here, and is suppressed: {suppress[at].reason}"
        for effect in sorted(effects_of(links, index) - hides.keys()):
            more[effect].append(WhyNot(findings[index].condition, because))
    judged: dict[int, list[JudgedFinding]] = {}
    for number, (index, at) in enumerate(sorted(hides.items()), 1):
        one = _judged(number, index, findings, links, case)
        judged.setdefault(at, []).append(replace(one, why_not=notes.get(index, ())))
    return Aside(
        findings=tuple(findings[index] for index in left),
        notes={place: tuple(more[index]) for place, index in enumerate(left) if more[index]},
        suppressed=tuple(
            Suppressed(one, _state(one, judged.get(at), case), tuple(judged.get(at, ())))
            for at, one in enumerate(suppress)
        ),
        outside=len(findings) - len(focus),
    )


def has_expired(suppression: Suppression, last_ms: int | None) -> bool:
    """Whether the evidence goes on after its last day; without a time it holds."""
    ends = (suppression.until.toordinal() - _EPOCH_DAY + 1) * _DAY_MS
    return last_ms is not None and last_ms >= ends


def _hides(
    findings: Sequence[Finding], suppress: Sequence[Suppression], case: Case
) -> dict[int, int]:
    """Index of a finding to that of the suppression that hides it."""
    nodes = sorted({node.node for node in case.nodes})
    holding = [at for at, one in enumerate(suppress) if not has_expired(one, case.last_ms)]
    hides: dict[int, int] = {}
    for index, finding in enumerate(findings):
        for at in holding:
            if _fits(suppress[at], finding, nodes):
                hides[index] = at
                break
    return hides


def _fits(one: Suppression, finding: Finding, nodes: Sequence[str]) -> bool:
    return (
        (one.rule is None or one.rule == finding.rule)
        and (one.condition is None or one.condition == finding.condition)
        and (one.node is None or finding.nodes == (one.node,))
        and (one.fingerprint is None or one.fingerprint == fingerprint(finding, nodes))
    )


def _state(one: Suppression, hidden: Sequence[JudgedFinding] | None, case: Case) -> str:
    if has_expired(one, case.last_ms):
        return "expired"
    return "held" if hidden else "unused"


def _judged(
    number: int, index: int, findings: Sequence[Finding], links: Sequence[Link], case: Case
) -> JudgedFinding:
    return JudgedFinding(
        id=f"S{number}",
        fingerprint=fingerprint(findings[index], sorted({node.node for node in case.nodes})),
        finding=findings[index],
        role="suppressed",
        caused_by=(),
        why_confident=why_confident(index, findings, links, case),
        why_not=(),
    )
