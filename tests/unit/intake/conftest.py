"""Archives built in memory, as H2O and others write them."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterable

import pytest

Zip = Callable[[Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]], bytes]


@pytest.fixture
def make_zip() -> Zip:
    """Pack (name, content) pairs, in the given order, doubles included."""

    def pack(entries: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Duplicate names are wanted here.
            for name, content in entries:
                archive.writestr(name, content, compress_type=zipfile.ZIP_DEFLATED)
        return out.getvalue()

    return pack


@pytest.fixture
def log_text() -> str:
    """Lines as H2O writes them, no two alike."""
    return "".join(
        f"11-22 05:54:{i // 60 % 60:02d}.{i % 1000:03d} 127.0.0.1:54341       4242  FJ-1-{i % 9}  "
        f"INFO water.default: tick {i * 7919 % 10007}\n"
        for i in range(4000)
    )
