"""H2O's server and a Java it runs on, else the tests are skipped."""

from pathlib import Path

import pytest

from tests.real import h2o_node


@pytest.fixture(scope="session")
def java() -> Path:
    try:
        return h2o_node.find_java()
    except h2o_node.MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def jar() -> Path:
    try:
        return h2o_node.find_jar()
    except h2o_node.MissingError as missing:
        pytest.skip(str(missing))
