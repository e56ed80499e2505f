"""Models, grids, AutoML runs and frames for a terminal: what was found first, then the numbers."""

import textwrap
from collections.abc import Iterator, Sequence

from h2o_forensics.report import training_words as words
from h2o_forensics.report import view
from h2o_forensics.report.audit_items import AuditItem, audit_in_short
from h2o_forensics.report.models_report import ModelsReport
from h2o_forensics.report.models_verdict import counted
from h2o_forensics.report.safe_text import one_line
from h2o_forensics.report.shape import FindingItem, map_texts
from h2o_forensics.report.training_compared import decided_by
from h2o_forensics.report.training_shape import FrameItem, LeaderboardItem, ModelItem
from h2o_forensics.report.training_views import (
    about,
    badge,
    lead,
    models_answer,
    names_file,
)

_LEAST_WIDTH, _MOST_WIDTH = 60, 100
_FINDINGS, _CARDS, _ROWS, _BOARDS, _PARTS, _FRAMES, _SHOWN = 10, 5, 20, 3, 10, 8, 5
_CELL, _WIDE = 10, 76
_COLORS = {"incident": "31", "at_risk": "33", "healthy": "32", "insufficient_evidence": "34"}


def models_to_text(report: ModelsReport, width: int = 100, *, color: bool = False) -> str:
    """The answer, a few cards, leaderboards, grids and frames in short.

    Args:
        report: what to print.
        width: of the terminal, in characters; 60 to 100 are used.
        color: whether to colour the answer with terminal escapes.
    """
    width = min(max(width, _LEAST_WIDTH), _MOST_WIDTH)
    shown = map_texts(report, one_line)
    return "\n".join(_lines(shown, width, color=color)) + "\n"


def _lines(report: ModelsReport, width: int, *, color: bool) -> Iterator[str]:
    for sentence in report.partial:
        yield from _wrap(f"PARTIAL REPORT: {sentence}", width, 4)
    code = _COLORS.get(report.verdict, "0")
    for line in _wrap(models_answer(report).upper(), width, 0):
        yield f"\x1b[1;{code}m{line}\x1b[0m" if color else line
    yield from _wrap(lead(report), width, 0)
    told = [finding for finding in report.findings if finding.severity != "info"]
    for finding in told[:_FINDINGS]:
        yield from _finding(finding, width)
    yield from _more(len(told), _FINDINGS, "finding")
    for board in sorted(report.leaderboards, key=lambda one: not one.tested)[:_BOARDS]:
        yield from _board(board, width)
    cards = [
        model
        for model in report.models
        if model.findings or model.leader or model.state != "untested"
    ][:_CARDS]
    for model in cards:
        yield from _card(model, report, width)
    yield from _others(report, len(cards), width)
    yield from _searches(report, width)
    yield from _frames(report.frames, width)
    yield from _audits(report.audits, width)
    yield from _rest(report, width)
    yield ""
    yield from _wrap(f"Looked at {counted(report)}.", width, 0)


def _finding(item: FindingItem, width: int) -> Iterator[str]:
    yield ""
    of = f" - {item.subject}" if item.subject else ""
    sure = f"{item.severity.upper()}, {view.likely(item.confidence)}"
    yield from _wrap(f"{sure}: {item.title}{of}", width, 2)
    yield from _wrap(f"  {item.message}", width, 2, lines=10)
    if item.evidence:
        yield _cut(f"  at {view.place(item.evidence[0])}", width)
    if item.remedies:
        yield from _wrap(f"  Fix: {item.remedies[0].do}", width, 7)
        if item.remedies[0].command:
            yield f"       {one_line(item.remedies[0].command, 2000)}"
    if item.subject is not None:
        for text in item.decided_by[:_SHOWN]:
            yield from _wrap(f"  Would decide: {text}", width, 4)


def _card(model: ModelItem, report: ModelsReport, width: int) -> Iterator[str]:
    yield ""
    said = badge(model, about(report.findings, model.findings))[1]
    yield from _wrap(f"Model {model.model}{_file(report, model)}: {said}", width, 2)
    yield from _wrap(f"  {words.what(model)}", width, 2)
    yield from _wrap(f"  {model.says}", width, 2, lines=10)
    yield from _wrap(f"  {model.validated}", width, 2)
    yield from _numbers(model, width)
    for compared in model.comparisons:
        if compared.decides:
            yield from _wrap(f"    Decided by {decided_by(compared)}", width, 6)
    if model.importances:
        shares = ", ".join(
            f"{one.column} {view.share(one.share)}"
            for one in model.importances[:_SHOWN]
            if one.share > 0
        )
        yield from _wrap(f"  Goes by: {shares}", width, 4)
    for text in (*model.notes[:_SHOWN], *model.warnings[:_SHOWN]):
        yield from _wrap(f"  - {text}", width, 4)
    yield _cut(f"  from {model.place.path}", width)


def _file(report: ModelsReport, model: ModelItem) -> str:
    """Of models of one name each has its file."""
    return f" ({model.place.path})" if names_file(report.models, model) else ""


