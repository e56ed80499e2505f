"""Several runs in one zip, as far as its names tell: previews say so, since it is cut as one."""

from __future__ import annotations

from h2o_forensics.batch.cut import Cut, Cutter, Noted
from h2o_forensics.batch.heads import members_of_zip
from h2o_forensics.batch.listing import MOST_DEEP, tree_of_names
from h2o_forensics.batch.units import is_surely_a_run

_TOP = "zip://in"
"""Names nothing that can be opened: only names are asked."""


def runs_inside(path: str) -> int:
    """Count the runs that a zip on disk would be cut into if it were unpacked.

    Only those beyond doubt; 0 where its names cannot be read.
    """
    names = [name for name in members_of_zip(path) if name.count("/") < MOST_DEEP]
    files = [f"in/{name}" for name in names if not name.endswith("/")]
    tree = tree_of_names(_TOP, files)
    return sum(map(is_surely_a_run, Cutter(Cut(), Noted()).pieces(tree)))
