"""The tables `crashes`, `kills`, `limits`, `threads`, `thread_dumps`, and the limits of nodes.

A row is of the node whose process id it states; without one, of the node whose files lie beside it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from h2o_forensics.readers.lives import life_beside, life_of
from h2o_forensics.readers.side_evidence import Side
from h2o_forensics.readers.threads import dump_row, stuck_since, thread_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from h2o_forensics.readers.clock import SettledClock
    from h2o_forensics.readers.lives import Life
    from h2o_forensics.readers.pids import Pids
    from h2o_forensics.readers.scanned import Scanned
    from h2o_forensics.readers.threads import Dump

Row = dict[str, Any]
Rows = dict[str, list[Row]]
SIDE_TABLES = ("crashes", "kills", "limits", "thread_dumps", "threads")
MAX_THREAD_ROWS = 50_000
"""Rows of `threads` in a case."""
_MAX_DUMPS = 2_000


class SideTables:
    """Makes the rows.

    Args:
        artifacts: in the order of the case.
        lives: of all nodes.
        clocks: settled, by node.
        pids: whose process an id is.
    """

    def __init__(
        self,
        artifacts: Sequence[Scanned],
        lives: Sequence[Life],
        clocks: Mapping[str, SettledClock],
        pids: Pids,
    ) -> None:
        self._artifacts, self._lives, self._clocks, self._pids = artifacts, lives, clocks, pids

    def rows(self) -> Rows:
        """Rows by table; those of a process that is known to be none of the case's are left out."""
        crashes = [row for one, side in self._sides() for row in self._crashes(one, side)]
        kills = [row for one, side in self._sides() for row in self._kills(one, side)]
        limits = [
            self._placed_of(one, found, self._owner_by_place(found, one))
            for one, side in self._sides()
            for found in side.limits
        ]
        dumps, threads = self._dumps()
        return {"crashes": _once(crashes), "kills": kills, "limits": limits,
                "thread_dumps": dumps, "threads": threads}  # fmt: skip

    def _sides(self) -> Iterator[tuple[Scanned, Side]]:
        for one in self._artifacts:
            if one.side is not None:
                yield one, one.side

    def _placed(self, one: Scanned, found: Row, node: str | None = None) -> Row:
        """A row with its place and time; `node`: whose clock counts."""
        node = node or one.node
        life = life_beside(self._lives, node, one.folder) if node else None
        lines = found.get("lines") or {}
        places = {name: [one.id, line, text] for name, (line, text) in sorted(lines.items())}
        kept = {key: value for key, value in found.items() if key not in _NOT_COLUMNS}
        return kept | {
            "node": node, "run": life.run if life else None, "artifact": one.id,
            "ts": self._moment(found, node), "line": found.get("line"),
            "places": msgspec.json.encode(places).decode() if places else None,
        }  # fmt: skip

    def _moment(self, found: Row, node: str | None) -> int | None:
        if found.get("at_ms") is not None:
            return int(found["at_ms"])
        clock = self._clocks.get(node or "")
        if clock is None:
            return None
        if found.get("local_ms") is not None:
            return clock.epoch_of_local(int(found["local_ms"]))
        return clock.epoch(found.get("stamp_ms"))

    def _crashes(self, one: Scanned, side: Side) -> Iterator[Row]:
        for found in side.crashes:
            owner = self._owner(found["pid"], one.node, "")
            if owner is not _ANOTHERS:
                yield self._placed_of(one, found, owner)

    def _kills(self, one: Scanned, side: Side) -> Iterator[Row]:
        for found in side.kills:
            node = self._known(found.get("node"))
            owner: Life | str | None = node or self._owner_by_place(found, one)
            if found["pid"] is not None and node is None:
                owner = self._owner(found["pid"], one.node, str(found["text"]))
            if owner is not _ANOTHERS:
                yield self._placed_of(one, found, owner)

    def _placed_of(self, one: Scanned, found: Row, owner: Life | str | None) -> Row:
        if owner is None:
            return self._placed(one, found) | {"node": None, "run": None}
        if isinstance(owner, str):
            return self._placed(one, found, owner)
        return self._placed(one, found, owner.node) | {"run": owner.run}

    def _owner(self, pid: int, node: str | None, text: str) -> Life | str | None:
        """The life, or the node, whose process it is; `_ANOTHERS`: one of no node here."""
        life = self._pids.life(pid)
        if life is not None:
            return life
        if self._pids.is_anothers(pid, node, text):
            return None if self._pids.unknown else _ANOTHERS
        return node

    def _known(self, node: object) -> str | None:
        return next((life.node for life in self._lives if life.node == node), None)

    def _by_ip(self, found: Row) -> str | None:
        """The only node with the address of a pod."""
        ip = found.get("ip")
        nodes = {life.node for life in self._lives if ip and life.node.rpartition(":")[0] == ip}
        return next(iter(nodes)) if len(nodes) == 1 and not found.get("unclear") else None

    def _owner_by_place(self, found: Row, one: Scanned) -> str | None:
        """Of a row without a process id: a pod's by its address, else the node it lies beside."""
        if found.get("ip") or found.get("unclear"):
            return self._by_ip(found)
        return one.node

    def _dumps(self) -> tuple[list[Row], list[Row]]:
        dumps: list[Row] = []
        threads: list[Row] = []
        for number, (one, dump, row) in enumerate(self._ordered(), 1):
            dumps.append(row | {"dump": number})
            common = {"node": row["node"], "run": row["run"], "ts": row["ts"], "artifact": one.id}
            room = MAX_THREAD_ROWS - len(threads)
            for at, thread in enumerate(thread_rows(dump)):
                if at >= room:
                    break
                threads.append(thread | common | {"dump": number})
        return dumps, threads

    def _ordered(self) -> list[tuple[Scanned, Dump, Row]]:
        """Dumps in order of time, each once: H2O writes its own into several files."""
        found: list[tuple[Scanned, Dump, Row]] = []
        seen: set[tuple[Any, ...]] = set()
        for one, side in self._sides():
            for dump in side.dumps:
                key = (dump.node, dump.stamp.stamp_ms, dump.stamp.pid) if dump.stamp else None
                if key is not None and key in seen:
                    continue
                seen |= {key} if key is not None else set()
                found.append((one, dump, self._dump_row(one, dump)))
        found = found[:_MAX_DUMPS]
        found.sort(key=lambda item: (item[2]["ts"] is None, item[2]["ts"] or 0))
        _compare(found)
        return found

    def _dump_row(self, one: Scanned, dump: Dump) -> Row:
        node = self._known(dump.node) or one.node
        stamp = dump.stamp.stamp_ms if dump.stamp else None
        when = {"at_ms": dump.at_ms, "local_ms": _local_ms(dump.local), "stamp_ms": stamp}
        row = self._placed(one, dump_row(dump) | when, node)
        if node is not None and dump.stamp is not None and stamp is not None:
            life = life_of(self._lives, node, dump.stamp.pid, stamp)
            row["run"] = life.run if life else None
        return row


