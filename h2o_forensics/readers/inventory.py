"""The start-up banner and other lines every node prints: who ran, with what, from when to when.

These are formats, not failures,
so they live in code.  Source: h2o-core/src/main/java/water/H2O.java.
"""

from __future__ import annotations

from h2o_forensics.model.rule import Signal
from h2o_forensics.readers.spark import SPARK_SIGNALS
from h2o_forensics.readers.training_logs import TRAINING_SIGNALS

BUILTIN = "H2O"
_BANNER = "----- H2O started"


def _line(name: str, anchor: str, pattern: str | None = None, lines_after: int = 0) -> Signal:
    return Signal(
        rule_id=BUILTIN, name=name, anchor=anchor, pattern=pattern, lines_after=lines_after
    )


BUILTIN_SIGNALS: tuple[Signal, ...] = (
    _line("banner", _BANNER, r"\A----- H2O started ?(?P<role>\([a-z]+\))?"),
    _line("version", "Build project version: ", r"\ABuild project version: (?P<h2o_version>\S+)"),
    _line("hash", "Build git hash: ", r"\ABuild git hash: (?P<build_hash>\S+)"),
    _line("branch", "Build git branch: ", r"\ABuild git branch: (?P<build_branch>\S+)"),
    _line("describe", "Build git describe: ", r"\ABuild git describe: (?P<build_describe>\S+)"),
    _line("age", "Build age: ", r"\ABuild age: (?P<build_age>[^\n]+)"),
    _line("builder", "Built by: '", r"\ABuilt by: '(?P<built_by>[^']*)'"),
    _line("built", "Built on: '", r"\ABuilt on: '(?P<built_on>[^']*)'"),
    _line(
        "too_old",
        "*** Your H2O version is ",
        r"\A\*\*\* Your H2O version is (?P<version_note>[^.!\n]*)",
    ),
    _line(
        "extensions",
        "Found H2O Core extensions: ",
        r"\AFound H2O Core extensions: \[(?P<extensions>.*)\]$",
    ),
    _line("args", "Processed H2O arguments: ", r"\AProcessed H2O arguments: \[(?P<h2o_args>.*)\]$"),
    _line("cores", "Java availableProcessors: ", r"\AJava availableProcessors: (?P<cores>\d{1,6})"),
    _line("xmx", "Java heap maxMemory: ", r"\AJava heap maxMemory: (?P<xmx_bytes>[\d.]+ \w+)"),
    _line("xms", "Java heap totalMemory: ", r"\AJava heap totalMemory: (?P<xms_bytes>[\d.]+ \w+)"),
    _line(
        "java",
        "Java version: Java ",
        r"\AJava version: Java (?P<java_version>\S+)(?: \(from (?P<java_vendor>[^\n]*)\))?",
    ),
    _line("os", "OS version: ", r"\AOS version: (?P<os_version>[^\n]+)"),
    _line("locale", "Machine locale: ", r"\AMachine locale: (?P<locale>[^\n]+)"),
    _line("user", "User name: '", r"\AUser name: '(?P<user>[^'\n]*)'"),
    _line("ipv6", "IPv6 stack selected: ", r"\AIPv6 stack selected: (?P<ipv6>true|false)"),
    _line(
        "port",
        "Internal communication uses port: ",
        r"\AInternal communication uses port: (?P<internal_port>\d{1,5})",
    ),
    _line(
        "url",
        "Listening for HTTP and REST traffic on ",
        r"\AListening for HTTP and REST traffic on (?P<rest_url>\S+)",
    ),
    _line(
        "ping_check",
        "Registering REST API Check Thread",
        r"\ARegistering REST API Check Thread\..* during (?P<ping_timeout_ms>\d{1,12}) ms",
    ),
    _line("flow_dir", "Flow dir: '", r"\AFlow dir: '(?P<flow_dir>[^\n]*)'$"),
    _line("parsers", "Registered parsers: ", r"\ARegistered parsers: \[(?P<parsers>.*)\]$"),
    _line("gc_logging", "GC logging is enabled", r"\A(?P<gc_logging>GC logging is enabled)"),
    _line(
        "xgboost",
        "Found XGBoost backend with library: ",
        r"\AFound XGBoost backend with library: (?P<xgboost_library>\S+)",
    ),
    _line(
        "xgboost_backends",
        "XGBoost supported backends: ",
        r"\AXGBoost supported backends: \[(?P<xgboost_backends>.*)\]$",
    ),
    _line("jvm_args", "JVM launch parameters: ", r"\AJVM launch parameters: \[(?P<jvm_args>.*)\]$"),
    _line("pid", "JVM process id: ", r"\AJVM process id: (?P<pid>\d{1,10})@(?P<host>\S*)"),
    _line(
        "physical",
        "Machine physical memory: ",
        r"\AMachine physical memory: (?P<physical_bytes>[\d.]+ \w+)",
    ),
    _line("cluster", "X-h2o-cluster-id: ", r"\AX-h2o-cluster-id: (?P<cluster_id>\d{12,14})"),
    _line(
        "encrypted",
        "H2O node running in ",
        r"\AH2O node running in (?P<encrypted>encrypted|unencrypted) mode",
    ),
    _line(
        "cloud_name",
        "H2O cloud name: '",
        r"\AH2O cloud name: '(?P<cloud_name>[^\n]*?)' on (?P<self>\S+),"
        r"(?: static configuration based on -flatfile (?P<flatfile>[^\n]*)"
        r"| (?P<discovery>discovery address \S+))?",
    ),
    _line("log_dir", "Log dir: '", r"\ALog dir: '(?P<log_dir>[^\n]*)'$"),
    _line("cur_dir", "Cur dir: '", r"\ACur dir: '(?P<cur_dir>[^\n]*)'$"),
    _line("ready", "H2O started in ", r"\AH2O started in (?P<ready_ms>\d{1,12})ms"),
    _line(
        "cloud",
        "Cloud of size ",
        r"\ACloud of size (?P<size>\d{1,6}) formed \[(?P<members>[^\n]*?)\]",
    ),
    _line(
        "flatfile_entry",
        "Flatfile entry ignored: Node ",
        r"\AFlatfile entry ignored: Node (?P<absentee>\S+) not active in this cloud",
    ),
    _line(
        "locked",
        "Locking cloud to new members, because ",
        r"\ALocking cloud to new members, because (?P<why>.+)",
    ),
    _line(
        "shutdown",
        "Orderly shutdown",
        r"\AOrderly shutdown(?: from (?P<from>\S+)|[: ]) ?(?P<what>[^\n]*)",
    ),
    _line("exiting", "Exiting.", r"\AExiting\."),
    _line("epoch", "GC CALLBACK: ", r"\AGC CALLBACK: (?P<epoch>\d{13}), USED"),
    _line(
        "parsed",
        "Parse result for ",
        r"\AParse result for (?P<frame>.+) \((?P<rows>\d+) rows, (?P<cols>\d+) columns\):",
    ),
    _line(
        "distribution",
        "Frame distribution summary:",
        r"\AFrame distribution summary:[ ]*\n(?P<table>(?:[^\n]*\n){2,260}?\s*total\b[^\n]*)",
        lines_after=262,
    ),
    *SPARK_SIGNALS,
    *TRAINING_SIGNALS,
)  # fmt: skip
"""Every node prints these; the pattern's groups are the columns of the `nodes` table."""
