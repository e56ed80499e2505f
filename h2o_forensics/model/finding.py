"""Hits (a signal matched here), evidence (what a reader can open) and findings (a rule held)."""

from msgspec import Struct

Value = str | int | float | bool | None


class Hit(Struct, frozen=True):
    """One place where a signal matched: a log record, or a row of an evidence table."""

    signal: str
    """`RULEID.name`."""
    artifact: str
    path: str
    line: int | None
    """1-based; None for rows that come from a JSON document (see `pointer`)."""
    line_end: int | None
    pointer: str | None
    ts: int | None
    """Epoch ms, UTC; a line without a stamp of its own has the stamp of the record before it."""
    node: str | None
    """The node it is *about*: the signal's `about` capture, else the node that logged it."""
    logged_by: str | None
    run: int | None
    level: str
    thread: str
    text: str
    """The line as it stands there (first line of the evidence)."""
    captures: dict[str, Value]
    weight: int = 1
    """Exact number of matches this row stands for: storms keep samples, never lose the count."""
    subject: str | None = None
    """What the row is about, where that is no node: `model x`, `grid y`, `frame z`."""


class Evidence(Struct, frozen=True):
    """A quotation, with the place where a reader finds it."""

    artifact: str
    path: str
    kind: str
    """line | range | pointer | gap"""
    line: int | None
    line_end: int | None
    pointer: str | None
    time: int | None
    node: str | None
    text: str


class RemedyText(Struct, frozen=True):
    """A remedy with its numbers filled in."""

    do: str
    why: str
    command: str | None
    risk: str | None
    reference: str | None


class Finding(Struct, frozen=True):
    """A rule that held, where and when."""

    rule: str
    condition: str
    title: str
    harm: str
    """`fault` (something failed), `risk` (nothing failed yet), `remark` (worth knowing, never a verdict)."""
    severity: str
    confidence: float
    nodes: tuple[str, ...]
    since: int | None
    first_seen: int | None
    last_seen: int | None
    count: int
    message: str
    explain: str
    facts: dict[str, Value]
    evidence: tuple[Evidence, ...]
    remedies: tuple[RemedyText, ...]
    decided_by: tuple[str, ...] = ()
    """Evidence that would prove or refute it, as the rule states."""
    subject: str | None = None
    """The model, grid, AutoML run or frame it is about; None: it is about nodes, or the case."""
