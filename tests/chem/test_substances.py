"""What a substance is: racemates, unknown enantiomers, labels and axes beside their parents."""

import numpy as np
import pytest
from rdkit import Chem

from molagent.ingest.parent_worker import parent_fields

MAX_ATOMS = 250
# Thalidomide; flags and groups are of its one centre.
THALIDOMIDE = "O=C1CC[C@@H](N2C(=O)c3ccccc3C2=O)C(=O)N1"
MIRRORED = "O=C1CC[C@H](N2C(=O)c3ccccc3C2=O)C(=O)N1"
CHLOROCYCLOHEXANEDIOL = "O[C@@H]1CC[C@H](Cl)C[C@@H]1O"
ITS_MIRROR_IMAGE = "O[C@H]1CC[C@@H](Cl)C[C@H]1O"
DEUCRAVACITINIB = "[2H]C([2H])([2H])NC(=O)c1nnc(NC(=O)C2CC2)cc1Nc1cccc(-c2ncn(C)n2)c1OC"
# 2-bromo-2'-chloro-6,6'-dimethylbiphenyl, flat and with one bond wedged at the axis.
BIARYL = """
     RDKit          2D

  0  0  0  0  0  0  0  0  0  0999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 16 17 0 0 0
M  V30 BEGIN ATOM
M  V30 1 {first} -0.750000 -2.598076 0.000000 0
M  V30 2 C -1.500000 -1.299038 0.000000 0
M  V30 3 C -3.000000 -1.299038 0.000000 0
M  V30 4 C -3.750000 -0.000000 0.000000 0
M  V30 5 C -3.000000 1.299038 0.000000 0
M  V30 6 C -1.500000 1.299038 0.000000 0
M  V30 7 C -0.750000 2.598076 0.000000 0
M  V30 8 C -0.750000 -0.000000 0.000000 0
M  V30 9 C 0.750000 0.000000 0.000000 0
M  V30 10 C 1.500000 -1.299038 0.000000 0
M  V30 11 C 0.750000 -2.598076 0.000000 0
M  V30 12 C 3.000000 -1.299038 0.000000 0
M  V30 13 C 3.750000 0.000000 0.000000 0
M  V30 14 C 3.000000 1.299038 0.000000 0
M  V30 15 C 1.500000 1.299038 0.000000 0
M  V30 16 Cl 0.750000 2.598076 0.000000 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 2 1
M  V30 2 1 2 3
M  V30 3 2 3 4
M  V30 4 1 4 5
M  V30 5 2 5 6
M  V30 6 1 6 7
M  V30 7 1 8 6{wedge}
M  V30 8 1 8 9
M  V30 9 2 9 10
M  V30 10 1 10 11
M  V30 11 1 10 12
M  V30 12 2 12 13
M  V30 13 1 13 14
M  V30 14 2 14 15
M  V30 15 1 15 16
M  V30 16 2 8 2
M  V30 17 1 15 9
M  V30 END BOND
M  V30 END CTAB
M  END"""


def key(raw: str) -> str:
    fields = parent_fields(raw, MAX_ATOMS)
    assert not fields[-1], fields
    return fields[1]


def structure(raw: str) -> str:
    return parent_fields(raw, MAX_ATOMS)[4]


def note(raw: str) -> str:
    return parent_fields(raw, MAX_ATOMS)[6]


def v3000(smiles: str, *, flag: int) -> str:
    mol = Chem.MolFromSmiles(smiles)
    mol.SetIntProp("_MolFileChiralFlag", flag)
    return Chem.MolToV3KMolBlock(mol)


def shuffled(raw: str, seed: int) -> str:
    """The same structure with its atoms in another order."""
    mol = Chem.MolFromSmiles(raw)
    order = np.random.default_rng(seed).permutation(mol.GetNumAtoms()).tolist()
    params = Chem.SmilesWriteParams()
    params.canonical = False
    fields = Chem.CXSmilesFields
    return Chem.MolToCXSmiles(
        Chem.RenumberAtoms(mol, order),
        params,
        fields.CX_ENHANCEDSTEREO | fields.CX_BOND_ATROPISOMER,
        Chem.RestoreBondDirOption.RestoreBondDirOptionClear,
    )


