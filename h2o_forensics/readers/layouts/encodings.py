"""Text that is not UTF-8: Windows' Western code page, or Japanese, line by line as it comes."""

from __future__ import annotations

import codecs
import re

_CONTINUATION = re.compile(rb"\A[\x80-\xbf]{1,3}")
_JAPANESE = re.compile(rb"(?:[\x81-\x9f\xe0-\xef][\x40-\x7e\x80-\xfc]){2}")
"""Two double-byte characters in a row."""
_KANA_OR_KANJI = re.compile("[\u3040-\u30ff\u4e00-\u9fff]{2}")


def to_utf8(block: bytes) -> bytes:
    """The block as UTF-8: unchanged where it is, else what each line most likely means.

    A block may begin and end in the middle of a character.
    """
    if _is_utf8(block):
        return block
    return b"\n".join(
        line if line.isascii() or _is_utf8(line) else _decode(line).encode()
        for line in block.split(b"\n")
    )


def _is_utf8(text: bytes) -> bool:
    begin = _CONTINUATION.match(text)
    try:
        codecs.utf_8_decode(text[begin.end() :] if begin else text, "strict", False)  # noqa: FBT003
    except UnicodeDecodeError:
        return False
    return True


def _decode(line: bytes) -> str:
    if _JAPANESE.search(line):
        try:
            text = line.decode("cp932")
        except UnicodeDecodeError:
            pass
        else:
            if _KANA_OR_KANJI.search(text):
                return text
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")
