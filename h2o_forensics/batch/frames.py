"""What a worker process and its parent say to each other: messages behind their length."""

from __future__ import annotations

import json
import struct
from typing import IO

import msgspec
from msgspec import Struct

from h2o_forensics.model.catalog import RunOutcome, RunTask

_HEADER = struct.Struct(">4scQ")
_MARK = b"h2of"
_PACKED, _PLAIN = b"m", b"j"
MOST_BYTES = 2**31
"""Of one message."""


class Job(Struct, frozen=True, tag="job"):
    """To the worker: do this."""

    task: RunTask
    limit_s: float | None
    """Seconds after which the process ends itself, telling where it was; None: never."""


class Ready(Struct, frozen=True, tag="ready"):
    """From the worker: its program is loaded."""


class Noted(Struct, frozen=True, tag="noted"):
    """From the worker, at work: the content is known; from here on the run's time counts."""

    run: str


class Answer(Struct, frozen=True, tag="answer"):
    """From the worker: done."""

    outcome: RunOutcome


Message = Job | Ready | Noted | Answer
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


class BadFrameError(ValueError):
    """What came is no message."""


def write_message(sink: IO[bytes], message: Message) -> None:
    """Write a message and flush it.

    Raises:
        OSError: nobody listens.
        TypeError, ValueError, OverflowError: it holds what cannot be written; nothing was.
    """
    try:
        form, data = _PACKED, msgspec.msgpack.encode(message)
    except UnicodeEncodeError:  # a file's name that is no UTF-8 has lone surrogates
        form, data = _PLAIN, json.dumps(msgspec.to_builtins(message)).encode("ascii")
    sink.write(_HEADER.pack(_MARK, form, len(data)) + data)
    sink.flush()


def read_message(source: IO[bytes]) -> Message | None:
    """The next message; None: the other side is gone, maybe in the middle of one.

    Raises:
        BadFrameError: something else was written.
    """
    head = source.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return None
    mark, form, size = _HEADER.unpack(head)
    if mark != _MARK or form not in {_PACKED, _PLAIN} or size > MOST_BYTES:
        raise BadFrameError(f"no message begins with {head!r}")
    data = source.read(size)
    if len(data) < size:
        return None
    try:
        message: Message
        if form == _PACKED:
            message = _DECODER.decode(data)
        else:
            message = msgspec.convert(json.loads(data), type=Message)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadFrameError(f"no message: {error}") from error
    return message
