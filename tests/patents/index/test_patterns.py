"""The screen of substructure search loses no hit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.patents.index.patterns import (
    PATTERN_FILE,
    PatternColumns,
    pattern_words,
    write_columns,
)
from molagent.patents.publications import read_collection
from tests.patents.conftest import ASPIRIN, BARICITINIB, COLLECTION, RUXOLITINIB, TOFACITINIB

PERYLENE = "c1cc2cccc3c4cccc5cccc(c(c1)c23)c54"
BIPHENYLENE = "c1ccc2c(c1)-c1ccccc1-2"
FRAGMENTS = [
    "Nc1cc(C)ncn1",
    "C/C=C/C",
    "CC(Cl)NC1CC(Br)N1",
    "CC(=O)O.c1ccccc1",
    "C1CNC1",
    "N1CCCC1",
]
QUERIES = [
    "c1ncnc2[nH]ccc12",
    "c1ccc1",
    "c1ccccc1",
    "c1cccc2c1cccc2",
    "[#6]1~[#7]~[#6]~[#7]~[#6]2~[#7]~[#6]~[#6]~[#6]~1~2",
    "C1CCNCC1",
    "[C;R]N[c;r6]",
    "[$([NX3;H2]),$([NX3;H1])]c1ncncc1",
    "C#N",
    "C!-C",
    "c!:c",
    "c-c",
    "[!N;!n]~[F,Cl,Br]",
    "[R]@[R]",
    "[C@H](C)N",
    "C/C=C/C",
    "*",
    "[#6]~[#6]~[#6]~[#6]~[#6]~[#6]~[#6]",
    "CC(=O)O.c1ccccc1",
    "O=C([OH])c1ccccc1",
    "[c,C]1[c,n][c,n][c,n][c,n][c,n]1",
    "[r4]",
    "C~1~C~N~C~1",
    "N1[CH2]C[CH2]1",
]


@pytest.fixture(scope="module")
def library():
    named = [
        compound.smiles
        for publication in read_collection(COLLECTION).publications
        for compound in publication.compounds
    ]
    smiles = [
        TOFACITINIB,
        RUXOLITINIB,
        BARICITINIB,
        ASPIRIN,
        PERYLENE,
        BIPHENYLENE,
        *FRAGMENTS,
        *named[:300],
    ]
    return [Chem.MolFromSmiles(text) for text in smiles]


@pytest.fixture(scope="module")
def columns(library, tmp_path_factory) -> PatternColumns:
    folder = tmp_path_factory.mktemp("patterns")
    words = np.stack([pattern_words(mol) for mol in library])
    write_columns(folder / PATTERN_FILE, len(words), [words[:3], words[3:20], words[20:]])
    return PatternColumns.open(folder, len(library))


@pytest.mark.parametrize("smarts", QUERIES)
def test_no_row_that_holds_the_pattern_is_screened_out(library, columns, smarts):
    query = Chem.MolFromSmarts(smarts)
    hits = [row for row, mol in enumerate(library) if mol.HasSubstructMatch(query)]
    assert hits, "a pattern without hits shows nothing"
    assert set(hits) <= set(columns.candidates(query).tolist())


def test_an_unwritten_bond_of_a_ring_may_be_single_between_aromatic_atoms(library, columns):
    # the ring of four of biphenylene is all aromatic atoms, and two of its bonds are single
    query = Chem.MolFromSmarts("c1ccc1")
    assert [row for row, mol in enumerate(library) if mol.HasSubstructMatch(query)] == [5]
    assert 5 in columns.candidates(query)


def test_a_ring_bond_between_aromatic_atoms_that_is_not_aromatic_is_flagged():
    assert pattern_words(Chem.MolFromSmiles(BIPHENYLENE))[16] == 1
    assert pattern_words(Chem.MolFromSmiles(PERYLENE))[16] == 0


def test_the_screen_leaves_few_rows_to_match(library, columns):
    query = Chem.MolFromSmarts("c1ncnc2[nH]ccc12")
    hits = sum(mol.HasSubstructMatch(query) for mol in library)
    assert hits <= len(columns.candidates(query)) <= 1.2 * hits < len(library)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_fragment_cut_from_a_molecule_is_found_in_it(library, columns, data):
    row = data.draw(st.integers(0, len(library) - 1))
    mol = library[row]
    start = data.draw(st.integers(0, mol.GetNumAtoms() - 1))
    radius = data.draw(st.integers(1, 5))
    bonds = Chem.FindAtomEnvironmentOfRadiusN(mol, radius, start, enforceSize=False)
    atoms = {start} | {
        atom
        for bond in bonds
        for atom in (
            mol.GetBondWithIdx(bond).GetBeginAtomIdx(),
            mol.GetBondWithIdx(bond).GetEndAtomIdx(),
        )
    }
    query = Chem.MolFromSmarts(Chem.MolFragmentToSmarts(mol, sorted(atoms), sorted(bonds)))
    unwritten = Chem.MolFromSmarts(
        Chem.MolFragmentToSmiles(mol, sorted(atoms), sorted(bonds), canonical=False)
    )
    for pattern in (query, unwritten):
        if pattern is not None and mol.HasSubstructMatch(pattern):
            assert row in columns.candidates(pattern)
