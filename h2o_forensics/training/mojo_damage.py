"""What a MOJO's `model.ini` promises and its archive lacks.

Only that without which H2O's reader (h2o-genmodel) fails, or scores wrongly and says nothing: a
tree that is not there is taken for an empty one.  With a tree, from format 1.10 on, goes its
`_aux` file: the reader opens it unasked (measured: `Binary file trees/t00_003_aux.bin not found`).
A class without any tree is one that had no rows; what lies under `experimental/` nobody needs.
"""

from __future__ import annotations

import re
from itertools import count, islice
from typing import TYPE_CHECKING

from h2o_forensics.training.cells import number
from h2o_forensics.training.mojo_ini import stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from h2o_forensics.training.mojo_ini import Ini

_Trees = dict[int, set[int]]
"""Class -> numbers of its trees."""
SHOWN = 5
SUBMODELS = 10_000
CLASSES = 1_000
_SHARED_TREES = frozenset({"gbm", "drf", "isolationforest", "upliftdrf"})
_TREE = re.compile(r"trees/t(\d{2,9})_(\d{3,9})(_aux)?\.bin")
_FILES = {
    "xgboost": ("boosterBytes",),
    "word2vec": ("vectors", "vocabulary"),
    "glrm": ("losses", "archetypes"),
    "pca": ("eigenvectors_raw",),
    "coxph": ("x_mean_cat", "x_mean_num"),
    "targetencoder": ("feature_engineering/target_encoding/encoding_map.ini",),
    "isotonicregression": ("calib/thresholds_x", "calib/thresholds_y"),
    "gam": ("_names_no_centering",),
}
"""Files that the reader of an algorithm opens unasked."""


def find_damage(names: Sequence[str], ini: Ini) -> tuple[str, ...]:
    """One short sentence for each thing that is missing.

    Args:
        names: the archive's entries.
        ini: what is promised.
    """
    have = set(names)
    return (
        *_sections(ini),
        *_domains(ini, have),
        *_trees(ini, names),
        *_extended_trees(ini, have),
        *_files(ini, have),
        *_submodels(ini, have),
        *_nested_trees(names),
    )


def _sections(ini: Ini) -> Iterator[str]:
    if ini.columns is None or ini.domains is None:
        lacking = "[columns]" if ini.columns is None else "[domains]"
        yield f"model.ini has no section {lacking}"
    promised = stated(ini, "n_columns")
    if ini.columns is not None and promised is not None and promised != ini.listed:
        yield f"model.ini lists {ini.listed} columns and promises {promised}"


def _domains(ini: Ini, have: set[str]) -> Iterator[str]:
    limit = stated(ini, "n_columns")
    wanted = [
        f"domains/{domain.file}"
        for domain in ini.domains or ()
        if limit is None or domain.column < limit
    ]
    yield from _lacking(wanted, have, "domain files")


def _trees(ini: Ini, names: Sequence[str]) -> Iterator[str]:
    trees, classes = stated(ini, "n_trees"), _trees_per_class(ini)
    if ini.info.get("algo") not in _SHARED_TREES or not trees or not classes:
        return
    present, aux = _numbered(names)
    missing: list[str] = []
    total = 0
    for one in range(min(classes, CLASSES)):
        here = {tree for tree in present.get(one, ()) if tree < trees}
        if here or one in aux or classes == 1 or not present:  # else a class without rows
            total += trees - len(here)
            gaps = islice((tree for tree in count() if tree not in here), SHOWN)
            missing += [f"trees/t{one:02d}_{tree:03d}.bin" for tree in gaps if tree < trees]
    if total:
        yield _sentence(missing, total, f"{trees * classes} trees")
    if (number(ini.info.get("mojo_version")) or 0) > 1:
        yield from _second_files(present, aux)


def _second_files(present: _Trees, aux: _Trees) -> Iterator[str]:
    alone = sorted(
        (one, tree) for one, trees in present.items() for tree in trees - aux.get(one, set())
    )
    if alone:
        shown = [f"trees/t{one:02d}_{tree:03d}_aux.bin" for one, tree in alone[:SHOWN]]
        all_of_them = sum(len(trees) for trees in present.values())
        yield _sentence(shown, len(alone), f"{all_of_them} trees' second files")


