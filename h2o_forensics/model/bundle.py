"""What was given: members (byte streams inside a directory or archive) and the limits on reading them."""

from collections.abc import Callable, Sequence
from typing import BinaryIO, NamedTuple

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Caps that keep hostile input bounded.  All sizes in bytes."""

    max_member_bytes: int = 16 * 2**30
    max_total_bytes: int = 64 * 2**30
    max_ratio: int = 400
    """Unpacked to packed size, judged after `ratio_free_bytes` were unpacked from a member."""
    ratio_free_bytes: int = 16 * 2**20
    max_depth: int = 4
    """Archive in archive in archive ...; H2O's own downloads need 2, a gzip inside makes 3."""
    max_entries: int = 10_000
    """Files and entries of all archives together; those that are not read count, too."""
    max_buffered_archive_bytes: int = 64 * 2**20
    """A nested archive up to this packed size is held in memory, a larger one is refused."""
    stop: Callable[[], str | None] | None = None
    """Asked between pieces of every stream: None, or in words why reading has to end now (`time limit reached`).
    Every stream then ends where it is, with the problem `stopped`; no further archive or directory is opened."""


class Problem(Struct, frozen=True):
    """Damaged, oversized or refused input.  It never raises; it is shown in the report."""

    artifact: str
    """Path relative to the source, `archive!member` inside archives."""
    code: str
    """Short and stable: `truncated`, `too_big`, `ratio`, `too_deep`, `too_many`, `bad_zip`, `bad_crc`, `encrypted`,
    `unsafe_name`, `unreadable`, `not_a_file`, `node_not_healthy`, `bad_json`, `cut_json`, `big_json`, `bad_text`, `bad_data`, `bad_tar`, `overlap`,
    `window`, `changed`, `unsupported`, `stopped`, `hole`, `long_line`, `too_many_parts`, `measure_failed`, ..."""
    message: str
    """What, where, and what to do next."""
    count: int = 1


class Charge(NamedTuple):
    """Unpacked bytes of one stream that count towards the caps."""

    path: str
    depth: int
    """How many containers it lies in: a gzip and its content have one path."""
    reached: int
    """Bytes, from its beginning."""
    boxes: tuple[tuple[str, int], ...]
    """The archives it lies in, innermost first, and their packed sizes."""


class Met(Struct, frozen=True):
    """What a process met while it read members of a bundle: for the one that judges them."""

    problems: tuple[Problem, ...]
    """Each (artifact, code) once, none put together with others."""
    charges: tuple[Charge, ...]
    capped: bool
    """A cap on several streams together (an archive, the bundle) ended one: the order of reading matters then."""


class Member(Struct, frozen=True):
    """One byte stream of a bundle, opened as often as wanted, never unpacked to disk.

    `open` returns a readable binary stream of the *decompressed* content (gzip is transparent).  Reading may end early
    when a cap is hit or the data are damaged: the stream then reports end of file, and `problems()` of the bundle
    that made it tells why.
    """

    path: str
    """Relative to the source; `logs.zip!node1.zip!h2o_1.2.3.4_54321-3-info.log` inside archives; `/` as separator."""
    size: int | None
    """Size in bytes as stated by the container (may lie, or be unknown for gzip)."""
    mtime: float | None
    """Modification time, epoch seconds, where the container states one."""
    open: Callable[[], BinaryIO]
    packed: int | None = None
    """Size in bytes of the compressed file it is the content of; None: it is none, or not known."""
    stream: str | None = None
    """The archive that can only be read from its start on, if it lies in one (a tar in a gzip)."""


class Bundle(Struct, frozen=True):
    """Everything given, in a stable order (sorted by path), with same content listed once."""

    sources: tuple[str, ...]
    """Names of what was given, for display: final path component of each source."""
    members: tuple[Member, ...]
    duplicates: tuple[tuple[str, str], ...]
    """(path, path of the first member with the same bytes): known, listed, not read again."""
    listed: tuple[tuple[str, str], ...]
    """(path, what it is): containers that were walked into, empty files, links, devices; not read as artifacts."""
    problems: Callable[[], tuple[Problem, ...]]
    """All problems met so far (opening the members may add some).  Sorted, each (artifact, code) once with its count."""
    met: Callable[[], Met] | None = None
    """What was met so far, to be told to another process."""
    take: Callable[[Sequence[Met]], bool] | None = None
    """Take over what other processes met in members of the same bundle.  False, and nothing is taken: a cap would
    have ended a stream if one process had read all, so what they read is not what is to be read."""
