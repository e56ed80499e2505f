"""Leaderboards: models of one response and frame, with tests corrected for their number."""

from collections.abc import Iterable, Sequence

from h2o_forensics.model.training import Leaderboard
from h2o_forensics.report import training_words as words
from h2o_forensics.report.training_compared import apart
from h2o_forensics.report.training_shape import LeaderboardItem, LeaderboardRow, ModelItem

FALSE_SHARE = 0.05
"""Share of false ones that is accepted among those flagged (Benjamini and Hochberg 1995)."""
_MOST_OF_H2O = 1000

_Key = tuple[str, str, str, str]


def leaderboards(
    models: Iterable[ModelItem], written: Iterable[Leaderboard]
) -> tuple[LeaderboardItem, ...]:
    """Ours, of two models or more, the largest first; then those that H2O wrote."""
    groups: dict[_Key, list[ModelItem]] = {}
    for model in models:
        if model.metric is not None and (model.cv or model.test):
            key = (model.response or "", model.training_frame or "", model.test_frame or "")
            groups.setdefault((*key, model.metric), []).append(model)
    own = [_board(key, group) for key, group in groups.items() if len(group) > 1]
    own.sort(key=lambda board: (-board.models, board.id))
    theirs = {(one.id, one.rows): one for one in reversed(list(map(_written, written)))}
    return (*own, *reversed(theirs.values()))


def adjusted(values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg's adjusted p of each; None stays None and counts for nothing."""
    known = sorted((p, at) for at, p in enumerate(values) if p is not None)
    found: list[float | None] = [None] * len(values)
    least = 1.0
    for rank in range(len(known), 0, -1):
        p, at = known[rank - 1]
        least = min(least, p * len(known) / rank)
        found[at] = least
    return found


def _board(key: _Key, group: list[ModelItem]) -> LeaderboardItem:
    response, training, test, metric = key
    sign = -1.0 if words.higher_is_better(metric) else 1.0

    def standing(model: ModelItem) -> tuple[bool, float, str]:
        told = model.cv or model.test
        return told is None, sign * told.value if told else 0.0, model.model

    ranked = sorted(group, key=standing)
    decides = [next((one for one in model.comparisons if one.decides), None) for model in ranked]
    corrected = adjusted([one.p if one else None for one in decides])
    rows = tuple(
        LeaderboardRow(
            rank=rank,
            model=model.model,
            metric=metric,
            cv=model.cv.value if model.cv else None,
            test=model.test.value if model.test else None,
            gap=apart(model),
            p=one.p if one else None,
            adjusted_p=p,
            flagged=one is not None and p is not None and p <= FALSE_SHARE and one.gap >= one.floor,
        )
        for rank, (model, one, p) in enumerate(zip(ranked, decides, corrected, strict=True), 1)
    )
    tested, flagged = sum(p is not None for p in corrected), sum(row.flagged for row in rows)
    return LeaderboardItem(
        id=" / ".join(part for part in (response, training, test) if part) or metric,
        from_="models",
        response=response or None,
        training_frame=training or None,
        test_frame=test or None,
        metric=metric,
        models=len(group),
        tested=tested,
        flagged=flagged,
        says=words.board_says(len(group), tested, flagged),
        rows=rows,
    )


def _written(board: Leaderboard) -> LeaderboardItem:
    """As H2O wrote it: the sort metric on its frame, or of the cross-validation."""
    names = list(board.columns)
    model_at = names.index("model_id") if "model_id" in names else 0
    metric = board.sort_metric or (names[1] if len(names) > 1 else None)
    at = names.index(metric) if metric in names else None
    rows = []
    for rank, row in enumerate(board.rows[:_MOST_OF_H2O], 1):
        told = row[at] if at is not None and at < len(row) else None
        score = float(told) if isinstance(told, int | float) else None
        rows.append(
            LeaderboardRow(
                rank=rank,
                model=str(row[model_at]) if model_at < len(row) else "?",
                metric=metric,
                cv=score if board.frame is None else None,
                test=score if board.frame is not None else None,
                gap=None,
                p=None,
                adjusted_p=None,
                flagged=False,
            )
        )
    where = f"on {board.frame}" if board.frame else "by cross-validation"
    many = f"{len(board.rows):,} model{'s' * (len(board.rows) != 1)}"
    return LeaderboardItem(
        id=board.id,
        from_="h2o",
        response=None,
        training_frame=None,
        test_frame=board.frame,
        metric=metric,
        models=len(board.rows),
        tested=0,
        flagged=0,
        says=f"{many}, ranked {where}.",
        rows=tuple(rows),
    )
