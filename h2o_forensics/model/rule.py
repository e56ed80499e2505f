"""A rule as the YAML states it, typed.  `rulebook.load` makes these; `engine` runs them.

All durations are milliseconds here (`10m` in YAML), all sizes bytes.
"""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from h2o_forensics.model.finding import Value

Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["low", "medium", "high"]
Harm = Literal["fault", "risk", "remark"]
CaptureType = Literal["str", "int", "float", "bytes", "duration", "node", "node_tail"]

RECORDS = "records"


class Signal(Struct, frozen=True):
    """A named match over log records (`table` = records) or over rows of an evidence table.

    Records: a record is a candidate when one of its lines holds `anchor` (a literal, case-sensitive).  With `raw` the
    line itself must be one *without* a header (what a JVM prints past the logger) and `pattern` is searched in it and
    in up to 40 lines after it; otherwise `pattern` is searched in the record: its message, i.e. the first line without
    the header, and the lines that belong to it (64 KiB at most).  `pattern` uses the `regex` module, MULTILINE, and
    is written so that user data (file, frame and column names) cannot satisfy it: begin with `^` wherever H2O does.
    Without `pattern` the message (raw: the line) must *begin* with the anchor.

    Rows: every row of `table` for which `where`, a Polars SQL expression over its columns, is true.
    """

    rule_id: str
    name: str
    table: str = RECORDS
    kinds: tuple[str, ...] = ("h2o_log",)
    """Kinds of artifact searched (YAML `in:`)."""
    anchor: str | None = None
    pattern: str | None = None
    raw: bool = False
    lines_after: int = 0
    """Search this many lines after the record too, without their headers: tables are printed line by line."""
    levels: tuple[str, ...] = ()
    logger: str | None = None
    """Exact logger name; None: any."""
    thread: str | None = None
    """A pattern the thread column must match in full; None: any."""
    where: str | None = None
    """Rows: the filter.  Records: a further filter over the captures (and `level`, `thread`, `node`)."""
    captures: dict[str, CaptureType] = {}
    """How named groups are converted: `bytes` reads `91.1 MB`; `duration` reads `90 s`; `node` strips
    `localhost/` and gives `ip:port`; `node_tail` resolves the tail of a cut `ip:port` among the nodes of the case."""
    about: str | None = None
    """The capture (or column) that names the node this is about; None: the node that logged it."""
    shared: str | None = None
    """Name in the pack's signals.yaml, when the rule took it from there (`use:`)."""

    @property
    def id(self) -> str:
        """`RULEID.name`."""
        return f"{self.rule_id}.{self.name}"

    def type_of(self, capture: str) -> CaptureType:
        """How a named group is converted; a `pid` is a number without being told."""
        return self.captures.get(capture, "int" if capture == "pid" else "str")


class AtLeast(Struct, frozen=True, tag="at_least"):
    """At least `count` hits of `signal`, all within `within_ms` (None: whenever).

    Per node, in the whole case, or per subject: per model, grid, AutoML run or frame that rows are about.
    """

    signal: str
    count: int = 1
    within_ms: int | None = None
    per: Literal["node", "case", "subject"] = "node"


class Sequence(Struct, frozen=True, tag="sequence"):
    """Hits of these signals in this order of time, first to last within `within_ms`."""

    signals: tuple[str, ...]
    within_ms: int | None = None
    per: Literal["node", "case"] = "node"


class Unanswered(Struct, frozen=True, tag="unanswered"):
    """A hit of `signal` with no hit of `by` after it within `within_ms`.

    Counts only where the artifacts cover the whole window; else a gap is reported instead.
    """

    signal: str
    by: str
    within_ms: int
    per: Literal["node", "case"] = "node"


class Absent(Struct, frozen=True, tag="absent"):
    """No hit of `signal` at all (per node: on the node the other clauses of the `all` speak of)."""

    signal: str
    per: Literal["node", "case"] = "node"


class MeasureJoin(Struct, frozen=True):
    """One join of a measure, as its size is estimated before it runs."""

    table: str
    keys: tuple[str, ...]
    """Columns of `table` that must be equal."""
    base: str
    """The table that the step begins with."""
    base_keys: tuple[str, ...]
    """Its columns they must be equal to; empty where they are columns of a table joined in between."""


class MeasureStep(Struct, frozen=True):
    """One SELECT of a measure, written anew from the parsed text: a CTE, or (no name) the last one."""

    name: str
    sql: str
    """Polars SQL over `tables`, nothing else."""
    tables: tuple[str, ...]
    """Evidence tables and earlier steps it reads."""
    joins: tuple[MeasureJoin, ...] = ()


class Measure(Struct, frozen=True, tag="measure"):
    """The rows of a query over the evidence tables: `node, ts, artifact, line` (or `pointer`), and facts.

    Without rows it does not hold.
    """

    name: str
    """`measure`, with the numbers of the `any` and `all` parts it lies in: unique in the rule."""
    sql: str
    """As the author wrote it; never run."""
    steps: tuple[MeasureStep, ...]
    columns: tuple[str, ...]
    """What it returns; those that say no place are facts."""
    per: Literal["node", "case"] = "node"


class AnyOf(Struct, frozen=True, tag="any"):
    """The union of what the parts find."""

    clauses: tuple["Clause", ...]


class AllOf(Struct, frozen=True, tag="all"):
    """Every part holds: node by node for parts that are per node; a part that is per case holds for every node."""

    clauses: tuple["Clause", ...]


