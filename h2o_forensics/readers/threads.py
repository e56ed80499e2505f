"""Threads and dumps: what is known of each, who waits for whom, and their rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.model.record import Header

Row = dict[str, Any]
_POOLS = (
    (re.compile(r"FJ-1(?:1[6-9]|2[0-9])-\d+$"), "FJ-priority"),
    (re.compile(r"FJ-\d+-\d+$"), "FJ"),
    (re.compile(r"TCP-Accept$"), "TCP-Accept"),
    (re.compile(r"TCP-"), "TCP"),
    (re.compile(r"UDP-|MultiReceiver"), "UDP"),
    (re.compile(r"qtp\d+-"), "HTTP"),
    (re.compile(r"Heartbeat$"), "Heartbeat"),
    (re.compile(r"MemCleaner$"), "MemCleaner"),
    (re.compile(r"ClientDisconnectCheckThread$|RestApiPingCheckThread$"), "check"),
)
_AFTER_HEARTBEAT = frozenset({"FJ", "FJ-priority", "check"})
"""Kinds of threads that H2O starts only after Heartbeat and TCP-Accept."""
_IDLE = ("ForkJoinPool.scan", "ForkJoinPool.awaitWork", "ForkJoinPool.idleAwaitWork",
         "ForkJoinPool.tryAwaitWork")  # fmt: skip
_IDLE_FRAMES = 6


class Thread(Struct):
    """One thread as its dump shows it."""

    name: str
    line: int | None
    text: str
    state: str | None = None
    frames: list[str] = []
    blocked_on: str | None = None
    """Address of the lock or synchronizer it is blocked for."""
    of: str | None = None
    """Class of that."""
    monitor: bool = False
    """It is blocked on entry of a `synchronized` block, in which nobody waits for work."""
    holds: list[str] = []
    held_by: str | None = None
    deadlocked: bool = False

    @property
    def pool(self) -> str | None:
        """The kind of H2O's threads it is."""
        return next((kind for form, kind in _POOLS if form.match(self.name)), None)

    @property
    def busy(self) -> bool:
        """It neither parks in its pool nor waits for work there."""
        top = self.frames[:_IDLE_FRAMES]
        return bool(top) and not any(idle in frame for frame in top for idle in _IDLE)


class Dump(Struct):
    """One dump on its way."""

    line: int | None
    text: str
    stamp: Header | None = None
    """Of H2O's line before it: node and local time."""
    local: str | None = None
    """`2026-11-22 14:17:53`, local time of the JVM."""
    at_ms: int | None = None
    node: str | None = None
    pointer: str | None = None
    threads: list[Thread] = []
    more: int = 0
    complete: bool = False
    lines: int = 0
    strange: int = 0
    """Lines since the last one that belongs to a dump."""


def tie(dump: Dump) -> None:
    """Who holds what others wait for, and who waits in a circle."""
    holders = {
        lock: thread
        for thread in dump.threads
        for lock in thread.holds
        if lock != thread.blocked_on
    }
    waits: dict[int, Thread] = {}
    for thread in dump.threads:
        holder = holders.get(thread.blocked_on or "")
        if holder is not None and holder is not thread:
            thread.held_by = holder.name
            waits[id(thread)] = holder
    for thread in dump.threads:
        seen: set[int] = set()
        at: Thread | None = thread
        while at is not None and id(at) not in seen:
            seen.add(id(at))
            at = waits.get(id(at))
            if at is thread:
                thread.deadlocked = True


def dump_row(dump: Dump) -> Row:
    """The columns of `thread_dumps` that one dump gives by itself."""
    pools = [thread.pool for thread in dump.threads]
    workers = [thread for thread in dump.threads if thread.pool in {"FJ", "FJ-priority"}]
    running = dump.complete and not dump.more and any(pool in _AFTER_HEARTBEAT for pool in pools)
    lock, waiting = _most_waited(dump)
    return {
        "line": dump.line, "text": dump.text, "pointer": dump.pointer,
        "threads": len(dump.threads) + dump.more, "complete": dump.complete,
        "has_heartbeat": ("Heartbeat" in pools) or (False if running else None),
        "has_tcp_accept": ("TCP-Accept" in pools) or (False if running else None),
        "deadlocked": sum(thread.deadlocked for thread in dump.threads),
        "most_waited_lock": f"{lock} ({waiting[0].of})" if lock and waiting[0].of else lock,
        "most_waited_count": len(waiting),
        "most_waited_holder": waiting[0].held_by if lock else None,
        "pool_threads": len(workers), "pool_busy": sum(thread.busy for thread in workers),
    }  # fmt: skip


def _most_waited(dump: Dump) -> tuple[str | None, list[Thread]]:
    """The lock for which most threads are blocked; waiting for work in a pool is not that."""
    blocked: dict[str, list[Thread]] = {}
    for thread in dump.threads:
        if thread.blocked_on and (thread.monitor or thread.held_by):
            blocked.setdefault(thread.blocked_on, []).append(thread)
    if not blocked:
        return None, []
    lock = max(sorted(blocked), key=lambda at: len(blocked[at]))
    return lock, blocked[lock]


def thread_rows(dump: Dump) -> Iterator[Row]:
    """Rows of `threads`."""
    for thread in dump.threads:
        waits = thread.blocked_on
        yield {
            "line": thread.line, "text": thread.text, "pointer": dump.pointer,
            "thread": thread.name, "state": thread.state,
            "top_frame": thread.frames[0] if thread.frames else None,
            "frames": "\n".join(thread.frames) or None,
            "waits_for": f"{waits} ({thread.of})" if waits and thread.of else waits,
            "held_by": thread.held_by, "deadlocked": thread.deadlocked, "pool": thread.pool,
        }  # fmt: skip


def stuck_since(dump: Dump, earlier: Dump) -> list[Thread]:
    """Threads that wait in both, at one place, for what one thread holds that stands still, too."""
    before = {thread.name: thread for thread in earlier.threads}
    now = {thread.name: thread for thread in dump.threads}
    found = []
    for thread in dump.threads:
        old, holder = before.get(thread.name), now.get(thread.held_by or "")
        old_holder = before.get(thread.held_by or "")
        if old is None or holder is None or old_holder is None or not thread.monitor:
            continue
        same = old.monitor and old.held_by == thread.held_by and old.frames == thread.frames
        if same and old.of == thread.of and holder.frames == old_holder.frames:
            found.append(thread)
    return found
