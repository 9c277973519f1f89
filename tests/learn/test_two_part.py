from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.chem.likeness import count_features, minmax
from molagent.errors import InputError, ModelError
from molagent.learn.artifact import artifact_kind
from molagent.learn.local import LocalPredictor, fit_local
from molagent.learn.registry import prediction_table
from molagent.learn.two_part import fit_two_part, has_two_parts, mix_parts

DATA = Path(__file__).parents[2] / "data" / "jak"
LIMIT = 8.0
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


def censored(rows=110, limit=LIMIT):
    """JAK1's Ki as an assay would report them that ends at pKi 8."""
    table = pd.read_csv(DATA / "jak1_ki.csv").head(rows)
    value = 9.0 - np.log10(table["exp_mean [nM]"])
    return pd.DataFrame(
        {
            "smiles": table["smiles"],
            "p_relation": np.where(value < limit, "<", "="),
            "p_value": np.maximum(value, limit),
            "truth": value,
            "date": [f"{2010 + row // 12}-{1 + row % 12:02d}-01" for row in range(rows)],
        }
    )


def second():
    table = pd.read_csv(DATA / "jak2_ki.csv").head(80)
    value = 9.0 - np.log10(table["exp_mean [nM]"])
    return pd.DataFrame(
        {"smiles": table["smiles"], "p_relation": "=", "p_value": value, "date": "2009-01-01"}
    )


def fit(**settings):
    return fit_local(
        "jak1_pki", censored(), target="JAK1", unit="pKi", source="ChEMBL", seed=0, **settings
    )


@pytest.fixture(scope="module")
def predictor():
    return fit(candidates=("two-part+second",), second=second(), second_name="JAK2")


def test_a_certain_answer_has_the_measured_parts_own_spread():
    mean, std = mix_parts(np.array([6.0, 6.0]), np.array([0.25, 0.25]), np.array([0.0, 1.0]), 4.0)
    assert mean.tolist() == [6.0, 4.0]
    assert std.tolist() == [0.5, pytest.approx(0.1)]


def test_weak_compounds_are_told_from_strong_ones():
    table = censored()
    counts, _ = count_features(table["smiles"].tolist())
    flags = np.where(table["p_relation"] == "<", -1, 0).astype(np.int8)
    model = fit_two_part(minmax(counts, counts), table["p_value"].to_numpy(), flags)
    below = model.probability_below(minmax(counts, counts))
    assert below[flags < 0].mean() > 2.0 * below[flags == 0].mean()
    assert ((below >= 0.02) & (below <= 0.98)).all()
    assert model.limit == LIMIT
    mean, std = model.predict(minmax(counts, counts))
    assert mean.min() > LIMIT - 0.5
    assert (std > 0).all()


def test_a_handful_of_limits_is_refused_with_the_remedy():
    flags = np.array([0] * 30 + [-1] * 9, dtype=np.int8)
    assert not has_two_parts(flags)
    with pytest.raises(InputError, match="30 measured values and 9 limits"):
        fit_two_part(np.eye(39), np.zeros(39), flags)


def test_the_card_names_the_second_assay_and_the_horizon(predictor):
    choice = predictor.card["choice"]
    assert (choice["chosen"], choice["second_assay"]) == ("two-part+second", "JAK2")
    ahead = predictor.card["calibration"]["ahead"]
    assert 0.0 <= ahead["growth"] <= 0.5
    assert ahead["seen_months"] > ahead["base_months"] > 0
    assert set(ahead["std_scale"]) == {"all", "in", "near", "out"}


def test_a_saved_model_says_the_same_and_knows_its_kind(predictor, tmp_path):
    smiles = [*censored()["smiles"].tail(4), TOFACITINIB, "nonsense"]
    predictor.save(tmp_path)
    assert artifact_kind(tmp_path) == "molagent-two-part-process"
    again = LocalPredictor.load(tmp_path)
    for months in (None, 24.0):
        said = predictor.predict(smiles, months_ahead=months)
        heard = again.predict(smiles, months_ahead=months)
        assert np.allclose(said.mean, heard.mean, equal_nan=True)
        assert np.allclose(said.std, heard.std, equal_nan=True)
    assert np.isnan(said.mean[-1])
    assert len(again.model.similarity(count_features([TOFACITINIB])[0])[0]) == again.card["n_train"]


def test_a_table_of_predictions_widens_with_the_months_ahead(predictor):
    asked = censored()["smiles"].tail(5).tolist()
    ahead = predictor.card["calibration"]["ahead"]
    soon, late = (
        prediction_table(predictor, asked, months_ahead=months)
        for months in (ahead["base_months"], 4.0 * ahead["base_months"])
    )
    assert np.allclose(late["std"] / soon["std"], 4.0 ** ahead["growth"])
    assert np.array_equal(late["mean"], soon["mean"])


def test_a_model_without_dates_does_not_pretend_to_know_a_horizon():
    fitted = fit_local(
        "jak1_pki",
        censored(40).drop(columns="date"),
        target="JAK1",
        unit="pKi",
        source="ChEMBL",
        seed=0,
    )
    assert not fitted.knows_horizon
    with pytest.raises(InputError, match="know no horizon"):
        prediction_table(fitted, [TOFACITINIB], months_ahead=6.0)


def test_draws_scatter_around_the_mean(predictor):
    smiles = censored()["smiles"].tail(6).tolist()
    drawn = predictor.sample(smiles, 600, 1)
    assert np.allclose(drawn.mean(axis=0), predictor.predict(smiles).mean, atol=0.35)
    assert (drawn.std(axis=0) > 0).all()


def test_what_cannot_be_fitted_is_left_out_and_said():
    table = censored(60, limit=0.0)
    fitted = fit_local(
        "jak1_pki",
        table,
        target="JAK1",
        unit="pKi",
        source="ChEMBL",
        seed=0,
        candidates=("gp", "two-part", "two-part+second"),
    )
    assert fitted.card["choice"]["left_out"] == ["two-part", "two-part+second"]
    with pytest.raises(InputError, match="two-part needs ten limits below and ten values"):
        fit_local(
            "jak1_pki",
            table,
            target="JAK1",
            unit="pKi",
            source="ChEMBL",
            seed=0,
            candidates=("two-part",),
        )


def test_other_features_are_refused(predictor):
    from molagent.learn.embedding import Features

    counts, _ = count_features([TOFACITINIB])
    wrong = Features(counts, np.zeros((1, 512), dtype=np.float32))
    with pytest.raises(ModelError, match="other features"):
        predictor.model.predict(wrong)
