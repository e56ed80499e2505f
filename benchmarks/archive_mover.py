"""Real runs of fixtures/cases as other runs: other times, addresses, hosts, versions and names.

A case is cut once into text that stays and tokens that change; a run is then one look-up per token
and one join per file.  All stamps of a run (of logs, JSON documents, file names, entries of zips)
move by the same whole seconds, so that nothing changes but when and where it happened.
"""

import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import yaml

CASES = Path(__file__).resolve().parents[1] / "fixtures" / "cases"
MADE = datetime(2026, 11, 22, tzinfo=UTC)
"""The day all fixtures were made on."""
HEADER_NODE = 22
"""Columns of a log header's node."""
THREAD = 10
"""Columns of a log header's thread; of longer names it shows the end."""
VERSION_LINE = re.compile(rb'Build project version: (\S+)|"version":"(3\.[^"]+)"')
NODE_NAME = re.compile(r"(?:node\d*_|h2o_)(\d+\.\d+\.\d+\.\d+)_(\d+)")


class Release(NamedTuple):
    """A version of H2O and when it was built."""

    version: str
    built: datetime


class Identity(NamedTuple):
    """What makes a run another one."""

    seed: str
    """For keys that are random in H2O, too."""
    move_s: int
    addresses: tuple[str, ...]
    """One per node of the case."""
    hosts: tuple[str, ...]
    port: int
    cluster: str
    user: str
    release: Release
    older: Release
    """Where a run has two versions."""
    java: str
    frame: str
    model: str


class Entry(NamedTuple):
    """A file of a case; `parts` index the case's table."""

    name: tuple[int, ...]
    parts: tuple[int, ...]
    when: datetime | None
    """Of an entry of a zip."""
    children: tuple["Entry", ...] | None = None
    """Of a zip."""


class File(NamedTuple):
    """A file of a moved run; zips are still open."""

    path: str
    data: bytes
    """Unpacked, where the name ends in .gz, too."""
    when: datetime | None = None
    children: tuple["File", ...] | None = None


