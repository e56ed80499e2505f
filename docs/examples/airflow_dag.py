"""Scan an archive of H2O runs every hour: Airflow 3.1 or newer, h2o-forensics on its workers."""

# ruff: noqa: INP001, S603

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

ARCHIVE = os.environ.get("H2O_LOGS", "s3://bucket/h2o-logs")
CATALOG = os.environ.get("H2O_FORENSICS_CATALOG", "s3://bucket/h2o-catalog")
SCAN = "h2o-forensics scan --quiet --reports --since-last --fail-on high --summary"
FOUND, TRY_AGAIN = 1, {130, -9, -15}
"""Ended by a signal: the next attempt goes on from there.  Codes 2 to 4 need somebody to look."""


@dag(schedule="@hourly", catchup=False, max_active_runs=1, tags=["h2o"])
def h2o_forensics() -> None:
    """Scan, then judge what is new."""

    @task(retries=3, retry_delay=timedelta(minutes=5), execution_timeout=timedelta(hours=6))
    def scan() -> dict[str, Any]:
        with TemporaryDirectory() as folder:
            summary = Path(folder, "summary.json")
            command = [*SCAN.split(), str(summary), "--catalog", CATALOG, ARCHIVE]
            code = subprocess.run(command, check=False).returncode
            if code in TRY_AGAIN:
                raise RuntimeError(f"the scan was ended ({code})")
            if code not in {0, FOUND}:
                raise AirflowFailException(f"the scan ended with {code}: see the task's log")
            record = json.loads(summary.read_text(encoding="utf-8"))
        keys = ("found", "analyzed", "failed", "unreadable", "verdicts", "new_causes")
        return {"grave": code == FOUND, **{key: record[key] for key in keys}}

    @task
    def judge(record: dict[str, Any]) -> None:
        # A task of its own: to scan again finds nothing new, and would hide what was found.
        if record["grave"]:
            raise AirflowFailException(
                f"new runs with grave findings: {record}; {CATALOG}/fleet.html"
            )

    judge(scan())


h2o_forensics()
