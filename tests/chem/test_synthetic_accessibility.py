import csv
import math
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, RDConfig

from molagent.chem.synthetic_accessibility import sa_score, sa_scores

DRUGS = {
    "aspirin": ("CC(=O)Oc1ccccc1C(=O)O", 1.580),
    "paracetamol": ("CC(=O)Nc1ccc(O)cc1", 1.407),
    "ibuprofen": ("CC(C)Cc1ccc(cc1)C(C)C(=O)O", 2.192),
    "imatinib": ("CN1CCN(Cc2ccc(C(=O)Nc3ccc(C)c(Nc4nccc(-c5cccnc5)n4)c3)cc2)CC1", 2.332),
    "tofacitinib": ("C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12", 3.670),
    "morphine": ("CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5", 5.274),
}


@pytest.mark.parametrize("name", DRUGS)
def test_scores_of_drugs_stay_what_they_were(name):
    smiles, expected = DRUGS[name]
    assert sa_score(Chem.MolFromSmiles(smiles)) == pytest.approx(expected, abs=5e-4)


def test_scores_agree_with_the_table_of_rdkit():
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "data" / "zim.100.txt"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    scores = sa_scores([row["smiles"] for row in rows])
    assert len(rows) == 100
    np.testing.assert_allclose(scores, [float(row["sa_score"]) for row in rows], atol=2e-3)


def test_what_cannot_be_read_has_no_score():
    scores = sa_scores(["c1ccc", "", "CCO"])
    assert np.isnan(scores[:2]).all()
    assert np.isfinite(scores[2])
    assert math.isnan(sa_score(Chem.Mol()))
