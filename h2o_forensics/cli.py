"""The command line: parse options, call the pipeline, map the outcome to an exit code.

Nothing but typer is imported until a command runs, so `--help` and completion stay quick.
"""

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from h2o_forensics import __version__
from h2o_forensics.errors import IntakeError, ReportError, RuleError

if TYPE_CHECKING:
    from h2o_forensics.model.evidence import Analysis
    from h2o_forensics.model.rule import RuleBook


class Format(StrEnum):
    """Kinds of report."""

    HTML = "html"
    JSON = "json"
    MD = "md"
    TEXT = "text"


class Severity(StrEnum):
    """How bad a finding is, mildest first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


REPORT_NAME = "h2o-forensics-report"

FOUND = 1
WRONG_USAGE = 2
NOTHING_READABLE = 3
BROKEN_RULES = 4
CRASHED = 70
INTERRUPTED = 130

DEBUG = "H2O_FORENSICS_DEBUG"
"""Environment variable: a crash shows its traceback, and ends as Python ends it."""
_REASON_CHARS = 300

_QUIET_S = 1.0
"""A bar appears only when the work takes longer than this."""
_REDRAW_S = 0.1

app = typer.Typer(
    name="h2o-forensics",
    help="Reads what an H2O-3 cluster left behind and says what went wrong, with the evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: rich alone would cost more than all the rest
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(
    help="Look at rules, check them, try them.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(rules_app, name="rules")

Packs = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A further rule pack (repeatable)."),
]


def main() -> None:
    """Entry point of `h2o-forensics`."""
    try:
        app(prog_name="h2o-forensics")
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as fault:  # a panic of Polars is no Exception
        if os.environ.get(DEBUG):
            raise
        typer.echo(f"h2o-forensics: {_crash(fault)}", err=True)
        sys.exit(CRASHED)


def _crash(fault: BaseException) -> str:
    """What went wrong in the program itself, where, and what to do next."""
    frames = traceback.extract_tb(fault.__traceback__)
    package = Path(__file__).parent
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(package)]
    place = ""
    if ours:
        module = Path(ours[-1].filename).relative_to(package).as_posix()
        place = f" in {module}:{ours[-1].lineno}"
    reason = " ".join(str(fault).split())[:_REASON_CHARS]
    return (
        f"a fault of this program: {type(fault).__name__}{place}: {reason}; no report was written. "
        f"Set {DEBUG}=1 and run again for the traceback to report."
    )


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


@app.command()
def analyze(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH", help="Directories, files and zips (nested) of one incident."
        ),
    ],
    formats: Annotated[
        list[Format] | None,
        typer.Option("--format", help="Kind of report (repeatable).  [default: html]"),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|DIR|-",
            help=f"Where the report goes; - is stdout.  [default: {REPORT_NAME}.<ext> here]",
        ),
    ] = None,
    packs: Packs = None,
    disable: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Switch this rule off (repeatable)."),
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(help="Exit with 1 when a finding is at least this severe."),
    ] = None,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the HTML report in the browser.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
) -> None:
    """Analyze the evidence of one incident and write a report.

    Exit codes: 0 report written, 1 findings at or above --fail-on, 2 wrong usage,
    3 nothing readable was given, 4 the rule pack is broken, 70 a fault of this program.
    """
    kinds: list[Format] = list(dict.fromkeys(formats or [Format.HTML]))
    targets = _targets(kinds, output)
    page = targets.get(Format.HTML)
    if open_report and page is None:
        _wrong_usage("--open needs an HTML report in a file: add --format html, drop --output -")
    with _outcome():
        from h2o_forensics import pipeline  # noqa: PLC0415 - see the module's docstring

        with _progress(sys.stderr, quiet=quiet) as progress:
            analysis = pipeline.analyze(
                paths, packs=packs or (), disable=frozenset(disable or ()), progress=progress
            )
        _write_reports(analysis, targets, quiet=quiet)
    if open_report and page is not None:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(page.resolve().as_uri())
    if fail_on is not None and _worst(analysis) >= list(Severity).index(fail_on):
        raise typer.Exit(FOUND)


def _targets(kinds: Sequence[Format], output: str | None) -> dict[Format, Path | None]:
    """Where each report goes (None: stdout); refuses what cannot be written before any work."""
    if output is None or Path(output).is_dir() or output.endswith(("/", os.sep)):
        folder = Path(output or ".")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _wrong_usage(f"--output {output}: cannot make this directory: {error.strerror}")
        return {
            kind: folder / f"{REPORT_NAME}.{'txt' if kind is Format.TEXT else kind}"
            for kind in kinds
        }
    if len(kinds) > 1:
        _wrong_usage(
            f"--output {output} takes one report, {len(kinds)} formats were asked for: "
            "give an existing directory, or a name that ends with /"
        )
    if output == "-":
        return {kinds[0]: None}
    if not Path(output).parent.is_dir():
        _wrong_usage(f"--output {output}: the directory {Path(output).parent} does not exist")
    return {kinds[0]: Path(output)}


def _write_reports(
    analysis: "Analysis", targets: dict[Format, Path | None], *, quiet: bool
) -> None:
    from h2o_forensics import report  # noqa: PLC0415

    view = report.build_report(analysis)
    renderers: dict[Format, Callable[[], str | bytes]] = {
        Format.HTML: lambda: report.to_html(view),
        Format.JSON: lambda: report.to_json(view),
        Format.MD: lambda: report.to_markdown(view),
        Format.TEXT: lambda: report.to_text(view),
    }
    for kind, target in targets.items():
        rendered = renderers[kind]()
        _write(rendered if isinstance(rendered, bytes) else rendered.encode(), target)
    written = [str(target) for target in targets.values() if target is not None]
    if quiet or not written:
        return
    width, color = _terminal(sys.stderr)
    typer.echo(report.to_text(view, width=width, color=color), err=True)
    typer.echo(f"report written: {', '.join(written)}", err=True)


def _write(content: bytes, target: Path | None) -> None:
    if target is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ReportError(
            f"{target}: cannot be written: {error.strerror}; choose another place with --output"
        ) from error


def _worst(analysis: "Analysis") -> int:
    """Rank of the gravest finding, -1 when there is none."""
    ranks = [
        list(Severity).index(Severity(judged.finding.severity))
        for judged in analysis.diagnosis.findings
    ]
    return max(ranks, default=-1)


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
            _wrong_usage(str(error))


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


def _report_faults(faults: Sequence[str], praise: str, code: int) -> None:
    for fault in faults:
        typer.echo(fault)
    if faults:
        _fail(f"{len(faults)} fault(s) in the rules, listed above", code)
    typer.echo(praise)


@contextmanager
def _rulebook(packs: Sequence[Path] | None) -> "Iterator[RuleBook]":
    with _outcome():
        from h2o_forensics import rulebook  # noqa: PLC0415

        yield rulebook.load_rulebook(*(packs or ()))


@contextmanager
def _outcome() -> Iterator[None]:
    """Turn what the pipeline raises on wrong use into a line on stderr and an exit code."""
    try:
        yield
    except IntakeError as error:
        _fail(str(error), NOTHING_READABLE)
    except RuleError as error:
        _fail("the rules are broken:\n" + "\n".join(error.faults), BROKEN_RULES)
    except ReportError as error:
        _fail(str(error), WRONG_USAGE)
    except KeyboardInterrupt:
        _fail("interrupted, no report was written", INTERRUPTED)


def _wrong_usage(message: str) -> NoReturn:
    raise typer.BadParameter(message)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"h2o-forensics: {message}", err=True)
    raise typer.Exit(code)


def _terminal(stream: TextIO) -> tuple[int, bool]:
    """Width to wrap at, and whether colours are welcome."""
    if not stream.isatty():
        return 100, False
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return min(shutil.get_terminal_size().columns, 120), not plain


@contextmanager
def _progress(
    stream: TextIO, *, quiet: bool
) -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Give a callback that draws one line on a terminal, and wipe that line at the end."""
    if quiet or not stream.isatty():
        yield None
        return
    next_draw = time.monotonic() + _QUIET_S
    drawn = False

    def show(stage: str, done: int, total: int | None) -> None:
        nonlocal next_draw, drawn
        now = time.monotonic()
        if now < next_draw:
            return
        next_draw = now + _REDRAW_S
        drawn = True
        share = f" {done / total:4.0%}" if total else ""
        stream.write(f"\r\x1b[K{stage}: {done / 2**20:,.0f} MiB{share}")
        stream.flush()

    try:
        yield show
    finally:
        if drawn:
            stream.write("\r\x1b[K")
            stream.flush()
