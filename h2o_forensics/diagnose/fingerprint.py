"""A finding's name that stays the same from run to run, whatever the times and lines."""

import hashlib
import re
from collections.abc import Sequence

from h2o_forensics.model.finding import Finding

_DIGITS = re.compile(r"\d+")
_PLACES = frozenset({"node", "nodes"})


def fingerprint(finding: Finding, nodes: Sequence[str]) -> str:
    """16 hex digits over rule, condition, the nodes' ordinals in the case and text facts."""
    known = {node: ordinal for ordinal, node in enumerate(nodes)}
    parts = [finding.rule, finding.condition]
    parts += [finding.subject] if finding.subject else []
    parts += [str(known.get(node, node)) for node in finding.nodes]
    parts += [
        f"{name}={_DIGITS.sub('#', value)}"
        for name, value in sorted(finding.facts.items())
        if isinstance(value, str) and name not in _PLACES
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
