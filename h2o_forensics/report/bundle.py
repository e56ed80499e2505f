"""The report and what it quotes as one zip, to hand on in place of the logs."""

import io
import zipfile

from h2o_forensics.report import view
from h2o_forensics.report.json import to_json
from h2o_forensics.report.markdown import to_markdown
from h2o_forensics.report.safe_text import visible
from h2o_forensics.report.shape import Report

_DATE = (1980, 1, 1, 0, 0, 0)
"""The same report gives the same bytes."""


def to_bundle(report: Report) -> bytes:
    """A zip of the report (JSON, Markdown), the quoted lines and the problems, as masked there."""
    files = {
        "evidence.txt": _evidence(report).encode(),
        "problems.txt": _problems(report).encode(),
        "report.json": to_json(report),
        "report.md": to_markdown(report).encode(),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _evidence(report: Report) -> str:
    """Each quoted place once, with the line as it stands in the report."""
    hidden = [found for item in report.suppressed for found in item.findings]
    quoted = [item for found in (*report.findings, *hidden) for item in found.evidence]
    quoted += [item for unknown in report.unexplained for item in unknown.evidence]
    lines = {f"{view.place(item)}\n    {visible(item.text)}" for item in quoted}
    return "".join(f"{line}\n" for line in sorted(lines))


def _problems(report: Report) -> str:
    return "".join(f"{item.code}: {visible(item.message)}\n" for item in report.problems)
