"""The verdict, and what would have to be fetched where the evidence does not decide."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from h2o_forensics.diagnose.blind import blind_spots, unended_gap
from h2o_forensics.diagnose.graph import Link
from h2o_forensics.diagnose.place import SURE, severity_of
from h2o_forensics.diagnose.rank import SERIOUS, Standing
from h2o_forensics.diagnose.strays import stray_exceptions
from h2o_forensics.model.artifact import Case, Gap
from h2o_forensics.model.diagnosis import ModelsSeen, OpenEnd, UnknownException
from h2o_forensics.model.finding import Finding

_UNREADABLE = frozenset(
    {
        "bad_crc", "bad_data", "bad_gzip", "bad_tar", "bad_zip", "changed", "encrypted", "hole",
        "missing", "not_a_file", "ratio", "too_big", "too_deep", "too_many", "truncated",
        "unreadable", "unsupported", "window", "wrong_size",
    }
)  # fmt: skip
"""Codes of problems that mean: a part was not read.  A line that was cut (`long_line`) is not among
them: its record is there, and what says what it is stands in its first megabyte."""
_LOGS = frozenset({"h2o_log", "console", "hs_err", "kernel_log", "gc_log", "archive"})
_STOPPED = "shutdown.requested"
"""No fault, unless somebody was at work: a user who cancels his own job knows, one who is cut off
by another does not."""
_ENDED = frozenset({"killed", "crash"})
_LEFT = frozenset({"exit", "terminated"})
_TELLING = (
    ("console", "its stdout and stderr (a JVM prints its last words past the logger)"),
    ("gc_log", "its garbage collection log (-Xlog:gc*)"),
    ("kernel_log", "the kernel log of its machine (dmesg, journalctl -k)"),
)
"""Kinds of artifact that decide most often, and how to get them."""


class Verdict(Struct, frozen=True):
    """One of the four words, the findings it rests on, and gaps that were found on the way."""

    word: str
    roots: tuple[int, ...]
    gaps: tuple[Gap, ...] = ()


class Signs(Struct, frozen=True):
    """What the findings and gaps of the rules do not say."""

    unknown: Sequence[UnknownException] = ()
    missing: Sequence[Gap] = ()
    """The logs already asked for, because a first cause may have causes of its own."""
    ends: Sequence[OpenEnd] = ()
    links: Sequence[Link] = ()
    models: ModelsSeen = ModelsSeen()


def decide(
    findings: Sequence[Finding],
    standing: Standing,
    case: Case,
    gaps: Sequence[Gap],
    signs: Signs,
) -> Verdict:
    """Incident, at_risk, healthy or insufficient_evidence, as the contract defines them."""
    if standing.roots:
        if any(findings[index].confidence >= SURE for index in standing.roots):
            return Verdict("incident", standing.roots)
        asked = {gap.node for gap in signs.missing}
        doubted = [
            findings[index]
            for index in standing.roots
            if not findings[index].nodes or not asked.issuperset(findings[index].nodes)
        ]
        return Verdict("insufficient_evidence", standing.roots, _telling(doubted, case))
    failed = _failed(case, signs.unknown)
    if failed is None:
        failed = tuple(_stopped(case)) or None
    if failed is not None:
        return Verdict("insufficient_evidence", (), failed)
    if standing.risks:
        return Verdict("at_risk", standing.risks)
    hidden, unended = _hidden(case, gaps, signs.models), tuple(map(unended_gap, signs.ends))
    meant = tuple(_cut_off(findings, signs.links))
    suspected = _suspected(findings, standing, case)
    sure = any(one.sure for one in signs.ends)
    if hidden is None and suspected is None and not meant and not sure:
        return Verdict("healthy", (), unended)
    doubts = (*meant, *(suspected or ()), *unended, *(hidden or ()))
    return Verdict("insufficient_evidence", (), doubts)


def _suspected(
    findings: Sequence[Finding], standing: Standing, case: Case
) -> tuple[Gap, ...] | None:
    """What would decide of models that are no more than suspected; None: there are none.

    That a test is worse than chance allows is certain, even where its cause is not.
    """
    doubted = [
        finding
        for finding, role in zip(findings, standing.roles, strict=True)
        if role == "risk" == finding.harm
        and finding.subject is not None
        and finding.confidence < SURE
        and severity_of(finding) >= SERIOUS
    ]
    return _telling(doubted, case) if doubted else None


def _cut_off(findings: Sequence[Finding], links: Sequence[Link]) -> Iterable[Gap]:
    """Work that a stop in order cut off: whether that was meant is not in any log."""
    for one in links:
        finding = findings[one.effect]
        stopped = findings[one.cause].condition == _STOPPED
        if stopped and finding.harm == "fault" and finding.confidence >= SURE:
            yield Gap(
                node=finding.nodes[0] if len(finding.nodes) == 1 else None,
                source="any",
                from_ms=finding.first_seen,
                to_ms=finding.last_seen,
                why=f"{finding.title}, because {one.because}: nothing here says whether that was "
                "meant.",
                fetch="The word of those who run the cluster: who stopped it, and why.",
            )


def _failed(case: Case, unknown: Sequence[UnknownException]) -> tuple[Gap, ...] | None:
    """Signs that something failed although no rule found it; None: no such sign."""
    gaps = [
        Gap(
            node=node.node,
            source="console",
            from_ms=node.last_seen,
            to_ms=None,
            why=f"The process of {node.node} ended suddenly and nothing here says why.",
            fetch=f"For {node.node}: {', '.join(how for _kind, how in _TELLING)}.",
        )
        for node in case.nodes
        if node.end in _ENDED
    ]
    gaps += stray_exceptions(unknown, case.nodes)
    unhealthy = any(problem.code == "node_not_healthy" for problem in case.problems)
    return tuple(gaps) if gaps or unhealthy else None


def _hidden(case: Case, gaps: Sequence[Gap], models: ModelsSeen) -> tuple[Gap, ...] | None:
    """What could hide a fault: unread logs, evidence that ends too early; None: nothing.

    Where models alone were given, what could hide theirs.
    """
    found = [*_unread(case), *blind_spots(case)]
    logs = any(one.kind in _LOGS - {"archive"} for one in case.artifacts)
    if models.judged and not logs:
        found += models.gaps
    elif not any(one.kind == "h2o_log" and one.state != "refused" for one in case.artifacts):
        found.append(
            Gap(
                node=None,
                source="h2o_log",
                from_ms=None,
                to_ms=None,
                why="No log of H2O itself is among the evidence.",
                fetch="The logs of every node: /3/Logs/download, or each node's `Log dir:`.",
            )
        )
    left = {node.node for node in case.nodes if node.end in _LEFT}
    open_questions = [gap for gap in gaps if gap not in case.gaps and gap.node not in left]
    return tuple(found) if found or open_questions else None


def _stopped(case: Case) -> Iterable[Gap]:
    """What time, memory or the user's patience did not reach to."""
    for problem in case.problems:
        if problem.code == "stopped":
            yield Gap(
                node=None,
                source="any",
                from_ms=None,
                to_ms=None,
                why=problem.message,
                fetch="Nothing: run again with more time or memory, or on fewer files.",
            )


