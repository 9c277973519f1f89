import pytest

from benchmarks.chemnet import ChemNet
from molagent.errors import ModelError


@pytest.fixture(scope="session")
def chemnet() -> ChemNet:
    try:
        return ChemNet()
    except ModelError as error:
        pytest.skip(str(error))
