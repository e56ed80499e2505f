"""What an analysis hangs on beside the run's content, as one key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics import __version__

if TYPE_CHECKING:
    from h2o_forensics.model.catalog import RunOptions
    from h2o_forensics.model.rule import RuleBook

_DIGITS = 16


def analysis_key(options: RunOptions, rulebook: RuleBook) -> str:
    """Rules that run, version and what the user stated, as 16 hex digits.

    Neither limits nor threads are in it: a run that kept within its limits would be judged the
    same with others.
    """
    ids = ",".join(rule.id for rule in rulebook.rules)  # some may be switched off
    return _hash(f"{base_key(options)} {rulebook.sha256} {ids}".encode())


def base_key(options: RunOptions) -> str:
    """The same without the rules."""
    settings = msgspec.structs.replace(options.settings, threads=1)
    stated = msgspec.json.encode(settings, order="deterministic")
    return _hash(f"{__version__} ".encode() + stated)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
