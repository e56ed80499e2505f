"""What names say: which file is evidence, which name a run's and which a part's of a run.

Of names only, never of places or sizes: a name means the same in every archive.  `docs/runs.md`
says all of it in words; change both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

FileKind = Literal["log", "maybe", "archive", "plain", "temporary", "hidden", "ours"]
"""`log`: surely of a run.  `maybe`: may be evidence.  `plain`: none, such as README, checksums."""

_PACKED = re.compile(r"\.(?:gz|zst|bz2|xz|lz4|z)\Z")
_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|tar|tgz|taz|tbz2?|txz|tzst|tar\.(?:gz|z|bz2|xz|zst|lz4))\Z")
_MODEL_ZIP = re.compile(r"mojo|_model_(?:python|r)_|(?:^|_)automl_\d+_\d{8}_\d+")
"""A model's zip is a file of evidence, no archive of logs."""
_TEMPORARY = re.compile(
    r"(?:\.(?:part|partial|tmp|temp|crdownload|filepart|download|swp|swo)|~|\._copying_)\Z"
    r"|\A(?:~\$|_temporary\Z)"
)
_OURS = re.compile(r"\Ah2o-forensics-(?:[a-z]+-)?report[-.~\w]*\.(?:html|json|md|txt|zip)\Z")
_PLAIN = re.compile(
    r"\A(?:readme|licen[cs]e|notice|changelog|manifest|index\.html?\Z|_success\Z|_committed"
    r"|_started_|thumbs\.db\Z|desktop\.ini\Z|makefile\Z|dockerfile\Z|lost\+found\Z)"
    r"|(?:md5|sha\d*)sums?(?:\.txt)?\Z"
    r"|\.(?:md|rst|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|md5|sha\d+|crc|sig|asc|pem|py|pyc|r|rmd"
    r"|java|scala|sh|bat|ps1|ipynb|jar|war|whl|class|so|dll|exe|rpm|deb|parquet|orc|avro|feather"
    r"|arff|svm|svmlight|hex|rds|rdata|pkl|html?|css|js)\Z"
)
_TABLE = re.compile(r"\.(?:csv|tsv|dat|data)\Z")
_LEADERBOARD = re.compile(r"leader_?board")
_LOG = re.compile(
    r"\Ah2o_.+_\d+-"
    r"|(?:\A|[^a-z])(?:h2o|gc|hadoop|yarn|spark|app|server|client|error|access|request|audit)?"
    r"logs?(?:[^a-z]|\Z)"
    r"|\Aapplication_\d+_\d+|\A(?:stdout|stderr|syslog|messages|dmesg|kern|gc|hs_err|jstack|journal|nohup|prelaunch"
    r"|console|driver|executor|oom|cgroup|memory)(?:[^a-z]|\Z)"
    r"|thread-?_?dump|\.(?:out|err|trc)(?:\.\d+)?\Z"
)

