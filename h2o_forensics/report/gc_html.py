"""GC logs alone, as one offline HTML file."""

from h2o_forensics.report.gc_report import GcReport
from h2o_forensics.report.html import render, shown_text
from h2o_forensics.report.shape import map_texts


def gc_to_html(report: GcReport) -> str:
    """The whole page.

    Raises:
        ReportError: the templates are missing or broken.
    """
    return render("gc.html.j2", report=map_texts(report, shown_text))
