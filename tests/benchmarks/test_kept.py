import pytest
from rdkit import Chem

from benchmarks.kept import keeps_core


def held(smiles: str, core: str, **options: bool) -> bool:
    return keeps_core(Chem.MolFromSmiles(smiles), core, **options)


@pytest.mark.parametrize(
    ("smiles", "core", "expected"),
    [
        ("Cc1ccncc1", "[*]c1ccncc1", True),
        ("Cc1ccnc(C)c1", "[*]c1ccncc1", False),  # gained a bond beside its exit
        ("c1ccncc1", "[*]c1ccncc1", False),  # left its exit unused
        ("Cc1ccnc(C)c1", "c1ccncc1", True),  # every hydrogen may grow
        ("Cc1ccc2[nH]ccc2c1", "[*]c1ccccc1", False),  # fused onto
        ("CN1CCNCC1", "[*]N1CCN([*])CC1", False),
        ("CN1CCN(CC)CC1", "[*]N1CCN([*])CC1", True),
        ("CC(F)(C)Cl", "[*]C([*])(F)Cl", True),
    ],
)
def test_a_core_is_kept_if_only_its_exits_gained_neighbours(smiles, core, expected):
    assert held(smiles, core) == expected


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("c1ccncc1CC1CC1", True),
        ("c1ccncc1C1CC1", False),  # no atom between them
        ("c1ccncc1CC1CC1C", False),
        ("c1ccncc1C", False),
    ],
)
def test_fragments_are_linked_through_new_atoms(smiles, expected):
    assert held(smiles, "[*]c1cccnc1.[*]C1CC1", link=True) == expected


@pytest.mark.parametrize(
    ("smiles", "core", "expected"),
    [
        ("C[C@H](N)CC", "C[C@H](N)[*]", True),
        ("C[C@@H](N)CC", "C[C@H](N)[*]", False),
        ("CCC(C)N", "C[C@H](N)[*]", False),
        ("C[C@H](N)C", "C[C@H](N)[*]", True),  # symmetric now, nothing to keep
        ("CC/C=C/C(=O)O", "[*]/C=C/C(=O)O", True),
        ("CC/C=C\\C(=O)O", "[*]/C=C/C(=O)O", False),
        ("C[C@@H]1CCNC[C@@H]1O", "C[C@@H]1CCNC[C@@H]1[*]", True),
        ("C[C@@H]1CCNC[C@H]1O", "C[C@@H]1CCNC[C@@H]1[*]", False),
        # A replaced hydrogen leaves the others where they are.
        ("CC[C@](F)(Cl)O", "C[C@](F)(Cl)O", True),
        ("F[C@](C)(O)Cl", "F[C@H](O)Cl", True),
        ("F[C@@](C)(O)Cl", "F[C@H](O)Cl", False),
    ],
)
def test_stereo_of_a_core_is_geometry_not_a_letter(smiles, core, expected):
    assert held(smiles, core, stereo=True) == expected
