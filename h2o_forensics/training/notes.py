"""What a reader of a judged model must know besides the numbers, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.training.signs_result import in_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.training.groups import Board
    from h2o_forensics.training.signs_quote import Looked

_MANY = 20
_NARROW_LEAD = 1.0


_WILD = "Some of its numbers cannot be; what would be computed from them was left out."


def notes_of(looked: Looked, board: Board, *, leads: bool, wild: bool) -> tuple[str, ...]:
    """The sentences, in a fixed order.

    Args:
        looked: the model.
        board: its leaderboard.
        leads: whether it is the leader.
        wild: whether some of its numbers could not be computed with.
    """
    return (
        *_of_joining(looked),
        *_of_rows(looked),
        *((_WILD,) if wild else ()),
        *(_of_leading(board) if leads else ()),
    )


def _of_joining(looked: Looked) -> Iterator[str]:
    joined = looked.joined
    for metrics in joined.refused:
        yield (
            f"Metrics on {metrics.frame or 'an unnamed frame'} were not used: their model_checksum"
            f" {metrics.model_checksum} is not this model's ({joined.model.checksum})."
        )
    if joined.of_training is not None:
        yield (
            f"The test metrics are of {joined.of_training.frame or 'the training frame'}, which"
            " the model was trained with: they test nothing."
        )
    if joined.steered:
        yield "The validation frame had a part in the training, so its metrics are no test."
    if len(joined.tests) > 1 and looked.test is not None:
        frames = ", ".join(metrics.frame or "unnamed" for _origin, metrics in joined.tests)
        yield f"Tested on {frames}; {looked.test.frame or 'unnamed'} is the worst and decides."


def _of_rows(looked: Looked) -> Iterator[str]:
    found = looked.deciding
    if found is not None and found.note:
        yield found.note
    least = None if found is None else in_parts(found, found.detectable)
    if found is not None and not found.differs and least is not None:
        size = f"{least:.3g}" if least == found.detectable else f"{least:.0%} of {found.metric}"
        yield f"This evidence could have shown a gap of {size} or more."
    if not looked.model.whole:
        yield "The model's document is cut; this is what stood before the cut."
    if looked.model.algo == "stackedensemble" and looked.cv is not None:
        yield (
            "Its cross-validation is of the metalearner on the base models' holdout predictions:"
            " it carries every leak of theirs."
        )
    unseen = looked.train_frame is None or looked.test_frame is None
    if found is not None and found.differs and unseen:
        yield "Without both frames' summaries no column could be checked for drift or time."


def _of_leading(board: Board) -> Iterator[str]:
    models = len(board.members)
    if models >= _MANY and board.lead_se is not None and board.lead_se < _NARROW_LEAD:
        yield (
            f"The best of {models} by {board.lead_se:.2g} standard errors: being picked flatters"
            " its cross-validation."
        )
