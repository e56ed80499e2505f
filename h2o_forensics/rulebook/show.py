"""Plain text for `rules list` and `rules show`."""

from collections.abc import Iterator
from textwrap import fill, indent

from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.rule import (
    RECORDS,
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Clause,
    Example,
    Fact,
    Measure,
    Rule,
    RuleBook,
    Sequence,
    Signal,
)

_WIDTH = 100
_UNITS = ((3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def find_rule(rulebook: RuleBook, wanted: str) -> Rule:
    """The rule with this id (case does not matter) or name.

    Raises:
        LookupError: there is none; says which is nearest.
    """
    rules = (*rulebook.rules, *rulebook.deprecated)
    for rule in rules:
        if wanted.upper() == rule.id or wanted == rule.name:
            return rule
    names = [name for rule in rules for name in (rule.id, rule.name)]
    raise LookupError(f"no rule {wanted!r}{nearest(wanted, names)}")


def list_rules(rulebook: RuleBook) -> str:
    """One line per rule: id, condition, severity, title; no line break at the end."""
    rules = sorted((*rulebook.rules, *rulebook.deprecated), key=lambda rule: rule.id)
    rows = [(rule.id, rule.condition, rule.severity, _title(rule)) for rule in rules]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    foreign = [
        f"{pack.name} ({pack.source}): {', '.join(pack.rules) or 'no rules'}"
        for pack in rulebook.packs[1:]
    ]
    return "\n".join([*lines, *(["", "Further packs", *foreign] if foreign else [])])


def _title(rule: Rule) -> str:
    if rule.status != "deprecated":
        return rule.title
    instead = f", see {rule.replaced_by}" if rule.replaced_by else ""
    return f"{rule.title} (deprecated: {rule.reason}{instead})"


def show_rule(rulebook: RuleBook, wanted: str) -> str:
    """All a reader wants to know of a rule, by id or name; no line break at the end.

    Raises:
        LookupError: there is no such rule; says which is nearest.
    """
    rule = find_rule(rulebook, wanted)
    meaning = rulebook.conditions.get(rule.condition, "")
    blocks = [
        f"{rule.id}  {_title(rule)}\n{rule.condition}: {meaning}\n{_marks(rule)}",
        "It says\n" + _wrapped(rule.says),
        "What it means\n" + indent(rule.explain.strip(), "  "),
        "What it looks for\n" + indent("\n".join(_looked_for(rule)), "  "),
        *_facts(rule),
        "When it is wrong\n" + _wrapped(rule.false_positives),
        *_remedies(rule),
        *_links(rule),
        *_references(rule),
        *_examples("fires", rule.fires),
        *_examples("stays silent", rule.silent),
    ]
    return "\n\n".join(blocks)


def _marks(rule: Rule) -> str:
    return (
        f"{rule.harm}, severity {rule.severity}, confidence {rule.confidence}, {rule.status}, "
        f"since {rule.since}, name {rule.name}"
    )


def _wrapped(text: str, first: str = "  ", rest: str = "  ") -> str:
    return fill(
        " ".join(text.split()),
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _looked_for(rule: Rule) -> Iterator[str]:
    yield from clause_lines(rule.when, 0)
    if rule.signals:
        yield "\nSignals"
    for signal in rule.signals:
        yield from signal_lines(signal)


def clause_lines(clause: Clause, depth: int) -> Iterator[str]:
    """A clause in words, its parts indented."""
    pad = "  " * depth
    if isinstance(clause, AnyOf | AllOf):
        yield f"{pad}{'any' if isinstance(clause, AnyOf) else 'all'} of:"
        for part in clause.clauses:
            yield from clause_lines(part, depth + 1)
    else:
        yield indent(_clause_text(clause), pad)


_PLACES = {
    "node": "on one node",
    "case": "in the whole case",
    "subject": "about one model, grid or frame",
}


def _clause_text(clause: Clause) -> str:
    where = _PLACES[getattr(clause, "per", "node")]
    if isinstance(clause, AtLeast):
        times = "once" if clause.count == 1 else f"{clause.count} times"
        return f"{clause.signal} at least {times}{_within(clause.within_ms)}, {where}"
    if isinstance(clause, Sequence):
        return f"{', then '.join(clause.signals)}{_within(clause.within_ms)}, {where}"
    if isinstance(clause, Absent):
        return f"no {clause.signal}, {where}"
    if isinstance(clause, Measure):
        return f"{clause.name} has rows, {where}:\n{indent(clause.sql.rstrip(), '    ')}"
    if isinstance(clause, AnyOf | AllOf):
        return "; ".join(map(_clause_text, clause.clauses))
    return f"{clause.signal} not followed by {clause.by}{_within(clause.within_ms)}, {where}"


def _within(duration_ms: int | None) -> str:
    return "" if duration_ms is None else f" within {_duration(duration_ms)}"


def _duration(duration_ms: int) -> str:
    size, unit = next(pair for pair in _UNITS if duration_ms % pair[0] == 0)
    return f"{duration_ms // size} {unit}"


def signal_lines(signal: Signal) -> Iterator[str]:
    """A signal in words."""
    yield f"  {signal.name}"
    if signal.table != RECORDS:
        yield f"    rows of {signal.table}" + (f" where {signal.where}" if signal.where else "")
        return
    form = "lines without a header" if signal.raw else "records"
    yield f"    {form} of {', '.join(signal.kinds)}"
    yield f"    contains  {signal.anchor}"
    if signal.pattern:
        yield f"    matches   {signal.pattern.rstrip()}".replace("\n", "\n" + " " * 16)
    if signal.levels:
        yield f"    level     {', '.join(signal.levels)}"
    for name in ("logger", "thread", "where"):
        value = getattr(signal, name)
        if value:
            yield f"    {name:<9} {value}"


def _facts(rule: Rule) -> Iterator[str]:
    if rule.facts:
        yield "Facts\n" + "\n".join(f"  {fact.name}: {fact_text(fact)}" for fact in rule.facts)


def fact_text(fact: Fact) -> str:
    """Where a fact comes from, in words."""
    if fact.calc is not None:
        rounded = f", rounded up to {fact.round_up:g}" if fact.round_up else ""
        return f"{fact.calc}{rounded}"
    if fact.text is not None:
        return fact.text
    column = f" {fact.of}" if fact.of else ""
    where = f" where {fact.where}" if fact.where else ""
    return f"{fact.take}{column} of {fact.signal or fact.table}{where}, {fact.scope}"


def _remedies(rule: Rule) -> Iterator[str]:
    lines = []
    for remedy in rule.remedies:
        lines.append(_wrapped(remedy.do, "  - ", "    "))
        for label, text in (
            ("why", remedy.why),
            ("command", remedy.command),
            ("otherwise", remedy.otherwise),
            ("risk", remedy.risk),
            ("see", remedy.reference),
        ):
            if text:
                lines.append(_wrapped(f"{label}: {text}", "    ", "      "))
    if lines:
        yield "What to do\n" + "\n".join(lines)


def _links(rule: Rule) -> Iterator[str]:
    causes = [
        f"{edge.condition} ({_place(edge.same)}{_within(edge.within_ms)}"
        f"{f', when {edge.when}' if edge.when else ''}): {edge.because}"
        for edge in rule.caused_by
    ]
    yields = [
        f"{other.condition} ({_place(other.same)}): {other.because}" for other in rule.yields_to
    ]
    for title, texts in (("Can be caused by", causes), ("Gives way to", yields)):
        if texts:
            yield "\n".join([title, *(_wrapped(text, "  - ", "    ") for text in texts)])


def _place(same: str) -> str:
    return {"node": "same node", "other": "another node", "any": "any node"}[same]


def _references(rule: Rule) -> Iterator[str]:
    if rule.references:
        yield "References\n" + "\n".join(f"  {reference}" for reference in rule.references)


def _examples(title: str, examples: tuple[Example, ...]) -> Iterator[str]:
    for number, example in enumerate(examples, 1):
        files = [
            f"  {name}:\n" + indent(text.rstrip(), "    ") for name, text in example.files.items()
        ]
        yield f"Example {number} on which it {title}\n" + "\n".join(files)
