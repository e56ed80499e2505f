"""`any`: the union of what the parts find, node by node."""

from collections.abc import Sequence

from msgspec.structs import replace

from h2o_forensics.engine.clauses.ground import Match, Outcome, match_of, merge_hits

_Key = tuple[bool, str | None, str | None]
"""Whole case, node, subject."""


def any_of(parts: Sequence[Outcome]) -> Outcome:
    """One match per node and subject that any part found; a gap matters where none found any."""
    found: dict[_Key, list[Match]] = {}
    for part in parts:
        for match in part.matches:
            found.setdefault((match.whole_case, match.node, match.subject), []).append(match)
    matches = tuple(_union(found[key]) for key in sorted(found, key=_order))
    told = {match.node for match in matches}
    gaps = tuple(gap for part in parts for gap in part.gaps if gap.node not in told)
    return Outcome(matches, gaps)


def _order(key: _Key) -> tuple[bool, bool, str, str]:
    return (key[0], key[1] is None, key[1] or "", key[2] or "")


def _union(matches: Sequence[Match]) -> Match:
    if len(matches) == 1:
        return matches[0]
    union = match_of(matches[0].node, merge_hits(matches), whole_case=matches[0].whole_case)
    firsts = [match.first for match in matches if match.first is not None]
    counts = [match.count for match in matches]
    shared = len(union.hits) < sum(len(match.hits) for match in matches)
    return replace(
        union,
        subject=matches[0].subject,
        first=min(firsts, default=None),
        # Parts that quote the same hits speak of the same events.
        count=max(counts) if shared else sum(counts),
    )
