"""The report as Markdown for a ticket or a wiki.

Every field is escaped: text from a log can make no heading, link, image, table cell, list or HTML.
"""

import re
from collections.abc import Iterator

from h2o_forensics.report import view
from h2o_forensics.report.audit_items import audit_in_short
from h2o_forensics.report.gc_words import in_short, sickest_first
from h2o_forensics.report.safe_text import one_line, visible
from h2o_forensics.report.shape import EvidenceItem, FindingItem, RemedyItem, Report
from h2o_forensics.report.training_words import board_name
from h2o_forensics.report.training_words import in_short as model_in_short

_SPECIAL = re.compile(
    r"""(?xi) [\\`*\[\]|~^$@]      # code, emphasis, links, tables, strike, mathematics, addresses
      | (?<![^\W_])_ | _(?![^\W_])  # emphasis begins or ends at the edge of a word
      | (?<=\bwww)\. | :(?=//)     # bare links
      | ^[#+=\-.>:] | (?<=^\d)[.)] | (?<=^\d\d)[.)] | (?<=^\d{3})[.)]  # headings, lists, rules
    """
)
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_KINDS = {"at_risk": "Main risk", "insufficient_evidence": "Possible cause"}
_LONGEST_CODE = 2000
_MOST = 50
_FENCE = re.compile(r"`+")


def to_markdown(report: Report) -> str:
    """The whole report, some tables cut to 50 rows."""
    return "\n".join(_lines(report)) + "\n"


def escape(text: str, limit: int = _LONGEST_CODE) -> str:
    """The text as plain words of Markdown, on one line: nothing in it is markup."""
    line = one_line(text, limit)
    line = re.sub(r"[&<>]", lambda found: _MARKUP[found.group()], line)
    return _SPECIAL.sub(lambda found: "\\" + found.group(), line.lstrip())


