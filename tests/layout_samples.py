"""A directory of logs in the forms in which such logs arrive; for tests, and to try a corpus in.

Every function takes the directory and a place for the result, and returns what to analyze.  Files
that are no logs (JSON, archives, sources) are copied as they are.
"""

import codecs
import gzip
import io
import json
import re
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_NO_LOG = {".json", ".zip", ".py", ".jar", ".yaml", ".md", ".csv", ".bin", ".hex", ".xml", ".sh"}
_H2O = re.compile(rb"(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) ")
_DATED = re.compile(rb"\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)[.,](\d{3})")
_SPARK = re.compile(rb"(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d) ")
_START = datetime(2026, 11, 22, tzinfo=UTC)
Write = Callable[[list[bytes], str], bytes]
Form = Callable[[Path, Path], Path]


def is_log(path: Path) -> bool:
    """Whether it is text that a process wrote."""
    name = path.name.removesuffix(".gz")
    if Path(name).suffix in _NO_LOG or not path.stat().st_size:
        return False
    head = content(path)[:4096]
    return b"\0" not in head and head.lstrip()[:1] not in {b"{", b"#!"}


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked."""
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def lines_of(text: bytes) -> list[bytes]:
    """Lines without their ends, as an editor counts them."""
    lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines


def files_of(source: Path) -> Iterator[tuple[Path, Path]]:
    """Files and their paths in the directory, in a stable order."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            yield path, path.relative_to(source)


def _each(source: Path, place: Path, write: Write) -> Path:
    """Each log rewritten, everything else copied."""
    for path, relative in files_of(source):
        target = place / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_log(path):
            target = target.with_name(target.name.removesuffix(".gz"))
            target.write_bytes(write(lines_of(content(path)), relative.parts[0]))
        else:
            shutil.copyfile(path, target)
    return place


def stamps(lines: list[bytes], zone: str = "UTC") -> Iterator[datetime]:
    """When each line was written, as well as the lines tell: a little after the one before."""
    local, now = ZoneInfo(zone), _START
    for line in lines:
        own = _own_stamp(line, local)
        now = own or now
        yield now
        now += timedelta(microseconds=1)


def _own_stamp(line: bytes, local: ZoneInfo) -> datetime | None:
    for pattern, base in ((_H2O, 2026), (_DATED, 0), (_SPARK, 2000)):
        match = pattern.match(line)
        if match is None:
            continue
        numbers = [int(group) for group in match.groups()]
        if pattern is _H2O:
            numbers = [base, *numbers]
        elif pattern is _SPARK:
            numbers = [base + numbers[0], *numbers[1:], 0]
        year, month, day, hour, minute, second, millis = numbers
        try:
            moment = datetime(year, month, day, hour, minute, second, millis * 1000, tzinfo=local)
        except ValueError:
            return None
        return moment.astimezone(UTC)
    return None


def _nanos(moment: datetime) -> bytes:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()


def as_crlf(source: Path, place: Path) -> Path:
    """Windows line ends."""
    return _each(source, place, lambda lines, _: b"".join(line + b"\r\n" for line in lines))


def as_utf16(source: Path, place: Path) -> Path:
    """What PowerShell's `>` writes."""

    def write(lines: list[bytes], _: str) -> bytes:
        text = b"\r\n".join([*lines, b""]).decode("utf-8", "replace")
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")

    return _each(source, place, write)


def as_zip(source: Path, place: Path) -> Path:
    """All files in one zip."""
    place.mkdir(parents=True, exist_ok=True)
    target = place / "evidence.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, relative in files_of(source):
            archive.write(path, relative.as_posix())
    return target


def as_tar_zst(source: Path, place: Path) -> Path:
    """All files in a tar, compressed by zstandard."""
    from backports import zstd  # noqa: PLC0415 - not needed by the other forms

    place.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, relative in files_of(source):
            archive.add(path, relative.as_posix())
    target = place / "evidence.tar.zst"
    target.write_bytes(zstd.compress(packed.getvalue()))
    return target


