"""A changed meaning shows, a changed word does not, an id does not go away."""

from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.rulebook import check_lock, load_rulebook, write_lock
from h2o_forensics.rulebook.lock import LOCK


def lock(folder: Path) -> list[str]:
    book = load_rulebook(folder, built_in=False)
    return write_lock(book, book.packs[0])[1]


def stale(folder: Path) -> list[str] | None:
    book = load_rulebook(folder, built_in=False)
    return check_lock(book, book.packs[0])


def test_the_shipped_lock_is_fresh() -> None:
    book = load_rulebook(plugins=False)
    assert check_lock(book, book.packs[0]) == [], "run: h2o-forensics rules lock"


def test_a_pack_without_a_lock_is_left_alone(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    assert stale(pack.folder) is None
    assert lock(pack.folder) == []
    assert stale(pack.folder) == []


@pytest.mark.parametrize(
    ("old", "new", "change"),
    (
        ("count: 3", "count: 4", "when changed"),
        ("Continuing after", "Continued after", "signals changed"),
        ("2 * free_bytes", "3 * free_bytes", "facts changed"),
        ("same story", "same tale", None),
        ("within: 5m, when", "within: 6m, when", "links changed"),
        ("severity: high", "severity: low", "severity high -> low"),
        ("gc.thrash", "oom.train", "condition gc.thrash -> oom.train"),
        ("status: stable", "status: deprecated\nreason: r", "status stable -> deprecated"),
        ("title: Node stops", "title: A node stops", None),
        ("Give each node more", "Give them more", None),
        ("examples:", "# a word\nexamples:", None),
    ),
)
def test_what_counts_as_meaning(
    pack: Any, rule_text: str, old: str, new: str, change: str | None
) -> None:
    pack.write(rule_text)
    lock(pack.folder)
    assert old in rule_text
    pack.write(rule_text.replace(old, new, 1))
    assert stale(pack.folder) == ([f"TST001: {change}"] if change else [])


def test_a_shared_signal_means_what_it_means_written_out(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    lock(pack.folder)
    written = '{anchor: "Continuing after swapping", levels: [WARN]}'
    pack.write(rule_text.replace(written, "{use: swap.over}"))
    pack.write(f"swap.over: {written}\n", "signals.yaml")
    assert stale(pack.folder) == []
    pack.write(f"swap.over: {written.replace('WARN', 'INFO')}\n", "signals.yaml")
    assert stale(pack.folder) == ["TST001: signals changed"]


def test_an_id_stays_or_is_retired(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    lock(pack.folder)
    other = rule_text.replace("TST001", "TST002")
    (pack.folder / "mem" / "TST001_swap_stall.yaml").unlink()
    pack.write(other, "mem/TST002_swap_stall.yaml")
    gone = "TST001: is gone; an id is permanent: bring the rule back, or say in retired.yaml why"
    assert stale(pack.folder) == [gone, f"TST002: not in {LOCK} yet"]
    with pytest.raises(RuleError, match="TST001: is gone"):
        lock(pack.folder)
    pack.write("TST001: merged into TST002\n", "retired.yaml")
    assert lock(pack.folder) == ["TST001: was retired", f"TST002: not in {LOCK} yet"]
    assert "TST001 retired\n" in (pack.folder / LOCK).read_text()
    assert stale(pack.folder) == []
    pack.write("TST003: a slip\n", "retired.yaml")
    assert stale(pack.folder) == [gone, "TST003: not in rules.lock yet"]


def test_a_lock_that_is_a_link_is_neither_read_nor_written(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    secret = pack.folder.parent / "secret"
    secret.write_text("root:hash")
    (pack.folder / LOCK).symlink_to(secret)
    for work in (stale, lock):
        with pytest.raises(RuleError, match="is a symbolic link") as refused:
            work(pack.folder)
        assert "root" not in str(refused.value)
    assert secret.read_text() == "root:hash"
