"""The list of problems of one bundle, filled while walking and while its streams are read."""

from collections.abc import Iterable
from threading import Lock

from h2o_forensics.model.bundle import Problem

MOST_ALIKE = 20
"""More problems of one code in one place are shown as one: archives can hold ten thousands."""
_BY_NAME = frozenset({"node_not_healthy"})


class ProblemLog:
    """Each (artifact, code) once.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._said: dict[tuple[str, str], Problem] = {}

    def note(self, artifact: str, code: str, message: str) -> None:
        """Record a problem of an artifact; reading the artifact again does not count it again."""
        with self._lock:
            old = self._said.get((artifact, code))
            # Threads race to be first; the smallest text wins so that the report is the same.
            if old is None or message < old.message:
                self._said[artifact, code] = Problem(artifact, code, message)

    def tally(self, artifact: str, code: str, message: str) -> None:
        """Record one more of a kind that is counted; the first message stands as the example."""
        with self._lock:
            old = self._said.get((artifact, code))
            self._said[artifact, code] = (
                Problem(artifact, code, message)
                if old is None
                else Problem(artifact, code, old.message, old.count + 1)
            )

    def has(self, artifact: str, codes: tuple[str, ...]) -> bool:
        """Tell whether any of these codes was recorded for the artifact."""
        with self._lock:
            return any((artifact, code) in self._said for code in codes)

    def each(self) -> tuple[Problem, ...]:
        """Give everything recorded so far, sorted, none put together with others."""
        with self._lock:
            return tuple(self._said[key] for key in sorted(self._said))

    def take(self, problems: Iterable[Problem]) -> None:
        """Record what another process met in the same bundle.

        What is counted is met while a bundle is opened, and was met here, too.
        """
        for problem in problems:
            if problem.count == 1:
                self.note(problem.artifact, problem.code, problem.message)

    def all(self) -> tuple[Problem, ...]:
        """Give everything recorded so far, sorted by artifact and code.

        More than `MOST_ALIKE` of one code in one directory or outermost archive become one.
        """
        with self._lock:
            said = [self._said[key] for key in sorted(self._said)]
        groups: dict[tuple[str, str], list[Problem]] = {}
        for problem in said:
            groups.setdefault((_owner(problem), problem.code), []).append(problem)
        found = [
            problem
            for (owner, code), alike in groups.items()
            for problem in ([_joined(owner, code, alike)] if len(alike) > MOST_ALIKE else alike)
        ]
        return tuple(sorted(found, key=lambda problem: (problem.artifact, problem.code)))


def _owner(problem: Problem) -> str:
    """What a problem is counted under; a node that did not answer is told by its own name."""
    if problem.code in _BY_NAME:
        return problem.artifact
    archive, inside, _ = problem.artifact.partition("!")
    return archive if inside else problem.artifact.rpartition("/")[0] or "."


def _joined(owner: str, code: str, alike: list[Problem]) -> Problem:
    count = sum(problem.count for problem in alike)
    first = alike[0].message
    return Problem(
        owner, code, f"{first} The same of {count - alike[0].count} more in {owner}.", count
    )
