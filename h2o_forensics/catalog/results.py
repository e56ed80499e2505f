"""Result files: one `RunResult` as JSON, packed.  All tables can be made from these again."""

import re
import sys

import msgspec

from h2o_forensics.catalog.schema import NO_JSON
from h2o_forensics.catalog.store import Store
from h2o_forensics.errors import CatalogError
from h2o_forensics.model.catalog import RUN_SCHEMA, RunResult

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PACKING: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 6,
    zstd.CompressionParameter.checksum_flag: 1,
}
"""Level 6: a tenth of the JSON in a few ms, higher ones gain little; damage is noticed."""
MOST = 512 * 2**20
"""Bytes a result may have unpacked: a damaged or foreign file does not take all memory."""
_BLOCK = 2**20

_NAME = re.compile(r"results/[0-9a-z]{2}/([0-9a-z]+)-([0-9a-z]+)\.json\.zst")
_ID = re.compile(r"[0-9a-z]{2,64}")

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(RunResult)


def encode_result(result: RunResult) -> bytes:
    """Give the content of a result file; the same result gives the same bytes.

    Text that is no Unicode (lone surrogates out of file names) must not be in it.
    """
    return zstd.compress(_encoder.encode(result), options=_PACKING)


def decode_result(data: bytes, most: int = MOST) -> RunResult:
    """Read the content of a result file.

    Raises:
        CatalogError: damaged, larger than `most` bytes unpacked, or of a newer version.
    """
    try:
        result = _decoder.decode(_unpacked(data, most))
    except (zstd.ZstdError, EOFError, *NO_JSON) as fault:
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


def result_name(run: str, analysis: str) -> str:
    """Give the name of a result file.

    Raises:
        CatalogError: one is no hash.
    """
    if not (_ID.fullmatch(run) and _ID.fullmatch(analysis)):
        raise CatalogError(f"{run[:80]!r}, {analysis[:80]!r}: no ids of a run and an analysis")
    return f"results/{run[:2]}/{run}-{analysis}.json.zst"


def results_in(store: Store) -> set[tuple[str, str]]:
    """Give run and analysis of all result files."""
    found = map(_NAME.fullmatch, store.names("results"))
    return {(match[1], match[2]) for match in found if match is not None}


def read_result(store: Store, run: str, analysis: str) -> RunResult:
    """Read and decode a result.

    Raises:
        CatalogError: it is missing, damaged, or another run's.
    """
    name = result_name(run, analysis)
    shown = f"{store.shown}/{name}"
    data = store.read(name)
    if data is None:
        raise CatalogError(f"{shown}: is missing")
    try:
        result = decode_result(data)
    except CatalogError as fault:
        raise CatalogError(f"{shown}: {fault}") from fault
    if (result.run, result.analysis) != (run, analysis):
        raise CatalogError(f"{shown}: is another run's")
    return result
