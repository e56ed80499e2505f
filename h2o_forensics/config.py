"""The config file: settings that hold for every run of a team, and dated suppressions.

It is read only when it is named (`--config`): one that lay beside the evidence could hide findings.
What the command line states goes before what stands in it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from h2o_forensics.errors import ConfigError
from h2o_forensics.files import read_plain
from h2o_forensics.model.nearest import nearest
from h2o_forensics.model.settings import Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2o_forensics.model.rule import RuleBook


MAX_BYTES = 2**20
MAX_SECONDS = 1e9
"""Of a timeout: what is longer, or no number (`inf`, `nan`), is a mistake."""
_MOST_UNKNOWN = 20
"""Unknown keys that are named: what each is like takes time to find."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What a config file may state; the names are those of the options."""

    year: Annotated[int, Meta(ge=1970, le=9999)] | None = None
    timezone: str | None = None
    threads: Annotated[int, Meta(ge=1)] | None = None
    timeout: Annotated[float, Meta(gt=0, le=MAX_SECONDS)] | None = None
    """Seconds."""
    max_memory: Annotated[int, Meta(ge=1)] | None = None
    """MB."""
    disable: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Rule packs; a relative path is relative to the config file."""
    fail_on: Literal["info", "low", "medium", "high", "critical"] | None = None
    formats: tuple[Literal["html", "json", "md", "text"], ...] = ()
    suppress: tuple[Suppression, ...] = ()
    name: str = ""
    """Of the file, without its directory; not a key of it."""


def load_config(path: Path) -> Config:
    """Read a config file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or states what is not known; says where.
    """
    try:
        data = tomllib.loads(read_plain(path, MAX_BYTES).decode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: lists or tables lie too deep in each other") from error
    except ValueError as error:  # no UTF-8, no TOML, or a number of thousands of digits
        raise ConfigError(f"{path}: not TOML: {error}") from error
    faults = [*_unknown_keys(data), *_faults_of_suppressions(data)]
    if data.get("timeout") != data.get("timeout"):  # only nan is not itself
        faults.append("timeout: nan is no number of seconds")
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    try:
        config = msgspec.convert(data, Config)
    except (msgspec.ValidationError, OverflowError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    packs = tuple(str(path.parent / pack) for pack in config.rules)
    return msgspec.structs.replace(config, name=path.name, rules=packs)


def check_suppressions(suppress: Iterable[Suppression], rulebook: RuleBook) -> None:
    """Check that what is suppressed can be found at all.

    Raises:
        ConfigError: a rule or condition is not known; names the nearest.
    """
    rules = [rule.id for rule in rulebook.rules]
    faults = []
    for number, one in enumerate(suppress, 1):
        for kind, given, known in (
            ("rule", one.rule, rules),
            ("condition", one.condition, list(rulebook.conditions)),
        ):
            if given is not None and given not in known:
                what = f"unknown {kind} {given!r}{nearest(given, known)}"
                faults.append(f"suppress {number}: {what}")
    if faults:
        raise ConfigError("\n".join(faults))


def _unknown_keys(data: dict[str, Any]) -> list[str]:
    known = [name for name in Config.__struct_fields__ if name != "name"]
    faults = [
        f"unknown key {key!r}{nearest(key, known)}"
        for key in [key for key in sorted(data) if key not in known][:_MOST_UNKNOWN]
    ]
    fields = Suppression.__struct_fields__
    for number, one in _tables(data):
        if len(faults) >= _MOST_UNKNOWN:
            break
        faults += [
            f"suppress {number}: unknown key {key!r}{nearest(key, fields)}"
            for key in [key for key in sorted(one) if key not in fields][:_MOST_UNKNOWN]
        ]
    return faults[:_MOST_UNKNOWN]


def _faults_of_suppressions(data: dict[str, Any]) -> list[str]:
    faults = []
    for number, one in _tables(data):
        if not any(key in one for key in ("rule", "condition", "fingerprint")):
            faults.append(f"suppress {number}: needs a rule, a condition or a fingerprint")
        if not str(one.get("reason", "")).strip():
            faults.append(f"suppress {number}: needs a reason")
        if type(one.get("until")) is not date:
            faults.append(f"suppress {number}: needs a last day: until = 2027-03-31")
    return faults


def _tables(data: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    given = data.get("suppress")
    tables = given if isinstance(given, list) else []
    return [(number, one) for number, one in enumerate(tables, 1) if isinstance(one, dict)]
