"""Who belongs together when a bundle holds more than one cluster."""

from collections.abc import Callable
from typing import Any

import pytest

from h2o_forensics import pipeline
from h2o_forensics.model.evidence import EvidenceSet
from h2o_forensics.rulebook import load_rulebook

Line = Callable[..., str]
Read = Callable[..., EvidenceSet]
Start = Callable[..., str]


@pytest.fixture
def start(line: Line) -> Start:
    def make(node: str, members: str = "", **said: str) -> str:
        how = f"static configuration based on -flatfile {said.get('flatfile', 'flat.txt')}"
        if "address" in said:
            how = f"discovery address {said['address']}"
        name = said.get("name", "lab")
        texts = ["----- H2O started  -----", f"H2O cloud name: '{name}' on /{node}, {how}"]
        if members:
            listed = ", ".join(f"/{member}" for member in members.split())
            texts.append(f"Cloud of size {len(members.split())} formed [{listed}]")
        texts += [said["then"]] if "then" in said else []
        return "".join(
            line(f"06:00:{9 * at:02d}.000", text, node=node) for at, text in enumerate(texts)
        )

    return make


def peers(evidence: EvidenceSet, column: str = "peers") -> dict[str, Any]:
    return {row["node"]: row[column] for row in evidence.tables["nodes"].rows(named=True)}


def test_each_of_two_clusters_is_a_world_of_its_own(start: Start, read: Read) -> None:
    one, two = "a:1 a:2", "b:1 b:2 b:3"
    files = {f"{node}.log": start(node, group) for group in (one, two) for node in group.split()}
    assert peers(read(files)) == {"a:1": 1, "a:2": 1, "b:1": 2, "b:2": 2, "b:3": 2}


def test_a_cluster_and_one_that_never_met_in_another_folder(start: Start, read: Read) -> None:
    files = {f"x/{node}/a.log": start(node, "a:1 a:2") for node in ("a:1", "a:2")}
    files |= {f"y/{node}/a.log": start(node, node) for node in ("b:1", "b:2", "b:3")}
    assert peers(read(files)) == {"a:1": 1, "a:2": 1, "b:1": 2, "b:2": 2, "b:3": 2}


@pytest.mark.parametrize(
    ("said", "count"),
    (
        ({"flatfile": "b.txt"}, 1),
        ({"flatfile": "b.txt", "name": "other"}, 0),
        ({"name": "Lab"}, 1),
        ({"flatfile": "b.txt", "name": "other", "then": "Flatfile entry ignored: Node a:1 not "
          "active in this cloud. Removing it from the list."}, 1),
    ),
    ids=("one name", "another name", "one flatfile", "named in the flatfile"),
)  # fmt: skip
def test_nodes_that_never_met(start: Start, read: Read, said: dict[str, str], count: int) -> None:
    files = {"1/a.log": start("a:1", "a:1"), "2/a.log": start("a:2", "a:2", **said)}
    assert peers(read(files)) == {"a:1": count, "a:2": count}


def test_one_multicast_address_and_one_name(start: Start, read: Read) -> None:
    address = "/228.1.2.3:6"
    files = {f"{top}/{at}/a.log": start(f"{top}:{at}", address=address)
             for top in "xy" for at in "12"}  # fmt: skip
    assert set(peers(read(files)).values()) == {3}


def test_silences_are_heard_by_the_own_cloud(start: Start, line: Line, read: Read) -> None:
    def talk(node: str, end: int) -> str:
        return "".join(
            line(f"06:{at // 60:02d}:{at % 60:02d}.000", "tick", node=node)
            for at in range(5, end, 5)
        )

    clusters = (("a:1 a:2", 100), ("b:1 b:2", 600))
    files = {
        f"{node}.log": start(node, group) + talk(node, end)
        for group, end in clusters
        for node in group.split()
    }
    rows = read(files).tables["gaps"].rows(named=True)
    assert [(row["node"], row["peers"], row["peers_speaking"]) for row in rows] == [
        ("a:1", 1, 0), ("a:2", 1, 0)
    ]  # fmt: skip
    assert set(peers(read(files), "silent_at_end_ms").values()) == {0}


@pytest.mark.parametrize("name", ("lab", "lab(1", "x[1", "a.*", "c++", "{{", "a,b", "$^"))
def test_a_cloud_name_is_compared_letter_by_letter(start: Start, name: str) -> None:
    book = load_rulebook()
    lock = "Locking cloud to new members, because water.X"
    files = {
        f"{node}.log": start(node, node, name=name, flatfile=f"{node}.txt", then=lock)
        for node in ("a:1", "a:2")
    }
    evidence = pipeline.gather_texts(files, book)
    assert peers(evidence, "peer_same_name") == {"a:1": True, "a:2": True}
    assert peers(evidence, "peers_same_name") == {"a:1": 1, "a:2": 1}
    findings = pipeline.findings_of_texts(files, book)
    assert "cloud.wrong_size" in {finding.condition for finding in findings}


@pytest.mark.parametrize(
    ("other", "alike"),
    (("LAB 1", True), ("'lab-1'", True), ("lab_1", True), ("lab1", False), ("lab.1", False),
     ("lab12", False)),
)  # fmt: skip
def test_names_that_look_alike(start: Start, read: Read, other: str, *, alike: bool) -> None:
    files = {"1.log": start("a:1", "a:1", name="lab1"),
             "2.log": start("a:2", "a:2", name=other)}  # fmt: skip
    found = read(files)
    assert peers(found, "peer_name_alike") == {"a:1": alike, "a:2": alike}
    assert set(peers(found, "peer_same_name").values()) == {other == "lab1"}
