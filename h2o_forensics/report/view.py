"""What all formats share: how a report's parts are put in order and its numbers into words."""

from datetime import datetime
from itertools import count

from msgspec import Struct

from h2o_forensics.report.moments import iso
from h2o_forensics.report.shape import (
    EvidenceItem,
    FindingItem,
    GapItem,
    Report,
    SuppressedItem,
    Value,
)

VERDICTS = {
    "incident": "Incident",
    "at_risk": "At risk",
    "healthy": "Healthy",
    "insufficient_evidence": "Not enough evidence",
}
SEVERITIES = ("critical", "high", "medium", "low", "info")
_SURE = ((0.9, "almost certain"), (0.75, "very likely"), (0.5, "likely"), (0.0, "a guess"))
_ASIDE = frozenset(
    {"subject", "model", "node", "nodes", "count", "first_seen", "last_seen", "since"}
)
"""Facts that the head of a card says."""
_MOMENTS = 1e12, 1e13
_KIB = 1024
_THOUSAND, _TENTH, _TINY = 999.5, 0.0995, 0.0001
_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000


class Step(Struct, frozen=True):
    """One link of the chain; `because` and `lag_ms` tie it to the step that caused it."""

    finding: FindingItem
    because: str
    lag_ms: int | None
    cause: str | None


def timeless(subject: str | None) -> bool:
    """Whether a finding is about a property, of a model or a frame, which has no moment."""
    return subject is not None and subject.startswith(("model ", "frame "))


def has_moment(finding: FindingItem) -> bool:
    """Whether its card says when: not of models and frames, and of a run only where it is known."""
    known = finding.first_seen is not None
    return finding.subject is None or (known and not timeless(finding.subject))


def shown_facts(finding: FindingItem) -> dict[str, str]:
    """The numbers of a finding in words, those that are known, each once; moments as moments."""
    shown: dict[str, str] = {}
    seen: set[Value] = set()
    for name, value in finding.facts.items():
        if value is None or name in _ASIDE or name.endswith("_or_not"):
            continue
        if isinstance(value, float):
            if value in seen:
                continue
            seen.add(value)
        is_time = finding.subject is not None and _is_moment(name, value)
        shown[name] = moment(iso(int(value))) if is_time else fact(name, value)
    return shown


