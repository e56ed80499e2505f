"""Binary models and frames, POJOs, leaderboards as CSV: read from their first bytes, once."""

from __future__ import annotations

from h2o_forensics.model.training import Frame, Leaderboard, Model, Saved
from h2o_forensics.training.binary_header import read_binary
from h2o_forensics.training.leaderboard_csv import read_leaderboard_csv
from h2o_forensics.training.pojo import read_pojo

HEADS = frozenset({"model", "pojo", "leaderboard"})
"""Kinds that are not scanned for records."""


MAX_TABLE_BYTES = 4 * 2**20
"""A leaderboard has some hundred rows."""


def read_head(kind: str, head: bytes, codec: str | None = None) -> Saved:
    """What the first bytes of a file of one of these kinds tell; nothing, if they tell nothing.

    Args:
        kind: one of `HEADS`.
        head: the first bytes, at most `MAX_TABLE_BYTES`.
        codec: of a text that is not UTF-8.
    """
    if codec is not None:
        head = head.decode(codec, "replace").lstrip("\ufeff").encode()
    if kind == "leaderboard":
        board = read_leaderboard_csv(head)
        return Saved(leaderboards=(board,)) if isinstance(board, Leaderboard) else Saved()
    found = read_binary(head) if kind == "model" else read_pojo(head)
    if isinstance(found, Model):
        return Saved(models=(found,))
    return Saved(frames=(found,)) if isinstance(found, Frame) else Saved()
