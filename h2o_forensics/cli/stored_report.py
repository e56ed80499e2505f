"""`catalog show RUN`: a run's report, out of the JSON that the catalog keeps."""

from typing import TYPE_CHECKING

from msgspec import ValidationError

from h2o_forensics import __version__, report
from h2o_forensics.batch.late_reports import report_of
from h2o_forensics.catalog.lists import find_run
from h2o_forensics.catalog.results import decode_result
from h2o_forensics.cli.output import Format
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import RunResult
from h2o_forensics.report.json import printed
from h2o_forensics.report.safe_text import one_line

if TYPE_CHECKING:
    from h2o_forensics.catalog import Catalog


def show_run(
    catalog: "Catalog", wanted: str, kind: Format, width: int, *, color: bool
) -> str | bytes:
    """The report of one run, in this format.

    Raises:
        CatalogError: no such run, it has no report, or one that only JSON can show.
    """
    run, analysis = find_run(catalog, wanted)
    result = decode_result(catalog.read_result(run, analysis))
    if result.problem is not None:
        return _failed(result, kind)
    if kind is Format.JSON:
        return printed(bytes(result.report))
    shown = _report(result)
    if kind is Format.HTML:
        return report.to_html(shown)
    if kind is Format.MD:
        return report.to_markdown(shown)
    return f"{one_line(result.name)} ({run})\n{report.to_text(shown, width, color)}"


def _report(result: RunResult) -> report.Report:
    try:
        return report_of(result)
    except ValidationError as error:
        raise CatalogError(
            f"run {result.run}: h2o-forensics {result.tool_version} wrote its report, and "
            f"{__version__} can show that with --format json only; scan again to renew it"
        ) from error


def _failed(result: RunResult, kind: Format) -> str:
    problem = result.problem
    said = f"{problem.code}: {one_line(problem.message)}" if problem else ""
    if kind is not Format.TEXT:
        raise CatalogError(f"run {result.run} could not be analyzed and has no report: {said}")
    return f"{one_line(result.name)} ({result.run})\nIt could not be analyzed: {said}\n"
