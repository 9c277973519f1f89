"""A curve's picture shows every point and what is known of its middle."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from molagent.curves import CurveRules, fit_curves
from molagent.report.curve import curve_plot, molar_words
from molagent.report.curvegrid import curve_grid

DOSES = np.repeat([1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 3e-8], 2)


def fitted(p_ac50=6.0, top=100.0, wild=None, rules=None, sample="MAT-POS-1"):
    response = top / (1.0 + 10.0 ** (-np.log10(DOSES) - p_ac50))
    response = response + np.random.default_rng(1).normal(0, 2, len(DOSES))
    if wild is not None:
        response[wild] -= 60.0
    frame = pd.DataFrame({"sample": sample, "concentration_m": DOSES, "response": response})
    return fit_curves(frame, ["sample"], rules)


def drawn(fits, **settings):
    svg = curve_plot(fits.curves.iloc[0].to_dict(), fits.points, title="MAT-POS-1", **settings)
    ET.fromstring(svg)  # noqa: S314 - our own text
    return svg


def words(svg):
    return " ".join(re.findall(r">([^<>]+)<", svg))


def test_every_point_is_drawn_and_an_outlier_is_hollow():
    svg = drawn(fitted(wild=6))
    assert svg.count("<circle") == len(DOSES)
    assert svg.count("<circle") - svg.count("fill='#fff' stroke") == len(DOSES) - 1
    assert "1 set aside" in words(svg)


def test_the_potency_stands_with_its_interval_and_error():
    text = words(drawn(fitted()))
    assert re.search(r"IC50 \d+ nM \(\d+ to [\d,]+\), pIC50 6\.0\d ± 0\.0\d", text) or re.search(
        r"IC50 1\.\d+ µM \(.+ to .+\), pIC50 [56]\.\d\d ± 0\.0\d", text
    )


def test_locked_asymptotes_are_named_and_a_released_one_has_its_error():
    assert "top 100 %, locked" in words(drawn(fitted()))
    released = words(drawn(fitted(top=70.0, rules=CurveRules(release_top=True))))
    assert re.search(r"top \d\d ± \d %", released)


def test_a_half_effect_that_is_one_of_two_is_called_by_its_name():
    svg = drawn(fitted(top=70.0, rules=CurveRules(ic50="absolute")))
    assert "absolute IC50" in words(svg)
    assert "IC50 unknown" in words(drawn(fitted(top=70.0)))


def test_a_bound_is_written_as_a_bound():
    text = words(drawn(fitted(p_ac50=3.4)))
    assert "IC50 &gt; 100 µM" in text
    assert "pIC50" not in text


def test_a_curve_that_was_not_fitted_shows_its_points_alone():
    frame = pd.DataFrame({"sample": "x", "concentration_m": [1e-5, 1e-6], "response": [50.0, 9.0]})
    svg = drawn(fit_curves(frame, ["sample"]))
    assert "IC50 unknown" in words(svg)
    assert svg.count("<circle") == 2


def test_names_from_files_are_text_and_no_markup():
    fits = fitted()
    svg = curve_plot(fits.curves.iloc[0].to_dict(), fits.points, title="<script>alert(1)</script>")
    assert "<script>" not in svg


@pytest.mark.parametrize(
    ("p_value", "words_"),
    [(9.0, "1.00 nM"), (6.0, "1.00 µM"), (6.3, "501 nM"), (3.0, "1.00 mM"), (11.5, "3.16 pM")],
)
def test_concentrations_have_the_unit_a_chemist_would_write(p_value, words_):
    assert molar_words(p_value) == words_


def test_a_grid_holds_every_curve_and_says_what_it_left_out():
    parts = [fitted(5.0 + i / 10, sample=f"S{i}").points.drop(columns="curve") for i in range(8)]
    points = pd.concat(parts, ignore_index=True)[["sample", "concentration_m", "response"]]
    fits = fit_curves(points, ["sample"])
    svg = curve_grid(fits.curves, fits.points, columns=4)
    ET.fromstring(svg)  # noqa: S314 - our own text
    assert svg.count("<circle") == len(points)
    assert all(f"S{i}" in words(svg) for i in range(8))
    many = pd.concat([fits.curves] * 30, ignore_index=True)
    assert "40 more curves are not drawn" in words(curve_grid(many, fits.points))
