"""A MOJO's `model.ini`: what the archive promises.  It holds no metrics.

Three sections: `[info]` of `key = value`, `[columns]` with a name a line (response last) and
`[domains]` of `column: levels file` (h2o-genmodel, ModelMojoReader.parseModelInfo).
"""

from __future__ import annotations

from io import BytesIO

from msgspec import Struct

from h2o_forensics.training.cells import whole

KEYS = 100_000
COLUMNS = 20_000
LINE_BYTES = 4_000
"""Of a value that is kept; a network's weights are one line of many MB."""


class Domain(Struct, frozen=True):
    """The levels of a categorical column."""

    column: int
    levels: int
    file: str


class Ini(Struct, frozen=True):
    """The three sections; a section that the file does not have is None."""

    info: dict[str, str]
    columns: tuple[str, ...] | None
    domains: tuple[Domain, ...] | None
    listed: int
    """Lines of `[columns]`, of which `columns` may hold the first alone."""


def read_ini(data: bytes) -> Ini:
    """Read it; lines of no known form are left out."""
    info: dict[str, str] = {}
    columns: list[str] | None = None
    domains: list[Domain] | None = None
    section, listed = "", 0
    for raw in BytesIO(data):
        line = raw[:LINE_BYTES].decode("utf-8", "replace").strip()
        if not line or line.startswith("#"):
            continue
        if line in {"[info]", "[columns]", "[domains]"}:
            section = line
            columns = columns if section != "[columns]" else columns or []
            domains = domains if section != "[domains]" else domains or []
        elif section == "[info]" and len(info) < KEYS:
            key, equals, value = line.partition("=")
            if equals:
                info.setdefault(key.strip(), value.strip())
        elif columns is not None and section == "[columns]":
            listed += 1
            if listed <= COLUMNS:
                columns.append(line)
        elif domains is not None and section == "[domains]" and len(domains) < COLUMNS:
            domains += _domain(line)
    return Ini(
        info=info,
        columns=None if columns is None else tuple(columns),
        domains=None if domains is None else tuple(domains),
        listed=listed,
    )


def stated(ini: Ini, key: str) -> int | None:
    """A whole number of `[info]`, not below zero."""
    found = whole(ini.info.get(key))
    return found if found is not None and found >= 0 else None


def _domain(line: str) -> list[Domain]:
    """`30: 2 d000.txt`."""
    column, _colon, rest = line.partition(":")
    levels, _space, file = rest.strip().partition(" ")
    at, count = whole(column.strip()), whole(levels)
    if at is None or count is None or not file:
        return []
    return [Domain(at, count, file.strip())]