def as_kubectl_timestamps(source: Path, place: Path, zone: str = "UTC") -> Path:
    """`kubectl logs --timestamps`."""

    def write(lines: list[bytes], _: str) -> bytes:
        timed = zip(stamps(lines, zone), lines, strict=True)
        return b"".join(_nanos(moment) + b" " + line + b"\n" for moment, line in timed)

    return _each(source, place, write)


def as_cri(source: Path, place: Path, zone: str = "UTC") -> Path:
    """What containerd and CRI-O keep: long lines in pieces."""

    def entry(moment: datetime, line: bytes) -> bytes:
        pieces = [line[at : at + 16384] for at in range(0, len(line), 16384)] or [b""]
        head = _nanos(moment) + b" stdout "
        return b"".join(
            head + (b"F " if number == len(pieces) else b"P ") + piece + b"\n"
            for number, piece in enumerate(pieces, 1)
        )

    def write(lines: list[bytes], _: str) -> bytes:
        return b"".join(map(entry, stamps(lines, zone), lines))

    return _each(source, place, write)


def as_docker_json(source: Path, place: Path, zone: str = "UTC") -> Path:
    """Docker's json-file driver: long lines in pieces."""

    def entry(moment: datetime, line: bytes) -> bytes:
        whole = line.decode("utf-8", "replace") + "\n"
        time = _nanos(moment).decode()
        return b"".join(
            json.dumps(
                {"log": whole[at : at + 16384], "stream": "stdout", "time": time},
                ensure_ascii=False,
                separators=(",", ":"),
            ).encode()
            + b"\n"
            for at in range(0, len(whole), 16384)
        )

    def write(lines: list[bytes], _: str) -> bytes:
        return b"".join(map(entry, stamps(lines, zone), lines))

    return _each(source, place, write)


def as_journal(source: Path, place: Path, zone: str = "UTC") -> Path:
    """`journalctl -u h2o`."""

    def write(lines: list[bytes], _: str) -> bytes:
        local = ZoneInfo(zone)
        timed = zip(stamps(lines, zone), lines, strict=True)
        return b"".join(
            moment.astimezone(local).strftime("%b %d %H:%M:%S host7 java[4711]: ").encode()
            + line + b"\n"
            for moment, line in timed
        )  # fmt: skip

    return _each(source, place, write)


def as_journal_json(source: Path, place: Path, zone: str = "UTC") -> Path:
    """`journalctl -u h2o -o json`."""

    def entry(moment: datetime, line: bytes) -> bytes:
        fields = {
            "__REALTIME_TIMESTAMP": str(int(moment.timestamp() * 1_000_000)),
            "_HOSTNAME": "host7",
            "SYSLOG_IDENTIFIER": "java",
            "_PID": "4711",
            "MESSAGE": line.decode("utf-8", "replace"),
        }
        return json.dumps(fields).encode() + b"\n"

    def write(lines: list[bytes], _: str) -> bytes:
        return b"".join(map(entry, stamps(lines, zone), lines))

    return _each(source, place, write)


def as_syslog(source: Path, place: Path, zone: str = "UTC") -> Path:
    """What rsyslog writes to a file: control characters are escaped."""

    def write(lines: list[bytes], _: str) -> bytes:
        local = ZoneInfo(zone)
        timed = zip(stamps(lines, zone), lines, strict=True)
        return b"".join(
            moment.astimezone(local).strftime("%b %d %H:%M:%S host7 h2o[4711]: ").encode()
            + line.replace(b"\t", b"#011") + b"\n"
            for moment, line in timed
        )  # fmt: skip

    return _each(source, place, write)


def as_rfc5424(source: Path, place: Path, zone: str = "UTC") -> Path:
    """Syslog as RFC 5424 has it, such as docker's syslog driver sends."""

    def write(lines: list[bytes], _: str) -> bytes:
        timed = zip(stamps(lines, zone), lines, strict=True)
        return b"".join(
            b"<30>1 " + moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
            + b" host7 h2o 4711 h2o - " + line + b"\n"
            for moment, line in timed
        )  # fmt: skip

    return _each(source, place, write)


def as_compose(source: Path, place: Path) -> Path:
    """`docker compose logs`: the standard outputs of all nodes, interleaved."""
    return _interleaved(source, place, "compose.log", "h2o-{}  | ")


