"""`catalog show` without a run: the catalog in short, as text, JSON, Markdown or nothing else."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import json

from h2o_forensics.catalog.overview import Overview, overview
from h2o_forensics.catalog.query import TABLES
from h2o_forensics.cli.outcome import wrong_usage
from h2o_forensics.cli.output import Format
from h2o_forensics.report.json import printed
from h2o_forensics.report.safe_text import one_line

if TYPE_CHECKING:
    from h2o_forensics.catalog import Catalog
    from h2o_forensics.model.catalog import ScanRecord

_CAUSES = 10
_KB = 1000
_COUNTED = (
    ("analyzed", "analyzed"),
    ("unchanged", "unchanged"),
    ("same_content", "moved or copied"),
    ("still_holds", "untouched by new rules"),
    ("failed", "failed"),
    ("growing", "growing"),
    ("unreadable", "unreadable"),
    ("gone", "gone"),
)
"""Counts of a scan, and what they mean."""


def show_overview(catalog: "Catalog", kind: Format, width: int) -> str | bytes:
    """The overview as text or JSON; the fleet report is the page about it."""
    if kind not in {Format.TEXT, Format.JSON}:
        wrong_usage(f"--format {kind} shows one run: give RUN; the fleet report shows all of them")
    seen = overview(catalog, tuple(TABLES))
    if kind is Format.JSON:
        return printed(json.encode(seen))
    lines = (line for one in _lines(seen, catalog.shown) for line in _wrapped(one, width))
    return "\n".join(lines) + "\n"


def _wrapped(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        one_line(line), max(width, 20), subsequent_indent=indent, drop_whitespace=True
    ) or [""]  # fmt: skip


def _lines(seen: Overview, name: str) -> Iterator[str]:
    yield (
        f"Catalog {name}{_own(seen)}: {_many(seen.runs, 'run')}, {_size(seen.bytes)} as stored, "
        f"{_size(seen.unpacked_bytes)} unpacked"
    )
    if seen.first and seen.last:
        yield f"From {_moment(seen.first)} to {_moment(seen.last)} (UTC)"
    if seen.runs:
        yield f"Verdicts: {_listed(seen.verdicts.items())}"
    if seen.locations:
        yield f"Places: {_listed(seen.locations.items())}"
    yield f"Rows: {_listed(seen.rows.items())}"
    if seen.causes:
        yield ""
        yield "First causes"
        for condition, count in seen.causes[:_CAUSES]:
            yield f"  {count:6} {condition}"
        if len(seen.causes) > _CAUSES:
            yield f"  and {len(seen.causes) - _CAUSES} more"
    yield ""
    yield "Last scans" if seen.scans else "No scan was recorded"
    for scan in seen.scans:
        yield f"  {_scan(scan)}"


def _own(seen: Overview) -> str:
    return "" if seen.catalog_bytes is None else f" ({_size(seen.catalog_bytes)})"


def _scan(scan: "ScanRecord") -> str:
    ended = "" if scan.ended else ", not ended"
    counts = [f"{getattr(scan, name)} {words}" for name, words in _COUNTED if getattr(scan, name)]
    said = f": {', '.join(counts)}" if counts else ""
    return f"{_moment(scan.started)} {_many(scan.found, 'run')} found{said}{ended}"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def _size(size: float) -> str:
    unit = 0
    while size >= _KB and unit < len(_UNITS) - 1:
        size /= _KB
        unit += 1
    return f"{size:.3g} {_UNITS[unit]}" if unit else f"{size:.0f} bytes"


_UNITS = ("bytes", "KB", "MB", "GB", "TB")
