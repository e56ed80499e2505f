"""`kubectl logs --timestamps` (and `docker logs -t`): the runtime's stamp before every line.

2026-11-22T05:40:18.879123456Z 11-22 05:40:18.879 127.0.0.1:54321  12528  main  INFO water.default: text
"""  # noqa: E501 - a real line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.prefixed import strip_part
from h2o_forensics.readers.layouts.shares import share_of_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

STAMP = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
PREFIX = re.compile(rb"^(" + STAMP + rb")(?: |$)", re.MULTILINE)
OWN = re.compile(rb"^" + STAMP + rb" \S+ +(?:FATAL|ERROR|WARN|INFO|DEBUG|TRACE) ", re.MULTILINE)
"""log4j 2's status lines have such a stamp of their own; they belong to what is read."""
_MOST, _OWN_MOST = 0.8, 0.5


def probe(head: bytes) -> bool:
    """Whether nearly every line has the stamp."""
    share, lines = share_of_lines(head, PREFIX)
    own, _ = share_of_lines(head, OWN)
    return lines > 0 and share >= _MOST and own <= _OWN_MOST


def unwrap(part: Part) -> Iterator[Part]:
    """The text without its stamps."""
    yield strip_part(part, PREFIX)
