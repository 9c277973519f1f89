"""Hits are counted in worlds of what would be measured, with the spread that is shown."""

import numpy as np
import pytest

from molagent.campaign.hits import Goal, goals, promise
from molagent.campaign.worlds import joint_draws, measured_worlds
from molagent.config import ObjectiveConfig, parse_config
from molagent.learn.selectivity import DifferencePredictor
from molagent.records import PredictionFrame

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12"
BOTH = [TOFACITINIB, RUXOLITINIB]


class FakeModel:
    """Says the same of everything, with a spread of which little is the model's own doubt."""

    def __init__(self, endpoint: str, mean: float, *, std: float = 0.5, doubt: float = 0.3):
        self.endpoint = endpoint
        self.mean, self.std, self.doubt = mean, std, doubt
        self.card = {
            "endpoint": endpoint,
            "reliable": True,
            "reason": "",
            "model_hash": endpoint,
            "n_train": 100,
            "metrics": {"rmse": 0.4},
        }

    def predict(self, smiles_list):
        size = len(smiles_list)
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=np.full(size, self.mean),
            std=np.full(size, self.std),
            in_domain=np.ones(size, dtype=bool),
            model_hash=self.endpoint,
        )

    def sample(self, smiles_list, draws, seed):
        # One error for all: analogues succeed and fail together.
        shared = np.random.default_rng([seed, len(self.endpoint)]).normal(size=(draws, 1))
        return self.mean + self.doubt * np.repeat(shared, len(smiles_list), axis=1)


JAK1, JAK2 = FakeModel("jak1_pki", 8.0), FakeModel("jak2_pki_cell", 7.0)
SELECTIVE = DifferencePredictor(endpoint="jak1_over_jak2", a=JAK1, b=JAK2)


@pytest.fixture(scope="module")
def worlds() -> dict[str, np.ndarray]:
    return measured_worlds([SELECTIVE, JAK1, JAK2], BOTH, draws=4000, seed=1)


def test_the_spread_of_the_worlds_is_the_one_that_is_shown(worlds):
    assert worlds["jak1_pki"].std(axis=0) == pytest.approx([0.5, 0.5], rel=0.05)
    assert worlds["jak1_over_jak2"].std(axis=0) == pytest.approx([0.71, 0.71], rel=0.05)


def test_analogues_share_the_model_s_error_and_not_the_measurement_s(worlds):
    # Of a variance of 0.25 the model's 0.09 is shared.
    together = np.corrcoef(worlds["jak1_pki"].T)[0, 1]
    assert together == pytest.approx(0.36, abs=0.06)


def test_a_selectivity_is_the_difference_of_the_same_two_measurements(worlds):
    assert np.allclose(worlds["jak1_over_jak2"], worlds["jak1_pki"] - worlds["jak2_pki_cell"])


def goal(endpoint: str, mark: float, *, flattery: float = 0.0) -> Goal:
    objective = ObjectiveConfig(
        name=endpoint, endpoint=endpoint, direction="maximise", low=0, high=9, hit=mark
    )
    words = f"{endpoint} above {mark:g}"
    return Goal(objective=objective, words=words, own=True, doubt="", flattery=flattery)


def test_what_must_hold_together_is_counted_together(worlds):
    found = promise([goal("jak1_pki", 8.0), goal("jak1_over_jak2", 1.0)], worlds)
    alone = [hits.expected for _, hits in found.alone]
    # Each is as likely as not; who is potent by chance is selective by it too.
    assert alone == pytest.approx([1.0, 1.0], abs=0.06)
    assert 0.5 < found.together.expected < 1.0
    assert found.sentence.startswith(f"{found.together.expected:.1f} of 2 are expected")


def test_a_top_that_is_flattered_brings_fewer_hits(worlds):
    honest = promise([goal("jak1_pki", 8.0, flattery=0.5)], worlds)
    # Half a log unit is one standard deviation: 16 % of each remain.
    assert honest.together.expected == pytest.approx(0.32, abs=0.05)
    assert honest.sentence.endswith("jak1_pki by 0.50")


