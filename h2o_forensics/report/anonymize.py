"""Stable tokens for addresses, hosts, users and paths: the same name has the same token throughout.

Names of frames, columns and models stay; so do paths of H2O's own API.  Secrets are `redact`'s.
"""

import re
from collections.abc import Iterable
from functools import partial

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_ZONE = r"(?:%[\w.-]{1,15})?"
_IPV6 = re.compile(
    rf"(?<![\w:.])(?:[0-9a-fA-F]{{0,4}}:){{3,7}}[0-9a-fA-F]{{1,4}}(?![\w:]){_ZONE}"
    r"|(?<![\w:.])(?=[a-fA-F]{0,3}\d)(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:])"
    + _ZONE
)
_DOMAINS = "com|net|org|io|edu|gov|local|localdomain|lan|corp|intern|internal|cloud|cluster|svc"
_HOST = re.compile(
    rf"(?<![\w./@-])(?:[a-zA-Z][\w-]{{0,62}}\.){{1,6}}(?:{_DOMAINS})(?![\w(]|\.\w)", re.ASCII
)
_CLOUD_HOST = re.compile(r"(?<![\w-])ip-\d{1,3}(?:-\d{1,3}){3}(?![\w-])(?:\.[a-z][\w-]{0,62}){0,6}")
_NUMBERED_HOST = re.compile(
    r"(?<![\w./@$-])(?=[a-z-]{1,60}\d)[a-z][a-z0-9-]{2,62}(?:\.[a-z][a-z0-9-]{1,62}){2,6}(?![\w.($])"
)
"""Whatever its domain: packages of Java begin with a word without a digit."""
_PART_HOST = re.compile(
    r" on (?P<host>[\w.-]{3,100})|\bpod/(?P<pod>[\w.-]{3,100})(?:/(?P<box>[\w.-]{3,100}))?"
)
_REALM = re.compile(
    r"(?<![\w.+/-])(?:[\w.+-]{1,64}(?:/[\w.-]{1,64})?)?@(?![A-F0-9]{3,16}\b)[A-Z][A-Z0-9-]{2,62}"
    r"(?:\.[A-Z][A-Z0-9-]{0,62}){0,6}(?!\w)",
    re.ASCII,
)
_UNC = re.compile(r"(?<!\\)\\\\[\w.$-]{1,100}(?:\\[\w.$@%+~=-]{1,200}){1,20}")
_ROOT = re.compile(
    r"(?<![\w.<)\]/:-])/(?!(?:3|4|99|flow)(?!\w))[A-Za-z_][\w.+@%~=-]{2,200}(?![\w/(])", re.ASCII
)
_WORD = re.compile(r"[A-Za-z]{2,}")
_TELLING_NOTHING = frozenset(  # words in names of files that name nobody
    """access bundle cgroup client cloud cluster cluster_nodes cmd console container cpu crash csv
    current debug dmesg docker download driver err error executor fatal flow frame frames gc gz
    hex hs httpd info java jobs journal json jstack kern kernel kubectl log logs main member memory
    messages model models node nodes old out output pasted pid pod pods previous rest rpt server
    spark stat stderr stdin stdout syslog tar text tgz trace txt warn worker xz yarn zip zst
    h o oh hdfs thread threads dump list report""".split()  # noqa: SIM905 - a list would take a page
)
_IN_URL = re.compile(r"(?<=://)(?:[^\s/@:]{1,100}@)?(?P<host>[A-Za-z0-9][\w.-]{0,200})", re.ASCII)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}", re.ASCII)
_USER = (
    re.compile(
        r"(?i)\buser(?:[ _.-]?name)?['\"]?\s{0,3}[:=]\s{0,3}['\"]?(?P<user>[a-z_][\w.-]{0,63})"
    ),
    re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\Users\\)(?P<user>[^\s/\\:'\",]{1,64})"),
)
_PATH = re.compile(
    r"(?<![\w.<)\]/-])(?!/(?:3|4|99|flow)/)/(?:[\w.+@%~=-]{1,200}/){1,40}[\w.+@%~=-]{0,200}"
    r"|(?<![\w])[A-Za-z]:\\(?:[\w .+@%~=-]{1,200}\\){1,40}[\w.+@%~=-]{0,200}",
    re.ASCII,
)
_ENDING = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$")
_SYSTEM_USERS = frozenset({"root", "null", "none", "unknown", "name", "id"})
_OPEN = frozenset({"0.0.0.0", "127.0.0.1"})  # noqa: S104 - they tell nothing
_BYTES = frozenset(map(str, range(256)))
_LEAST = 3
"""A user's name of fewer letters would be found in every word."""


def quads(text: str) -> set[str]:
    """What looks like an address: versions, in a text of our own."""
    return set(_IPV4.findall(text))


class Anonymizer:
    """Texts to texts with tokens; tokens are numbered in the order their names are met."""

    def __init__(self, hosts: Iterable[str], versions: Iterable[str]) -> None:
        """Know what the evidence states as a host, and four numbers that are no address."""
        self._tokens: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, int] = {}
        self._versions = frozenset(versions)
        self._hosts = {host for host in hosts if len(host) >= _LEAST and host != "localhost"}
        self._users: set[str] = set()
        self._files: re.Pattern[str] | None = None
        self._known: re.Pattern[str] | None = None

    def learn_files(self, paths: Iterable[str], parts: Iterable[str]) -> None:
        """Note names of files that may name somebody, and hosts in the names of their parts."""
        stems = {
            _ENDING.sub("", piece)
            for path in paths
            for piece in re.split(r"[/!\\]", path)
            if not {word.lower() for word in _WORD.findall(piece)} <= _TELLING_NOTHING
        }
        words = sorted(
            (one for one in stems if len(one) >= _LEAST), key=lambda one: (-len(one), one)
        )
        joined = "|".join(map(re.escape, words)) or r"(?!)"
        self._files = re.compile(rf"(?<![A-Za-z0-9])(?:{joined})(?![A-Za-z0-9])")
        for part in parts:
            for found in _PART_HOST.finditer(part):
                self._hosts |= {name.rstrip(".") for name in found.groups() if name} - {"localhost"}
        self._known = None

    def learn(self, text: str) -> str:
        """Note the users and hosts that a text names; give it as it is."""
        for pattern in _USER:
            for match in pattern.finditer(text):
                name = match["user"]
                if len(name) >= _LEAST and name.lower() not in _SYSTEM_USERS:
                    self._users.add(name)
        for match in (*_HOST.finditer(text), *_NUMBERED_HOST.finditer(text)):
            first = match[0].partition(".")[0]
            if len(first) > _LEAST and re.search(r"[\d-]", first):
                self._hosts.add(first)
        for match in _IN_URL.finditer(text):
            host = match["host"]
            if host != "localhost" and not host.replace(".", "").isdigit():
                self._hosts.add(host)
        self._known = None
        return text

    def mask(self, text: str) -> str:
        """The text with tokens in the place of names."""
        for pattern in (_CLOUD_HOST, _NUMBERED_HOST):  # first: tokens have numbers, too
            text = pattern.sub(partial(self._found, "host"), text)
        if self._files is not None:
            text = self._files.sub(lambda found: self._token("file", found[0]), text)
        for kind, pattern in (("mail", _MAIL), ("mail", _REALM), ("path", _UNC)):
            text = pattern.sub(partial(self._found, kind), text)
        text = _PATH.sub(self._path, text)
        text = _ROOT.sub(self._path, text)
        text = _HOST.sub(partial(self._found, "host"), text)
        text = _IPV4.sub(self._address, text)
        text = _IPV6.sub(partial(self._found, "address"), text)
        return self._names().sub(self._name, text)

    def _found(self, kind: str, found: re.Match[str]) -> str:
        return self._token(kind, found[0])

    def _names(self) -> re.Pattern[str]:
        if self._known is None:
            names = sorted({*self._hosts, *self._users}, key=lambda name: (-len(name), name))
            words = "|".join(map(re.escape, names)) or r"(?!)"
            self._known = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
        return self._known

    def _name(self, found: re.Match[str]) -> str:
        return self._token("user" if found[0] in self._users else "host", found[0])

    def _address(self, found: re.Match[str]) -> str:
        text = found[0]
        if text in self._versions or text in _OPEN or not set(text.split(".")) <= _BYTES:
            return text
        return self._token("address", text)

    def _path(self, found: re.Match[str]) -> str:
        ending = _ENDING.search(found[0])
        return self._token("path", found[0]) + (ending[0] if ending else "")

    def _token(self, kind: str, name: str) -> str:
        key = (kind, name)
        if key not in self._tokens:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            self._tokens[key] = f"{kind}-{self._numbers[kind]}"
        return self._tokens[key]
