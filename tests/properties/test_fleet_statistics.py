"""Fleets without any effect raise few alarms, also where runs hang together; effects are seen.

With FLEETS=1000 in the environment and `-s`, this makes the figures of docs/fleet.md.
"""

import math
import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from h2o_forensics.model.fleet import Fleet
from tests.fleet_samples import CLUSTERS, DAY, GB, H2O, JAVA, START, Row, fleet, of, run

FLEETS = int(os.environ.get("FLEETS", "30"))
NOMINAL = 0.05
BEYOND = 1e-4
"""A run this unlikely at the nominal rate is a fault, not bad luck."""


def most(tried: int) -> int:
    """The most alarms of so many that the nominal rate explains."""
    tail, fired = 1.0, -1
    while tail > BEYOND:
        fired += 1
        tail -= math.comb(tried, fired) * NOMINAL**fired * (1 - NOMINAL) ** (tried - fired)
    return fired


def runs(draw: random.Random, count: int, *, bursts: bool = False) -> list[Row]:
    """Healthy and ill runs, without any effect; in bursts an ill one is tried again at once."""
    days, rate = draw.choice((5, 30, 120, 365)), draw.choice((0.02, 0.1, 0.35, 0.7))
    kinds = draw.choice((1, 5, 20))
    rows: list[Row] = []
    while len(rows) < count:
        ill = f"c{int(kinds * draw.random() ** 2)}" if draw.random() < rate else None
        day, cluster = draw.uniform(0, days), draw.choice(CLUSTERS)
        for again in range(1 + (draw.randrange(5) if bursts and ill else 0)):
            told = {"day": day + again / 100, "cloud_name": cluster, "nodes": 3}
            rows.append(run(len(rows), "incident" if ill else "healthy", ill, **told))
    _versions(draw, rows[:count], days, drift=draw.random() < 0.5)
    return rows[:count]


def _versions(draw: random.Random, rows: list[Row], days: float, *, drift: bool) -> None:
    """At random, or newer and newer with time, as fleets are upgraded."""
    for row in rows:
        age = (row["last"] - START) / DAY / days if drift else draw.random()
        row["h2o_version"] = H2O[min(3, max(0, int(age * 4 + draw.gauss(0, 0.3))))]
        row["java_version"] = JAVA[min(3, max(0, int(age * 3 + draw.gauss(0, 0.5))))]


