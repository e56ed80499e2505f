"""Makes the report from an analysis: the contract's shape, sorted, with secrets masked."""

from typing import TYPE_CHECKING

from h2o_forensics import __version__
from h2o_forensics.report import shape, view
from h2o_forensics.report.anonymize import Anonymizer, quads
from h2o_forensics.report.audit_items import audit_items
from h2o_forensics.report.jvms import jvm_items
from h2o_forensics.report.moments import iso
from h2o_forensics.report.redact import MASK, clean, names_secret
from h2o_forensics.report.training_boards import leaderboards
from h2o_forensics.report.training_frames import frame_items
from h2o_forensics.report.training_models import model_items
from h2o_forensics.report.training_searches import automl_items, grid_items

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.model.artifact import Case, Gap, Node
    from h2o_forensics.model.diagnosis import Incident, JudgedFinding, Suppressed, Unexplained
    from h2o_forensics.model.evidence import Analysis, TimelineEntry
    from h2o_forensics.model.finding import Evidence
    from h2o_forensics.model.settings import Settings

_MAX_INT = 2**63
_OUR_OWN = frozenset(
    ("schema", "sha256", "verdict", "role", "severity", "condition", "rule", "id", "finding",
     "fingerprint", "kind", "state", "how", "end", "code", "collector", "metric", "of")
)  # fmt: skip
"""Fields with names of ours: a file called `incident.log` must not turn a verdict into a token."""


def build_report(analysis: "Analysis", version: str | None = None) -> shape.Report:
    """The report of `analysis`; `version` is the tool's (default: this package's)."""
    diagnosis = analysis.diagnosis
    findings = tuple(_finding(judged) for judged in diagnosis.findings)
    by_id = {finding.id: finding for finding in findings}
    models = model_items(analysis)
    report = shape.Report(
        schema=shape.SCHEMA_NAME,
        tool=_tool(analysis, version),
        case=_case(analysis.case, _window(analysis)),
        verdict=diagnosis.verdict,
        summary=f"Partial report. {diagnosis.summary}" if analysis.partial else diagnosis.summary,
        root_causes=tuple(by_id[name] for name in diagnosis.root_causes),
        findings=findings,
        incidents=tuple(_incident(incident) for incident in diagnosis.incidents),
        unexplained=tuple(_unexplained(item) for item in analysis.unexplained),
        gaps=_gaps([*diagnosis.gaps, *analysis.case.gaps]),
        problems=_problems(analysis.case),
        artifacts=_artifacts(analysis.case),
        jvms=jvm_items(analysis.jvms),
        models=models,
        leaderboards=leaderboards(models, analysis.training.saved.leaderboards),
        grids=grid_items(analysis),
        automl=automl_items(analysis),
        frames=frame_items(analysis),
        audits=audit_items(analysis),
        timeline=_timeline(analysis.timeline, {one.id for one in findings if _is_timeless(one)}),
        suppressed=tuple(_suppressed(item) for item in diagnosis.suppressed),
        partial=analysis.partial,
        settings=_settings(analysis.settings),
    )
    masked = shape.map_texts(report, clean, lambda key: MASK if names_secret(key) else None)
    return _without_names(masked, analysis) if analysis.settings.redact else masked


def _without_names(report: shape.Report, analysis: "Analysis") -> shape.Report:
    """Tokens for addresses, hosts, users and paths, in two passes: a name may be told late."""
    nodes = analysis.case.nodes
    ours = " ".join(f"{item.title} {item.explain}" for item in report.findings)
    versions = {node.h2o_version for node in nodes if node.h2o_version}
    names = Anonymizer({node.host for node in nodes if node.host}, versions | quads(ours))
    files = [*(one.path for one in analysis.case.artifacts), *analysis.case.sources]
    if analysis.settings.config:
        files.append(analysis.settings.config)
    names.learn_files(files, [one.part for one in analysis.case.artifacts])
    shape.map_texts(report, names.learn)
    return shape.map_texts(report, names.mask, keep=_OUR_OWN)


