"""Keeps the findings of the time and the node that the user asks for, with what they hang on."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from h2o_forensics.diagnose.graph import Link
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.settings import Settings


def in_focus(
    findings: Sequence[Finding], links: Sequence[Link], settings: Settings
) -> AbstractSet[int]:
    """Indices of findings that touch window and node, and of all that a cause joins to them.

    A cause is kept however early it began, and on whatever node: without it an effect would be
    named first.  What has no time, or no node, may belong to any.
    """
    wanted = {index for index, finding in enumerate(findings) if _touches(finding, settings)}
    size = -1
    while size != len(wanted):
        size = len(wanted)
        for one in links:
            if wanted & {one.cause, one.effect}:
                wanted |= {one.cause, one.effect}
    return wanted


def _touches(finding: Finding, settings: Settings) -> bool:
    if settings.node is not None and finding.nodes and settings.node not in finding.nodes:
        return False
    first = finding.first_seen
    if first is None:
        return True
    last = finding.last_seen if finding.last_seen is not None else first
    return (settings.since_ms is None or last >= settings.since_ms) and (
        settings.until_ms is None or first <= settings.until_ms
    )
