"""Which packs there are: the built-in one, installed packages' ones, directories the user named.

A package offers its pack through an entry point of the group `h2o_forensics.rules`; its value is a
module, or `module:attribute` with the directory's path.  Installing it is the user's word that the
rules are wanted; `--no-plugins` leaves them out.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata, resources
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from h2o_forensics.files import read_plain
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook.tree import Fault

GROUP = "h2o_forensics.rules"
BUILT_IN = "built-in"
GIVEN = "given"

MAX_FILE_BYTES = 256 * 1024
MAX_FILES = 2000
MAX_PACK_BYTES = 16 * 2**20
_MOST_LISTED = 20_000
"""A pack may hold other files, too, but no disk."""
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
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of others
        return f"cannot be loaded: {str(error) or type(error).__name__}"
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
    real = base.resolve()
    count = size = 0
    for path in _files(base):
        relative = path.relative_to(base)
        name = relative.as_posix()
        shown = f"{pack.name}/{name}"
        if path.suffix == ".yml":
            faults.append(Fault(shown, 1, "", "rule files end in .yaml"))
        if path.suffix != ".yaml" and name != VERSION:
            continue
        count += 1
        if count > MAX_FILES or size > MAX_PACK_BYTES:
            most = f"{MAX_FILES} files and {MAX_PACK_BYTES // 2**20} MB"
            faults.append(Fault(pack.name, 1, "", f"holds more than {most} of rules"))
            return
        if not path.resolve().is_relative_to(real):
            faults.append(Fault(shown, 1, "", "leads out of the pack; copy the file into it"))
            continue
        for source in read_file(Source(index, shown, name, b""), path, faults):
            size += len(source.data)
            yield source


def _files(base: Path) -> list[Path]:
    """What may be files of a pack, by path; no directory that is a link is entered."""
    found: list[Path] = []
    for folder, below, names in os.walk(base):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(folder, name) for name in names if not name.startswith(".")]
        if len(found) > _MOST_LISTED:
            break
    return sorted(found, key=lambda path: path.relative_to(base).as_posix())


def read_file(source: Source, path: Path, faults: list[Fault]) -> Iterator[Source]:
    """`source` with the file's content, if it can be had."""
    try:
        yield source._replace(data=read_plain(path, MAX_FILE_BYTES))
    except OSError as error:
        what = error.strerror or str(error)
        what = what.removeprefix("is ") if what.startswith("is ") else f"cannot be read: {what}"
        faults.append(Fault(source.shown, 1, "", what))


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
