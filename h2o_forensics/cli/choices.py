"""What the options state, and where they are silent the config file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from h2o_forensics.config import Config, load_config
from h2o_forensics.errors import SettingsError
from h2o_forensics.model.settings import Settings


class Choices(Struct, frozen=True):
    """All that the user decided about one run."""

    settings: Settings
    timeout: float | None
    max_memory: int | None
    packs: tuple[Path, ...]
    disable: frozenset[str]
    enable: frozenset[str]
    plugins: bool
    formats: tuple[str, ...]
    fail_on: str | None
    config: str | None


def choices(file: Path | None, given: Mapping[str, Any]) -> Choices:
    """Join options and config file: an option goes first, packs and disabled rules add up.

    Args:
        file: the config file, if one was named.
        given: the options by their name in the config file; None or empty: not given.

    Raises:
        ConfigError: the file cannot be used.
        SettingsError: a time that is none.
    """
    config = Config() if file is None else load_config(file)

    def first(name: str) -> Any:  # noqa: ANN401 - of any option
        return given[name] if given[name] is not None else getattr(config, name)

    name = config.name or None
    return Choices(
        settings=Settings(
            year=first("year"),
            timezone=first("timezone"),
            threads=first("threads") or Settings().threads,
            suppress=config.suppress,
            config=name,
            since_ms=_moment("since", given["since"]),
            until_ms=_moment("until", given["until"]),
            node=given["node"],
            redact=bool(given["redact"]),
            data=tuple(map(str, given.get("data") or ())),
            show_values=bool(given.get("show_values")),
        ),
        timeout=first("timeout"),
        max_memory=first("max_memory"),
        packs=(*map(Path, config.rules), *(given["rules"] or ())),
        disable=frozenset((*config.disable, *(given["disable"] or ()))),
        enable=frozenset(given["enable"] or ()),
        plugins=not given["no_plugins"],
        formats=tuple(dict.fromkeys(given["formats"] or config.formats)),
        fail_on=first("fail_on"),
        config=name,
    )


def _moment(name: str, text: str | None) -> int | None:
    """Epoch ms of a time as ISO 8601 writes it: UTC unless it says otherwise."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        example = "2026-11-22T05:57 (UTC) or 2026-11-22T06:57:10+01:00"
        raise SettingsError(f"--{name} {text}: no time; write {example}") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
