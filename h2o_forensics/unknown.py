"""Stack traces in the logs that no rule knows: not judged, but not passed over either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2o_forensics.model.diagnosis import UnknownException

if TYPE_CHECKING:
    from h2o_forensics.model.evidence import EvidenceSet

_GRAVE = frozenset({"ERROR", "FATAL"})
_OURS = ("hex.", "water.", "ai.h2o.")
_ANSWER = "; Stacktrace: ["
"""So begins the trace that H2O logs with an error it answers (water.api.RequestServer)."""
_CALLERS = ("water.api.", "hex.grid.", "ai.h2o.automl.")
"""Frames of who waits for the answer: a request, or a search that goes on without the model."""
_ANSWERED_MS = 5000
_CLIENT_ERRORS = range(400, 500)


def unknown_exceptions(evidence: EvidenceSet) -> tuple[UnknownException, ...]:
    """One for each shape of record, in order of the tables (time, node, line)."""
    paths = {artifact.id: artifact.path for artifact in evidence.case.artifacts}
    warned = {
        (row["artifact"], row["line"]): row
        for row in evidence.tables["warnings"].iter_rows(named=True)
        if not row["explained"] and row["level"] in _GRAVE
    }
    refusals = [
        (row["node"], row["ts"])
        for row in evidence.tables["http_requests"].iter_rows(named=True)
        if row["status"] in _CLIENT_ERRORS and row["ts"] is not None
    ]
    found: dict[str, UnknownException] = {}
    for row in evidence.tables["exceptions"].iter_rows(named=True):
        record = warned.get((row["artifact"], row["line"]))
        frames = [*(row["frames"] or "").split("\n"), row["operation"] or ""]
        if record is None or not any(frame.startswith(_OURS) for frame in frames):
            continue
        stamp = row["ts"]
        answered = _ANSWER in record["shape"] or any(
            node == row["node"]
            and stamp is not None
            and abs((moment - stamp).total_seconds()) * 1000 <= _ANSWERED_MS
            for node, moment in refusals
        )
        one = UnknownException(
            level=record["level"],
            name=row["root_class"] or row["class"],
            message=row["root_message"] or row["message"] or "",
            path=paths[row["artifact"]],
            line=row["line"],
            ts=None if stamp is None else int(stamp.timestamp() * 1000),
            node=row["node"],
            answered=answered,
            in_job=_is_in_job(frames),
        )
        found.setdefault(record["shape"], one)
    return tuple(found.values())


def _is_in_job(frames: list[str]) -> bool:
    """Whether the driver of a model or a parse threw it, and nobody above it was told."""
    driver = any("$Driver.compute" in frame for frame in frames)
    return driver and not any(frame.startswith(_CALLERS) for frame in frames)
