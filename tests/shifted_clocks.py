"""Real logs as they would look on other clocks: another day, zone, or a clock that is wrong.

Every stamp of a fixture's bundle (made in UTC) is rewritten from the instant it stands for, so
that what changes is what a real clock would have changed, and nothing else.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from msgspec import Struct

_H2O = re.compile(r"^(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) ", re.MULTILINE)
_HTTP = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d),(\d{3}) ", re.MULTILINE)
_GC = re.compile(r"^\[(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})\+0000\]", re.MULTILINE)
_EPOCH = re.compile(r"((?:X-h2o-cluster-id|GC CALLBACK): )(\d{13})\b")
_REST = re.compile(r'("(?:last_ping|timestamp|start_time)":)(\d{13})\b')
_ZONE_NAME = re.compile(r'"cloud_internal_timezone":"[^"]*",')
_YEAR = 2026


class Dial(Struct, frozen=True):
    """How a node's clock shows time."""

    zone: tzinfo = UTC
    skew: timedelta = timedelta()
    """How much it is ahead."""
    anchored: bool = True
    """Whether the lines that state the epoch are kept."""


def shifted(
    bundle: Path,
    dials: Mapping[str, Dial],
    move: Callable[[datetime], datetime] | timedelta = timedelta(),
    *,
    zone_in_json: bool = False,
) -> dict[str, str]:
    """The text files of a bundle by path, on other clocks.

    Args:
        bundle: of a case made in UTC.
        dials: by a part of the path that only files of that node have; others show UTC.
        move: when it happened instead.
        zone_in_json: keep what `/3/Cloud` says of the zone.
    """
    moved = move if callable(move) else lambda moment: moment + move
    files = {}
    for path in sorted(bundle.rglob("*")):
        if path.is_dir() or path.suffix == ".zip" or not path.stat().st_size:
            continue
        name = path.relative_to(bundle).as_posix().removesuffix(".gz")
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        dial = next((dial for part, dial in sorted(dials.items()) if part in name), Dial())
        text = _rewritten(text, dial, moved)
        files[name] = text if zone_in_json else _ZONE_NAME.sub("", text)
    return files


def _rewritten(text: str, dial: Dial, moved: Callable[[datetime], datetime]) -> str:
    def shown(*parts: str) -> datetime:
        year, month, day, hour, minute, second, millis = map(int, parts)
        moment = datetime(year, month, day, hour, minute, second, millis * 1000, tzinfo=UTC)
        return moved(moment) + dial.skew

    def h2o(match: re.Match[str]) -> str:
        local = shown(str(_YEAR), *match.groups()).astimezone(dial.zone)
        return f"{local:%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} "

    def http(match: re.Match[str]) -> str:
        local = shown(*match.groups()).astimezone(dial.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S},{local.microsecond // 1000:03d} "

    def collector(match: re.Match[str]) -> str:
        local = shown(*match.groups()).astimezone(dial.zone)
        return f"[{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}]"

    def epoch(match: re.Match[str]) -> str:
        moment = moved(datetime.fromtimestamp(int(match[2]) / 1000, UTC)) + dial.skew
        return f"{match[1]}{round(moment.timestamp() * 1000)}"

    def rest(match: re.Match[str]) -> str:
        moment = moved(datetime.fromtimestamp(int(match[2]) / 1000, UTC))
        return f"{match[1]}{round(moment.timestamp() * 1000)}"

    for pattern, change in ((_H2O, h2o), (_HTTP, http), (_GC, collector), (_REST, rest)):
        text = pattern.sub(change, text)
    if dial.anchored:
        return _EPOCH.sub(epoch, text)
    return "".join(line for line in text.splitlines(keepends=True) if not _EPOCH.search(line))
