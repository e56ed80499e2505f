"""What we say and how it looks: one view of an analysis, four formats."""

from h2o_forensics.report.build import build_report
from h2o_forensics.report.bundle import to_bundle
from h2o_forensics.report.fleet_html import fleet_to_html
from h2o_forensics.report.fleet_json import fleet_json_schema, fleet_to_json
from h2o_forensics.report.fleet_markdown import fleet_to_markdown
from h2o_forensics.report.fleet_text import fleet_to_text
from h2o_forensics.report.gc_html import gc_to_html
from h2o_forensics.report.gc_report import GcReport, build_gc_report, gc_json_schema, gc_to_json
from h2o_forensics.report.gc_text import gc_to_text
from h2o_forensics.report.html import to_html
from h2o_forensics.report.json import json_schema, to_json
from h2o_forensics.report.markdown import to_markdown
from h2o_forensics.report.models_html import models_to_html
from h2o_forensics.report.models_report import (
    ModelsReport,
    build_models_report,
    models_json_schema,
    models_to_json,
)
from h2o_forensics.report.models_text import models_to_text
from h2o_forensics.report.shape import Report
from h2o_forensics.report.text import to_text

__all__ = [
    "GcReport",
    "ModelsReport",
    "Report",
    "build_gc_report",
    "build_models_report",
    "build_report",
    "fleet_json_schema",
    "fleet_to_html",
    "fleet_to_json",
    "fleet_to_markdown",
    "fleet_to_text",
    "gc_json_schema",
    "gc_to_html",
    "gc_to_json",
    "gc_to_text",
    "json_schema",
    "models_json_schema",
    "models_to_html",
    "models_to_json",
    "models_to_text",
    "to_bundle",
    "to_html",
    "to_json",
    "to_markdown",
    "to_text",
]
