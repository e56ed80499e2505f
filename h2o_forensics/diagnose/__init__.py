"""Joins findings by cause, ranks the first causes and says how sure that is.  Plain Python."""

from h2o_forensics.diagnose.judge import diagnose

__all__ = ["diagnose"]
