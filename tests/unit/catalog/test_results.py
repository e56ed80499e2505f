"""Result files: whole or refused."""

import msgspec
import pytest

from h2o_forensics.catalog import results
from h2o_forensics.catalog.results import decode_result, encode_result
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import RUN_SCHEMA, RunResult, Touched


def result(report: bytes = b'{"verdict":"clean"}', schema: str = RUN_SCHEMA) -> RunResult:
    return RunResult(
        schema=schema,
        run="0" * 20,
        analysis="1" * 16,
        status="analyzed",
        problem=None,
        name="a.zip",
        location="/in/a.zip",
        archive="/in",
        kind="archive",
        files=1,
        bytes=2,
        newest_ms=None,
        tool_version="1",
        rulebook_sha256="",
        touched=Touched(tables={"b": 1, "a": 2}),
        report=msgspec.Raw(report),
    )


def test_there_and_back() -> None:
    data = encode_result(result())
    back = decode_result(data)
    assert bytes(back.report) == b'{"verdict":"clean"}'
    assert encode_result(back) == data


def test_damage_at_every_byte_is_named_or_harmless() -> None:
    data = encode_result(result())
    for at in range(len(data)):
        with pytest.raises(CatalogError, match="damaged"):
            decode_result(data[:at])
    with pytest.raises(CatalogError, match="damaged"):
        decode_result(data + b"x")
    with pytest.raises(CatalogError, match="damaged"):
        decode_result(vars(results)["zstd"].compress(b'{"schema":1}'))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = encode_result(result(b'"' + b" " * 5_000_000 + b'"'))
    assert len(bomb) < 5000
    with pytest.raises(CatalogError, match="larger than 2 MB"):
        decode_result(bomb, most=2 * 2**20)


def test_another_version_is_named() -> None:
    with pytest.raises(CatalogError, match="run/9"):
        decode_result(encode_result(result(schema="h2o-forensics/run/9")))
