"""The report as data: frozen Structs that mirror the JSON report of the contract, field by field.

Times are ISO 8601, UTC, with milliseconds and `Z`.  A number the evidence cannot give is null.
No field has a default: every one is in every report.  `report.schema.json` is generated from
these types.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, TypeVar, cast

from msgspec import Meta, Struct, field

from h2o_forensics.report.audit_items import AuditItem
from h2o_forensics.report.jvms_shape import JvmItem
from h2o_forensics.report.moments import Time
from h2o_forensics.report.training_shape import (
    AutoMLItem,
    FrameItem,
    GridItem,
    LeaderboardItem,
    ModelItem,
)

SCHEMA_NAME = "h2o-forensics/report/1"

_Shape = TypeVar("_Shape", bound=Struct)
Value = str | int | float | bool | None


def _one_of(*names: str) -> Meta:
    """Names for the schema's `enum`.  Nothing is checked at run time: a new name is still shown."""
    return Meta(extra_json_schema={"enum": list(names)})


Verdict = Annotated[str, _one_of("incident", "at_risk", "healthy", "insufficient_evidence")]
Role = Annotated[str, _one_of("root_cause", "symptom", "risk", "info", "suppressed")]
Severity = Annotated[str, _one_of("critical", "high", "medium", "low", "info")]
EvidenceKind = Annotated[str, _one_of("line", "range", "pointer", "gap")]
ClockHow = Annotated[str, _one_of("stated", "inferred", "assumed")]
End = Annotated[str, _one_of("running", "exit", "terminated", "killed", "crash", "unknown")]
SuppressionState = Annotated[str, _one_of("held", "expired", "unused")]
State = Annotated[str, _one_of("read", "opened", "duplicate", "listed", "refused")]


class PackInfo(Struct, frozen=True):
    """One source of rules: `built-in`, `given` or `package NAME VERSION`."""

    name: str
    source: str
    version: str
    rules: int


class RuleBookInfo(Struct, frozen=True):
    """Which rules were asked; the hash covers all packs."""

    version: str
    sha256: str
    rules: int
    packs: tuple[PackInfo, ...]


class Tool(Struct, frozen=True):
    """What made the report."""

    version: str
    rulebook: RuleBookInfo


class Window(Struct, frozen=True):
    """From the first to the last moment of the H2O logs and of what findings quote."""

    first: Time | None
    last: Time | None


class ClockInfo(Struct, frozen=True):
    """How the stamps of one node became UTC; `because`, beyond the contract's list, says why so."""

    zone: str
    year: int | None
    how: ClockHow
    skew_ms: int | None
    because: str


class NodeInfo(Struct, frozen=True):
    """One life of one process."""

    node: str
    run: int
    h2o_version: str | None
    java_version: str | None
    pid: int | None
    xmx_bytes: int | None
    physical_bytes: int | None
    cores: int | None
    cloud_name: str | None
    started: Time | None
    last_seen: Time | None
    end: End


class CloudInfo(Struct, frozen=True):
    """The cluster as its members saw it."""

    expected: int | None
    largest: int | None
    locked_by: str | None


class CaseInfo(Struct, frozen=True):
    """What was given and understood."""

    sources: tuple[str, ...]
    window: Window
    clocks: dict[str, ClockInfo]
    nodes: tuple[NodeInfo, ...]
    cloud: CloudInfo


class EvidenceItem(Struct, frozen=True):
    """`path` is relative to the source, `line` 1-based, `text` the line as it stands there."""

    artifact: str
    path: str
    kind: EvidenceKind
    line: int | None
    line_end: int | None
    pointer: str | None
    time: Time | None
    node: str | None
    text: str


class CausedBy(Struct, frozen=True):
    """The link from a finding to its cause."""

    finding: str
    because: str
    lag_ms: int | None


class WhyNotItem(Struct, frozen=True):
    """A condition that was considered and dropped."""

    condition: str
    because: str


class RemedyItem(Struct, frozen=True):
    """An advised action."""

    do: str
    why: str
    command: str | None
    risk: str | None
    reference: str | None


class FindingItem(Struct, frozen=True):
    """A rule that held.

    Beyond the contract's list: `explain` says what the condition means, `subject` which model,
    grid, AutoML run or frame it is about (null: nodes, or the whole case), `decided_by` what
    would prove or refute it.
    """

    id: str
    fingerprint: str
    rule: str
    condition: str
    title: str
    role: Role
    severity: Severity
    confidence: Annotated[float, Meta(ge=0, le=1)]
    why_confident: str
    why_not: tuple[WhyNotItem, ...]
    nodes: tuple[str, ...]
    since: Time | None
    first_seen: Time | None
    last_seen: Time | None
    count: int
    message: str
    facts: dict[str, Value]
    caused_by: tuple[CausedBy, ...]
    evidence: tuple[EvidenceItem, ...]
    remedies: tuple[RemedyItem, ...]
    explain: str
    subject: str | None
    decided_by: tuple[str, ...]


