"""Options that are advised: each exists for its collectors and versions, as JVMs found here say."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from h2o_forensics.model.jvm import Humongous, PauseFigures, Safepoints
from h2o_forensics.report import gc_flags
from h2o_forensics.report.gc_verdict import remarks
from tests import jvm_samples as samples

FOLDERS = os.environ.get("H2O_FORENSICS_JAVA_HOMES", "").split(os.pathsep)
"""Of further JVMs, beside those that are installed."""
SWITCH = {
    "G1": "-XX:+UseG1GC",
    "Parallel": "-XX:+UseParallelGC",
    "Serial": "-XX:+UseSerialGC",
    "CMS": "-XX:+UseConcMarkSweepGC",
    "Z": "-XX:+UnlockExperimentalVMOptions -XX:+UseZGC",
    "ZGenerational": "-XX:+UseZGC -XX:+ZGenerational",
    "Shenandoah": "-XX:+UnlockExperimentalVMOptions -XX:+UseShenandoahGC",
}
VALUES = {
    "-XX:SoftMaxHeapSize": "=64m",
    "-XX:ConcGCThreads": "=1",
    "-XX:MaxMetaspaceSize": "=256m",
    "-XX:MetaspaceSize": "=64m",
    "-XX:MaxPermSize": "=256m",
    "-XX:PermSize": "=64m",
}


@cache
def started(java: str, line: str) -> tuple[bool, str]:
    run = subprocess.run(
        [java, "-Xmx128m", *line.split(), "-version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.returncode == 0, run.stdout + run.stderr


@cache
def javas() -> dict[int, str]:
    """By version."""
    homes = [Path(one) for one in FOLDERS if one] + sorted(Path("/usr/lib/jvm").glob("*"))
    found = [str(home / "bin" / "java") for home in homes] + [shutil.which("java") or ""]
    by_version: dict[int, str] = {}
    for java in found:
        if java and Path(java).exists():
            ran, words = started(java, "")
            version = gc_flags.feature(words.partition('version "')[2]) if ran else None
            if version is not None:
                by_version.setdefault(version, java)
    return by_version


def test_a_jvm_starts_with_every_option_it_is_advised(tmp_path: Path) -> None:
    if not javas():
        pytest.skip("no JVM is here")
    for version, java in javas().items():
        for option in gc_flags.ALL_OPTIONS:
            if not option.first <= version <= option.last:
                continue
            line = option.text + VALUES.get(option.text, "")
            line = line.replace("gc.log", str(tmp_path / "gc.log"))
            own = {"Serial"} if "Serial" in option.collectors else option.collectors
            for collector in sorted(own & SWITCH.keys()):
                use = "" if "Use" in line and "GC" in line.split("Use")[1] else SWITCH[collector]
                if use and not started(java, use)[0]:  # this JVM has no such collector
                    continue
                ran, words = started(java, f"{use} {line}")
                assert ran, (version, collector, line, words)
                assert "unrecognized" not in words.lower(), (version, collector, line, words)


@pytest.mark.parametrize(
    ("option", "java", "refused"),
    ((gc_flags.LARGE_REGIONS, 17, True), (gc_flags.LARGE_REGIONS, 21, False)),
)
def test_where_an_option_begins(option: gc_flags.Option, java: int, *, refused: bool) -> None:
    if java not in javas():
        pytest.skip(f"no JVM {java} is here")
    assert started(javas()[java], f"-XX:+UseG1GC {option.text}")[0] is not refused


OLD_LINE = (
    "2026-01-01T00:00:00.000+0000: 1.000: [GC (Allocation Failure) 100K->50K(200K), 0.1 secs]"
)
NEW_LINE = "[1.000s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 1M->1M(2M) 1.0ms"


def quoting(line: str, **more: Any) -> Any:
    kept = (samples.sample(9.0, 1.0, text=line),)
    return samples.healthy(pause_samples=kept, safepoint_samples=(), **more)


@pytest.mark.parametrize(
    ("jdk", "line", "flags"),
    (
        ("1.8.0_401-b10", OLD_LINE, gc_flags.LEGACY.text),
        ("8u402", OLD_LINE, gc_flags.LEGACY.text),
        ("7", OLD_LINE, gc_flags.LEGACY.text),
        ("17.0.9", NEW_LINE, gc_flags.UNIFIED.text),
        (None, NEW_LINE, gc_flags.UNIFIED.text),
        (None, OLD_LINE, gc_flags.LEGACY.text),
    ),
)
def test_what_is_to_be_logged_fits_the_jdk_or_the_format(
    jdk: str | None, line: str, flags: str
) -> None:
    for collector in ("Parallel", "CMS"):
        run = quoting(line, jdk=jdk, collector=collector, safepoints=None)
        assert gc_flags.wanted_flags(run) == flags
        assert flags in str([one.change for one in remarks(run) if one.topic == "safepoints"])


def test_jdk_5_is_asked_for_no_dates() -> None:
    assert "DateStamps" not in gc_flags.wanted_flags(quoting(OLD_LINE, jdk="1.5.0_14"))
    assert "(JDK 8)" in gc_flags.wanted_flags(samples.bare())


@pytest.mark.parametrize(
    ("jdk", "fits"), (("11.0.2", False), ("13", True), ("21.0.4", True), (None, False))
)
def test_what_zgc_is_advised(jdk: str | None, fits: bool) -> None:  # noqa: FBT001 - a parameter
    run = samples.stalled(jdk=jdk, collector="Z")
    said = " ".join(one.change or "" for one in remarks(run))
    assert ("SoftMaxHeapSize" in said) is fits
    assert "ConcGCThreads" in said


@pytest.mark.parametrize(
    ("jdk", "region", "words"),
    (
        ("17.0.9", 2, "G1HeapRegionSize=4m, or up to 32m"),
        ("17.0.9", 32, "as large as this Java allows"),
        ("21", 32, "G1HeapRegionSize=64m, or up to 512m"),
    ),
)
def test_regions_grow_as_far_as_java_lets_them(jdk: str, region: int, words: str) -> None:
    large = Humongous(region * samples.MIB, 61, 0.5, 60)
    said = [one.change for one in remarks(samples.healthy(jdk=jdk, humongous=large))]
    assert words in str(said)


@pytest.mark.parametrize(
    ("jdk", "words"),
    (
        ("17.0.9", "or ZGC where pauses must stay short (-XX:+UseZGC)"),
        ("1.8.0_401", "Use G1 (-XX:+UseG1GC); later versions"),
        ("1.6.0_45", "Use a later version of Java"),
        (None, "Use G1 (-XX:+UseG1GC, from JDK 7 on)."),
    ),
)
def test_which_other_collector_there_is(jdk: str | None, words: str) -> None:
    long = PauseFigures("GC", None, "young", None, 9, 30e3, 5e3, 3e3, 5e3, 5e3)
    run = quoting(OLD_LINE, jdk=jdk, collector="Parallel", pauses=(long,))
    (one,) = (one for one in remarks(run) if one.topic == "long pauses")
    assert words in (one.change or "")
    assert "MaxGCPauseMillis" not in (one.change or "")


@pytest.mark.parametrize(("collector", "goal"), (("G1", True), ("Z", False), ("Shenandoah", False)))
def test_a_goal_for_pauses_only_where_it_is_heeded(collector: str, goal: bool) -> None:  # noqa: FBT001
    long = PauseFigures("Pause Young", None, "young", None, 9, 30e3, 5e3, 3e3, 5e3, 5e3)
    run = samples.healthy(collector=collector, pauses=(long,))
    (one,) = (one for one in remarks(run) if one.topic == "long pauses")
    assert ("MaxGCPauseMillis" in (one.change or "")) is goal


def test_shenandoahs_option_comes_with_its_key() -> None:
    own = PauseFigures(
        "Pause Degenerated GC (Mark)", None, "degenerated", None, 12, 480.0, 40.0, 40.0, 40.0, 40.0
    )
    run = samples.healthy(collector="Shenandoah", pauses=(own,))
    said = str([one.change for one in remarks(run)])
    assert "-XX:+UnlockExperimentalVMOptions -XX:ShenandoahMinFreeThreshold=20" in said


@pytest.mark.parametrize(
    ("jdk", "wanted", "not_wanted"),
    (
        ("1.8.0_292", "-XX:+SafepointTimeout", "-Xlog"),
        ("17", "-XX:+SafepointTimeout", "-Xlog"),
        ("1.6.0", "slow disks", "-XX:+SafepointTimeout"),
    ),
)
def test_what_names_the_thread_that_is_late(jdk: str, wanted: str, not_wanted: str) -> None:
    slow = Safepoints(600, 40_000.0, 25_000.0, 12_000.0, 11_500.0)
    (one,) = (
        one
        for one in remarks(samples.healthy(jdk=jdk, safepoints=slow))
        if one.topic == "time to safepoint"
    )
    assert wanted in (one.change or "")
    assert not_wanted not in (one.change or "")


def test_requests_are_not_to_be_run_beside_what_cannot() -> None:
    own = PauseFigures("Pause Full", "System.gc()", "full", None, 9, 9e3, 1e3, 1e3, 1e3, 1e3)
    for collector, advised in (("Parallel", "-XX:+UseG1GC"), ("G1", "or set -XX:+ExplicitGC")):
        run = samples.healthy(collector=collector, pauses=(own,))
        (one,) = (one for one in remarks(run) if one.topic == "System.gc()")
        assert advised in (one.change or "")
        assert "direct buffers" in (one.change or "")
