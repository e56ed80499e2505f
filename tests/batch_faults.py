"""What a worker may be made to do instead of its work: tests name these as its entry.

What becomes of a task is told by the name of its run: `crash-1` crashes, `fine-7` does not.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from h2o_forensics.batch.guard import NOTE
from h2o_forensics.model.catalog import FileStat, FoundRun, RunOptions, RunOutcome, RunTask
from h2o_forensics.model.tables import SCHEMAS

ENTRY = "tests.batch_faults:obey"
MIB = 2**20


def task(name: str, timeout_s: float | None = None) -> RunTask:
    run = FoundRun(
        location=f"/archive/{name}",
        name=name,
        archive="/archive",
        kind="archive",
        because="a test",
        sources=(f"/archive/{name}",),
        files=(FileStat(name, 1),),
    )
    return RunTask("analyze", run, RunOptions(timeout_s=timeout_s))


def obey(given: RunTask) -> RunOutcome:
    what, _, rest = given.run.name.partition("-")
    NOTE.get()(f"{abs(hash(given.run.name)):020x}"[:20])
    FAULTS.get(what, lambda _rest: None)(rest)
    return RunOutcome("analyze", given.run.location, run=str(os.getpid()), status="analyzed")


def die(_rest: str) -> None:
    os._exit(7)


def leave(_rest: str) -> None:
    sys.exit("gone for good")


def segfault(_rest: str) -> None:
    ctypes.string_at(0)


def killed(_rest: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def once(rest: str) -> None:
    """Dies where nobody was before."""
    mark = Path(rest.replace("|", "/"))
    if not mark.exists():
        mark.touch()
        os._exit(9)


def hang(_rest: str) -> None:
    time.sleep(600)


def spin(_rest: str) -> None:
    """In C, with the interpreter's lock held: no thread of Python's gets a turn."""
    pow(3, 10**9)


def bait(rest: str) -> None:
    """Take so many MB, one after the other."""
    held = []
    for _ in range(int(rest)):
        held.append(b"x" * MIB)
        time.sleep(0.001)
    time.sleep(1)


def breed(rest: str) -> None:
    """As `bait`, in a process of its own."""
    code = f"import time; held = b'x' * {int(rest)} * 2**20; time.sleep(30)"
    subprocess.run([sys.executable, "-c", code], check=False)


def rubbish(_rest: str) -> None:
    print("no message at all" * 1000)  # noqa: T201 - the point
    os.write(1, b"\xff\x00h2of" * 10_000)
    os.write(2, b"\x1b[31mrubbish\n" * 10_000)
    sys.stdout.buffer.write(b"\xfe")


def close(_rest: str) -> None:
    """All that is open, the pipes among it."""
    os.closerange(3, 100)
    time.sleep(600)


def fault(_rest: str) -> None:
    _ = SCHEMAS["no such table"]


def memory(_rest: str) -> None:
    raise MemoryError


def secret(_rest: str) -> None:
    os.write(2, b"cannot connect with password=hunter2hunter2\n")
    os._exit(5)


def read(_rest: str) -> None:
    Path("/nowhere/at/all").read_bytes()


def nap(rest: str) -> None:
    time.sleep(float(rest))


FAULTS = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and function.__module__ == __name__ and name not in {"task", "obey"}
}


def no_outcome(_task: RunTask) -> str:
    return "what?"


def not_told(given: RunTask) -> RunOutcome:
    return RunOutcome("analyze", given.run.location, rows={"runs": [{"value": object()}]})


def echo(given: RunTask) -> RunOutcome:
    return RunOutcome("analyze", given.run.location, run=given.run.name, status="analyzed")