def _trees_per_class(ini: Ini) -> int | None:
    """As SharedTreeMojoReader: the first format did not say it."""
    said = stated(ini, "n_trees_per_class")
    if said is not None:
        return said
    classes = stated(ini, "n_classes")
    twice = ini.info.get("binomial_double_trees", "").lower() == "true"
    return 1 if classes == 2 and not twice else classes  # noqa: PLR2004 - binomial


def _numbered(names: Iterable[str]) -> tuple[_Trees, _Trees]:
    """The trees that are there by class, and those whose second file is there."""
    present: _Trees = {}
    aux: _Trees = {}
    for name in names:
        match = _TREE.fullmatch(name)
        if match:
            found = aux if match[3] else present
            found.setdefault(int(match[1]), set()).add(int(match[2]))
    return present, aux


def _extended_trees(ini: Ini, have: set[str]) -> Iterator[str]:
    trees = stated(ini, "ntrees")
    if ini.info.get("algo") != "extendedisolationforest" or not trees:
        return
    names = (f"trees/t{tree:02d}.bin" for tree in range(trees))
    present = sum(name.startswith("trees/t") and name.endswith(".bin") for name in have)
    if present < trees:
        missing = list(islice((name for name in names if name not in have), SHOWN))
        yield _sentence(missing, trees - present, f"{trees} trees")


def _files(ini: Ini, have: set[str]) -> Iterator[str]:
    wanted = list(_FILES.get(ini.info.get("algo", ""), ()))
    if ini.info.get("calib_method") == "isotonic":
        wanted += ["calib/thresholds_x", "calib/thresholds_y"]
    if stated(ini, "_n_orig_names") is not None:
        wanted.append("_orig_names")
    yield from _lacking(list(dict.fromkeys(wanted)), have, "files")


def _submodels(ini: Ini, have: set[str]) -> Iterator[str]:
    """Of stacked ensembles, rule fits and others that hold models."""
    submodels = range(min(stated(ini, "submodel_count") or 0, SUBMODELS))
    folders = [ini.info.get(f"submodel_dir_{index}") for index in submodels]
    wanted = [f"{folder}model.ini" for folder in folders if folder]
    yield from _lacking(wanted, have, "models inside")
    keys = {ini.info.get(f"submodel_key_{index}") for index in submodels}
    base = range(min(stated(ini, "base_models_num") or 0, SUBMODELS))
    parts = [ini.info.get(f"base_model{index}") for index in base]
    parts += [ini.info.get("metalearner")] if ini.info.get("algo") == "stackedensemble" else []
    lost = [part for part in parts if part is not None and part not in keys]
    if lost:
        yield f"no model inside for {_few(lost, len(lost))}"


def _nested_trees(names: Sequence[str]) -> Iterator[str]:
    """Trees of models inside: of each second file the tree itself must be there."""
    inner = {name for name in names if name.startswith("models/") and "/trees/t" in name}
    second = "_aux.bin"
    lost = sorted(
        f"{name.removesuffix(second)}.bin"
        for name in inner
        if name.endswith(second) and f"{name.removesuffix(second)}.bin" not in inner
    )
    if lost:
        yield _sentence(lost, len(lost), "trees of the models inside")


def _lacking(wanted: Sequence[str], have: set[str], of: str) -> Iterator[str]:
    lost = [name for name in wanted if name not in have]
    if lost:
        yield _sentence(lost, len(lost), f"{len(wanted)} {of}")


def _sentence(names: Sequence[str], lost: int, of: str) -> str:
    verb = "is" if lost == 1 else "are"
    return f"{lost} of {of} {verb} missing: {_few(names, lost)}"


def _few(names: Sequence[str], total: int) -> str:
    more = total - min(len(names), SHOWN)
    return ", ".join(name[:200] for name in names[:SHOWN]) + (f" and {more} more" if more else "")
