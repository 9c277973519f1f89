"""A plate is judged by its controls, and an unknown one is never a pass."""

import numpy as np
import pandas as pd
import pytest

from molagent.curves import PlateLimits, normalise, plate_figures, plate_quality
from molagent.errors import InputError


def plate(barcode="P1", *, neg=5000.0, pos=500.0, sd=100.0, seed=0, tilt=0.0, rim=0.0):
    """Return a plate of 8 x 12: column 1 negative, 12 positive controls, all else samples."""
    draw = np.random.default_rng(seed)
    rows = []
    for row in range(1, 9):
        for column in range(1, 13):
            role = {1: "neg", 12: "pos"}.get(column, "sample")
            level = pos if role == "pos" else neg + tilt * (column - 1) / 11
            level += rim * (row in (1, 8) or column in (1, 12)) * (role != "pos")
            rows.append((barcode, row, column, role, level + draw.normal(0, sd)))
    names = ["barcode", "well_row", "well_column", "role", "signal"]
    return pd.DataFrame(rows, columns=names)


def test_z_prime_is_that_of_zhang_and_others():
    wells = pd.DataFrame(
        {
            "barcode": "P1",
            "well_row": range(1, 9),
            "well_column": 1,
            "role": ["pos"] * 4 + ["neg"] * 4,
            "signal": [100.0, 110.0, 90.0, 100.0, 1000.0, 1050.0, 950.0, 1000.0],
        }
    )
    found = plate_quality(wells).iloc[0]
    sd_pos, sd_neg = np.std([100, 110, 90, 100], ddof=1), np.std([1000, 1050, 950, 1000], ddof=1)
    assert found["z_prime"] == pytest.approx(1 - 3 * (sd_pos + sd_neg) / 900)
    assert found["signal_to_background"] == pytest.approx(10.0)
    assert found["cv_neg"] == pytest.approx(100 * sd_neg / 1000)
    assert found["verdict"] == "pass"


def test_a_quiet_plate_passes_and_a_noisy_one_fails_with_its_figure():
    both = pd.concat([plate("good"), plate("bad", sd=900.0)])
    quality = plate_quality(both).set_index("barcode")
    assert quality.loc["good", "verdict"] == "pass"
    assert quality.loc["good", "reason"] == ""
    assert quality.loc["bad", "verdict"] == "fail"
    assert "Z'" in quality.loc["bad", "reason"]


def test_too_few_controls_are_unknown_and_named():
    wells = plate()
    wells.loc[wells["role"] == "pos", "role"] = "empty"
    quality = plate_quality(wells).iloc[0]
    assert quality["verdict"] == "unknown"
    assert quality["reason"].startswith("only 0 positive controls")
    assert np.isnan(quality["z_prime"])


def test_a_gradient_along_the_columns_is_drift():
    figures = plate_figures(plate(tilt=2000.0)).iloc[0]
    assert figures["drift_columns"] == pytest.approx(100 * 2000 / 4500, abs=8)
    assert abs(figures["drift_rows"]) < 5
    quality = plate_quality(plate(tilt=2000.0)).iloc[0]
    assert quality["verdict"] == "fail"
    assert "drift" in quality["reason"]


def test_an_evaporated_rim_is_an_edge_effect():
    figures = plate_figures(plate(rim=1500.0)).iloc[0]
    assert figures["edge"] == pytest.approx(100 * 1500 / (4500 + 1500), abs=5)
    quality = plate_quality(plate(rim=1500.0)).iloc[0]
    assert "edge effect" in quality["reason"]


def test_a_column_of_actives_is_no_drift():
    wells = plate()
    wells.loc[wells["well_column"].isin([10, 11]), "signal"] = 600.0
    assert abs(plate_figures(wells).iloc[0]["drift_columns"]) < 5


def test_a_dilution_series_along_the_columns_is_no_drift():
    wells = plate(sd=20.0)
    samples = wells["role"] == "sample"
    wells["concentration_m"] = np.where(samples, 1e-4 / 2.0 ** wells["well_column"], np.nan)
    wells.loc[samples, "signal"] = 500.0 + 400.0 * wells["well_column"]
    assert np.isnan(plate_figures(wells).iloc[0]["drift_columns"])


def test_one_failed_control_well_is_told_from_a_bad_plate():
    wells = plate(sd=60.0)
    wells.loc[wells.index[wells["role"] == "neg"][:1], "signal"] = 0.0
    quality = plate_quality(wells).iloc[0]
    assert quality["verdict"] == "fail"
    assert "by medians: control wells are off" in quality["reason"]
    wells["outlier"] = wells["signal"] == 0.0
    assert plate_quality(wells).iloc[0]["verdict"] == "pass"


def test_limits_can_be_left_out():
    wells = plate(sd=900.0)
    lenient = PlateLimits(z_prime=None, cv=None, drift=None, edge=None)
    assert plate_quality(wells, limits=lenient).iloc[0]["verdict"] == "pass"


def test_controls_stand_at_0_and_100_percent_whichever_way_the_signal_goes():
    for neg, pos in ((5000.0, 500.0), (500.0, 5000.0)):
        wells = normalise(plate(neg=neg, pos=pos, sd=0.0))
        assert wells.groupby("role")["response"].median().loc["neg"] == pytest.approx(0.0)
        assert wells.groupby("role")["response"].median().loc["pos"] == pytest.approx(100.0)


def test_each_plate_is_normalised_by_its_own_controls():
    wells = normalise(pd.concat([plate("a"), plate("b", neg=9000.0)], ignore_index=True))
    medians = wells[wells["role"] == "sample"].groupby("barcode")["response"].median()
    assert medians.abs().max() < 2


def test_controls_that_do_not_differ_normalise_nothing():
    assert normalise(plate(pos=5000.0, sd=0.0))["response"].isna().all()


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="'role'"):
        normalise(plate().drop(columns="role"))
    with pytest.raises(InputError, match="no centre 'mode'"):
        normalise(plate(), centre="mode")