class Case:
    """A case, cut."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        bundle = CASES / slug / "bundle"
        known = yaml.safe_load((CASES / slug / "expected.yaml").read_text(encoding="utf-8"))
        self.verdict: str = known["verdict"]
        self.condition: str | None = known["root"]
        seen = known.get("first_seen")
        self.at = None if seen is None else datetime.fromisoformat(seen)
        self.within_s: int = known.get("within_s", 60)
        paths = sorted(path for path in bundle.rglob("*") if path.is_file())
        names = {found.groups() for path in paths for found in NODE_NAME.finditer(path.name)}
        names |= {found.groups() for path in paths for found in NODE_NAME.finditer(str(path))}
        self.nodes = tuple(sorted((address, int(port)) for address, port in names))
        blamed = [node.rsplit(":", 1) for node in known["nodes"]]
        self.blamed = tuple(self.nodes.index((address, int(port))) for address, port in blamed)
        self.table: list[bytes] = []
        self._places: dict[tuple[str, ...], int] = {}
        self.tokens: list[tuple[int, str, str, int, str]] = []
        """Place, kind, text, owner, version."""
        self._pattern = _pattern(self.nodes)
        main = _versions((bundle / "rest" / "cloud.json").read_bytes())
        self.version = main[0] if main else ""
        self.versions: dict[int, str] = {}
        """Of nodes."""
        self.entries = tuple(
            self._entry(path.relative_to(bundle).as_posix(), path.read_bytes(), None)
            for path in paths
        )

    def _entry(self, name: str, data: bytes, when: datetime | None, owner: int = 0) -> Entry:
        found = NODE_NAME.search(name)
        if found:
            owner = self.nodes.index((found[1], int(found[2])))
        cut = self._cut(name.encode(), owner, "")
        if zipfile.is_zipfile(io.BytesIO(data)):
            return Entry(cut, (), when, tuple(self._children(data, owner)))
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        told = _versions(data)
        if found and told:
            self.versions[owner] = told[0]
        version = told[0] if told else self.version
        return Entry(cut, self._cut(data, owner, version), when)

    def _children(self, data: bytes, owner: int) -> Iterator[Entry]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                when = datetime(*info.date_time, tzinfo=UTC)
                yield self._entry(info.filename, archive.read(info), when, owner)

    def _cut(self, data: bytes, owner: int, version: str) -> tuple[int, ...]:
        parts, end = [], 0
        for found in self._pattern.finditer(data):
            parts.append(self._place("", data[end : found.start()]))
            kind, text = found.lastgroup or "", found[0]
            own = owner if kind in {"own", "host", "port"} else -1
            told = version if kind in {"version", "hash", "describe", "built", "age"} else ""
            parts.append(self._place(kind, text, own, told))
            end = found.end()
        return (*parts, self._place("", data[end:]))

    def _place(self, kind: str, text: bytes, owner: int = -1, version: str = "") -> int:
        words = text.decode("latin-1")
        key = (kind, words, str(owner), version)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.table)
            self.table.append(text)
            if kind:
                self.tokens.append((place, kind, words, owner, version))
        return place

    @property
    def last(self) -> datetime:
        """When the last line of a log was written."""
        stamps = [_clock(text[6:]) for _, kind, text, *_ in self.tokens if kind == "date"]
        return MADE + timedelta(seconds=max(stamps))

    def moved(self, identity: Identity) -> list[File]:
        """Give the files of another run, in the order of their names."""
        table = list(self.table)
        change = _Change(self, identity)
        for place, kind, text, owner, version in self.tokens:
            table[place] = change.kinds[kind](text, owner, version).encode("latin-1")
        move = timedelta(seconds=identity.move_s)
        return [_file(entry, table, move) for entry in self.entries]


def _file(entry: Entry, table: Sequence[bytes], move: timedelta) -> File:
    name = _joined(entry.name, table).decode()
    when = None if entry.when is None else entry.when + move
    if entry.children is not None:
        return File(name, b"", when, tuple(_file(one, table, move) for one in entry.children))
    return File(name, _joined(entry.parts, table), when)


def _joined(parts: tuple[int, ...], table: Sequence[bytes]) -> bytes:
    if len(parts) == 1:
        return table[parts[0]]
    return b"".join(itemgetter(*parts)(table))


def _versions(data: bytes) -> list[str]:
    return [(one[1] or one[2]).decode() for one in VERSION_LINE.finditer(data)]


def _pattern(nodes: Sequence[tuple[str, int]]) -> re.Pattern[bytes]:
    """What changes in the texts of a case, by kind."""
    addresses = "|".join(sorted({re.escape(address) for address, _ in nodes}))
    ports = "|".join(str(port + more) for _, port in nodes for more in (0, 1))
    tails = "|".join(re.escape(f"{address}:{port}"[-THREAD:]) for address, port in nodes)
    kinds = {
        "date": r"(?<!\d)11-22 \d\d:\d\d:\d\d",
        "iso": r"2026-11-22T\d\d:\d\d:\d\d",
        "stamp": r"20261122_\d{6}",
        "epoch": r"(?<!\d)1795[23]\d{8}(?!\d)",
        "node": rf"(?:localhost/|(?:{addresses})/)?(?:{addresses})[:_](?:{ports})(?:  +)?(?!\d)",
        "tail": rf"(?<= )(?:{tails})(?= )",
        "own": rf"(?<=-ip, )(?:{addresses})|(?<=root@)(?:{addresses})|(?<=On /)(?:{addresses})"
        r"|(?<=, )192\.0\.2\.2",
        "port": rf"(?:(?<=:)|(?<=, )|(?<=port: )|(?<=/r))(?:{ports})(?!\d)",
        "key": r"(?<=0301)[0-9a-f]{8}[0-9a-f]{4}(?=ffffffff)",
        "job": r"(?<=\$_)[0-9a-f]{32}|(?<=%24_)[0-9a-f]{32}",
        "host": r"(?<=\d@)vm\b",
        "user": r"(?<=User name: ')root|(?<=')/root(?=/h2oflows)|(?<= )root(?=@)",
        "folder": r"/tmp/lab/(?=run/)",  # noqa: S108 - a text in the logs
        "cluster": r"(?<=-name, )lab(?=,)|(?<=cloud name: ')lab|(?<=\"cloud_name\":\")lab",
        "version": r"(?<=project version: )3[\d.]+|(?<=\"version\":\")3[\d.]+",
        "hash": r"(?<=git hash: )[0-9a-f]{40}|(?<=_commit_hash\":\")[0-9a-f]{40}",
        "describe": r"(?<=git describe: )\S+|(?<=\"describe\":\")[^\"]+",
        "built": r"(?<=Built on: ')[^']+|(?<=compiled_on\":\")[^\"]+",
        "age": r"(?<=Build age: )[^\n]+|(?<=\"build_age\":\")[^\"]+",
        "java": r"17\.0\.15(?=[ +])",
        "frame": r"\b(?:a|loans|events)(?=\.hex)",
        "model": r"\b(?:gbm_1|glm_1|grid1)(?=\b|_)",
    }
    text = "|".join(f"(?P<{name}>{pattern})" for name, pattern in kinds.items())
    return re.compile(text.encode())


class _Change:
    """What a token becomes in a run."""

    def __init__(self, case: Case, identity: Identity) -> None:
        self.case, self.to = case, identity
        self.move = timedelta(seconds=identity.move_s)
        self.nodes = {
            f"{address}:{port}": index for index, (address, port) in enumerate(case.nodes)
        }
        self.tails = {node[-THREAD:]: index for node, index in self.nodes.items()}
        self.keys = {_key(address, port + 1): index
                     for index, (address, port) in enumerate(case.nodes)}  # fmt: skip
        self.ports = {str(port + more): more for _, port in case.nodes for more in (1, 0)}
        self.kinds: Mapping[str, Callable[[str, int, str], str]] = {
            "date": self._date, "iso": self._iso, "stamp": self._stamp, "epoch": self._epoch,
            "node": self._node, "tail": self._tail, "own": self._own, "port": self._port,
            "key": self._key, "job": self._random, "host": self._host, "user": self._user,
            "folder": lambda *_: f"/data/{identity.cluster}/",
            "cluster": lambda *_: identity.cluster,
            "version": lambda _text, _owner, version: self._release(version).version,
            "hash": lambda text, _owner, version: self._hash(text, version),
            "describe": self._describe, "built": self._built, "age": self._age,
            "java": lambda *_: identity.java,
            "frame": lambda text, *_: f"{identity.frame}_{text}",
            "model": lambda text, *_: f"{identity.model}_{text}",
        }  # fmt: skip

    def _date(self, text: str, *_: object) -> str:
        moment = MADE + timedelta(seconds=_clock(text[6:])) + self.move
        return f"{moment:%m-%d %H:%M:%S}"

    def _iso(self, text: str, *_: object) -> str:
        moment = MADE + timedelta(seconds=_clock(text[11:])) + self.move
        return f"{moment:%Y-%m-%dT%H:%M:%S}"

    def _stamp(self, text: str, *_: object) -> str:
        hour, minute, second = text[9:11], text[11:13], text[13:15]
        moment = MADE + timedelta(seconds=_clock(f"{hour}:{minute}:{second}")) + self.move
        return f"{moment:%Y%m%d_%H%M%S}"

    def _epoch(self, text: str, *_: object) -> str:
        return str(int(text) + self.to.move_s * 1000)

    def _node(self, text: str, *_other: object) -> str:
        named = text.rstrip(" ")
        name, _slash, node = named.rpartition("/")
        sign = ":" if ":" in node else "_"
        address, port = re.split("[:_]", node)
        more = int(f"{address}:{port}" not in self.nodes)
        index = self.nodes[f"{address}:{int(port) - more}"]
        new = f"{self.to.addresses[index]}{sign}{self.to.port + more}"
        if name:
            known = self.to.hosts if name == "localhost" else self.to.addresses
            new = f"{known[index]}/{new}"
        return new if named == text else new.ljust(max(len(text), len(new) + 1))

    def _tail(self, text: str, *_: object) -> str:
        return f"{self.to.addresses[self.tails[text]]}:{self.to.port}"[-THREAD:]

    def _own(self, _text: str, owner: int, _version: str) -> str:
        return self.to.addresses[owner]

    def _port(self, text: str, *_: object) -> str:
        return str(self.to.port + self.ports[text])

    def _key(self, text: str, *_: object) -> str:
        index = self.keys.get(text)
        return text if index is None else _key(self.to.addresses[index], self.to.port + 1)

    def _random(self, text: str, *_: object) -> str:
        return hashlib.md5(f"{self.to.seed} {text}".encode(), usedforsecurity=False).hexdigest()

    def _host(self, _text: str, owner: int, _version: str) -> str:
        return self.to.hosts[owner]

    def _user(self, text: str, *_: object) -> str:
        return f"/home/{self.to.user}" if text.startswith("/") else self.to.user

    def _release(self, version: str) -> Release:
        return self.to.release if version == self.case.version else self.to.older

    def _hash(self, text: str, version: str) -> str:
        return hashlib.sha1(
            self._release(version).version.encode(), usedforsecurity=False
        ).hexdigest()[: len(text)]

    def _describe(self, _text: str, _owner: int, version: str) -> str:
        return f"jenkins-{self._release(version).version}-0-g{self._hash('0123456', version)}"

    def _built(self, text: str, _owner: int, version: str) -> str:
        return f"{self._release(version).built:%Y-%m-%d} {text[11:]}"

    def _age(self, _text: str, _owner: int, version: str) -> str:
        days = (MADE + self.move - self._release(version).built).days
        years, months, days = days // 365, days % 365 // 30, days % 365 % 30
        said = [(years, "year"), (months, "month"), (days, "day")]
        words = [f"{count} {unit}{'s' * (count > 1)}" for count, unit in said if count]
        return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _clock(text: str) -> int:
    hour, minute, second = text.split(":")
    return int(hour) * 3600 + int(minute) * 60 + int(second)


def _key(address: str, port: int) -> str:
    """Spell a node as H2O's keys do: address, and port with its low byte first."""
    return bytes(map(int, address.split("."))).hex() + port.to_bytes(2, "little").hex()


@cache
def load_case(slug: str) -> Case:
    """Cut a case; once."""
    return Case(slug)


def slugs() -> tuple[str, ...]:
    """All cases, sorted."""
    return tuple(sorted(path.parent.name for path in CASES.glob("*/expected.yaml")))
