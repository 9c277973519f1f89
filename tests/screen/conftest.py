from pathlib import Path

import pandas as pd
import pytest

from tests.screen.drugs import JAK_INHIBITORS

JAK_DATA = Path(__file__).parents[2] / "data" / "jak"


@pytest.fixture(scope="session")
def approved_jak_inhibitors():
    """The approved JAK inhibitors by name."""
    return dict(JAK_INHIBITORS)


@pytest.fixture(scope="session")
def measured_jak_inhibitors():
    """Every tenth compound of the JAK1 and JAK2 sets."""
    tables = [pd.read_csv(JAK_DATA / f"{target}_ki.csv") for target in ("jak1", "jak2")]
    return pd.concat(tables)["smiles"].tolist()[::10]
