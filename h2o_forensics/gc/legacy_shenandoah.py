"""Phases of Shenandoah in the log of JDK 8's backports: brackets like the others', in ms."""

from h2o_forensics.gc.legacy_events import Collected
from h2o_forensics.gc.legacy_text import SHENANDOAH, sizes

_KINDS = {
    "Pause Init Mark": "initial_mark",
    "Pause Final Mark": "final_mark",
    "Pause Full": "full",
    "Pause Degenerated GC": "degenerated",
}


def shenandoah(body: bytes) -> tuple[Collected | None, int] | None:
    """The phase at the begin of `body`, if it is a pause that is over, and where it ends."""
    found = SHENANDOAH.match(body)
    if found is None:
        return None
    took = found[found.re.groups]
    if took is None or found[1] != b"Pause":
        return None, found.end()
    bare = f"Pause {found[2].decode('ascii').strip()}"
    note = None if found[3] is None else found[3].decode("utf-8", "replace")
    full = bare == "Pause Full"
    heap = sizes(found, 4) if found[4] is not None else (None, None, None)
    one = Collected(
        start=0,
        phase=bare if full or note is None else f"{bare} ({note})",
        cause=note if full else None,
        kind=_KINDS.get(bare, "other"),
        took_ms=float(took.replace(b",", b".")),
        before=heap[0],
        after=heap[1],
        capacity=heap[2],
        collector="Shenandoah",
    )
    return one, found.end()
