"""`h2o-forensics rules ...`: look at rules, check them, try them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.outcome import BROKEN_RULES, FOUND, fail, outcome, wrong_usage

if TYPE_CHECKING:
    from h2o_forensics.model.rule import RuleBook

rules_app = typer.Typer(
    help="Look at rules, check them, try them.", no_args_is_help=True, rich_markup_mode=None
)

Packs = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A further rule pack (repeatable)."),
]


@rules_app.command("list")
def rules_list(packs: Packs = None) -> None:
    """List all rules: id, condition, severity, title."""
    with _rulebook(packs) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        typer.echo(rulebook.list_rules(book))


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Such as MEM001, or a rule's name.")],
    packs: Packs = None,
) -> None:
    """Show one rule in full."""
    with _rulebook(packs) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        try:
            typer.echo(rulebook.show_rule(book, rule))
        except LookupError as error:
            wrong_usage(str(error))


@rules_app.command("lint")
def rules_lint(packs: Packs = None) -> None:
    """Check the form of the rules, each alone and all against each other.

    Exit codes: 0 nothing to say, 1 warnings, 4 a rule cannot be used.
    """
    with _rulebook(packs) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        _report_faults(rulebook.lint(book), f"{len(book.rules)} rules, no warning", FOUND)


@rules_app.command("test")
def rules_test(packs: Packs = None) -> None:
    """Try every rule on its own examples.

    Exit codes: 0 all pass, 4 a rule fails its examples or cannot be used.
    """
    with _rulebook(packs) as book:
        from h2o_forensics import pipeline  # noqa: PLC0415

        praise = f"{len(book.rules)} rules pass their examples"
        _report_faults(pipeline.trial(book), praise, BROKEN_RULES)


@rules_app.command("profile")
def rules_profile(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Evidence, as `analyze` takes it.")
    ],
    packs: Packs = None,
) -> None:
    """Show what each rule costs on this input, and what it meets there: the dearest first.

    Times are in milliseconds; anchors, matches and timeouts count what was searched, hits what
    was left of it, each event once.
    """
    with outcome():
        from h2o_forensics import pipeline  # noqa: PLC0415

        typer.echo(pipeline.profile(paths, packs=packs or ()))


def _report_faults(faults: Sequence[str], praise: str, code: int) -> None:
    for fault in faults:
        typer.echo(fault)
    if faults:
        fail(f"{len(faults)} fault(s) in the rules, listed above", code)
    typer.echo(praise)


@contextmanager
def _rulebook(packs: Sequence[Path] | None) -> "Iterator[RuleBook]":
    with outcome():
        from h2o_forensics import rulebook  # noqa: PLC0415

        yield rulebook.load_rulebook(*(packs or ()))
