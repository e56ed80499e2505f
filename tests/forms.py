"""The same incidents in every form in which their logs may arrive: are they judged the same?

`python -m tests.forms CASES [FORM ...]`: CASES is a folder of cases, one directory each; exit 1 on
any difference.  Three cases of fixtures/ are compared in the tests (tests/cases/test_layouts.py).
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import Analysis
from tests import layout_samples


def diagnosis(found: Analysis) -> Any:
    judged = {one.id: one for one in found.diagnosis.findings}
    roots = [
        (one.finding.condition, one.finding.nodes, (one.finding.first_seen or 0) // 1000,
         one.finding.message)
        for one in map(judged.__getitem__, found.diagnosis.root_causes)
    ]  # fmt: skip
    everything = sorted((one.finding.condition, one.role) for one in found.diagnosis.findings)
    return found.diagnosis.verdict, roots, everything


def text_of(path: Path) -> str:
    raw = layout_samples.content(path)
    if raw.startswith(b"\xff\xfe"):
        return raw.decode("utf-16")
    return raw.decode("utf-8", "replace")


def misquoted(found: Analysis, source: Path) -> list[str]:
    wrong = []
    for judged in found.diagnosis.findings:
        for item in judged.finding.evidence:
            if item.line is None or "!" in item.path or source.is_file():
                continue
            lines = re.split("\r\n|\n|\r", text_of(source / item.path))
            if item.text.split("\n")[0] not in lines[item.line - 1]:
                wrong.append(f"{item.path}:{item.line}: {item.text}")
    return wrong


def compare(case: Path, forms: list[str]) -> list[str]:
    """The forms of a case that are not judged as the case itself, or are misquoted."""
    differing = []
    with tempfile.TemporaryDirectory() as name:
        plain = Path(name) / "plain"
        shutil.copytree(case, plain, ignore=shutil.ignore_patterns("truth.json"))
        expected = diagnosis(pipeline.analyze([plain]))
        for form in forms:
            source = layout_samples.FORMS[form](plain, Path(name) / form)
            found = pipeline.analyze([source])
            if diagnosis(found) != expected:
                differing.append(f"{case.name} as {form}: {diagnosis(found)} not {expected}")
            differing += [f"{case.name} as {form}: {fault}" for fault in misquoted(found, source)]
            shutil.rmtree(source) if source.is_dir() else source.unlink()
    return differing


def main() -> int:
    """Compare all cases in all forms."""
    parser = argparse.ArgumentParser(prog="python -m tests.forms", description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("forms", nargs="*", metavar="FORM", help=", ".join(layout_samples.FORMS))
    asked = parser.parse_args()
    forms = asked.forms or list(layout_samples.FORMS)
    cases = sorted(path for path in asked.cases.iterdir() if path.is_dir())
    cases = [path for path in cases if (path / "truth.json").exists()] or cases
    faults = [fault for case in cases for fault in compare(case, forms)]
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{len(cases)} cases, {len(forms)} forms, {len(faults)} differences\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
