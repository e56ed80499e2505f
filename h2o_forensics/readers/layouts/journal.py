"""The systemd journal and syslog, as text: a stamp, the host and the process before every line.

Nov 22 07:42:36 host7 java[123]: 11-22 07:42:36.120 10.0.0.7:54321  123  main  INFO water.default: text
2026-11-22T07:42:36+0000 host7 java[123]: ...                     journalctl -o short-iso
Nov 22 07:42:36.120034 host7 java[123]: ...                       journalctl -o short-precise
Sun 2026-11-22 07:42:36 UTC host7 java[123]: ...                  journalctl -o short-full
<14>1 2026-11-22T07:42:36.120Z host7 h2o 123 - - ...              RFC 5424
"""  # noqa: E501 - a real line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from h2o_forensics.readers.layouts.keyed import Prefix, Writer, unwrap_keyed
from h2o_forensics.readers.layouts.part import HEAD_BYTES
from h2o_forensics.readers.layouts.shares import share_of_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.readers.layouts.part import Part

_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)"
_STAMP = (
    rb"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{6})?|(?P<stamp>" + _ISO + rb")"
    rb"|[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]{2,5}|\d{10}\.\d{6})"
)
_UNNAMED = _STAMP.replace(b"?P<stamp>", b"?:")
_KEY = rb"\S+ [\w./@()-]+(?:\[\d+\])?"
_STAMP_5424 = rb"<\d{1,3}>1 (?P<stamp>" + _ISO + rb") "
_UNNAMED_5424 = _STAMP_5424.replace(b"?P<stamp>", b"?:")
_KEY_5424 = rb"\S+ \S+ \S+"
_REST_5424 = rb" \S+ (?:-|\[[^\n]*?\])(?: (?:\xef\xbb\xbf)?|$)"
_TAB = b"#011"
"""What rsyslog writes for a tab, as long as nobody sets `escapeControlCharactersOnReceive` off."""
_MOST = 0.8


def _name(key: bytes) -> Writer:
    host, _, process = key.decode("utf-8", "replace").partition(" ")
    kind = "kernel_log" if process.split(" ")[0] == "kernel" else None
    return Writer(f"{process} on {host}", kind)


def _run(stamp: bytes, key: bytes, after: bytes) -> re.Pattern[bytes]:
    return re.compile(
        rb"^" + stamp + rb"(?P<key>" + key + rb")" + after + rb"[^\n]*"
        rb"(?:\n" + stamp + rb"(?P=key)" + after + rb"[^\n]*)*(?:\n|\Z)",
        re.MULTILINE,
    )


SHORT = Prefix(
    _run(_UNNAMED + rb" ", _KEY, rb":(?: |$)"),
    re.compile(rb"^" + _STAMP + rb" " + _KEY + rb":(?: |$)", re.MULTILINE),
    _name,
    tab=_TAB,
)
_RFC_5424 = Prefix(
    _run(_UNNAMED_5424, _KEY_5424, _REST_5424),
    re.compile(rb"^" + _STAMP_5424 + _KEY_5424 + _REST_5424, re.MULTILINE),
    _name,
    tab=_TAB,
)
_KERNEL_LINES = re.compile(rb"^" + _UNNAMED + rb" \S+ kernel:(?: |$)", re.MULTILINE)


def _prefix(head: bytes) -> Prefix | None:
    """None for a kernel's log alone, too: it is read as it is."""
    if head.startswith(b"<") and share_of_lines(head, _RFC_5424.line)[0] >= _MOST:
        return _RFC_5424
    share, lines = share_of_lines(head, SHORT.line)
    if share < _MOST or share_of_lines(head, _KERNEL_LINES)[1] == lines:
        return None
    return SHORT


def probe(head: bytes) -> bool:
    """Whether nearly every line names a host and a process, and not only the kernel."""
    return _prefix(head) is not None


def unwrap(part: Part) -> Iterator[Part]:
    """One part for each process."""
    prefix = _prefix(part.stream.peek(HEAD_BYTES))
    return iter((part,)) if prefix is None else unwrap_keyed(part, prefix)
