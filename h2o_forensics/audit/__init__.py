"""The fold audit: what the rows given with `--data` tell of folds, leaks and the test.

Rows are hashed and counted, never kept: what leaves this package are counts, shares and names of
columns.
"""

from h2o_forensics.audit.audit import Audited, audit_data

__all__ = ["Audited", "audit_data"]