class SuppressedItem(Struct, frozen=True):
    """A suppression of the config file and the findings it hides: they are in no other list.

    `until` is its last day, by the evidence's own time.
    """

    rule: str | None
    condition: str | None
    fingerprint: str | None
    node: str | None
    reason: str
    until: str
    state: SuppressionState
    findings: tuple[FindingItem, ...]


class IncidentItem(Struct, frozen=True):
    """Findings that belong together; unrelated trouble makes another incident."""

    id: str
    findings: tuple[str, ...]
    nodes: tuple[str, ...]
    from_: Time | None = field(name="from")
    to: Time | None


class UnexplainedItem(Struct, frozen=True):
    """A shape of warning, or an exception, that no rule knows."""

    shape: str
    count: int
    example: str
    evidence: tuple[EvidenceItem, ...]


class GapItem(Struct, frozen=True):
    """What no artifact covers, and what to fetch."""

    node: str | None
    source: str
    from_: Time | None = field(name="from")
    to: Time | None
    why: str
    fetch: str


class ProblemItem(Struct, frozen=True):
    """Damaged, oversized or refused input."""

    artifact: str
    code: str
    message: str
    count: int


class ArtifactItem(Struct, frozen=True):
    """`state` and `same_as`, beyond the contract's list, say what was done with the file."""

    id: str
    path: str
    kind: str
    node: str | None
    bytes: int
    sha256: str | None
    lines: int | None
    state: State
    same_as: str | None
    part: str | None = None
    """Which part of the file, where a wrapper holds several: a container's stdout, a pod."""


class TimelineItem(Struct, frozen=True):
    """A point worth showing in clock order."""

    time: Time
    node: str | None
    what: str
    text: str
    finding: str | None
    artifact: str | None
    path: str | None
    line: int | None


class Report(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole report.  `root_causes` is the ranked answer, `findings` holds all of them.

    `partial` says what was left undone, and is empty where nothing was; `settings` are what the
    user stated, where that can change the report.
    """

    schema: Annotated[str, _one_of(SCHEMA_NAME)]
    tool: Tool
    case: CaseInfo
    verdict: Verdict
    summary: str
    root_causes: tuple[FindingItem, ...]
    findings: tuple[FindingItem, ...]
    incidents: tuple[IncidentItem, ...]
    unexplained: tuple[UnexplainedItem, ...]
    gaps: tuple[GapItem, ...]
    problems: tuple[ProblemItem, ...]
    artifacts: tuple[ArtifactItem, ...]
    jvms: tuple[JvmItem, ...]
    models: tuple[ModelItem, ...]
    leaderboards: tuple[LeaderboardItem, ...]
    grids: tuple[GridItem, ...]
    automl: tuple[AutoMLItem, ...]
    frames: tuple[FrameItem, ...]
    audits: tuple[AuditItem, ...]
    timeline: tuple[TimelineItem, ...]
    suppressed: tuple[SuppressedItem, ...]
    partial: tuple[str, ...]
    settings: dict[str, Value]


def map_texts(
    report: _Shape,
    change: Callable[[str], str],
    by_key: Callable[[str], str | None] | None = None,
    *,
    keep: Collection[str] = (),
) -> _Shape:
    """The report with every text, keys of mappings too, passed through `change`.

    Args:
        report: what to change.
        change: a text to the one shown instead.
        by_key: the text to show for a key, whatever stands there; None leaves it to `change`.
        keep: fields of the report's own parts that stay as they are; not keys of mappings.
    """

    def walk(value: object, key: str = "") -> object:
        if isinstance(value, str):
            fixed = by_key(key) if by_key is not None else None
            return change(value) if fixed is None else fixed
        if isinstance(value, Struct):
            names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
            own = ((name, shown, getattr(value, name)) for name, shown in names)
            parts = {name: part if name in keep else walk(part, shown) for name, shown, part in own}
            return type(value)(**parts)
        if isinstance(value, Mapping):
            return {change(str(name)): walk(item, str(name)) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(walk(item, key) for item in value)
        return value

    return cast("_Shape", walk(report))
