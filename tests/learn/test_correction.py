from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.learn.correction import fit_correction

DATA = Path(__file__).parents[2] / "data" / "jak"


@pytest.fixture(scope="module")
def jak():
    table = pd.read_csv(DATA / "jak1_ki.csv").head(160)
    return table["smiles"].tolist(), 9.0 - np.log10(table["exp_mean [nM]"].to_numpy())


def test_scale_and_offset_of_a_global_model_are_taken_up(jak):
    smiles, truth = jak
    rng = np.random.default_rng(0)
    biased = 0.5 * truth - 1.0 + 0.1 * rng.standard_normal(len(truth))
    fitted = fit_correction(smiles[:120], biased[:120], truth[:120])
    assert fitted.helps
    assert fitted.slope > 1.5
    assert fitted.rmse_after < 0.5 * fitted.rmse_before
    mean, std = fitted.apply(smiles[120:], biased[120:], np.ones(40))
    assert np.sqrt(np.mean((mean - truth[120:]) ** 2)) < 0.5
    assert (std > 0).all()


def test_a_model_that_is_right_is_left_alone(jak):
    smiles, truth = jak
    fitted = fit_correction(smiles, truth, truth)
    assert not fitted.helps
    assert fitted.reason.startswith("left as it comes")
    mean, std = fitted.apply(smiles[:3], np.array([1.0, 2.0, np.nan]), np.full(3, 0.5))
    assert np.array_equal(mean, [1.0, 2.0, np.nan], equal_nan=True)
    assert np.array_equal(std, np.full(3, 0.5))


def test_unknown_stays_unknown_and_the_unreadable_keep_their_prediction(jak):
    smiles, truth = jak
    fitted = fit_correction(smiles[:60], truth[:60] - 2.0, truth[:60])
    mean, _ = fitted.apply([smiles[70], "nonsense"], np.array([np.nan, 3.0]), np.ones(2))
    assert np.isnan(mean[0])
    assert mean[1] == 3.0


def test_fewer_than_30_points_correct_nothing(jak):
    smiles, truth = jak
    with pytest.raises(InputError, match="29 measured values are too few"):
        fit_correction(smiles[:29], truth[:29], truth[:29])
