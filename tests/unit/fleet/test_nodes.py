"""Machines that things go wrong on."""

import pytest

from tests.fleet_samples import Row, fleet, ill, of, run


def three(rows: list[Row], host: str | None = "lab-{}") -> list[Row]:
    return [
        of(row, node=f"10.0.0.{n}:54321", host=host.format(n) if host else None)
        for row in rows
        for n in range(3)
    ]


def test_a_bad_host() -> None:
    rows = [
        ill(n, cause_node=f"10.0.0.{2 if n % 10 else 0}:54321", cloud_name="lab", nodes=3)
        for n in range(20)
    ]
    [worst] = fleet(rows, nodes=three(rows)).worst_nodes  # the others have less than a third
    assert (worst.name, worst.host, len(worst.runs), len(worst.cause_runs)) == (
        "lab-2",
        True,
        20,
        18,
    )
    assert worst.share == 0.9
    assert worst.expected_share == pytest.approx(1 / 3)
    assert worst.q is not None
    assert worst.q < 1e-4
    assert worst.causes == (("oom.train", 18),)


def test_without_host_names_the_address_counts() -> None:
    rows = [ill(n, cause_node="10.0.0.1:54321", nodes=3) for n in range(5)]
    [worst] = fleet(rows, nodes=three(rows, host=None)).worst_nodes
    assert (worst.name, worst.host) == ("10.0.0.1", False)


def test_loopback_is_no_machine() -> None:
    rows = [ill(n, cause_node="127.0.0.1:54321") for n in range(5)]
    nodes = [of(row, node="127.0.0.1:54321", host=None) for row in rows]
    assert fleet(rows, nodes=nodes).worst_nodes == ()


def test_nobody_is_accused_below_three_runs() -> None:
    rows = [ill(n, cause_node="10.0.0.1:54321", nodes=3) for n in range(2)]
    [worst] = fleet(rows, nodes=three(rows)).worst_nodes
    assert worst.q is None


def test_a_fleet_of_single_nodes_is_held_to_its_own_rate() -> None:
    rows, nodes = [], []
    for n in range(60):
        bad = n % 4 == 0
        made = ill if bad and n % 3 else run
        host = "h-bad" if bad else f"h-{n % 4}"
        row = made(n, cause_node="127.0.0.1:54321" if made is ill else None)
        rows.append(row)
        nodes.append(of(row, node="127.0.0.1:54321", host=host))
    [worst] = fleet(rows, nodes=nodes).worst_nodes
    assert worst.name == "h-bad"
    assert worst.expected_share == pytest.approx(10 / 60)
    assert worst.q is not None
    assert worst.q < 0.01


def test_a_host_that_failed_on_one_day_only() -> None:
    rows = [ill(n, cause_node="10.0.0.1:54321", cloud_name="lab", nodes=3, day=4) for n in range(9)]
    rows += [run(100 + n, cloud_name="lab", nodes=3) for n in range(40)]
    worst = fleet(rows, nodes=three(rows)).worst_nodes[0]
    assert worst.q is None


def test_the_only_machine_is_not_the_worst() -> None:
    rows = [ill(n, cause_node="10.0.0.1:54321") for n in range(9)] + [run(20)]
    nodes = [of(row, node="10.0.0.1:54321", host="vm") for row in rows]
    assert fleet(rows, nodes=nodes).worst_nodes == ()
