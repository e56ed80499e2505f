"""Which packs there are: the built-in one, installed packages' ones, directories the user named.

A package offers its pack through an entry point of the group `h2o_forensics.rules`; its value is a
module, or `module:attribute` with the directory's path.  Installing it is the user's word that the
rules are wanted; `--no-plugins` leaves them out.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata, resources
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.tree import Fault

GROUP = "h2o_forensics.rules"
BUILT_IN = "built-in"
GIVEN = "given"

MAX_FILE_BYTES = 256 * 1024
CONDITIONS = "conditions.yaml"
SIGNALS = "signals.yaml"
RETIRED = "retired.yaml"
VERSION = "VERSION"
NO_RULES = frozenset({CONDITIONS, SIGNALS, RETIRED})
"""Files of a pack's root that hold no rule."""
_DEFAULT_VERSION = "0.1.0"


class PackSource(NamedTuple):
    """A directory of rules (or one rule file) and who brought it."""

    name: str
    """As faults show it."""
    source: str
    """As `model.rule.Pack` has it."""
    place: Path


class Source(NamedTuple):
    """One file of a pack."""

    pack: int
    """Index of its pack."""
    shown: str
    """As faults name it: `rules/cloud/X.yaml`."""
    path: str
    """Relative to the pack."""
    data: bytes


def built_in_pack() -> PackSource:
    """The rules of this package."""
    return PackSource("rules", BUILT_IN, rules_dir())


def given_packs(packs: Sequence[Path]) -> list[PackSource]:
    """The packs the user named."""
    return [PackSource(pack.name, GIVEN, pack) for pack in packs]


def installed_packs(faults: list[Fault]) -> list[PackSource]:
    """The packs of installed packages, by name."""
    points = metadata.entry_points(group=GROUP)
    found = []
    for point in sorted(points, key=lambda one: (one.name, one.value)):
        package = f"{point.dist.name} {point.dist.version}" if point.dist else point.module
        place = _place(point)
        if isinstance(place, Path):
            found.append(PackSource(point.name, f"package {package}", place))
        else:
            what = f"package {package}: {place}; --no-plugins goes without it"
            faults.append(Fault(point.name, 1, point.value, what))
    return found


def _place(point: metadata.EntryPoint) -> Path | str:
    """Directory an entry point offers, or why there is none."""
    try:
        target = point.load()
        place = target if point.attr else resources.files(target)
    except (ImportError, AttributeError, TypeError, ValueError, SyntaxError, OSError) as error:
        return f"cannot be loaded: {error}"
    if not isinstance(place, str | PathLike) or not Path(place).is_dir():
        return "is no directory"
    return Path(place)


def read_pack(index: int, pack: PackSource, faults: list[Fault]) -> Iterator[Source]:
    """Every file of a pack that counts."""
    if pack.place.is_file():
        yield from read_file(Source(index, pack.name, pack.name, b""), pack.place, faults)
        return
    if not pack.place.is_dir():
        faults.append(Fault(pack.name, 1, "", "no such directory of rules"))
        return
    base = pack.place
    for path in sorted(base.rglob("*"), key=lambda found: found.relative_to(base).as_posix()):
        relative = path.relative_to(base)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        name = relative.as_posix()
        shown = f"{pack.name}/{name}"
        if path.suffix == ".yaml" or name == VERSION:
            yield from read_file(Source(index, shown, name, b""), path, faults)
        elif path.suffix == ".yml":
            faults.append(Fault(shown, 1, "", "rule files end in .yaml"))


def read_file(source: Source, path: Path, faults: list[Fault]) -> Iterator[Source]:
    """`source` with the file's content, if it can be had."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        faults.append(Fault(source.shown, 1, "", f"cannot be read: {error.strerror}"))
        return
    if len(data) > MAX_FILE_BYTES:
        faults.append(Fault(source.shown, 1, "", f"larger than {MAX_FILE_BYTES // 1024} KB"))
        return
    yield source._replace(data=data)


def version_of(sources: Iterable[Source], pack: int) -> str:
    """What the VERSION file of a pack says."""
    for source in sources:
        if (source.pack, source.path) == (pack, VERSION):
            return source.data.decode("utf-8", "replace").strip() or _DEFAULT_VERSION
    return _DEFAULT_VERSION


def digest(sources: Iterable[Source]) -> str:
    """SHA-256 over all files that decide what the rules mean."""
    found = hashlib.sha256()
    for path, data in sorted((one.path, one.data) for one in sources if one.path != VERSION):
        found.update(f"{path}\n{len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()