_ANOTHERS = "\0"
_NOT_COLUMNS = frozenset({"lines", "at_ms", "local_ms", "stamp_ms", "ip", "unclear"})


def _local_ms(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None


def _compare(found: Sequence[tuple[Scanned, Dump, Row]]) -> None:
    """Note in each dump what stands still since earlier ones of the same process."""
    last: dict[object, tuple[Dump, Row, int | None]] = {}
    for one, dump, row in found:
        process = (row["node"], row["run"]) if row["node"] else one.path
        before = last.get(process)
        since = row["ts"]
        if before is not None:
            stuck = stuck_since(dump, before[0])
            row["stuck"] = len(stuck)
            if stuck:
                since = before[2]
                row["stuck_ms"] = row["ts"] - since if since is not None and row["ts"] else None
        last[process] = (dump, row, since)


def _once(crashes: Sequence[Row]) -> list[Row]:
    """One row per process: a report says more than its head on a console."""
    best: dict[tuple[object, ...], Row] = {}
    for row in crashes:
        key = (row["node"], row["pid"])
        known = best.get(key)
        if known is None or (known["uptime_s"] is None and row["uptime_s"] is not None):
            best[key] = row
    return list(best.values())


def note_limits(nodes: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> None:
    """Set `limit_bytes` of nodes: the smallest limit that their evidence states."""
    for node in nodes:
        stated = [
            row
            for name in ("crashes", "kills", "limits")
            for row in tables[name]
            if row["node"] == node["node"] and row.get("limit_bytes")
            and (row["run"] is None or row["run"] == node["run"])
        ]  # fmt: skip
        if not stated:
            continue
        row = min(stated, key=lambda one: int(one["limit_bytes"]))
        node["limit_bytes"] = row["limit_bytes"]
        if row["line"] is None:
            continue
        own = msgspec.json.decode(row["places"]) if row.get("places") else {}
        place = own.get("limit_bytes", [row["artifact"], row["line"], row["text"]])
        places = msgspec.json.decode(node["places"]) if node.get("places") else {}
        node["places"] = msgspec.json.encode(places | {"limit_bytes": place}).decode()
