"""Damaged documents about training: each damage is drawn from a seeded generator.

Run on demand, `python -m tests.properties.hostile_models --inputs 3000`; a short run is a test.
"""

import argparse
import copy
import gzip
import io
import json
import random
import resource
import sys
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from h2o_forensics.intake import bundle_of_texts
from h2o_forensics.model.evidence import Analysis
from h2o_forensics.model.rule import RuleBook
from h2o_forensics.pipeline import examine
from h2o_forensics.report import (
    build_models_report,
    build_report,
    models_to_html,
    models_to_json,
    models_to_text,
    to_html,
    to_json,
)
from h2o_forensics.rulebook import load_rulebook
from tests.fuzz.mutations import mutate

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
CLEAN = ("model", "test_metrics", "train_frame", "test_frame")
OTHERS = ("grid", "automl", "leaderboard", "frame", "frame_chunks")
DEEP = 100_000
SECONDS = 20
"""A document takes some milliseconds; a slow machine is no hang."""
MARKUP = "<script>alert(1)</script>&amp;\"'"
Files = dict[str, bytes]
NONSENSE: tuple[Any, ...] = (
    None, "NaN", "Infinity", "-Infinity", "", True, [], {}, [[]], {"name": None}, 1e308, -1e308,
    -1, -(10**30), 10**400, MARKUP, "é\u202e\u0000\U0001f600" * 40, "x" * 100_000, [None] * 50,
    [1, "2", None], {"name": MARKUP}, "1e5",
)  # fmt: skip


class Damaged(NamedTuple):
    """A damaged case."""

    what: str
    files: Files
    clean: bool
    """It was about the clean model, which nothing accuses."""
    named: bool = False
    """A problem must be told."""


@cache
def rulebook() -> RuleBook:
    """Load the rules once."""
    return load_rulebook(plugins=False)


@cache
def saved(folder: str, name: str) -> bytes:
    """A document of the fixtures."""
    return gzip.decompress((FIXTURES / folder / f"{name}.json.gz").read_bytes())


def clean_files() -> Files:
    """All that was saved of the clean model."""
    return {f"{name}.json": saved("clean", name) for name in CLEAN}


def _spot(rng: random.Random, document: Any) -> tuple[Any, Any]:
    """A container and a key in it, nearly anywhere: wide tables get no more than their share."""
    here = document
    while True:
        keys = list(here) if isinstance(here, dict) else range(len(here))
        key = rng.choice(keys)
        below = here[key]
        if not isinstance(below, dict | list) or not below or rng.random() < 0.12:
            return here, key
        here = below


def drop(rng: random.Random, document: Any) -> None:
    """Leave out a key, or an item."""
    here, key = _spot(rng, document)
    del here[key]


def replace(rng: random.Random, document: Any) -> None:
    """Put nonsense in the place of a value."""
    here, key = _spot(rng, document)
    here[key] = copy.deepcopy(rng.choice(NONSENSE))


def stringify(rng: random.Random, document: Any) -> None:
    """Put a value as the text of itself."""
    here, key = _spot(rng, document)
    here[key] = str(here[key])


def rename(rng: random.Random, document: Any) -> None:
    """Give another name to a key."""
    here, key = _spot(rng, document)
    if isinstance(here, dict):
        here[rng.choice((MARKUP, "", "name", key.upper(), "\u0000"))] = here.pop(key)