def _numbers(model: ModelItem, width: int) -> Iterator[str]:
    row = next((one for one in model.folds if one.metric == model.metric), None)
    folds = ", ".join(words.value(one) for one in row.values if one is not None) if row else ""
    told = (
        (words.training_name(model), words.interval(model.training) if model.training else ""),
        ("Cross-validation", words.interval(model.cv) if model.cv else ""),
        ("Its folds", folds),
        ("Test", words.interval(model.test) if model.test else ""),
    )
    metric = words.metric_name(model.metric)
    for label, numbers in told:
        if numbers:
            yield _cut(f"    {metric} {label:<22} {numbers}", width)


def _others(report: ModelsReport, cards: int, width: int) -> Iterator[str]:
    rest = report.models[cards:]
    if not rest:
        return
    yield ""
    yield f"{len(rest):,}{' more' * bool(cards)} model{'s' * (len(rest) != 1)}"
    for model in rest[:_ROWS]:
        said = badge(model, about(report.findings, model.findings))[1]
        told = f"{model.model}{_file(report, model)}: {said[:1].lower()}{said[1:]}"
        for label, one in (("CV", model.cv), ("test", model.test)):
            if one is not None:
                told += f", {words.metric_name(model.metric)} {label} {words.value(one.value)}"
        yield _cut(f"  - {told}", width)
    yield from _more(len(rest), _ROWS, "model")


def _board(board: LeaderboardItem, width: int) -> Iterator[str]:
    yield ""
    yield from _wrap(f"{words.board_name(board)}: {board.says}", width, 2)
    heads = ["CV", "test"] if board.tested else ["test" if board.test_frame else "CV"]
    heads += ["p", "corrected"] if board.tested and width >= _WIDE else []
    room = width - 5 - _CELL * len(heads)
    yield f"  {words.metric_name(board.metric):<{room + 3}}" + "".join(
        f"{head:>{_CELL}}" for head in heads
    )
    for row in board.rows[:_ROWS]:
        held = {"CV": row.cv, "test": row.test, "p": row.p, "corrected": row.adjusted_p}
        cells = [
            words.value(held[head]) if head in {"CV", "test"} else words.p_value(held[head])
            for head in heads
        ]
        name = f"{row.model}{' (worse)' if row.flagged else ''}"
        numbers = "".join(f"{cell:>{_CELL}}" for cell in cells)
        yield f"  {row.rank:>2} {_cut(name, room):<{room}}{numbers}"
    yield from _more(len(board.rows), _ROWS, "model")


def _searches(report: ModelsReport, width: int) -> Iterator[str]:
    named = [(f"Grid {one.grid}", one.says, one.failures) for one in report.grids]
    named += [(f"AutoML run {one.automl}", one.says, ()) for one in report.automl]
    for name, says, failures in named[:_PARTS]:
        yield ""
        yield _cut(name, width)
        for sentence in says:
            yield from _wrap(f"  {sentence}", width, 4)
        for failure in failures[:_SHOWN]:
            shared = f" (all with {failure.shared})" if failure.shared else ""
            yield from _wrap(f"  - {failure.count:,} x {failure.reason}{shared}", width, 4)
    yield from _more(len(named), _PARTS, "search")


def _frames(frames: Sequence[FrameItem], width: int) -> Iterator[str]:
    if not frames:
        return
    yield ""
    yield "Frames"
    for frame in frames[:_FRAMES]:
        facts = [f"{frame.rows:,} rows"] if frame.rows is not None else []
        facts += [view.size(frame.bytes)] if frame.bytes is not None else []
        line = f"  - {frame.frame}: {', '.join(facts) or 'size not told'}"
        yield from _wrap(" ".join((f"{line}.", *frame.says)), width, 4)
    yield from _more(len(frames), _FRAMES, "frame")


def _audits(audits: Sequence[AuditItem], width: int) -> Iterator[str]:
    if audits:
        yield ""
        yield "The rows themselves"
    for item in audits[:_FRAMES]:
        yield from _wrap(f"  - {audit_in_short(item)}", width, 4, lines=12)
    yield from _more(len(audits), _FRAMES, "file")


def _rest(report: ModelsReport, width: int) -> Iterator[str]:
    remarks = [finding.title for finding in report.findings if finding.severity == "info"]
    if remarks:
        yield ""
        yield from _wrap(f"Good to know: {'; '.join(dict.fromkeys(remarks))}.", width, 2)
    if report.gaps:
        yield ""
        yield "What would decide more"
        for gap in report.gaps[:_SHOWN]:
            yield from _wrap(f"  - {gap.fetch or gap.source}: {gap.why}", width, 4)
    if report.problems:
        yield ""
        yield f"Problems with the input: {len(report.problems)}"
        for item in report.problems[:_SHOWN]:
            yield from _wrap(f"  - {item.artifact}: {item.message}", width, 4)
        yield from _more(len(report.problems), _SHOWN, "problem")


def _more(many: int, shown: int, what: str) -> Iterator[str]:
    if many > shown:
        plural = f"{what}es" if what.endswith("ch") else f"{what}s"
        yield f"  ... and {many - shown:,} more {plural}, see the HTML or JSON report"


def _wrap(text: str, width: int, indent: int, lines: int = 5) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=" " * indent, max_lines=lines, placeholder=" …"
    )


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 0)] + "…"
