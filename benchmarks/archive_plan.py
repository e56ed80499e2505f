"""Who ran what, where and when in a made archive, and what is planted in it.

A year of eight clusters.  Most runs are well; of the others, five facts are true by construction
and must come out of the fleet report: a cause that began with a version of H2O, one that began on
a day, a host on which nodes die, a user whose grids fail, and an exception that is the same in
many runs.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from benchmarks.archive_mover import Case, Identity, Release, load_case

BEGIN = datetime(2025, 11, 20, tzinfo=UTC)
DAYS = 365
CLUSTERS = ("risk", "churn", "adverts", "pricing", "frauds", "claims", "orders", "science")
HOSTS = 6
"""Per cluster."""
USERS = tuple(f"analyst{number:02d}" for number in range(1, 13))
RELEASES = (
    Release("3.44.0.3", datetime(2023, 12, 20, tzinfo=UTC)),
    Release("3.46.0.1", datetime(2024, 3, 13, tzinfo=UTC)),
    Release("3.46.0.6", datetime(2024, 10, 29, tzinfo=UTC)),
    Release("3.46.0.7", datetime(2025, 3, 27, tzinfo=UTC)),
)
"""All more than 100 days old when they are used: every log says so."""
JAVAS = ("17.0.11", "17.0.13", "17.0.15")
FRAMES = ("train", "orders", "clicks", "policies")
MODELS = ("weekly", "nightly", "final", "trial")
REGRESSION, REGRESSION_FROM = "distributed_exception", 3
"""The case that begins with a release."""
UPGRADES = (90, 270)
"""Days between which a cluster comes to the newest release."""
LATE, LATE_DAY = "port_conflict", 220
"""The case that begins on a day."""
BAD_CLUSTER, BAD_HOST = 2, 3
MACHINE = ("node_killed", "node_frozen", "disk_full")
"""What a bad machine does."""
GRID_USER, GRIDS = 4, "grid_failures"
WEIGHTS = {
    "healthy_alarming_words": 15, "healthy_cluster": 15, "healthy_orderly_shutdown": 15,
    "node_killed": 7, "node_frozen": 3, "oom_import": 8, "small_heap_in_cloud": 6,
    "disk_full": 5, "grid_failures": 6, "locked_join": 5, "port_conflict": 5,
    "version_mismatch": 4, "distributed_exception": 12,
}  # fmt: skip


class Plan(NamedTuple):
    """A run that shall be made."""

    number: int
    case: Case
    identity: Identity
    began: datetime
    """When the harm began; of a healthy run its end."""

    def node(self, index: int) -> str:
        """Address and port of a node."""
        return f"{self.identity.addresses[index]}:{self.identity.port}"

    @property
    def at(self) -> datetime | None:
        """When the harm began."""
        return None if self.case.at is None else self.moved(self.case.at)

    @property
    def host(self) -> str:
        """The cause's machine, else the first one."""
        return self.identity.hosts[self.case.blamed[0] if self.case.blamed else 0]

    @property
    def version(self) -> str:
        """H2O's on the cause's node, else on all."""
        index = self.case.blamed[0] if self.case.blamed else 0
        odd = self.case.versions.get(index, self.case.version) != self.case.version
        return (self.identity.older if odd else self.identity.release).version

    def moved(self, moment: datetime) -> datetime:
        """When something of the case happened in this run."""
        return moment + timedelta(seconds=self.identity.move_s)


def host_name(cluster: int, host: int) -> str:
    """Name of a machine."""
    return f"{CLUSTERS[cluster]}-{host + 1:02d}"


def plans(runs: int, seed: int) -> Iterator[Plan]:
    """Draw the runs, in no order of time."""
    rng = random.Random(f"archive {seed}")  # noqa: S311 - repeatable is what is wanted
    upgrades = [rng.randint(*UPGRADES) for _ in CLUSTERS]
    for number in range(runs):
        yield _plan(number, rng, upgrades, seed)


def _plan(number: int, rng: random.Random, upgrades: Sequence[int], seed: int) -> Plan:
    day, second = rng.randrange(DAYS), rng.randrange(86_400)
    cluster, user = rng.randrange(len(CLUSTERS)), rng.randrange(len(USERS))
    newest = len(RELEASES) - 1
    release = newest if day >= upgrades[cluster] else 1 + cluster % (newest - 1)
    case = load_case(_slug(rng, day, cluster, user, release))
    hosts = _hosts(rng, case, cluster)
    began = BEGIN + timedelta(days=day, seconds=second)
    first = case.at or case.last  # near the begin, as it were: the run is on that day
    identity = Identity(
        seed=f"{seed} {number}",
        move_s=round((began - first).total_seconds()),
        addresses=tuple(f"10.42.{cluster}.{20 + host}" for host in hosts),
        hosts=tuple(host_name(cluster, host) for host in hosts),
        port=54321 + 10 * rng.randrange(40),
        cluster=CLUSTERS[cluster],
        user=USERS[user],
        release=RELEASES[release],
        older=RELEASES[release - 1],
        java=JAVAS[(cluster + day // 150) % len(JAVAS)],
        frame=rng.choice(FRAMES),
        model=rng.choice(MODELS),
    )
    return Plan(number, case, identity, began)


def _slug(rng: random.Random, day: int, cluster: int, user: int, release: int) -> str:
    weights = dict(WEIGHTS)
    if release < REGRESSION_FROM:
        weights[REGRESSION] = 0
    if day < LATE_DAY:
        weights[LATE] = 0
    if cluster == BAD_CLUSTER:
        weights |= {slug: weights[slug] * 3 for slug in MACHINE}
    if user == GRID_USER:
        weights[GRIDS] *= 8
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _hosts(rng: random.Random, case: Case, cluster: int) -> tuple[int, ...]:
    """Choose a machine for each node; on a bad one, most often the one that dies."""
    hosts = rng.sample(range(HOSTS), len(case.nodes))
    if cluster == BAD_CLUSTER and case.slug in MACHINE and rng.random() < 0.9:
        blamed = case.blamed[0]
        if BAD_HOST in hosts:
            other = hosts.index(BAD_HOST)
            hosts[other] = hosts[blamed]
        hosts[blamed] = BAD_HOST
    return tuple(hosts)
