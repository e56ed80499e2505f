"""The options that give rows to audit: `--data`, `--show-values`."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Rows (CSV, Parquet) to audit folds with: training data, then tests (repeatable).",
    ),
]
ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Let the audit of --data name values of cells.")
]
