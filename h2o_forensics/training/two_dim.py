"""H2O's TwoDimTable: the columns' names in `columns`, the columns' cells in `data`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from h2o_forensics.training.cells import cell, listing, mapping, number, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2o_forensics.model.training import Scalar

COLUMNS = 1_200
"""Of one table: a cross-validation summary has one per fold."""


def columns_of(table: object, most: int = COLUMNS) -> dict[str, Sequence[object]]:
    """The raw cells by column; of two columns of one name the first, nameless ones under ''.

    Of a cut table cells are lacking; where names are, which cells are whose is unknown: nothing.
    """
    found: dict[str, Sequence[object]] = {}
    data = listing(mapping(table).get("data"))
    if len(data) > len(listing(mapping(table).get("columns"))):
        return found
    for name, cells in zip(column_names(table, most), data, strict=False):
        if isinstance(cells, list):
            found.setdefault(name, cells)
    return found


def column_names(table: object, most: int = COLUMNS) -> list[str]:
    """The columns that it is to have: of a cut table more than have cells."""
    head = islice(listing(mapping(table).get("columns")), most)
    return [
        column if isinstance(column, str) else text(mapping(column).get("name"), 500) or ""
        for column in head
    ]


def first_cells(table: object) -> dict[str, object]:
    """The first row, by column: how H2O writes a list of facts."""
    return {name: cells[0] for name, cells in columns_of(table).items() if name and cells}


def numbers(cells: Sequence[object], most: int) -> tuple[float | None, ...]:
    """A column's numbers."""
    return tuple(number(value) for value in islice(cells, most))


def scalars(cells: Sequence[object], most: int) -> tuple[Scalar, ...]:
    """A column as given; NaN is None."""
    return tuple(cell(value) for value in islice(cells, most))
