"""What the evidence tables and their columns hold, for the reference; the schemas are in `tables`.

Units are in the names: `_ms` milliseconds, `_bytes` bytes, `_share` a part of 1.  A column without
a note is what its name says.  A value the evidence does not give is null.
"""

TABLES: dict[str, str] = {
    "hits": "Signals that matched; one row may stand for several matches (`weight`).",
    "warnings": "WARN and graver records by shape: capped rows, exact counts.",
    "minutes": "Records per minute and level; WARN and graver are exact.",
    "gaps": "Silences: no record between `ts` and `to_ts` although the log speaks on both sides (or ends before the case does).",
    "log_files": "Where each log file of a node ends.",
    "nodes": "One life of one process; `peer_*` over the other nodes of its cloud (members, or meant to be).",
    "members": "`Cloud of size n formed`: the cloud's size over time, as seen by `node`.",
    "jobs": "Jobs from /3/Jobs snapshots and from job JSON.",
    "http_requests": "H2O's access log, capped per shape of path; all requests that failed.",
    "exceptions": "Exceptions as chains: outermost and innermost class and message, the node they came from.",
    "imports": "Answers to POST /3/ImportFiles.",
    "chunks": "Frame distribution summary of the log: one row per frame and node.",
    "cluster_nodes": "Nodes as one /3/Cloud snapshot saw them.",
    "executors": "Spark's executors; `node` is the H2O node that runs (or would run) in one.",
    "spark": "One row where there are lines of Spark's: how far Sparkling Water got (`ts`: when it began to start H2O).",
}

COMMON: dict[str, str] = {
    "node": "ip:port of the node the row speaks of",
    "run": "which life of the process, from 1",
    "ts": "UTC",
    "artifact": "id of the file",
    "line": "1-based; null where the row comes from a JSON document",
    "pointer": "JSON pointer, where the row comes from a JSON document",
    "text": "the source line as it stands there, where there is one",
    "places": "JSON: column -> [artifact, line, text], where values come from several lines",
}
"""Columns every table begins with."""

COLUMNS: dict[str, dict[str, str]] = {
    "hits": {
        "signal": "RULEID.name",
        "logged_by": "the node that logged it, which need not be the one it is about",
        "captures": "JSON text",
        "weight": "matches this row stands for",
    },
    "warnings": {
        "shape": "the message without its variable parts",
        "count": "exact per shape and artifact on its first row, 0 on the others",
        "explained": "a rule's signal matched it",
    },
    "gaps": {
        "returned": "the log goes on after the silence",
        "quiet_share": "share of the rest of this log spent in silences over 10 s: near 0 is a log that always speaks",
        "peers_speaking": "peers that wrote records inside the silence",
        "peers": "peers there are",
        "spoken_ms": "how long this log spoke outside of the silence: what `quiet_share` was judged on",
        "cut": "of a silence at the end: only the copy ends there, other files of the node go on",
        "level": "of the level file, where it is one",
    },
    "log_files": {
        "whole_blocks": "its size is a whole number of disk blocks: what a full disk leaves",
        "behind_ms": "how long before the last record of the node's other files it ends",
        "ends_in_line": "the last line is not ended: cut, or copied while it was written",
    },
    "nodes": {
        "end": "running, exit, terminated, killed, crash or unknown",
        "cloud_settled_ms": "how long its logs and its peers' go on after the last cloud it saw",
        "named_in_cloud_size": "the largest cloud in which any node lists it",
        "locked": "it said that the cloud takes no more members",
        "cloud_size": "size of the last cloud it formed",
        "peers": "other nodes of that cloud in the case, of the same life time",
        "peers_same_ip": "peers with the same address: no link lies between them and this node",
        "xmx_bytes": "the heap as Java reports it",
        "xmx_set_bytes": "the heap as it was asked for (-Xmx), else as Java reports it",
        "peer_same_name": "some peer has literally the same cloud name",
        "peers_same_name": "how many of them",
        "peer_name_alike": "some peer's cloud name is the same but for case, blanks, quotes or dashes",
        "silent_at_end_ms": "how long before the end of the evidence of all nodes it fell silent",
        "host_xmx_bytes": "sum of the heaps of all nodes on the same host",
        "runs": "lives of this node in the case",
        "has_logs": "false: a member that others name, but no log of its own was given",
    },
    "members": {"members": "ip:port of each, joined", "leader": "ip:port"},
    "jobs": {"progress": "0 to 1", "progressed": "progress or status differ between snapshots"},
    "exceptions": {
        "root_class": "of the innermost cause",
        "from_node": "the node where it was thrown",
        "depth": "causes in the chain",
        "operation": "what H2O was doing, read from the frames; the URL of an error document",
        "count": "times it was met",
    },
    "imports": {"failed": "files that not every node could read"},
    "chunks": {
        "holder": "the node that holds these chunks",
        "row_share": "of the frame's rows",
        "max_over_mean": "rows of the fullest node over the mean",
    },
    "cluster_nodes": {
        "ping_age_ms": "how far its last ping lies behind the freshest one of the same snapshot",
        "is_self": "the node that was asked: whose view the snapshot is",
    },
    "executors": {
        "started": "it came up",
        "has_h2o": "Sparkling Water lists an H2O node in it",
        "lost": "the driver lost it",
        "reason": "why, in the driver's words",
        "in_teardown": "it was lost while the application was ending anyway",
    },
    "spark": {
        "asked": "H2O nodes asked for",
        "executors_found": "executors that came up",
        "retries": "times it counted the executors again",
        "stages": "stages that executors went through since then",
        "waited_ms": "from then until the last line",
    },
}
