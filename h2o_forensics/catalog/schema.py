"""Versions of the catalog: older ones are read, newer ones refused."""

import msgspec

from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import CATALOG_SCHEMA

_PREFIX, _, _OURS = CATALOG_SCHEMA.rpartition("/")
NO_JSON = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises: the second one where text is no UTF-8."""
NUMBER = int(_OURS)
"""The version this program writes."""


def check_schema(schema: str, shown: str) -> int:
    """Give the version of a schema.

    Raises:
        CatalogError: it is newer than this program, or no catalog's.
    """
    prefix, _, number = schema.rpartition("/")
    if prefix != _PREFIX or not (number.isascii() and number.isdigit() and len(number) < 6):  # noqa: PLR2004
        raise CatalogError(
            f"{shown}: is no catalog of h2o-forensics. Give the directory of one, or a new one."
        )
    if int(number) > NUMBER:
        raise CatalogError(
            f"{shown}: was made by a newer version of h2o-forensics (its schema is {number}, "
            f"this version knows {NUMBER}). Upgrade h2o-forensics, or use another catalog."
        )
    return int(number)