def _unread(case: Case) -> Iterable[Gap]:
    refused = {one.path for one in case.artifacts if one.state == "refused" and one.kind in _LOGS}
    known = {one.path: one.kind for one in case.artifacts}
    for problem in case.problems:
        kind = known.get(problem.artifact, "archive")
        if problem.code in _UNREADABLE and kind in _LOGS:
            refused.add(problem.artifact)
    for path in sorted(refused):
        yield Gap(
            node=None,
            source=known.get(path, "archive"),
            from_ms=None,
            to_ms=None,
            why=f"{path} could not be read; it may hold what is missing here.",
            fetch=f"A whole copy of {path}.",
        )


def _telling(doubted: Sequence[Finding], case: Case) -> tuple[Gap, ...]:
    """Kinds of evidence that are not here for the nodes of the hypotheses."""
    gaps = [
        Gap(
            node=finding.nodes[0] if len(finding.nodes) == 1 else None,
            source="any",
            from_ms=None,
            to_ms=None,
            why=f"It would decide whether this is so: {finding.title}.",
            fetch=what,
        )
        for finding in doubted
        for what in finding.decided_by
    ]
    open_ones = [finding for finding in doubted if not finding.decided_by]
    if not open_ones:
        return tuple(gaps)
    nodes: list[str | None] = []
    nodes += sorted({node for finding in open_ones for node in finding.nodes})
    for node in nodes or [None]:
        here = {one.kind for one in case.artifacts if one.node == node or node is None}
        everywhere = {one.kind for one in case.artifacts if one.node is None}
        for kind, how in _TELLING:
            if kind not in here | everywhere:
                why = f"{kind} would decide whether this hypothesis is true; it is not here."
                gaps.append(Gap(node, kind, None, None, why, f"{node or 'Every node'}: {how}."))
    return tuple(gaps)
