"""What the case holds of training: put together from all artifacts, judged, and made rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.training import Saved, Source, TrainingEvidence
from h2o_forensics.readers.training_logs import read_logs
from h2o_forensics.readers.training_places import placed, together
from h2o_forensics.training.merge import JobState, merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.rule import Signal
    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.scanned import Scanned

Row = dict[str, Any]
_NOTHING = Saved()


def read_training(
    artifacts: Sequence[Scanned],
    signals: Sequence[Signal],
    clocks: Mapping[str, SettledClock],
    jobs: Sequence[Row],
) -> TrainingEvidence:
    """Everything about training in the case, each thing once.

    Args:
        artifacts: all of the case.
        signals: the scanner's own list.
        clocks: of the nodes.
        jobs: rows of the table `jobs`.
    """
    documents = [placed(one.saved, one.id, one.path) for one in artifacts if one.saved != _NOTHING]
    paths = {one.id: one.path for one in artifacts}
    states = [_state(row, paths) for row in jobs if row["dest"]]
    saved = merged(together(documents), read_logs(artifacts, signals, clocks), states)
    return TrainingEvidence(saved=saved)


def _state(row: Row, paths: Mapping[str, str]) -> JobState:
    artifact = str(row["artifact"])
    return JobState(
        dest=str(row["dest"]),
        description=str(row["description"] or ""),
        status=row["status"],
        progress=row["progress"],
        ms=row["msec"],
        started=row["started"],
        source=Source(
            artifact, paths.get(artifact, ""), str(row["pointer"]), None, str(row["text"])
        ),
    )
