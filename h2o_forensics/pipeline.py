"""The core flow.  A reader should understand the product from this page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.budget import Budget
from h2o_forensics.config import check_suppressions
from h2o_forensics.cycles import sought_seldom
from h2o_forensics.diagnose import diagnose
from h2o_forensics.ends import open_ends
from h2o_forensics.engine.evaluate import evaluate
from h2o_forensics.engine.explain import explain_rule
from h2o_forensics.engine.measure import unmeasured, with_measures
from h2o_forensics.engine.profile import Tally, profile_table
from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.diagnosis import Diagnosis
from h2o_forensics.model.evidence import Analysis, EvidenceSet
from h2o_forensics.model.finding import Finding
from h2o_forensics.model.settings import Settings
from h2o_forensics.model.tables import Tables
from h2o_forensics.opened import open_within
from h2o_forensics.partial import as_judged, as_read
from h2o_forensics.readers import (
    BUILTIN_SIGNALS,
    MemberReading,
    Readings,
    read_case,
    read_members,
    requote,
)
from h2o_forensics.rows_given import data_of, split_texts, with_rows
from h2o_forensics.rulebook import find_rule, load_rulebook
from h2o_forensics.timeline import build_timeline
from h2o_forensics.unjudged import models_seen
from h2o_forensics.unknown import unknown_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from h2o_forensics.model.artifact import Gap
    from h2o_forensics.model.bundle import Bundle, Limits, Member
    from h2o_forensics.model.rule import Rule, RuleBook
    from h2o_forensics.opened import Sources

    Progress = Callable[[str, int, int | None], None]

_SETTINGS = Settings()
_NOTHING = Readings()


class Run(Struct, frozen=True):
    """An analysis before it is put together for the report."""

    evidence: EvidenceSet
    found: tuple[Finding, ...]
    """By the rules, before they are diagnosed."""
    diagnosis: Diagnosis
    partial: tuple[str, ...]
    touched: tuple[str, ...] = ()
    """Ids of rules that had a hit, a row, a finding or a gap."""


def analyze(
    sources: Sources,
    *,
    packs: Sequence[Path] = (),
    disable: Collection[str] = (),
    enable: Collection[str] = (),
    plugins: bool = True,
    limits: Limits | None = None,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> Analysis:
    """One incident: what was given, judged.

    Args:
        sources: a directory, file or archive, or several.
        packs: directories of further rules.
        disable: ids of rules to leave out.
        enable: ids of deprecated rules that shall run.
        plugins: use the rules of installed packages.
        limits: caps on hostile input.
        settings: what the user decided: year, time zone, threads, suppressions.
        progress: called with stage, done and total bytes.
        budget: time and memory it may take; what was done until then is the analysis.

    Raises:
        IntakeError: nothing readable was given.
        RuleError: the rulebook is broken.
        ConfigError: a suppression names what no rule finds.
    """
    rulebook = load_rulebook(*packs, disable=disable, enable=enable, plugins=plugins)
    check_suppressions(settings.suppress, rulebook)
    budget = budget or Budget()
    bundle = open_within(sources, budget, limits)
    return examine(bundle, rulebook, settings, progress, budget)


def examine(
    bundle: Bundle,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
    budget: Budget | None = None,
    *,
    data: Sequence[tuple[str, Path | bytes]] = (),
    readings: Readings = _NOTHING,
    scanner: Scanner | None = None,
) -> Analysis:
    """Read, evaluate, diagnose, put together; `data`: rows beside those that the settings name.

    `readings`: what `read_some` gave in other processes, by the same rules; see `batch/split.py`.
    `scanner`: of the same rules, from `scanner_of`, with what was compiled for runs before.
    """
    with sought_seldom():
        run = work(
            bundle, rulebook, settings, progress, budget,
            data=data, readings=readings, scanner=scanner,
        )  # fmt: skip
    return Analysis(
        case=run.evidence.case,
        tables=Tables(run.evidence.tables),
        diagnosis=run.diagnosis,
        unexplained=run.evidence.unexplained,
        timeline=build_timeline(run.evidence, run.diagnosis),
        rulebook_version=rulebook.version,
        rulebook_sha256=rulebook.sha256,
        rulebook_rules=len(rulebook.rules),
        rulebook_packs=rulebook.packs,
        partial=run.partial,
        settings=settings,
        jvms=run.evidence.jvms,
        training=run.evidence.training,
        touched=run.touched,
    )


def scanner_of(rulebook: RuleBook) -> Scanner:
    """What seeks the signals of a rulebook; what it compiles may serve many runs."""
    return Scanner((*BUILTIN_SIGNALS, *rulebook.signals), 1)  # it is the readers that read ahead


def work(
    bundle: Bundle,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
    budget: Budget | None = None,
    *,
    tally: Tally | None = None,
    data: Sequence[tuple[str, Path | bytes]] = (),
    readings: Readings = _NOTHING,
    scanner: Scanner | None = None,
) -> Run:
    """Read, evaluate, diagnose."""
    budget = budget or Budget()
    evidence = gather(
        bundle, rulebook, settings, progress, tally, readings=readings, scanner=scanner
    )
    evidence, unread = as_read(evidence, budget.end_reading() or readings.stopped)
    evidence = with_rows(
        evidence,
        [*data_of(settings), *data],
        show_values=settings.show_values,
        stop=budget.stop_judging,
    )
    if budget.stop_judging() is None:
        evidence = with_measures(rulebook.rules, evidence, budget.stop_judging)
    skipped: list[str] = []
    touched = {(*BUILTIN_SIGNALS, *rulebook.signals)[index].rule_id for index in readings.met}

    def before(rule: Rule) -> bool:
        if budget.stop_judging() is not None:
            skipped.append(rule.id)
            return False
        return tally is None or tally.begin(rule)

    found, gaps = evaluate(
        rulebook.rules,
        evidence,
        before=before,
        cut=bool(unread),
        touched=touched,
        together=tally is None,
    )
    if not skipped:  # else all that was not judged is told together
        gaps = (*gaps, *unmeasured(rulebook.rules, evidence.case))
    if tally is not None:
        tally.end()
    evidence, found, unjudged = as_judged(evidence, found, skipped, budget.stop_judging())
    found = requote(found, bundle, evidence.case)
    diagnosis = _diagnosed(evidence, found, gaps, rulebook, settings)
    return Run(evidence, found, diagnosis, (*unread, *unjudged), tuple(sorted(touched)))


def _diagnosed(
    evidence: EvidenceSet,
    found: Sequence[Finding],
    gaps: Sequence[Gap],
    rulebook: RuleBook,
    settings: Settings,
) -> Diagnosis:
    case = evidence.case
    return diagnose(
        found,
        (*case.gaps, *gaps),
        rulebook,
        case,
        unknown_exceptions(evidence),
        ends=open_ends(evidence),
        models=models_seen(evidence.training),
        settings=settings,
    )


def gather(
    bundle: Bundle,
    rulebook: RuleBook,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
    tally: Tally | None = None,
    *,
    readings: Readings = _NOTHING,
    scanner: Scanner | None = None,
) -> EvidenceSet:
    """Read every byte once."""
    signals = (*BUILTIN_SIGNALS, *rulebook.signals)
    if tally is not None:
        members = tuple(
            replace(member, open=partial(_open, member, tally)) for member in bundle.members
        )
        bundle = replace(bundle, members=members)
    if scanner is None or tally is not None:
        scanner = Scanner(signals, 1, tally)  # it is the readers that read ahead
    return read_case(bundle, signals, scanner, settings, progress, readings=readings)


def read_some(
    bundle: Bundle,
    scanner: Scanner,
    members: Collection[str],
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
) -> dict[str, MemberReading]:
    """Read some members, by path, for another process that judges them with the rest.

    `scanner`: from `scanner_of`, of the rules they will be judged by.
    """
    with sought_seldom():
        return read_members(bundle, members, scanner, settings, progress)


def _open(member: Member, tally: Tally) -> BinaryIO:
    tally.open(member.path)
    return member.open()


def explain(
    sources: Sources,
    wanted: str,
    *,
    packs: Sequence[Path] = (),
    disable: Collection[str] = (),
    enable: Collection[str] = (),
    plugins: bool = True,
    settings: Settings = _SETTINGS,
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> str:
    """How one rule was judged on this input, as lines of text.

    Raises:
        LookupError: there is no such rule; names the nearest.
        IntakeError, RuleError, ConfigError: as `analyze`.
    """
    rulebook = load_rulebook(*packs, disable=disable, enable=enable, plugins=plugins)
    check_suppressions(settings.suppress, rulebook)
    rule = find_rule(rulebook, wanted)
    budget, tally = budget or Budget(), Tally()
    run = work(open_within(sources, budget), rulebook, settings, progress, budget, tally=tally)
    own = [finding for finding in run.found if finding.rule == rule.id]
    counts = {
        signal.name: tally.count_of(at)
        for at, signal in enumerate((*BUILTIN_SIGNALS, *rulebook.signals))
        if signal.rule_id == rule.id
    }
    lines = explain_rule(rule, run.evidence, own, counts, run.diagnosis)
    return "\n".join((*run.partial, *lines))


def profile(sources: Sources, *, packs: Sequence[Path] = (), plugins: bool = True) -> str:
    """What each rule cost on this input and what it met there, as a table, the dearest first.

    Raises:
        IntakeError, RuleError: as `analyze`.
    """
    rulebook = load_rulebook(*packs, plugins=plugins)
    tally = Tally()
    run = work(open_within(sources, Budget()), rulebook, tally=tally)
    signals = (*BUILTIN_SIGNALS, *rulebook.signals)
    return profile_table(rulebook.rules, signals, tally, run.evidence.hits)


def examine_texts(files: Mapping[str, str], rulebook: RuleBook) -> Analysis:
    """As `analyze`, for evidence given as text by file name: the examples of rules."""
    texts, data = split_texts(files)
    return examine(bundle_of_texts(texts), rulebook, data=data)


def gather_texts(files: Mapping[str, str], rulebook: RuleBook) -> EvidenceSet:
    """What the rules are evaluated over, for text; a file `--data NAME` holds rows."""
    texts, data = split_texts(files)
    evidence = with_rows(gather(bundle_of_texts(texts), rulebook), data)
    return with_measures(rulebook.rules, evidence)


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
