"""What we say: findings joined by cause, grouped into incidents, ranked."""

from msgspec import Struct

from h2o_forensics.model.artifact import Gap
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.settings import Suppression


class CauseLink(Struct, frozen=True):
    """`cause` and `effect` are finding ids."""

    cause: str
    effect: str
    because: str
    lag_ms: int | None


class WhyNot(Struct, frozen=True):
    """Another condition that was considered, and why it is not named first."""

    condition: str
    because: str


class JudgedFinding(Struct, frozen=True):
    """A finding with its place in the answer."""

    id: str
    fingerprint: str
    finding: Finding
    role: str
    """root_cause | symptom | risk | info | suppressed"""
    caused_by: tuple[CauseLink, ...]
    why_confident: str
    why_not: tuple[WhyNot, ...]


class Incident(Struct, frozen=True):
    """Findings that belong together in cause, time and node."""

    id: str
    findings: tuple[str, ...]
    nodes: tuple[str, ...]
    first_ms: int | None
    last_ms: int | None


class Unexplained(Struct, frozen=True):
    """A shape of WARN+ record, or an exception, that no rule knows."""

    shape: str
    count: int
    example: str
    artifact: str
    path: str
    line: int
    ts: int | None
    node: str | None


class UnknownException(Struct, frozen=True):
    """A stack trace of H2O's own in an ERROR or FATAL record that no rule knows."""

    level: str
    name: str
    """Class of the innermost link of the chain."""
    message: str
    path: str
    line: int
    ts: int | None
    node: str | None
    answered: bool = False
    """A request was refused with it (HTTP 4xx): the caller knows."""
    in_job: bool = False
    """Thrown by the driver of a job, where no request waits: the job ended with it."""


class OpenEnd(Struct, frozen=True):
    """The last record of a node that says of something that it goes on, and nothing says how."""

    what: str
    """memory (it had run out) | work (a model was being trained)"""
    text: str
    """What the record says, without its header."""
    path: str
    line: int
    ts: int | None
    node: str
    sure: bool
    """False: the copy may have been taken while all was well, or the work may have ended with it."""


class ModelsSeen(Struct, frozen=True):
    """What saved models can testify to."""

    judged: int = 0
    """Models that have metrics of rows they were not trained on."""
    gaps: tuple[Gap, ...] = ()
    """What would have to be fetched to judge them, or the others."""


class Suppressed(Struct, frozen=True):
    """A suppression of the config file, and what it hides."""

    suppression: Suppression
    state: str
    """held | expired (the evidence is younger than its last day) | unused (nothing to hide)"""
    findings: tuple[JudgedFinding, ...]
    """Those that it hides; of an expired one, none: they are among the others."""


class Diagnosis(Struct, frozen=True):
    """The answer."""

    verdict: str
    """incident | at_risk | healthy | insufficient_evidence"""
    summary: str
    root_causes: tuple[str, ...]
    findings: tuple[JudgedFinding, ...]
    """All, the root causes first, in report order."""
    incidents: tuple[Incident, ...]
    gaps: tuple[Gap, ...]
    suppressed: tuple[Suppressed, ...] = ()
    """In the order of the config file; what they hide is in none of the fields above."""
