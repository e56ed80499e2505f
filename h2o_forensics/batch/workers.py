"""Who works on tasks: processes here (`pool`), or a Dask cluster (`dask_pool`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from h2o_forensics.model.catalog import RunOutcome, RunTask


class Workers(Protocol):
    """Takes tasks, and answers each exactly once, in any order."""

    workers: int
    """How many tasks are done at a time."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *exception: object) -> None:
        """End all that still goes on."""
        ...

    def submit(self, task: RunTask) -> None:
        """Take a task; never waits."""
        ...

    def outcomes(self) -> Iterator[RunOutcome | None]:
        """Give what comes, until all that was submitted is answered; None: nothing came yet."""
        ...
