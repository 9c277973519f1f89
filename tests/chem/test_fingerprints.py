import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.descriptors import DESCRIPTORS, descriptor_table
from molagent.chem.fingerprints import atom_pair_counts, morgan_bits, morgan_counts, tanimoto
from molagent.testing import NAMED_DRUGS

SMILES = list(NAMED_DRUGS.values())


def test_tanimoto_equals_rdkits():
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(smiles)) for smiles in SMILES]
    expected = [DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints]
    packed = morgan_bits(SMILES)
    np.testing.assert_allclose(tanimoto(packed, packed), expected)


def test_two_empty_fingerprints_are_not_similar():
    empty = np.zeros((1, 16), dtype=np.uint64)
    assert tanimoto(empty, empty)[0, 0] == 0.0


def test_counts_keep_order_and_count_repeats():
    assert morgan_counts(["CC", "CCCCCCCC"])[1].max() > 1
    forward, backward = atom_pair_counts(SMILES), atom_pair_counts(SMILES[::-1])
    np.testing.assert_array_equal(forward, backward[::-1])


def test_gefitinib_has_its_published_descriptors():
    # PubChem CID 123631: molecular weight 446.9, TPSA 68.7, 8 rotatable bonds, 1 donor.
    row = descriptor_table([NAMED_DRUGS["gefitinib"]]).iloc[0]
    assert round(row["mw"], 1) == 446.9
    assert round(row["tpsa"], 1) == 68.7
    assert (row["rotb"], row["hbd"]) == (8, 1)
    assert list(descriptor_table(["C"]).columns) == list(DESCRIPTORS)
