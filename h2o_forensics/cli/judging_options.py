"""Options that say how runs are judged: `analyze` and `scan` share them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Severity(StrEnum):
    """How bad a finding is, mildest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


Disable = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Switch this rule off (repeatable).")
]
Enable = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Run this deprecated rule (repeatable).")
]
ConfigFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings and dated suppressions (TOML).")
]
Year = Annotated[int | None, typer.Option(help="Year of the first record of logs that print none.")]
Timezone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="Of logs that print none: Europe/Berlin, UTC, +02:00."),
]
Redact = Annotated[
    bool,
    typer.Option("--redact", help="Show tokens for addresses, hosts, users and paths, too."),
]
FailOn = Annotated[
    Severity | None, typer.Option(help="Exit with 1 when a finding is at least this severe.")
]
