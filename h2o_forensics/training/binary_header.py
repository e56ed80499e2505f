"""The head of what H2O saves in its own binary form: a model, or a frame.

Two magic bytes, the version that wrote it, the names of its classes, then one object: the number
of its class in those names, its key (water.AutoBuffer).  Only a reader of the same version can read
on, so nothing but these few facts is taken; no object is ever built from the bytes.
"""

from __future__ import annotations

import re

from h2o_forensics.model.training import Frame, Model

HEAD_BYTES = 256 * 1024
"""The names take some 8 KB."""
MAGIC = b"\x1c\xed"
_NAMES = 20_000
_NAME_BYTES = 1_000
_VERSION = re.compile(r"\d{1,4}(\.\d{1,9}){1,4}[\w.+-]{0,60}", re.ASCII)
_MODEL = re.compile(r"(?:hex|ai\.h2o)\.[\w.$]{1,200}?(\w{1,80})Model", re.ASCII)
_FRAME = "water.fvec.persist.FramePersist$FrameMeta"
_FAR, _NEAR = 254, 255
"""First bytes of numbers of four and of two bytes; less: the number and one."""


class _EndError(ValueError):
    """The bytes end, or are none of H2O's."""


class _Bytes:
    """AutoBuffer's primitives, in the byte order of the machines that H2O runs on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._data):
            raise _EndError
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def integer(self) -> int:
        first = self.take(1)[0]
        if first in {_FAR, _NEAR}:
            return int.from_bytes(self.take(4 if first == _FAR else 2), "little", signed=True)
        return first - 1

    def text(self) -> str | None:
        """A text; -1 bytes long: none."""
        size = self.integer()
        if size > _NAME_BYTES:
            raise _EndError
        return self.take(size).decode("utf-8", "replace") if size >= 0 else None

    def texts(self) -> list[str | None]:
        """Texts, with how many are none before and after them."""
        before = self.integer()
        if before < 0:
            return []
        count = self.integer()
        after = self.integer() if count > 0 else 0
        if not 0 <= before + count + after <= _NAMES or min(before, count, after) < 0:
            raise _EndError
        return [None] * before + [self.text() for _ in range(count)] + [None] * after


def read_binary(head: bytes) -> Model | Frame | None:
    """The model or frame that a binary file holds, as far as its head tells.

    Args:
        head: the file's first bytes; 256 KB are enough.

    Returns:
        A model with algorithm, version and id, or a frame with id and columns' count; None where
        it is neither.
    """
    if not head.startswith(MAGIC):
        return None
    data = _Bytes(head[len(MAGIC) : HEAD_BYTES])
    try:
        version, classes = data.text(), data.texts()
        number = data.integer()
    except _EndError:
        return None
    if version is None or not _VERSION.fullmatch(version) or not 0 <= number < len(classes):
        return None
    name = classes[number] or ""
    model = _MODEL.fullmatch(name)
    if model is None and name != _FRAME:
        return None
    key = _key(data, classes)
    if model is None:
        columns = _count(data) if key else None
        return Frame(id=key, rows=None, bytes=None, checksum=None, column_count=columns)
    return _model(key, model[1].lower(), version)


def _key(data: _Bytes, classes: list[str | None]) -> str:
    """The object's name; empty where it has none that a user would know."""
    try:
        number = data.integer()
        if not 0 <= number < len(classes) or classes[number] != "water.Key":
            return ""
        key = data.text() or ""
    except _EndError:
        return ""
    return key if key.isprintable() else ""


def _count(data: _Bytes) -> int | None:
    """The columns' names follow a frame's key."""
    try:
        return len(data.texts()) or None
    except _EndError:
        return None


def _model(key: str, algo: str, version: str) -> Model:
    return Model(
        id=key, algo=algo, algo_name=None, category=None, h2o_version=version, response=None,
        columns=(), column_types={}, cardinality={}, params={}, given={}, checksum=None,
        metrics=(), kind="binary",
    )  # fmt: skip
