"""The examples of rules, tried on all rules: whose signals match what they were not meant for."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from h2o_forensics import pipeline
from h2o_forensics.engine.rows import keep_where
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.rule import Example, Rule, RuleBook


def foreign_matches(book: RuleBook, only: Collection[str] | None = None) -> list[str]:
    """One line per signal that matches another rule's examples without being listed there.

    Args:
        book: the rules.
        only: ids of the rules whose examples are tried; None: all.
    """
    found = []
    for rule in (one for one in book.rules if only is None or one.id in only):
        others = [one for one in book.rules if one.id not in {rule.id, *rule.may_also_match}]
        seen: set[str] = set()
        for field, example in examples_of(rule):
            near = [one for one in others if _has_an_anchor_in(one, example)]
            for hit in hits_of(example, replace(book, rules=tuple(near))) if near else ():
                if hit.signal not in seen:
                    seen.add(hit.signal)
                    what = f"{hit.signal} matches it at {hit.path}:{hit.line}"
                    other = hit.signal.partition(".")[0]
                    found.append(f"{rule.id}: {field}: {what}: list {other} in may_also_match")
    return found


def examples_of(rule: Rule) -> Iterator[tuple[str, Example]]:
    """Every example with its field."""
    for kind, found in (("fires", rule.fires), ("silent", rule.silent)):
        for index, example in enumerate(found):
            yield f"examples.{kind}[{index}]", example


def hits_of(example: Example, book: RuleBook) -> Iterator[Hit]:
    """What the signals match and their filters keep."""
    found: dict[str, list[Hit]] = {}
    for hit in pipeline.gather_texts(example.files, book).hits:
        found.setdefault(hit.signal, []).append(hit)
    for signal in book.signals:
        yield from keep_where(signal, found.get(signal.id, ()))


def _has_an_anchor_in(rule: Rule, example: Example) -> bool:
    """Whether a signal can match at all: without its anchor in the text it cannot."""
    anchors = [signal.anchor for signal in rule.signals if signal.anchor is not None]
    return any(anchor in text for text in example.files.values() for anchor in anchors)