def as_pods(source: Path, place: Path) -> Path:
    """`kubectl logs --prefix`: the standard outputs of all nodes, interleaved."""
    return _interleaved(source, place, "pods.log", "[pod/h2o-{}/h2o] ")


def _interleaved(source: Path, place: Path, name: str, prefix: str) -> Path:
    """All standard outputs in one file, each line with its writer; all else is copied."""
    written: list[tuple[datetime, int, bytes]] = []
    for number, (path, relative) in enumerate(files_of(source)):
        target = place / relative
        if is_log(path) and path.name.startswith("stdout"):
            lines = lines_of(content(path))
            head = prefix.format(number).encode()
            timed = zip(stamps(lines), lines, strict=True)
            written += [(moment, number, head + line) for moment, line in timed]
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    place.mkdir(parents=True, exist_ok=True)
    written.sort(key=lambda one: one[:2])
    if written:
        text = b"".join(line + b"\n" for _, _, line in written)
        (place / name).write_bytes(text)
    return place


def as_log_container(source: Path, place: Path) -> Path:
    """H2O's log download as one text, of everything that is a log."""
    place.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    for number, (path, relative) in enumerate(files_of(source)):
        if not is_log(path):
            target = place / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            continue
        name = f"h2ologs_20261122_120000/node_{relative.as_posix().removesuffix('.gz')}"
        if len(relative.parts) > 1:
            inside = "/".join(relative.parts[1:]).removesuffix(".gz")
            homes = sorted({one.relative_to(source).parts[0] for one, _ in files_of(source)})
            home = f"node{homes.index(relative.parts[0])}_{relative.parts[0]}"
            name = f"h2ologs_20261122_120000/{home}/{inside}"
        head = f"{name} (Sun Nov 22 12:00:{number % 60:02d} UTC 2026):"
        text.write(f"\n{head}\n{'=' * len(head)}\n".encode())
        text.write(content(path))
    (place / "h2ologs_20261122_120000.log").write_bytes(text.getvalue())
    return place


def as_yarn_bundle(source: Path, place: Path) -> Path:
    """`yarn logs -applicationId ...` of all nodes in one file; what is no log lies beside it."""
    place.mkdir(parents=True, exist_ok=True)
    containers: dict[str, list[tuple[str, bytes]]] = {}
    for path, relative in files_of(source):
        if is_log(path):
            inside = relative.parts[1:] if len(relative.parts) > 1 else relative.parts
            name = "/".join(inside).removesuffix(".gz").replace("/", "_")
            home = relative.parts[0] if len(relative.parts) > 1 else ""
            containers.setdefault(home, []).append((name, content(path)))
            continue
        target = place / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    text = io.BytesIO()
    for number, home in enumerate(sorted(containers), 1):
        name = f"container_e01_1795326009679_0001_01_{number:06d}"
        head = f"\n\nContainer: {name} on host{number}_45454\n"
        text.write(head.encode() + b"=" * (len(head) - 3) + b"\n")
        for kind, data in containers[home]:
            text.write(
                f"LogType:{kind}\nLog Upload Time:Sun Nov 22 12:00:00 +0000 2026\n"
                f"LogLength:{len(data)}\nLog Contents:\n".encode()
            )
            text.write(data)
            text.write(f"End of LogType:{kind}\n\n".encode())
    (place / "application_1795326009679_0001.log").write_bytes(text.getvalue())
    return place


FORMS: dict[str, Callable[..., Path]] = {
    "crlf": as_crlf,
    "utf16": as_utf16,
    "zip": as_zip,
    "tar_zst": as_tar_zst,
    "yarn": as_yarn_bundle,
    "kubectl": as_kubectl_timestamps,
    "cri": as_cri,
    "docker_json": as_docker_json,
    "journal": as_journal,
    "journal_json": as_journal_json,
    "syslog": as_syslog,
    "rfc5424": as_rfc5424,
    "pods": as_pods,
    "compose": as_compose,
    "log_container": as_log_container,
}
ZONED = frozenset({"kubectl", "cri", "docker_json", "journal", "journal_json", "syslog", "rfc5424"})
"""Forms that state a time of their own."""
