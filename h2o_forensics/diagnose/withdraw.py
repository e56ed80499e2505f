"""Takes back findings whose evidence another finding explains better (`yields_to`)."""

from collections.abc import Mapping, Sequence

from h2o_forensics.diagnose.lives import Lives, near
from h2o_forensics.diagnose.place import by_time, same_subject, severity_of
from h2o_forensics.model.diagnosis import WhyNot
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.rule import Rule


def withdraw(
    findings: Sequence[Finding], rules: Mapping[str, Rule], lives: Lives
) -> tuple[tuple[Finding, ...], dict[int, tuple[WhyNot, ...]]]:
    """Findings that stand, and by their index what they stand in the place of.

    It yields only to what its node went through in the same life, at about that time.
    What yields to a finding that itself yields is withdrawn too; the last one in the chain stands.
    """
    better = _better(findings, rules, lives)
    standing = [index for index in range(len(findings)) if not better[index]]
    place = {index: at for at, index in enumerate(standing)}
    replaced: dict[int, list[WhyNot]] = {}
    for index, finding in enumerate(findings):
        for winner, because in sorted(better[index].items()):
            for last in sorted(_ends(winner, better)):
                replaced.setdefault(place[last], []).append(WhyNot(finding.condition, because))
    notes = {at: tuple(dict.fromkeys(map(_key, found))) for at, found in replaced.items()}
    return (
        tuple(findings[index] for index in standing),
        {at: tuple(WhyNot(*key) for key in keys) for at, keys in notes.items()},
    )


def _key(note: WhyNot) -> tuple[str, str]:
    return (note.condition, note.because)


def _better(
    findings: Sequence[Finding], rules: Mapping[str, Rule], lives: Lives
) -> list[dict[int, str]]:
    """For each finding those it yields to, with the reason; never in a circle."""
    wanted = []
    for index, finding in enumerate(findings):
        rule = rules.get(finding.rule)
        for other in rule.yields_to if rule else ():
            for at, winner in enumerate(findings):
                if winner.condition != other.condition or winner.rule == finding.rule:
                    continue
                if _meet(finding, winner, other.same, lives):
                    wanted.append((index, at, other.because))
    # Should rules yield to each other in a circle, the better founded finding stands.
    wanted.sort(key=lambda pair: (_worth(findings[pair[0]]), pair[0], pair[1]))
    better: list[dict[int, str]] = [{} for _ in findings]
    for index, at, because in wanted:
        if index != at and index not in _reached(at, better):
            better[index].setdefault(at, because)
    return better


def _meet(finding: Finding, winner: Finding, same: str, lives: Lives) -> bool:
    """The evidence of both can be of one event."""
    if not same_subject(finding, winner):
        return False
    return near(finding, winner) and (same == "any" or lives.same_process(finding, winner))


def _worth(finding: Finding) -> tuple[float, int, bool, int]:
    unknown, first = by_time(finding)
    return (finding.confidence, severity_of(finding), not unknown, -first)


def _reached(start: int, better: Sequence[Mapping[int, str]]) -> set[int]:
    seen = {start}
    todo = [start]
    while todo:
        for at in better[todo.pop()]:
            if at not in seen:
                seen.add(at)
                todo.append(at)
    return seen


def _ends(start: int, better: Sequence[Mapping[int, str]]) -> set[int]:
    return {at for at in _reached(start, better) if not better[at]}