def _tool(analysis: "Analysis", version: str | None) -> shape.Tool:
    rulebook = shape.RuleBookInfo(
        version=analysis.rulebook_version,
        sha256=analysis.rulebook_sha256,
        rules=analysis.rulebook_rules,
        packs=tuple(
            shape.PackInfo(
                name=pack.name, source=pack.source, version=pack.version, rules=len(pack.rules)
            )
            for pack in analysis.rulebook_packs
        ),
    )
    return shape.Tool(version=version or __version__, rulebook=rulebook)


def _window(analysis: "Analysis") -> shape.Window:
    """What H2O's logs cover, and all beyond it that findings tell of and quote.

    A JVM that is choked by its collector writes its GC log on when H2O's fell silent long ago.
    """
    found = [analysis.case.first_ms, analysis.case.last_ms]
    for judged in analysis.diagnosis.findings:
        finding = judged.finding
        if view.timeless(finding.subject):
            continue
        found += [finding.first_seen, finding.last_seen, *(one.time for one in finding.evidence)]
    known = [moment for moment in found if moment is not None]
    return shape.Window(first=iso(min(known, default=None)), last=iso(max(known, default=None)))


def _case(case: "Case", window: shape.Window) -> shape.CaseInfo:
    clocks = {
        node: shape.ClockInfo(
            zone=clock.zone,
            year=clock.year,
            how=clock.how,
            skew_ms=clock.skew_ms,
            because=clock.because,
        )
        for node, clock in sorted(case.clocks.items())
    }
    return shape.CaseInfo(
        sources=case.sources,
        window=window,
        clocks=clocks,
        nodes=tuple(
            _node(node) for node in sorted(case.nodes, key=lambda node: (node.node, node.run))
        ),
        cloud=shape.CloudInfo(
            expected=case.cloud.expected, largest=case.cloud.largest, locked_by=case.cloud.locked_by
        ),
    )


def _node(node: "Node") -> shape.NodeInfo:
    return shape.NodeInfo(
        node=node.node,
        run=node.run,
        h2o_version=node.h2o_version,
        java_version=node.java_version,
        pid=node.pid,
        xmx_bytes=node.xmx_bytes,
        physical_bytes=node.physical_bytes,
        cores=node.cores,
        cloud_name=node.cloud_name,
        started=iso(node.started),
        last_seen=iso(node.last_seen),
        end=node.end,
    )


def _finding(judged: "JudgedFinding") -> shape.FindingItem:
    finding = judged.finding
    caused_by = tuple(
        shape.CausedBy(finding=link.cause, because=link.because, lag_ms=link.lag_ms)
        for link in judged.caused_by
    )
    remedies = tuple(
        shape.RemedyItem(
            do=item.do, why=item.why, command=item.command, risk=item.risk, reference=item.reference
        )
        for item in finding.remedies
    )
    return shape.FindingItem(
        id=judged.id,
        fingerprint=judged.fingerprint,
        rule=finding.rule,
        condition=finding.condition,
        title=finding.title,
        role=judged.role,
        severity=finding.severity,
        confidence=round(min(max(finding.confidence, 0.0), 1.0), 4),
        why_confident=judged.why_confident,
        why_not=tuple(
            shape.WhyNotItem(condition=no.condition, because=no.because) for no in judged.why_not
        ),
        nodes=finding.nodes,
        since=iso(finding.since),
        first_seen=iso(finding.first_seen),
        last_seen=iso(finding.last_seen),
        count=finding.count,
        message=finding.message,
        facts={name: _value(value) for name, value in finding.facts.items()},
        caused_by=caused_by,
        evidence=tuple(_evidence(item) for item in finding.evidence),
        remedies=remedies,
        explain=finding.explain,
        subject=finding.subject,
        decided_by=finding.decided_by,
    )


