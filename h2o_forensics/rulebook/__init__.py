"""From rule files to a checked `RuleBook`: load, check, lint, show."""

from h2o_forensics.rulebook.lint import lint
from h2o_forensics.rulebook.load import load_rulebook, with_deprecated
from h2o_forensics.rulebook.show import find_rule, list_rules, show_rule

__all__ = ["find_rule", "lint", "list_rules", "load_rulebook", "show_rule", "with_deprecated"]
