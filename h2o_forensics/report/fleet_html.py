"""The fleet report as one offline HTML file."""

from h2o_forensics.model.fleet import Fleet
from h2o_forensics.report.fleet_rows import data, report_href
from h2o_forensics.report.fleet_sets import Links, sets_of
from h2o_forensics.report.html import render


def fleet_to_html(fleet: Fleet, base: str = "") -> str:
    """The whole page: every number in it leads to its runs.

    Args:
        fleet: what to show.
        base: the catalog's directory as seen from where the page will lie (a relative path, or a
            URL); reports of runs are linked below it.

    Raises:
        ReportError: the templates are missing or broken.
    """
    links = Links(sets_of(fleet))
    return render(
        "fleet.html.j2",
        also="fleet",
        fleet=fleet,
        to=links.to,
        links=links,
        report_href=lambda run: report_href(run, base),
        # Last in the page: it holds the sets that the links above it need.
        table=lambda: data(fleet, links.used, base),
    )
