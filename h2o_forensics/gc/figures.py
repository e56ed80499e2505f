"""From a run's digests to the nouns of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.join import Run
    from h2o_forensics.model.jvm import Jvm


def figures(run: Run, started: int | None = None) -> Jvm:
    """The figures of a run.

    Args:
        run: its digests.
        started: epoch ms of the JVM's start where the log itself does not say (`started_by` is then `banner`).
    """
    raise NotImplementedError