def reordered(molblock: str, seed: int) -> str:
    """The same drawing with its atoms in another order."""
    lines = molblock.split("\n")
    places = [lines.index(f"M  V30 {word}") for word in
              ("BEGIN ATOM", "END ATOM", "BEGIN BOND", "END BOND")]  # fmt: skip
    atoms = [line.split(maxsplit=3)[3] for line in lines[places[0] + 1 : places[1]]]
    order = np.random.default_rng(seed).permutation(len(atoms)).tolist()
    number = {old: new for new, old in enumerate(order, start=1)}
    bonds = []
    for line in lines[places[2] + 1 : places[3]]:
        words = line.split()
        words[4:6] = [str(number[int(word) - 1]) for word in words[4:6]]
        bonds.append("  ".join([words[0], " ".join(words[1:])]))
    moved = [f"M  V30 {new} {atoms[old]}" for new, old in enumerate(order, start=1)]
    head, middle, tail = (
        lines[: places[0] + 1],
        lines[places[1] : places[2] + 1],
        lines[places[3] :],
    )
    return "\n".join([*head, *moved, *middle, *bonds, *tail])


def test_thalidomide_is_five_substances():
    drawn = {
        "R": THALIDOMIDE,
        "S": MIRRORED,
        "racemate": f"{THALIDOMIDE} |&1:4|",
        "one of both": f"{THALIDOMIDE} |o1:4|",
        "nobody says": "O=C1CCC(N2C(=O)c3ccccc3C2=O)C(=O)N1",
    }
    assert len({key(raw) for raw in drawn.values()}) == len(drawn)


def test_a_racemate_drawn_the_other_way_round_is_the_same_racemate():
    ours, theirs = f"{THALIDOMIDE} |&1:4|", f"{MIRRORED} |&1:4|"
    assert key(ours) == key(theirs)
    assert parent_fields(ours, MAX_ATOMS)[0] == parent_fields(theirs, MAX_ATOMS)[0]


def test_the_two_peaks_of_a_column_drawn_as_mirror_images_are_two_substances():
    first, second = f"{THALIDOMIDE} |o1:4|", f"{MIRRORED} |o1:4|"
    assert len({key(each) for each in (first, second, THALIDOMIDE, MIRRORED)}) == 4
    for peak, drawn in ((first, THALIDOMIDE), (second, MIRRORED)):
        assert parent_fields(peak, MAX_ATOMS)[0] == drawn
        assert structure(peak).startswith(f"{drawn} |o1:")
        assert key(structure(peak)) == key(peak)


def test_an_absolute_group_says_what_the_drawing_says():
    assert key(f"{THALIDOMIDE} |a:4|") == key(THALIDOMIDE)
    assert "/" not in key(THALIDOMIDE)
    assert structure(f"{THALIDOMIDE} |a:4|") == ""


def test_all_centres_in_one_group_are_two_stereoisomers_and_in_two_groups_four():
    together = f"{CHLOROCYCLOHEXANEDIOL} |&1:1,4,7|"
    assert key(together) == key(f"{ITS_MIRROR_IMAGE} |&1:1,4,7|")
    apart = f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7,&2:4|"
    assert key(apart) == key(f"{ITS_MIRROR_IMAGE} |&1:1,7,&2:4|")
    # A known centre beside a racemic pair: its mirror image is another mixture.
    beside = f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7|"
    assert key(beside) != key(f"{ITS_MIRROR_IMAGE} |&1:1,7|")
    assert len({key(each) for each in (together, apart, beside)}) == 3


def test_a_meso_compound_drawn_as_a_racemate_is_the_meso_compound():
    meso = "F[C@H](Br)[C@@H](F)Br"
    assert key(f"{meso} |&1:1,3|") == key(f"{meso} |o1:1,3|") == key(meso)


@pytest.mark.parametrize(
    "smiles",
    [
        f"{THALIDOMIDE} |&1:4|",
        f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7,o2:4|",
        f"{CHLOROCYCLOHEXANEDIOL} |o1:1,4,7|",
        DEUCRAVACITINIB,
        "C[C@@H]([2H])O",
    ],
)
def test_neither_the_order_of_atoms_nor_a_round_trip_makes_another_substance(smiles):
    assert {key(shuffled(smiles, seed)) for seed in range(8)} == {key(smiles)}
    assert key(structure(smiles)) == key(smiles)


def test_a_deuterated_drug_is_not_its_parent_and_the_note_counts_the_labels():
    plain = DEUCRAVACITINIB.replace("[2H]C([2H])([2H])", "C")
    assert key(DEUCRAVACITINIB) != key(plain)
    assert key(f"{DEUCRAVACITINIB}.Cl") == key(DEUCRAVACITINIB)
    # Models work on the parent.
    assert parent_fields(DEUCRAVACITINIB, MAX_ATOMS)[0] == parent_fields(plain, MAX_ATOMS)[0]
    assert note(DEUCRAVACITINIB) == "isotopes: 3 x 2H"
    assert structure(DEUCRAVACITINIB).count("[2H]") == 3


def test_a_centre_that_only_a_label_makes_has_two_configurations():
    assert len({key("C[C@@H]([2H])O"), key("C[C@H]([2H])O"), key("CC([2H])O"), key("CCO")}) == 4


def test_labels_of_a_salt_or_a_solvent_are_not_the_substance_s():
    amine = "NCCc1ccccc1"
    assert key(f"{amine}.[2H]Cl") == key(amine)


def test_a_molblock_with_groups_and_a_chiral_flag_of_0_has_no_absolute_centre():
    ours = v3000(f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7|", flag=0)
    theirs = v3000(f"{ITS_MIRROR_IMAGE} |&1:1,7|", flag=0)
    assert key(ours) == key(theirs) == key(f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7,&2:4|")
    assert note(ours) == "racemic 3; chiral flag 0: centres in no group are racemic"
    assert key(v3000(f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7|", flag=1)) == key(
        f"{CHLOROCYCLOHEXANEDIOL} |&1:1,7|"
    )


def test_a_chiral_flag_of_0_without_groups_is_noted_and_taken_as_drawn():
    drawn = v3000(THALIDOMIDE, flag=0)
    assert key(drawn) == key(THALIDOMIDE)
    assert note(drawn) == "absolute or relative 1"
    assert note(f"{THALIDOMIDE} |r|") == "absolute or relative 1"


def test_two_atropisomers_are_two_substances_and_the_flat_drawing_is_a_third():
    flat = BIARYL.format(first="Br", wedge="")
    up, down = (BIARYL.format(first="Br", wedge=f" CFG={way}") for way in (1, 3))
    assert len({key(flat), key(up), key(down)}) == 3
    assert key(flat) == key("Cc1cccc(Cl)c1-c1c(C)cccc1Br")
    assert note(up) == "axes: drawn 1"


@pytest.mark.parametrize("way", [1, 3])
def test_an_axis_is_the_same_in_every_order_of_atoms_and_after_a_round_trip(way):
    drawn = BIARYL.format(first="Br", wedge=f" CFG={way}")
    assert {key(reordered(drawn, seed)) for seed in range(8)} == {key(drawn)}
    assert key(structure(drawn)) == key(drawn)


def test_a_wedge_at_a_ring_that_looks_the_same_from_both_sides_says_nothing():
    flat = BIARYL.format(first="C", wedge="")
    assert {key(BIARYL.format(first="C", wedge=f" CFG={way}")) for way in (1, 3)} == {key(flat)}


def test_a_salt_of_a_racemate_is_the_racemate():
    assert key("C[C@H](N)C(=O)[O-].[Na+] |&1:1|") == key("C[C@@H](N)C(=O)O |&1:1|")


def test_more_groups_than_can_be_told_apart_are_taken_as_drawn_with_a_note():
    groups = ("F", "Cl", "Br", "I", "O", "N", "S", "C#N", "C=O")
    chain = "C" + "".join(f"[C@H]({each})" for each in groups) + "CC"
    mol = Chem.MolFromSmiles(chain)
    centres = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetChiralTag()]
    many = ",".join(f"&{number}:{index}" for number, index in enumerate(centres, start=1))
    assert len(centres) == 9
    assert key(f"{chain} |{many}|") == key(chain)
    assert "more than 8 stereo groups: taken as drawn" in note(f"{chain} |{many}|")
