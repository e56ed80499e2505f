"""Where reports go: files, a directory, stdout, the browser."""

import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from h2o_forensics.cli.outcome import put_out, wrong_usage
from h2o_forensics.errors import ReportError


class Format(StrEnum):
    """Kinds of report."""

    HTML = "html"
    JSON = "json"
    MD = "md"
    TEXT = "text"


def place_reports(
    kinds: Sequence[Format], output: str | None, name: str
) -> dict[Format, Path | None]:
    """Where each report goes (None: stdout); refuses what cannot be written before any work.

    Args:
        kinds: the reports asked for.
        output: the option; None: files of their usual name here.
        name: of the file in a directory, without its extension.
    """
    if output is None or Path(output).is_dir() or output.endswith(("/", os.sep)):
        folder = Path(output or ".")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            wrong_usage(f"--output {output}: cannot make this directory: {error.strerror}")
        return {kind: folder / f"{name}.{'txt' if kind is Format.TEXT else kind}" for kind in kinds}
    if len(kinds) > 1:
        wrong_usage(
            f"--output {output} takes one report, {len(kinds)} formats were asked for: "
            "give an existing directory, or a name that ends with /"
        )
    if output == "-":
        return {kinds[0]: None}
    if not Path(output).parent.is_dir():
        wrong_usage(f"--output {output}: the directory {Path(output).parent} does not exist")
    return {kinds[0]: Path(output)}


def write_out(reports: Mapping[Path | None, str | bytes]) -> tuple[Path, ...]:
    """Write each where it goes (None: stdout); the files written.

    Raises:
        ReportError: a place takes no report.
    """
    from h2o_forensics.files import write_files  # noqa: PLC0415 - see the package's docstring

    encoded = {
        target: content if isinstance(content, bytes) else content.encode()
        for target, content in reports.items()
    }
    contents = {target: content for target, content in encoded.items() if target is not None}
    if None in encoded:
        put_out(encoded[None])
    try:
        write_files(contents)
    except OSError as error:
        raise ReportError(
            f"{error.filename}: cannot be written: {error.strerror}; choose another place"
        ) from error
    return tuple(contents)


def open_page(page: Path) -> None:
    """Show an HTML report in the browser."""
    import webbrowser  # noqa: PLC0415

    webbrowser.open(page.resolve().as_uri())
