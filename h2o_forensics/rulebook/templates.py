"""Reads the placeholders of templates (`{node} needs {xmx_bytes:bytes}`); the engine fills them."""

import re
from string import Formatter

from h2o_forensics.model.nearest import nearest

ALWAYS = (
    "count", "first_seen", "last_seen", "node", "nodes", "since", "subject",
    "node_cores", "node_h2o_version", "node_java_version", "node_physical_bytes", "node_pid",
    "node_xmx_bytes",
)  # fmt: skip
"""Names every template knows beside the rule's facts and the captures of its signals."""

FORMATS = ("bytes", "count", "duration", "mb", "percent", "plain", "time")
"""What may follow the colon; the engine's templates say what each looks like."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def placeholders(template: str) -> tuple[tuple[str, ...], str | None]:
    """Names a template uses, in order, and what is wrong with its form (None: nothing)."""
    names = []
    try:
        for _text, name, spec, conversion in Formatter().parse(template):
            if name is None:
                continue
            if not _NAME.fullmatch(name):
                return (), f"{{{name}}} is no placeholder; a literal brace is written twice: {{{{"
            if conversion or (spec and spec not in FORMATS):
                shown = f"!{conversion}" if conversion else str(spec)
                return (), f"unknown format {shown!r} of {{{name}}}{nearest(shown, FORMATS)}"
            names.append(name)
    except ValueError as error:
        return (), f"broken template ({error}); a literal brace is written twice: {{{{"
    return tuple(names), None
