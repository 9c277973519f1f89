"""One value a compound: every door of a project gives the same."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from molagent.campaign.pool import load_measured
from molagent.project.assaydata import AssayData
from molagent.project.content import _measured
from molagent.store.database import Database
from molagent.store.export import export_project
from molagent.store.lineage import find_source
from molagent.store.roles import CLIENT, RoleView
from molagent.store.series import define_series
from tests.store.registry import (
    BARICITINIB,
    RUXOLITINIB,
    TOFACITINIB,
    append_results,
    assays,
    inhibition,
    jak1,
    plain_rows,
    register_drugs,
    result_rows,
    source,
)

POTENCY, PERCENT = "jak1_pic50", "jak1_inhibition"
RESULTS = st.lists(
    st.tuples(
        st.sampled_from([TOFACITINIB, RUXOLITINIB]),
        st.sampled_from(["=", "=", "<", ">", "<=", ">=", "~"]),
        st.floats(4.0, 10.0).map(lambda value: round(value, 2)),
        st.sampled_from(["valid", "valid", "suspect", "invalid"]),
    ),
    min_size=4,
    max_size=14,
)


@pytest.fixture(scope="module")
def drugs(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("drugs") / "p.duckdb"
    db = Database(path)
    db.migrate()
    register_drugs(db)
    assays(db, jak1(), inhibition())
    define_series(db, "not ours", compound_ids=["MA-000003"])
    return path


def with_results(drugs: Path, folder: Path, rows, endpoint: str) -> Database:
    """A project with these results, and two plain ones, so that there is always something."""
    db = Database(shutil.copy(drugs, folder / "p.duckdb"))
    told = [*rows, (BARICITINIB, "=", 6.0, "valid"), (TOFACITINIB, "=", 6.5, "valid")]
    make = result_rows if endpoint == POTENCY else plain_rows
    more = {} if endpoint == POTENCY else {"endpoint": PERCENT, "unit": "%"}
    table = make(
        *[(smiles, _sign(sign, endpoint), value) for smiles, sign, value, _ in told], **more
    )
    validity = [kind for *_, kind in told]
    reasons = ["" if kind == "valid" else "seen on the plate" for kind in validity]
    append_results(db, source(), table.assign(validity=validity, validity_reason=reasons))
    return db


def _sign(sign: str, endpoint: str) -> str:
    return sign.removesuffix("=") or "=" if endpoint == POTENCY else sign


def doors(db: Database, endpoint: str, folder: Path) -> dict[str, dict[str, tuple[str, float]]]:
    """Door to compound to relation and value, as that door says it."""
    data = AssayData(db)
    found = {"api": _of(data.values(endpoint), "relation", "value")}
    campaign = load_measured(db, [endpoint])
    found["campaign"] = _of(campaign, f"{endpoint}_relation", endpoint)
    found["sar"] = _of(data.sar(endpoint).frame, "p_relation", "p_value")
    caught: dict[str, object] = {}

    def keep_data(given, **_):
        caught["training"] = given.frames[endpoint]
        return []

    def keep_measured(_, __, measured):
        caught["explanation"] = measured.rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("molagent.learn.registry.retrain", keep_data)
        patch.setattr("molagent.learn.explanation.explain", keep_measured)
        patch.setattr(type(data.models), "predictor", lambda *_, **__: None)
        data.models.train([endpoint])
        data.models.explain(endpoint, "CCO")
    found |= {name: _of(frame, "p_relation", "p_value") for name, frame in caught.items()}
    with RoleView.open(db, CLIENT) as view:
        told = view.query("SELECT * FROM result_agg")
    told = told[told["endpoint"] == endpoint]
    found["client"] = _of(told, "relation", "value")
    found["lineage"] = {}
    for name, (relation, _) in found["api"].items():
        text = find_source(db, f"value:{name}/{endpoint}").facts["value"]
        number = float(text.split()[0 if relation == "=" else 1])
        found["lineage"][name] = (relation, number)
    export_project(db, folder / "out.duckdb", without=["not ours"])
    found["export"] = _of(
        AssayData(Database(folder / "out.duckdb")).values(endpoint), "relation", "value"
    )
    return found


def _of(frame: pd.DataFrame, relation: str, value: str) -> dict[str, tuple[str, float]]:
    columns = zip(frame["compound_id"], frame[relation], frame[value], strict=True)
    return {name: (sign, float(number)) for name, sign, number in columns}


@pytest.mark.parametrize("endpoint", [POTENCY, PERCENT])
@given(rows=RESULTS)
@settings(max_examples=2, deadline=None)
def test_every_door_gives_a_compound_the_same_value(endpoint, rows, drugs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    db = with_results(drugs, folder, rows, endpoint)
    found = doors(db, endpoint, folder)
    expected = found.pop("api")
    left_out = {"export": {"MA-000003"}}
    for door, told in found.items():
        assert set(told) == set(expected) - left_out.get(door, set()), door
        for name, (relation, value) in told.items():
            assert relation == expected[name][0], (door, name)
            # Lineage prints four digits.
            assert value == pytest.approx(expected[name][1], rel=6e-4), (door, name)


def test_one_micromolar_twice_and_a_bound_is_what_the_likelihood_says(drugs, tmp_path):
    rows = [(RUXOLITINIB, "=", 6.0, "valid"), (RUXOLITINIB, "=", 6.0, "valid")]
    db = with_results(drugs, tmp_path, [*rows, (RUXOLITINIB, "<", 5.5, "valid")], POTENCY)

    def surprise(mean: float) -> float:
        exact = norm.logpdf([6.0, 6.0], mean, 0.2).sum()
        return -(exact + norm.logcdf(5.5, mean, 0.2))

    expected = minimize_scalar(surprise, bounds=(4, 8), method="bounded", options={"xatol": 1e-9}).x
    for door, told in doors(db, POTENCY, tmp_path).items():
        assert told["MA-000002"] == ("=", pytest.approx(expected, abs=6e-4)), door
    assert expected == pytest.approx(5.804, abs=5e-4)


def test_percent_beside_a_bound_is_the_mean_at_every_door_and_marked(drugs, tmp_path):
    rows = [(RUXOLITINIB, "=", 40.0, "valid"), (RUXOLITINIB, "=", 44.0, "valid")]
    db = with_results(drugs, tmp_path, [*rows, (RUXOLITINIB, "<", 20.0, "valid")], PERCENT)
    for door, told in doors(db, PERCENT, tmp_path).items():
        assert told["MA-000002"] == ("=", 42.0), door
    values = AssayData(db).values(PERCENT).set_index("compound_id")
    assert values["contradicted"].to_dict()["MA-000002"]
    assert np.isnan(values["se"]["MA-000002"])


@pytest.mark.parametrize(("endpoint", "said"), [(POTENCY, "<5"), (PERCENT, "<30")])
def test_the_bound_of_a_nearest_compound_keeps_its_sign(tmp_path, drugs, endpoint, said):
    limit = float(said[1:])
    db = with_results(drugs, tmp_path, [(RUXOLITINIB, "<", limit, "valid")], endpoint)
    rows = load_measured(db, [endpoint]).set_index("smiles")
    assert _measured(rows.loc[RUXOLITINIB].to_dict(), endpoint) == said
    assert _measured(rows.loc[BARICITINIB].to_dict(), endpoint) == 6.0
