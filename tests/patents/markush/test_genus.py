"""Two claims: a structure inside both, a proof that there is none, or neither."""

import pytest

from molagent.patents.markush.genus import compare_claims
from molagent.patents.markush.matching import match_claim
from tests.cli.calls import shown
from tests.patents.conftest import COLLECTION
from tests.patents.markush.test_spellings import claim_on

PYRIDINE = "[cH:7]1ccncc1"


def both(ours, theirs, **settings):
    settings = {"seconds": 60.0, "tries": 1_500, **settings}
    answers = [compare_claims(ours, theirs, **settings), compare_claims(theirs, ours, **settings)]
    assert answers[0].answer == answers[1].answer
    for found in answers:
        if found.answer == "yes":
            assert match_claim(ours, found.witness).inside
            assert match_claim(theirs, found.witness).inside
    return answers[0]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # one group in common, of many
        ({"alkyl": [1, 6]}, {"one_of": ["halogen", {"alkyl": [6, 9]}]}),
        ({"alkoxy": [1, 4]}, {"linked": {"by": ["*O*"], "then": {"alkyl": [4, 4]}}}),
        ({"one_of": ["halogen", "cyano"]}, {"one_of": ["nitro", "cyano"]}),
        ({"optionally_substituted": {"base": {"alkyl": [1, 3]}, "by": "hydroxy", "at_most": 2}},
         {"fragment": "*CC(C)O"}),
        ({"cycloalkyl": [3, 6]}, {"ring": {"size": [5, 7], "kind": "saturated"}}),
    ],
)  # fmt: skip
def test_two_claims_on_one_core_overlap_where_their_groups_do(ours, theirs):
    assert both(claim_on(PYRIDINE, ours), claim_on(PYRIDINE, theirs)).answer == "yes"


def test_a_core_of_one_can_be_a_group_of_the_other():
    phenyls = claim_on("[cH:7]1ccccc1", {"heteroaryl": {"size": [5, 6], "hetero": {"N": [1, 2]}}})
    pyridines = claim_on(PYRIDINE, {"aryl": [6, 10]})
    found = both(phenyls, pyridines)
    assert found.answer == "yes"


def test_a_small_core_holds_a_member_of_a_large_one():
    two = {"name": "R1", "positions": [7, 8], "count": 2, "group": {"any_group": 40}}
    small = claim_on("[cH:7]1cc[cH:8]cc1", "halogen", site=[two])
    large = claim_on("COc1cc2ncnc(Nc3cc[cH:7]cc3)c2cc1", {"one_of": ["halogen", "cyano"]})
    assert both(small, large).answer == "yes"


@pytest.mark.parametrize(
    ("ours", "theirs", "proof"),
    [
        ((PYRIDINE, "halogen"), (PYRIDINE, "cyano"), "R1: halogen"),
        ((PYRIDINE, {"alkyl": [1, 4]}), (PYRIDINE, {"alkyl": [5, 9]}), "R1: C1-4 alkyl"),
        ((PYRIDINE, {"alkyl": [5, 9]}), (PYRIDINE, {"alkoxy": [5, 9]}), "R1: C5-9 alkoxy"),
        (("[cH:7]1ccc2[nH]ccc2c1", {"alkyl": [5, 9]}), ("[cH:7]1cc2ccncc2cc1", "halogen"),
         "ring systems"),
    ],
)  # fmt: skip
def test_what_excludes_a_common_structure_is_the_proof(ours, theirs, proof):
    found = both(claim_on(*ours), claim_on(*theirs))
    assert found.answer == "no"
    assert proof in found.reason


def test_rings_of_equal_size_and_number_are_told_apart_by_their_atoms():
    # As many atoms of each kind: indole against isoindole-like fusion of the nitrogen.
    indole = claim_on("[cH:7]1ccc2[nH]ccc2c1", {"alkyl": [5, 9]})
    indolizine = claim_on("[cH:7]1ccn2cccc2c1", {"alkyl": [5, 9]})
    found = both(indole, indolizine)
    assert found.answer == "no"
    assert "the ring systems of" in found.reason


def test_a_claim_on_one_salt_has_nothing_in_common_with_another():
    hydrochloride = claim_on(PYRIDINE, {"alkyl": [1, 4]}, salts=["Cl"])
    mesylate = claim_on(PYRIDINE, {"alkyl": [1, 4]}, salts=["CS(=O)(=O)O"])
    free = claim_on(PYRIDINE, {"alkyl": [1, 4]}, salts="none")
    any_form = claim_on(PYRIDINE, {"alkyl": [1, 4]})
    assert both(hydrochloride, mesylate).answer == "no"
    assert both(hydrochloride, free).answer == "no"
    found = both(hydrochloride, any_form)
    assert found.answer == "yes"
    assert found.witness.endswith(".Cl")


