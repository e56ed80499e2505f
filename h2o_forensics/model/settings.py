"""What the user decided about one analysis, whatever is in the evidence."""

from datetime import date

from msgspec import Struct


class Suppression(Struct, frozen=True, forbid_unknown_fields=True):
    """Findings the user knows and does not want to be judged; all that is given must fit."""

    reason: str
    until: date
    """Last day it holds, by the evidence's own time (UTC): a report must not change with the day it is made."""
    rule: str | None = None
    condition: str | None = None
    fingerprint: str | None = None
    node: str | None = None
    """Only findings of this node alone; None: of any."""


class Settings(Struct, frozen=True):
    """Stated by the user, never guessed; `None`: the evidence decides."""

    year: int | None = None
    """Of the first record of yearless logs (`--year`)."""
    timezone: str | None = None
    """Of zoneless logs (`--timezone`): an IANA name such as `Europe/Berlin`, `UTC`, or an offset such as `+02:00`."""
    threads: int = 2
    """One reads ahead while the other one scans; 1: no thread besides this one."""
    suppress: tuple[Suppression, ...] = ()
    """From the config file; shown in the report."""
    config: str | None = None
    """Name of the config file, without its directory."""
    since_ms: int | None = None
    until_ms: int | None = None
    """Epoch ms, UTC: only findings that touch this time, and what they hang on, are judged."""
    node: str | None = None
    """As `since_ms`, for one node."""
    redact: bool = False
    """Addresses, hosts, users and paths become tokens in the report (secrets always are masked)."""
    data: tuple[str, ...] = ()
    """Paths of files with rows to audit the folds with (`--data`): the training data, then tests."""
    show_values: bool = False
    """The audit may name values of cells (`--show-values`)."""
