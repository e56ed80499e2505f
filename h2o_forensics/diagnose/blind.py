"""Where a fault could have happened unseen: nodes without logs, terse logs, short logs."""

import re
from collections.abc import Iterator

from h2o_forensics.diagnose.doubt import VERBOSE
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.diagnosis import OpenEnd

_TALKING = frozenset({"h2o_log", "console"})
_SHORT_MS = 5000
_SHORT_FROM_START_MS = 3000
"""A start takes two to three seconds; a log that shows it must go on after it."""
_QUOTED = 160
_SIGNAL = re.compile(r"\bsignal ([A-Za-z]+\d*)\.")


def blind_spots(case: Case) -> Iterator[Gap]:
    """What is not seen well enough to call the case healthy."""
    yield from _unheard(case)
    yield from _terse(case)
    yield from _cut_short(case)
    if case.first_ms is not None and case.last_ms is not None:
        seconds = (case.last_ms - case.first_ms) / 1000
        whole = bool(case.nodes) and all(node.started is not None for node in case.nodes)
        if case.last_ms - case.first_ms < (_SHORT_FROM_START_MS if whole else _SHORT_MS):
            yield Gap(
                None, "h2o_log", case.first_ms, case.last_ms,
                f"The logs cover {seconds:.1f} s in all.",
                "The whole logs of every node, from start to end.",
            )  # fmt: skip


def unended_gap(one: OpenEnd) -> Gap:
    """What would tell how it went on after a log that ends in the middle of something."""
    what = "while memory had run out" if one.what == "memory" else "while a model was being trained"
    return Gap(
        one.node, "console", one.ts, None,
        f"The log of {one.node} ends {what} ({one.path}:{one.line}: {one.text[:_QUOTED]!r}), and "
        "nothing here says how that went on.",
        f"For {one.node}: the log from there on, its stdout and stderr, its garbage collection "
        "log (-Xlog:gc*), what its client saw; or the words that it is still running.",
    )  # fmt: skip


def _unheard(case: Case) -> Iterator[Gap]:
    """Members of the cloud of which nothing here was written."""
    heard = {one.node for one in case.artifacts if one.kind in _TALKING}
    for gap in case.gaps:
        if gap.source == "h2o_log" and gap.node is not None and gap.node not in heard:
            yield gap


def _terse(case: Case) -> Iterator[Gap]:
    """Nodes whose logs hold warnings only."""
    levels: dict[str, set[str]] = {}
    for one in case.coverage:
        if one.node is not None:
            levels.setdefault(one.node, set()).add(one.level)
    for node, seen in sorted(levels.items()):
        if not seen & VERBOSE:
            yield Gap(
                node, "h2o_log", None, None,
                f"The logs of {node} hold warnings and errors only; what it did is not in them.",
                f"The INFO log of {node} (its `-3-info.log`, or stdout).",
            )  # fmt: skip


def _cut_short(case: Case) -> Iterator[Gap]:
    """Signals that took too long and were switched off: their rules saw only a part."""
    rules: dict[str, set[str]] = {}
    for problem in case.problems:
        if problem.code == "rule_timeout":
            named = _SIGNAL.findall(problem.message) or ["a rule"]
            for rule in named:
                rules.setdefault(rule, set()).add(problem.artifact)
    for rule, paths in sorted(rules.items()):
        where = ", ".join(sorted(paths)[:3])
        yield Gap(
            None, "h2o_log", None, None,
            f"Rule {rule} took too long and did not see all of {where}.",
            f"A shorter stretch of {where}, around the moment in question, given alone.",
        )  # fmt: skip
