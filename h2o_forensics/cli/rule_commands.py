"""`h2o-forensics rules ...`: look at rules, check them, try them, write new ones."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h2o_forensics.cli.outcome import BROKEN_RULES, FOUND, fail, outcome, put_out, wrong_usage

if TYPE_CHECKING:
    from h2o_forensics.model.rule import Pack, RuleBook

rules_app = typer.Typer(
    help="Look at rules, check them, try them, write new ones.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Packs = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A further rule pack (repeatable)."),
]
NoPlugins = Annotated[
    bool, typer.Option("--no-plugins", help="Leave out the rules of installed packages.")
]


@rules_app.command("list")
def rules_list(packs: Packs = None, no_plugins: NoPlugins = False) -> None:
    """List all rules: id, condition, severity, title; and the packs they come from."""
    with _rulebook(packs, no_plugins) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        put_out(rulebook.list_rules(book))


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Such as MEM001, or a rule's name.")],
    packs: Packs = None,
    no_plugins: NoPlugins = False,
) -> None:
    """Show one rule in full."""
    with _rulebook(packs, no_plugins) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        try:
            put_out(rulebook.show_rule(book, rule))
        except LookupError as error:
            wrong_usage(str(error))


@rules_app.command("lint")
def rules_lint(packs: Packs = None, no_plugins: NoPlugins = False) -> None:
    """Check the form of the rules, each alone and all against each other; of --rules, if given.

    Exit codes: 0 nothing to say, 1 warnings, 4 a rule cannot be used.
    """
    with _rulebook(packs, no_plugins) as book:
        from h2o_forensics import rulebook, trial  # noqa: PLC0415

        judged, own = _judged(book, packs)
        everything = rulebook.with_deprecated(book)
        found = [*rulebook.lint(book, judged), *trial.foreign_matches(everything, own)]
        _report_faults(found, f"{len(own)} rules, no warning", FOUND)


@rules_app.command("test")
def rules_test(packs: Packs = None, no_plugins: NoPlugins = False) -> None:
    """Try every rule on its own examples; those of --rules, if given.

    Exit codes: 0 all pass, 4 a rule fails its examples or cannot be used.
    """
    with _rulebook(packs, no_plugins) as book:
        from msgspec.structs import replace  # noqa: PLC0415

        from h2o_forensics import pipeline, rulebook  # noqa: PLC0415

        own = _judged(book, packs)[1]
        rules = [rule for rule in rulebook.with_deprecated(book).rules if rule.id in own]
        tried = replace(book, rules=tuple(rules))
        praise = f"{len(rules)} rules pass their examples"
        _report_faults(pipeline.trial(tried), praise, BROKEN_RULES)


@rules_app.command("profile")
def rules_profile(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Evidence, as `analyze` takes it.")
    ],
    packs: Packs = None,
    no_plugins: NoPlugins = False,
) -> None:
    """Show what each rule costs on this input, and what it meets there: the dearest first.

    Times are in milliseconds; anchors, matches and timeouts count what was searched, hits what
    was left of it, each event once.
    """
    with outcome():
        from h2o_forensics import pipeline  # noqa: PLC0415

        put_out(pipeline.profile(paths, packs=packs or (), plugins=not no_plugins))


@rules_app.command("docs")
def rules_docs(
    output: Annotated[Path, typer.Option(metavar="DIR", help="Where the pages go.")] = Path(
        "rule-docs"
    ),
    packs: Packs = None,
    no_plugins: NoPlugins = False,
) -> None:
    """Write Markdown: a page per rule, which condition needs which evidence, the tables."""
    with _rulebook(packs, no_plugins) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415
        from h2o_forensics.files import write_files  # noqa: PLC0415

        pages = rulebook.rule_pages(book)
        try:
            output.mkdir(parents=True, exist_ok=True)
            write_files({output / name: text.encode() for name, text in pages.items()})
        except OSError as error:
            where = error.filename or output
            wrong_usage(f"--output {output}: {where} cannot be written: {error.strerror}")
        typer.echo(f"{len(pages)} pages written, begin with {output / 'index.md'}")


@rules_app.command("schema")
def rules_schema(packs: Packs = None, no_plugins: NoPlugins = False) -> None:
    """Print the JSON Schema of rule files, for completion in editors."""
    with _rulebook(packs, no_plugins) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        put_out(rulebook.fresh_schema(book).encode())


@rules_app.command("lock")
def rules_lock(
    check: Annotated[
        bool, typer.Option("--check", help="Compare only; exit with 1 when something differs.")
    ] = False,
    packs: Packs = None,
) -> None:
    """Write rules.lock, which shows in a review whose meaning changed; of --rules, if given.

    Exit codes: 0 done, 1 with --check: it differs, 4 a rule cannot be used, or is gone unretired.
    """
    with _rulebook(packs, True) as book:
        for pack in book.packs[1:] if packs else book.packs:
            _lock(book, pack, check=check)


def _lock(book: "RuleBook", pack: "Pack", *, check: bool) -> None:
    from h2o_forensics import rulebook  # noqa: PLC0415

    if not pack.place.is_dir():
        wrong_usage(f"--rules {pack.place}: only a directory has a lock file")
    if check:
        differences = rulebook.check_lock(book, pack)
        if differences is None:
            fail(f"{pack.name}: has no rules.lock yet; `rules lock` writes it", FOUND)
        _report_faults(differences, f"{pack.name}: rules.lock is up to date", FOUND)
        return
    try:
        path, changes = rulebook.write_lock(book, pack)
    except OSError as error:
        wrong_usage(f"{pack.name}/rules.lock: cannot be written: {error.strerror}")
    for change in changes:
        typer.echo(change)
    typer.echo(f"{path}: {len(pack.rules)} rules, {len(changes)} changed")


@rules_app.command("new")
def rules_new(
    rule: Annotated[
        str, typer.Argument(metavar="ID", help="Such as ACM001; ACM alone takes the next number.")
    ],
    condition: Annotated[
        str, typer.Option(metavar="NAME", help="What it reports, such as job.failed.")
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="words-like-this; after the condition if not given."),
    ] = None,
    area: Annotated[Path, typer.Option(metavar="DIR", help="Directory of the new file.")] = Path(
        "my-rules"
    ),
    line: Annotated[
        str | None,
        typer.Option(metavar="TEXT|-", help="The log line it shall find; - reads it from stdin."),
    ] = None,
    packs: Packs = None,
) -> None:
    """Begin a rule: a file whose examples pass, to be changed.

    Exit codes: 0 written, 2 the id is taken, the condition unknown or the file there, 4 a rule
    cannot be used.
    """
    text = typer.get_text_stream("stdin").read() if line == "-" else line
    with _rulebook(_with_area(area, packs), True) as book:
        from h2o_forensics import rulebook  # noqa: PLC0415

        try:
            draft = rulebook.draft_rule(book, rule, condition, name, text)
        except LookupError as error:
            wrong_usage(str(error))
        target = area / draft.name
        try:
            area.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(draft.text)
        except OSError as error:
            wrong_usage(f"{target}: cannot be written: {error.strerror}")
    typer.echo(f"written: {target}")
    _try_out(target, _with_area(area, packs))


def _with_area(area: Path, packs: Sequence[Path] | None) -> list[Path]:
    """The packs, and the area where none of them holds it: its ids count, too."""
    from h2o_forensics.resources import rules_dir  # noqa: PLC0415

    given = list(packs or ())
    inside = any(area.resolve().is_relative_to(pack.resolve()) for pack in (*given, rules_dir()))
    return given if inside or not any(area.glob("**/*.yaml")) else [*given, area]


def _try_out(target: Path, packs: Sequence[Path]) -> None:
    """Run the new rule's examples, and say what else knows their lines."""
    with _rulebook(packs, True) as book:
        from msgspec.structs import replace  # noqa: PLC0415

        from h2o_forensics import pipeline, trial  # noqa: PLC0415

        (own,) = [one for one in book.rules if one.path and target.name == Path(one.path).name]
        for other in trial.foreign_matches(book, only={own.id}):
            typer.echo(f"known already: {other}")
        failures = pipeline.trial(replace(book, rules=(own,)))
        where = f" --rules {packs[-1]}" if packs else ""
        praise = f"its examples pass; fill in the TODOs, then: h2o-forensics rules lint{where}"
        _report_faults(failures, praise, BROKEN_RULES)


def _judged(
    book: "RuleBook", packs: Sequence[Path] | None
) -> "tuple[tuple[Pack, ...], frozenset[str]]":
    """The packs a user wants judged, and their ids: those given, else all."""
    found = tuple(pack for pack in book.packs if not packs or pack.source == "given")
    return found, frozenset(rule_id for pack in found for rule_id in pack.rules)


def _report_faults(faults: Sequence[str], praise: str, code: int) -> None:
    for fault in faults:
        typer.echo(fault)
    if faults:
        fail(f"{len(faults)} fault(s) in the rules, listed above", code)
    typer.echo(praise)


@contextmanager
def _rulebook(packs: Sequence[Path] | None, no_plugins: bool) -> "Iterator[RuleBook]":
    with outcome():
        from h2o_forensics import rulebook  # noqa: PLC0415

        yield rulebook.load_rulebook(*(packs or ()), plugins=not no_plugins)