_DATE = (
    r"(?<!\d)20\d\d(?P<s>[-_.]?)(?:0[1-9]|1[0-2])(?P=s)(?:0[1-9]|[12]\d|3[01])"
    r"(?!\d(?!\d{3}(?:\d\d)?(?!\d)))"
)
_RUN = re.compile(
    rf"{_DATE}|(?<!\d)20\d\d[-_.](?:0[1-9]|1[0-2])(?!\d)"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?:\A|[-_. ])(?:run|job|app|application|exp|experiment|incident|inc|ticket|case|build"
    r"|session|batch|train|training|flow|dag|task|pipeline|trial|test|local)[-_.# ]?\d"
    r"|\A[a-z]{2,10}-\d{2,7}(?:\D|\Z)"
    r"|(?<![0-9a-f])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{12,}(?![0-9a-f])"
    r"|\A\d+\Z"
)
_RUN_OF_FILE = re.compile(
    r"application_\d+_\d+|(?<![a-z])(?:run|job|experiment|exp|build|ticket|incident|slurm)[-_#]?\d+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<!\d)20\d\d[-_.]?\d\d[-_.]?\d\d[-_.t]?\d\d[-_.:]?\d\d[-_.:]?\d\d(?!\d)"
)
_LEADING = re.compile(
    r"(?:application_\d+_\d+|(?:run|job|experiment|exp|build|ticket|incident|slurm)[-_#]?\d+)(?!\d|\.json)"
)
_MOMENT = re.compile(r"20\d\d")
"""What `_RUN_OF_FILE` finds begins so where it is a start to the second."""
_SNAPSHOT = re.compile(
    r"(?:\A|[^a-z])(?:gc|hs_err|jstack|jmap|jcmd|jfr|top|vmstat|iostat|sar|pidstat|dmesg|kern"
    r"|syslog|messages|journal)(?:[^a-z]|\Z)|thread|heap|dump|histo"
)
"""Logs whose names tell when they were begun, or taken: several of them are of one run."""
_STRAY = re.compile(
    r"(?:\A|[^a-z])(?:crond?|fetch(?:er)?|r?sync|transfer|upload|download|backup|copy|scp|sftp"
    r"|wget|curl|collect(?:or|ion)?|cleanup|clean|archiver?|(?:log)?rotate|watch|ansible|mover?)"
    r"(?:[^a-z]|\Z)"
)
"""Logs of those who keep the archive."""
_IP = r"(?:\d{1,3}\.){3}\d{1,3}"
_NODE = re.compile(
    rf"\A(?:h2o[-_.]?)?(?:{_IP}(?:[-_:]\d{{2,5}})?"
    rf"|ip-\d{{1,3}}-\d{{1,3}}-\d{{1,3}}-\d{{1,3}}(?:\.[-.\w]+)?"
    rf"|(?:node|worker|executor|exec|slave|replica|peer|pod|nodemanager)[-_.]?"
    rf"(?:\d{{1,4}}|{_IP})(?:[-_:.][-_:.\w]*)?)\Z"
)
_CONTAINER = re.compile(r"\Acontainer_(?:e\d+_)?(\d+_\d+)_\d+_\d+\Z")
_REPLICA = re.compile(r"\A([-a-z0-9]+-[bcdf-hj-np-tv-xz24-9]{8,10})-[bcdf-hj-np-tv-xz24-9]{5}\Z")
"""Pods of a Deployment: its replica set's hash, and an end of their own."""
_STATEFUL = re.compile(r"\A([-a-z0-9]*h2o[-a-z0-9]*)-\d{1,3}\Z")
_STATEFUL_NOT = re.compile(r"h2o-3\Z|run|job|exp|case|test|train|trial")
_SPARK_APP = re.compile(r"\A(?:app-\d{14}-\d+|application_\d+_\d+|executors)\Z")

_FIXED = re.compile(
    r"(?:models?|mojos?|rest|api|json|conf|configs?|metrics|frames|grids|automl|leaderboards?"
    r"|artifacts|flows?|threads|thread_?dumps|jstack|cgroup|events|flatfile|export|import)\Z"
)
"""Whatever is below belongs to the run these stand in: no logs of another run are kept there."""
_PART = re.compile(
    r"(?:logs?|gc|gc[-_]?logs?|stdout|stderr|out|err|console|downloads?|work|tmp|temp|h2o"
    r"|h2o[-_]?logs|executors?|containers?|nodes?|workers?|hosts?|pods?|master|kernel|dmesg|system"
    r"|os|jvm|hs_err|dumps|k8s|kubectl|kubernetes|yarn|spark|hadoop|ui|var|userlogs|syslog"
    r"|monitoring|sysstat|(?:clients?|servers?|drivers?|proxy)(?:[-_]?\w)?)\Z"
)
_NODE_ARCHIVE = re.compile(r"\Anode\d+_(.+_\d{2,5})\.zip\Z")
_TOOLS = frozenset({
    "lost+found", "#recycle", "@recycle", "@eadir", "@tmp", "#snapshot", "~snapshot", ".snapshot",
    ".snapshots", ".zfs", "$recycle.bin", "system volume information", ".trash", ".trashes",
    ".fseventsd", ".spotlight-v100",
})  # fmt: skip
"""Directories of file systems and storage boxes: bins, snapshots of what is met anyway."""
_H2O = re.compile(r"\Ah2o_(.+_\d{2,5})-(?:\d-[a-z]+|httpd)\.log")


class UnitName(NamedTuple):
    """What the name of a directory or archive says."""

    kind: Literal["node", "part", "fixed", "run", "other"]
    """`node`: one of several in a run.  `part`, `fixed`: a run's logs, models.  `run`: one run."""
    key: str = ""
    """Of nodes: those of one run have the same."""
    sure: bool = False
    """Of nodes: the key is one application's, whatever their logs say."""