def test_a_configuration_that_one_claim_asks_for_is_found_and_never_disproven():
    flat = claim_on("CC(F)c1cc[cH:7]cc1", {"alkyl": [1, 1]})
    configured = claim_on("C[C@H](F)c1cc[cH:7]cc1", {"alkyl": [1, 1]}, stereo="literal")
    assert both(flat, configured).answer == "yes"


def test_where_nothing_is_found_or_proven_the_answer_is_unknown():
    # The same atoms and rings; the phenyl, which might be the core, hangs in another place.
    ours = claim_on("Cc1ccc(O)[cH:7]c1", {"aryl": [6, 6]})
    theirs = claim_on("Cc1[cH:7]cc(O)cc1", {"aryl": [6, 6]})
    found = both(ours, theirs, tries=150)
    assert found.answer == "unknown"
    assert "structures were tried" in found.reason


def test_the_command_answers_for_two_stored_claims(capsys):
    out = shown(
        capsys, "patents", "claims", "overlap", "US-9662335-B2/1", "US-9249149-B2/1",
        "--data", COLLECTION,
    )  # fmt: skip
    assert out.startswith("yes: ")
    assert "[2H]" in out
    assert "not legal advice" in out


# The core of gefitinib; R1 stands on its aniline, R7 on the quinazoline.
ANILINOQUINAZOLINE = "COc1cc2ncnc(Nc3[cH:11]cc[cH:12]c3)c2c[cH:7]1"


def quinazolines(claim_id, r1, r7):
    """R1, once or twice, on the aniline and R7, once, on the quinazoline."""
    sites = [
        {"name": "R1", "positions": [11, 12], "count": [1, 2], "group": r1},
        {"name": "R7", "positions": [7], "count": 1, "group": r7},
    ]
    return claim_on(ANILINOQUINAZOLINE, "halogen", site=sites, claim_id=claim_id)


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (
            ("halogen", {"alkoxy": [1, 6]}),
            ("halogen", {"one_of": [{"alkyl": [1, 6]}, {"heteroaryl": {"size": [5, 6]}}]}),
            ("OURS/1 allows R7: C1-6 alkoxy", "THEIRS/1 R7: C1-6 alkyl or aromatic"),
        ),
        (("halogen", {"alkoxy": [1, 6]}), ("cyano", {"alkoxy": [1, 3]}), ("R1: halogen", "cyano")),
        (
            ("halogen", {"fragment": "*OC(C)C"}),
            ("halogen", {"fragment": "*OCCC"}),
            ("*OC(C)C", "*OCCC"),
        ),
    ],
)
def test_a_no_on_one_core_names_the_site_whose_lists_are_disjoint(ours, theirs, said):
    found = both(quinazolines("OURS/1", *ours), quinazolines("THEIRS/1", *theirs))
    assert found.answer == "no"
    assert all(words in found.reason for words in said)


def test_a_site_that_finds_no_position_is_named():
    def pyridines(claim_id, group, count):
        sites = [{"name": "R", "positions": [2, 3, 4], "count": count, "group": group}]
        return claim_on("[cH:2]1c[cH:3]c[cH:4]n1", "halogen", site=sites, claim_id=claim_id)

    ours = pyridines("OURS/1", {"alkyl": [1, 8]}, [1, 3])
    found = both(ours, pyridines("THEIRS/1", {"alkoxy": [1, 8]}, [0, 3]))
    assert found.answer == "no"
    assert "R of OURS/1 finds no place where THEIRS/1 allows it" in found.reason
    assert both(ours, pyridines("THEIRS/1", {"alkyl": [8, 9]}, [0, 3])).answer == "yes"


def test_a_ring_in_a_group_that_could_be_the_core_is_no_proof():
    # Phenylpyridine either way round: the pyridine of one is the group of the other.
    ours = claim_on("[cH:7]1ccncc1", {"one_of": ["phenyl", {"heteroaryl": {"size": [6, 6]}}]})
    theirs = claim_on("[cH:7]1cccnc1", {"heteroaryl": {"size": [6, 6]}})
    assert both(ours, theirs).answer == "yes"
