"""Where the rules and the report templates live: in the checkout, or inside the installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(in_repo: str, in_wheel: str) -> Path:
    wheel = _PACKAGE / in_wheel
    return wheel if wheel.is_dir() else _PACKAGE.parent / in_repo


def rules_dir() -> Path:
    """Directory of the built-in rule pack."""
    return _find("rules", "_rules")


def rule_schema_file() -> Path:
    """JSON Schema of rule files, for editors."""
    return rules_dir() / "rule.schema.json"


def healthy_lines_file() -> Path:
    """What healthy logs say, and how often (scripts/healthy_lines.py)."""
    return rules_dir() / "healthy.tsv"


def templates_dir() -> Path:
    """Directory of the report templates."""
    return _find("reports/templates", "_templates")
