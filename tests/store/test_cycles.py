import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molagent.errors import NotFoundError, StoreError
from molagent.records import Stage
from molagent.store.cycles import CampaignStore
from molagent.store.tables import CAMPAIGN_TABLES

START = ("jak1", "0123456789abcdef", '{"seed": 1}', "jak1.toml", "fixed", 1, 3, "0.1.0")


def proposals(*ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "proposal_id": ids,
            "smiles": "CCO",
            "inchikey": "LFQSCWFLJHTTHZ-UHFFFAOYSA-N",
            "scaffold": "",
            "generator": "edits",
            "mode": "edit",
            "seed": 1,
            "parents": [("MA-000001", "MA-000002"), *[()] * (len(ids) - 1)],
            "detail": "",
        }
    )


def judgements(*ids: str, verdict: str = "pass") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "proposal_id": ids,
            "ordinal": 0,
            "filter": "veber",
            "verdict": verdict,
            "reason": "rotb 3, tpsa 88",
            "evidence": [["doi:10.1021/jm020017n"]] * len(ids),
        }
    )


def stored_rows(store: CampaignStore) -> int:
    with store.db.read() as con:
        return sum(len(con.table(name)) for name in CAMPAIGN_TABLES)


def finish(store: CampaignStore, cycle: int, stage: str, **tables: pd.DataFrame) -> None:
    store.finish_stage(cycle, stage, seconds=0.5, detail={"n": 1}, tables=tables)


def test_a_campaign_starts_once_and_knows_its_header(db):
    store = CampaignStore(db, "0123456789ab")
    assert store.header() is None
    assert store.start(*START)
    assert not store.start(*START)
    header = store.header()
    assert header["config_json"] == {"seed": 1}
    assert (header["name"], header["policy"], header["cycles"]) == ("jak1", "fixed", 3)


def test_one_cycle_is_planned_beyond_those_that_fitted_their_models(store):
    assert store.waits_to_learn()
    assert store.plan_next() == 3  # none of the three began: the first one learns
    for cycle in (1, 2):
        finish(store, cycle, "fit")
    assert store.plan_next() == 3
    finish(store, 3, "fit")
    assert not store.waits_to_learn()
    assert (store.plan_next(), store.plan_next()) == (4, 4)
    assert store.waits_to_learn()
    assert store.header()["cycles"] == 4


def test_another_configuration_under_the_same_id_is_refused(store):
    changed = (START[0], "fedcba", *START[2:])
    with pytest.raises(StoreError, match="with another configuration; go on with that"):
        store.start(*changed)


def test_another_campaign_in_the_same_project_is_refused_only_when_asked(store):
    other = CampaignStore(store.db, "fedcba987654")
    changed = ("jak1b", "fedcba987654", *START[2:])
    with pytest.raises(StoreError, match=r"holds campaign 'jak1' \(0123456789ab\)"):
        other.start(*changed, exclusive=True)
    assert other.header() is None
    assert other.start(*changed)


def test_a_campaign_that_was_not_started_cannot_be_written(db):
    store = CampaignStore(db, "000000000000")
    with pytest.raises(NotFoundError, match="no campaign named '000000000000'"):
        finish(store, 1, "fit")
    with pytest.raises(NotFoundError, match="no campaign named"):
        store.plan_next()
    assert not store.waits_to_learn()


def test_a_stage_and_its_rows_come_back(store):
    assert not store.is_done(1, "propose")
    finish(store, 1, "propose", proposal=proposals("P1-0001", "P1-0002"))
    assert store.is_done(1, "propose")
    frame = store.load("proposal", 1)
    assert frame["proposal_id"].tolist() == ["P1-0001", "P1-0002"]
    assert frame["parents"].tolist() == [("MA-000001", "MA-000002"), ()]
    assert frame["cycle"].tolist() == [1, 1]
    assert "campaign_id" not in frame.columns
    assert store.load("proposal", 2).empty
    stages = store.stages()
    assert stages[["cycle", "stage", "seconds"]].iloc[0].tolist() == [1, "propose", 0.5]
    assert stages["detail"].tolist() == [{"n": 1}]


def test_campaigns_do_not_see_each_other(store):
    other = CampaignStore(store.db, "fedcba987654")
    other.start("jak1b", "fedcba987654", *START[2:])
    finish(store, 1, "propose", proposal=proposals("P1-0001"))
    assert other.load("proposal").empty
    assert not other.is_done(1, "propose")
    finish(other, 1, "propose", proposal=proposals("P1-0001"))


def test_what_a_model_cannot_tell_is_null_and_comes_back_as_nan(store):
    frame = pd.DataFrame(
        {
            "proposal_id": ["P1-0001", "P1-0002"],
            "endpoint": "jak1_pki",
            "mean": [8.5, np.nan],
            "std": [0.5, np.nan],
            "in_domain": [True, False],
            "model_hash": "ab",
        }
    )
    finish(store, 1, "screen", prediction=frame)
    back = store.load("prediction")
    assert back["mean"].tolist()[0] == 8.5
    assert back["mean"].isna().tolist() == [False, True]
    assert store.db.query("SELECT count(mean) AS n FROM prediction")["n"][0] == 1


