"""Whatever happens to an archive, nothing raises, and lost content is named."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.intake.zst import zstd
from h2o_forensics.model.bundle import Bundle


def _lines(seed: int, count: int) -> bytes:
    return "".join(
        f"11-22 05:54:{i % 60:02d}.{i * seed % 1000:03d} 127.0.0.1:5434{seed % 9}  4242  FJ-{i % 7}"
        f"  INFO water.default: tick {i * 7919 * seed % 10007}\n"
        for i in range(count)
    ).encode()


LOGS = (_lines(3, 400), _lines(5, 60), _lines(7, 150))


def _zip(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _zst(data: bytes) -> bytes:
    options: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
    return zstd.compress(data, options=options)


def _download() -> bytes:
    node0 = _zip({"h2ologs_node0/info.log": LOGS[0], "h2ologs_node0/warn.log": LOGS[1]})
    node2 = _zip({"h2ologs_node2/info.log.gz": gzip.compress(LOGS[2], mtime=0)})
    return _zip({"d/node0.zip": node0, "d/node1.zip": b"Node not healthy", "d/node2.zip": node2})


WHOLE = {
    "logs.zip": (_download(), (*LOGS, b"Node not healthy")),
    "stored.zip": (_zip({"n.zip": _zip({"b.log": LOGS[1]}), "z.log": LOGS[0]}, 0), LOGS[:2]),
    "a.log.gz": (gzip.compress(LOGS[0], mtime=0), LOGS[:1]),
    "two.gz": (gzip.compress(LOGS[0], mtime=0) + gzip.compress(LOGS[1]), (LOGS[0] + LOGS[1],)),
    "logs.tar.gz": (gzip.compress(_tar({"a.log": LOGS[0], "b.log": LOGS[1]}), mtime=0), LOGS[:2]),
    "logs.tar.zst": (_zst(_tar({"a.log": LOGS[0], "n.zip": _zip({"b.log": LOGS[2]})})), LOGS[::2]),
    "a.log.bz2": (bz2.compress(LOGS[0]), LOGS[:1]),
    "a.log.xz": (lzma.compress(LOGS[0]), LOGS[:1]),
    "two.zst": (_zst(LOGS[0]) + _zst(LOGS[1]), (LOGS[0] + LOGS[1],)),
    "tar.zip": (_zip({"l.tar": _tar({"a.log": LOGS[0], "b.log": LOGS[1]})}), LOGS[:2]),
    "deep.zip.gz": (gzip.compress(_zip({"a.log": LOGS[2]}), mtime=0), LOGS[2:]),
}

# A tar has no checksum of its content: what is changed inside a file of a bare one nobody can tell.
BARE_TAR = _tar({f"{number}.log": log for number, log in enumerate(LOGS)})

Damage = Callable[[bytes], bytes]


def _cut(at: float) -> Damage:
    return lambda data: data[: int(at * len(data))]


def _flip(at: float, mask: int) -> Damage:
    def change(data: bytes) -> bytes:
        place = min(int(at * len(data)), len(data) - 1)
        return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]

    return change


def _drop(at: float, size: int) -> Damage:
    return lambda data: data[: int(at * len(data))] + data[int(at * len(data)) + size :]


def _insert(at: float, extra: bytes) -> Damage:
    return lambda data: data[: int(at * len(data))] + extra + data[int(at * len(data)) :]


_where = st.floats(0, 1, exclude_max=True)
_tail = st.floats(0.9, 1, exclude_max=True)  # Where the lists of contents are.
_place = st.one_of(_where, _tail)
damages = st.one_of(
    st.builds(_cut, _place),
    st.builds(_flip, _place, st.integers(1, 255)),
    st.builds(_drop, _place, st.integers(1, 300)),
    st.builds(_insert, _place, st.binary(min_size=1, max_size=40)),
)


def _read(bundle: Bundle) -> list[bytes]:
    found = []
    for member in bundle.members:
        with member.open() as stream:
            found.append(stream.read())
    return found


_names = st.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(damages, min_size=1, max_size=3))
def test_damage_never_raises_and_loss_is_named(name: str, changes: list[Damage]) -> None:
    data, logs = WHOLE[name]
    for change in changes:
        data = change(data) if data else data
    bundle = bundle_of_texts({name: data})
    found = _read(bundle)
    lost = [log for log in logs if log not in found]
    if lost and data:
        assert bundle.problems(), f"{len(lost)} logs lost without a word"
    if not data:
        assert bundle.listed == ((name, "empty file"),)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, len(BARE_TAR) - 1))
def test_cut_bare_tar_gives_what_was_before_the_cut(at: int) -> None:
    bundle = bundle_of_texts({"x.tar": BARE_TAR[:at]})
    found = _read(bundle)
    if any(log not in found for log in LOGS):
        assert bundle.problems()
    if found:
        assert found[:-1] == list(LOGS[: len(found) - 1])
        assert LOGS[len(found) - 1].startswith(found[-1])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(damages, max_size=2))
def test_same_bytes_same_bundle(name: str, changes: list[Damage]) -> None:
    data = WHOLE[name][0]
    for change in changes:
        data = change(data) if data else data
    one, two = bundle_of_texts({name: data}), bundle_of_texts({name: data})
    assert _read(one) == _read(two)
    assert one.problems() == two.problems()
    assert (one.duplicates, one.listed) == (two.duplicates, two.listed)
    assert [member.path for member in one.members] == [member.path for member in two.members]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(1, 50_000), min_size=1), st.data())
def test_chunked_reading_equals_whole_reading(
    name: str, sizes: list[int], data: st.DataObject
) -> None:
    packed = WHOLE[name][0]
    for change in data.draw(st.lists(damages, max_size=1)):
        packed = change(packed)
    bundle = bundle_of_texts({name: packed})
    for member, whole in zip(bundle.members, _read(bundle), strict=True):
        with member.open() as stream:
            parts = [stream.read(size) for size in sizes]
            parts.append(stream.read())
        assert b"".join(parts) == whole


_names = st.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_names, st.binary(min_size=1, max_size=30), max_size=8))
def test_no_name_is_lost_or_doubled(files: dict[str, bytes]) -> None:
    bundle = bundle_of_texts({"x.zip": _zip(files)})
    shown = [member.path for member in bundle.members]
    assert len(shown) == len(set(shown))
    assert all(path.isprintable() for path in shown)
    known = len(shown) + len(bundle.duplicates) + len(bundle.listed) - 1  # Less the archive itself.
    assert known >= len(files)
