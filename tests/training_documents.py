"""The documents of fixtures/models/documents, decoded."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec

from h2o_forensics.model.training import Saved
from h2o_forensics.training.documents import read_document

FOLDER = Path(__file__).parents[1] / "fixtures" / "models" / "documents"
NAMES = (
    "model", "test_metrics", "algos", "synopses", "frame", "frame_chunks", "grid", "automl",
    "leaderboard",
)  # fmt: skip


def data_of(name: str) -> bytes:
    return gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())


def load(name: str) -> Any:
    return msgspec.json.decode(data_of(name))


def read(document: object) -> Saved:
    found = read_document(document)
    assert found is not None
    return found[1]
