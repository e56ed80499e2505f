"""What the case holds of training: put together from all artifacts, judged, and made rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.training import Saved, TrainingEvidence
from h2o_forensics.readers.training_places import placed, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.readers.scanned import Scanned

Rows = dict[str, list[dict[str, Any]]]


def read_training(artifacts: Sequence[Scanned]) -> TrainingEvidence:
    """Everything about training in the case, each thing once."""
    saved = together(
        placed(one.saved, one.id, one.path) for one in artifacts if one.saved != Saved()
    )
    return TrainingEvidence(saved=saved)
