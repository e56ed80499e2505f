import msgspec
import pytest

from h2o_forensics.training.mojo import read_mojo
from h2o_forensics.training.mojo_ini import Domain, read_ini
from tests.training_documents import load, read

INI = b"""[info]
h2o_version = 3.46.0.7
mojo_version = 1.40
algo = gbm
algorithm = Gradient Boosting Machine
category = Binomial
uuid = -7630116844882213152
supervised = true
n_features = 3
n_classes = 2
n_columns = 4
n_trees = 5
n_trees_per_class = 1

[columns]
c0
c1
c2
y

[domains]
1: 3 d000.txt
3: 2 d001.txt
"""
DOMAINS = ["domains/d000.txt", "domains/d001.txt"]


def trees(count: int, classes: int = 1) -> list[str]:
    return [
        f"trees/t{one:02d}_{tree:03d}{end}"
        for one in range(classes)
        for tree in range(count)
        for end in (".bin", "_aux.bin")
    ]


WHOLE = ["model.ini", *trees(5), *DOMAINS, "experimental/modelDetails.json"]


def damage(names: list[str], ini: bytes | None = INI) -> tuple[str, ...]:
    mojo = read_mojo("m.zip", names, ini, None).mojo
    assert mojo is not None
    return mojo.damage


def without(*lost: str) -> list[str]:
    return [name for name in WHOLE if name not in lost]


def test_a_whole_one() -> None:
    model = read_mojo("models/my_gbm.zip", WHOLE, INI, None)
    assert (model.id, model.algo, model.category) == ("my_gbm", "gbm", "Binomial")
    assert (model.response, model.columns) == ("y", ("c0", "c1", "c2"))
    assert model.cardinality == {"c1": 3, "y": 2}
    assert model.checksum == -7_630_116_844_882_213_152
    assert (model.kind, model.trees, model.h2o_version) == ("mojo", 5, "3.46.0.7")
    assert model.mojo is not None
    assert model.mojo.damage == ()
    assert model.mojo.mojo_version == "1.40"


def test_details_are_the_model_and_the_archive_adds() -> None:
    details = read(load("model")).models[0]
    model = read_mojo("x.zip", WHOLE, INI, msgspec.structs.replace(details, checksum=None))
    assert (model.id, model.kind) == ("d05_gbm", "mojo")
    assert model.metrics == details.metrics
    assert model.checksum == -7_630_116_844_882_213_152
    assert model.mojo is not None
    assert model.mojo.n_trees == 5


@pytest.mark.parametrize(
    ("names", "says"),
    (
        (without("trees/t00_002.bin"), "1 of 5 trees is missing: trees/t00_002.bin"),
        (
            without("trees/t00_002.bin", "trees/t00_002_aux.bin"),
            "1 of 5 trees is missing: trees/t00_002.bin",
        ),
        (
            without("trees/t00_002_aux.bin"),
            "1 of 5 trees' second files is missing: trees/t00_002_aux.bin",
        ),
        (
            without(*trees(5)),
            ("5 of 5 trees are missing: trees/t00_000.bin, trees/t00_001.bin, trees/t00_002.bin, "
            "trees/t00_003.bin, trees/t00_004.bin"),
        ),
        (without("domains/d001.txt"), "1 of 2 domain files is missing: domains/d001.txt"),
    ),
)  # fmt: skip
def test_what_is_missing(names: list[str], says: str) -> None:
    assert damage(names) == (says,)


def test_what_nobody_needs_may_be_missing() -> None:
    assert damage(without("experimental/modelDetails.json")) == ()


def test_model_ini() -> None:
    assert damage(without("model.ini"), None) == ("model.ini is missing",)
    assert damage(WHOLE, None) == ("model.ini cannot be read",)
    cut = INI[: INI.index(b"c2\n")]
    assert damage(WHOLE, cut) == (
        "model.ini has no section [domains]",
        "model.ini lists 2 columns and promises 4",
    )


def test_a_class_without_rows_has_no_trees() -> None:
    ini = INI.replace(b"n_trees_per_class = 1", b"n_trees_per_class = 3")
    names = ["model.ini", *DOMAINS, *(name for name in trees(5, 3) if "/t01_" not in name)]
    assert damage(names, ini) == ()
    names.remove("trees/t02_004.bin")
    assert damage(names, ini) == ("1 of 15 trees is missing: trees/t02_004.bin",)