Clause = AtLeast | Sequence | Unanswered | Absent | Measure | AnyOf | AllOf


def measures_of(clause: Clause) -> "tuple[Measure, ...]":
    """The measures in a clause, in the order they are written."""
    if isinstance(clause, AnyOf | AllOf):
        return tuple(found for part in clause.clauses for found in measures_of(part))
    return (clause,) if isinstance(clause, Measure) else ()


class Fact(Struct, frozen=True):
    """A number or text computed for a finding; None when the evidence cannot give it.

    One of: `signal`+`of`+`take` over the hits of the finding's node(s); `table`+`of`+`take`(+`where`) over the rows
    of an evidence table of the finding's node (`scope: case`: all rows, `scope: peers`: the rows of other nodes);
    `calc`, arithmetic over earlier facts (`+ - * / ( ) min() max() ceil() floor() known() only()`, numbers), rounded up to `round_up`;
    `text`, a template over earlier facts.
    """

    name: str
    signal: str | None = None
    table: str | None = None
    of: str | None = None
    take: Literal["first", "last", "min", "max", "sum", "count", "list"] = "first"
    where: str | None = None
    scope: Literal["node", "peers", "case"] = "node"
    calc: str | None = None
    round_up: float | None = None
    text: str | None = None


class Remedy(Struct, frozen=True):
    """An advised action.  Texts are templates over the facts (`{xmx_bytes:bytes}`).

    A template that needs a fact which is None is replaced by `otherwise` (for `do`) or left out (for `command`).
    """

    do: str
    why: str
    command: str | None = None
    otherwise: str | None = None
    risk: str | None = None
    reference: str | None = None


class CauseEdge(Struct, frozen=True):
    """The rule's condition can be the effect of `condition`."""

    condition: str
    because: str
    same: Literal["node", "other", "any"] = "node"
    """The cause is on the same node, on another one, or anywhere."""
    within_ms: int | None = None
    """The effect begins at most this long after the cause was last seen (None: a day; after a risk any time)."""
    when: str | None = None
    """`calc`-like comparison over the effect's facts, e.g. `peak_kv_bytes > 0.5 * heap_bytes`."""
    before_ms: int = 0
    """The effect may have begun this long before the cause was first seen: what fails was short before."""


class Yield(Struct, frozen=True):
    """Where `condition` is found too, it explains the same evidence better and this finding is withdrawn."""

    condition: str
    because: str
    same: Literal["node", "any"] = "node"


class Example(Struct, frozen=True):
    """Evidence as text: files by name (one nameless log for a plain string)."""

    files: dict[str, str]


class Rule(Struct, frozen=True):
    """A rule, as its YAML file states it."""

    id: str
    condition: str
    name: str
    title: str
    status: Literal["draft", "stable", "deprecated"]
    since: str
    severity: Severity
    confidence: Confidence
    harm: Harm
    signals: tuple[Signal, ...]
    when: Clause
    says: str
    """Template of the message over the facts; always there: node, nodes, count, first_seen, last_seen."""
    explain: str
    false_positives: str
    facts: tuple[Fact, ...]
    remedies: tuple[Remedy, ...]
    caused_by: tuple[CauseEdge, ...]
    yields_to: tuple[Yield, ...]
    references: tuple[str, ...]
    fires: tuple[Example, ...]
    silent: tuple[Example, ...]
    may_also_match: tuple[str, ...] = ()
    """Other rules whose signals may match our examples (each foreign match must be listed)."""
    starts_from: str | None = None
    """A signal whose first hit dates the start of the condition (`since` in the report), e.g. first warning."""
    decided_by: tuple[str, ...] = ()
    """Evidence that would decide a hypothesis (confidence low), one sentence each."""
    says_otherwise: str | None = None
    """The message where the evidence lacks a fact that `says` needs; without it such a fact reads `unknown`."""
    path: str = ""
    """File it was read from, relative to the pack."""
    foreign: bool = False
    """From a further pack: what it computes runs in a process of its own."""
    reason: str | None = None
    """Why it is deprecated; such a rule does not run unless it is asked for by its id."""
    replaced_by: str | None = None
    """Id of the rule that does its work now."""


class Pack(Struct, frozen=True):
    """One source of rules."""

    name: str
    """Of its directory, or of the entry point that offers it."""
    source: str
    """`built-in`, `given` (a directory the user named) or `package NAME VERSION`."""
    version: str
    rules: tuple[str, ...]
    """Ids of its rules, deprecated ones included."""
    retired: tuple[str, ...] = ()
    """Ids it gave up for good (retired.yaml)."""
    shared: tuple[str, ...] = ()
    """Names in its signals.yaml."""
    place: Path = Path()
    """Where it lies; not for reports."""


class RuleBook(Struct, frozen=True):
    """All rules in id order, checked against each other."""

    version: str
    sha256: str
    """Over the rule files' bytes."""
    rules: tuple[Rule, ...]
    conditions: dict[str, str]
    """Condition name to meaning (`rules/conditions.yaml`)."""
    deprecated: tuple[Rule, ...] = ()
    """Rules that are read and checked but do not run."""
    packs: tuple[Pack, ...] = ()
    """Where the rules came from: the built-in pack first."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Every signal of every rule."""
        return tuple(signal for rule in self.rules for signal in rule.signals)


Facts = dict[str, Value]
