"""Where rules come from: shared signals, retired ids, deprecated rules, packs of packages."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.errors import RuleError
from h2o_forensics.resources import rules_dir
from h2o_forensics.rulebook import list_rules, load_rulebook, packs, with_deprecated

RESUME = 'resume: {anchor: "Continuing after swapping", levels: [WARN]}'
SHARED = 'swap.over: {anchor: "Continuing after swapping", levels: [WARN]}\n'


@pytest.fixture
def using(rule_text: str) -> str:
    assert RESUME in rule_text
    return rule_text.replace(RESUME, "resume: {use: swap.over}")


def test_a_shared_signal_is_the_signal_written_out(pack: Any, rule_text: str, using: str) -> None:
    pack.write(rule_text)
    (alone,) = load_rulebook(pack.folder, built_in=False).rules
    pack.write(using)
    pack.write(SHARED, "signals.yaml")
    (rule,) = load_rulebook(pack.folder, built_in=False).rules
    assert rule.signals[1].shared == "swap.over"
    assert rule.signals[1].id == alone.signals[1].id == "TST001.resume"
    assert rule.signals[1].anchor == alone.signals[1].anchor
    assert rule.signals[0] == alone.signals[0]


def test_a_pack_may_use_the_built_in_signals(pack: Any, rule_text: str) -> None:
    pack.write(rule_text.replace(RESUME, "resume: {use: connection.refused}"))
    (rule,) = load_rulebook(pack.folder, built_in=False).rules
    assert rule.signals[1].anchor == "Got IO error when sending a batch of bytes:"


@pytest.mark.parametrize(
    ("shared", "use", "fault"),
    (
        (
            SHARED,
            "{use: swap.ovr}",
            "use: no signal 'swap.ovr' in signals.yaml; nearest: swap.over",
        ),
        (SHARED, "{use: swap.over, levels: [INFO]}", "levels: stands beside `use`: swap.over says"),
        (SHARED.replace("swap.over", "over"), "{use: over}", "over: is not of the form area."),
        (SHARED.replace("WARN", "WRN"), "{use: swap.over}", "unknown level 'WRN'; nearest: WARN"),
        ("swap.over: {levels: [WARN]}\n", "{use: swap.over}", "swap.over.anchor: missing"),
        (
            SHARED.replace("swap.over", "connection.refused"),
            "{use: connection.refused}",
            "connection.refused: is a shared signal of another pack",
        ),
    ),
)
def test_faults_of_shared_signals(
    pack: Any, rule_text: str, shared: str, use: str, fault: str
) -> None:
    pack.write(rule_text.replace(RESUME, f"resume: {use}"))
    pack.write(shared, "signals.yaml")
    found = pack.faults()
    assert len(found) == 1, found
    assert fault in found[0]


def test_a_retired_id_does_not_come_back(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    pack.write("TST001: it was wrong too often\n", "retired.yaml")
    (fault,) = pack.faults()
    assert "TST001 was retired (it was wrong too often): an id is never used again" in fault


def deprecated(rule_text: str) -> str:
    return rule_text.replace("status: stable", "status: deprecated\nreason: it slept")


def test_a_deprecated_rule_does_not_run_unless_named(pack: Any, rule_text: str) -> None:
    pack.write(deprecated(rule_text))
    book = load_rulebook(pack.folder, built_in=False)
    assert book.rules == ()
    assert [rule.id for rule in book.deprecated] == ["TST001"]
    assert "deprecated: it slept" in list_rules(book)
    assert [rule.id for rule in with_deprecated(book).rules] == ["TST001"]
    named = load_rulebook(pack.folder, built_in=False, enable=["TST001"])
    assert [rule.id for rule in named.rules] == ["TST001"]
    with pytest.raises(RuleError, match="enable: unknown rule 'TST01'; nearest: TST001"):
        load_rulebook(pack.folder, built_in=False, enable=["TST01"])


@pytest.mark.parametrize(
    ("status", "fault"),
    (
        ("status: deprecated", "reason: missing; a deprecated rule says why"),
        ("status: stable\nreason: x", "reason: only for deprecated rules"),
        ("status: draft\nreplaced_by: TST002", "replaced_by: only for deprecated rules"),
        (
            "status: deprecated\nreason: x\nreplaced_by: TST009",
            "replaced_by: no other rule 'TST009'",
        ),
    ),
)
def test_faults_of_deprecation(pack: Any, rule_text: str, status: str, fault: str) -> None:
    pack.write(rule_text.replace("status: stable", status))
    (found,) = pack.faults()
    assert fault in found


class Site:
    """A directory on sys.path, as `pip install --target` leaves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, rule: str, value: str = "acme_rules", name: str = "ACM001_sleeps") -> None:
        module = self.folder / "acme_rules"
        module.mkdir(parents=True)
        (module / "__init__.py").write_text(
            "from pathlib import Path\nPACK = Path(__file__).parent\nNOTHING = 3\n"
        )
        (module / f"{name}.yaml").write_text(rule)
        info = self.folder / "acme_rules-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[h2o_forensics.rules]\nacme = {value}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "acme_rules", raising=False)
    return Site(tmp_path / "site")


