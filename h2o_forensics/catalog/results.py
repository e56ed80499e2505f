"""The result file: one `RunResult` as JSON, packed.  All tables can be made from these again."""

import sys

import msgspec

from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import RUN_SCHEMA, RunResult

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["LEVEL", "MOST", "decode_result", "encode_result", "zstd"]

LEVEL = 6
"""Of zstd: a tenth of the JSON in a few ms; higher ones gain little."""
MOST = 512 * 2**20
"""Bytes a result may have unpacked: a damaged or foreign file does not take all memory."""
_BLOCK = 2**20

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(RunResult)


def encode_result(result: RunResult) -> bytes:
    """Give the content of a result file; the same result gives the same bytes.

    Text that is no Unicode (lone surrogates out of file names) must not be in it.
    """
    return zstd.compress(_encoder.encode(result), LEVEL)


def decode_result(data: bytes, most: int = MOST) -> RunResult:
    """Read the content of a result file.

    Raises:
        CatalogError: damaged, larger than `most` bytes unpacked, or of a newer version.
    """
    try:
        result = _decoder.decode(_unpacked(data, most))
    except (zstd.ZstdError, EOFError, msgspec.DecodeError) as fault:
        raise CatalogError("damaged: this is no result of an analysis") from fault
    if result.schema != RUN_SCHEMA:
        raise CatalogError(f"its schema is {result.schema[:60]}, this version reads {RUN_SCHEMA}")
    return result


def _unpacked(data: bytes, most: int) -> bytes:
    unpacker, blocks, total = zstd.ZstdDecompressor(), [], 0
    feed = data
    while not unpacker.eof:
        block = unpacker.decompress(feed, max_length=_BLOCK)
        feed = b""
        if not block and unpacker.needs_input:
            raise EOFError
        blocks.append(block)
        total += len(block)
        if total > most:
            raise CatalogError(f"larger than {most // 2**20} MB unpacked: not read")
    if unpacker.unused_data:
        raise EOFError
    return b"".join(blocks)
