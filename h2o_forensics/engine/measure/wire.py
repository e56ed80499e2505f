"""What a measure may cost in the child process, and what goes to it and comes back."""

import msgspec

from h2o_forensics.engine.measure.run import Row
from h2o_forensics.model.rule import Measure

MAX_BYTES = 256 * 1024 * 1024
"""Beyond what the process holds with the tables loaded."""


class Request(msgspec.Struct, frozen=True):
    """What to run, over which tables."""

    measures: tuple[Measure, ...]
    tables: tuple[tuple[str, int], ...]
    """Name and size in bytes of each table, in the order they follow."""


class Answer(msgspec.Struct, frozen=True):
    """Rows of one measure, or why there are none; the first answer, an empty one, says: ready."""

    rows: tuple[Row, ...] = ()
    fault: str | None = None
