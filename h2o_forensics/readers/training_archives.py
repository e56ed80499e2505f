"""MOJO archives, put together of their members; what lies in one is no artifact of its own.

A MOJO is found by its `model.ini` (or, where that is lost, by the model's JSON in it), in a zip or
unpacked into a directory.  The models inside a stacked ensemble's MOJO are parts of it.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from h2o_forensics.model.scan import Scan
from h2o_forensics.model.training import Model, Source
from h2o_forensics.readers.identify import HEAD_BYTES, identify
from h2o_forensics.readers.layouts import Peekable
from h2o_forensics.readers.scanned import Scanned
from h2o_forensics.training.mojo import read_mojo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.model.bundle import Bundle, Member, Problem

_INI, _DETAILS = "model.ini", "experimental/modelDetails.json"
_INNER = ("models/", "trees/", "domains/", "experimental/", "feature_engineering/")
_TREE = re.compile(r"(.*!)trees/t\d{2,9}_\d{3,9}(?:_aux)?\.bin")
"""In a zip these tell of a MOJO even where its inventory is lost or was not reached."""
_MAX_INI_BYTES = 16 * 2**20
_PARTIAL = frozenset({"stopped", "too_big", "too_many", "ratio", "window"})
"""Codes of problems after which it is not known what an archive holds."""
_DAMAGED = frozenset({"bad_crc", "bad_data", "truncated", "wrong_size"})
_NO_MATTER = "unsupported"
"""What a tree's first bytes look like is chance."""
_OF_MOJOS = frozenset({"binary", "console", "text", "model", "json"})


class MojoFiles(Struct):
    """One MOJO of the bundle, before it is read."""

    root: str
    """What the paths of its members begin with: `x.zip!`, `folder/`, or nothing."""
    names: list[str]
    ini: bytes | None = None
    details: str | None = None
    """The member that holds the model's JSON, or the same bytes."""
    mtime: float | None = None


def take_mojos(bundle: Bundle) -> tuple[list[MojoFiles], Bundle]:
    """The MOJOs, and the bundle without what lies in them; their models' JSON stays in it."""
    paths = [member.path for member in bundle.members]
    paths += [path for path, _ in (*bundle.duplicates, *bundle.listed)]
    roots = _roots(paths)
    if not roots:
        return [], bundle
    mojos = {root: MojoFiles(root, []) for root in sorted(roots)}
    inside: set[str] = set()
    members = {member.path: member for member in bundle.members}
    originals = dict(bundle.duplicates)
    for path in sorted(paths):
        root = next((one for one in _prefixes(path) if one in mojos), None)
        if root is None:
            continue
        name = path[len(root) :]
        mojos[root].names.append(name)
        member = members.get(originals.get(path, path))
        if name == _DETAILS:
            mojos[root].details = originals.get(path, path)
        elif name == _INI:
            inside.add(path)
            _take_ini(mojos[root], member)
        elif name.startswith(_INNER) or _is_part(root, name, member):
            inside.add(path)
    return list(mojos.values()), _without(bundle, inside)


def _roots(paths: Sequence[str]) -> set[str]:
    """Where MOJOs begin, without those inside another one."""
    found = {
        path.removesuffix(name)
        for path in paths
        for name in (_INI, _DETAILS)
        if path.endswith(name) and path.removesuffix(name)[-1:] in {"", "/", "!"}
    }
    found |= {tree[1] for path in paths if (tree := _TREE.fullmatch(path))}
    return {one for one in found if not any(_holds(other, one) for other in found)}


def _holds(outer: str, inner: str) -> bool:
    return inner != outer and inner.startswith(f"{outer}models/") and "!" not in inner[len(outer) :]


def _prefixes(path: str) -> Iterator[str]:
    """Every folder and archive around a path, outermost first, up to the innermost archive."""
    archive = path.rfind("!") + 1
    yield path[:archive]
    at = archive
    while (at := path.find("/", at) + 1) > 0:
        yield path[:at]


def _take_ini(mojo: MojoFiles, member: Member | None) -> None:
    if member is not None:
        mojo.mtime = member.mtime
        with member.open() as stream:
            mojo.ini = Peekable(stream).peek(_MAX_INI_BYTES)


def _is_part(root: str, name: str, member: Member | None) -> bool:
    """A blob that lies in the archive: of a booster, of vectors, of archetypes."""
    if not root.endswith("!") or "/" in name:
        return False
    if member is None:
        return True
    with member.open() as stream:
        return identify(Peekable(stream).peek(HEAD_BYTES)) in _OF_MOJOS


