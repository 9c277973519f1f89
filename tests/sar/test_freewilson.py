"""The additive model gives the published coefficients, and refuses what it cannot tell."""

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.sar.freewilson import fit_free_wilson
from molagent.sar.rgroups import decompose

CORE = "CN(C)CC(Br)c1ccc([*:2])c([*:1])c1"
# Kubinyi and Kehrhahn 1976, J. Med. Chem. 19, 1040: the same 22 values in Fujita and Ban's form.
PUBLISHED = {
    ("R1", "F[*:1]"): -0.301,
    ("R1", "Cl[*:1]"): 0.207,
    ("R1", "Br[*:1]"): 0.434,
    ("R1", "I[*:1]"): 0.579,
    ("R1", "C[*:1]"): 0.454,
    ("R2", "F[*:2]"): 0.340,
    ("R2", "Cl[*:2]"): 0.768,
    ("R2", "Br[*:2]"): 1.020,
    ("R2", "I[*:2]"): 1.429,
    ("R2", "C[*:2]"): 1.256,
}


@pytest.fixture(scope="module")
def table(antagonists):
    return decompose(antagonists, CORE)


@pytest.fixture(scope="module")
def model(table):
    return fit_free_wilson(table, min_count=1)


def test_the_published_coefficients_come_out(model):
    found = model.coefficients.set_index(["position", "substituent"])["contribution"]
    assert model.intercept == pytest.approx(7.821, abs=5e-4)
    for key, value in PUBLISHED.items():
        assert found[key] == pytest.approx(value, abs=6e-4)
    assert np.sqrt(model.r2) == pytest.approx(0.969, abs=5e-4)
    assert model.sd == pytest.approx(0.194, abs=5e-4)
    assert model.n == 22


def test_leaving_out_by_formula_is_leaving_out_by_fitting_again(table):
    model = fit_free_wilson(table, min_count=2)
    row = model.fitted.iloc[4]
    kept = table.rows[table.rows["compound_id"] != row["compound_id"]]
    again = fit_free_wilson(
        type(table)(table.core, table.positions, kept.reset_index(drop=True), table.unmatched),
        min_count=1,
    )
    own = table.rows[table.rows["compound_id"] == row["compound_id"]]
    keep = set(model.fitted["compound_id"])
    assert set(kept["compound_id"]) >= keep - {row["compound_id"]}
    assert again.predict(own)["predicted"].iloc[0] == pytest.approx(row["left_out"], abs=0.05)


def test_a_compound_that_alone_has_a_substituent_cannot_be_left_out(model):
    fitted = model.fitted.set_index("compound_id")["left_out"]
    assert np.isnan(fitted["m-I p-H"])
    assert np.isfinite(fitted["m-Br p-H"])
    assert model.q2 < model.r2


def test_rare_substituents_are_not_fitted_unless_asked(table):
    model = fit_free_wilson(table)
    assert model.n == 19
    assert model.n_left_out == 3
    assert "I[*:1]" not in set(model.coefficients["substituent"])
    assert np.isnan(model.predict(pd.DataFrame({"R1": ["I[*:1]"], "R2": ["[H][*:2]"]})).iloc[0, 0])


def test_combinations_are_new_structures_with_the_sum_of_their_parts(model, antagonists):
    found = model.combinations(limit=5)
    best = found.iloc[0]
    assert (best["R1"], best["R2"]) == ("I[*:1]", "I[*:2]")
    assert best["predicted"] == pytest.approx(7.821 + 0.579 + 1.429, abs=2e-3)
    assert best["weakest"] == 1
    assert best["se"] > model.sd
    assert not set(found["smiles"]) & set(antagonists["smiles"])
    assert len(found) == 5


def test_too_few_compounds_are_underdetermined(table):
    few = type(table)(table.core, table.positions, table.rows.head(8), table.unmatched)
    with pytest.raises(InputError, match="underdetermined: 8 of 8 exact compounds"):
        fit_free_wilson(few, min_count=1)


def test_substituents_that_only_occur_together_are_named():
    halogens = [("F", "Cl"), ("Br", "I")]
    smiles = [f"CC(=O)Nc1ccc({x})c({y})c1" for x, y in halogens for _ in range(4)]
    rows = pd.DataFrame(
        {
            "compound_id": [f"c{i}" for i in range(8)],
            "smiles": [s.replace("CC(", "C" * (i % 4 + 1) + "C(", 1) for i, s in enumerate(smiles)],
            "p_value": np.arange(8.0),
        }
    )
    table = decompose(rows, "O=CNc1ccccc1")
    pair = [p for p in table.positions if table.rows[p].str.contains("F|Cl").any()]
    with pytest.raises(InputError, match="occur only together"):
        fit_free_wilson(table, positions=tuple(pair))


def test_a_ridge_pulls_contributions_towards_the_reference(table, model):
    shrunk = fit_free_wilson(table, min_count=1, ridge=2.0)
    free, less = (m.coefficients["contribution"].abs().sum() for m in (model, shrunk))
    assert less < free
    assert shrunk.ridge == 2.0


def test_bounds_are_not_fitted_but_counted(antagonists):
    frame = antagonists.assign(p_relation="=")
    frame.loc[frame["compound_id"] == "m-Br p-Br", ["p_value", "p_relation"]] = [8.0, "<"]
    frame.loc[frame["compound_id"] == "m-C p-Cl", ["p_value", "p_relation"]] = [8.0, ">"]
    model = fit_free_wilson(decompose(frame, CORE), min_count=1)
    assert model.n == 20
    # 9.28 is not below 8, 9.04 is above 8.
    assert (model.n_bounds, model.n_bounds_met) == (2, 1)


def test_noise_has_no_cross_validated_r2(antagonists):
    draw = np.random.default_rng(3)
    noise = antagonists.assign(p_value=draw.normal(6.0, 1.0, len(antagonists)))
    assert fit_free_wilson(decompose(noise, CORE)).q2 < 0.2


def test_a_negative_ridge_is_refused(table):
    with pytest.raises(InputError, match="ridge -1"):
        fit_free_wilson(table, ridge=-1.0)
