"""The start-up banner and other lines that every node prints: who ran, with what, from when to when.

These are formats, not failures, so they live in code.  Source: h2o-core/src/main/java/water/H2O.java.
"""

from __future__ import annotations

from h2o_forensics.model.rule import Signal

BUILTIN = "H2O"
_BANNER = "----- H2O started"


def _line(name: str, anchor: str, pattern: str | None = None, lines_after: int = 0) -> Signal:
    return Signal(rule_id=BUILTIN, name=name, anchor=anchor, pattern=pattern, lines_after=lines_after)


BUILTIN_SIGNALS: tuple[Signal, ...] = (
    _line("banner", _BANNER, r"\A----- H2O started ?(?P<role>\([a-z]+\))?"),
    _line("version", "Build project version: ", r"\ABuild project version: (?P<h2o_version>\S+)"),
    _line("hash", "Build git hash: ", r"\ABuild git hash: (?P<build_hash>\S+)"),
    _line("built", "Built on: '", r"\ABuilt on: '(?P<built_on>[^']*)'"),
    _line("args", "Processed H2O arguments: ", r"\AProcessed H2O arguments: \[(?P<h2o_args>.*)\]$"),
    _line("cores", "Java availableProcessors: ", r"\AJava availableProcessors: (?P<cores>\d{1,6})"),
    _line("xmx", "Java heap maxMemory: ", r"\AJava heap maxMemory: (?P<xmx_bytes>[\d.]+ \w+)"),
    _line("java", "Java version: Java ", r"\AJava version: Java (?P<java_version>\S+)"),
    _line("jvm_args", "JVM launch parameters: ", r"\AJVM launch parameters: \[(?P<jvm_args>.*)\]$"),
    _line("pid", "JVM process id: ", r"\AJVM process id: (?P<pid>\d{1,10})@(?P<host>\S*)"),
    _line("physical", "Machine physical memory: ", r"\AMachine physical memory: (?P<physical_bytes>[\d.]+ \w+)"),
    _line("cluster", "X-h2o-cluster-id: ", r"\AX-h2o-cluster-id: (?P<cluster_id>\d{12,14})"),
    _line("encrypted", "H2O node running in ", r"\AH2O node running in (?P<encrypted>encrypted|unencrypted) mode"),
    _line(
        "cloud_name",
        "H2O cloud name: '",
        r"\AH2O cloud name: '(?P<cloud_name>[^\n]*?)' on (?P<self>\S+),"
        r"(?: static configuration based on -flatfile (?P<flatfile>[^\n]*)| (?P<discovery>discovery address \S+))?",
    ),
    _line("log_dir", "Log dir: '", r"\ALog dir: '(?P<log_dir>[^\n]*)'$"),
    _line("cur_dir", "Cur dir: '", r"\ACur dir: '(?P<cur_dir>[^\n]*)'$"),
    _line("ready", "H2O started in ", r"\AH2O started in (?P<ready_ms>\d{1,12})ms"),
    _line("cloud", "Cloud of size ", r"\ACloud of size (?P<size>\d{1,6}) formed \[(?P<members>[^\n]*?)\]"),
    _line("locked", "Locking cloud to new members, because ", r"\ALocking cloud to new members, because (?P<why>.+)"),
    _line("shutdown", "Orderly shutdown", r"\AOrderly shutdown(?: from (?P<from>\S+)|[: ]) ?(?P<what>[^\n]*)"),
    _line("exiting", "Exiting.", r"\AExiting\."),
    _line("epoch", "GC CALLBACK: ", r"\AGC CALLBACK: (?P<epoch>\d{13}), USED"),
    _line("parsed", "Parse result for ", r"\AParse result for (?P<frame>.+) \((?P<rows>\d+) rows, (?P<cols>\d+) columns\):"),
    _line(
        "distribution",
        "Frame distribution summary:",
        r"\AFrame distribution summary:[ ]*\n(?P<table>(?:[^\n]*\n){2,260}?\s*total\b[^\n]*)",
        lines_after=262,
    ),
)  # fmt: skip
"""Every node prints these; the pattern's groups are the columns of the `nodes` table."""