def test_the_first_format_had_neither_classes_nor_second_files() -> None:
    ini = INI.replace(b"n_trees_per_class = 1\n", b"").replace(b"1.40", b"1.00")
    names = ["model.ini", *DOMAINS, *(name for name in trees(5) if "_aux" not in name)]
    assert damage(names, ini) == ()
    twice = ini.replace(b"[columns]", b"binomial_double_trees = true\n[columns]")
    both = [*names, *(name.replace("t00", "t01") for name in names)]
    assert damage(both, twice) == ()


def test_hostile_numbers_are_answered_at_once() -> None:
    ini = INI.replace(b"n_trees = 5", b"n_trees = 9000000000000000000")
    (says,) = damage(WHOLE, ini.replace(b"per_class = 1", b"per_class = 1000000000"))
    assert "trees are missing" in says
    assert len(says) < 300


@pytest.mark.parametrize(
    ("algo", "files"),
    (
        ("xgboost", ["boosterBytes"]),
        ("word2vec", ["vectors", "vocabulary"]),
        ("glrm", ["losses", "archetypes"]),
        ("pca", ["eigenvectors_raw"]),
        ("deeplearning", []),
        ("glm", []),
        ("kmeans", []),
    ),
)
def test_files_that_readers_open(algo: str, files: list[str]) -> None:
    ini = INI.replace(b"algo = gbm", b"algo = " + algo.encode())
    assert damage(["model.ini", *DOMAINS, *files], ini) == ()
    if files:
        (says,) = damage(["model.ini", *DOMAINS, *files[1:]], ini)
        assert files[0] in says


def test_extended_isolation_forest_has_names_of_its_own() -> None:
    ini = INI.replace(b"algo = gbm", b"algo = extendedisolationforest\nntrees = 3")
    names = ["model.ini", *DOMAINS, "trees/t00.bin", "trees/t01.bin", "trees/t02.bin"]
    assert damage(names, ini) == ()
    assert damage(names[:-1], ini) == ("1 of 3 trees is missing: trees/t02.bin",)


ENSEMBLE = b"""[info]
algo = stackedensemble
mojo_version = 1.01
n_columns = 1
submodel_count = 2
submodel_key_0 = meta
submodel_dir_0 = models/glm/meta/
submodel_key_1 = base
submodel_dir_1 = models/gbm/base/
base_models_num = 1
base_model0 = base
metalearner = meta

[columns]
x

[domains]
"""
INSIDE = [
    "model.ini", "models/glm/meta/model.ini", "models/gbm/base/model.ini",
    "models/gbm/base/trees/t00_000.bin", "models/gbm/base/trees/t00_000_aux.bin",
]  # fmt: skip


def test_stacked_ensemble() -> None:
    assert damage(INSIDE, ENSEMBLE) == ()
    (says,) = damage([name for name in INSIDE if "meta" not in name], ENSEMBLE)
    assert says == "1 of 2 models inside is missing: models/glm/meta/model.ini"
    (says,) = damage([name for name in INSIDE if not name.endswith("t00_000.bin")], ENSEMBLE)
    assert "models/gbm/base/trees/t00_000.bin" in says
    (says,) = damage(INSIDE, ENSEMBLE.replace(b"base_model0 = base", b"base_model0 = other"))
    assert says == "no model inside for other"


def test_a_packed_folder() -> None:
    packed = [f"my_model/{name}" for name in WHOLE]
    assert damage(packed) == ()
    assert damage(packed[:-5]) != ()


def test_ini_of_large_lines() -> None:
    ini = read_ini(
        b"[info]\nweights = " + b"1" * 100_000 + b"\n[columns]\nc\n[domains]\nx\n0: 2 f\n"
    )
    assert len(ini.info["weights"]) < 5_000
    assert ini.columns == ("c",)
    assert ini.domains == (Domain(0, 2, "f"),)


@pytest.mark.parametrize(
    "ini", (b"", b"\0" * 100, b"[info]\n=\n=x\nn_trees = NaN\n", b"[domains]\n:::")
)
def test_damaged_ini_is_no_error(ini: bytes) -> None:
    assert damage(["model.ini"], ini)
