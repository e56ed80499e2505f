"""Until training.cut_json is there."""

import msgspec


def decode(data: bytes) -> tuple[object, bool]:
    """Whole documents only."""
    try:
        return msgspec.json.decode(data.lstrip(b"\xef\xbb\xbf")), True
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
