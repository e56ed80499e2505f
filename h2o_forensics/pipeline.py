"""The core flow.  A reader should understand the product from this page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from h2o_forensics.diagnose import diagnose
from h2o_forensics.engine.evaluate import evaluate
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts, open_bundle
from h2o_forensics.model.bundle import Limits
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.settings import Settings
from h2o_forensics.model.tables import Tables
from h2o_forensics.readers import BUILTIN_SIGNALS, read_case, requote
from h2o_forensics.rulebook import load_rulebook
from h2o_forensics.timeline import build_timeline
from h2o_forensics.unknown import unknown_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from h2o_forensics.model.bundle import Bundle
    from h2o_forensics.model.evidence import EvidenceSet
    from h2o_forensics.model.finding import Finding
    from h2o_forensics.model.rule import RuleBook

    Progress = Callable[[str, int, int | None], None]

_SETTINGS = Settings()


def analyze(
    sources: Path | str | Sequence[Path | str],
    *,
    packs: Sequence[Path] = (),
    disable: Collection[str] = (),
    limits: Limits | None = None,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
) -> Analysis:
    """One incident: what was given, judged.

    Args:
        sources: a directory, file or archive, or several.
        packs: directories of further rules.
        disable: ids of rules to leave out.
        limits: caps on hostile input.
        settings: what the user decided: year, time zone, threads.
        progress: called with stage, done and total bytes.

    Raises:
        IntakeError: nothing readable was given.
        RuleError: the rulebook is broken.
    """
    rulebook = load_rulebook(*packs, disable=disable)
    given = [sources] if isinstance(sources, str | Path) else sources
    bundle = open_bundle([Path(source) for source in given], limits or Limits())
    return examine(bundle, rulebook, settings, progress)


def examine(
    bundle: Bundle,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
) -> Analysis:
    """Read, evaluate, diagnose."""
    evidence = gather(bundle, rulebook, settings, progress)
    findings, gaps = evaluate(rulebook.rules, evidence)
    findings = requote(findings, bundle, evidence.case)
    case, unknown = evidence.case, unknown_exceptions(evidence)
    diagnosis = diagnose(findings, (*case.gaps, *gaps), rulebook, case, unknown)
    return Analysis(
        case=evidence.case,
        tables=Tables(evidence.tables),
        diagnosis=diagnosis,
        unexplained=evidence.unexplained,
        timeline=build_timeline(evidence, diagnosis),
        rulebook_version=rulebook.version,
        rulebook_sha256=rulebook.sha256,
        rulebook_rules=len(rulebook.rules),
    )


def gather(
    bundle: Bundle,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
) -> EvidenceSet:
    """Read every byte once."""
    signals = (*BUILTIN_SIGNALS, *rulebook.signals)
    return read_case(bundle, signals, Scanner(signals, settings.threads), settings, progress)


def examine_texts(files: Mapping[str, str], rulebook: RuleBook) -> Analysis:
    """As `analyze`, for evidence given as text by file name: the examples of rules."""
    return examine(bundle_of_texts(files), rulebook)


def gather_texts(files: Mapping[str, str], rulebook: RuleBook) -> EvidenceSet:
    """As `gather`, for text."""
    return gather(bundle_of_texts(files), rulebook)


def findings_of_texts(files: Mapping[str, str], rulebook: RuleBook) -> tuple[Finding, ...]:
    """What the rules find in text, before it is diagnosed."""
    return evaluate(rulebook.rules, gather_texts(files, rulebook))[0]


def trial(rulebook: RuleBook) -> list[str]:
    """Run every example of every rule; one line per failure."""
    failures = []
    for rule in rulebook.rules:
        for kind, examples in (("fires", rule.fires), ("silent", rule.silent)):
            for number, example in enumerate(examples, 1):
                found = findings_of_texts(example.files, rulebook)
                fired = any(finding.rule == rule.id for finding in found)
                if fired != (kind == "fires"):
                    what = "the rule fired" if fired else "the rule was silent"
                    failures.append(f"{rule.path}: examples.{kind} {number}: {what}")
    return failures
