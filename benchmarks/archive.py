"""An archive of runs as teams keep them, made of the real ones of fixtures, with known truth.

    python benchmarks/archive.py FOLDER [--runs 1000] [--seed 1] [--unpacked 2GB] [--small]

Each run is a case of fixtures/cases at another time, on other machines, of another user, with
other names and versions (`archive_mover.py`, `archive_plan.py`); as a directory, a zip, a tar.gz,
the zip that H2O itself gives, or loose files; a few are there twice, damaged, or still being
written.  With `--unpacked` some logs are grown until the archive holds as many bytes; with
`--small` no run takes more than 100 KB.  Same options, same bytes.

Beside the folder, `FOLDER.truth.json` says what is true of each run and of all together.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, installed or not

from benchmarks import archive_pack as pack
from benchmarks import archive_plan as plan
from benchmarks import generate
from benchmarks.archive_drift import CLUSTER, LOSS, SLOW_CLUSTER, model_files, with_pauses
from benchmarks.archive_mover import File
from benchmarks.archive_plan import Plan

SMALL = 100_000
"""Bytes a small run may take."""
COPIES, DAMAGED, GROWING = 0.03, 0.02, 0.01
"""Shares of the runs."""
GROWN = 40_000_000
"""Bytes a grown run has, about."""
GROWN_SHARE = 0.1
WHOLE = 0.5
"""Share of the runs that have the zip of H2O beside the nodes' files."""
DOWNLOAD_TELLS = frozenset({
    "disk_full", "distributed_exception", "grid_failures", "healthy_alarming_words",
    "healthy_cluster", "healthy_orderly_shutdown", "locked_join", "node_frozen", "oom_import",
    "version_mismatch",
})  # fmt: skip
"""Cases whose cause the zip that H2O gives shows, alone."""
DOWNLOAD_NEEDED = frozenset({"node_frozen"})
FORMS = {"directory": 30, "zip": 30, "tar.gz": 12, "download": 18, "loose": 10}


class Options(NamedTuple):
    """What archive is wanted."""

    runs: int = 1000
    seed: int = 1
    small: bool = False
    unpacked: int = 0
    """Bytes of all runs; 0: as it comes."""


class Made(NamedTuple):
    """A run as it lies on disk."""

    path: str
    form: str
    files: dict[str, bytes]
    """By path below `path`; one with an empty name is `path` itself."""
    unpacked: int
    models: bool = False
    """There are some, too."""


def make_archive(folder: Path, options: Options = Options()) -> dict[str, Any]:  # noqa: B008
    """Write the archive and its truth; give the truth."""
    folder.mkdir(parents=True)
    rng = random.Random(f"forms {options.seed}")  # noqa: S311 - repeatable is what is wanted
    grown = _sizes(options)
    runs: list[dict[str, Any]] = []
    for one in plan.plans(options.runs, options.seed):
        size = grown.get(one.number, 0)
        fate = "" if size else _fate(rng)
        made = _made(one, rng, options, size, fate)
        _write(folder, made, one, fresh=fate == "growing")
        runs.append(_truth(one, made, fate, size))
        if fate == "copy":
            copy = made._replace(path=f"backup/{made.path}")
            _write(folder, copy, one, fresh=False)
            runs.append(_truth(one, copy, fate, size) | {"copy_of": made.path})
    truth = {"options": options._asdict(), "runs": runs, "facts": _facts(runs)}
    truth_path(folder).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


def truth_path(folder: Path) -> Path:
    """Where the truth of an archive lies."""
    return folder.with_name(f"{folder.name}.truth.json")


def _fate(rng: random.Random) -> str:
    share = rng.random()
    for fate, bound in (("copy", COPIES), ("damaged", DAMAGED), ("growing", GROWING)):
        if share < bound:
            return fate
        share -= bound
    return ""


