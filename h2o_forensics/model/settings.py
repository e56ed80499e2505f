"""What the user decided about one analysis, whatever is in the evidence."""

from msgspec import Struct


class Settings(Struct, frozen=True):
    """Stated by the user, never guessed; `None`: the evidence decides."""

    year: int | None = None
    """Of the first record of yearless logs (`--year`)."""
    timezone: str | None = None
    """Of zoneless logs (`--timezone`): an IANA name such as `Europe/Berlin`, `UTC`, or an offset such as `+02:00`."""
    threads: int = 2
    """One reads ahead while the other one scans; 1: no thread besides this one."""