@lru_cache(maxsize=4096)
def kind_of_file(name: str) -> FileKind:
    """Say what a file's name says."""
    low = name.lower()
    if _TEMPORARY.search(low):
        return "temporary"
    if low[0] == ".":
        return "hidden"
    if _ARCHIVE.search(low):
        if _OURS.search(low):
            return "ours"
        return "maybe" if _MODEL_ZIP.search(low) else "archive"
    return _kind_of_plain(_PACKED.sub("", low))


def _kind_of_plain(low: str) -> FileKind:
    if _OURS.search(low):
        return "ours"
    if _PLAIN.search(low):
        return "plain"
    if _TABLE.search(low):
        return "maybe" if _LEADERBOARD.search(low) else "plain"
    return "log" if _LOG.search(low) else "maybe"


def stem_of_archive(name: str) -> str:
    """Give `job-7` of `job-7.tar.gz`."""
    return _ARCHIVE.sub("", name.lower())


def kind_of_unit(name: str, above: str) -> UnitName:
    """Say what the name of a directory, or of an archive without its extension, says.

    Args:
        name: the name.
        above: that of the directory it is in.
    """
    low = name.lower()
    if _FIXED.match(low):
        return UnitName("fixed")
    if _PART.match(low):
        return UnitName("part")
    return _node_of(low, above.lower()) or UnitName("run" if _RUN.search(low) else "other")


def _node_of(low: str, above: str) -> UnitName | None:
    """Tell the names of nodes; None: it is another."""
    if (match := _CONTAINER.match(low)) is not None:
        return UnitName("node", f"container_*{match[1]}_*", sure=True)
    if low.isdigit() and len(low) <= 5 and _SPARK_APP.match(above):  # noqa: PLR2004
        return UnitName("node", sure=above != "executors")
    if _NODE.match(low):
        # A node's name with a date in it is that of one of its days, or of the run.
        return None if re.search(_DATE, low) else UnitName("node")
    if (match := _REPLICA.match(low)) is not None:
        return UnitName("node", f"{match[1]}-*")
    if (match := _STATEFUL.match(low)) is not None and not _STATEFUL_NOT.search(match[1]):
        return UnitName("node", f"{match[1]}-*")
    return None


def h2o_node(name: str) -> str | None:
    """Give `10.0.0.3_54321` of `h2o_10.0.0.3_54321-3-info.log.gz`; None: it is no such name."""
    match = _H2O.match(name)
    return None if match is None else match[1]


def is_hidden(name: str) -> bool:
    """Whether a directory is none of the user's: hidden, or of a tool."""
    low = name.lower()
    return low[0] == "." or low in {"_temporary", "__macosx", "__pycache__"}


def is_of_storage(name: str) -> bool:
    """Whether a directory is a bin, a snapshot or else of the storage: no evidence in itself."""
    return name.lower() in _TOOLS or name.lower().startswith(".trash-")


def is_stray(name: str) -> bool:
    """Whether a log is one of those who keep the archive: cron's, the transfer's."""
    return h2o_node(name) is None and _STRAY.search(name.lower()) is not None


def node_in_archive_name(name: str) -> str | None:
    """Give `10.0.0.3_54321` of `node2_10.0.0.3_54321.zip`, as H2O names them; None: it is none."""
    match = _NODE_ARCHIVE.match(name)
    return None if match is None else match[1]


def is_replica(name: str) -> bool:
    """Whether a name is that of a pod of a Deployment: the hash in it is one deployment's."""
    return _REPLICA.match(name.lower()) is not None


def leading_run(name: str) -> str | None:
    """Give the `job-7` that a file's name begins with."""
    match = _LEADING.match(name.lower())
    return None if match is None else match[0]


def run_in_file_name(name: str) -> str | None:
    """Give what tells a run in a log's name: `job-7`, an application, a start to the second.

    A day alone does not: logs are rotated by days.  Nor does the moment of a snapshot.
    """
    low = name.lower()
    match = None if ".json" in low else _RUN_OF_FILE.search(low)
    if match is None or (_MOMENT.match(match[0]) and _SNAPSHOT.search(low)):
        return None
    return match[0]


def moment_in(name: str) -> str | None:
    """Give the start to the second that a name has."""
    match = _RUN_OF_FILE.search(name.lower())
    return match[0] if match is not None and _MOMENT.match(match[0]) else None
