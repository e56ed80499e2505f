"""Stable tokens for addresses, hosts, users and paths: the same name has the same token throughout.

Names of frames, columns and models stay; so do paths of H2O's own API.  Secrets are `redact`'s.
"""

import re
from collections.abc import Iterable

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])")
_DOMAINS = "com|net|org|io|edu|gov|local|localdomain|lan|corp|intern|internal|cloud|cluster|svc"
_HOST = re.compile(
    rf"(?<![\w./@-])(?:[a-zA-Z][\w-]{{0,62}}\.){{1,6}}(?:{_DOMAINS})(?![\w(]|\.\w)", re.ASCII
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
        self._known: re.Pattern[str] | None = None

    def learn(self, text: str) -> str:
        """Note the users and hosts that a text names; give it as it is."""
        for pattern in _USER:
            for match in pattern.finditer(text):
                name = match["user"]
                if len(name) >= _LEAST and name.lower() not in _SYSTEM_USERS:
                    self._users.add(name)
        for match in _IN_URL.finditer(text):
            host = match["host"]
            if host != "localhost" and not host.replace(".", "").isdigit():
                self._hosts.add(host)
        self._known = None
        return text

    def mask(self, text: str) -> str:
        """The text with tokens in the place of names."""
        text = _MAIL.sub(lambda found: self._token("mail", found[0]), text)
        text = _PATH.sub(self._path, text)
        text = _HOST.sub(lambda found: self._token("host", found[0]), text)
        text = _IPV4.sub(self._address, text)
        text = _IPV6.sub(lambda found: self._token("address", found[0]), text)
        return self._names().sub(self._name, text)

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
