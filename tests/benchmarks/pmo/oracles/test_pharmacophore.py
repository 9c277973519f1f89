import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D

from benchmarks.pmo.oracles.pharmacophore import pharmacophore_similarity_to, pharmacophores
from molagent.testing import NAMED_DRUGS

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
SALT = "[Na+].[O-]C(=O)c1ccccc1O"


def rdkit_bits(smiles):
    return Generate.Gen2DFingerprint(Chem.MolFromSmiles(smiles), Gobbi_Pharm2D.factory)


@pytest.mark.parametrize("smiles", [*NAMED_DRUGS.values(), GEFITINIB, SALT, "CCO"])
def test_there_is_one_code_for_every_bit_of_rdkits_fingerprint(smiles):
    assert len(pharmacophores(Chem.MolFromSmiles(smiles))) == rdkit_bits(smiles).GetNumOnBits()


@pytest.mark.parametrize("smiles", [*NAMED_DRUGS.values(), SALT])
def test_similarity_is_that_of_rdkits_fingerprints(smiles):
    expected = DataStructs.TanimotoSimilarity(rdkit_bits(GEFITINIB), rdkit_bits(smiles))
    (found,) = pharmacophore_similarity_to(GEFITINIB)([Chem.MolFromSmiles(smiles)])
    assert found == pytest.approx(expected, abs=1e-15)


def test_methane_has_no_pharmacophore():
    assert len(pharmacophores(Chem.MolFromSmiles("C"))) == 0