def on_nodes(
    draw: random.Random, rows: list[Row], bad: str = "", *, alike: bool = False
) -> list[Row]:
    """Three machines a run; the cause is on one of them, mostly on the bad one.

    Alike: a job that is tried again meets the same node again.
    """
    nodes: list[Row] = []
    last: tuple[int, Any] = (0, None)
    for row in rows:
        hosts = [f"{row['cloud_name']}-{number}" for number in range(3)]
        block = (row["condition"], row["cloud_name"], row["last"] // DAY)
        where = last[0] if alike and block == last[1] else draw.randrange(3)
        last = (where, block)
        if row["condition"]:
            guilty = bad in hosts and draw.random() < 0.8
            row["cause_node"] = f"10.0.0.{hosts.index(bad) if guilty else where}:54321"
        nodes += [of(row, node=f"10.0.0.{n}:54321", host=host) for n, host in enumerate(hosts)]
    return nodes


def jvms(draw: random.Random, rows: list[Row], rise: float = 0.0, alike: float = 0.0) -> list[Row]:
    """Live heap around 40 %, after the one before it by `alike`, and so much higher each day."""
    found, state = [], dict.fromkeys(CLUSTERS, 0.0)
    for row in sorted(rows, key=lambda one: one["last"]):
        cluster = row["cloud_name"]
        state[cluster] = alike * state[cluster] + draw.gauss(0, 0.04)
        live = 0.4 + state[cluster] + rise * (row["last"] - START) / DAY
        sizes = {"heap_max_bytes": 8 * GB, "after_full_bytes": int(live * 8 * GB)}
        found.append(of(row, uptime_ms=1e6, pause_share=draw.uniform(0, 0.1), **sizes))
    return found


def alarms(make: Callable[[random.Random, int], Fleet], told: Callable[[Fleet], Any]) -> int:
    """Of fleets of 20 to 600 runs, those of which something is told."""
    fired = 0
    for seed in range(FLEETS):
        draw = random.Random(seed * 7919 + 1)  # noqa: S311 - repeatable
        fired += bool(told(make(draw, (20, 60, 200, 600)[seed % 4])))
    print(f"{fired} of {FLEETS}")  # noqa: T201 - the figure for the docs
    return fired


@pytest.mark.parametrize("bursts", (False, True))
def test_no_regression_without_an_effect(bursts: bool) -> None:  # noqa: FBT001
    def make(draw: random.Random, count: int) -> Fleet:
        return fleet(runs(draw, count, bursts=bursts))

    assert alarms(make, lambda made: made.regressions) <= most(FLEETS)


@pytest.mark.parametrize("bursts", (False, True))
def test_no_node_is_accused_by_chance(bursts: bool) -> None:  # noqa: FBT001
    def make(draw: random.Random, count: int) -> Fleet:
        rows = runs(draw, count, bursts=bursts)
        return fleet(rows, nodes=on_nodes(draw, rows, alike=bursts))

    def accused(made: Fleet) -> bool:
        return any(one.q is not None and one.q < NOMINAL for one in made.worst_nodes)

    assert alarms(make, accused) <= most(FLEETS)


def with_users(draw: random.Random, rows: list[Row], *, bursts: bool) -> list[Row]:
    """Eight users, none worse than others; what is tried again is of the same one."""
    last: tuple[Any, str] = (None, "")
    for row in rows:
        block = (row["condition"], row["cloud_name"], row["last"] // DAY)
        user = f"user{draw.randrange(8)}"
        row["user_name"] = last[1] if bursts and row["condition"] and block == last[0] else user
        last = (block, row["user_name"])
    return rows


@pytest.mark.parametrize("bursts", (False, True))
def test_nothing_sits_anywhere_by_chance(bursts: bool) -> None:  # noqa: FBT001
    def make(draw: random.Random, count: int) -> Fleet:
        rows = with_users(draw, runs(draw, count, bursts=bursts), bursts=bursts)
        return fleet(rows, nodes=on_nodes(draw, rows, alike=bursts))

    assert alarms(make, lambda made: made.concentrations) <= most(FLEETS)


def test_what_sits_on_a_user_is_found() -> None:
    found = 0
    for seed in range(FLEETS):
        draw = random.Random(seed)  # noqa: S311 - repeatable
        rows = with_users(draw, runs(draw, 300), bursts=False)
        for row in rows:
            if row["user_name"] == "user3" and draw.random() < 0.3:
                row |= {"verdict": "incident", "condition": "grid.bad", "severity": "high"}
        told = fleet(rows).concentrations
        found += any((one.condition, one.value) == ("grid.bad", "user3") for one in told)
    print(f"{found} of {FLEETS}")  # noqa: T201 - the figure for the docs
    assert found >= 0.8 * FLEETS


@pytest.mark.parametrize("alike", (0.0, 0.5))
def test_no_trend_of_noise(alike: float) -> None:
    def make(draw: random.Random, count: int) -> Fleet:
        rows = runs(draw, count)
        return fleet(rows, jvms=jvms(draw, rows, alike=alike))

    def moves(made: Fleet) -> bool:
        return any(one.q is not None and one.q < NOMINAL for one in made.series)

    assert alarms(make, moves) <= most(FLEETS)


def with_version(draw: random.Random, count: int, rate: float) -> list[Row]:
    """Runs of which, from 3.46.0.10 on, some run out of memory."""
    rows = []
    for number in range(count):
        version = draw.choice(H2O)
        ill = version in H2O[2:] and draw.random() < rate
        told = {"cloud_name": draw.choice(CLUSTERS), "day": draw.uniform(0, 60)}
        rows.append(
            run(number, "incident" if ill else "healthy", "oom.train" if ill else None, **told)
            | {"h2o_version": version}
        )
    return rows


@pytest.mark.parametrize(("count", "rate", "least"), ((60, 0.4, 0.8), (200, 0.15, 0.8)))
def test_a_version_is_found(count: int, rate: float, least: float) -> None:
    found = 0
    for seed in range(FLEETS):
        draw = random.Random(seed)  # noqa: S311 - repeatable
        told = fleet(with_version(draw, count, rate)).regressions
        found += any((r.dimension, r.value) == ("h2o_version", "3.46.0.10") for r in told)
    print(f"{found} of {FLEETS}")  # noqa: T201 - the figure for the docs
    assert found >= least * FLEETS
