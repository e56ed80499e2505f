import io
import json
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from h2o_forensics import analyze
from h2o_forensics.model.settings import Settings
from h2o_forensics.report import build_report, to_bundle, to_html, to_json, to_markdown, to_text
from h2o_forensics.report.anonymize import Anonymizer
from tests import report_cases as cases

CASES = Path(__file__).resolve().parents[3] / "fixtures" / "cases"


def masked(*texts: str, hosts: tuple[str, ...] = (), versions: tuple[str, ...] = ()) -> list[str]:
    names = Anonymizer(hosts, versions)
    for text in texts:
        names.learn(text)
    return [names.mask(text) for text in texts]


def test_the_same_name_has_the_same_token() -> None:
    assert masked("10.0.0.3:54321 and /10.0.0.4:54321", "h2o_10.0.0.3_54321-3-info.log") == [
        "address-1:54321 and /address-2:54321",
        "h2o_address-1_54321-3-info.log",
    ]


def test_versions_and_what_is_no_address_stay() -> None:
    kept = ["H2O 3.46.0.6", "1.2.3.999", "127.0.0.1:54321", "1.2.3.4.5"]
    assert masked(*kept, versions=("3.46.0.6",)) == kept


def test_hosts_users_paths_and_mail() -> None:
    said = masked(
        "User name: 'jdoe'",
        "Ice directory: '/tmp/h2o-jdoe'",
        "/home/jdoe/data/fraud.csv.gz",
        "hdfs://nn1.bank.example.com:8020/data/x",
        "on worker-7, jdoe@bank.example.com asked",
        r"C:\Users\jdoe\My Data\x.csv",
        hosts=("worker-7",),
    )
    text = "\n".join(said)
    for name in ("jdoe", "bank", "nn1", "worker-7", "fraud", "/tmp", "My Data"):
        assert name not in text, text
    assert said[0] == "User name: 'user-1'"
    assert said[2].startswith("path-")
    assert said[2].endswith(".csv.gz")


def test_names_of_every_form() -> None:
    said = masked(
        "ip-10-9-8-7 and ip-10-9-8-6.eu-west-1.compute.internal",
        "gpu-node7.acme.example said no; gpu-node7 again",
        r"\\fileserver\share\x",
        "jdoe@CORP and nn/host.bank.example.com@CORP.EXAMPLE",
        "fe80::1%eth0 ::ffff:10.2.3.4 fd00:0:0:0:0:0:0:2%eth0",
        "ice_root is /secretroot",
    )
    text = "\n".join(said)
    for name in ("10-9", "internal", "gpu-node7", "acme", "fileserver", "share", "CORP", "bank"):
        assert name not in text, text
    for name in ("fe80", "fd00", "eth0", "10.2.3.4", "secretroot", "jdoe"):
        assert name not in text, text


def test_names_of_files_and_their_parts() -> None:
    names = Anonymizer((), ())
    names.learn_files(
        ["logs/gpu-node7-secretfile.log", "h2o_10.0.0.3_54321-3-info.log", "stdout.log.gz"],
        ["java[12] on prodbox17", "pod/acmecorp-h2o-0/h2ocont", "container_1 on bignode: stdout"],
    )
    assert names.mask("logs/gpu-node7-secretfile.log:23") == "logs/file-1.log:23"
    assert names.mask("h2o_10.0.0.3_54321-3-info.log") == "h2o_address-1_54321-3-info.log"
    assert names.mask("stdout.log.gz") == "stdout.log.gz"
    said = names.mask("Nov 22 prodbox17 java[12]: [pod/acmecorp-h2o-0/h2ocont] bignode_45454")
    for name in ("prodbox17", "acmecorp", "h2ocont", "bignode"):
        assert name not in said


def test_h2os_own_names_stay() -> None:
    kept = [
        "GET /3/Cloud",
        "GET /3/Logs/download/LOG",
        "water.api.RequestServer",
        "java.lang.OutOfMemoryError: Java heap space",
        "h2o-core/src/main/java/water/H2O.java",
        "http://localhost:54321/flow/index.html",
        "at org.apache.log4j.spi.Filter.decide(Filter.java:1)",
        "05:46:31.123 and/or N/A water.H2ONode@1f2e3d Key@ABCDEF12",
    ]
    assert masked(*kept) == kept


def test_no_address_is_left_in_any_format() -> None:
    analysis = cases.incident()
    plain = build_report(analysis)
    report = build_report(replace(analysis, settings=Settings(redact=True)))
    for node in (cases.A, cases.B, cases.C):
        address = node.split(":")[0]
        assert address in to_json(plain).decode()
        for shown in (to_json(report).decode(), to_html(report), to_markdown(report)):
            assert address not in shown
        assert address not in to_text(report)
    said = json.loads(to_json(report))
    assert "quoted lines differ" in said["settings"]["redact"]
    assert said["findings"][0]["fingerprint"] == plain.findings[0].fingerprint
    assert said["case"]["nodes"][0]["h2o_version"] == "3.46.0.12"


def test_the_bundle_is_the_same_bytes_and_holds_the_quotes() -> None:
    report = build_report(cases.incident())
    packed = to_bundle(report)
    assert packed == to_bundle(report)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["evidence.txt", "problems.txt", "report.json", "report.md"]
        assert archive.read("report.json") == to_json(report)
        quoted = archive.read("evidence.txt").decode()
    assert all(item.evidence[0].path in quoted for item in report.findings)


@pytest.mark.parametrize("name", ("incident.log", "expected.yaml", "high.log", "A1.log"))
def test_a_files_name_spoils_no_name_of_ours(name: str, tmp_path: Path) -> None:
    log = next(CASES.glob("disk_full/bundle/*/logs/*-3-info.log"))
    (tmp_path / name).write_bytes(log.read_bytes())
    (tmp_path / "node.log").write_bytes(log.read_bytes())
    report = build_report(analyze(tmp_path, settings=Settings(redact=True)))
    plain = build_report(analyze(tmp_path))
    assert report.verdict == plain.verdict
    ours = [(one.rule, one.condition, one.severity, one.role) for one in report.findings]
    assert ours == [(one.rule, one.condition, one.severity, one.role) for one in plain.findings]
