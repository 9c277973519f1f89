"""Two sites taken together, labels and relative configuration, on drugs that have them."""

import pytest

from molagent.errors import FileFormatError
from molagent.patents.markush.boundary import find_boundary
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.genus import compare_claims
from molagent.patents.markush.matching import match_claim
from molagent.patents.markush.sentences import read_back
from tests.patents.markush.test_spellings import claim_on

LOWER = {"alkyl": [1, 4]}
ONE_HETERO = {"size": [4, 7], "hetero": {"N": [0, 1], "O": [0, 1]}, "hetero_total": [0, 1]}


def site(name, positions, count=(0, 1), group=LOWER):
    return {"name": name, "positions": positions, "count": list(count), "group": group}


def sulfonamide(**more):
    """R1 and R2 on the nitrogen of probenecid are alkyl, or close a ring."""
    pair = {"sites": ["R1", "R2"], "ring": ONE_HETERO, "group": LOWER, "count": [0, 2]}
    return claim_on(
        "OC(=O)c1ccc(cc1)S(=O)(=O)[NH2:1]", LOWER,
        site=[site("R1", [1]), site("R2", [1])], together=[pair], **more,
    )  # fmt: skip


AMPHETAMINE = claim_on(
    "CC(N)Cc1[cH:3][cH:4][cH:5]cc1", LOWER,
    site=[site("R", [3, 4, 5], (0, 3), {"alkoxy": [1, 2]})],
    together=[{"sites": ["R", "R"], "by": ["*OCO*", "*OCCO*"]}],
)  # fmt: skip
# The A ring of hydrocortisone (4-ene) and prednisolone (1,4-diene), cut small.
DIENONE = claim_on(
    "O=C1C=C2CCCCC2(C)[CH2:1][CH2:2]1", LOWER,
    site=[site("R1", [1], group="halogen"), site("R2", [2], group="halogen")],
    together=[{"sites": ["R1", "R2"], "by": ["bond", "*C*"]}],
)  # fmt: skip
BENZO = claim_on(
    "Nc1ncnc2[cH:3][cH:4]ccc12", LOWER,
    site=[site("R3", [3]), site("R4", [4])],
    together=[
        {"sites": ["R3", "R4"], "group": "halogen",
         "ring": {"size": [5, 6], "kind": "aromatic", "hetero": {"N": [0, 1], "O": [0, 1]}}},
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "inside", "outside"),
    [
        (
            sulfonamide(),
            ["OC(=O)c1ccc(cc1)S(=O)(=O)N(CCC)CCC",  # probenecid
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCOCC1",
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCN(C)CC1",
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CC(C)OC(C)C1"],
            ["OC(=O)c1ccc(cc1)S(=O)(=O)N1CCSCC1",
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CC1",
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCCCCCC1",
             "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCN(C(C)=O)CC1"],
        ),
        (
            AMPHETAMINE,
            ["CC(N)Cc1ccc2OCOc2c1",  # MDA
             "CC(N)Cc1c(OC)c2OCOc2cc1",
             "CC(N)Cc1ccc(OC)cc1"],
            ["CC(N)Cc1ccc2OCSc2c1", "CC(N)Cc1ccc2OC(C)Oc2c1"],
        ),
        (
            DIENONE,
            ["O=C1C=C2CCCCC2(C)CC1", "O=C1C=C2CCCCC2(C)C=C1", "O=C1C=C2CCCCC2(C)C2CC12"],
            ["O=C1C=C2CCCCC2(C)C(F)=C1C", "O=C1C=C2C=CCCC2(C)CC1"],
        ),
        (
            BENZO,
            ["Nc1ncnc2c3ccccc3ccc12", "Nc1ncnc2c3cc[nH]c3ccc12", "Nc1ncnc2c3c(Cl)coc3ccc12"],
            ["Nc1ncnc2c3CCCCc3ccc12", "Nc1ncnc2c3ccsc3ccc12", "Nc1ncnc2c3c(C)coc3ccc12"],
        ),
    ],
)  # fmt: skip
def test_two_sites_together_are_what_the_claim_lists_and_nothing_else(claim, inside, outside):
    assert [smiles for smiles in inside if not match_claim(claim, smiles).inside] == []
    assert [smiles for smiles in outside if match_claim(claim, smiles).inside] == []
    assert all(match_claim(claim, s).inside for s in draw_members(claim, 20, seed=4))


def test_the_assignment_says_which_sites_are_together_and_what_their_ring_carries():
    found = match_claim(sulfonamide(), "OC(=O)c1ccc(cc1)S(=O)(=O)N1CC(C)OC(C)C1").assignment
    assert found == {"R1": "with R2 *CCOCC*", "R2": "with R1 *CCOCC*", "R1+R2": "2 x *C"}


def test_a_site_that_is_taken_together_is_not_hydrogen_to_a_proviso():
    provisos = [{"if": {"R1": "hydrogen"}, "then": {"R2": {"not": "hydrogen"}}}]
    claim = sulfonamide(proviso=provisos)
    assert match_claim(claim, "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCCC1").inside
    assert not match_claim(claim, "OC(=O)c1ccc(cc1)S(=O)(=O)N").inside


def test_words_boundary_and_overlap_know_the_ring():
    claim = sulfonamide()
    assert "or R1 and R2 together: a saturated 4-7-membered ring" in read_back(claim).text
    held = {h.site: h.group for h in find_boundary(claim, "OC(=O)c1ccc(cc1)S(=O)(=O)N1CCCC1").holds}
    assert held["R1"] == "with R2 *CCCC*"
    piperidines = claim_on("OC(=O)c1ccc(cc1)S(=O)(=O)N1CC[CH2:7]CC1", "halogen")
    methylated = claim_on("OC(=O)c1ccc(cc1)S(=O)(=O)N1CC[CH2:7]CC1", {"alkyl": [1, 1]})
    assert compare_claims(claim, methylated).answer == "yes"
    assert compare_claims(claim, piperidines, tries=20).answer != "yes"


@pytest.mark.parametrize(
    ("pair", "problem"),
    [
        ({"sites": ["R1"], "by": ["bond"]}, "are not two sites"),
        ({"sites": ["R1", "R2"]}, "together are nothing"),
        ({"sites": ["R1", "R2"], "by": ["*CC"]}, "joins no two sites"),
        ({"sites": ["R1", "R2"], "by": ["bond"]}, "cannot be joined in any core"),
        ({"sites": ["R1", "R2"], "ring": {"size": [2, 5]}}, "no ring has 2 atoms"),
        (
            {"sites": ["R1", "R2"],
             "ring": {"size": [5, 12], "hetero": {key: [0, 3] for key in "NOS"}}},
            "more than 500 cores",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused_with_the_reason(pair, problem):
    sites = [site("R1", [1]), site("R2", [1])]
    with pytest.raises(FileFormatError, match=problem):
        claim_on("OC(=O)c1ccc(cc1)S(=O)(=O)[NH2:1]", LOWER, site=sites, together=[pair])


def test_a_labelled_group_is_told_from_a_plain_one_and_the_core_bears_no_label():
    # Deutetrabenazine's trideuteromethoxy, on a pyridine.
    groups = [
        {"labelled": {"base": {"alkyl": [1, 3]}, "of": ["2H", "13C"]}},
        {"labelled": {"base": {"alkoxy": [1, 1]}, "of": ["2H"], "at_least": 3}},
    ]
    claim = claim_on("[cH:7]1ccncc1", {"one_of": groups}, isotopes="literal")
    inside = ["[2H]C([2H])([2H])c1ccncc1", "[13CH3]c1ccncc1", "[2H]C([2H])([2H])Oc1ccncc1"]
    outside = ["Cc1ccncc1", "[2H]COc1ccncc1", "[13CH3]Oc1ccncc1", "[2H]C([2H])([2H])c1cc[15n]cc1"]
    assert [smiles for smiles in inside if not match_claim(claim, smiles).inside] == []
    assert [smiles for smiles in outside if match_claim(claim, smiles).inside] == []
    assert all(match_claim(claim, s).inside for s in draw_members(claim, 30, seed=2))


def test_a_claim_that_names_isotopes_does_not_ignore_them():
    with pytest.raises(FileFormatError, match="names the isotope"):
        claim_on("[cH:7]1ccncc1", {"fragment": "*C([2H])([2H])[2H]"})


def test_a_relative_configuration_is_met_by_either_enantiomer_and_not_by_a_flat_drawing():
    cis = "C[C@H]1CCC[C@@H](C1)c1cc[cH:7]cc1"
    claim = claim_on(cis, "halogen", stereo="relative")
    mirror, trans = "C[C@@H]1CCC[C@H](C1)c1ccc(F)cc1", "C[C@@H]1CCC[C@@H](C1)c1ccc(F)cc1"
    assert match_claim(claim, "C[C@H]1CCC[C@@H](C1)c1ccc(F)cc1").inside
    assert match_claim(claim, mirror).inside
    assert not match_claim(claim, trans).inside
    assert not match_claim(claim, "CC1CCCC(C1)c1ccc(F)cc1").inside
    assert not match_claim(claim_on(cis, "halogen", stereo="literal"), mirror).inside
    assert "or its mirror image" in read_back(claim).text
