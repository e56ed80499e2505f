"""Models, grids, AutoML runs and frames, as one offline HTML file."""

from h2o_forensics.report.html import render, shown_text
from h2o_forensics.report.models_report import ModelsReport
from h2o_forensics.report.shape import map_texts


def models_to_html(report: ModelsReport) -> str:
    """The whole page.

    Raises:
        ReportError: the templates are missing or broken.
    """
    shown = map_texts(report, shown_text)
    titles = {finding.id: finding.title for finding in shown.findings}
    return render("models.html.j2", report=shown, titles=titles)