def _sizes(options: Options) -> dict[int, int]:
    """Which runs are grown, and to how many bytes."""
    if not options.unpacked:
        return {}
    rng = random.Random(f"sizes {options.seed}")  # noqa: S311 - repeatable is what is wanted
    left = max(options.unpacked - options.runs * 350_000, 1_000_000)
    able = [
        one.number
        for one in plan.plans(options.runs, options.seed)
        if one.case.slug not in DOWNLOAD_NEEDED
    ]
    count = min(max(1, round(left / GROWN)), max(1, round(options.runs * GROWN_SHARE)), len(able))
    shares = [rng.lognormvariate(0, 0.6) for _ in range(count)]
    return {
        number: round(left * share / sum(shares))
        for number, share in zip(sorted(rng.sample(able, count)), shares, strict=True)
    }


def _made(one: Plan, rng: random.Random, options: Options, size: int, fate: str) -> Made:
    """Put the files of a run together in one of the forms."""
    form = _form(one, rng, size, fate)
    files = with_pauses(one, one.case.moved(one.identity))
    rng.shuffle(files)
    whole = rng.random() < WHOLE or one.case.slug in DOWNLOAD_NEEDED
    if options.small:
        files, form = _lean(one.case.slug, files, form)
    elif size or not (whole or form == "download"):
        files = [file for file in files if file.children is None]
    if form == "loose" and any(file.children is not None for file in files):
        form = "directory"
    models = [] if options.small or form in {"loose", "download"} else model_files(one)
    if size:
        files = pack.grown(files, rng, size)
    if fate == "growing":
        files = [file._replace(data=file.data[: len(file.data) * 2 // 5]) for file in files
                 if file.children is None]  # fmt: skip
    made = _packed(one, [*files, *models], form)._replace(models=bool(models))
    if fate == "damaged":
        made.files[""] = pack.damaged(made.files[""], rng)
    return made


def _form(one: Plan, rng: random.Random, size: int, fate: str) -> str:
    """Draw how a run is kept, as far as its fate leaves a choice."""
    form = rng.choices(tuple(FORMS), tuple(FORMS.values()))[0]
    if fate in {"damaged", "growing"}:
        return "zip" if fate == "damaged" else "directory"
    if form == "download" and (one.case.slug not in DOWNLOAD_TELLS or size):
        return "zip"
    return form


def _lean(slug: str, files: list[File], form: str) -> tuple[list[File], str]:
    """Leave out what a diagnosis does not need."""
    if slug in DOWNLOAD_NEEDED:
        return [file for file in files if file.children is not None], "zip"
    if form == "download":
        return files, form
    lean = [
        file
        for file in files
        if file.children is None and not file.path.endswith(("gc.log", "httpd.log"))
    ]
    stored = sum(len(pack.stored_bytes(file)) for file in lean)
    return lean, "zip" if stored > SMALL and form != "tar.gz" else form


def _packed(one: Plan, files: Sequence[File], form: str) -> Made:
    """Wrap the files."""
    end = one.moved(one.case.last)
    name = f"{one.began:%Y/%m}/{one.identity.cluster}/"
    label = f"{('run', 'job', 'INC')[one.number % 3]}-{one.number:05d}"
    unpacked = sum(pack.unpacked_bytes(file) for file in files)
    if form == "download":
        [download] = [file for file in files if file.children is not None]
        stem = Path(download.path).stem
        between = f"{one.number:05d}/" if one.number % 2 else f"{label}_"
        path = f"{name}{between}{stem}.zip"
        return Made(path, form, {"": pack.stored_bytes(download)}, pack.unpacked_bytes(download))
    if form == "zip":
        inner = f"{label}/" if one.number % 2 else ""
        listed = [(inner + file.path, pack.stored_bytes(file), end) for file in files]
        return Made(f"{name}{label}.zip", form, {"": pack.zipped(listed)}, unpacked)
    if form == "tar.gz":
        listed = [(f"{label}/{file.path}", pack.stored_bytes(file), end) for file in files]
        return Made(f"{name}{label}.tar.gz", form, {"": pack.tarred(listed)}, unpacked)
    place = pack.flat if form == "loose" else (lambda path: path)
    stored = {place(file.path): pack.stored_bytes(file) for file in files}
    return Made(f"{name}{label}", form, stored, unpacked)


def _write(folder: Path, made: Made, one: Plan, *, fresh: bool) -> None:
    """Write a run; its files are as old as it is, unless it is still being written."""
    end = one.moved(one.case.last).timestamp()
    for name, data in made.files.items():
        path = folder / made.path / name if name else folder / made.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if not fresh:
            os.utime(path, (end, end))


def _truth(one: Plan, made: Made, fate: str, size: int) -> dict[str, Any]:
    """Say what is true of a run; `scored` is false where evidence was taken away."""
    case, identity = one.case, one.identity
    at = one.at
    return {
        "path": made.path,
        "number": one.number,
        "case": case.slug,
        "form": made.form,
        "fate": fate,
        "scored": fate not in {"damaged", "growing"},
        "verdict": case.verdict,
        "condition": case.condition,
        "nodes": [one.node(index) for index in case.blamed],
        "at": None if at is None else at.isoformat(timespec="milliseconds"),
        "within_s": case.within_s,
        "last": one.moved(case.last).isoformat(),
        "version": one.version,
        "versions": sorted({one.version, identity.release.version}),
        "java": identity.java,
        "host": one.host,
        "hosts": list(identity.hosts),
        "cluster": identity.cluster,
        "user": identity.user,
        "grown": size > 0,
        "stored": sum(map(len, made.files.values())),
        "unpacked": made.unpacked,
        "models": made.models,
        "copy_of": None,
    }


def _facts(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is planted, and the runs that show it."""
    whole = [run for run in runs if run["copy_of"] is None and run["scored"]]

    def paths(test: Callable[[dict[str, Any]], bool]) -> list[str]:
        return sorted(run["path"] for run in whole if test(run))

    bad = plan.host_name(plan.BAD_CLUSTER, plan.BAD_HOST)
    grids = plan.USERS[plan.GRID_USER]
    late = [run["at"][:10] for run in whole if run["case"] == plan.LATE]
    return {
        "regression": {
            "condition": "distributed_exception",
            "h2o_version": plan.RELEASES[plan.REGRESSION_FROM].version,
            "runs": paths(lambda run: run["case"] == plan.REGRESSION),
        },
        "since": {
            "condition": "port.conflict",
            "day": min(late, default=None),
            "runs": paths(lambda run: run["case"] == plan.LATE),
        },
        "bad_host": {
            "host": bad,
            "runs": paths(lambda run: run["host"] == bad and run["case"] in plan.MACHINE),
        },
        "user": {
            "user": grids,
            "condition": "grid.partial_failures",
            "runs": paths(lambda run: run["user"] == grids and run["case"] == plan.GRIDS),
        },
        "exception": {
            "root_class": "java.lang.IllegalStateException",
            "runs": paths(lambda run: run["case"] == plan.REGRESSION),
        },
        "model_drift": {
            "cluster": CLUSTER,
            "auc_lost": LOSS,
            "runs": paths(lambda run: run["models"]),
        },
        "gc_loss": {
            "cluster": SLOW_CLUSTER,
            "runs": paths(lambda run: run["cluster"] == SLOW_CLUSTER),
        },
        "copies": sorted(run["path"] for run in runs if run["copy_of"]),
        "damaged": sorted(run["path"] for run in runs if run["fate"] == "damaged"),
        "growing": sorted(run["path"] for run in runs if run["fate"] == "growing"),
    }


def keep_growing(folder: Path, truth: dict[str, Any], now: datetime | None = None) -> None:
    """Set the times of the runs that are still being written."""
    stamp = (now or datetime.now(UTC)).timestamp()
    for path in truth["facts"]["growing"]:
        for file in (folder / path).rglob("*"):
            if file.is_file():
                os.utime(file, (stamp, stamp))


def main() -> None:
    """Write an archive."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unpacked", type=generate.size_of, default=0)
    parser.add_argument("--small", action="store_true")
    given = parser.parse_args()
    options = Options(given.runs, given.seed, given.small, given.unpacked)
    truth = make_archive(given.folder, options)
    stored, unpacked = (sum(run[what] for run in truth["runs"]) for what in ("stored", "unpacked"))
    print(f"{given.folder}: {len(truth['runs'])} runs, {stored / 1e6:.0f} MB, "
          f"{unpacked / 1e6:.0f} MB unpacked")  # fmt: skip


if __name__ == "__main__":
    main()
