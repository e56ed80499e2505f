"""Runs the measures of rules: queries over the evidence tables become hits.

What comes here was parsed, checked and written anew by `rulebook.measures`; this package bounds
what it may cost.  Measures of our own rules run here, those of further packs in a child process.
"""

from h2o_forensics.engine.measure.measured import unmeasured, with_measures

__all__ = ["unmeasured", "with_measures"]
