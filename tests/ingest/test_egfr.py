"""EGFR in ChEMBL 27: original value and unit against ChEMBL's own standardised value.

The file (ChEMBL content, CC BY-SA 3.0) is cut from that of TeachOpenCADD's first talktorial: all
rows with an unusual unit, and some of the others. The bench ``units`` takes the whole.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.ingest.potencies import RefusedPotencyError, parse_potency

EGFR = Path(__file__).parents[2] / "data" / "teachopencadd_egfr"
# Units that are no concentration, or carry a power of ten that people write in many ways.
REFUSED_UNITS = {
    *("/uM", "ug ml-1", "10'1 uM", "10'2 uM", "10'3 uM", "10'-1microM", "10'-2microM", "10'-10M"),
    *("10'1 ug/ml", "10'-1 ug/ml", "10'-2 ug/ml", "10'-3 ug/ml", "10'-6g/ml"),
}


@pytest.fixture(scope="module")
def activities() -> pd.DataFrame:
    path = EGFR / "EGFR_bioactivities_CHEMBL27.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_original_values_and_units_give_what_chembl_standardised(activities):
    accepted, refused = [], []
    for row in activities.itertuples():
        try:
            potency = parse_potency(row.value, row.units, row.relation)
        except RefusedPotencyError:
            refused.append(row.units if row.value else "no value")
        else:
            accepted.append((potency.p_value, float(row.standard_value), row.standard_units))
    assert len(accepted) + len(refused) == len(activities) == 392
    assert set(refused) == REFUSED_UNITS | {"no value"}
    assert len(refused) == 113
    ours = np.array([p_value for p_value, _, _ in accepted])
    theirs = 9.0 - np.log10([value for _, value, _ in accepted])
    assert {unit for _, _, unit in accepted} == {"nM"}
    # ChEMBL rounds what it standardises.
    np.testing.assert_allclose(ours, theirs, atol=0.01)
