"""Layouts: what H2O's lines arrive wrapped in, and how they are taken out of it."""

from h2o_forensics.readers.layouts.part import HEAD_BYTES, OuterStamp, Part
from h2o_forensics.readers.layouts.parts import LAYOUTS, by_node, is_wrapped, unwrapped
from h2o_forensics.readers.layouts.streams import Peekable
from h2o_forensics.readers.layouts.text_stream import TextStream

__all__ = [
    "HEAD_BYTES",
    "LAYOUTS",
    "OuterStamp",
    "Part",
    "Peekable",
    "TextStream",
    "by_node",
    "is_wrapped",
    "unwrapped",
]
