"""Versions in their order: 3.46.0.7 < 3.46.0.10, Java 1.8.0_292 < 11.0.12 < 17."""

import re

_NUMBER = re.compile(r"\d+")
_OLD_JAVA = 1

Version = tuple[int, ...]


def version_key(text: str | None, *, java: bool = False) -> Version | None:
    """What orders a version; None: it has no number.

    Java was `1.8` up to 8; zeros at the end say nothing (17 is 17.0.0).  What follows `+`, a
    blank or a bracket is a build and does not order.
    """
    numbers = [int(one) for one in _NUMBER.findall(re.split(r"[+\s(]", text or "", maxsplit=1)[0])]
    if java and len(numbers) > 1 and numbers[0] == _OLD_JAVA:
        numbers = numbers[1:]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers) or None