@pytest.fixture
def own(rule_text: str) -> str:
    return rule_text.replace("TST001", "ACM001").replace("swap-stall", "sleeps")


@pytest.mark.parametrize("value", ("acme_rules", "acme_rules:PACK"))
def test_an_installed_package_brings_its_rules(site: Site, own: str, value: str) -> None:
    before = load_rulebook()
    site.install(own, value)
    book = load_rulebook()
    assert "ACM001" in {rule.id for rule in book.rules}
    assert [(one.name, one.source) for one in book.packs] == [
        ("rules", "built-in"),
        ("acme", "package acme-rules 1.2"),
    ]
    assert book.packs[1].rules == ("ACM001",)
    assert book.sha256 != before.sha256
    assert "ACM001" in list_rules(book)
    assert load_rulebook(plugins=False) == before


def test_a_package_cannot_take_a_shipped_id(site: Site, rule_text: str) -> None:
    taken = rule_text.replace("TST001", "MEM001").replace("swap-stall", "sleeps")
    site.install(taken, name="MEM001_sleeps")
    with pytest.raises(RuleError) as caught:
        load_rulebook()
    shipped = next(rules_dir().glob("mem/MEM001_*.yaml")).name
    assert caught.value.faults == [
        f"acme/MEM001_sleeps.yaml:1: id: MEM001 is also the id of rules/mem/{shipped} (built-in)"
    ]


@pytest.mark.parametrize(
    ("value", "why"),
    (
        ("acme_rules:NOTHING", "is no directory"),
        ("acme_rules:ABSENT", "cannot be loaded: "),
        ("acme_nowhere", "cannot be loaded: No module named 'acme_nowhere'"),
    ),
)
def test_a_broken_package_is_named(site: Site, own: str, value: str, why: str) -> None:
    site.install(own, value)
    with pytest.raises(RuleError) as caught:
        load_rulebook()
    (fault,) = caught.value.faults
    assert f"package acme-rules 1.2: {why}" in fault
    assert fault.endswith("; --no-plugins goes without it")


@pytest.mark.parametrize("raised", ("RuntimeError('no')", "SystemExit(3)", "Exception()"))
def test_a_package_that_raises_anything_is_named(site: Site, own: str, raised: str) -> None:
    site.install(own)
    (site.folder / "acme_rules" / "__init__.py").write_text(f"raise {raised}\n")
    with pytest.raises(RuleError, match=r"package acme-rules 1\.2: cannot be loaded: "):
        load_rulebook()
    assert load_rulebook(plugins=False).rules


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_links_out_of_a_pack_and_pipes_are_refused(pack: Any, rule_text: str) -> None:
    pack.write(rule_text)
    secret = pack.folder.parent / "secret"
    secret.write_text("root: hash\n")
    (pack.folder / "mem" / "TST002_x.yaml").symlink_to(secret)
    os.mkfifo(pack.folder / "mem" / "TST003_x.yaml")
    faults = pack.faults()
    assert any("TST002_x.yaml:1: leads out of the pack" in fault for fault in faults)
    assert any("TST003_x.yaml:1: no regular file" in fault for fault in faults)
    assert "hash" not in "".join(faults)


def test_a_pack_has_an_end(pack: Any, rule_text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MAX_FILES", 3)
    for number in range(5):
        pack.write(rule_text, f"mem/TST00{number}_x.yaml")
    assert any("holds more than 3 files and 16 MB" in fault for fault in pack.faults())


def test_unknown_fields_are_named_up_to_a_number(pack: Any, rule_text: str) -> None:
    fields = "".join(f"titel{number}: x\n" for number in range(15_000))
    pack.write(rule_text + fields)
    unknown = [fault for fault in pack.faults() if "unknown field" in fault]
    assert len(unknown) == 21
    assert any("titel20: unknown field, and 14979 more" in fault for fault in unknown)
