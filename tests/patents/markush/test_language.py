"""Each predicate of the claim language on groups a chemist can judge at sight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.patents.markush.bounds import measure_group
from molagent.patents.markush.groups import find_neighbours, groups_at
from molagent.patents.markush.language import parse_predicate, parse_sites
from molagent.patents.markush.matching import match_claim

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
        (
            {"haloalkyl": {"carbons": [1, 2], "of": ["F"], "at_least": 2}},
            ["*C(F)F", "*CC(F)(F)F"],
            ["*CF", "*C(F)Cl", "*CCC(F)F"],
        ),
        (
            {"perfluoroalkyl": [1, 3]},
            ["*C(F)(F)F", "*C(F)(F)C(F)(F)F", "*C(F)(C(F)(F)F)C(F)(F)F"],
            ["*C(F)F", "*C(F)(F)CF", "*C(F)(F)Cl"],
        ),
        ({"haloalkoxy": [1, 2]}, ["*OC(F)F"], ["*OC", "*OCCCF", "*C(F)F"]),
        ({"alkenyloxy": [3, 4]}, ["*OCC=C"], ["*OCCC", "*OC=C"]),
        ({"cycloalkoxy": [3, 6]}, ["*OC1CC1"], ["*OCC1CC1", "*OC"]),
        ({"alkylsulfinyl": [1, 2]}, ["*S(C)=O"], ["*S(C)(=O)=O", "*SC"]),
        ({"alkoxycarbonyl": [1, 2]}, ["*C(=O)OC"], ["*C(=O)O", "*OC(C)=O"]),
        ({"alkylcarbamoyl": [1, 2]}, ["*C(=O)NC"], ["*C(N)=O", "*C(=O)N(C)C"]),
        ({"dialkylcarbamoyl": [1, 2]}, ["*C(=O)N(C)CC"], ["*C(=O)NC", "*C(=O)N1CCC1"]),
        ({"alkylsulfamoyl": [1, 2]}, ["*S(=O)(=O)NC"], ["*NS(C)(=O)=O"]),
        ({"alkylsulfonylamino": [1, 2]}, ["*NS(C)(=O)=O"], ["*S(=O)(=O)NC"]),
        (
            {"interrupted": {"alkyl": [2, 6], "by": ["*O*", "*S*", "*N(C)*"], "at_most": 2}},
            ["*CC", "*COC", "*CCOCCSCC", "*CC(OC)C", "*CN(C)C", "*C(OC)COC", "*COC(C)(C)C"],
            ["*C", "*OCC", "*CCO", "*COOC", "*COCOCOC", "*CCOCCCCC", "*CNC", "*C1COC1", "*COC=C"],
        ),
        (
            {"interrupted": {"alkyl": [2, 4], "by": ["*O*"], "at_least": 1, "at_most": 3}},
            ["*COC", "*COCOCOC"],
            ["*CC", "*CCCC", "*COCCCC"],
        ),
        (
            {"chain": {"units": [2, 4], "of": ["*C*", "*O*", "*N*", "*C(=O)*"], "then": "carboxy"}},
            ["*CCC(=O)O", "*OCCNC(=O)O", "*C(=O)NCC(=O)O", "*CC(=O)C(=O)O"],
            ["*CC(=O)O", "*CCCCCC(=O)O", "*C(C)CC(=O)O", "*CSC(=O)O", "*CCC(=O)OC", "*CCN"],
        ),
        (
            {"chain": {"units": [1, 2], "of": ["*c1ccc(*)cc1", "*C#C*"], "then": "phenyl"}},
            ["*C#Cc1ccccc1", "*c1ccc(C#Cc2ccccc2)cc1"],
            ["*c1ccccc1", "*C=Cc1ccccc1", "*c1cccc(-c2ccccc2)c1"],
        ),
        ({"aryl": [6, 10]}, ["*c1ccccc1", "*c1ccc2ccccc2c1"], ["*c1ccncc1", "*C1CCCCC1"]),
        (
            {"heteroaryl": {"size": [5, 10], "hetero_total": [1, 2]}},
            ["*c1ccncc1", "*c1ccc[nH]1", "*c1cnc2ccccc2c1", "*c1cscn1"],
            ["*c1ccccc1", "*c1nnc[nH]1", "*C1CCNCC1", "*c1ccc(C)nc1"],
        ),
        (
            {"heterocyclyl": {"size": [4, 7], "hetero": {"N": [1, 2], "O": [0, 1]}}},
            ["*N1CCOCC1", "*C1CNC1"],
            ["*C1CCOCC1", "*c1ccncc1", "*C1CCSCN1"],
        ),
        (
            {"ring": {"size": [7, 9], "rings": [2, 2], "joint": "spiro", "hetero": {"N": [1, 1]}}},
            ["*N1CC2(C1)CCC2", "*C1CC2(C1)CNC2"],
            ["*N1CC2CCC1C2", "*C1CC2CCCC2N1", "*N1CC2(C1)CCNC2"],
        ),
        (
            {"ring": {"size": [7, 8], "rings": [2, 2], "joint": "bridged", "kind": "saturated"}},
            ["*C1CC2CCC1C2", "*C1C2CCC1CCC2"],
            ["*C1CC2(C1)CCC2", "*C1CC2CCCC2C1"],
        ),
        (
            {"ring": {"size": [9, 10], "rings": [2, 2], "ring_sizes": [5, 6], "joint": "fused"}},
            ["*c1ccc2c(c1)CCC2", "*C1CCC2CCCCC2C1"],
            ["*C1CCCC2CCCC2CC1", "*C1CCCC2(C1)CCCC2"],
        ),
        (
            {"ring": {"size": [5, 6], "kind": "nonaromatic"}},
            ["*C1CCCCC1", "*C1CC=CC1"],
            ["*c1ccccc1"],
        ),
        (
            {"ring": {"size": [3, 12], "carbons": [2, 4], "hetero": {"N": [1, 3]}}},
            ["*C1CN1", "*N1CCNCC1"],
            ["*N1CCCCC1"],
        ),
        (
            {"linked": {"by": ["bond", "*O*", "*C(=O)N*"], "then": "phenyl"}},
            ["*c1ccccc1", "*Oc1ccccc1", "*C(=O)Nc1ccccc1"],
            ["*Cc1ccccc1", "*NC(=O)c1ccccc1", "*C(=O)N(C)c1ccccc1", "*Sc1ccccc1"],
        ),
        (
            {"repeat": {"unit": "*OCC*", "times": [1, 3], "then": "hydroxy"}},
            ["*OCCO", "*OCCOCCO", "*OCCOCCOCCO"],
            ["*O", "*CCO", "*OCCOCCOCCOCCO", "*OCCCO"],
        ),
        (
            {"repeat": {"unit": "*NC(C)C(=O)*", "times": [0, 2], "then": "amino"}},
            ["*N", "*NC(C)C(N)=O", "*NC(C)C(=O)NC(C)C(N)=O"],
            ["*NCC(N)=O", "*C(=O)C(C)NN"],
        ),
        (
            {
                "optionally_substituted": {
                    "base": {"heterocyclyl": {"size": [5, 6]}},
                    "by": {"one_of": ["oxo", {"alkyl": [1, 1]}]},
                    "at_most": 2,
                }
            },
            ["*N1CCCC1=O", "*N1CC(C)CC1=O", "*C1CCNCC1"],
            ["*N1CCCC1=S", "*N1C(=O)CCC1=NC"],
        ),
        ("oxo", ["*=O"], ["*O", "*=S"]),
        ("amino", ["*N"], ["*NC", "*[N+](C)(C)C"]),
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
    {"alkynyl": [2, 5]},
    {"perfluoroalkyl": [1, 3]},
    {"haloalkyl": {"carbons": [1, 3], "of": ["F"], "at_least": 2}},
    {"haloalkoxy": [1, 2]},
    {"alkylsulfonyl": [1, 3]},
    {"alkoxycarbonyl": [1, 3]},
    {"dialkylcarbamoyl": [1, 3]},
    {"aryl": [6, 10]},
    {"heteroaryl": {"size": [5, 10], "hetero_total": [1, 3]}},
    {"heterocyclyl": {"size": [4, 7], "carbons": [2, 5]}},
    {"ring": {"size": [7, 9], "rings": [2, 2], "joint": "spiro", "kind": "saturated"}},
    {"ring": {"size": [8, 9], "rings": [2, 2], "joint": "bridged", "kind": "saturated"}},
    {"linked": {"by": ["bond", "*O*", "*C(=O)N*"], "then": {"aryl": [6, 6]}}},
    {"repeat": {"unit": "*OCC*", "times": [1, 3], "then": "hydroxy"}},
    {
        "template": {
            "core": "*C(=O)[NH2:1]",
            "site": [{"name": "R", "positions": [1], "count": [0, 2], "group": {"alkyl": [1, 2]}}],
        }
    },
    {"one_of": ["halogen", "cyano", {"alkoxy": [1, 3]}]},
    {"interrupted": {"alkyl": [2, 6], "by": ["*O*", "*N(C)*"], "at_most": 2}},
    {"chain": {"units": [2, 6], "of": ["*C*", "*O*", "*C(=O)*"], "then": "carboxy"}},
    "deuterium",
    "nitro",
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


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), which=st.sampled_from(SAMPLED))
def test_what_a_predicate_draws_it_accepts_and_what_it_draws_outside_it_rejects(seed, which):
    predicate = parse_predicate(which, place="test")
    rng = np.random.default_rng(seed)
    member = predicate.sample(rng)
    assert predicate.matches(group_of(member))
    assert any(box.hold(measure_group(member)) for box in predicate.bounds())
    broken = predicate.sample_outside(rng)
    proven = not any(box.hold(measure_group(broken)) for box in predicate.bounds())
    assert not (proven and predicate.matches(group_of(broken)))


@pytest.mark.parametrize("which", SAMPLED, ids=str)
def test_most_of_what_a_predicate_draws_outside_is_proven_outside(which):
    predicate = parse_predicate(which, place="test")
    rng = np.random.default_rng(3)
    drawn = [measure_group(predicate.sample_outside(rng)) for _ in range(60)]
    proven = [c for c in drawn if not any(box.hold(c) for box in predicate.bounds())]
    assert len(proven) > 20


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
        ({"ring": {"size": [5, 6], "joint": "glued"}}, "joint 'glued' is not known"),
        ({"ring": {"size": [5, 6], "hetero": ["N"]}}, "is not a table of elements"),
        ({"ring": {"size": [5, 6], "attach": ["N"]}}, "are not atoms of the ring"),
        ({"ring": 6}, "6 is not a table"),
        ({"heteroaryl": {"size": [5, 6], "kind": "aromatic"}}, "unknown field 'kind'"),
        ({"alkyl": [0, 4]}, "are no numbers of carbons"),
        ({"alkenyl": [1, 4]}, "are no numbers of carbons"),
        ({"cycloalkyl": [2, 6]}, "are no numbers of carbons"),
        ({"linked": {"by": ["*O"], "then": "phenyl"}}, "is not a link"),
        ({"linked": {"by": [], "then": "phenyl"}}, "by needs a list"),
        ({"repeat": {"unit": "bond", "times": [1, 2], "then": "amino"}}, "cannot be repeated"),
        ({"repeat": {"unit": "*O*", "times": [1, 90], "then": "amino"}}, "cannot be repeated"),
        ({"alkylene_then": {"length": [1, 2], "then": "oxo", "straight": 1}}, "true or false"),
        ({"any_group": "twelve"}, "is not a number"),
        ({"template": {"core": "CC"}}, "has no attachment"),
        ("hydrogen", "a count that begins with 0"),
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


def test_bounds_are_numbers_and_lists_of_choices_have_an_end():
    with pytest.raises(FileFormatError, match="not a pair of bounds"):
        parse_predicate({"alkyl": [True, True]}, place="R")
    with pytest.raises(FileFormatError, match=r"2,001 predicates"):
        parse_predicate({"one_of": ["cyano"] * 2_001}, place="R")


# --- named groups


def _named(**more):
    from tests.patents.markush.test_spellings import claim_on

    sites = [
        {"name": "R1", "positions": [7], "count": 1, "group": {"use": "small"}},
        {"name": "R2", "positions": [8], "count": [0, 1], "group": {"use": "R1"}},
    ]
    small = {"one_of": ["halogen", {"alkyl": [1, 2]}]}
    core = "[cH:7]1cc[cH:8]nc1"
    return claim_on(core, "halogen", **{"site": sites, "groups": {"small": small}, **more})


def test_a_named_group_and_a_site_as_defined_for_another_are_used():
    claim = _named()
    assert match_claim(claim, "Cc1ccc(Cl)nc1").inside
    assert match_claim(claim, "Cc1cccnc1").inside
    assert not match_claim(claim, "Cc1ccc(CCC)nc1").inside
    not_both = [{"if": {"R1": {"use": "small"}, "R2": {"use": "small"}}}]
    assert not match_claim(_named(proviso=not_both), "Cc1ccc(Cl)nc1").inside


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ({}, "no group is named 'small'"),
        ({"small": {"one_of": ["halogen", {"use": "small"}]}}, "defined by itself"),
        ({"small": "halogen", "R1": "halogen"}, "a site and a group"),
        ("small", "no table"),
    ],
)
def test_a_name_that_means_nothing_is_refused(groups, said):
    with pytest.raises(FileFormatError, match=said):
        _named(groups=groups)


def test_names_that_grow_without_end_are_refused():
    groups = {"g0": {"one_of": ["halogen"] * 10}, "small": {"use": "g9"}}
    groups |= {f"g{n}": {"one_of": [{"use": f"g{n - 1}"}] * 10} for n in range(1, 10)}
    with pytest.raises(FileFormatError, match="grow too large"):
        _named(groups=groups)
