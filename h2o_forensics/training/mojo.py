"""A MOJO archive: its inventory, and the model as `model.ini` or modelDetails.json tell of it."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from h2o_forensics.model.training import Model, Mojo, Scalar, Source
from h2o_forensics.training.cells import whole
from h2o_forensics.training.mojo_damage import find_damage
from h2o_forensics.training.mojo_ini import Ini, read_ini, stated

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTRIES = 20_000
"""Names that are kept; damage is sought among all."""
INI = "model.ini"
DETAILS = "experimental/modelDetails.json"
_COLUMN_PARAMS = ("fold_column", "offset_column", "weights_column", "treatment_column")


def read_mojo(
    archive: str, names: Sequence[str], model_ini: bytes | None, details: Model | None
) -> Model:
    """The model that an archive holds, with what the archive promises and lacks.

    Args:
        archive: its path; its name without ending is the model's where nothing else tells it.
        names: its entries.
        model_ini: the bytes of `model.ini`; None: missing, or not to be read.
        details: what `experimental/modelDetails.json` says of the model, if it is there.
    """
    inside = [name.removeprefix(_folder(names)) for name in names]
    ini = read_ini(model_ini) if model_ini is not None else None
    if ini is None:
        state = "cannot be read" if INI in inside else "is missing"
        damage: tuple[str, ...] = (f"{INI} {state}",)
    else:
        damage = find_damage(inside, ini)
    ini = ini or Ini({}, None, None, 0)
    mojo = Mojo(
        mojo_version=ini.info.get("mojo_version"),
        algo=ini.info.get("algo"),
        n_trees=stated(ini, "n_trees"),
        entries=tuple(islice(inside, ENTRIES)),
        damage=damage,
    )
    if details is None:
        return _by_ini(archive, ini, mojo)
    return msgspec.structs.replace(
        details,
        kind="mojo",
        mojo=mojo,
        checksum=details.checksum or whole(ini.info.get("uuid")),
        h2o_version=details.h2o_version or ini.info.get("h2o_version"),
    )


def _folder(names: Sequence[str]) -> str:
    """The folder that all of it lies in, where somebody packed the folder and not its content."""
    if not names or INI in names:
        return ""
    first = names[0].partition("/")[0] + "/"
    packed = f"{first}{INI}" in names and all(name.startswith(first) for name in names)
    return first if packed else ""


def _by_ini(archive: str, ini: Ini, mojo: Mojo) -> Model:
    """All that is known without modelDetails.json: no metrics."""
    columns = ini.columns or ()
    supervised = ini.info.get("supervised", "").lower() == "true"
    response = columns[-1] if supervised and columns else None
    predictors = columns[: stated(ini, "n_features")] if columns else ()
    named = {name: ini.info.get(name) for name in _COLUMN_PARAMS}
    params: dict[str, Scalar] = {name: column for name, column in named.items() if column}
    return Model(
        id=PurePosixPath(archive).name.partition(".")[0],
        algo=mojo.algo,
        algo_name=ini.info.get("algorithm"),
        category=ini.info.get("category"),
        h2o_version=ini.info.get("h2o_version"),
        response=response,
        columns=tuple(name for name in predictors if name != response),
        column_types={},
        cardinality={
            columns[domain.column]: domain.levels
            for domain in ini.domains or ()
            if 0 <= domain.column < len(columns)
        },
        params=params,
        given={},
        checksum=whole(ini.info.get("uuid")),
        metrics=(),
        trees=mojo.n_trees,
        kind="mojo",
        mojo=mojo,
        source=Source(path=archive),
    )
