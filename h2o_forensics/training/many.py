"""Many models at once: one split, many p-values."""

from collections.abc import Sequence


def benjamini_hochberg(p: Sequence[float | None], q: float = 0.05) -> tuple[bool, ...]:
    """Which hypotheses fall, at a false discovery rate of q; None never does.

    Benjamini & Hochberg, JRSS-B 57 (1995); valid under positive dependence (Benjamini &
    Yekutieli 2001), which models that share one split have.
    """
    known = sorted(value for value in p if value is not None)
    cut = max((v for i, v in enumerate(known, 1) if v <= q * i / len(known)), default=-1.0)
    return tuple(value is not None and value <= cut for value in p)
