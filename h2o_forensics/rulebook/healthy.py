"""How often words stand in healthy logs: an anchor that often does is a weak one."""

from functools import cache
from typing import NamedTuple

from h2o_forensics.resources import healthy_lines_file


class _Line(NamedTuple):
    times: int
    message: str


def healthy_share(words: str) -> tuple[int, int]:
    """Healthy lines that hold these words, and healthy lines there are."""
    lines = _lines()
    return (
        sum(line.times for line in lines if words in line.message),
        sum(line.times for line in lines),
    )


@cache
def _lines() -> tuple[_Line, ...]:
    """The table scripts/healthy_lines.py writes: count, level, message."""
    rows = healthy_lines_file().read_text("utf-8").splitlines()
    parts = [row.split("\t", 2) for row in rows]
    return tuple(_Line(int(count), message) for count, _level, message in parts)
