import json

import numpy as np
import pandas as pd
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.optimisation import CALL_COLUMNS, OptimisationStore, load_runs
from tests.store.registry import diversity_memory

HEADER = {
    "name": "jak1",
    "seed": 7,
    "calls": 1000,
    "objective": {"mode": "weighted", "components": {"qed": ["maximise", 0.2, 0.9]}},
    "settings": {"proposals": 64},
    "model_hash": "ab",
    "version": "0.1.0",
}
SMILES = ("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "Cn1cnc2c1c(=O)n(C)c(=O)n2C")


def calls(first=1, step=0, smiles=SMILES, **columns):
    return pd.DataFrame(
        {
            "call": range(first, first + len(smiles)),
            "step": step,
            "smiles": smiles,
            "source": "policy",
            "total": [0.5] * len(smiles),
            "reward": [0.25] * len(smiles),
            "raw": [{"qed": 0.55}] * len(smiles),
            "note": [""] * len(smiles),
            **columns,
        },
        columns=list(CALL_COLUMNS),
    )


@pytest.fixture
def run(db):
    store = OptimisationStore(db, "jak1-7")
    assert store.start(**HEADER)
    return store


def test_calls_come_back_in_order_with_their_values(run):
    run.append(calls())
    run.append(
        calls(
            4,
            1,
            ("CCO", "CCN"),
            total=[0.75, np.nan],
            reward=[0.75, np.nan],
            raw=[{"qed": 0.4}, {"qed": float("nan")}],
            note=["", "qed: no value"],
        )
    )
    frame = run.load_calls()
    assert tuple(frame.columns) == CALL_COLUMNS
    assert frame["call"].tolist() == [1, 2, 3, 4, 5]
    assert frame["smiles"].tolist() == [*SMILES, "CCO", "CCN"]
    assert frame["raw"].tolist()[3:] == [{"qed": 0.4}, {"qed": None}]
    assert frame["total"].isna().tolist() == [False] * 4 + [True]
    assert frame["note"].tolist()[-1] == "qed: no value"
    assert run.load_calls(since_step=1)["call"].tolist() == [4, 5]


def test_a_value_that_is_unknown_is_null_in_the_table(run):
    run.append(calls(total=[0.5, np.nan, 0.1]))
    rows = run.db.query("SELECT count(total) AS known, count(*) AS n FROM optimisation_call")
    assert rows.iloc[0].tolist() == [2, 3]


def test_raw_values_can_be_asked_for_in_sql(run):
    run.append(calls())
    frame = run.db.query("SELECT CAST(raw ->> 'qed' AS DOUBLE) AS qed FROM optimisation_call")
    assert frame["qed"].tolist() == [0.55] * 3


def test_the_memory_after_the_newest_step_is_kept(run):
    run.append(calls(), memory_kind="murcko", memory={"c1ccccc1": 2, "": 1})
    run.append(calls(4, 1, ("CCO",)), memory_kind="murcko", memory={"c1ccccc1": 2, "": 2})
    assert diversity_memory(run.db, run.run_id) == {"murcko": {"c1ccccc1": 2, "": 2}}
    run.append(calls(5, 2, ("CCN",)))
    assert list(diversity_memory(run.db, run.run_id)["murcko"]) == ["c1ccccc1", ""]


def test_a_step_that_is_made_again_takes_the_place_of_what_was_there(run):
    run.append(calls())
    run.append(calls(4, 1, ("CCO", "CCN"), total=[0.1, 0.2]))
    run.append(calls(4, 1, ("CCO", "CCF"), total=[0.1, 0.3]))
    frame = run.load_calls()
    assert frame["smiles"].tolist() == [*SMILES, "CCO", "CCF"]
    assert frame["total"].tolist()[3:] == [0.1, 0.3]
    run.append(calls(4, 1, ("CCO",)))
    assert run.load_calls()["call"].tolist() == [1, 2, 3, 4]


FAULTS = {
    "a call twice": lambda: calls(3, 1, ("CCO",)),
    "a structure twice": lambda: calls(4, 1, (SMILES[0],)),
    "a missing column": lambda: calls(4, 1, ("CCO",)).drop(columns="note"),
    "an unknown column": lambda: calls(4, 1, ("CCO",)).assign(score=1.0),
    "text in a number": lambda: calls(4, 1, ("CCO",), total=["high"]),
    "raw values that are no JSON": lambda: calls(4, 1, ("CCO",), raw=["high"]),
    "no source": lambda: calls(4, 1, ("CCO",), source=[None]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_neither_calls_nor_memory_of_the_step(run, fault):
    run.append(calls(), memory_kind="murcko", memory={"": 1})
    with pytest.raises(StoreError):
        run.append(FAULTS[fault](), memory_kind="murcko", memory={"": 9})
    assert len(run.load_calls()) == 3
    assert diversity_memory(run.db, run.run_id) == {"murcko": {"": 1}}


def test_a_memory_that_cannot_be_written_takes_the_calls_with_it(run):
    with pytest.raises(StoreError):
        run.append(calls(), memory_kind="murcko", memory={"": 0})
    assert run.load_calls().empty


def test_starting_again_takes_a_raised_budget_and_nothing_else(run):
    assert not run.start(**{**HEADER, "calls": 2000})
    assert run.header()["calls"] == 2000
    for change in (
        {"seed": 8},
        {"objective": {"mode": "pareto"}},
        {"settings": {"proposals": 32}},
        {"model_hash": "cd"},
    ):
        with pytest.raises(StoreError, match="began with another"):
            run.start(**{**HEADER, **change})
    assert run.header()["objective"] == HEADER["objective"]


def test_the_order_of_keys_in_the_settings_does_not_matter(run):
    reordered = dict(reversed(HEADER["objective"].items()))
    assert json.dumps(reordered) != json.dumps(HEADER["objective"])
    assert not run.start(**{**HEADER, "objective": reordered})


def test_runs_of_one_project_do_not_see_each_other(run):
    other = OptimisationStore(run.db, "jak1-8")
    other.start(**{**HEADER, "seed": 8})
    run.append(calls())
    other.append(calls(smiles=SMILES[:1]), memory_kind="murcko", memory={"": 1})
    assert len(run.load_calls()) == 3
    assert diversity_memory(run.db, run.run_id) == {}
    runs = load_runs(run.db)
    assert runs[["run_id", "budget", "calls"]].to_numpy().tolist() == [
        ["jak1-7", 1000, 3],
        ["jak1-8", 1000, 1],
    ]
    assert runs["best_total"].tolist() == [0.5, 0.5]


def test_a_run_that_was_not_started_takes_no_calls(db):
    store = OptimisationStore(db, "nothing")
    with pytest.raises(StoreError, match="was not started"):
        store.append(calls())
    with pytest.raises(NotFoundError, match="no optimisation run named 'nothing'"):
        store.header()
    assert load_runs(db).empty
    assert store.load_calls().empty
