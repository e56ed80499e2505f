"""Reads what an H2O-3 cluster left behind and says what went wrong, with the evidence."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from h2o_forensics.pipeline import analyze

__version__ = "0.1.0"
__all__ = ["__version__", "analyze"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Import the pipeline (and with it polars) only when it is asked for."""
    if name == "analyze":
        from h2o_forensics.pipeline import analyze  # noqa: PLC0415

        return analyze
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
