"""The fleet report as Markdown for a ticket or a wiki; every field is escaped."""

from collections.abc import Iterator

from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report import fleet_short as short
from h2o_forensics.report import fleet_words as words
from h2o_forensics.report.fleet_findings import findings, opening
from h2o_forensics.report.markdown import code, escape

_LONGEST_CELL = 300


def fleet_to_markdown(fleet: Fleet) -> str:
    """The answer, tables of ten rows, and the newest incidents with the commands that show them."""
    return "\n".join(_lines(fleet)) + "\n"


def _lines(fleet: Fleet) -> Iterator[str]:
    yield from (f"# {escape(words.headline(fleet))}", "")
    if fleet.summary:
        yield from (escape(opening(fleet)), "")
    yield from (f"{escape(short.totals(fleet))}.", "")
    found = findings(fleet)
    yield from (f"- **{one.kind}**: {escape(one.says)}" for one in found)
    if words.tells_q(fleet):
        yield from ("", words.ABOUT_Q)
    yield ""
    if fleet.regressions:
        yield from ("## Regressions", "")
        for one in fleet.regressions[: short.MOST]:
            yield f"- {escape(one.says)} ({escape(words.likely(one.q, 'q'))})"
        yield from _more(len(fleet.regressions))
    for table in short.tables(fleet):
        yield from (f"## {escape(table.title)}", "")
        yield f"| {' | '.join(escape(head) for head in table.heads)} |"
        yield f"|{' --- |' * len(table.heads)}"
        for row in table.rows:
            yield f"| {' | '.join(escape(cell, _LONGEST_CELL) for cell in row)} |"
        yield from _more(table.many)
    worse = short.worse(fleet)
    if worse:
        yield from ("## Gets worse", "")
        yield from (f"- {escape(says)}" for says in worse[: short.MOST])
        yield from _more(len(worse))
    yield from _newest(fleet)
    span = f", {words.span(fleet)}" if words.span(fleet) else ""
    scanned = f", last scan {words.minute(fleet.scanned)} UTC" if fleet.scanned else ""
    yield (
        f"Catalog {code(fleet.catalog)}{escape(span)}{escape(scanned)}. h2o-forensics "
        f"{escape(fleet.tool_version)}, rulebook sha256 {code(fleet.rulebook_sha256)}."
    )


def _newest(fleet: Fleet) -> Iterator[str]:
    chosen = [run for run in fleet.runs if run.verdict == "incident"]
    if not chosen:
        return
    yield from ("## Newest incidents", "")
    for run in chosen[: short.MOST]:
        title = escape(words.run_title(run), _LONGEST_CELL)
        yield f"- {escape(words.minute(run.at))} {code(run.name, _LONGEST_CELL)}: {title}"
        yield f"  {code(run.command)}"
    yield from _more(len(chosen))


def _more(many: int) -> Iterator[str]:
    yield ""
    if many > short.MOST:
        yield from (f"And {many - short.MOST:,} more, see the HTML or JSON report.", "")
