"""All that the readers and the scan learned: what rules are evaluated over."""

from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.model.artifact import Case
from h2o_forensics.model.bundle import Problem
from h2o_forensics.model.diagnosis import Diagnosis, Unexplained
from h2o_forensics.model.finding import Hit
from h2o_forensics.model.jvm import Jvm
from h2o_forensics.model.rule import Pack
from h2o_forensics.model.settings import Settings
from h2o_forensics.model.training import TrainingEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl


class EvidenceSet(Struct, frozen=True):
    """The case, its tables, the hits of all record signals, and what no rule explains."""

    case: Case
    tables: "dict[str, pl.DataFrame]"
    hits: tuple[Hit, ...]
    unexplained: tuple[Unexplained, ...]
    jvms: tuple[Jvm, ...] = ()
    training: TrainingEvidence = TrainingEvidence()


class Analysis(Struct, frozen=True):
    """All a report may draw on."""

    case: Case
    tables: "Mapping[str, pl.DataFrame]"
    """By name, not to be changed; a name that is not there is answered with those that are."""
    diagnosis: Diagnosis
    unexplained: tuple[Unexplained, ...]
    timeline: "tuple[TimelineEntry, ...]"
    rulebook_version: str
    rulebook_sha256: str
    rulebook_rules: int
    partial: tuple[str, ...] = ()
    """What was left undone and why, one sentence each; empty: all was read and judged."""
    settings: Settings = Settings()
    rulebook_packs: tuple[Pack, ...] = ()
    """Where the rules came from: the built-in pack first."""
    jvms: tuple[Jvm, ...] = ()
    training: TrainingEvidence = TrainingEvidence()
    touched: tuple[str, ...] = ()
    """Ids of rules that had a hit, a row, a finding or a gap, sorted; not for reports."""


class GcAnalysis(Struct, frozen=True):
    """GC logs alone, whatever program wrote them."""

    sources: tuple[str, ...]
    jvms: tuple[Jvm, ...]
    problems: tuple[Problem, ...]
    read: tuple[str, ...]
    """Paths that were read and hold nothing of a collector's."""
    partial: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    """Of what was read, the files that look like GC logs: no pause in them is of a kind that is known."""


class TimelineEntry(Struct, frozen=True):
    """A point worth showing in clock order."""

    ts: int
    node: str | None
    what: str
    """start | cloud | locked | finding | silence | job | last_record | shutdown"""
    text: str
    finding: str | None
    artifact: str | None
    path: str | None
    line: int | None
