"""My own ideas: judged as a campaign judges its proposals, and nothing of it stored."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from small import write_small_campaign

from molagent.errors import ConfigError, InputError
from molagent.project.project import Project
from molagent.project.scoring import Scores, _estimates, _notes
from molagent.records.predictions import PredictionFrame
from molagent.store.audit import load_audit_head

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
CITRATE = f"{TOFACITINIB}.OC(=O)CC(O)(C(=O)O)CC(=O)O"
CHOLESTEROL = "CC(C)CCCC(C)C1CCC2C3CC=C4CC(O)CCC4(C)C3CCC12C"
FENTANYL = "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"
BROKEN = "c1ccccc"
ASKED = [TOFACITINIB, CITRATE, CHOLESTEROL, FENTANYL, BROKEN]


@pytest.fixture(scope="module")
def scored(finished: Project) -> Scores:
    return finished.score(ASKED)


def of(frame, smiles):
    return frame[frame["smiles"] == smiles]


def test_a_salt_is_scored_as_its_parent(scored: Scores):
    rows = scored.summary.set_index("smiles")
    assert rows["structure"][CITRATE] == rows["structure"][TOFACITINIB]
    assert rows["jak1_pki"][CITRATE] == rows["jak1_pki"][TOFACITINIB]


def test_estimates_say_interval_domain_and_whether_to_rely_on_them(finished: Project):
    table = finished.predict(TOFACITINIB).set_index("endpoint")
    assert set(table.index) == {"jak1_pki", "jak2_pki", "jak1_over_jak2"}
    assert table["unit"]["jak1_pki"] == "pKi"
    assert (table["lo"] < table["mean"]).all()
    assert (table["mean"] < table["hi"]).all()
    width = table["hi"] - table["lo"]
    np.testing.assert_allclose(width, 2 * 1.6449 * table["std"], rtol=1e-4)
    for row in table.itertuples():
        assert row.reliable == (row.reason == "")
    cards = {card["endpoint"]: card for card in finished.model_cards()}
    assert table["model_hash"]["jak1_pki"] == cards["jak1_pki"]["model_hash"]


def test_every_filter_is_asked_also_behind_one_that_fails(scored: Scores):
    verdicts = of(scored.verdicts, FENTANYL).set_index("filter")["verdict"]
    assert verdicts["controlled"] == "fail"
    assert {"structure", "plausibility", "unstable", "properties", "alerts", "domain"} <= set(
        verdicts.index
    )
    assert scored.summary.set_index("smiles")["verdict"][FENTANYL] == "fail"


def test_outside_the_domain_the_verdict_and_the_desirability_are_unknown(scored: Scores):
    verdicts = of(scored.verdicts, CHOLESTEROL).set_index("filter")["verdict"]
    assert verdicts["domain"] == "unknown"
    row = scored.summary.set_index("smiles").loc[CHOLESTEROL]
    assert row["verdict"] != "pass"
    assert np.isnan(row["desirability"])


def test_what_cannot_be_read_fails_with_its_reason_and_has_no_numbers(scored: Scores):
    row = scored.summary.set_index("smiles").loc[BROKEN]
    assert row["verdict"] == "fail"
    assert row["because"].startswith("structure: ")
    estimates = of(scored.estimates, BROKEN)
    assert estimates["mean"].isna().all()
    assert not estimates["in_domain"].any()
    assert np.isnan(row["desirability"])


def test_the_desirability_is_the_geometric_mean_of_the_profile(scored: Scores):
    row = scored.summary.set_index("smiles").loc[TOFACITINIB]
    potency = np.clip((row["jak1_pki"] - 5.0) / 4.0, 0, 1)
    selective = np.clip((row["jak1_over_jak2"] + 1.0) / 2.5, 0, 1)
    assert row["desirability"] == pytest.approx(np.sqrt(potency * selective))


def test_without_a_collection_patents_are_not_checked(scored: Scores):
    assert set(scored.summary["patents"]) == {"not checked"}


def test_scoring_stores_nothing(finished: Project):
    before = load_audit_head(finished.db)
    tables = "SELECT count(*) AS n FROM prediction"
    counted = finished.db.query(tables)["n"][0]
    finished.score(TOFACITINIB)
    finished.predict([TOFACITINIB])
    assert load_audit_head(finished.db) == before
    assert finished.db.query(tables)["n"][0] == counted


def test_it_prints_as_text_and_says_what_is_not_known(scored: Scores):
    text = str(scored)
    assert TOFACITINIB in text
    assert "outside the model's domain" in text
    assert "jak1_pki: not known" in text
    assert "desirability not known" in text


def test_it_says_why_a_learned_selectivity_is_not_the_difference_of_the_two_beside_it(
    scored: Scores,
):
    assert str(scored).endswith(
        "jak1_over_jak2 is learned from both assays together, so it need not be jak1_pki less"
        " jak2_pki as shown"
    )


def test_of_two_models_subtracted_there_is_nothing_to_say():
    derived = ["jak1_pki", "jak2_pki"]
    cards = [
        {"kind": kind, "derived_from": of}
        for kind, of in (("derived", derived), ("read_across", derived), ("local", []))
    ]
    predictors = [SimpleNamespace(endpoint=card["kind"], card=card) for card in cards]
    assert list(_notes(predictors)) == [
        "read_across is told by measured differences, so it need not be jak1_pki less jak2_pki as"
        " shown"
    ]


def test_a_campaign_that_never_ran_says_what_it_lacks(tmp_path):
    project = Project.create(write_small_campaign(tmp_path))
    with pytest.raises(ConfigError, match="the assay 'jak1_pki' has no model yet") as refused:
        project.predict(TOFACITINIB)
    assert "molagent resume" in refused.value.remedy


def test_an_estimate_of_what_cannot_be_read_says_why(finished: Project):
    table = finished.predict([TOFACITINIB, BROKEN])
    broken = of(table, BROKEN)
    assert broken["mean"].isna().all()
    assert not broken["reliable"].any()
    assert broken["reason"].str.contains("is not a SMILES string").all()
    assert (of(table, TOFACITINIB)["reason"] != broken["reason"].iloc[0]).all()


def test_no_structure_is_an_error(finished: Project):
    with pytest.raises(InputError, match="no structure is given"):
        finished.score([])


class Reticent:
    """A model that tells a value of the first structure only."""

    endpoint = "jak1_pki"
    card: ClassVar = {"endpoint": "jak1_pki", "unit": "pKi", "model_hash": "0", "reliable": True}

    def predict(self, smiles):
        first = np.arange(len(smiles)) == 0
        return PredictionFrame(
            endpoint=self.endpoint,
            mean=np.where(first, 7.0, np.nan),
            std=np.where(first, 0.3, np.nan),
            in_domain=np.ones(len(smiles), dtype=bool),
            model_hash="0",
        )


def test_an_estimate_that_the_model_cannot_tell_is_not_one_to_rely_on():
    asked = [TOFACITINIB, CHOLESTEROL, BROKEN]
    parents = {smiles: smiles for smiles in asked[:2]}
    table = _estimates([Reticent()], asked, parents, {BROKEN: "it cannot be read"})
    assert table["reliable"].tolist() == [True, False, False]
    assert table["reason"].tolist() == [
        "", "the model gives no estimate of this structure", "it cannot be read"
    ]  # fmt: skip
