"""Layouts that put something before every line and leave the rest as it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.readers.layouts.part import MAX_STAMPS, OuterStamp
from h2o_forensics.readers.layouts.streams import Generated, Peekable, line_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from h2o_forensics.readers.layouts.part import Part
    from h2o_forensics.readers.layouts.streams import Readable

_FIRST_SAMPLES, _SAMPLES = 40, 3
"""Lines of the first block and of each further one whose stamps are kept."""
_SAMPLE_BYTES = 200
_ISO = re.compile(rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?\Z")


def epoch_of(stamp: bytes) -> tuple[int, bool] | None:
    """Epoch ms and whether the zone is stated; None: no such moment."""
    match = _ISO.match(stamp)
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    text = f"{day.decode()}T{clock.decode()}" + (zone.decode() if zone else "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    millis = int((fraction or b"0")[:3].ljust(3, b"0"))
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(known.timestamp()) * 1000 + millis, zone is not None


def strip_part(part: Part, prefix: re.Pattern[bytes], **changes: object) -> Part:
    """The same part without a prefix whose first group is an ISO stamp."""
    stamps: list[OuterStamp] = list(part.stamps)

    def stripped(stream: Readable) -> Iterator[bytes]:
        for block in line_blocks(stream):
            take_stamps(block, prefix, stamps)
            yield prefix.sub(b"", block)

    reopen = _again(part, stripped)
    fields = {"rewritten": True, "stamps": stamps, "reopen": reopen} | changes
    return msgspec.structs.replace(
        part, stream=Peekable(Generated(stripped(part.stream))), **fields
    )


def _again(
    part: Part, stripped: Callable[[Readable], Iterator[bytes]]
) -> Callable[[], Readable] | None:
    if part.reopen is None:
        return None
    reopen = part.reopen
    return lambda: Generated(stripped(reopen()))


def take_stamps(
    block: bytes, prefix: re.Pattern[bytes], stamps: list[OuterStamp], base: int | str = 1
) -> None:
    """Sample the stamps (group `base`) of a block's first lines."""
    if len(stamps) >= MAX_STAMPS:
        return
    left = _SAMPLES if stamps else _FIRST_SAMPLES
    for match in prefix.finditer(block):
        known = epoch_of(match[base]) if match[base] else None
        if known is not None:
            end = block.find(b"\n", match.end())
            line = block[match.end() : len(block) if end < 0 else end][:_SAMPLE_BYTES]
            stamps.append(OuterStamp(*known, line))
        left -= 1
        if not left:
            break
