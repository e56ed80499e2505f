"""What the options state, and where they are silent the config file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from h2o_forensics.config import Config, load_config
from h2o_forensics.model.settings import Settings


class Choices(Struct, frozen=True):
    """All that the user decided about one run."""

    settings: Settings
    timeout: float | None
    max_memory: int | None
    packs: tuple[Path, ...]
    disable: frozenset[str]
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
        ),
        timeout=first("timeout"),
        max_memory=first("max_memory"),
        packs=(*map(Path, config.rules), *(given["rules"] or ())),
        disable=frozenset((*config.disable, *(given["disable"] or ()))),
        formats=tuple(dict.fromkeys(given["formats"] or config.formats)),
        fail_on=first("fail_on"),
        config=name,
    )
