"""Writes `rules/measures.json`: `python -m h2o_forensics.rulebook.measures_file`."""

import msgspec

from h2o_forensics.model.rule import RuleBook, measures_of
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.load import load_rulebook
from h2o_forensics.rulebook.measures import COMPILED, Compiled, key_of, translate


def compiled_file(rulebook: RuleBook) -> bytes:
    """What the file must hold for these rules.

    Raises:
        ValueError: a measure is refused.
    """
    found: dict[str, Compiled] = {}
    for rule in (*rulebook.rules, *rulebook.deprecated):
        for measure in measures_of(rule.when):
            compiled, faults = translate(measure.sql)
            if compiled is None:
                raise ValueError(f"{rule.id}: {faults[0]}")
            found[key_of(measure.sql)] = compiled
    return msgspec.json.format(msgspec.json.encode(dict(sorted(found.items()))), indent=1) + b"\n"


if __name__ == "__main__":
    (rules_dir() / COMPILED).write_bytes(compiled_file(load_rulebook(plugins=False)))