def _tables(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        if isinstance(document.get("data"), list) and document["data"]:
            yield document
        for value in document.values():
            yield from _tables(value)
    elif isinstance(document, list):
        for value in document:
            yield from _tables(value)


def lengths(rng: random.Random, document: Any) -> None:
    """Make the columns of a table unlike in length, or their names, or the count of rows."""
    tables = list(_tables(document))
    if not tables:
        return drop(rng, document)
    table = rng.choice(tables)
    column = rng.randrange(len(table["data"]))
    how = rng.randrange(5)
    if how == 0 and isinstance(table["data"][column], list):
        table["data"][column] = table["data"][column][: rng.randrange(3)]
    elif how == 1:
        table["data"].pop(column)
    elif how == 2 and table.get("columns"):
        table["columns"].pop(rng.randrange(len(table["columns"])))
    elif how == 3:
        table["rowcount"] = rng.choice((-1, 0, 10**12, None, "many"))
    elif isinstance(table["data"][column], list):
        table["data"][column] += rng.choice(([None] * 3, ["NaN"], [-1] * 2000, [[]]))
    return None


def _decoded(
    change: Callable[[random.Random, Any], None],
) -> Callable[[random.Random, bytes], bytes]:
    def changed(rng: random.Random, data: bytes) -> bytes:
        document = json.loads(data)
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            if document:
                change(rng, document)
        return json.dumps(document, ensure_ascii=rng.random() < 0.5).encode(
            "utf-8", "surrogatepass"
        )

    return changed


def cut(rng: random.Random, data: bytes) -> bytes:
    """End somewhere."""
    return data[: rng.randrange(1, len(data) - 1)]


def twice(rng: random.Random, data: bytes) -> bytes:
    """Give a key twice, the second time as nonsense."""
    quotes = [i for i in range(0, len(data), 97) if (at := data.find(b'":', i)) > 0 and at < i + 97]
    at = data.find(b'":', rng.choice(quotes))
    start = data.rfind(b'"', 0, at) + 1
    word = json.dumps(copy.deepcopy(rng.choice(NONSENSE))).encode()
    return data[: start - 1] + b'"' + data[start:at] + b'":' + word + b"," + data[start - 1 :]


def deep(rng: random.Random, data: bytes) -> bytes:
    """Put a value nested far too deep."""
    at = data.find(b'":', rng.randrange(len(data) // 2)) + 2
    bracket = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return data[:at] + bracket[0] * DEEP + b"1" + bracket[1] * DEEP + b"," + data[at:]


def scramble(rng: random.Random, data: bytes) -> bytes:
    """Damage to bytes, as the fuzzer does."""
    return mutate(rng, [data])


CHANGES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "drop": _decoded(drop),
    "replace": _decoded(replace),
    "stringify": _decoded(stringify),
    "rename": _decoded(rename),
    "lengths": _decoded(lengths),
    "cut": cut,
    "twice": twice,
    "deep": deep,
}
"""What leaves a clean model unaccused: nothing here makes a plausible, worse number."""


def mojo(details: bytes) -> list[tuple[str, bytes]]:
    """A small MOJO as H2O lays it out, with the model's JSON in it."""
    model = json.dumps(json.loads(details)["models"][0]).encode()
    ini = (
        "[info]\nh2o_version = 3.46.0.7\nmojo_version = 1.40\nalgo = gbm\ncategory = Binomial\n"
        "supervised = true\nn_features = 2\nn_classes = 2\nn_columns = 3\nn_domains = 1\n"
        "n_trees = 3\nn_trees_per_class = 1\n\n[columns]\na\nb\noutcome\n\n"
        "[domains]\n2: 2 d000.txt\n"
    )
    trees = [(f"trees/t00_{n:03d}{kind}.bin", bytes(90)) for n in range(3) for kind in ("", "_aux")]
    return [
        ("model.ini", ini.encode()),
        ("domains/d000.txt", b"no\nyes\n"),
        ("experimental/modelDetails.json", model),
        *trees,
    ]


def zipped(parts: list[tuple[str, bytes]]) -> bytes:
    """Pack parts; names may come twice."""
    box = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of names that come twice
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return box.getvalue()


def _encrypted(data: bytes) -> bytes:
    """Mark all members as encrypted."""
    out = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = out.find(mark)
        while start >= 0:
            out[start + at] |= 1
            start = out.find(mark, start + 4)
    return bytes(out)


def hostile_mojos() -> Iterator[Damaged]:
    """Each way in which a MOJO is bad."""
    parts = mojo(saved("clean", "model"))
    for index, (name, _) in enumerate(parts):
        rest = parts[:index] + parts[index + 1 :]
        known = name != "experimental/modelDetails.json"  # stripped MOJOs are common
        yield Damaged(f"without {name}", {"m.zip": zipped(rest)}, clean=False, named=known)
    climbing = [*parts, ("../../../climbed/trees/t00_000.bin", b"x"), ("/climbed", b"x")]
    yield Damaged("traversal", {"m.zip": zipped(climbing)}, clean=False, named=True)
    bomb = bytes(64 * 2**20)
    for name in ("domains/d000.txt", "experimental/modelDetails.json", "model.ini"):
        bombed = [(n, bomb if n == name else c) for n, c in parts]
        read = name != "domains/d000.txt"  # nothing looks into those
        yield Damaged(f"bomb {name}", {"m.zip": zipped(bombed)}, clean=False, named=read)
    yield Damaged("encrypted", {"m.zip": _encrypted(zipped(parts))}, clean=False, named=True)
    whole = zipped(parts)
    for share in (0.1, 0.5, 0.9, 0.99):
        piece = whole[: int(len(whole) * share)]
        yield Damaged(f"cut at {share}", {"m.zip": piece}, clean=False, named=True)
    for number, text in enumerate(
        (b"", b"[info]\nn_trees = 99999999999\n", b"\xff" * 999, b"[" * 9999)
    ):
        ini = [(n, text if n == "model.ini" else c) for n, c in parts]
        yield Damaged(f"model.ini {number}", {"m.zip": zipped(ini)}, clean=False)


def doubled_mojo() -> bytes:
    """Names that stand twice, the second time with other content."""
    parts = mojo(saved("clean", "model"))
    return zipped([*parts, ("model.ini", b"[info]\nalgo = drf\nn_trees = 900\n"), *parts[3:]])


def damaged(rng: random.Random, number: int) -> Damaged:
    """The next damaged case: seven of ten are about the clean model."""
    what = list(CHANGES)[number % len(CHANGES)] if rng.random() < 0.85 else "scramble"
    change = CHANGES.get(what, scramble)
    if rng.random() < 0.7:
        name = rng.choice(("model", "model", *CLEAN))
        files = clean_files()
        files[f"{name}.json"] = change(rng, files[f"{name}.json"])
        return Damaged(
            f"{number} {what} {name}", files, what != "scramble", what in {"cut", "deep"}
        )
    name = rng.choice(OTHERS)
    files = {"it.json": change(rng, saved("documents", name))}
    return Damaged(f"{number} {what} {name}", files, clean=False)


def judge(case: Damaged, *, reports: bool = False) -> Analysis:
    """All of the pipeline.

    Raises:
        AssertionError: it took too long, accused a clean model, or named no problem.
    """
    begun = time.monotonic()
    analysis = examine(bundle_of_texts(case.files), rulebook())
    if reports:
        models = build_models_report(analysis)
        pages = [models_to_html(models), to_html(build_report(analysis))]
        assert all("<script>alert" not in page for page in pages), case.what
        assert models_to_json(models), case.what
        assert models_to_text(models), case.what
        assert to_json(build_report(analysis)), case.what
    assert time.monotonic() - begun < SECONDS, case.what
    if case.clean:
        assert not accused(analysis), (case.what, accused(analysis))
    if case.named:
        told = [*analysis.case.problems, *analysis.diagnosis.root_causes]
        assert told, f"{case.what}: nothing was said"
    return analysis


def accused(analysis: Analysis) -> list[str]:
    """Conditions that are no remarks."""
    return sorted({f.finding.condition for f in analysis.diagnosis.findings if f.role != "info"})


def peak_mb() -> int:
    """Of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> int:
    """Many of them."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--inputs", type=int, default=3000)
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    rng = random.Random(given.seed)  # noqa: S311 - nothing secret
    failed: Counter[str] = Counter()
    cases = [*hostile_mojos()] if given.seed == 1 else []
    for number in range(given.inputs):
        case = cases[number] if number < len(cases) else damaged(rng, number)
        try:
            judge(case, reports=number % 10 == 0)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            failed[" ".join(case.what.split()[1:])] += 1
            print(f"{case.what}: {type(error).__name__} {str(error)[:300]}", flush=True)  # noqa: T201
        if number % 500 == 499:
            print(f"{number + 1} done, {sum(failed.values())} bad, peak {peak_mb()} MB", flush=True)  # noqa: T201
    print(f"{given.inputs} inputs, {sum(failed.values())} bad {dict(failed)}, peak {peak_mb()} MB")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