def _suppressed(item: "Suppressed") -> shape.SuppressedItem:
    stated = item.suppression
    return shape.SuppressedItem(
        rule=stated.rule,
        condition=stated.condition,
        fingerprint=stated.fingerprint,
        node=stated.node,
        reason=stated.reason,
        until=stated.until.isoformat(),
        state=item.state,
        findings=tuple(_finding(judged) for judged in item.findings),
    )


def _settings(settings: "Settings") -> dict[str, shape.Value]:
    """What was stated; threads change no byte of a report."""
    stated = {
        "config": settings.config,
        "node": settings.node,
        "redact": "addresses, hosts, users and paths are tokens; quoted lines differ from the files"
        if settings.redact
        else None,
        "since": iso(settings.since_ms),
        "timezone": settings.timezone,
        "until": iso(settings.until_ms),
        "year": settings.year,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _value(value: shape.Value) -> shape.Value:
    """JSON readers hold integers of 64 bits; a larger one becomes a float."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _MAX_INT:
        return float(value)
    return value


def _evidence(item: "Evidence") -> shape.EvidenceItem:
    return shape.EvidenceItem(
        artifact=item.artifact,
        path=item.path,
        kind=item.kind,
        line=item.line,
        line_end=item.line_end,
        pointer=item.pointer,
        time=iso(item.time),
        node=item.node,
        text=item.text,
    )


def _incident(incident: "Incident") -> shape.IncidentItem:
    return shape.IncidentItem(
        id=incident.id,
        findings=incident.findings,
        nodes=incident.nodes,
        from_=iso(incident.first_ms),
        to=iso(incident.last_ms),
    )


def _unexplained(item: "Unexplained") -> shape.UnexplainedItem:
    where = shape.EvidenceItem(
        artifact=item.artifact,
        path=item.path,
        kind="line",
        line=item.line,
        line_end=None,
        pointer=None,
        time=iso(item.ts),
        node=item.node,
        text=item.example,
    )
    return shape.UnexplainedItem(
        shape=item.shape, count=item.count, example=item.example, evidence=(where,)
    )


def _gaps(gaps: "Iterable[Gap]") -> tuple[shape.GapItem, ...]:
    """Each gap once, the diagnosis' own (they would decide) before those of reading."""
    unique = dict.fromkeys(
        (gap.node, gap.source, gap.from_ms, gap.to_ms, gap.why, gap.fetch) for gap in gaps
    )
    return tuple(
        shape.GapItem(
            node=node, source=source, from_=iso(first), to=iso(last), why=why, fetch=fetch
        )
        for node, source, first, last, why, fetch in unique
    )


def _problems(case: "Case") -> tuple[shape.ProblemItem, ...]:
    ordered = sorted(
        case.problems, key=lambda problem: (problem.artifact, problem.code, problem.message)
    )
    return tuple(
        shape.ProblemItem(
            artifact=item.artifact, code=item.code, message=item.message, count=item.count
        )
        for item in ordered
    )


def _artifacts(case: "Case") -> tuple[shape.ArtifactItem, ...]:
    return tuple(
        shape.ArtifactItem(
            id=item.id,
            path=item.path,
            kind=item.kind,
            node=item.node,
            bytes=item.bytes,
            sha256=item.sha256,
            lines=item.lines,
            state=item.state,
            same_as=item.same_as,
            part=item.part or None,
        )
        for item in case.artifacts
    )


def _is_timeless(finding: shape.FindingItem) -> bool:
    return view.timeless(finding.subject)


def _timeline(
    entries: "Iterable[TimelineEntry]", timeless: set[str]
) -> tuple[shape.TimelineItem, ...]:
    items = [
        shape.TimelineItem(
            time=time,
            node=entry.node,
            what=entry.what,
            text=entry.text,
            finding=entry.finding,
            artifact=entry.artifact,
            path=entry.path,
            line=entry.line,
        )
        for entry in entries
        if entry.finding not in timeless and (time := iso(entry.ts)) is not None
    ]
    items.sort(key=lambda item: (item.time, item.node or "", item.path or "", item.line or 0))
    return tuple(items)
