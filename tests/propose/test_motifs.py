import pytest
from rdkit import Chem

from molagent.errors import ModelError
from molagent.propose.motifs import ATOM_TYPES, cut_mol, motif_from_smiles
from molagent.propose.vocabulary import MotifVocabulary, build_vocabulary

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"


def pieces(smiles: str) -> list[str]:
    return sorted(piece for piece, _ in cut_mol(Chem.MolFromSmiles(smiles)).pieces)


def test_bonds_at_rings_are_cut_but_not_to_terminal_atoms():
    assert pieces(ASPIRIN) == sorted(["CC(=O)O", "c1ccccc1", "O=CO"])
    assert pieces("Cc1ccccc1") == ["Cc1ccccc1"]


def test_a_cut_nitrogen_of_an_aromatic_ring_gets_its_hydrogen():
    assert pieces("CCn1cccc1") == ["CC", "c1cc[nH]c1"]


def test_every_atom_of_tofacitinib_lies_in_exactly_one_piece():
    mol = Chem.MolFromSmiles(TOFACITINIB)
    atoms = sorted(a for _, members in cut_mol(mol).pieces for a in members)
    assert atoms == list(range(mol.GetNumAtoms()))


def test_equivalent_atoms_share_an_anchor():
    toluene = motif_from_smiles("Cc1ccccc1")
    assert toluene is not None
    assert len(set(toluene.anchors)) == 5  # methyl, ipso, ortho, meta, para


def test_relabelling_leaves_the_motif_as_it_was():
    motif = motif_from_smiles("c1cn[nH]c1")
    assert motif is not None
    for permutation in motif.relabel:
        assert [motif.open_valence[p] for p in permutation] == list(motif.open_valence)


def test_a_motif_without_hydrogen_cannot_be_attached():
    assert motif_from_smiles("FC(F)(F)F") is None


def test_the_vocabulary_survives_a_file():
    vocabulary = build_vocabulary([ASPIRIN, TOFACITINIB])
    again = MotifVocabulary.from_json(vocabulary.to_json())
    assert again == vocabulary
    assert again.sha256 == vocabulary.sha256
    assert len(again.blocks) == len(ATOM_TYPES) + len(vocabulary.motif_smiles)


@pytest.mark.parametrize("text", ["", "{}", '{"atoms": [["C", 0, 4]], "motifs": []}'])
def test_a_vocabulary_for_other_atoms_is_refused(text: str):
    with pytest.raises(ModelError, match="vocabulary"):
        MotifVocabulary.from_json(text)
