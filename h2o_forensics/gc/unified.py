"""Unified logging (JDK 9 and later)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from h2o_forensics.gc.digest import RunDigest


class UnifiedParser:
    """Stub."""

    engaged = False

    def __init__(self, *, own_file: bool = True) -> None:
        self._own_file = own_file

    def gate(self, data: bytes, size: int) -> bool:
        """No."""
        return False

    def read(self, data: bytes, size: int, first_line: int) -> None:
        """Read."""

    def close(self) -> list[RunDigest]:
        """None."""
        return []