def _without(bundle: Bundle, inside: set[str]) -> Bundle:
    return replace(
        bundle,
        members=tuple(one for one in bundle.members if one.path not in inside),
        duplicates=tuple(one for one in bundle.duplicates if one[0] not in inside),
        listed=tuple(one for one in bundle.listed if one[0] not in inside),
        problems=lambda: tuple(
            one for one in bundle.problems() if one.code != _NO_MATTER or one.artifact not in inside
        ),
    )


def add_mojos(mojos: Sequence[MojoFiles], artifacts: list[Scanned]) -> None:
    """Add an artifact for each MOJO: its inventory; if that is lost, the model's JSON is it."""
    by_path = {one.path: one for one in artifacts}
    for mojo in mojos:
        if mojo.ini is not None:
            artifacts.append(_inventory(mojo, mojo.ini, f"A{len(artifacts) + 1}"))
        elif mojo.root + _DETAILS in by_path:
            by_path[mojo.root + _DETAILS].mojo = mojo
        elif mojo.details is None:
            artifacts.append(_inventory(mojo, b"", f"A{len(artifacts) + 1}"))


def _inventory(mojo: MojoFiles, ini: bytes, name: str) -> Scanned:
    scan = Scan(hits=[], shapes={}, level_minutes={}, silences=[])
    scan.bytes, scan.lines = len(ini), ini.count(b"\n")
    scan.sha256 = hashlib.sha256(ini).hexdigest()
    artifact = Scanned(name, mojo.root + _INI, "mojo", mojo.mtime, scan)
    artifact.size, artifact.mojo = len(ini), mojo
    artifact.state = "read" if ini else "listed"
    return artifact


def read_mojos(
    artifacts: Sequence[Scanned], problems: Iterable[Problem]
) -> tuple[list[Model], set[str]]:
    """The models of all MOJOs, at their places, and the artifacts that hold but their JSON.

    Args:
        artifacts: all of the case.
        problems: they say which archives were not read to their end.
    """
    by_path = {one.path: one for one in artifacts}
    problems = list(problems)
    cut = [one.artifact for one in problems if one.code in _PARTIAL]
    spoilt = [one for one in problems if one.code in _DAMAGED and "!" in one.artifact]
    models: list[Model] = []
    used: set[str] = set()
    for artifact in artifacts:
        mojo = artifact.mojo
        if mojo is None:
            continue
        held = by_path.get(mojo.details or "")
        details = held.saved.models[0] if held is not None and held.saved.models else None
        if held is not None and mojo.details == mojo.root + _DETAILS:
            used.add(held.id)
        model = read_mojo(_name(mojo), tuple(mojo.names), mojo.ini, details)
        missing = () if any(_concerns(path, mojo) for path in cut) else _damage(model)
        damage = (*missing, *_spoilt(mojo, spoilt))
        if model.mojo is not None:
            model = replace(model, mojo=replace(model.mojo, damage=damage))
        models.append(_at(model, artifact, held))
    return models, used


def _damage(model: Model) -> tuple[str, ...]:
    return model.mojo.damage if model.mojo is not None else ()


def _spoilt(mojo: MojoFiles, problems: Iterable[Problem]) -> Iterator[str]:
    """Members whose bytes are damaged, as far as they were read."""
    for one in problems:
        if one.artifact.startswith(mojo.root) and one.artifact[len(mojo.root) :] in mojo.names:
            yield f"{one.artifact[len(mojo.root) :]} is damaged ({one.code})"


def _name(mojo: MojoFiles) -> str:
    return mojo.root.rstrip("!/")


def _concerns(path: str, mojo: MojoFiles) -> bool:
    """A problem of it, or of an archive around it: more may lie in it than is known."""
    return not path or path.startswith(mojo.root) or mojo.root.startswith(f"{path}!")


def _at(model: Model, inventory: Scanned, details: Scanned | None) -> Model:
    """The model with the places of what was read: its numbers stand in the JSON."""
    where = details or inventory

    def place(source: Source) -> Source:
        return replace(source, artifact=where.id, path=where.path)

    return replace(
        model,
        metrics=tuple(replace(one, source=place(one.source)) for one in model.metrics),
        history=tuple(replace(one, source=place(one.source)) for one in model.history),
        source=replace(model.source, artifact=inventory.id, path=inventory.path, pointer=""),
    )