def _is_moment(name: str, value: Value) -> bool:
    """Epoch milliseconds of 2001 and later."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and not name.endswith(("_bytes", "_ms")) and _MOMENTS[0] < value < _MOMENTS[1]  # type: ignore[operator]


def first_cause(report: Report) -> FindingItem | None:
    """The finding ranked first, if there is one."""
    return report.root_causes[0] if report.root_causes else None


def chain(report: Report, cause: FindingItem) -> tuple[Step, ...]:
    """The cause and everything that followed from it, in order of time."""
    steps = {cause.id: Step(cause, "", None, None)}
    waiting = [cause.id]
    while waiting:
        ident = waiting.pop(0)
        for finding in report.findings:
            link = next((link for link in finding.caused_by if link.finding == ident), None)
            if link is not None and finding.id not in steps:
                steps[finding.id] = Step(finding, link.because, link.lag_ms, ident)
                waiting.append(finding.id)
    rank = count()
    followers = list(steps.values())[1:]
    order = {step.finding.id: (step.finding.first_seen or "~", next(rank)) for step in followers}
    followers.sort(key=lambda step: order[step.finding.id])
    return (steps[cause.id], *followers)


def quotes(report: Report, cause: FindingItem) -> tuple[EvidenceItem, ...]:
    """The cause's evidence; of a risk, which shows no harm itself, one place and one of the harm.

    A risk does harm from its first effect on, so all its own evidence is older (or has no time).
    """
    begun = cause.first_seen
    followers = [step.finding for step in chain(report, cause)[1:] if step.finding.evidence]
    if begun is None or not followers:
        return cause.evidence
    if any(item.time is not None and item.time >= begun for item in cause.evidence):
        return cause.evidence
    return (*cause.evidence[:1], followers[0].evidence[0])


def wanted(gap: GapItem) -> str:
    """What to fetch, with the node it is about named once."""
    what = gap.fetch or gap.source
    if gap.node is None or gap.node in what:
        return what
    return f"{gap.node}: {what}"


def others(report: Report) -> tuple[FindingItem, ...]:
    """Findings that are no root cause."""
    roots = {finding.id for finding in report.root_causes}
    return tuple(finding for finding in report.findings if finding.id not in roots)


def moment(time: str | None, *, ms: bool = True) -> str:
    """`2026-11-22 09:12:04.551 UTC`; `not known` where there is no time."""
    if time is None:
        return "not known"
    return f"{time[:10]} {time[11:23] if ms else time[11:19]} UTC"


def duration(ms: float | None) -> str:
    """Milliseconds in the two largest units: `1 min 36 s`."""
    if ms is None:
        return "not known"
    sign, whole = ("-" if ms < 0 else ""), abs(round(ms))
    if whole < _SECOND:
        return f"{sign}{whole} ms"
    if whole < _MINUTE:
        return f"{sign}{whole / _SECOND:.3g} s"
    for unit, name, part, part_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", _SECOND, "s"),
    ):
        if whole >= unit:
            return f"{sign}{whole // unit} {name} {whole % unit // part} {part_name}"
    return f"{sign}{whole} ms"


def brief(ms: float) -> str:
    """Milliseconds in one short word for a column: `0.41 ms`, `38.2 ms`, `1.5 s`, `12.3 min`."""
    for unit, name in ((_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if ms >= unit * (10 if unit == _MINUTE else 1):
            return f"{_three_digits(ms / unit)} {name}"
    return f"{_three_digits(ms)} ms"


def size(number: float | None) -> str:
    """Bytes in binary units: `3.61 GB`, as H2O prints them."""
    if number is None:
        return "not known"
    value = float(number)
    for unit in ("bytes", "KB", "MB", "GB"):
        if abs(value) < _KIB:
            return f"{int(value)} bytes" if unit == "bytes" else f"{_three_digits(value)} {unit}"
        value /= _KIB
    return f"{_three_digits(value)} TB"


def _three_digits(value: float) -> str:
    """Three digits that count; four before the point stay as they are, without an exponent."""
    return f"{value:.0f}" if abs(value) >= _THOUSAND else f"{value:.3g}"


def share(part: float | None) -> str:
    """A share as percent with a digit where it is small: `0.4 %`, `64 %`."""
    if part is None:
        return "not known"
    if 0 < part < _TINY:
        return "under 0.01 %"
    return f"{part * 100:.0f} %" if part >= _TENTH else f"{part * 100:.2g} %"


def number(value: float | None) -> str:
    """A number with thousands apart."""
    return "not known" if value is None else f"{value:,}"


def fact_name(name: str) -> str:
    """The name of a fact in words, with the unit apart where the value does not carry it."""
    for suffix, unit in (
        ("_bytes", ""),
        ("_ms", ""),
        ("_s", " (s)"),
        ("_mb", " (MB)"),
        ("_gb", " (GB)"),
    ):
        if name.endswith(suffix):
            return name.removesuffix(suffix).replace("_", " ") + unit
    return name.replace("_", " ")


def fact(name: str, value: Value) -> str:
    """The value of a fact, read by the unit in its name."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_ms"):
        return duration(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def place(item: EvidenceItem) -> str:
    """`path:line`, `path:line-line` or `path pointer`."""
    if item.line is None:
        return f"{item.path} {item.pointer}" if (item.pointer or "/") != "/" else item.path
    return f"{item.path}:{item.line}" + (
        f"-{item.line_end}" if item.line_end and item.line_end > item.line else ""
    )


def how_sure(confidence: float) -> str:
    """Confidence in words and percent: `almost certain (94 %)`."""
    words = next(words for least, words in _SURE if confidence >= least)
    return f"{words} ({confidence:.0%})".replace("%", " %")


def likely(confidence: float) -> str:
    """Confidence in words alone: of rules whose share of hits nobody has counted."""
    return next(words for least, words in _SURE if confidence >= least)


def looked_at(report: Report) -> str:
    """What was read: `4 files, 3 nodes, from ... to ...`."""
    read = len({item.path for item in report.artifacts if item.state == "read"})
    nodes = len({item.node for item in report.case.nodes})
    parts = [f"{read} file{'s' * (read != 1)}"]
    if nodes or not report.models:
        parts.append(f"{nodes} node{'s' * (nodes != 1)}")
    first, last = report.case.window.first, report.case.window.last
    if first and last:
        span = duration(between(first, last))
        parts.append(f"{moment(first, ms=False)} to {moment(last, ms=False)} ({span})")
    return ", ".join(parts)


def between(first: str, last: str) -> int:
    """Milliseconds from one report time to another."""
    delta = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    return round(delta.total_seconds() * _SECOND)


def later(time: str | None, ms: int) -> str | None:
    """A report time so many milliseconds later; None where there is no time."""
    if time is None:
        return None
    return iso(round(datetime.fromisoformat(time).timestamp() * _SECOND) + ms)


def suppression(item: SuppressedItem) -> str:
    """What a suppression hides, until when, why, and what it did here."""
    parts = (
        ("rule", item.rule),
        ("condition", item.condition),
        ("fingerprint", item.fingerprint),
        ("node", item.node),
    )
    what = ", ".join(f"{name} {value}" for name, value in parts if value is not None)
    done = {
        "held": f"hides {len(item.findings)} finding{'s' * (len(item.findings) != 1)}",
        "expired": "expired before the evidence ends: it hides nothing",
        "unused": "nothing here to hide",
    }[item.state]
    return f"{what}, until {item.until}: {done}. Reason: {item.reason}"


def stated(report: Report) -> str:
    """What the user stated: `config team.toml, year 2026`; empty: nothing."""
    return ", ".join(f"{name} {value}" for name, value in report.settings.items())


def not_judged(report: Report) -> tuple[str, ...]:
    """Paths of artifacts that were seen but not analyzed, with their kind."""
    return tuple(
        f"{item.path} ({item.kind})"
        for item in report.artifacts
        if item.state == "listed" and item.kind != "empty"
    )


def clock_notes(report: Report) -> tuple[str, ...]:
    """What was decided about clocks and does not go without saying; nodes alike share a line."""
    wrote = {item.node for item in report.case.nodes if item.last_seen is not None}
    alike: dict[str, list[str]] = {}
    for node, clock in sorted(report.case.clocks.items()):
        decided = clock.how != "stated" or clock.skew_ms or "; " in clock.because
        if decided and node in wrote:
            year = f", {clock.year}" if clock.year is not None else ", year not known"
            words = f"UTC{clock.zone}{year} ({clock.how}): {clock.because}."
            alike.setdefault(words, []).append(node)
    return tuple(f"{', '.join(nodes)}: {words}" for words, nodes in alike.items())
