"""`all`: every part holds, node by node; a part about the whole case holds for every node."""

from collections.abc import Collection, Sequence

from h2o_forensics.engine.clauses.ground import Match, Outcome, merge_hits
from h2o_forensics.model.artifact import Gap


def all_of(parts: Sequence[Outcome], undated: Collection[str] = ()) -> Outcome:
    """One match per node for which every part holds, or one for the case when all speak of it.

    Args:
        parts: what each part found.
        undated: ids of signals that say what is there, not when it began: parts that consist of
            their hits give the match its time only when no other part has one.
    """
    per_node = [
        {match.node: match for match in part.matches if not match.whole_case} for part in parts
    ]
    whole = [next((match for match in part.matches if match.whole_case), None) for part in parts]
    needed = [set(found) for found, case in zip(per_node, whole, strict=True) if case is None]
    if not needed:
        everything = [*whole, *(match for found in per_node for match in found.values())]
        return Outcome(
            (_join(None, [match for match in everything if match], undated, whole_case=True),)
        )
    nodes = sorted(set.intersection(*needed), key=lambda node: (node is None, node or ""))
    matches = tuple(
        _join(node, _of_node(node, per_node, whole), undated, whole_case=False) for node in nodes
    )
    return Outcome(matches, _gaps(parts, set(nodes), per_node, whole))


def _of_node(
    node: str | None, per_node: Sequence[dict[str | None, Match]], whole: Sequence[Match | None]
) -> list[Match]:
    found = [(own.get(node), case) for own, case in zip(per_node, whole, strict=True)]
    return [match for pair in found for match in pair if match is not None]


def _join(
    node: str | None, matches: Sequence[Match], undated: Collection[str], *, whole_case: bool
) -> Match:
    """All hits, from the moment the last part began to hold; the first part's events count."""
    dated = [match for match in matches if any(hit.signal not in undated for hit in match.hits)]
    firsts = [match.first for match in dated if match.first is not None]
    firsts = firsts or [match.first for match in matches if match.first is not None]
    lasts = [match.last for match in matches if match.last is not None]
    counts = [match.count for match in matches if match.hits]
    return Match(
        node=node,
        hits=merge_hits(matches),
        first=max(firsts, default=None),
        last=max(lasts, default=None),
        count=counts[0] if counts else 0,
        whole_case=whole_case,
    )


def _gaps(
    parts: Sequence[Outcome],
    decided: set[str | None],
    per_node: Sequence[dict[str | None, Match]],
    whole: Sequence[Match | None],
) -> tuple[Gap, ...]:
    """Gaps that decide: of nodes for which every other part holds."""
    gaps = []
    for index, part in enumerate(parts):
        others = [at for at in range(len(parts)) if at != index]
        for gap in part.gaps:
            rest_holds = all(whole[at] is not None or gap.node in per_node[at] for at in others)
            if rest_holds and gap.node not in decided:
                gaps.append(gap)
    return tuple(gaps)
