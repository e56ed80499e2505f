"""A parsed file as values with lines, and the strict reader that turns fields into typed values.

Nothing here knows YAML or rules: `load` makes trees, `build` reads them, all report to `Faults`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from h2o_forensics.model.nearest import nearest

Choice = TypeVar("Choice", bound=str)
Scalar = str | int | float | bool | None

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_UNITS_BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([KMGT]?B)")
_SEGMENT = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_SHOWN_LENGTH = 60
_MOST_UNKNOWN = 20
"""Unknown fields of one mapping that are named: what each is like takes time to find."""


class Tree(NamedTuple):
    """One value and the 1-based line of its key (list items: of their own start)."""

    line: int
    value: "Scalar | dict[str, Tree] | list[Tree]"

    def plain(self) -> object:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {name: inner.plain() for name, inner in self.value.items()}
        return [one.plain() for one in self.value] if isinstance(self.value, list) else self.value

    def child(self, name: str) -> "Tree":
        """The entry of this name, itself when there is none."""
        return self.value.get(name, self) if isinstance(self.value, dict) else self


class Fault(NamedTuple):
    """One thing wrong, at `file:line`, in a field such as `signals.refused.levels`."""

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        """As `RuleError` shows it."""
        where = f"{self.file}:{self.line}: "
        return f"{where}{self.field}: {self.what}" if self.field else where + self.what


class Faults:
    """Collects the faults of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.all: list[Fault] = []

    def add(self, line: int, field: str, what: str) -> None:
        """Note that `what` is wrong with `field`."""
        self.all.append(Fault(self.file, line, field, what))

    def open(self, tree: Tree, field: str) -> "Fields":
        """The mapping `tree` holds, to be read strictly."""
        return Fields(tree, field, self)

    def forget_missing(self, field: str) -> None:
        """Drop the fault that this field is missing."""
        self.all = [known for known in self.all if (known.field, known.what) != (field, "missing")]

    def touches(self, field: str) -> bool:
        """Whether a fault is known for this field, one it lies in, or one that lies in it."""
        return any(_inside(field, known.field) or _inside(known.field, field) for known in self.all)


def _inside(field: str, outer: str) -> bool:
    return field == outer or field.startswith((outer + ".", outer + "["))


def line_of(tree: Tree, field: str) -> int:
    """Line of a field such as `caused_by[0].condition`, or of what it would lie in."""
    at = tree
    for key, index in _SEGMENT.findall(field):
        value = at.value
        if isinstance(value, dict) and key in value:
            at = value[key]
        elif isinstance(value, list) and index and int(index) < len(value):
            at = value[int(index)]
        else:
            break
    return at.line


def read_duration(text: str) -> int | None:
    """Milliseconds of `500ms`, `10s`, `5m`, `2h`, `1d`; None when it is no positive duration."""
    match = DURATION.fullmatch(text)
    return int(match[1]) * _UNITS_MS[match[2]] or None if match else None


def read_size(text: str) -> float | None:
    """Bytes of `100MB`, `1.5GB` (powers of 1024, as the JVM counts); None when it is no size."""
    match = SIZE.fullmatch(text)
    return float(match[1]) * _UNITS_BYTES[match[2]] if match else None


