"""The rules as a small site of Markdown: a page per rule, conditions and their evidence, tables."""

from collections.abc import Iterable, Iterator, Mapping

from h2o_forensics.model.rule import RECORDS, Example, Rule, RuleBook, measures_of
from h2o_forensics.model.table_notes import COLUMNS, COMMON
from h2o_forensics.model.table_notes import TABLES as NOTES
from h2o_forensics.rulebook.show import clause_lines, fact_text, signal_lines

INDEX = "index.md"
CONDITIONS = "conditions.md"
TABLES = "tables.md"
_TABLES_HEAD = """\
For `table:`, `where:` and `measure:` in rules, and for `analysis.tables` in Python.
Units are in the names: `_ms` milliseconds, `_bytes` bytes, `_share` a part of 1.
What the evidence does not give is null."""


def rule_pages(book: RuleBook) -> dict[str, str]:
    """Every page by its file name; links between them are relative."""
    rules = sorted((*book.rules, *book.deprecated), key=lambda rule: rule.id)
    reports: dict[str, list[Rule]] = {}
    for rule in rules:
        reports.setdefault(rule.condition, []).append(rule)
    pages = {f"{rule.id}.md": _rule_page(rule, book, reports) for rule in rules}
    pages[INDEX] = _index(book, rules)
    pages[CONDITIONS] = _conditions(book, reports)
    pages[TABLES] = _tables()
    return pages


def evidence_of(rule: Rule) -> list[str]:
    """Kinds of artifact and tables whose rows its signals and measures look at, sorted."""
    found: set[str] = set()
    for signal in rule.signals:
        found.update(signal.kinds if signal.table == RECORDS else (f"table {signal.table}",))
    for measure in measures_of(rule.when):
        own = {step.name for step in measure.steps}
        used = {table for step in measure.steps for table in step.tables} - own
        found.update(f"table {table}" for table in used)
    return sorted(found)


def _index(book: RuleBook, rules: Iterable[Rule]) -> str:
    rows = [
        (
            f"[{rule.id}]({rule.id}.md)",
            _condition_link(rule.condition),
            rule.severity,
            rule.title + (" (deprecated)" if rule.status == "deprecated" else ""),
        )
        for rule in rules
    ]
    packs = [(pack.name, pack.source, pack.version, str(len(pack.rules))) for pack in book.packs]
    return _page(
        "Rules",
        [
            f"[Conditions and the evidence they need]({CONDITIONS}), [evidence tables]({TABLES}).",
            _table(("rule", "reports", "severity", "what happened"), rows),
            "## Packs",
            _table(("pack", "from", "version", "rules"), packs),
        ],
    )


def _rule_page(rule: Rule, book: RuleBook, reports: Mapping[str, list[Rule]]) -> str:
    marks = f"{rule.status} since {rule.since}"
    if rule.status == "deprecated":
        instead = rule.replaced_by
        see = f"; see [{instead}]({instead}.md)" if instead else ""
        marks = f"**deprecated**: {_escaped(rule.reason or '')}{see}; it does not run by itself"
    facts = [f"- `{fact.name}`: {_code(fact_text(fact))}" for fact in rule.facts]
    meaning = _escaped(book.conditions.get(rule.condition, ""))
    weight = f"{rule.harm}, severity {rule.severity}, confidence {rule.confidence}, {marks}."
    return _page(
        f"{rule.id}: {rule.title}",
        [
            f"Reports {_condition_link(rule.condition)}: {meaning}.",
            f"{weight} Evidence: {_evidence_links(rule)}. [All rules]({INDEX})",
            "## What it says",
            _code(rule.says),
            "## What it means",
            _escaped(rule.explain.strip()),
            "## When it is wrong",
            _escaped(rule.false_positives.strip()),
            *_remedies(rule),
            "## What it looks for",
            _fenced("\n".join(clause_lines(rule.when, 0))),
            *_fenced_signals(rule),
            *(["### Facts", "\n".join(facts)] if facts else []),
            *_links(rule, reports),
            *_references(rule),
            *_examples("It fires on", rule.fires),
            *_examples("It stays silent on", rule.silent),
        ],
    )


def _fenced_signals(rule: Rule) -> Iterator[str]:
    lines = [line for signal in rule.signals for line in signal_lines(signal)]
    if lines:
        yield "### Signals"
        yield _fenced("\n".join(lines))


def _evidence_links(rule: Rule) -> str:
    return ", ".join(
        f"[{name}]({TABLES}#{name.removeprefix('table ')})" if name.startswith("table ") else name
        for name in evidence_of(rule)
    )


