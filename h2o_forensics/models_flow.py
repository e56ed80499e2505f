"""The flow of `h2o-forensics models`: saved models, grids, AutoML runs and frames, judged.

It is `analyze` on the same evidence: logs that lie beside tell of searches and of the clusters that
trained, and findings about models take part in one diagnosis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.model.settings import Settings
from h2o_forensics.pipeline import analyze

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from h2o_forensics.budget import Budget
    from h2o_forensics.model.bundle import Limits
    from h2o_forensics.model.evidence import Analysis

_SETTINGS = Settings()


def analyze_models(
    sources: Path | str | Sequence[Path | str],
    *,
    limits: Limits | None = None,
    settings: Settings = _SETTINGS,
    progress: Callable[[str, int, int | None], None] | None = None,
    budget: Budget | None = None,
) -> Analysis:
    """Everything about training in what was given; `Analysis.training` holds it.

    Args:
        sources: a directory, file or archive, or several.
        limits: caps on hostile input.
        settings: what the user decided: year, time zone, threads, suppressions.
        progress: called with stage, done and total bytes.
        budget: time and memory it may take; what was done until then is the analysis.

    Raises:
        IntakeError: nothing readable was given.
        RuleError: the rulebook is broken.
    """
    return analyze(sources, limits=limits, settings=settings, progress=progress, budget=budget)
