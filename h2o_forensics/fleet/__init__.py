"""Figures of the fleet report, out of the catalog's tables: what many runs say together."""

from h2o_forensics.fleet.build import build_fleet

__all__ = ["build_fleet"]
