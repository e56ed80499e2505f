"""Read what a bundle holds: identify it, cut it into records, settle clocks, build tables."""

from h2o_forensics.readers.case import read_case, read_runs
from h2o_forensics.readers.gathered import read_members
from h2o_forensics.readers.inventory import BUILTIN_SIGNALS
from h2o_forensics.readers.read_artifacts import is_read_whole
from h2o_forensics.readers.reading import MemberReading, Readings
from h2o_forensics.readers.relocate import requote
from h2o_forensics.readers.settle import check_settings

__all__ = [
    "BUILTIN_SIGNALS",
    "MemberReading",
    "Readings",
    "check_settings",
    "is_read_whole",
    "read_case",
    "read_members",
    "read_runs",
    "requote",
]
