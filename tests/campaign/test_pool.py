"""Only what passed every filter is chosen from: an unknown verdict is no pass."""

import numpy as np
import pandas as pd
import pytest

from molagent.campaign.pool import latest_predictions, load_pool, nearest_measured, verdicts
from molagent.campaign.taken import Taken
from molagent.chem.identity import inchikey
from molagent.chem.scaffolds import scaffold_id

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
BENZOCAINE = "CCOC(=O)c1ccc(N)cc1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
IBUPROFEN = "CC(C)Cc1ccc(C(C)C(=O)O)cc1"


def taken(*rows: tuple[str, str]) -> Taken:
    frame = pd.DataFrame(rows, columns=["smiles", "state"])
    return Taken(frame.assign(inchikey=[inchikey(smiles) for smiles in frame["smiles"]]))


NONE = taken()


def proposed(name: str, smiles: str, scaffold: str = "c1ccccc1") -> dict[str, object]:
    key = inchikey(smiles)
    return {
        "proposal_id": name,
        "smiles": smiles,
        "inchikey": key,
        "scaffold": scaffold,
        "cycle": 1,
    }


def judged(name: str, *outcomes: str) -> list[dict[str, object]]:
    return [
        {"proposal_id": name, "cycle": 1, "ordinal": ordinal, "filter": f"f{ordinal}", "verdict": v}
        for ordinal, v in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("outcomes", "overall"),
    [
        (("pass", "pass"), "pass"),
        (("pass", "unknown"), "unknown"),
        (("unknown", "pass"), "unknown"),
        (("unknown", "fail"), "fail"),
        (("fail", "pass"), "fail"),
    ],
)
def test_the_worst_verdict_counts(outcomes: tuple[str, ...], overall: str):
    assert dict(verdicts(pd.DataFrame(judged("P1-0001", *outcomes)))) == {"P1-0001": overall}


def test_what_failed_or_is_unknown_is_not_chosen_from(store_of):
    store = store_of(
        proposal=[
            proposed("P1-0001", PARACETAMOL),
            proposed("P1-0002", BENZOCAINE),
            proposed("P1-0003", ASPIRIN),
        ],
        judgement=[
            *judged("P1-0001", "pass", "pass"),
            *judged("P1-0002", "pass", "unknown"),
            *judged("P1-0003", "pass", "fail"),
        ],
    )
    pool = load_pool(store, [], NONE)
    assert list(pool["proposal_id"]) == ["P1-0001"]
    assert list(pool["scaffold_id"]) == [scaffold_id("c1ccccc1")]


def test_a_proposal_that_no_filter_judged_is_not_chosen_from(store_of):
    store = store_of(
        proposal=[proposed("P1-0001", PARACETAMOL), proposed("P1-0002", BENZOCAINE)],
        judgement=judged("P1-0001", "pass"),
    )
    assert list(load_pool(store, [], NONE)["proposal_id"]) == ["P1-0001"]


def test_what_was_measured_since_is_not_chosen_from_again(store_of):
    store = store_of(
        proposal=[proposed("P1-0002", BENZOCAINE), proposed("P1-0001", PARACETAMOL)],
        judgement=[*judged("P1-0001", "pass"), *judged("P1-0002", "pass")],
    )
    assert list(load_pool(store, [PARACETAMOL], NONE)["proposal_id"]) == ["P1-0002"]


def test_what_was_ordered_or_failed_is_not_chosen_from_again(store_of):
    store = store_of(
        proposal=[proposed("P1-0001", PARACETAMOL), proposed("P1-0002", BENZOCAINE)],
        judgement=[*judged("P1-0001", "pass"), *judged("P1-0002", "pass")],
    )
    pool = load_pool(store, [], taken((BENZOCAINE, "failed")))
    assert list(pool["proposal_id"]) == ["P1-0001"]


def test_an_order_of_a_flat_drawing_takes_its_isomers_and_one_of_an_isomer_only_itself(store_of):
    s_ibuprofen = "CC(C)Cc1ccc([C@H](C)C(=O)O)cc1"
    store = store_of(
        proposal=[proposed("P1-0001", s_ibuprofen)], judgement=judged("P1-0001", "pass")
    )
    assert load_pool(store, [], taken((IBUPROFEN, "ordered"))).empty
    r_ibuprofen = s_ibuprofen.replace("@", "@@")
    assert len(load_pool(store, [], taken((r_ibuprofen, "ordered")))) == 1
    # A shortlist names the isomers of each of its lines.
    assert load_pool(store, [], taken((r_ibuprofen, "chosen"))).empty


def test_before_anything_was_judged_there_is_nothing_to_choose_from(store_of):
    assert load_pool(store_of(proposal=[proposed("P1-0001", PARACETAMOL)]), [], NONE).empty
    assert load_pool(store_of(), [], NONE).empty


def test_the_newest_prediction_of_an_endpoint_counts(store_of):
    rows = [
        {"proposal_id": "P1-0001", "endpoint": "jak1_pki", "mean": mean, "std": 0.3, "cycle": cycle}
        for cycle, mean in ((2, 7.5), (1, 6.5))
    ]
    store = store_of(prediction=rows)
    assert list(latest_predictions(store)["mean"]) == [7.5]
    fresh = pd.DataFrame(rows[:1]).assign(mean=8.0).drop(columns="cycle")
    assert list(latest_predictions(store, fresh)["mean"]) == [8.0]


def test_the_nearest_measured_compound_comes_first():
    measured = pd.DataFrame({"smiles": [PARACETAMOL, IBUPROFEN]})
    ((first, second),) = nearest_measured([IBUPROFEN], measured, count=2)
    assert first == (1, 1.0)
    assert second[0] == 0
    assert second[1] < 0.5


def test_without_measured_compounds_none_is_near():
    assert nearest_measured([ASPIRIN], pd.DataFrame({"smiles": []})) == [[]]
    assert nearest_measured([], pd.DataFrame({"smiles": [ASPIRIN]})) == []


def test_a_tie_falls_to_the_compound_that_stands_first():
    measured = pd.DataFrame({"smiles": [ASPIRIN, ASPIRIN]})
    ((only,),) = nearest_measured([ASPIRIN], measured)
    assert only == (0, 1.0)
    assert not np.isnan(only[1])
