"""Each predicate of the claim language on groups a chemist can judge at sight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.patents.markush.groups import find_neighbours, groups_at
from molagent.patents.markush.language import parse_predicate, parse_sites

RING = {"ring": {"size": [4, 7], "kind": "saturated", "hetero": {"O": [1, 2]}}}


def group_of(smiles: str):
    """Return the group of ``*...`` SMILES; the dummy stands for the core."""
    mol = Chem.MolFromSmiles(smiles)
    anchor = next(atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    rest = frozenset(range(mol.GetNumAtoms())) - {anchor}
    [group] = groups_at(mol, find_neighbours(mol), anchor, rest)
    return group


def holds(value, smiles: str) -> bool:
    return parse_predicate(value, place="test").matches(group_of(smiles))


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [
        ({"alkyl": [1, 4]}, ["*C", "*C(C)(C)C"], ["*CCCCC", "*C=C", "*C1CC1", "*CO", "*=C", "*O"]),
        ({"alkenyl": [2, 4]}, ["*C=C", "*CC=C"], ["*CC", "*C#C", "*C=CCCC", "*C=O"]),
        ({"alkynyl": [2, 4]}, ["*C#C", "*CC#C"], ["*C=C", "*C#N"]),
        ({"haloalkyl": [1, 2]}, ["*C(F)(F)F", "*CCCl"], ["*C", "*F", "*CCCF", "*OC(F)F"]),
        ("halogen", ["*F", "*I"], ["*C", "*O"]),
        ({"halogen": ["F", "Cl"]}, ["*F", "*Cl"], ["*Br"]),
        ({"alkoxy": [1, 4]}, ["*OC", "*OC(C)C"], ["*O", "*OCCCCC", "*CO", "*OC=C", "*SC"]),
        ({"alkylthio": [1, 2]}, ["*SC"], ["*OC", "*S(C)=O"]),
        ({"alkylamino": [1, 3]}, ["*NC"], ["*N", "*N(C)C", "*NC=O"]),
        ({"dialkylamino": [1, 3]}, ["*N(C)C", "*N(C)CC"], ["*NC", "*N1CCC1"]),
        ({"acyl": [1, 3]}, ["*C(=O)C"], ["*C=O", "*C(=O)O", "*CC=O"]),
        ({"acyloxy": [1, 3]}, ["*OC(=O)CC"], ["*C(=O)OC"]),
        ({"acylamino": [1, 3]}, ["*NC(C)=O"], ["*N(C)C(C)=O", "*C(=O)NC"]),
        ({"alkylsulfonyl": [1, 3]}, ["*S(=O)(=O)CC"], ["*S(=O)CC", "*S(=O)(=O)NC"]),
        ({"cycloalkyl": [3, 6]}, ["*C1CC1", "*C1CCCCC1"], ["*C1CCCCCC1", "*C1CCOC1", "*CC1CC1"]),
        ("cyano", ["*C#N"], ["*C#C", "*[N+]#[C-]", "*CC#N"]),
        ("hydroxy", ["*O"], ["*OC", "*=O"]),
        ("oxo", ["*=O"], ["*O"]),
        ("nitro", ["*[N+](=O)[O-]"], ["*N"]),
        ("trifluoromethyl", ["*C(F)(F)F"], ["*C(F)F", "*CC(F)(F)F"]),
        ({"fragment": "*C(=O)N1CCOCC1"}, ["*C(=O)N1CCOCC1"], ["*C(=O)N1CCCCC1"]),
        (RING, ["*C1CCOC1", "*C1COCCO1"], ["*C1CCCC1", "*C1CCOC1C", "*c1ccoc1", "*C1CCCCCCO1"]),
        (
            {"ring": {"size": [5, 6], "kind": "aromatic", "hetero": {"N": [0, 2]}}},
            ["*c1ccccc1", "*c1ccncc1", "*n1ccnc1"],
            ["*c1ccsc1", "*C1CCCCC1", "*c1ccc2ccccc2c1"],
        ),
        (
            {"ring": {"size": [9, 10], "rings": [2, 2], "kind": "aromatic"}},
            ["*c1ccc2ccccc2c1"],
            ["*c1ccccc1", "*c1ccc2ncccc2c1", "*c1ccc(-c2ccccc2)cc1"],
        ),
        (
            {"ring": {"size": [5, 6], "hetero": {"N": [1, 1]}, "attach": ["N"]}},
            ["*N1CCCC1"],
            ["*C1CCNC1"],
        ),
        ({"one_of": ["cyano", {"alkyl": [1, 2]}]}, ["*C#N", "*CC"], ["*CCC", "*CC#N"]),
        (
            {"alkylene_then": {"length": [1, 3], "then": RING}},
            ["*CC1CCCO1", "*C(C)C1CCCO1"],
            ["*C1CCCO1", "*CCCCC1CCCO1", "*COC1CCCO1"],
        ),
        (
            {"alkylene_then": {"length": [0, 2], "then": "cyano", "straight": True}},
            ["*C#N", "*CCC#N"],
            ["*C(C)C#N", "*CCCC#N"],
        ),
        (
            {"optionally_substituted": {"base": RING, "by": {"alkyl": [1, 2]}, "at_most": 2}},
            ["*C1CCOC1", "*C1C(C)COC1CC"],
            ["*C1C(C)C(C)OC1C", "*C1C(CCC)COC1", "*C1CCOC1=O"],
        ),
        (
            {
                "optionally_substituted": {
                    "base": {"cycloalkyl": [5, 5]},
                    "by": "hydroxy",
                    "at_least": 1,
                    "at_most": 2,
                }
            },
            ["*C1CCCC1O"],
            ["*C1CCCC1", "*C1C(O)C(O)CC1O"],
        ),
        (
            {
                "template": {
                    "core": "*C(=O)[NH2:1]",
                    "site": [
                        {"name": "R", "positions": [1], "count": [0, 2], "group": {"alkyl": [1, 2]}}
                    ],
                }
            },
            ["*C(N)=O", "*C(=O)NC", "*C(=O)N(C)CC"],
            ["*C(=O)NCCC", "*C(=O)OC", "*CC(N)=O", "*C(=O)N1CCC1"],
        ),
        ("deuterium", ["*[2H]"], ["*F", "*[3H]"]),
        ({"any_group": 3}, ["*CCO"], ["*CCCC"]),
    ],
)
def test_a_predicate_accounts_for_every_atom_of_a_group(value, inside, outside):
    assert [smiles for smiles in inside if not holds(value, smiles)] == []
    assert [smiles for smiles in outside if holds(value, smiles)] == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"alkoxy": [1, 4]}, "C1-4 alkoxy"),
        ({"acyloxy": [1, 6]}, "C1-6 acyloxy"),
        ({"one_of": ["halogen", {"alkyl": [1, 4]}]}, "halogen or C1-4 alkyl"),
        (RING, "saturated 4-7-membered ring with 1-2 O"),
        (
            {"alkylene_then": {"length": [1, 4], "then": RING}},
            "C1-4 alkylene, then saturated 4-7-membered ring with 1-2 O",
        ),
    ],
)
def test_a_predicate_says_itself_in_words(value, words):
    assert parse_predicate(value, place="test").describe() == words


SAMPLED = [
    {"alkyl": [1, 4]},
    {"alkenyl": [2, 5]},
    {"haloalkyl": [1, 3]},
    "halogen",
    {"alkoxy": [1, 4]},
    {"dialkylamino": [1, 2]},
    {"acyl": [1, 3]},
    {"cycloalkyl": [3, 6]},
    RING,
    {"alkylene_then": {"length": [1, 3], "then": RING}},
    {"optionally_substituted": {"base": RING, "by": {"alkyl": [1, 4]}, "at_most": 4}},
]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), which=st.sampled_from(SAMPLED))
def test_what_a_predicate_draws_it_accepts_and_what_it_draws_outside_it_rejects(seed, which):
    predicate = parse_predicate(which, place="test")
    rng = np.random.default_rng(seed)
    assert predicate.matches(group_of(predicate.sample(rng)))
    assert not predicate.matches(group_of(predicate.sample_outside(rng)))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("methil", "no predicate named 'methil'; known words"),
        ({"alkil": [1, 4]}, "no predicate named 'alkil'; known"),
        ({"alkyl": [4, 1]}, "not a pair of bounds"),
        ({"alkyl": 4}, "not a pair of bounds"),
        ({"halogen": ["D"]}, "are not halogens"),
        ({"fragment": "C(F)(F)F"}, "is not a group"),
        ({"fragment": "*C((F"}, "is not a group"),
        ({"ring": {"size": [5, 6], "kind": "round"}}, "ring kind 'round' is not known"),
        ({"ring": {"sizes": [5, 6]}}, "unknown field 'sizes'"),
        ({"one_of": []}, "one_of needs a list"),
        ({"template": {"core": "*C(", "site": []}}, "not a complete molecule"),
        (7, "not a predicate"),
    ],
)
def test_a_wrong_predicate_is_refused_with_a_remedy(value, problem):
    with pytest.raises(FileFormatError, match=problem) as caught:
        parse_predicate(value, place="R1")
    assert "R1" in str(caught.value)


def test_two_sites_of_one_name_are_refused():
    site = {"name": "R", "positions": [1], "count": 1, "group": "cyano"}
    with pytest.raises(FileFormatError, match="two sites have one name"):
        parse_sites([site, site], place="claim")
