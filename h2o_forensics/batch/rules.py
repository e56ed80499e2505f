"""The rules of a scan as a worker keeps them from run to run."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from h2o_forensics.engine.scanner import Scanner
from h2o_forensics.errors import RuleError
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.pipeline import scanner_of
from h2o_forensics.rulebook import load_rulebook

if TYPE_CHECKING:
    from h2o_forensics.model.catalog import RunOptions


class Rules(Struct, frozen=True):
    """A rulebook, and what was compiled of it so far."""

    rulebook: RuleBook
    scanner: Scanner


def rules_of(options: RunOptions) -> Rules:
    """The rules that the options name; loaded once.

    Raises:
        RuleError: they are broken, or not those that the scan was started with.
    """
    rules = _load(options.packs, options.disable, options.enable, plugins=options.plugins)
    found, wanted = rules.rulebook.sha256, options.rulebook_sha256
    if wanted and found != wanted:
        what = f"the rules on this worker differ: {found[:12]} here, {wanted[:12]} where the scan"
        raise RuleError([f"{what} was started; install the same version and packs on both"])
    rules.scanner.forget()
    return rules


@lru_cache(maxsize=1)
def _load(
    packs: tuple[str, ...], disable: tuple[str, ...], enable: tuple[str, ...], *, plugins: bool
) -> Rules:
    rulebook = load_rulebook(*map(Path, packs), disable=disable, enable=enable, plugins=plugins)
    return Rules(rulebook, scanner_of(rulebook))
