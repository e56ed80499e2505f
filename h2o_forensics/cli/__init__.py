"""The command line: parse options, call the pipeline, map the outcome to an exit code.

Nothing but typer is imported until a command runs, so `--help` and completion stay quick.
"""

import os
import sys
from typing import Annotated

import typer

from h2o_forensics import __version__
from h2o_forensics.cli.analyze_command import analyze
from h2o_forensics.cli.catalog_commands import catalog_app, query
from h2o_forensics.cli.gc_command import gc
from h2o_forensics.cli.interrupt import own_interrupts
from h2o_forensics.cli.models_command import models
from h2o_forensics.cli.outcome import CRASHED, DEBUG, crash
from h2o_forensics.cli.rule_commands import rules_app
from h2o_forensics.cli.scan_command import scan

app = typer.Typer(
    name="h2o-forensics",
    help="Reads what an H2O-3 cluster left behind and says what went wrong, with the evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: rich alone would cost more than all the rest
    pretty_exceptions_enable=False,
)
app.command()(analyze)
app.command()(gc)
app.command()(models)
app.command()(scan)
app.add_typer(catalog_app, name="catalog")
app.command()(query)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Entry point of `h2o-forensics`."""
    try:
        with own_interrupts():
            app(prog_name="h2o-forensics")
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as fault:  # a panic of Polars is no Exception
        if os.environ.get(DEBUG):
            raise
        typer.echo(f"h2o-forensics: {crash(fault)}", err=True)
        sys.exit(CRASHED)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"h2o-forensics {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass
