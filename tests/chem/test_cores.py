"""Cores keep what a series always carries; rings of their own leave first."""

from rdkit import Chem

from molagent.chem.cores import core_keeping, shared_parts

# The JAK1 amides: a chlorinated difluoromethoxyphenyl and the hinge's amide in all of them.
AMIDES = [
    "O=C(Nc1cn(CC(=O)N2CC=CCC2)nc1-c1cc(Cl)ccc1OC(F)F)c1cnn2cccnc12",
    "O=C(Nc1cn(CC(=O)N2CCOCC2)nc1-c1cc(Cl)ccc1OC(F)F)c1cnn2cccnc12",
    "O=C(Nc1cn(CCNCc2ccccc2O)nc1-c1cc(Cl)ccc1OC(F)F)c1cnn2cccnc12",
    "CN(C(=O)Cn1cc(NC(=O)c2cnn3cccnc23)c(-c2cc(Cl)ccc2OC(F)F)n1)C1(CO)CC1",
]
HINGE = "[NX3;!H0]~C~c~c~[nX2]"
ARYL = "FC(F)Oc1ccc(Cl)cc1"


def has(smiles, pattern):
    return Chem.MolFromSmiles(smiles).HasSubstructMatch(Chem.MolFromSmarts(pattern))


def test_the_aryl_and_the_hinge_stay_where_the_ring_at_the_rim_goes():
    core = core_keeping(AMIDES[0], AMIDES, [HINGE], 29)
    assert has(core, ARYL)
    assert has(core, HINGE)
    assert not has(core, "C1C=CCCN1")
    assert Chem.MolFromSmiles(core).GetNumHeavyAtoms() == 29


def test_with_room_the_compounds_own_ring_stays_too():
    core = core_keeping(AMIDES[1], AMIDES, [HINGE], 40)
    assert has(core, "O=C(Cn)N1CCOCC1")
    assert has(core, ARYL)


def test_a_second_phenyl_of_one_compound_is_no_part_of_the_series():
    atoms = frozenset().union(*shared_parts(AMIDES[2], AMIDES))
    mol = Chem.MolFromSmiles(AMIDES[2])
    [phenol] = mol.GetSubstructMatches(Chem.MolFromSmarts("CNCc1ccccc1O"))
    assert not atoms & set(phenol[3:])


def test_no_core_where_what_all_carry_fills_the_molecule():
    assert core_keeping(AMIDES[0], AMIDES, [HINGE], 20) == ""


def test_a_nitrogen_that_loses_its_ring_gets_its_hydrogen():
    tricycles = ["c1cc2c(ncc3ncn(C4CCCCC4)c32)[nH]1", "c1cc2c(ncc3ncn(C4CCOCC4)c32)[nH]1"]
    core = core_keeping(tricycles[0], tricycles, [], 13)
    assert core == Chem.CanonSmiles("c1cc2c(ncc3nc[nH]c32)[nH]1")


def test_a_motif_off_the_rings_is_kept_with_what_joins_it():
    acids = ["OC(=O)CCc1ccc(C2CC2)cc1", "OC(=O)CCc1ccc(C)cc1", "OC(=O)CCc1ccccc1Cl"]
    assert has(core_keeping(acids[0], acids, ["OC=O"], 12), "OC(=O)CCc1ccccc1")
