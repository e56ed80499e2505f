"""What a comparison of cross-validation and test says, for people and for experts."""

import math
from collections.abc import Iterable

from msgspec.structs import replace

from h2o_forensics.model.training import Comparison, Interval
from h2o_forensics.report import training_words as words
from h2o_forensics.report.training_shape import ComparisonItem, ModelItem

SURE = 4.0
"""z from which a difference is no chance, whatever was looked for."""
_LEVEL = 0.01
_BEYOND = 100.0


def rooted(one: Comparison) -> Comparison:
    """Squared errors are told as their roots, which are in the unit of the response."""
    if one.metric != "mse":
        return one
    base = max(one.cv.value, 0.0)

    def added(size: float | None) -> float | None:
        return None if size is None else math.sqrt(base + max(size, 0.0)) - math.sqrt(base)

    return replace(
        one,
        metric="rmse",
        cv=_root(one.cv),
        test=_root(one.test),
        gap=math.sqrt(max(one.test.value, 0.0)) - math.sqrt(base),
        floor=added(one.floor) or 0.0,
        detectable=added(one.detectable),
    )


def _root(one: Interval) -> Interval:
    value, low, high = (
        None if end is None else math.sqrt(max(end, 0.0)) for end in (one.value, one.low, one.high)
    )
    return Interval(value or 0.0, low, high)


def compared(found: Comparison) -> str:
    """What a comparison says, for somebody who knows no statistics."""
    one = rooted(found)
    metric, cv, test = one.metric, one.cv.value, one.test.value
    name, apart = words.metric_name(metric), words.value(abs(test - cv))
    said = f"{name} {words.value(cv)} in cross-validation, {words.value(test)} on the test"
    if one.score is None:
        return f"{said}: too few rows to judge.{_would(metric, one.detectable)}"
    if one.differs:
        return f"{said}: {apart} worse, more than chance gives ({words.chance(one.p)})."
    if one.gap < 0 and one.score <= -SURE:
        return (
            f"{said}: {apart} better, more than chance gives. "
            "An easy test, or rows of the test were in training."
        )
    lead = f"{said}: {apart}" if one.gap else said
    return f"{lead}{_no_loss(one)}"


def _no_loss(one: Comparison) -> str:
    """The end of the sentence on a gap that does not count."""
    would = _would(one.metric, one.detectable)
    if one.gap <= 0:
        return f" better.{would}" if one.gap else f": no difference.{would}"
    least = f"less than the {words.value(one.floor)} that counts"
    small = one.gap < one.floor
    if small and significant(one):
        return f" worse, more than chance gives ({words.chance(one.p)}), but {least}."
    if significant(one):
        return f" worse ({words.chance(one.p)}), which was not counted.{would}"
    counts = f"{words.chance(one.p)}; below {_LEVEL} counts"
    return (
        f" worse, which chance may have given ({counts}){f', and {least}' if small else ''}.{would}"
    )


def apart(item: ModelItem) -> float | None:
    """How much worse the test is than the cross-validation, in the metric that is shown."""
    if item.cv is None or item.test is None:
        return None
    gap = item.test.value - item.cv.value
    return -gap if words.higher_is_better(item.metric) else gap


def significant(one: Comparison) -> bool:
    """Worse by more than chance gives."""
    return one.gap > 0 and one.p is not None and one.p < _LEVEL


def beside(found: Iterable[Comparison]) -> str:
    """What else is worse by more than chance, where the metric that decides is not."""
    told = [f"{compared(one)} {one.note}".rstrip() for one in found
            if not one.decides and significant(one)]  # fmt: skip
    return "".join(f" {one}" for one in told)


def _would(metric: str, detectable: float | None) -> str:
    if detectable is None:
        return ""
    way = "drop" if words.higher_is_better(metric) else "rise"
    return (
        f" A measured {way} of {words.value(detectable)} or more would have counted; a true one of "
        "that size is caught about half the time."
    )


def decided_by(item: ComparisonItem) -> str:
    """The statistic with its numbers: what an expert checks."""
    parts = [item.statistic or "no statistic"]
    if item.score is not None:
        letter = "z" if item.df is None else "t"
        many = "1 degree" if item.df == 1 else f"{item.df or 0.0:.3g} degrees"
        freedom = f" with {many} of freedom" if item.df is not None else ""
        size = _size(item.score)
        parts.append(f"{letter} {size}{freedom}, one-sided {words.chance(item.p)}")
    least = max(item.floor, item.detectable or 0.0)
    of = " of MSE" if item.metric == "mse" else ""
    parts.append(f"smallest measured gap{of} that counts: {words.value(least)}")
    return "; ".join(parts)


def _size(score: float) -> str:
    if abs(score) > _BEYOND:
        return "> 100" if score > 0 else "< -100"
    return f"= {score:.2f}"
