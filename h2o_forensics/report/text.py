"""The report as some forty lines for a terminal."""

import textwrap
from collections.abc import Iterator

from h2o_forensics.report import view
from h2o_forensics.report.audit_items import audit_in_short
from h2o_forensics.report.gc_words import in_short, sickest_first
from h2o_forensics.report.safe_text import one_line
from h2o_forensics.report.shape import FindingItem, Report, map_texts
from h2o_forensics.report.training_words import in_short as model_in_short

_LEAST_WIDTH = 40
_MESSAGE = 9
"""Lines of a message: none of its numbers is cut off."""
_MOST_LINES = 3
"""Lines a paragraph may take."""
_STEPS, _EVIDENCE, _GAPS, _OTHERS, _FILES, _SHOWN, _JVMS, _MODELS = 5, 3, 3, 4, 3, 3, 3, 3
_HEADINGS = {"at_risk": "Risk:   ", "insufficient_evidence": "Possible cause: "}
_COLORS = {"incident": "31", "at_risk": "33", "healthy": "32", "insufficient_evidence": "34"}


def to_text(report: Report, width: int = 100, color: bool = False) -> str:  # noqa: FBT001, FBT002
    """The answer in short: verdict, first cause, node, moment, chain, evidence, fix, gaps.

    Args:
        report: what to print.
        width: of the terminal, in characters.
        color: whether to colour the verdict with terminal escapes.

    Returns:
        Lines of at most `width` characters (commands may be longer, so that they can be copied).
    """
    width = max(width, _LEAST_WIDTH)
    shown = map_texts(report, one_line)
    return "\n".join(_lines(shown, width, color=color)) + "\n"


def _lines(report: Report, width: int, *, color: bool) -> Iterator[str]:
    verdict = view.VERDICTS.get(report.verdict, report.verdict).upper()
    for sentence in report.partial:
        yield from _wrap(f"PARTIAL REPORT: {sentence}", width, indent=4)
    yield f"\x1b[1;{_COLORS.get(report.verdict, '0')}m{verdict}\x1b[0m" if color else verdict
    yield from _wrap(report.summary, width, lines=4)
    if report.verdict == "insufficient_evidence":
        yield from _gaps(report, width)
    cause = view.first_cause(report)
    if cause is not None:
        yield from _cause(report, cause, width)
    yield from _others(report, width)
    yield from _suppressed(report, width)
    told = [model_in_short(model) for model in report.models if model.findings or model.leader]
    yield from _list("Models", told, _MODELS, width, lines=_MESSAGE)
    audited = [audit_in_short(item) for item in report.audits]
    yield from _list("The rows themselves", audited, _MODELS, width)
    rows = [in_short(jvm) for jvm in sickest_first(report.jvms)]
    yield from _list("JVM and memory", rows, _JVMS, width)
    if report.verdict != "insufficient_evidence":
        yield from _gaps(report, width)
    unseen = view.not_judged(report)
    if report.verdict == "healthy" and unseen:
        yield from _list("Not judged", unseen, _FILES, width)
    yield ""
    yield from _wrap(f"Looked at {view.looked_at(report)}.", width)
    if report.settings:
        yield from _wrap(f"Stated by the user: {view.stated(report)}.", width)
    yield from _unknown(report, width)
    yield from _problems(report, width)


def _cause(report: Report, cause: FindingItem, width: int) -> Iterator[str]:
    yield ""
    heading = _HEADINGS.get(report.verdict, "Cause:  ")
    yield from _wrap(f"{heading}{cause.title}", width, indent=8)
    if cause.subject is not None:
        yield _cut(f"About:  {cause.subject}", width)
    if cause.nodes or cause.subject is None:
        yield _cut(f"Node:   {', '.join(cause.nodes) or 'not known'}", width)
    if view.has_moment(cause):
        yield _cut(f"When:   {view.moment(cause.first_seen)}", width)
    yield _cut(f"Sure:   {view.how_sure(cause.confidence)}", width)
    yield from _wrap(f"        {cause.message}", width, indent=8, lines=_MESSAGE)
    steps = view.chain(report, cause)
    if len(steps) > 1:
        yield ""
        yield "What followed"
        for step in steps[:_STEPS]:
            time = (step.finding.first_seen or "-" * 19)[11:19]
            where = f" ({', '.join(step.finding.nodes)})" if step.finding.nodes else ""
            yield _cut(f"  {time}  {step.finding.title}{where}", width)
        if len(steps) > _STEPS:
            yield f"  ... and {len(steps) - _STEPS} more"
    yield from _proof(report, cause, width)