def code(text: str, limit: int = _LONGEST_CODE) -> str:
    """The text as inline code, whatever backticks it holds."""
    line = one_line(text, limit).strip() or " "
    ticks = "`" * (1 + max((len(run) for run in _FENCE.findall(line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def block(text: str) -> list[str]:
    """The text as a fenced block no line of it can end."""
    shown = visible(text)
    if len(shown) > _LONGEST_CODE:
        shown = f"{shown[:_LONGEST_CODE]} … ({len(text) - _LONGEST_CODE} more characters)"
    fence = "`" * max(3, 1 + max((len(run) for run in _FENCE.findall(shown)), default=0))
    return [f"{fence}text", *shown.split("\n"), fence]


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escape(view.VERDICTS.get(report.verdict, report.verdict))}"
    yield ""
    for sentence in report.partial:
        yield from (f"**Partial report.** {escape(sentence)}", "")
    if report.summary:
        yield from (escape(report.summary), "")
    if report.verdict == "insufficient_evidence":
        yield from _gaps(report)
    cause = view.first_cause(report)
    if cause is not None:
        yield from _cause(report, cause)
    yield from _others(report)
    yield from _suppressed(report)
    yield from _timeline(report)
    yield from _nodes(report)
    yield from _models(report)
    yield from _audits(report)
    yield from _jvms(report)
    if report.verdict != "insufficient_evidence":
        yield from _gaps(report)
    yield from _rest(report)
    yield f"Looked at {escape(view.looked_at(report))}."
    yield ""
    if report.settings:
        yield f"Stated by the user: {escape(view.stated(report))}."
        yield ""
    book = report.tool.rulebook
    further = "".join(f", with {escape(f'{one.name} ({one.source})')}" for one in book.packs[1:])
    yield (
        f"h2o-forensics {escape(report.tool.version)}, rulebook {escape(book.version)} "
        f"({book.rules} rules{further}, sha256 {code(book.sha256)}). All times are UTC."
    )


def _cause(report: Report, cause: FindingItem) -> Iterator[str]:
    kind = _KINDS.get(report.verdict, "First cause")
    yield f"## {kind}: {escape(cause.title)}"
    yield ""
    yield escape(cause.message)
    yield ""
    if cause.subject is not None:
        yield f"- **About:** {code(cause.subject)}"
    if cause.nodes or cause.subject is None:
        yield f"- **Node:** {', '.join(code(name) for name in cause.nodes) or 'not known'}"
    if view.has_moment(cause):
        yield f"- **When:** {escape(view.moment(cause.first_seen))}"
    sure = f"{view.how_sure(cause.confidence)}. {cause.why_confident}"
    yield f"- **How sure:** {escape(sure)}"
    yield ""
    steps = view.chain(report, cause)
    if len(steps) > 1:
        yield "### From cause to symptom"
        yield ""
        for number, step in enumerate(steps, 1):
            lag = f" ({view.duration(step.lag_ms)} later)" if step.lag_ms is not None else ""
            because = f", because {escape(step.because)}" if step.because else ""
            nodes = ", ".join(code(name) for name in step.finding.nodes)
            time, title = escape(view.moment(step.finding.first_seen)), escape(step.finding.title)
            yield f"{number}. {time}{lag}: {title} {nodes}{because}"
        yield ""
    yield from _details(cause, "###")


def _details(finding: FindingItem, level: str) -> Iterator[str]:
    """Evidence, remedies and what was ruled out."""
    yield f"{level} Evidence"
    yield ""
    for item in finding.evidence[:_MOST]:
        yield from _evidence(item)
    if finding.remedies:
        yield f"{level} What to do"
        yield ""
        for remedy in finding.remedies:
            yield from _remedy(remedy)
    if finding.subject is not None and finding.decided_by:
        yield f"{level} What would decide"
        yield ""
        yield from (f"- {escape(one)}" for one in finding.decided_by)
        yield ""
    if finding.why_not:
        yield f"{level} Why not something else"
        yield ""
        for other in finding.why_not:
            yield f"- {code(other.condition)}: {escape(other.because)}"
        yield ""


def _evidence(item: EvidenceItem) -> Iterator[str]:
    time = f", {escape(view.moment(item.time))}" if item.time else ""
    node = f", node {code(item.node)}" if item.node else ""
    yield f"{code(view.place(item))}{time}{node}"
    yield ""
    if item.text:
        yield from block(item.text)
        yield ""


def _remedy(remedy: RemedyItem) -> Iterator[str]:
    yield f"**{escape(remedy.do)}** {escape(remedy.why)}"
    yield ""
    if remedy.command:
        yield from block(remedy.command)
        yield ""
    if remedy.risk:
        yield from (f"Before you do it: {escape(remedy.risk)}", "")
    if remedy.reference:
        yield from (f"See {code(remedy.reference)}", "")


def _others(report: Report) -> Iterator[str]:
    first = view.first_cause(report)
    rest = [item for item in report.findings if first is None or item.id != first.id]
    if not rest:
        return
    yield f"## {'Remarks' if report.verdict == 'healthy' else 'What else was found'}"
    yield ""
    for item in rest[:_MOST]:
        about = f": {code(item.subject)}" if item.subject is not None else ""
        yield f"### {escape(item.title)} ({escape(item.severity)}){about}"
        yield ""
        yield escape(item.message)
        yield ""
        if item.id in {root.id for root in report.root_causes}:
            yield from _details(item, "####")
        elif item.evidence:
            yield from _evidence(item.evidence[0])


def _suppressed(report: Report) -> Iterator[str]:
    if not report.suppressed:
        return
    yield "## Suppressed by the config file"
    yield ""
    for item in report.suppressed[:_MOST]:
        yield f"- {escape(view.suppression(item))}"
        for found in item.findings[:_MOST]:
            place = code(view.place(found.evidence[0])) if found.evidence else ""
            yield f"  - {escape(found.title)}: {escape(found.message)} {place}".rstrip()
    yield ""


def _timeline(report: Report) -> Iterator[str]:
    if report.timeline:
        yield "## Timeline"
        yield ""
        rows = (
            [view.moment(row.time), row.node or "", row.text] for row in report.timeline[:_MOST]
        )
        yield from _table(["Time", "Node", "What"], rows)


def _nodes(report: Report) -> Iterator[str]:
    if report.case.nodes:
        yield "## Nodes"
        yield ""
        rows = (
            [
                row.node,
                str(row.run),
                row.h2o_version or "",
                row.java_version or "",
                view.size(row.xmx_bytes),
                view.moment(row.last_seen, ms=False),
                row.end,
            ]
            for row in report.case.nodes[:_MOST]
        )
        yield from _table(["Node", "Run", "H2O", "Java", "Heap limit", "Last seen", "End"], rows)
        for note in view.clock_notes(report)[:_MOST]:
            yield from (f"Clock of {escape(note)}", "")


def _jvms(report: Report) -> Iterator[str]:
    if report.jvms:
        yield "## JVM and memory"
        yield ""
        for jvm in sickest_first(report.jvms)[:_MOST]:
            yield f"- {escape(in_short(jvm))}"
            for remark in jvm.remarks:
                if remark.severity in {"high", "medium"}:
                    yield f"  - {escape(remark.message)}"
        yield ""


def _models(report: Report) -> Iterator[str]:
    if report.models:
        yield "## Models"
        yield ""
        for board in report.leaderboards:
            if board.tested:
                yield f"- {escape(f'{board_name(board)}: {board.says}')}"
        for model in report.models[:_MOST]:
            yield f"- {escape(model_in_short(model))}"
        yield ""
    for name, says in (
        *((one.grid, one.says) for one in report.grids[:_MOST]),
        *((one.automl, one.says) for one in report.automl[:_MOST]),
    ):
        yield f"## Search {escape(name)}"
        yield ""
        yield from (f"- {escape(sentence)}" for sentence in says)
        yield ""


def _audits(report: Report) -> Iterator[str]:
    if report.audits:
        yield "## The rows themselves"
        yield ""
        yield from (f"- {escape(audit_in_short(item))}" for item in report.audits[:_MOST])
        yield ""


def _gaps(report: Report) -> Iterator[str]:
    lead = report.verdict == "insufficient_evidence"
    if not report.gaps and not lead:
        return
    yield "## What to fetch" if lead else "## What is missing"
    yield ""
    for gap in report.gaps[:_MOST]:
        yield f"- {escape(view.wanted(gap))} ({escape(gap.why)})"
    if not report.gaps:
        yield "- The log files of every node, and what the process printed to the console."
    yield ""


def _rest(report: Report) -> Iterator[str]:
    unseen = view.not_judged(report)
    if unseen:
        yield "## What could not be judged"
        yield ""
        yield from (f"- {code(path)}" for path in unseen[:_MOST])
        yield ""
    if report.unexplained:
        yield "## Warnings no rule knows"
        yield ""
        yield from (
            f"- {item.count} times: {code(item.shape, 300)}" for item in report.unexplained[:_MOST]
        )
        yield ""
    if report.problems:
        yield "## Problems with the input"
        yield ""
        yield from (
            f"- {code(item.artifact)}: {escape(item.message)}" for item in report.problems[:_MOST]
        )
        yield ""


def _table(head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(escape(cell, 300) for cell in row)} |"
    yield ""
