"""Reads what an H2O-3 cluster left behind and says what went wrong, with the evidence."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from h2o_forensics.batch.api import scan
    from h2o_forensics.catalog import open_catalog
    from h2o_forensics.pipeline import analyze

__version__ = "0.1.0"
__all__ = ["__version__", "analyze", "open_catalog", "scan"]

_HOMES = {"analyze": "pipeline", "open_catalog": "catalog", "scan": "batch.api"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Import what is asked for (and with it polars) only then."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
