import csv
from pathlib import Path

import pandas as pd
import pytest
from small import ROWS, shortlisted, write_small_campaign

import molagent
from molagent.config import load_config
from molagent.errors import InputError, NotFoundError, StoreError
from molagent.project.project import Project
from molagent.store.schema import VERSION
from tests.store.earlier import make_earlier


def fill_form(project: Project, target: Path, ki_nm: str) -> list[str]:
    """Fill the first three compounds of the results form in, as a laboratory would."""
    with (project.folder / "results_form.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    chosen = list(dict.fromkeys(row["proposal_id"] for row in rows))[:3]
    kept = [{**row, "value": ki_nm} for row in rows if row["proposal_id"] in chosen]
    with target.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return chosen


def test_importing_molagent_loads_neither_torch_nor_ipython():
    import subprocess
    import sys

    code = "import molagent, sys; print({'torch', 'IPython', 'pandas'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def test_the_public_names_exist():
    assert sorted(molagent.__all__) == molagent.__all__
    for name in molagent.__all__:
        assert getattr(molagent, name) is not None


def test_every_deliverable_is_written(finished: Project):
    for name in (
        *("report.html", "shortlist.sdf", "shortlist.csv", "shortlist.xlsx"),
        *("results_form.csv", "project.duckdb"),
    ):
        assert (finished.folder / name).stat().st_size > 200


def test_a_measured_value_is_traced_to_its_file_and_row(finished: Project):
    compound = finished.db.query("SELECT compound_id FROM compound ORDER BY 1 LIMIT 1").iloc[0, 0]
    tree = finished.trace(f"value:{compound}/jak1_pki")
    file, row = tree.rows()[0]
    text = (finished.base / file).read_text().splitlines()[row - 1]
    found = next(node for node in tree.walk() if node.kind == "row")
    assert found.facts["structure"] in text


def test_why_tells_origin_verdicts_predictions_and_choice(finished: Project):
    first = finished.shortlist()["proposal_id"].iloc[0]
    answer = finished.why(first)
    assert {row["filter"] for row in answer["judgement"]} >= {"controlled", "properties", "domain"}
    assert {row["endpoint"] for row in answer["prediction"]} >= {"jak1_pki", "jak1_over_jak2"}
    assert answer["shortlist"][0]["reason"]
    with pytest.raises(NotFoundError, match="no proposal named 'P9-9999'"):
        finished.why("P9-9999")


def test_a_query_cannot_write(finished: Project):
    with pytest.raises(StoreError):
        finished.sql("DELETE FROM result")
    assert finished.sql("SELECT count(*) FROM result").iloc[0, 0] == 2 * ROWS


def test_an_opened_project_is_the_one_that_was_run(finished: Project):
    again = Project.open(finished.folder)
    assert again.config == finished.config
    assert shortlisted(again) == shortlisted(finished)


def test_a_configuration_can_be_given_without_a_file(finished: Project, tmp_path: Path):
    config = load_config(finished.base / "small.toml")
    project = Project.create(config, base=finished.base, folder=tmp_path / "by_api")
    assert Project.open(tmp_path / "by_api").base.resolve() == finished.base.resolve()
    assert project.store.campaign_id == finished.store.campaign_id


def test_a_report_before_the_shortlist_is_refused(small_campaign: Path):
    project = Project.create(small_campaign)
    with pytest.raises(StoreError, match="no shortlist yet"):
        project.write_deliverables()
    assert not (project.folder / "report.html").exists()


def test_measured_values_come_back_and_the_next_cycle_learns_from_them(
    own_finished: Project, tmp_path: Path
):
    project = own_finished
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    told = fill_form(project, first, "0.5")
    fill_form(project, second, "0.7")
    before = {card["endpoint"]: card for card in project.model_cards()}

    dry, _ = project.tell(first, dry_run=True)
    assert (dry.accepted, dry.written) == (6, False)
    assert project.header()["cycles"] == 1

    receipt, _ = project.tell(first)
    assert (receipt.accepted, receipt.rejected) == (6, 0)
    assert project.header()["cycles"] == 2
    assert project.tell(first)[0].known
    assert project.header()["cycles"] == 2
    # A second file that comes before the cycle has run is learnt from in it.
    project.tell(second)
    assert project.header()["cycles"] == 2

    result = Project.open(project.folder).run()
    assert result.cycles == 2
    after = {card["endpoint"]: card for card in project.model_cards()}
    assert after["jak1_pki"]["n_train"] == before["jak1_pki"]["n_train"] + 3
    assert after["jak1_pki"]["model_hash"] != before["jak1_pki"]["model_hash"]
    assert (before["jak1_pki"]["version"], after["jak1_pki"]["version"]) == (
        "jak1_pki/v1",
        "jak1_pki/v2",
    )
    moved = project.data.models.compare("jak1_pki", 1, 2)
    assert len(moved) > 0
    stages = project.stages().set_index(["cycle", "stage"])
    drift = stages.loc[(2, "replan"), "detail"]["drift"]["jak1_pki"]
    # Three potent compounds more move the estimates of the pool, and not by whole log units.
    assert drift["n"] > 0
    assert 0.0 < drift["rms"] < 1.0
    assert not set(told) & set(project.shortlist()["proposal_id"])
    plans = project.store.load("plan")
    assert sorted(plans.loc[plans["cycle"] == 2, "revision"]) == [0, 1]

    # The same numbers saved again as JSON are other bytes and no other value.
    again = tmp_path / "first.json"
    pd.read_csv(first).to_json(again, orient="records")
    receipt, _ = project.tell(again)
    assert (receipt.written, receipt.accepted) == (True, 6)
    assert receipt.notes[-1] == (
        "every value was in the project already: no further cycle is planned"
    )
    assert project.header()["cycles"] == 2
    assert not project.store.waits_to_learn()

    fill_form(project, second, "0.9")
    project.tell(second)
    assert project.header()["cycles"] == 3


def test_results_for_an_unknown_compound_are_rejected_by_row(finished: Project, tmp_path: Path):
    results = tmp_path / "results.csv"
    pd.DataFrame(
        [{"proposal_id": "P7-0001", "endpoint": "jak1_pki", "value": 3, "unit": "nM"}]
    ).to_csv(results, index=False)
    receipt, rejections = finished.tell(results, dry_run=True)
    assert (receipt.accepted, receipt.rejected) == (0, 1)
    assert list(rejections["source_row"]) == [2]
    assert "P7-0001" in rejections["reason"].iloc[0]


def test_a_results_file_without_values_is_refused_with_its_columns(
    finished: Project, tmp_path: Path
):
    results = tmp_path / "results.csv"
    results.write_text("proposal_id,comment\nP1-0001,lost\n")
    with pytest.raises(InputError, match="endpoint, value"):
        finished.tell(results)


def test_a_corrected_results_file_replaces_the_one_it_corrects(
    own_finished: Project, tmp_path: Path
):
    project = own_finished
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    told = fill_form(project, first, "5000")
    project.tell(first)
    fill_form(project, second, "0.5")
    with pytest.raises(NotFoundError, match=r"no file named 'frist\.csv'"):
        project.tell(second, replaces="frist.csv")
    project.tell(second, replaces="first.csv")
    told_again = project.sql(
        "SELECT compound_id FROM compound_raw JOIN source_file USING (file_id) "
        "WHERE source_file.name = 'second.csv'"
    )["compound_id"]
    counted = project.data.values("jak1_pki").set_index("compound_id").loc[told_again.unique()]
    assert counted["value"].round(3).unique().tolist() == [9.301]
    assert counted["n_exact"].unique().tolist() == [1]
    kept = project.sql("SELECT count(*) AS n FROM result WHERE superseded_by IS NOT NULL")
    assert kept["n"].iloc[0] == 2 * len(told)


def test_a_damaged_model_is_fitted_again_and_said_so(own_finished: Project):
    from molagent.project.catalogue import Catalogue
    from molagent.protocols import NullProgress

    class Notes(NullProgress):
        said: list[str] = []  # noqa: RUF012 - one list for one test

        def advance(self, count: int = 1, note: str = "") -> None:  # noqa: ARG002 - a protocol
            self.said.append(note)

    intact = Catalogue(own_finished.config, own_finished.db).fit(NullProgress())
    for manifest in own_finished.folder.glob("models/*/manifest.json"):
        manifest.write_text("{}")
    again = Catalogue(own_finished.config, own_finished.db).fit(Notes())
    assert any(note.startswith("fitted again") for note in Notes.said)
    assert again[0].card["model_hash"] == intact[0].card["model_hash"]


def test_a_project_that_an_earlier_molagent_wrote_is_brought_up_to_date(tmp_path: Path):
    project = Project.create(write_small_campaign(tmp_path))
    campaign = project.sql("FROM campaign").iloc[0]
    project.db.path.unlink()
    written = ", ".join(f"'{value}'" for value in campaign)
    make_earlier(project.db.path, 2, f"INSERT INTO campaign VALUES ({written})")  # noqa: S608
    opened = Project.open(project.folder)
    assert opened.db.version() == VERSION
    assert (project.folder / "project.duckdb.version-2").exists()
    assert opened.sql("SELECT count(*) FROM optimisation_run").iloc[0, 0] == 0
