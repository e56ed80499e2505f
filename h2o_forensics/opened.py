"""What was given, opened within the budget: where every flow begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.errors import IntakeError
from h2o_forensics.intake import open_bundle
from h2o_forensics.model.bundle import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.budget import Budget
    from h2o_forensics.model.bundle import Bundle

    Sources = Path | str | Sequence[Path | str]


def open_within(sources: Sources, budget: Budget, limits: Limits | None = None) -> Bundle:
    """Start the budget's clock, and open what was given.

    Raises:
        IntakeError: nothing readable was given.
    """
    budget.begin()
    limits = limits or Limits()
    if limits.stop is None:
        limits = replace(limits, stop=budget.stop_reading)
    try:
        return open_bundle([sources] if isinstance(sources, str | Path) else sources, limits)
    except IntakeError as error:
        reason = budget.end_reading()
        if reason is None:
            raise
        raise IntakeError(f"{error}\n  Ended before anything was read: {reason}.") from error