def _remedies(rule: Rule) -> Iterator[str]:
    if rule.remedies:
        yield "## What to do"
    for number, remedy in enumerate(rule.remedies, 1):
        lines = [f"{number}. {_escaped(' '.join(remedy.do.split()))}"]
        for label, text in (
            ("Why", remedy.why),
            ("Otherwise", remedy.otherwise),
            ("Risk", remedy.risk),
        ):
            if text:
                lines.append(f"   {label}: {_escaped(' '.join(text.split()))}  ")
        if remedy.command:
            lines.append(f"   {_code(remedy.command)}  ")
        if remedy.reference:
            lines.append(f"   See {_reference(remedy.reference)}")
        yield "\n".join(lines)


def _links(rule: Rule, reports: Mapping[str, list[Rule]]) -> Iterator[str]:
    for title, edges in (
        ("## Can be caused by", [(edge.condition, edge.because) for edge in rule.caused_by]),
        ("## Gives way to", [(other.condition, other.because) for other in rule.yields_to]),
    ):
        if edges:
            yield title
            yield "\n".join(
                f"- {_condition_link(name)} ({_rule_links(reports.get(name, []))}): {_escaped(why)}"
                for name, why in edges
            )


def _references(rule: Rule) -> Iterator[str]:
    if rule.references:
        yield "## References"
        yield "\n".join(f"- {_reference(reference)}" for reference in rule.references)


def _reference(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") else _escaped(text)


def _examples(title: str, examples: tuple[Example, ...]) -> Iterator[str]:
    if examples:
        yield f"## {title}"
    for example in examples:
        for name, text in example.files.items():
            yield f"`{name}`"
            yield _fenced(text.rstrip())


def _conditions(book: RuleBook, reports: Mapping[str, list[Rule]]) -> str:
    everything = [rule for rules in reports.values() for rule in rules]
    kinds = sorted({kind for rule in everything for kind in evidence_of(rule)})
    rows = []
    for name, rules in sorted(reports.items()):
        using = ([rule for rule in rules if kind in evidence_of(rule)] for kind in kinds)
        links = (_rule_links(found, nothing="") for found in using)
        rows.append((_condition_link(name, page=""), *links))
    meanings = [
        f"### {name}\n\n{_escaped(text)}. Reported by: {_rule_links(reports.get(name, []))}."
        for name, text in sorted(book.conditions.items())
    ]
    how = "A rule in several columns of a line looks at all of them, and may need only some."
    return _page(
        "Conditions",
        [
            f"Which rule reports a condition from which evidence. {how}",
            _table(("condition", *kinds), rows),
            "## Meanings",
            *meanings,
        ],
    )


def _tables() -> str:
    from h2o_forensics.model.tables import SCHEMAS  # noqa: PLC0415 - it brings polars

    blocks = [_TABLES_HEAD, "## Columns every table has"]
    common = [(f"`{name}`", note) for name, note in COMMON.items()]
    blocks.append(_table(("column", "what"), common))
    for table, schema in sorted(SCHEMAS.items()):
        notes = COLUMNS.get(table, {})
        rows = [
            (f"`{column}`", str(kind), _escaped(notes.get(column, "")))
            for column, kind in schema.items()
            if column not in COMMON or column in notes
        ]
        blocks += [f"## {table}", _escaped(NOTES.get(table, ""))]
        blocks.append(_table(("column", "type", "what"), rows))
    return _page("Evidence tables", blocks)


def _page(title: str, blocks: Iterable[str]) -> str:
    return "\n\n".join([f"# {_escaped(title)}", *(block for block in blocks if block)]) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _name in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("\n", " ") for line in lines)


def _condition_link(name: str, page: str = CONDITIONS) -> str:
    anchor = "".join(char for char in name if char.isalnum() or char == "_")
    return f"[{name}]({page}#{anchor})"


def _rule_links(rules: Iterable[Rule], nothing: str = "no rule yet") -> str:
    return ", ".join(f"[{rule.id}]({rule.id}.md)" for rule in rules) or nothing


def _fenced(text: str) -> str:
    """A block no text can end: its fence is longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _code(text: str) -> str:
    """Code within a line."""
    shown = " ".join(text.split())
    ticks = "`"
    while ticks in shown:
        ticks += "`"
    return f"{ticks}{' ' if len(ticks) > 1 else ''}{shown}{' ' if len(ticks) > 1 else ''}{ticks}"


def _escaped(text: str) -> str:
    """Text as it is meant, without its own markup."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in text)
