"""A skeleton rules a match out, and never one that is there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.chem.scaffolds import murcko_scaffold
from molagent.errors import FileFormatError, StructureError
from molagent.patents.compounds import SmallIndex, find_parent
from molagent.patents.index.keys import DEPTHS, identity_keys
from molagent.patents.structurekeys import StructureKeys, scaffold_key, skeleton_key
from tests.patents.conftest import BARICITINIB, RUXOLITINIB, TOFACITINIB, UPADACITINIB

DRUGS = {
    "imatinib": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "warfarin": "CC(=O)CC(c1ccccc1)c1c(O)c2ccccc2oc1=O",
    "warfarin's chromone": "CC(=O)CC(c1ccccc1)C1=C(O)Oc2ccccc2C1=O",
    "sildenafil": "CCCc1nn(C)c2c1NC(=NC2=O)c1cc(S(=O)(=O)N2CCN(C)CC2)ccc1OCC",
    "sildenafil's lactim": "CCCc1nn(C)c2c(O)nc(nc12)-c1cc(S(=O)(=O)N2CCN(C)CC2)ccc1OCC",
    "guanine": "Nc1nc2[nH]cnc2c(=O)[nH]1",
    "7H-guanine": "Nc1nc2nc[nH]c2c(=O)[nH]1",
    "tofacitinib": TOFACITINIB,
    "ruxolitinib": RUXOLITINIB,
    "baricitinib": BARICITINIB,
    "upadacitinib": UPADACITINIB,
}


def mol(smiles):
    return Chem.MolFromSmiles(smiles)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), name=st.sampled_from(sorted(DRUGS)))
def test_keys_do_not_depend_on_how_the_structure_is_written(seed, name):
    given_mol = mol(DRUGS[name])
    rewritten = mol(Chem.MolToRandomSmilesVect(given_mol, 1, randomSeed=seed)[0])
    assert skeleton_key(rewritten) == skeleton_key(given_mol)
    assert scaffold_key(rewritten) == scaffold_key(given_mol)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("warfarin", "warfarin's chromone"),
        ("guanine", "7H-guanine"),
    ],
)
def test_tautomers_share_their_skeleton(one, other):
    assert skeleton_key(mol(DRUGS[one])) == skeleton_key(mol(DRUGS[other]))


def test_constitutional_isomers_do_not():
    ortho, para = mol("Oc1ccccc1C"), mol("Oc1ccc(C)cc1")
    assert skeleton_key(ortho) != skeleton_key(para)
    assert skeleton_key(mol("CCO")) != skeleton_key(mol("COC"))


def test_isotopes_charges_and_bond_orders_are_not_part_of_a_skeleton():
    assert skeleton_key(mol("[2H]C([2H])([2H])Oc1ccccc1")) == skeleton_key(mol("COc1ccccc1"))
    assert skeleton_key(mol("C[NH3+]")) == skeleton_key(mol("CN")) == skeleton_key(mol("C=N"))


def shared_pairs(structures):
    """Return pairs of parents that share an identity key."""
    keys = {}
    for parent in structures:
        try:
            keys[parent] = identity_keys(parent)
        except StructureError:
            continue
    for depth in DEPTHS:
        by_key: dict[str, list[str]] = {}
        for parent, own in keys.items():
            by_key.setdefault(getattr(own, depth), []).append(parent)
        for parents in by_key.values():
            yield from ((parents[0], other) for other in parents[1:])


def test_no_match_of_a_raw_patent_export_is_lost(exported_structures):
    parents = set()
    for smiles in exported_structures:
        try:
            parents.add(find_parent(smiles))
        except StructureError:
            continue
    pairs = list(shared_pairs(sorted(parents)))
    assert len(pairs) > 20
    index = StructureKeys.from_parents([first for first, _ in pairs])
    assert [other for _, other in pairs if not index.may_match(mol(other))] == []


def test_a_structure_with_a_metal_is_always_looked_up():
    index = StructureKeys.from_parents(["CCO"])
    assert index.may_match(mol("[Fe+2].[C-]1C=CC=C1.[C-]1C=CC=C1"))
    assert not index.may_match(mol("CCCCCC"))


def test_scaffolds_are_murckos_from_two_rings_on():
    for smiles in DRUGS.values():
        same = {key: murcko_scaffold(s) for s in DRUGS.values() if (key := scaffold_key(mol(s)))}
        assert same.get(scaffold_key(mol(smiles)), "") == murcko_scaffold(smiles)
    assert scaffold_key(mol("Cc1ccccc1")) == 0
    assert scaffold_key(mol("CCCCCC")) == 0


def test_rows_of_a_scaffold_are_found():
    index = StructureKeys.from_parents(["CCO", TOFACITINIB, None, BARICITINIB, RUXOLITINIB])
    bare = murcko_scaffold(TOFACITINIB)
    assert index.find_scaffold(scaffold_key(mol(bare))).tolist() == [1]
    assert index.find_scaffold(0).tolist() == []
    assert index.rows == 5


def test_two_processes_compute_what_one_does():
    parents = [*DRUGS.values(), None] * 3
    one, two = StructureKeys.from_parents(parents), StructureKeys.from_parents(parents, workers=2)
    assert np.array_equal(one.skeletons, two.skeletons)
    assert np.array_equal(one.scaffolds, two.scaffolds)
    assert np.array_equal(one.scaffold_rows, two.scaffold_rows)


def test_keys_of_another_index_are_refused(tmp_path):
    index = SmallIndex([TOFACITINIB, "CCO"])
    assert StructureKeys.find(tmp_path, index) is None
    index.structures.write(tmp_path, index)
    found = StructureKeys.find(tmp_path, index)
    assert found is not None
    assert found.may_match(mol("CCO"))
    for other in (SmallIndex([TOFACITINIB]), SmallIndex([TOFACITINIB, "CCN"])):
        with pytest.raises(FileFormatError, match="compute them again"):
            StructureKeys.find(tmp_path, other)
    (tmp_path / "skeletons.npy").write_bytes(b"broken")
    with pytest.raises(FileFormatError, match="cannot be read"):
        StructureKeys.find(tmp_path, index)
