"""From rule files to a checked `RuleBook`: load, check, lint, show, lock, document, begin."""

from h2o_forensics.rulebook.docs import rule_pages
from h2o_forensics.rulebook.draft import Draft, draft_rule
from h2o_forensics.rulebook.lint import lint
from h2o_forensics.rulebook.load import load_rulebook, with_deprecated
from h2o_forensics.rulebook.lock import check_lock, write_lock
from h2o_forensics.rulebook.schema import fresh_schema
from h2o_forensics.rulebook.show import find_rule, list_rules, show_rule

__all__ = [
    "Draft",
    "check_lock",
    "draft_rule",
    "find_rule",
    "fresh_schema",
    "lint",
    "list_rules",
    "load_rulebook",
    "rule_pages",
    "show_rule",
    "with_deprecated",
    "write_lock",
]
