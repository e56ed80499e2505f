"""The report as one offline HTML file.

It makes no request and has no style or event attribute; its policy forbids the rest.
"""

import base64
import hashlib
from functools import cache
from itertools import groupby

import jinja2
from markupsafe import Markup
from msgspec.structs import replace

from h2o_forensics.errors import ReportError
from h2o_forensics.report import audit_items, fleet_views, gc_views, strip, training_views, view
from h2o_forensics.report.jvms_shown import runs_that_matter
from h2o_forensics.report.safe_text import visible
from h2o_forensics.report.shape import Report, TimelineItem, map_texts
from h2o_forensics.resources import templates_dir

LONGEST_TEXT = 6000
"""Characters of a text that are shown; the file it comes from has the rest."""
MOST_ROWS = 500
"""Rows of a table that are shown; the JSON report has the rest."""

MOST_RUNS = 50
"""Runs of JVMs that the page on GC logs draws; the JSON report has the rest."""
MOST_RUNS_BESIDE = 30
"""Runs that the page on an incident draws."""

_LEADING = {
    "incident": ("verdict", "cause", "chain", "evidence", "remedies", "why"),
    "at_risk": ("verdict", "cause", "chain", "evidence", "remedies", "why"),
    "healthy": ("verdict", "remarks"),
    "insufficient_evidence": ("verdict", "gaps", "cause", "chain", "evidence", "remedies", "why"),
}
_FOLLOWING = (
    "causes",
    "findings",
    "suppressed",
    "timeline",
    "nodes",
    "models",
    "searches",
    "jvms",
    "frames",
    "audit",
    "gaps",
    "unexplained",
    "problems",
    "artifacts",
)


def to_html(report: Report) -> str:
    """The whole page.

    Raises:
        ReportError: the templates are missing or broken.
    """
    runs = runs_that_matter(report, MOST_RUNS_BESIDE)
    shown = map_texts(replace(report, jvms=runs), shown_text)
    leading = _LEADING.get(report.verdict, _LEADING["incident"])
    return render(
        "base.html.j2",
        report=shown,
        cause=view.first_cause(shown),
        all_runs=len(report.jvms),
        sections=[*leading, *(name for name in _FOLLOWING if name not in leading)],
        titles={finding.id: finding.title for finding in shown.findings},
    )


def render(template: str, *, also: str | None = None, **values: object) -> str:
    """A page of ours: the template with style, script and policy.

    Args:
        template: its file.
        also: name of a style and a script that this page has besides the common ones.
        values: what the template shows.

    Raises:
        ReportError: the templates are missing or broken.
    """
    style, script = _asset("report.css"), _asset("report.js")
    if also is not None:
        style, script = style + _asset(f"{also}.css"), script + _asset(f"{also}.js")
    try:
        page = (
            _environment()
            .get_template(template)
            .render(
                style=Markup(style),  # noqa: S704 - our own asset
                script=Markup(script),  # noqa: S704 - our own asset
                policy=_policy(style, script),
                **values,
            )
        )
    except jinja2.TemplateError as error:
        raise ReportError(f"a report template is broken: {error}") from error
    return page.rstrip("\n") + "\n"


def shown_text(text: str) -> str:
    """A text as the page shows it: nothing invisible, and not without end."""
    if len(text) <= LONGEST_TEXT:
        return visible(text)
    more = len(text) - LONGEST_TEXT
    return f"{visible(text[:LONGEST_TEXT])} … ({more:,} more characters)"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir(), encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": view.moment,
        "duration": view.duration,
        "size": view.size,
        "number": view.number,
        "place": view.place,
        "how_sure": view.how_sure,
        "breakable": _breakable,
        "fact_name": view.fact_name,
        "words": _words,
        "is_link": _is_link,
    }
    environment.filters |= gc_views.FILTERS
    environment.filters |= {**training_views.FILTERS, **audit_items.FILTERS, **fleet_views.FILTERS}
    environment.globals |= {**gc_views.GLOBALS, **training_views.GLOBALS, **fleet_views.GLOBALS}
    environment.globals |= {
        "most": MOST_ROWS,
        "most_runs": MOST_RUNS,
        "chain": view.chain,
        "others": view.others,
        "looked_at": view.looked_at,
        "not_judged": view.not_judged,
        "between": view.between,
        "by_day": _by_day,
        "lanes": strip.lanes,
        "stated": view.stated,
        "clock_notes": view.clock_notes,
        "suppression": view.suppression,
        "verdicts": view.VERDICTS,
    }
    return environment


def _by_day(items: tuple[TimelineItem, ...]) -> list[tuple[str, list[TimelineItem]]]:
    return [(day, list(rows)) for day, rows in groupby(items, key=lambda item: item.time[:10])]


def _breakable(text: str) -> Markup:
    """The text escaped, with places where a long path may wrap."""
    escaped = str(Markup.escape(text))
    for mark in ("/", "!", "_"):
        escaped = escaped.replace(mark, f"{mark}<wbr>")
    return Markup(escaped)  # noqa: S704 - escaped above


def _words(command: str) -> Markup:
    """The command escaped, in words that do not break: a break in `-Xmx8g` would mislead."""
    return Markup(" ").join(Markup("<span>{}</span>").format(word) for word in command.split(" "))


def _is_link(text: str) -> bool:
    return text.startswith(("https://", "http://")) and not any(
        mark in text for mark in " \n\t\\\"'<>"
    )


def _asset(name: str) -> str:
    """An asset as it stands between its tags."""
    file = templates_dir() / "assets" / name
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"a report asset is missing: {name}") from error


def _policy(style: str, script: str) -> str:
    """Content security policy: our style and our script by their hash, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
