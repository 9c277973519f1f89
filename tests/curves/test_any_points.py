"""Whatever comes in, a curve never claims what its points do not hold."""

import math

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.curves import AS_GIVEN, CLASSES, FREE, CurveRules, fit_curves

RULES = (CurveRules(), AS_GIVEN, FREE, CurveRules(release_top=True), CurveRules(hill=1.0))
POINTS = st.lists(
    st.tuples(
        st.integers(0, 3),  # the curve
        st.sampled_from([1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7, 1e-8]),
        st.one_of(st.floats(-300, 300), st.just(math.nan), st.sampled_from([0.0, 50.0, 100.0])),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30, deadline=None)
@given(points=POINTS, rules=st.sampled_from(RULES))
def test_no_points_break_a_fit_and_every_row_is_consistent(points, rules):
    names = ["sample", "concentration_m", "response", "outlier"]
    frame = pd.DataFrame(points, columns=names)
    fits = fit_curves(frame, ["sample"], rules)
    assert len(fits.points) == len(frame)
    assert len(fits.curves) == frame["sample"].nunique()
    assert set(fits.curves["curve_class"]) <= set(CLASSES)
    assert (fits.points["outlier"] == (fits.points["outlier_reason"] != "")).all()
    # What people set aside stays aside.
    assert fits.points.loc[frame["outlier"], "outlier"].all()
    for curve in fits.curves.to_dict("records"):
        assert (curve["p_relation"] is None or pd.isna(curve["p_relation"])) == math.isnan(
            curve["p_value"]
        )
        if curve["p_relation"] == "=":
            assert curve["p_highest"] - 1e-9 <= curve["p_value"] <= curve["p_lowest"] + 1e-9
        assert curve["n_outliers"] <= curve["n_points"] <= len(frame)
        for name in ("top", "bottom", "hill", "p_ac50"):
            assert not (curve[f"{name}_locked"] and curve[f"{name}_se"] > 0)
        assert math.isnan(curve["r2"]) or curve["r2"] <= 1.0


@settings(max_examples=10, deadline=None)
@given(points=POINTS)
def test_the_order_of_points_does_not_matter(points):
    names = ["sample", "concentration_m", "response", "outlier"]
    frame = pd.DataFrame(points, columns=names)
    first = fit_curves(frame, ["sample"]).curves.set_index("sample")
    again = fit_curves(frame.iloc[::-1], ["sample"]).curves.set_index("sample").loc[first.index]
    assert again["curve_class"].tolist() == first["curve_class"].tolist()
    assert again["n_outliers"].tolist() == first["n_outliers"].tolist()
