"""The list of problems of one bundle, filled while walking and while its streams are read."""

from threading import Lock

from h2o_forensics.model.bundle import Problem


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

    def all(self) -> tuple[Problem, ...]:
        """Give everything recorded so far, sorted by artifact and code."""
        with self._lock:
            return tuple(self._said[key] for key in sorted(self._said))
