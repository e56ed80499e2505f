"""One run, analyzed as `analyze` would, and made ready for the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from h2o_forensics.batch.look import look
from h2o_forensics.batch.result import make_result
from h2o_forensics.batch.split import Share, examine_parts, read_part
from h2o_forensics.budget import Budget
from h2o_forensics.catalog.results import encode_result
from h2o_forensics.catalog.rows import rows_of
from h2o_forensics.config import check_suppressions
from h2o_forensics.model.artifact import BY_ARCHIVE_NAME, BY_FILE_TIME
from h2o_forensics.model.catalog import RunOutcome, Touched
from h2o_forensics.opened import open_within
from h2o_forensics.pipeline import examine
from h2o_forensics.report import build_report, to_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.batch.rules import Rules
    from h2o_forensics.model.artifact import Artifact
    from h2o_forensics.model.catalog import RunOptions, RunTask
    from h2o_forensics.model.evidence import Analysis


def looked(task: RunTask, hashed: RunOutcome) -> RunOutcome:
    """Whether any of the task's literals stands in the run.

    Raises:
        IntakeError: nothing readable is in it.
    """
    bundle = open_within(task.run.sources, _budget(task.options))
    return replace(hashed, found=look(bundle, task.look_for))


def analyzed(task: RunTask, hashed: RunOutcome, rules: Rules) -> RunOutcome:
    """Read, judge, and put into the catalog's words.

    Raises:
        IntakeError: nothing readable is in it.
        ConfigError: a suppression names what no rule finds.
    """
    check_suppressions(task.options.settings.suppress, rules.rulebook)
    budget = _budget(task.options)
    bundle = open_within(task.run.sources, budget)
    analysis = examine(
        bundle, rules.rulebook, task.options.settings, budget=budget, scanner=rules.scanner
    )
    return put_together(task, hashed, analysis, rules)


def read(task: RunTask, rules: Rules) -> RunOutcome:
    """Read a share of a large run's members, for the task that judges it.

    Raises:
        IntakeError: nothing readable is in it.
    """
    reading = read_part(
        task.run.sources,
        Share(task.part, task.of),
        rules.rulebook,
        task.options.settings,
        _budget(task.options),
        scanner=rules.scanner,
    )
    return RunOutcome(task.kind, task.run.location, reading=reading)


def judged(task: RunTask, hashed: RunOutcome, rules: Rules) -> RunOutcome:
    """Judge a large run of which the parts were read.

    Raises:
        IntakeError: nothing readable is in it.
        ConfigError: a suppression names what no rule finds.
    """
    check_suppressions(task.options.settings.suppress, rules.rulebook)
    analysis = examine_parts(
        task.run.sources,
        task.readings,
        rules.rulebook,
        task.options.settings,
        _budget(task.options),
        scanner=rules.scanner,
    )
    return put_together(task, hashed, analysis, rules)


def put_together(task: RunTask, hashed: RunOutcome, analysis: Analysis, rules: Rules) -> RunOutcome:
    """The outcome of a run that was analyzed."""
    report = build_report(analysis)
    result = make_result(task, hashed.run, analysis, report, touched_by(analysis, rules))
    return replace(
        hashed,
        status="analyzed",
        result=encode_result(result),
        rows=rows_of(result),
        html=to_html(report).encode() if task.options.reports else None,
        read_bytes=_read_bytes(analysis.case.artifacts),
    )


def touched_by(analysis: Analysis, rules: Rules) -> Touched:
    """What the analysis hangs on, beside the content."""
    signals = rules.scanner.signals
    met = {signals[index].rule_id for index in rules.scanner.met}
    known = {rule.id for rule in rules.rulebook.rules}
    heights = {name: table.height for name, table in sorted(analysis.tables.items())}
    return Touched(
        rules=tuple(sorted(known & {*met, *analysis.touched})),
        tables={name: height for name, height in heights.items() if height},
        by_files=any(
            mark in clock.because
            for clock in analysis.case.clocks.values()
            for mark in (BY_FILE_TIME, BY_ARCHIVE_NAME)
        ),
        plain=all(not one.rewritten and not one.part for one in analysis.case.artifacts),
    )


def _budget(options: RunOptions) -> Budget:
    return Budget(options.timeout_s, options.memory_mb)


def _read_bytes(artifacts: Iterable[Artifact]) -> int:
    """Unpacked, each file once: parts of one share its bytes."""
    return sum(one.bytes for one in artifacts if one.state == "read")