def test_json_columns_take_python_values_or_json_text(store):
    plans = pd.DataFrame(
        {"cycle": [2, 3], "plan": [{"steps": [{"count": 5}], "x": float("nan")}, '{"stop": true}']}
    )
    finish(store, 1, "decide", plan=plans)
    assert store.load("plan")["plan"].tolist() == [
        {"steps": [{"count": 5}], "x": None},
        {"stop": True},
    ]
    card = pd.DataFrame(
        {
            "endpoint": ["jak1_pki"],
            "model_hash": ["ab"],
            "card": [{"n": np.int64(3), "rmse": np.float64(0.6), "ids": ("a", "b")}],
        }
    )
    finish(store, 1, "fit", model_card=card)
    assert store.load("model_card")["card"][0] == {"n": 3, "rmse": 0.6, "ids": ["a", "b"]}


def test_text_that_is_not_json_is_refused(store):
    with pytest.raises(StoreError, match="a JSON column got 'greedy'"):
        finish(store, 1, "decide", plan=pd.DataFrame({"plan": ["greedy"]}))
    assert not store.is_done(1, "decide")


def test_missing_overlap_fields_are_null_and_come_back_as_none(store):
    overlap = pd.DataFrame(
        {
            "proposal_id": ["P1-0001"],
            "ordinal": [0],
            "level": ["not_found"],
            "publication_number": [None],
            "similarity": [np.nan],
            "assignment": [{}],
            "searched": ["demo set, exact"],
            "reason": ["nothing found"],
        }
    )
    finish(store, 1, "screen", overlap=overlap)
    row = store.load("overlap").iloc[0]
    assert row["publication_number"] is None
    assert row["assignment"] == {}
    assert np.isnan(row["similarity"])


def test_empty_frames_write_nothing(store):
    finish(store, 1, "screen", judgement=judgements(), proposal=pd.DataFrame())
    assert store.is_done(1, "screen")
    back = store.load("judgement")
    assert back.empty
    assert "verdict" in back.columns


def test_a_stage_is_finished_once(store):
    finish(store, 1, "propose", proposal=proposals("P1-0001"))
    with pytest.raises(StoreError, match="stage propose of cycle 1 is done already"):
        finish(store, 1, "propose", proposal=proposals("P1-0002"))
    assert store.load("proposal")["proposal_id"].tolist() == ["P1-0001"]


@pytest.mark.parametrize("name", ["campaign", "stage", "compound", "proposal; DROP TABLE proposal"])
def test_only_allow_listed_tables_are_written_and_read(store, name):
    with pytest.raises(NotFoundError, match="no campaign table named"):
        store.load(name)
    with pytest.raises(NotFoundError, match="no campaign table named"):
        store.finish_stage(1, "fit", seconds=1.0, detail={}, tables={name: pd.DataFrame()})
    assert store.stages().empty


def test_unknown_columns_and_stages_are_named(store):
    frame = proposals("P1-0001").assign(score=1.0)
    with pytest.raises(StoreError, match="table proposal has no column score; its columns are"):
        finish(store, 1, "propose", proposal=frame)
    with pytest.raises(NotFoundError, match="no stage named 'dream'"):
        finish(store, 1, "dream")


def test_every_allow_listed_table_can_be_read_and_hides_bookkeeping(store):
    for name, table in CAMPAIGN_TABLES.items():
        assert tuple(store.load(name).columns) == table.columns


def test_stages_are_listed_in_the_order_of_the_cycle(store):
    for cycle, stage in [(2, "fit"), (1, "decide"), (1, "propose"), (1, "fit"), (0, "ingest")]:
        finish(store, cycle, stage)
    listed = store.stages()[["cycle", "stage"]].to_numpy().tolist()
    assert listed == [[0, "ingest"], [1, "fit"], [1, "propose"], [1, "decide"], [2, "fit"]]


BAD = {
    "a verdict that is none": {"judgement": judgements("P1-0001", verdict="maybe")},
    "a missing required column": {"judgement": judgements("P1-0001").drop(columns="reason")},
    "an id given twice": {"proposal": proposals("P1-0001", "P1-0001")},
    "text in a number": {"ranking": pd.DataFrame({"proposal_id": ["a"], "desirability": ["high"]})},
}
GOOD = {
    "proposal": proposals("P1-0001"),
    "judgement": judgements("P1-0001"),
    "plan": pd.DataFrame({"cycle": [2], "plan": [{}]}),
}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.permutations(sorted(GOOD)),
    fault=st.sampled_from(sorted(BAD)),
    place=st.integers(0, len(GOOD)),
    stage=st.sampled_from(Stage),
)
def test_a_fault_anywhere_in_a_stage_leaves_nothing_of_it(store, order, fault, place, stage):
    tables = [(name, GOOD[name]) for name in order if name not in BAD[fault]]
    tables[place:place] = BAD[fault].items()
    with pytest.raises(StoreError):
        store.finish_stage(1, stage, seconds=1.0, detail={}, tables=dict(tables))
    assert store.stages().empty
    assert stored_rows(store) == 0
