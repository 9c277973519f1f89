import pytest
from rdkit import Chem

from molagent.chem.ring_systems import ring_systems, ring_systems_as_drawn


@pytest.mark.parametrize(
    ("name", "smiles", "systems"),
    [
        (
            "upadacitinib",
            "CC[C@@H]1CN(C(=O)NCC(F)(F)F)C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
            ("C1CCNC1", "c1cn2c(cnc3[nH]ccc32)n1"),
        ),
        (
            "a spiro ring is one system",
            "O=C1CC2(CCNCC2)C1c1ccccc1",
            ("O=C1CC2(CCNCC2)C1", "c1ccccc1"),
        ),
        ("an N-methyl pyrrole loses its methyl", "Cn1cccc1", ("c1cc[nH]c1",)),
        ("what is doubly bonded stays", "C=C1CCN(C)C1=O", ("C=C1CCNC1=O",)),
        ("a chain has none", "CCCCO", ()),
    ],
)
def test_ring_systems_are_what_is_left_when_single_bonds_are_cut(name, smiles, systems):
    assert ring_systems(Chem.MolFromSmiles(smiles)) == systems, name


def test_the_two_ways_agree_but_for_stereo():
    for smiles in (
        "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
        "CN1[C@H]2CC[C@@H]1[C@@H](C(=O)OC)[C@@H](OC(=O)c1ccccc1)C2",
        "C[n+]1ccc(/C=C/c2ccc([O-])cc2)cc1",
    ):
        mol = Chem.MolFromSmiles(smiles)
        drawn = [Chem.MolFromSmiles(each) for each in ring_systems_as_drawn(mol)]
        flat = sorted({Chem.MolToSmiles(each, isomericSmiles=False) for each in drawn})
        assert list(ring_systems(mol)) == flat
