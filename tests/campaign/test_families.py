"""Isomers are ordered apart only where the scores tell them apart."""

import numpy as np
import pandas as pd
import pytest

from molagent.campaign.families import find_families, isomer_order
from molagent.campaign.isomers import is_flat_drawing_of_known, written_out
from molagent.chem.identity import connectivity_block, inchikey

S_LACTAMIDE, R_LACTAMIDE = "C[C@H](O)C(N)=O", "C[C@@H](O)C(N)=O"
FAMILY = (("P1-0001", S_LACTAMIDE), ("P1-0002", R_LACTAMIDE))
DRAWS = np.random.default_rng(0).uniform(0.4, 0.6, 200)


def test_mirror_images_with_the_same_scores_are_a_racemate_to_separate():
    worth = {"P1-0001": DRAWS, "P1-0002": DRAWS}
    answer = isomer_order("P1-0001", S_LACTAMIDE, FAMILY, worth)
    assert answer == {
        "order": "racemate, separate: the scores do not tell P1-0001 and P1-0002 apart",
        "ids": ["P1-0001", "P1-0002"],
        "apart": False,
    }


def test_an_isomer_that_is_the_best_in_nearly_all_draws_is_ordered_alone():
    worth = {"P1-0001": DRAWS + 0.2, "P1-0002": DRAWS}
    answer = isomer_order("P1-0001", S_LACTAMIDE, FAMILY, worth)
    assert answer["order"] == "this isomer; the scores prefer it to P1-0002"
    assert answer["ids"] == ["P1-0001"]


def test_a_hair_s_breadth_in_every_draw_tells_nothing_apart():
    worth = {"P1-0001": DRAWS + 0.01, "P1-0002": DRAWS}
    assert not isomer_order("P1-0001", S_LACTAMIDE, FAMILY, worth)["apart"]


def test_diastereomers_are_no_racemate():
    family = (("P1-0001", "C[C@H](O)[C@H](C)N"), ("P1-0002", "C[C@@H](O)[C@H](C)N"))
    answer = isomer_order("P1-0002", family[1][1], family, dict.fromkeys(dict(family), DRAWS))
    assert str(answer["order"]).startswith("mixture of 2 isomers, separate")


@pytest.mark.parametrize(
    ("smiles", "words"),
    [
        ("CC(N)=O", ""),
        (S_LACTAMIDE, "this isomer"),
        ("CC(O)C(N)=O", "1 stereo element left open"),
        # The cyclopropane of 3-azabicyclo[3.1.0]hexane can lie on one face only.
        ("CC(=O)N1CC2CC2C1", ""),
    ],
)
def test_a_compound_without_isomers_beside_it(smiles: str, words: str):
    answer = isomer_order("P1-0001", smiles, (("P1-0001", smiles),), {"P1-0001": DRAWS})
    assert answer["order"] == words


def test_an_isomer_that_a_filter_stopped_is_not_ordered():
    answer = isomer_order("P1-0001", S_LACTAMIDE, FAMILY, {"P1-0001": DRAWS})
    assert answer["order"] == "this isomer; a filter stopped the others"


def test_a_family_shares_its_connectivity():
    rows = [*FAMILY, ("P1-0003", "CCO")]
    frame = pd.DataFrame(rows, columns=["proposal_id", "smiles"])
    frame["inchikey"] = [inchikey(smiles) for smiles in frame["smiles"]]
    families = find_families(frame)
    assert families["P1-0002"] == FAMILY
    assert families["P1-0003"] == (("P1-0003", "CCO"),)


def proposal(smiles: str) -> dict[str, object]:
    return {"smiles": smiles, "inchikey": inchikey(smiles), "detail": "", "generator": "graph"}


def test_an_open_drawing_becomes_a_proposal_for_each_isomer():
    seen: set[str] = set()
    rows = written_out([proposal("CC(O)C(N)=O"), proposal("CC(N)=O")], seen)
    assert [row["smiles"] for row in rows] == [R_LACTAMIDE, S_LACTAMIDE, "CC(N)=O"]
    assert rows[0]["detail"] == "one of 2 isomers of a drawing"
    assert {inchikey(R_LACTAMIDE), inchikey(S_LACTAMIDE)} <= seen


def test_an_isomer_that_was_measured_does_not_come_back():
    rows = written_out([proposal("CC(O)C(N)=O")], {inchikey(S_LACTAMIDE)})
    assert [row["smiles"] for row in rows] == [R_LACTAMIDE]


def test_a_flat_drawing_of_a_known_isomer_is_no_new_idea():
    known = {connectivity_block(inchikey(S_LACTAMIDE))}
    flat = "CC(O)C(N)=O"
    assert is_flat_drawing_of_known(flat, inchikey(flat), known)
    assert not is_flat_drawing_of_known(R_LACTAMIDE, inchikey(R_LACTAMIDE), known)
    assert not is_flat_drawing_of_known("CC(O)CC(N)=O", inchikey("CC(O)CC(N)=O"), known)
