"""What the beginnings of H2O's logs tell of the cluster a node was in.

Read only where neither names nor what lies beside them decide; on disks only, and never far.
"""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from h2o_forensics.batch.listing import join
from h2o_forensics.batch.unit_names import h2o_node, node_in_archive_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from h2o_forensics.batch.listing import Folder

_HEAD = 1 << 18
_DEEP = 3
"""Directories between a node's own and its H2O logs: `logs`, `h2ologs/<application>`."""
_MOST_LOGS = 6
"""So many logs of one directory, or zip, are opened."""
_MOST_MEMBERS = 20_000
"""A zip with more is not looked into."""
_CLOUD = re.compile(rb"Cloud of size \d+ formed \[([^\]\n]{1,20000})\]")
"""`Cloud of size 3 formed [/10.0.0.1:54321, host/10.0.0.2:54321]` (water/Paxos.java)."""
_MEMBER = re.compile(r"([^/,\s]+):(\d+)")
_NAME = re.compile(
    rb"H2O cloud name: '([^'\n]{0,200})' on [^/\n]{0,200}/([^\s,]{1,100}):(\d+)([^\n]*)"
)
"""`H2O cloud name: 'lab' on /10.0.0.1:54321, static configuration based on -flatfile ...`."""
_TIME = re.compile(rb"^(?:\d{4}-)?(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)", re.MULTILINE)
_TELLING = re.compile(r"-[123]-[a-z]+\.log")
"""Graver files do not tell the cloud."""
_CONSOLE = re.compile(r"\A(?:stdout|stderr|nohup|h2o|console|out)(?:\.(?:log|out|txt))?(?:\.gz)?\Z")
"""An H2O node's console repeats its log."""
_ARCHIVE_FAULTS = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,  # Encrypted.
    ValueError,
)


class Told(NamedTuple):
    """What the logs of a directory, an archive or a node tell."""

    nodes: frozenset[str]
    """Whose logs they are: `10.0.0.1_54321`."""
    members: frozenset[str] = frozenset()
    """Of the clouds these were in."""
    name: str = ""
    """The cloud's; lower case."""
    flatfile: bool = False
    """It was told whom to find: it was not meant to be alone."""
    began_s: int | None = None
    """Seconds into the year, months having 31 days."""
    head: bytes = b""

    @property
    def speaks(self) -> bool:
        """Whether a log that tells its cloud could be read."""
        return bool(self.members or self.name)

    def mentions(self, node: str) -> bool:
        """Whether another node's address is in the log."""
        host, _, port = node.rpartition("_")
        address = f"{host}:{port}".encode("utf-8", "replace")
        if address not in self.head:  # Many times faster than to search.
            return False
        exact = rb"(?<![\w.])" + re.escape(address) + rb"(?!\d)"
        return re.search(exact, self.head) is not None


def h2o_logs(folder: Folder, deep: int = _DEEP) -> Iterator[tuple[str, str]]:
    """Give node (`10.0.0.1_54321`) and path of the H2O logs at and below a directory."""
    for file in folder.listed.files:
        node = h2o_node(file.path)
        if node is not None:
            yield node, join(folder.path, file.path)
    if deep:
        for below in folder.listed.folders:
            yield from h2o_logs(below, deep - 1)


def told_by_folder(folder: Folder) -> Told:
    """Give what the H2O logs in a directory tell, or the console where there are none."""
    logs = list(h2o_logs(folder))
    if not logs:
        return told_by_logs(("", path) for path in _consoles(folder))
    return told_by_logs(logs)


def _consoles(folder: Folder) -> list[str]:
    listed = folder.listed
    paths = [join(folder.path, file.path) for file in listed.files if _CONSOLE.match(file.path)]
    for below in listed.folders:
        paths += [
            join(below.path, file.path) for file in below.listed.files if _CONSOLE.match(file.path)
        ]
    return paths[:_MOST_LOGS]


def told_by_logs(logs: Iterable[tuple[str, str]]) -> Told:
    """Give what logs tell.

    Args:
        logs: node, or nothing, and path of each.
    """
    nodes: set[str] = set()
    heads: dict[str, Told] = {}
    opened = 0
    for node, path in sorted(logs, key=lambda log: ("-3-info." not in log[1], log)):
        nodes |= {node} - {""}
        known, left = heads.get(node or path), _MOST_LOGS - opened
        if known is not None or not left or "://" in path or (node and not _TELLING.search(path)):
            continue
        opened += 1
        if (told := told_by_text(_head(path), node)).speaks:
            heads[node or path] = told
    return _joined(nodes, list(heads.values()))


def _joined(nodes: Iterable[str], heads: list[Told]) -> Told:
    begun = [one.began_s for one in heads if one.began_s is not None]
    return Told(
        nodes=frozenset(nodes).union(*(one.nodes for one in heads)),
        members=frozenset[str]().union(*(one.members for one in heads)),
        name=next((one.name for one in heads if one.name), ""),
        flatfile=bool(heads) and all(one.flatfile for one in heads),
        began_s=min(begun, default=None),
        head=b"\n".join(one.head for one in heads),
    )


def told_by_text(head: bytes, node: str = "") -> Told:
    """Give what the beginning of a log tells."""
    name, nodes = _NAME.search(head), {node} - {""}
    members = {
        f"{host}_{port}"
        for found in _CLOUD.findall(head)
        for host, port in _MEMBER.findall(found.decode("utf-8", "replace"))
    }
    if name is not None and not node:
        nodes.add(f"{name[2].decode('utf-8', 'replace')}_{name[3].decode()}")
    began = _TIME.search(head)
    months, days, hours, minutes, seconds = map(int, began.groups()) if began else (0,) * 5
    return Told(
        nodes=frozenset(nodes),
        members=frozenset(members),
        name="" if name is None else name[1].decode("utf-8", "replace").casefold(),
        flatfile=name is not None and b"-flatfile" in name[4],
        began_s=(((months * 31 + days) * 24 + hours) * 60 + minutes) * 60 + seconds
        if began
        else None,
        head=head,
    )


def tells_a_cloud(path: str) -> bool:
    """Whether a log of any name is that of an H2O node."""
    return "://" not in path and told_by_text(_head(path)).speaks


def _head(path: str) -> bytes:
    try:
        with Path(path).open("rb") as stream:
            if path.endswith(".gz"):
                with gzip.open(stream) as packed:
                    return packed.read(_HEAD)
            return stream.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""


def members_of_zip(path: str) -> list[str]:
    """Give the names in a zip on disk; none where they cannot be told."""
    if "://" in path or not path.lower().endswith(".zip"):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except _ARCHIVE_FAULTS:
        return []
    return names if len(names) <= _MOST_MEMBERS else []


def nodes_in_zip(path: str) -> frozenset[str]:
    """Give the nodes whose logs, or whose archives of logs, a zip's names tell of."""
    lasts = (name.rpartition("/")[2] for name in members_of_zip(path))
    found = {h2o_node(last) or node_in_archive_name(last) for last in lasts}
    return frozenset(node for node in found if node is not None)


def told_by_zip(path: str) -> Told:
    """Give what H2O's logs in a zip tell."""
    heads: list[Told] = []
    for name in sorted(members_of_zip(path)):
        node = h2o_node(name.rpartition("/")[2])
        if node is None or not _TELLING.search(name) or len(heads) >= _MOST_LOGS:
            continue
        if any(node in one.nodes for one in heads):
            continue
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
                head = stream.read(_HEAD)
        except _ARCHIVE_FAULTS:
            continue
        if (told := told_by_text(head, node)).speaks:
            heads.append(told)
    return _joined(nodes_in_zip(path), heads)