def _proof(report: Report, cause: FindingItem, width: int) -> Iterator[str]:
    """What shows it, what to do, and what would decide."""
    yield ""
    yield "Evidence"
    for item in view.quotes(report, cause)[:_EVIDENCE]:
        yield _cut(f"  {view.place(item)}", width)
        yield from _wrap(f"    {item.text.strip()}", width, indent=4, lines=2)
    if cause.remedies:
        remedy = cause.remedies[0]
        yield ""
        yield from _wrap(f"Fix:    {remedy.do}", width, indent=8)
        if remedy.command:
            yield f"        {one_line(remedy.command, 2000)}"
    if cause.subject is not None:
        yield from _list("What would decide", cause.decided_by, _GAPS, width)


def _others(report: Report, width: int) -> Iterator[str]:
    told = {
        step.finding.id for cause in report.root_causes[:1] for step in view.chain(report, cause)
    }
    rest = [finding for finding in report.findings if finding.id not in told]
    title = "Remarks" if report.verdict == "healthy" else "Also found"
    alike: dict[tuple[str, str], list[str]] = {}
    for item in rest:
        about = [item.subject] if item.subject is not None else item.nodes
        alike.setdefault((item.title, item.severity), []).extend(about)
    rows = [
        f"{name} ({severity}; {', '.join(dict.fromkeys(nodes)) or 'no node'})"
        for (name, severity), nodes in alike.items()
    ]
    yield from _list(title, rows, _OTHERS, width)


def _suppressed(report: Report, width: int) -> Iterator[str]:
    rows = [view.suppression(item) for item in report.suppressed]
    yield from _list("Suppressed", rows, _OTHERS, width)


def _gaps(report: Report, width: int) -> Iterator[str]:
    rows = list(dict.fromkeys(view.wanted(gap) for gap in report.gaps))
    if not rows and report.verdict == "insufficient_evidence":
        rows = ["the log files of every node, and what the process printed to the console"]
    lead = report.verdict == "insufficient_evidence"
    yield from _list(
        "What to fetch" if lead else "Missing", rows, 2 * _GAPS if lead else _GAPS, width
    )


def _unknown(report: Report, width: int) -> Iterator[str]:
    shapes = report.unexplained
    if not shapes:
        return
    yield _cut(f"{_kinds(len(shapes), 'kind')} of warnings no rule knows:", width)
    for item in shapes[:_SHOWN]:
        yield _cut(f"  - {item.count} x {item.shape}", width)
    yield from _more(len(shapes))


def _problems(report: Report, width: int) -> Iterator[str]:
    if not report.problems:
        return
    yield _cut(f"{_kinds(len(report.problems), 'problem')} with the input:", width)
    for item in report.problems[:_SHOWN]:
        yield _cut(f"  - {item.artifact}: {item.message}", width)
    yield from _more(len(report.problems))


def _more(number: int) -> Iterator[str]:
    if number > _SHOWN:
        yield f"  ... and {number - _SHOWN} more, see the full report"


def _kinds(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _list(
    title: str, rows: list[str] | tuple[str, ...], most: int, width: int, lines: int = 2
) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield title
    for row in rows[:most]:
        yield from _wrap(f"  - {row}", width, indent=4, lines=lines)
    if len(rows) > most:
        yield f"  ... and {len(rows) - most} more"


def _wrap(text: str, width: int, indent: int = 0, lines: int = _MOST_LINES) -> list[str]:
    """The text in `lines` lines at most; an ellipsis tells where it was cut."""
    return textwrap.wrap(
        text[: width * (lines + 1)],
        width,
        subsequent_indent=" " * indent,
        max_lines=lines,
        placeholder=" …",
        drop_whitespace=True,
    )


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
