"""Several layouts in one text, as people paste them: H2O's lines, then dmesg, then `kubectl logs`.

Such a text is cut where the shape of its lines changes for good.  What a process itself mixes stays
together: garbage collection, a traceback or warnings of the JVM between H2O's lines are cut off
only beside something that no process prints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.readers.layouts import cri, journal, kubectl, pods
from h2o_forensics.readers.layouts.sections import Begin, parts_of_sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

MAX_BYTES = 4 * 2**20
"""A longer text was not pasted."""
_FEW = 2
MAX_RUNS = 200
"""A text that changes its shape more often was not pasted either."""
_RECORD = rb"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S{1,64} {0,22}#?\d{1,10} {1,22}\S"
_SHAPES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("record", re.compile(_RECORD)),
    ("kernel", re.compile(rb"\[ *\d+\.\d{6}\] ")),
    ("cri", cri.PREFIX),
    ("kubectl", kubectl.PREFIX),
    ("journal", journal.SHORT.line),
    ("pods", pods.KUBECTL.line),
    ("docker", re.compile(rb'\{"log":".*"time":"[^"]*"\}\Z')),
    ("gc", re.compile(rb"(?:\[[^\]\n]{1,64}\]){2,6} ?(?:GC\(\d+\)|Using |Heap |Pause |Safepoint)")),
    (
        "client",
        re.compile(rb"Traceback \(most recent call last\):|Checking whether there is an H2O "),
    ),
)
_TELLTALE = re.compile(
    rb"^(?:\[ *\d+\.\d{6}\] |\[pod/|\{\"log\":|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d) "
    rb"|(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)",
    re.MULTILINE,
)
"""Cheap to look for: most texts have no foreign line."""
_FOREIGN = frozenset({"kernel", "cri", "journal", "kubectl", "pods", "docker"})
"""What no process writes to its own log."""
_WRAPPING = frozenset({"cri", "kubectl"})
"""Told from stamps of a program's own by what they stand before."""
_INNER = re.compile(rb" " + _RECORD)


class _Run(NamedTuple):
    shape: str
    line: int
    begin: int
    end: int
    lines: int


def probe(head: bytes) -> bool:
    """Whether lines of a foreign shape stand beside other ones."""
    if _TELLTALE.search(head) is None:
        return False
    runs = _runs(head)
    shapes = {run.shape for run in runs}
    return len(runs) <= MAX_RUNS and len(shapes) > 1 and bool(shapes & _FOREIGN)


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each stretch."""
    text = part.stream.peek(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        return iter((part,))
    runs = _runs(text)
    if not _FEW <= len(runs) <= MAX_RUNS:
        return iter((part,))
    return parts_of_sections(part, _events(text, runs))


def _events(text: bytes, runs: list[_Run]) -> Iterator[Begin | bytes]:
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        last = following.line - 1 if following else run.line + text.count(b"\n", run.begin) - 1
        yield Begin(run.line, f"lines {run.line} to {max(run.line, last)}")
        yield text[run.begin : run.end]


def _runs(text: bytes) -> list[_Run]:
    """Stretches of one shape; lines of none belong to the stretch before them."""
    runs: list[_Run] = []
    at, number = 0, 1
    while at < len(text):
        end = text.find(b"\n", at) + 1 or len(text)
        line = text[at : end - (text[end - 1 : end] == b"\n")]
        shape = _shape(line)
        last = runs[-1] if runs else None
        if last is None:
            runs.append(_Run(shape or "", number, at, end, 1))
        elif shape is None or shape == last.shape:
            runs[-1] = last._replace(end=end, lines=last.lines + (shape is not None))
        elif not last.shape and last.lines == 1 and not text[last.begin : last.end].strip():
            runs[-1] = _Run(shape, number, at, end, 1)
        else:
            runs.append(_Run(shape, number, at, end, 1))
        at = end
        number += 1
    return _joined(text, runs)


def _shape(line: bytes) -> str | None:
    for name, pattern in _SHAPES:
        if pattern.match(line):
            own = name in _WRAPPING and kubectl.OWN.match(line)
            return None if own else name
    return None


def _joined(text: bytes, runs: list[_Run]) -> list[_Run]:
    """Without cuts that a process could have made itself."""
    sure = {
        run.shape for run in runs
        if run.shape in _FOREIGN
        and (run.shape not in _WRAPPING or _INNER.search(text, run.begin, run.end))
    }  # fmt: skip
    collecting = sum(run.shape == "gc" for run in runs)
    apart = sure | ({"client"} if sure else set())
    if sure and collecting <= _FEW:
        apart.add("gc")
    joined: list[_Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        cut = last is not None and (run.shape in apart or last.shape in apart)
        if last is None or (cut and run.shape != last.shape):
            joined.append(run)
        else:
            joined[-1] = last._replace(
                end=run.end, lines=last.lines + run.lines, shape=last.shape or run.shape
            )
    return joined
