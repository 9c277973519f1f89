"""The models of a campaign are the project's: versions with a card, asked, explained, compared."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small import JAK, write_small_campaign
from typer.testing import CliRunner

from molagent.cli import app
from molagent.config import load_config, parse_config
from molagent.errors import ConfigError, InputError, NotFoundError
from molagent.learn.selectivity import DifferencePredictor
from molagent.project.assaydata import AssayData
from molagent.project.catalogue import Catalogue
from molagent.project.project import Project
from molagent.protocols import NullProgress
from molagent.store.models import load_model_versions

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"


class Notes(NullProgress):
    """Keeps what a chemist would have seen."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def advance(self, count: int = 1, note: str = "") -> None:  # noqa: ARG002 - a protocol
        self.said.append(note)


def shown(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_campaigns_models_are_registered_on_the_snapshot_they_were_fitted_on(finished: Project):
    versions = finished.data.models.versions().set_index("endpoint")
    assert sorted(versions.index) == ["jak1_over_jak2", "jak1_pki", "jak2_pki"]
    assert set(versions["version"]) == {1}
    assert set(versions["snapshot"]) == {"train-2-endpoints-1"}
    cards = {card["endpoint"]: card for card in finished.model_cards()}
    assert cards["jak1_pki"]["version"] == "jak1_pki/v1"
    assert cards["jak1_pki"]["model_hash"] == versions.loc["jak1_pki", "model_hash"]
    # That of JAK2 is not relied on with sixty rows, and what stands in for it has no version.
    assert cards["jak2_pki"]["kind"] == "read_across"
    assert "version" not in cards["jak2_pki"]
    # The selectivity was learned from both assays, and is judged on what has both values.
    both = [pd.read_csv(finished.base / f"jak{n}_ki.csv")["smiles"] for n in (1, 2)]
    assert cards["jak1_over_jak2"]["version"] == "jak1_over_jak2/v1"
    assert cards["jak1_over_jak2"]["derived_from"] == ["jak1_pki", "jak2_pki"]
    assert cards["jak1_over_jak2"]["n_train"] == len(set(both[0]) & set(both[1]))
    detail = finished.stages().set_index("stage").loc["fit", "detail"]
    assert sorted(detail["versions"]) == ["jak1_over_jak2/v1", "jak1_pki/v1"]


def test_the_shelf_says_what_the_campaign_said_of_its_proposals(finished: Project):
    stored = finished.store.load("prediction")
    stored = stored[stored["endpoint"] == "jak1_pki"].merge(
        finished.store.load("proposal")[["proposal_id", "smiles"]], on="proposal_id"
    )
    asked = finished.data.models.predict("jak1_pki", list(stored["smiles"]), keep=False)
    asked = asked.set_index("smiles").loc[stored["smiles"]]
    np.testing.assert_array_equal(asked["mean"].to_numpy(), stored["mean"].to_numpy())
    assert set(stored["model_hash"]) == set(asked["model_hash"])


def test_training_what_the_campaign_trained_gives_its_version(finished: Project):
    (again,) = finished.data.models.train(["jak1_pki"], candidates=("gp",), seed=5)
    assert again.version_id == "jak1_pki/v1"
    assert len(finished.data.models.versions()) == 3


def test_nothing_is_fitted_again_while_nothing_changed(
    finished: Project, monkeypatch: pytest.MonkeyPatch
):
    from molagent.learn import kinds

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was fitted")

    monkeypatch.setattr(kinds, "fit_local", refuse)
    notes = Notes()
    found = Catalogue(finished.config, finished.db, progress=notes).predictor("jak1_pki")
    assert np.isfinite(found.predict([TOFACITINIB]).mean).all()
    assert notes.said == ["jak1_pki/v1, as it was trained", "jak2_pki/v1, as it was trained"]


def test_the_commands_know_a_campaigns_models(finished: Project, tmp_path: Path):
    place = ("-p", finished.folder)
    assert "jak1_pki/v1" in shown("models", "list", *place)
    assert "mean" in shown("models", "predict", "jak1_pki", TOFACITINIB, *place)
    page = tmp_path / "why.html"
    shown("models", "explain", "jak1_pki", TOFACITINIB, "--out", page, *place)
    assert "svg" in page.read_text(encoding="utf-8")
    shown("models", "card", "jak1_pki", "--out", tmp_path / "cards", *place)
    (card,) = (tmp_path / "cards").glob("*.json")
    read = json.loads(card.read_text(encoding="utf-8"))
    assert (read["version"], read["choice"]["chosen"]) == ("jak1_pki/v1", "gp")


def test_an_endpoint_that_is_not_trained_here_is_said_to_be_so(
    own_finished: Project, tmp_path: Path
):
    project = own_finished
    # As of a campaign that took the difference of two predictions: a card, and no version.
    parts = {name: project.data.models.predictor(name) for name in ("jak1_pki", "jak2_pki")}
    card = DifferencePredictor(
        endpoint="jak1_over_jak2", a=parts["jak1_pki"], b=parts["jak2_pki"]
    ).card
    with project.db.write() as con:
        con.execute("DELETE FROM model_version WHERE endpoint = 'jak1_over_jak2'")
        con.execute(
            "UPDATE model_card SET card = ? WHERE endpoint = 'jak1_over_jak2'", [json.dumps(card)]
        )
    with pytest.raises(
        InputError, match=r"jak1_over_jak2 has no model version: .* not trained here"
    ):
        project.data.models.predict("jak1_over_jak2", [TOFACITINIB])
    endpoints = "no model version named 'jak9_pki'; known: jak1_pki, jak2_pki$"
    with pytest.raises(NotFoundError, match=endpoints):
        project.data.models.predict("jak9_pki", [TOFACITINIB])
    shown("models", "card", "jak1_over_jak2", "--out", tmp_path, "-p", project.folder)
    assert len(list(tmp_path.glob("jak1_over_jak2-*.html"))) == 1


def test_a_selectivity_is_explained_by_measured_selectivities(finished: Project):
    on, off = (
        pd.read_csv(finished.base / f"{name}_ki.csv").set_index("smiles")["exp_mean [nM]"]
        for name in ("jak1", "jak2")
    )
    smiles = next(each for each in on.index if each in off.index)
    told = finished.data.models.explain("jak1_over_jak2", smiles)
    assert told.neighbours[0].value == pytest.approx(np.log10(off[smiles] / on[smiles]), abs=1e-6)
    assert told.neighbours[0].similarity == 1.0


def test_a_selectivity_is_trained_again_by_its_name(finished: Project):
    (again,) = finished.data.models.train(["jak1_over_jak2"], candidates=("gp",), seed=5)
    assert again.version_id == "jak1_over_jak2/v1"


def test_few_compounds_with_both_values_leave_the_difference_of_two_models(tmp_path: Path):
    project = Project.create(write_small_campaign(tmp_path, rows=30))
    project._ingest(NullProgress())
    found = {p.endpoint: p for p in Catalogue(project.config, project.db).fit()}
    assert found["jak1_over_jak2"].card["kind"] == "derived"
    assert found["jak1_over_jak2"].a is found["jak1_pki"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("quantity", "unit"), [("Ki", "pKi"), ("IC50", "pIC50"), ("exp mean", "-log10(M)")]
)
def test_a_column_title_is_no_unit(tmp_path: Path, quantity: str, unit: str):
    # The title of MoleculeACE's column stands for the quantity where nobody says what it is.
    data = AssayData.open(tmp_path / "vault.duckdb", create=True, actor="the data team")
    data.ingest(
        JAK / "jak1_ki.csv", smiles="smiles", value="exp_mean [nM]", unit="nM",
        endpoint="jak1", quantity=quantity, target="JAK1", confirm=True,
    )  # fmt: skip
    (version,) = data.models.train(["jak1"], candidates=("gp",))
    assert version.card["unit"] == unit


def test_the_report_names_the_version(finished: Project):
    page = (finished.folder / "report.html").read_text(encoding="utf-8")
    assert "jak1_pki/v1" in page


def test_values_that_come_back_make_the_next_version_which_is_compared_with_the_first(
    own_finished: Project, tmp_path: Path
):
    project = own_finished
    project.data.ingest(
        rows_beyond(project.base, tmp_path), smiles="smiles", value="exp_mean [nM]", unit="nM",
        endpoint="jak1_pki", quantity="Ki", target="JAK1",
    )  # fmt: skip
    Catalogue(project.config, project.db).predictor("jak1_pki")
    versions = project.data.models.versions("jak1_pki")
    assert list(versions["version"]) == [1, 2]
    assert versions["card"].iloc[1]["n_train"] == versions["card"].iloc[0]["n_train"] + 5
    # JAK2 learned nothing new: its model is the one that was there.
    assert list(project.data.models.versions("jak2_pki")["version"]) == [1]
    for version in (1, 2):
        project.data.models.predict("jak1_pki", [TOFACITINIB], version=version)
    text = shown("models", "compare", "jak1_pki", "1", "2", "-p", project.folder)
    assert "Of 1 structures asked of both" in text


def rows_beyond(base: Path, folder: Path) -> Path:
    """Write five JAK1 rows that the small campaign's file does not hold."""
    known = {line.split(",")[0] for line in (base / "jak1_ki.csv").read_text().splitlines()}
    header, *rows = (JAK / "jak1_ki.csv").read_text(encoding="utf-8").splitlines()
    new = [row for row in rows if row.split(",")[0] not in known][:5]
    path = folder / "more.csv"
    path.write_text("\n".join([header, *new]) + "\n", encoding="utf-8")
    return path


def test_a_version_that_the_campaign_names_is_used_and_not_fitted(
    own_ingested: Project, tmp_path: Path
):
    project = own_ingested
    (version,) = project.data.models.train(["jak1_pki"], candidates=("boosted",), seed=3)
    text = (project.base / "small.toml").read_text(encoding="utf-8")
    (tmp_path / "named.toml").write_text(text + "\n[models]\nregistered = { jak1_pki = 1 }\n")
    config = load_config(tmp_path / "named.toml")
    found = {p.endpoint: p for p in Catalogue(config, project.db).fit()}
    assert found["jak1_pki"].card["model_hash"] == version.model_hash
    assert found["jak1_pki"].card["choice"]["chosen"] == "boosted"
    assert list(project.data.models.versions("jak1_pki")["version"]) == [1]

    (tmp_path / "lost.toml").write_text(text + "\n[models]\nregistered = { jak1_pki = 7 }\n")
    with pytest.raises(ConfigError, match=r"no version 7 .*jak1_pki.*one of jak1_pki/v1"):
        Catalogue(load_config(tmp_path / "lost.toml"), project.db).fit()


def test_the_candidates_a_campaign_names_are_compared_and_stand_on_the_card(
    own_finished: Project, tmp_path: Path
):
    project = own_finished
    text = (project.base / "small.toml").read_text(encoding="utf-8")
    (tmp_path / "more.toml").write_text(text + '\n[models]\ncandidates = ["gp", "consensus"]\n')
    config = load_config(tmp_path / "more.toml")
    card = Catalogue(config, project.db).predictor("jak1_pki").card
    assert set(card["choice"]["compared"]) == {"gp", "consensus"}
    plain = Catalogue(project.config, project.db).predictor("jak1_pki").card
    assert set(plain["choice"]["compared"]) == {"gp"}
    assert plain["model_hash"] != card["model_hash"]
    assert sorted(load_model_versions(project.db, "jak1_pki")["version"]) == [1, 2]


def test_a_fit_that_was_killed_goes_on_without_a_second_version(
    own_ingested: Project, monkeypatch: pytest.MonkeyPatch
):
    import molagent.project.model_training as training

    project = own_ingested
    register = training.register_model
    registered: list[str] = []

    def killed_at_jak2(db: Any, model: Any) -> Any:
        if model.endpoint == "jak2_pki":
            raise KeyboardInterrupt
        registered.append(model.endpoint)
        return register(db, model)

    monkeypatch.setattr(training, "register_model", killed_at_jak2)
    with pytest.raises(KeyboardInterrupt):
        Catalogue(project.config, project.db).fit()
    monkeypatch.setattr(training, "register_model", register)
    assert registered == ["jak1_pki"]
    # A folder as a kill within the writing leaves it: tensors, and no manifest yet.
    for folder in (project.folder / "models").iterdir():
        if folder.name != project.data.models.versions()["artefact"].iloc[0].split("/")[1]:
            (folder / "manifest.json").unlink()
    notes = Notes()
    Catalogue(project.config, project.db, progress=notes).fit()
    assert notes.said[0] == "jak1_pki/v1, as it was trained"
    versions = list(project.data.models.versions()["version_id"])
    assert versions == ["jak1_over_jak2/v1", "jak1_pki/v1", "jak2_pki/v1"]
    assert len(project.sql("SELECT * FROM snapshot")) == 1
    assert len(list((project.folder / "models").iterdir())) == 3


def test_what_an_earlier_molagent_kept_without_versions_is_fitted_again_and_said_so(
    own_ingested: Project,
):
    project = own_ingested
    old = project.folder / "models" / "jak1_pki-0123456789abcdef"
    old.mkdir(parents=True)
    (old / "manifest.json").write_text("{}", encoding="utf-8")
    notes = Notes()
    Catalogue(project.config, project.db, progress=notes).fit()
    assert any("an earlier molagent kept of jak1_pki has no version" in note for note in notes.said)
    assert not any("jak2_pki has no version" in note for note in notes.said)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"candidates": ["gp", "gp"]}, "models: .*'gp' twice"),
        ({"second": {"jak1_pki": "jak2_pki"}}, r"add one, as two-part\+second"),
        (
            {"candidates": ["two-part+second"], "second": {"jak1_pki": "jak1_pki"}},
            "cannot inform itself",
        ),
        (
            {"candidates": ["two-part+second"], "second": {"jak9_pki": "jak1_pki"}},
            "no assay of 'jak9_pki'",
        ),
        ({"registered": {"jak1_pki": 0}}, r"models\.registered\.jak1_pki: .*greater than"),
        ({"registered": {"jak9_pki": 1}}, "neither an assay nor an objective is of 'jak9_pki'"),
        ({"registered": {"over": 1}}, "'over' is derived, and learned from its two assays"),
        ({"forest": True}, r"models\.forest"),
    ],
)
def test_a_models_section_that_cannot_be_meant_is_refused(section: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=message):
        parse_config(
            {
                "project": {"name": "small"},
                "assays": [{"endpoint": "jak1_pki"}, {"endpoint": "jak2_pki"}],
                "derived": [{"endpoint": "over", "minuend": "jak1_pki", "subtrahend": "jak2_pki"}],
                "profile": [
                    {
                        "name": "p",
                        "endpoint": "jak1_pki",
                        "direction": "maximise",
                        "low": 5,
                        "high": 9,
                    }
                ],
                "models": section,
            }
        )


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('kind = "forest"', r"\[models\] kind: .*'forest'; use one of local"),
        ('candidates = ["gp", "forest"]', r"\[models\] candidates: .*'forest'; use some of gp"),
        (
            'kind = "message_passing"\ncandidates = ["gp"]',
            r"\[models\]: message_passing is one model.*leave the candidates out",
        ),
    ],
)
def test_a_model_that_there_is_not_stops_the_campaign_before_anything_is_written(
    tmp_path: Path, section: str, message: str
):
    path = write_small_campaign(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + f"\n[models]\n{section}\n", "utf-8")
    with pytest.raises(ConfigError, match=message):
        Project.create(path)
    assert not (tmp_path / "out").exists()
