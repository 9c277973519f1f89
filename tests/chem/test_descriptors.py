"""Descriptors are RDKit's own, computed without the modules that are slow to import."""

import pytest
from rdkit import Chem
from rdkit.Chem import QED, Crippen, Descriptors

from molagent.chem.descriptors import DESCRIPTORS

IMATINIB = "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


@pytest.mark.parametrize("smiles", [IMATINIB, RUXOLITINIB, "[2H]C([2H])([2H])O", "[Na+].[Cl-]"])
@pytest.mark.parametrize(
    ("name", "reference"),
    [("mw", Descriptors.MolWt), ("logp", Crippen.MolLogP), ("qed", QED.qed)],
)
def test_a_descriptor_is_rdkits(name, reference, smiles):
    mol = Chem.MolFromSmiles(smiles)
    assert DESCRIPTORS[name][0](mol) == reference(mol)


def test_the_weight_of_imatinib_is_the_labels():
    # 493.6 g/mol, free base, as the label of Gleevec gives it.
    assert DESCRIPTORS["mw"][0](Chem.MolFromSmiles(IMATINIB)) == pytest.approx(493.6, abs=0.05)
