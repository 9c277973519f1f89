"""The profile refuses endpoints that cannot carry an objective, and leaves unknowns unknown."""

import numpy as np
import pandas as pd
import pytest

from molagent.campaign.ranking import check_profile, measured_leaders, rank_pool
from molagent.config import ObjectiveConfig
from molagent.errors import ConfigError

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
BENZOCAINE = "CCOC(=O)c1ccc(N)cc1"
IBUPROFEN = "CC(C)Cc1ccc(C(C)C(=O)O)cc1"

POTENCY = ObjectiveConfig(
    name="potency", endpoint="jak1_pki", direction="maximise", low=6, high=8, weight=2
)
WEAK = "R2 0.02 on the scaffold split is not above 0.3"
HERG = ObjectiveConfig(name="hERG", endpoint="herg", direction="minimise", low=0.2, high=0.6)


def test_an_unreliable_model_is_refused():
    with pytest.raises(ConfigError, match="the model of 'herg' is unreliable") as refused:
        check_profile(
            [POTENCY, HERG],
            {"jak1_pki": "", "herg": WEAK},
        )
    assert WEAK in str(refused.value)
    assert "allow_unreliable = true" in str(refused.value)


def test_an_unreliable_model_may_serve_where_the_profile_allows_it():
    allowed = HERG.model_copy(update={"allow_unreliable": True})
    check_profile(
        [POTENCY, allowed],
        {"jak1_pki": "", "herg": WEAK},
    )


def test_an_endpoint_that_nothing_predicts_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match="nothing predicts 'herg'") as refused:
        check_profile([HERG], {"jak1_pki": "", "jak2_pki": ""})
    assert "jak1_pki, jak2_pki" in str(refused.value)


POOL = pd.DataFrame({"proposal_id": ["P1-0001", "P1-0002"], "smiles": [PARACETAMOL, BENZOCAINE]})
MEASURED = pd.DataFrame({"compound_id": ["MA-000007"], "smiles": [PARACETAMOL]})


def predicted(name: str, endpoint: str, mean: float) -> dict[str, object]:
    return {"proposal_id": name, "endpoint": endpoint, "mean": mean, "std": 0.25}


def ranked(rows: list[dict[str, object]], multipliers: dict[str, float]) -> pd.DataFrame:
    doubts = {"jak1_pki": "", "herg": ""}
    frame = rank_pool(POOL, pd.DataFrame(rows), [POTENCY, HERG], doubts, multipliers, MEASURED)
    return frame.set_index("proposal_id")


PREDICTED = [
    predicted("P1-0001", "jak1_pki", 7.5),
    predicted("P1-0001", "herg", 0.5),
    predicted("P1-0002", "jak1_pki", 7.5),
    predicted("P1-0002", "herg", np.nan),
]


def test_desirability_is_the_weighted_geometric_mean():
    # 7.5 on 6 .. 8 is worth 0.75 with a weight of 2; 0.5 on 0.6 .. 0.2 is worth 0.25 with 1.
    row = ranked(PREDICTED, {}).loc["P1-0001"]
    assert row["desirability"] == pytest.approx((0.75**2 * 0.25) ** (1 / 3))
    assert row["components"]["potency"] == {
        "endpoint": "jak1_pki",
        "value": 7.5,
        "std": 0.25,
        "desirability": pytest.approx(0.75),
        "weight": 2.0,
    }


def test_a_plan_multiplies_the_weights():
    row = ranked(PREDICTED, {"potency": 0.5}).loc["P1-0001"]
    assert row["desirability"] == pytest.approx((0.75 * 0.25) ** (1 / 2))


def test_an_objective_on_an_unreliable_model_earns_nothing_and_leaves_nothing_unknown():
    # The hERG of the second compound is not known; by an unreliable model it does not matter.
    allowed = HERG.model_copy(update={"allow_unreliable": True})
    doubts = {"jak1_pki": "", "herg": WEAK}
    frame = rank_pool(POOL, pd.DataFrame(PREDICTED), [POTENCY, allowed], doubts, {}, MEASURED)
    assert list(frame["desirability"]) == pytest.approx([0.75, 0.75])
    for components in frame["components"]:
        assert components["hERG"]["weight"] == 0.0
        assert np.isnan(components["hERG"]["desirability"])


def test_where_every_model_is_unreliable_they_are_all_there_is_to_go_by():
    allowed = POTENCY.model_copy(update={"allow_unreliable": True})
    frame = rank_pool(POOL, pd.DataFrame(PREDICTED), [allowed], {"jak1_pki": WEAK}, {}, MEASURED)
    assert list(frame["desirability"]) == pytest.approx([0.75, 0.75])


def test_an_unknown_objective_leaves_the_whole_unknown():
    assert np.isnan(ranked(PREDICTED, {}).loc["P1-0002", "desirability"])
    assert np.isnan(ranked(PREDICTED[:3], {}).loc["P1-0002", "desirability"])


def test_the_nearest_measured_compound_is_named():
    frame = ranked(PREDICTED, {})
    assert list(frame["nearest_id"]) == ["MA-000007", "MA-000007"]
    assert frame.loc["P1-0001", "nearest_similarity"] == 1.0
    assert frame.loc["P1-0002", "nearest_similarity"] < 0.5


def test_an_empty_pool_ranks_to_an_empty_table():
    frame = rank_pool(POOL.iloc[0:0], pd.DataFrame(), [POTENCY], {}, {}, MEASURED)
    assert frame.empty
    assert "desirability" in frame.columns


def test_compounds_that_lack_a_measurement_stand_behind_those_that_have_all():
    measured = pd.DataFrame(
        {
            "compound_id": ["MA-1", "MA-2", "MA-3"],
            "scaffold_id": ["S-1", "S-1", "S-2"],
            "jak1_pki": [7.0, 8.5, 7.5],
            "jak2_pki": [5.0, np.nan, 6.5],
        }
    )
    selective = ObjectiveConfig(
        name="selectivity", endpoint="jak1_over_jak2", direction="maximise", low=0, high=2
    )
    leaders = measured_leaders(
        measured,
        [POTENCY, selective, HERG],
        {"jak1_over_jak2": ("jak1_pki", "jak2_pki")},
        limit=3,
    )
    # MA-3 is worth (0.75^2 x 0.5)^(1/3) = 0.655, MA-1 (0.5^2 x 1)^(1/3) = 0.630.
    assert [row["compound_id"] for row in leaders] == ["MA-3", "MA-1", "MA-2"]
    by_id = {row["compound_id"]: row for row in leaders}
    assert by_id["MA-1"]["desirability"] == pytest.approx((0.5**2 * 1.0) ** (1 / 3), abs=1e-4)
    assert by_id["MA-2"] == {
        "compound_id": "MA-2",
        "desirability": 1.0,
        "scaffold_id": "S-1",
        "jak1_pki": 8.5,
    }


def test_measured_compounds_without_any_objective_do_not_lead():
    measured = pd.DataFrame({"compound_id": ["MA-1"], "scaffold_id": ["S-1"], "logd": [1.0]})
    assert measured_leaders(measured, [POTENCY], {}, limit=3) == []
