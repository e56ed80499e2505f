"""What an analysis hangs on beside the run's content, as one key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics import __version__

if TYPE_CHECKING:
    from h2o_forensics.model.catalog import RunOptions

_DIGITS = 16


def analysis_key(options: RunOptions, rulebook_sha256: str) -> str:
    """Rules, version and what the user stated, as 16 hex digits.

    Neither limits nor threads are in it: a run that kept within its limits would be judged the
    same with others.
    """
    settings = msgspec.structs.replace(options.settings, threads=1)
    stated = msgspec.json.encode(settings, order="deterministic")
    digest = hashlib.sha256(f"{__version__}\0{rulebook_sha256}\0".encode() + stated)
    return digest.hexdigest()[:_DIGITS]
