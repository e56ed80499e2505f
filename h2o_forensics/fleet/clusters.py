"""Which runs are of the same cluster: H2O's clients name a new one for every session."""

import re

from h2o_forensics.model.fleet import FleetRun

# H2O_from_python_ann_hc2cdi, H2O_started_from_R_ann_exa001: h2o-py/h2o/backend/server.py,
# h2o-r/h2o-package/R/connection.R append random characters.
_SESSION = re.compile(r"^(H2O_(?:started_)?from_(?:python|R)(?:_.*)?)_[A-Za-z0-9]{6}$")


def cluster_of(cloud_name: str | None) -> str | None:
    """The name without what is random in it: `H2O_from_python_ann_*`."""
    if not cloud_name:
        return None
    match = _SESSION.match(cloud_name)
    return f"{match[1]}_*" if match else cloud_name


def place_of(run: FleetRun) -> str | None:
    """Where runs are compared over time: the cluster, else the host."""
    if named := cluster_of(run.cloud_name):
        return named
    return f"host {run.host}" if run.host else None
