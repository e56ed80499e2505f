"""What the case holds of training: put together from all artifacts, judged, and made rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2o_forensics.model.training import Saved, Source, TrainingEvidence
from h2o_forensics.readers.training_archives import read_mojos
from h2o_forensics.readers.training_logs import read_logs
from h2o_forensics.readers.training_places import placed, together
from h2o_forensics.training.frame_rows import frame_rows
from h2o_forensics.training.judge import judge
from h2o_forensics.training.merge import JobState, merged
from h2o_forensics.training.model_rows import model_rows
from h2o_forensics.training.search_rows import search_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from h2o_forensics.model.bundle import Problem
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
    problems: Sequence[Problem],
) -> TrainingEvidence:
    """Everything about training in the case, each thing once, judged.

    Args:
        artifacts: all of the case.
        signals: the scanner's own list.
        clocks: of the nodes.
        jobs: rows of the table `jobs`.
        problems: they say which archives were not read to their end.
    """
    models, used = read_mojos(artifacts, problems)
    documents = [
        placed(one.saved, one.id, one.path)
        for one in artifacts
        if one.id not in used and one.saved != _NOTHING
    ]
    documents.append(Saved(models=tuple(models)))
    paths = {one.id: one.path for one in artifacts}
    states = [_state(row, paths) for row in jobs if row["dest"]]
    saved = merged(together(documents), read_logs(artifacts, signals, clocks), states)
    return TrainingEvidence(saved=saved, judged=judge(saved))


def training_rows(
    training: TrainingEvidence, nodes: Sequence[Row], chunks: Sequence[Row]
) -> dict[str, list[Row]]:
    """Rows of the tables about training, and of `chunks`.

    Args:
        training: what was read.
        nodes: rows of `cluster_nodes`.
        chunks: rows of `chunks` that the logs gave.
    """
    framed = frame_rows(training.saved, nodes, chunks)
    own = model_rows(training) | search_rows(training.saved) | framed
    return own | {"chunks": [*chunks, *framed["chunks"]]}


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