def learned(together: float) -> FakeModel:
    """A selectivity learned from both assays, with what its errors share with potency's."""
    model = FakeModel("selectivity", 0.5, std=0.2, doubt=0.15)
    model.card |= {"derived_from": ["jak1_pki", "jak2_pki_cell"], "errors_together": together}
    return model


def test_a_selectivity_that_was_learned_keeps_its_own_spread():
    found = measured_worlds([JAK1, JAK2, learned(0.4)], BOTH, draws=4000, seed=1)
    assert found["selectivity"].mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    assert found["selectivity"].std(axis=0) == pytest.approx([0.2, 0.2], rel=0.05)


@pytest.mark.parametrize("together", [0.0, 0.4, -0.6])
@pytest.mark.parametrize("draw", [measured_worlds, joint_draws])
def test_a_learned_selectivity_goes_with_potency_as_its_held_out_errors_did(draw, together):
    found = draw([learned(together), JAK1], BOTH, draws=4000, seed=1)
    for compound in range(2):
        said = np.corrcoef(found["jak1_pki"][:, compound], found["selectivity"][:, compound])
        assert said[0, 1] == pytest.approx(together, abs=0.06)


@pytest.mark.parametrize("draw", [measured_worlds, joint_draws])
def test_of_two_mirrored_selectivities_one_is_the_other_turned_over(draw):
    mirror = FakeModel("jak2_over_jak1", -0.4, std=0.3, doubt=0.2)
    mirror.card |= {"derived_from": ["jak2_pki_cell", "jak1_pki"], "errors_together": 0.3}
    found = draw([JAK1, learned(0.4), JAK2, mirror], BOTH, draws=4000, seed=1)
    one, other = found["selectivity"][:, 0], found["jak2_over_jak1"][:, 0]
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(-1.0)
    # Each keeps the mean that its own model says.
    assert other.mean() == pytest.approx(-0.4, abs=0.02)
    assert np.corrcoef(found["jak1_pki"][:, 0], one)[0, 1] == pytest.approx(0.4, abs=0.06)


def test_what_is_read_across_is_not_flattered_as_two_predictions_are():
    # A tenth of JAK1's top was 0.6 over-predicted: that is of its model, and of the difference of
    # two such models, and of no measured selectivity of a neighbour.
    flattered = FakeModel("jak1_pki", 8.0)
    flattered.card["selected"] = {
        "top": 0.6, "top_error": 0.1, "bottom": 0.0, "bottom_error": 0.1
    }  # fmt: skip
    near = FakeModel("jak1_over_jak2", 0.5)
    near.card |= {"kind": "read_across", "derived_from": ["jak1_pki", "jak2_pki_cell"]}
    subtracted = DifferencePredictor(endpoint="jak1_over_jak2", a=flattered, b=JAK2)
    profile = [
        {"name": "s", "endpoint": "jak1_over_jak2", "direction": "maximise", "low": 0, "high": 1}
    ]
    config = parse_config(
        {
            "project": {"name": "jak"},
            "assays": [{"endpoint": "jak1_pki"}, {"endpoint": "jak2_pki_cell"}],
            "profile": profile,
        }
    )
    found = [goals(config, [flattered, JAK2, each])[0].flattery for each in (near, subtracted)]
    assert found == pytest.approx([0.0, 0.6 / np.sqrt(2)])


def test_where_potency_is_unknown_a_learned_selectivity_is_told_alone():
    class Blind(FakeModel):
        def sample(self, smiles_list, draws, seed):  # noqa: ARG002 - a predictor's
            return np.full((draws, len(smiles_list)), np.nan)

    found = joint_draws([Blind("jak1_pki", 8.0), learned(0.4)], BOTH, draws=4000, seed=1)
    assert found["selectivity"].mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