class Fields:
    """Strict access to one mapping: fields are read by their type, what nobody read is unknown."""

    def __init__(self, tree: Tree, field: str, faults: Faults) -> None:
        self.line = tree.line
        self.field = field
        self.faults = faults
        self._read: set[str] = set()
        self._values: dict[str, Tree] = {}
        if isinstance(tree.value, dict):
            self._values = tree.value
        else:
            faults.add(tree.line, field, f"wants a mapping, got {_shown(tree)}")

    def path(self, name: str) -> str:
        """Full name of one of our fields."""
        return f"{self.field}.{name}" if self.field else name

    def has(self, name: str) -> bool:
        """Whether the field is written and not null."""
        return name in self._values and self._values[name].value is not None

    def line_of(self, name: str) -> int:
        """Line of a field, or of the mapping when it is absent."""
        return self._values[name].line if name in self._values else self.line

    def fault(self, name: str, what: str) -> None:
        """Note a fault of one of our fields."""
        self.faults.add(self.line_of(name), self.path(name), what)

    def names(self) -> list[str]:
        """The names written, in order."""
        return list(self._values)

    def tree(self, name: str) -> Tree | None:
        """The field as it stands, None when absent or null."""
        self._read.add(name)
        return self._values[name] if self.has(name) else None

    def required(self, name: str) -> Tree | None:
        """As `tree`, and its absence is a fault."""
        found = self.tree(name)
        if found is None:
            self.fault(name, "missing")
        return found

    def text_or_none(self, name: str) -> str | None:
        """A text that is not empty, if it is there."""
        found = self.tree(name)
        if found is None:
            return None
        if not isinstance(found.value, str):
            self.fault(name, f"wants text, got {_shown(found)}")
            return None
        if not found.value.strip():
            self.fault(name, "is empty")
        return found.value

    def text(self, name: str) -> str:
        """A text that must be there."""
        if self.required(name) is None:
            return ""
        return self.text_or_none(name) or ""

    def word(self, name: str, form: re.Pattern[str], wants: str) -> str:
        """A text of this form that must be there; faults say what it `wants`."""
        text = self.text(name)
        if text and not form.fullmatch(text):
            self.fault(name, f"{text!r} is not {wants}")
        return text

    def word_or_none(self, name: str, form: re.Pattern[str], wants: str) -> str | None:
        """As `word`, if it is there."""
        return self.word(name, form, wants) if self.tree(name) is not None else None

    def only_key(self, choices: Iterable[str], noun: str) -> str | None:
        """The one name written here, which must be one of some; None: that is wrong."""
        names = self.names()
        if len(names) != 1:
            wanted = ", ".join(sorted(choices))
            self.faults.add(
                self.line, self.field, f"wants exactly one of {wanted}, got {len(names)}"
            )
            return None
        if names[0] not in choices:
            self.fault(names[0], f"unknown {noun}{nearest(names[0], choices)}")
            return None
        return names[0]

    def choice(
        self,
        name: str,
        choices: tuple[Choice, ...],
        default: Choice | None = None,
        *,
        noun: str = "",
    ) -> Choice:
        """One of some words; without a default it must be there.  Faults call it `noun`."""
        found = self.tree(name) if default is not None else self.required(name)
        fallback = choices[0] if default is None else default
        if found is None:
            return fallback
        for choice in choices:
            if found.value == choice:
                return choice
        self.fault(name, _unknown(noun or name, found, choices))
        return fallback

    def integer(self, name: str, default: int, least: int) -> int:
        """A whole number of at least `least`."""
        found = self.tree(name)
        if found is None:
            return default
        if isinstance(found.value, bool) or not isinstance(found.value, int) or found.value < least:
            self.fault(name, f"wants a whole number of at least {least}, got {_shown(found)}")
            return default
        return found.value

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        found = self.tree(name)
        if found is None or isinstance(found.value, bool):
            return bool(found and found.value)
        self.fault(name, f"wants true or false, got {_shown(found)}")
        return False

    def duration(self, name: str) -> int | None:
        """Milliseconds, if it is there."""
        found = self.tree(name)
        if found is None:
            return None
        duration = read_duration(found.value) if isinstance(found.value, str) else None
        if duration is None:
            self.fault(name, f"bad duration {_shown(found)}; wants 500ms, 10s, 5m or 2h")
        return duration

    def amount(self, name: str) -> float | None:
        """A number above 0, or a size such as `100MB` in bytes, if it is there."""
        found = self.tree(name)
        if found is None:
            return None
        value = read_size(found.value) if isinstance(found.value, str) else found.value
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.fault(name, f"wants a number or a size such as 100MB, got {_shown(found)}")
            return None
        return float(value)

    def files(self, name: str, plain: str) -> list[Tree]:
        """The items of a list of mappings; a plain text stands for one entry, named `plain`."""
        return [
            Tree(item.line, {plain: item}) if isinstance(item.value, str) else item
            for item in self.items(name, least=1)
        ]

    def items(self, name: str, *, least: int = 0) -> list[Tree]:
        """The items of a list; it must be there when `least` is above 0."""
        found = self.required(name) if least else self.tree(name)
        if found is None:
            return []
        if not isinstance(found.value, list):
            self.fault(name, f"wants a list, got {_shown(found)}")
            return []
        if len(found.value) < least:
            self.fault(name, f"wants at least {least} item{'s' if least > 1 else ''}")
        return found.value

    def texts(
        self, name: str, choices: tuple[str, ...] | None = None, *, least: int = 0
    ) -> tuple[str, ...]:
        """A list of texts, each one of `choices` when these are given."""
        texts = []
        for index, item in enumerate(self.items(name, least=least)):
            if not isinstance(item.value, str):
                field = f"{self.path(name)}[{index}]"
                self.faults.add(item.line, field, f"wants text, got {_shown(item)}")
            elif choices is not None and item.value not in choices:
                self.faults.add(item.line, self.path(name), _unknown(name, item, choices))
            else:
                texts.append(item.value)
        return tuple(texts)

    def mapping(self, name: str, *, required: bool = False) -> "Fields":
        """A mapping of names the author chose: ask it for `names()`; empty when absent."""
        found = self.required(name) if required else self.tree(name)
        return self.faults.open(found or Tree(self.line, {}), self.path(name))

    def finish(self) -> None:
        """Report the fields nobody read; one that is near a missing field is that one, misspelt."""
        unknown = [name for name in self._values if name not in self._read]
        for name in unknown[:_MOST_UNKNOWN]:
            known = nearest(name[:_SHOWN_LENGTH], self._read)
            self.fault(name, f"unknown field{known}")
            self.faults.forget_missing(self.path(known.removeprefix("; nearest: ")))
        if more := unknown[_MOST_UNKNOWN:]:
            self.fault(more[0], f"unknown field, and {len(more) - 1} more")


def _unknown(name: str, tree: Tree, choices: Iterable[str]) -> str:
    noun = {"in": "kind"}.get(name, name.removesuffix("s"))
    return f"unknown {noun} {_shown(tree)}{nearest(str(tree.value), choices)}"


def _shown(tree: Tree) -> str:
    value = tree.value
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + "...")
    return "nothing" if value is None else str(value).lower()
