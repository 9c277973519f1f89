import json
import shutil
from pathlib import Path

import pytest
from small import shortlisted, write_small_campaign

from molagent.campaign.pool import verdicts
from molagent.campaign.stages import CYCLE_STAGES
from molagent.campaign.yields import whole_yields
from molagent.errors import StoreError
from molagent.project.project import Project
from molagent.store.cycles import CampaignStore


def write_campaign(folder: Path, **changes: str) -> Path:
    """Write the small campaign with a second cycle and another strategy than the default."""
    path = write_small_campaign(folder, cycles="2", **changes)
    text = path.read_text(encoding="utf-8")
    settings = '[select]\nstrategy = "upper_bound"\nexplore = 0.5\nmax_similarity = 0.7\n'
    path.write_text(text.replace("[select]\n", settings), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.create(write_campaign(tmp_path_factory.mktemp("finished")))
    project.run()
    return project


def test_every_stage_of_every_cycle_is_recorded_in_order(finished: Project):
    stages = finished.stages()
    expected = [(0, "ingest")]
    expected += [(cycle, str(stage)) for cycle in (1, 2) for stage in CYCLE_STAGES]
    expected += [(2, "select"), (2, "report")]
    assert list(zip(stages["cycle"], stages["stage"], strict=True)) == expected


def test_the_shortlist_is_full_ranked_and_capped_per_scaffold(finished: Project):
    shortlist = finished.shortlist()
    assert list(shortlist["rank"]) == [1, 2, 3, 4, 5, 6]
    assert shortlist["scaffold"].value_counts().max() <= 2
    assert shortlist["reason"].str.len().min() > 20


def test_what_each_generator_brought_adds_up_to_the_campaign(finished: Project):
    chosen = finished.shortlist()["proposal_id"]
    yields = whole_yields(finished.store, set(chosen))
    assert yields["chosen"].sum() == 6
    assert yields["proposed"].sum() == len(finished.store.load("proposal"))
    assert (yields["gated"] <= yields["made"]).all()
    assert (yields["passed"] <= yields["proposed"]).all()
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    best = yields.iloc[0]
    row = "".join(f'<td class="num">{best[name]}</td>' for name in yields.columns[2:])
    assert f"<td>{best['generator']}</td><td>{best['mode'].replace('_', ' ')}</td>{row}" in page


def test_the_batch_says_how_many_hits_it_may_bring(finished: Project):
    result = Project.open(finished.folder).run()
    assert (
        "of 6 are expected to be measured with jak1_pki above 7 and jak1_over_jak2" in result.hits
    )
    assert "90% interval" in result.hits


def test_another_strategy_gives_its_own_reasons(finished: Project):
    reasons = finished.shortlist()["reason"]
    assert reasons.str.contains("standard deviations is").all()
    assert reasons.str.contains("Chosen for what it teaches").sum() == 3


def test_nothing_is_shortlisted_that_a_filter_did_not_pass(finished: Project):
    passed = verdicts(finished.store.load("judgement"))
    assert set(finished.shortlist()["proposal_id"].map(passed)) == {"pass"}


def test_no_proposal_is_a_measured_compound_or_comes_twice(finished: Project):
    proposals = finished.store.load("proposal")
    known = finished.db.query("SELECT inchikey FROM compound")["inchikey"]
    assert not set(proposals["inchikey"]) & set(known)
    assert proposals["inchikey"].is_unique


def test_an_edit_names_its_parents(finished: Project):
    proposals = finished.store.load("proposal")
    edits = proposals[proposals["mode"] == "edit"]
    ids = {*finished.db.query("SELECT compound_id FROM compound")["compound_id"]}
    ids |= {*proposals["proposal_id"]}
    assert len(edits)
    assert all(parents and set(parents) <= ids for parents in edits["parents"])


def test_every_cycle_has_a_plan_and_a_reason_for_it(finished: Project):
    assert set(finished.store.load("plan")["cycle"]) == {1, 2, 3}
    decisions = finished.store.load("decision")
    assert set(decisions["cycle"]) == {1, 2}
    assert decisions["reason"].str.contains("seeds").all()


def test_running_a_finished_campaign_again_changes_nothing(finished: Project):
    before = finished.stages()[["cycle", "stage", "seconds"]]
    result = Project.open(finished.folder).run()
    assert result.chosen == 6
    assert finished.stages()[["cycle", "stage", "seconds"]].equals(before)


def test_a_campaign_that_dies_in_every_stage_ends_at_the_shortlist_of_its_seed(
    finished: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write = CampaignStore.finish_stage
    left = [(0, "ingest"), *((1, str(stage)) for stage in CYCLE_STAGES)]
    left += [(2, "screen"), (2, "select"), (2, "report")]

    def dying(self: CampaignStore, cycle: int, stage: str, **rest: object) -> None:
        """Die once a stage, where its work is done and not yet written."""
        if left and left[0] == (cycle, str(stage)):
            del left[0]
            raise KeyboardInterrupt
        write(self, cycle, stage, **rest)

    monkeypatch.setattr(CampaignStore, "finish_stage", dying)
    project = Project.create(write_campaign(tmp_path))
    for stage in list(left):
        with pytest.raises(KeyboardInterrupt):
            project.run()
        assert stage not in left
        project = Project.open(tmp_path / "out")
        assert not project.store.is_done(*stage)
    project.run()
    assert shortlisted(project) == shortlisted(finished)
    versions = list(project.data.models.versions()["version_id"])
    assert versions == ["jak1_over_jak2/v1", "jak1_pki/v1", "jak2_pki/v1"]


def test_what_is_decided_after_the_last_cycle_moves_no_place(finished: Project, tmp_path: Path):
    project = Project.open(shutil.copytree(finished.folder, tmp_path / "copied"))
    # As if the last decision had asked to explore all it may, and for selectivity alone.
    decided = json.dumps({"exploration": 1.0, "weights": {"potency": 0.1, "selectivity": 3.0}})
    with project.db.write() as con:
        con.execute("DELETE FROM shortlist")
        con.execute("DELETE FROM stage WHERE stage IN ('select', 'report')")
        con.execute("UPDATE plan SET plan = json_merge_patch(plan, ?) WHERE cycle = 3", [decided])
    project.run()
    assert shortlisted(project) == shortlisted(finished)


def test_a_folder_with_another_campaign_is_refused(finished: Project, tmp_path: Path):
    other = write_campaign(tmp_path, seed="6")
    with pytest.raises(StoreError, match="another configuration"):
        Project.create(other, folder=finished.folder)
