"""A batch keeps its size, its cap a scaffold and its distance, and gives its reasons."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from molagent.campaign.selecting import select_batch
from molagent.chem.identity import inchikey
from molagent.config import CampaignConfig, parse_config
from molagent.errors import ConfigError
from molagent.records import Plan

# Fluoro-, chloro- and bromobenzene share a scaffold; pyridine and cyclohexane have their own.
WORTH = {
    "Fc1ccccc1": 8.9,
    "Clc1ccccc1": 8.8,
    "Brc1ccccc1": 8.7,
    "Cc1ccncc1": 7.5,
    "OC1CCCCC1": 7.0,
}
SCAFFOLDS = ["c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccncc1", "C1CCCCC1"]
IDS = [f"P1-000{number}" for number in range(1, 6)]
PLAN = Plan(steps=(), exploration=0.0)


def campaign(**select: object) -> CampaignConfig:
    assay = {"endpoint": "jak1_pki"}
    potency = {
        "name": "potency",
        "endpoint": "jak1_pki",
        "direction": "maximise",
        "low": 6,
        "high": 10,
        "allow_unreliable": bool(select.pop("allow_unreliable", False)),
    }
    return parse_config(
        {
            "project": {"name": "small"},
            "assays": [assay],
            "profile": [potency],
            "select": {"draws": 16, "per_core": 5, "min_cores": 1, "per_scaffold": 5, **select},
        }
    )


@pytest.fixture
def pool() -> pd.DataFrame:
    rows = {"proposal_id": IDS, "smiles": list(WORTH), "scaffold": SCAFFOLDS}
    keys = [inchikey(smiles) for smiles in WORTH]
    return pd.DataFrame(rows).assign(inchikey=keys, generator="graph", mode="de_novo")


@pytest.fixture
def ranking(pool: pd.DataFrame) -> pd.DataFrame:
    worth = [(value - 6) / 4 for value in WORTH.values()]
    return pd.DataFrame(
        {
            "proposal_id": pool["proposal_id"],
            "desirability": worth,
            "components": [{"potency": {"desirability": each}} for each in worth],
            "nearest_id": ["MA-000007", None, None, None, None],
            "nearest_similarity": [0.625, None, None, None, None],
        }
    )


Chosen = tuple[pd.DataFrame, Mapping[str, object]]


@pytest.fixture
def chosen(
    store_of: Callable, predictor: Callable, pool: pd.DataFrame, ranking: pd.DataFrame
) -> Callable[..., Chosen]:
    def choose(store=None, model=None, **select: object) -> Chosen:
        return select_batch(
            store or store_of(),
            pool,
            ranking,
            [model or predictor("jak1_pki", WORTH)],
            campaign(**select),
            PLAN,
            seed=7,
        )

    return choose


def test_the_batch_has_the_size_that_was_asked_for_best_first(chosen):
    batch, detail = chosen(count=3)
    assert list(batch["proposal_id"]) == IDS[:3]
    assert list(batch["rank"]) == [1, 2, 3]
    assert detail["chosen"] == 3
    assert detail["pool"] == 5
    assert detail["shortfall"] == ""


def test_a_scaffold_gives_no_more_than_its_cap(chosen):
    batch, _ = chosen(count=4, per_scaffold=2)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0002", "P1-0004", "P1-0005"]


def test_a_batch_that_the_cap_keeps_short_says_so(chosen):
    batch, detail = chosen(count=5, per_scaffold=1)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0004", "P1-0005"]
    assert detail["chosen"] == 3
    assert detail["shortfall"] != ""


def test_a_scaffold_gives_more_than_three_only_where_a_place_would_stay_empty(
    chosen, predictor, pool
):
    halo = ["Fc1ccccc1", "Clc1ccccc1", "Brc1ccccc1", "Ic1ccccc1", "Cc1ccncc1"]
    pool["smiles"], pool["inchikey"] = halo, [inchikey(smiles) for smiles in halo]
    pool["scaffold"] = ["c1ccccc1"] * 4 + ["c1ccncc1"]
    model = predictor("jak1_pki", dict(zip(halo, [8.9, 8.8, 8.7, 8.6, 7.8], strict=True)))
    even, _ = chosen(count=4, per_scaffold=None, min_cores=2, model=model)
    assert list(even["proposal_id"]) == ["P1-0001", "P1-0002", "P1-0003", "P1-0005"]
    full, _ = chosen(count=5, per_scaffold=None, model=model)
    assert len(full) == 5


def test_a_core_gives_no_more_than_its_cap(chosen):
    batch, detail = chosen(count=4, per_core=1)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0004", "P1-0005"]
    assert detail["shortfall"] == "at most 1 of a core leave 3 of 5 candidates"


def test_a_core_gets_half_of_the_places_where_the_file_does_not_say(chosen, predictor):
    # Cyclohexanol is worth 0.6 and the best 0.72: nearly as much.
    model = predictor("jak1_pki", WORTH | {"OC1CCCCC1": 8.4})
    batch, detail = chosen(count=4, per_core=None, min_cores=3, model=model)
    assert set(batch["proposal_id"]) == {"P1-0001", "P1-0002", "P1-0004", "P1-0005"}
    assert detail["cores"] == "3 cores, 2 of 4 compounds on the commonest"


def test_one_more_core_than_was_asked_for_has_no_place_that_costs_much(chosen, predictor):
    # Cyclohexanol is worth 0.6, picoline 0.4 and the third benzene 0.62, the best 0.72.
    model = predictor("jak1_pki", WORTH | {"OC1CCCCC1": 8.4, "Cc1ccncc1": 7.6})
    batch, _ = chosen(count=4, per_core=None, min_cores=2, model=model)
    assert set(batch["proposal_id"]) == {"P1-0001", "P1-0002", "P1-0003", "P1-0005"}


def test_a_core_gets_more_before_what_is_not_worth_a_place(chosen):
    # Cyclohexanol at 7.0 is worth a quarter, the best one 0.72.
    batch, detail = chosen(count=4, per_core=None)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0002", "P1-0003", "P1-0004"]
    assert detail["cores"] == "2 cores, 3 of 4 compounds on the commonest"


def test_a_pool_of_one_core_fills_the_batch_all_the_same(chosen, ranking):
    ranking.loc[3:, "desirability"] = np.nan
    batch, detail = chosen(count=3, per_core=None, min_cores=3)
    assert list(batch["proposal_id"]) == IDS[:3]
    assert detail["cores"].startswith("1 core; 3 were asked for, and the pool holds 1 with")


def test_the_best_of_each_of_three_cores_has_a_place_and_says_so(chosen, predictor):
    # Cyclohexanol is worth 0.45 and the best 0.72: more than half of it.
    model = predictor("jak1_pki", WORTH | {"Cc1ccncc1": 7.9, "OC1CCCCC1": 7.8})
    batch, _ = chosen(count=3, min_cores=3, model=model)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0004", "P1-0005"]
    assert list(batch["place"]) == ["core", "core", "core"]
    assert batch["reason"].str.startswith("The best of its core; among the best 3").all()


def test_a_core_whose_best_is_poor_gets_no_place_for_being_another(chosen):
    # Cyclohexanol at 7.0 is worth a quarter, the best one 0.72.
    batch, _ = chosen(count=3, min_cores=3, per_core=2)
    assert "P1-0005" not in set(batch["proposal_id"])


def test_places_for_exploration_are_marked(chosen):
    batch, _ = chosen(count=4, explore=0.5)
    assert sorted(batch["place"]) == ["best", "best", "explore", "explore"]
    explored = batch.loc[batch["place"] == "explore", "reason"]
    assert explored.str.startswith("Chosen for what it teaches about the pool; ").all()


def test_stereoisomers_share_one_place(chosen, predictor, pool):
    pool.loc[:1, "smiles"] = ["C[C@H](O)c1ccccc1", "C[C@@H](O)c1ccccc1"]
    pool["inchikey"] = [inchikey(smiles) for smiles in pool["smiles"]]
    worth = dict(zip(pool["smiles"], WORTH.values(), strict=True))
    batch, _ = chosen(count=5, model=predictor("jak1_pki", worth))
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0003", "P1-0004", "P1-0005"]


def test_two_of_a_batch_are_no_more_alike_than_allowed(chosen):
    # Two halobenzenes have a Tanimoto of 0.38; pyridine and cyclohexane are farther from both.
    batch, _ = chosen(count=3, max_similarity=0.3)
    assert list(batch["proposal_id"]) == ["P1-0001", "P1-0004", "P1-0005"]


def test_an_unknown_desirability_is_not_chosen(chosen, ranking):
    ranking.loc[0, "desirability"] = np.nan
    batch, detail = chosen(count=5)
    assert "P1-0001" not in set(batch["proposal_id"])
    assert detail["pool"] == 4


def test_a_core_that_predicts_well_leaves_the_others_their_places(store_of, predictor):
    # Ninety-six benzenes are better than any pyridine: more than a batch of six is drawn from.
    # The pyridines are worth 0.65 and the best 0.75: nearly as much.
    ethers = [f"{'C' * length}Oc1ccccc1" for length in range(1, 97)]
    pyridines = ["Cc1ccncc1", "CCc1ccncc1", "CCCc1ccncc1"]
    worth = dict(zip(ethers + pyridines, np.linspace(9.0, 8.6, 99), strict=True))
    ids = [f"P1-{number:04}" for number in range(1, 100)]
    pool = pd.DataFrame({"proposal_id": ids, "smiles": list(worth), "generator": "graph"}).assign(
        scaffold=["c1ccccc1"] * 96 + ["c1ccncc1"] * 3,
        inchikey=[inchikey(smiles) for smiles in worth],
        mode="de_novo",
    )
    ranking = pd.DataFrame({"proposal_id": ids, "nearest_id": None}).assign(
        desirability=[(value - 6) / 4 for value in worth.values()],
        components=[{"potency": {"desirability": 0.5}}] * 99,
    )
    model = predictor("jak1_pki", worth)
    settings = campaign(count=6, per_core=None, per_scaffold=None)
    batch, _ = select_batch(store_of(), pool, ranking, [model], settings, PLAN, seed=7)
    assert {"P1-0097", "P1-0098", "P1-0099"} < set(batch["proposal_id"])


def test_what_the_model_cannot_tell_is_not_chosen(chosen, predictor):
    known = {smiles: value for smiles, value in WORTH.items() if smiles != "Fc1ccccc1"}
    batch, _ = chosen(count=5, model=predictor("jak1_pki", known))
    assert set(batch["proposal_id"]) == set(IDS[1:])


def test_nothing_to_choose_from_is_an_empty_batch_with_the_reason(chosen, ranking):
    ranking["desirability"] = np.nan
    batch, detail = chosen(count=3)
    assert batch.empty
    assert detail["chosen"] == 0
    assert detail["shortfall"] == "nothing passed every filter with a known desirability"


def test_a_reason_names_what_is_strong_the_neighbour_and_the_evidence(chosen, store_of):
    store = store_of(
        overlap=[
            {
                "proposal_id": "P1-0001",
                "ordinal": 0,
                "level": "same_scaffold",
                "claim_id": "US9999999B2-c1",
                "publication_number": "US-9999999-B2",
                "similarity": 0.7,
            }
        ]
    )
    batch, _ = chosen(count=1, store=store)
    reason = batch["reason"].iloc[0]
    assert "strong in potency" in reason
    assert "nearest measured MA-000007 (similarity 0.62)" in reason
    assert "same scaffold (US9999999B2-c1, Tanimoto 0.70)" in reason


def test_an_unreliable_model_is_refused_here_too(chosen, predictor):
    with pytest.raises(ConfigError, match="is unreliable"):
        chosen(count=1, model=predictor("jak1_pki", WORTH, reliable=False))


def test_what_an_unreliable_model_says_is_no_reason_to_name(chosen, predictor):
    model = predictor("jak1_pki", WORTH, reliable=False)
    batch, _ = chosen(count=1, model=model, allow_unreliable=True)
    assert list(batch["proposal_id"]) == ["P1-0001"]
    assert "strong in no single objective" in batch["reason"].iloc[0]


def test_hits_are_counted_at_the_objective_s_own_mark_with_the_spread_that_is_shown(chosen):
    # Halfway from 6 to 10 is 8: three of five lie 0.7 or more above it, with a spread of 0.1.
    _, detail = chosen(count=5)
    assert detail["hits"] == (
        "3.0 of 5 are expected to be measured with jak1_pki above 8 (90% interval 3 to 3)"
    )
    assert detail["goals"] == [
        {
            "objective": "potency",
            "endpoint": "jak1_pki",
            "words": "jak1_pki above 8",
            "joint": True,
            "doubt": "",
            "flattery": 0.0,
            "expected": 3.0,
            "low": 3.0,
            "high": 3.0,
            "of": 5,
        }
    ]


def test_hits_are_corrected_for_what_such_a_choice_was_over_predicted(chosen, predictor):
    model = predictor("jak1_pki", WORTH)
    model.card["selected"] = {"top": 0.85, "top_error": 0.1, "bottom": 0.0, "bottom_error": 0.1}
    _, detail = chosen(count=5, model=model)
    # At 8.05, 7.95 and 7.85 with a spread of 0.1 the three stand about 8.
    assert 0.5 < detail["goals"][0]["expected"] < 1.5
    assert detail["hits"].endswith(
        "; corrected for what such a choice was over-predicted on held-out scaffolds:"
        " jak1_pki by 0.85"
    )
