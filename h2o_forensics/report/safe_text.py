"""Makes invisible characters visible: escapes, controls, bidirectional and zero-width ones.

Text from a log can hold them; they make a line look like another one or drive a terminal.
"""

import re

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202f\u2060-\u206f"  # zero width, line ends, bidi controls and isolates
    "\ufe00-\ufe0f\ufeff\ufff0-\ufffb"
    "\U000e0000-\U000e0fff"  # tags and variation selectors
    "\ud800-\udfff"  # halves of a broken surrogate pair
)
_UNSAFE = re.compile(f"[{_INVISIBLE}]")
_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_FIRST_4_HEX = 0xFFFF
_FIRST_2_HEX = 0xFF


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x1B:  # noqa: PLR2004 - ESC, as every character table writes it
        return "␛"
    if code <= _FIRST_2_HEX:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _FIRST_4_HEX else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""The text with its invisible characters as escapes: `␛[31m`, `\x07`, `\u202e`.

    Tab and newline stay.
    """
    return _UNSAFE.sub(_escape, text)


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` text on one line, cut to `limit` characters (an ellipsis tells)."""
    line = _BREAK.sub(" ⏎ ", visible(text).strip("\n")).replace("\t", " ")
    return line if limit is None or len(line) <= limit else line[: max(limit - 1, 0)] + "…"


def json_visible(text: str) -> str:
    r"""JSON text with its invisible characters as `\uXXXX`: it decodes to the same value."""

    def escape(match: re.Match[str]) -> str:
        units = match.group().encode("utf-16-be")
        return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

    return _UNSAFE.sub(escape, text)
