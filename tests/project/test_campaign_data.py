"""Where the values of a campaign come from: columns, a layout, or what the project holds."""

from pathlib import Path

import pytest
from small import JAK, ROWS, write_small_campaign

from molagent.config import load_config, parse_config
from molagent.errors import ConfigError, NotFoundError
from molagent.project.assaydata import AssayData
from molagent.project.catalogue import Catalogue
from molagent.project.intake import dry_run
from molagent.project.project import Project
from molagent.protocols import NullProgress
from molagent.store.aggregates import aggregate_results

COLUMNS = """file = "jak1_ki.csv"
endpoint = "jak1_pki"
target = "JAK1"
quantity = "Ki"
smiles_column = "smiles"
value_column = "exp_mean [nM]"
unit = "nM"
"""
PATENTS = JAK.parent / "patents"
LAYOUT = """[layout]
smiles = "smiles"
[[layout.readout]]
endpoint = "jak1_pki"
target = "JAK1"
quantity = "Ki"
value = "exp_mean [nM]"
unit = "nM"
"""


def rewritten(folder: Path, old: str, new: str) -> Path:
    path = write_small_campaign(folder)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_layout_reads_what_the_columns_would(tmp_path: Path):
    (tmp_path / "own.toml").write_text(LAYOUT, encoding="utf-8")
    by_columns = dry_run(write_small_campaign(tmp_path))[0]
    by_layout = dry_run(
        rewritten(
            tmp_path, COLUMNS, 'file = "jak1_ki.csv"\nlayout = "own.toml"\nendpoint = "jak1_pki"\n'
        )
    )[0]
    assert by_layout.receipt.accepted == by_columns.receipt.accepted == ROWS
    assert by_layout.results.equals(by_columns.results)


def test_a_campaign_file_says_the_decimal_sign_of_its_values(tmp_path: Path):
    path = rewritten(tmp_path, COLUMNS, f'{COLUMNS}decimal = ","\n')
    data = tmp_path / "jak1_ki.csv"
    header, *lines = data.read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("exp_mean [nM]")
    rows = [line.split(",") for line in lines]
    for row in rows:
        row[column] = "1,250"
    data.write_text(
        "\n".join([header.replace(",", ";"), *(";".join(row) for row in rows)]), encoding="utf-8"
    )
    assert set(dry_run(path)[0].results["value"]) == {1.25}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A campaign over values that its project held before, which keeps out of a claim."""
    here = tmp_path_factory.mktemp("held")
    path = rewritten(here, COLUMNS, 'endpoint = "jak1_pki"\n')
    text = path.read_text(encoding="utf-8")
    outside = f'[screen]\npatents = "{PATENTS.as_posix()}"\noutside = ["US-7250420-B2/1"]\n'
    path.write_text(text.replace("[screen]\n", outside), encoding="utf-8")
    folder = Path(load_config(path).project.folder)
    folder.mkdir()
    AssayData.open(folder / "project.duckdb", create=True).ingest(
        here / "jak1_ki.csv", smiles="smiles", value="exp_mean [nM]", unit="nM",
        endpoint="jak1_pki", quantity="Ki", target="JAK1",
    )  # fmt: skip
    project = Project.create(path)
    project.run()
    return project


def test_an_assay_without_a_file_is_what_the_project_holds(held: Project):
    assert len(held.shortlist()) == 6
    cards = held.store.load("model_card")
    card = cards[cards["endpoint"] == "jak1_pki"]["card"].iloc[0]
    assert (card["target"], card["unit"]) == ("JAK1", "pKi")


def test_generators_keep_out_of_the_claims_a_campaign_names(held: Project):
    proposals = list(held.store.load("proposal")["smiles"])
    found = held.patents.claims.match(proposals)
    draft = found[found["claim"] == "US-7250420-B2/1"]
    assert len(draft) == len(proposals) > 0
    assert not draft["outcome"].isin(["inside", "may be inside"]).any()


def test_an_endpoint_that_is_nowhere_stops_the_campaign_before_it_begins(tmp_path: Path):
    project = Project.create(rewritten(tmp_path, COLUMNS, 'endpoint = "jak1_pki"\n'))
    with pytest.raises(NotFoundError, match="jak1_pki"):
        project.run()


@pytest.mark.parametrize(
    ("assay", "message"),
    [
        ({"file": "a.csv", "layout": "biogen", "smiles_column": "smiles"}, "leave out smiles"),
        ({"file": "a.csv"}, "give target, quantity, smiles_column, value_column, or a layout"),
        ({"unit": "nM"}, "give file"),
    ],
)
def test_an_assay_is_described_in_one_way(assay: dict[str, str], message: str):
    data = {
        "project": {"name": "small"},
        "assays": [{"endpoint": "jak1_pki", **assay}],
        "profile": [
            {"name": "p", "endpoint": "jak1_pki", "direction": "maximise", "low": 5, "high": 9}
        ],
    }
    with pytest.raises(ConfigError, match=message):
        parse_config(data)


def test_an_objective_may_be_predicted_by_a_registered_model(own_finished: Project, tmp_path: Path):
    path = write_small_campaign(tmp_path)
    project = own_finished
    project.data.ingest(
        tmp_path / "jak1_ki.csv", smiles="smiles", value="exp_mean [nM]", unit="nM",
        endpoint="other_pki", quantity="Ki", target="JAK1",
    )  # fmt: skip
    (version,) = project.data.models.train(["other_pki"], candidates=("gp",))
    text = path.read_text(encoding="utf-8").replace(
        'name = "potency"\nendpoint = "jak1_pki"', 'name = "potency"\nendpoint = "other_pki"'
    )
    path.write_text(text, encoding="utf-8")
    models = Catalogue(load_config(path), project.db)
    found = {p.endpoint: p for p in models.fit(NullProgress())}
    assert found["other_pki"].card["model_hash"] == version.model_hash


def test_local_solubilities_correct_the_general_model(own_finished: Project, tmp_path: Path):
    path = write_small_campaign(tmp_path)
    text = path.read_text(encoding="utf-8")
    text += '\n[[corrections]]\nendpoint = "solubility"\nassay = "jak1_pki"\n'
    text = text.replace(
        'name = "potency"\nendpoint = "jak1_pki"', 'name = "potency"\nendpoint = "solubility"'
    )
    path.write_text(text, encoding="utf-8")
    models = Catalogue(load_config(path), own_finished.db)
    found = {p.endpoint: p for p in models.fit(NullProgress())}
    (name,) = set(found) - {"jak1_pki", "jak2_pki", "jak1_over_jak2"}
    # Potencies are no solubilities: far off, so that the correction shows.
    smiles = list(aggregate_results(own_finished.db, "jak1_pki")["smiles"][:5])
    assert found[name].predict(smiles).mean.mean() > 4.0


def test_the_distance_to_the_nearest_claim_is_an_objective(own_finished: Project, tmp_path: Path):
    path = write_small_campaign(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        'name = "potency"\nendpoint = "jak1_pki"', 'name = "potency"\nendpoint = "claim_distance"'
    )
    text = text.replace("[screen]\n", f'[screen]\npatents = "{PATENTS.as_posix()}"\n')
    path.write_text(text, encoding="utf-8")
    models = Catalogue(load_config(path), own_finished.db, base=tmp_path)
    found = {p.endpoint: p for p in models.fit(NullProgress())}["claim_distance"]
    labelled = "N#CC([2H])([2H])[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
    inside, unlike = found.predict([labelled, "CC(=O)Oc1ccccc1C(=O)O"]).mean
    assert (inside, unlike) == (0.0, 1.0)


def test_a_claim_that_is_not_there_cannot_be_kept_out_of(tmp_path: Path):
    settings = f'[screen]\npatents = "{PATENTS.as_posix()}"\noutside = ["US-1/1"]\n'
    project = Project.create(rewritten(tmp_path, "[screen]\n", settings))
    with pytest.raises(NotFoundError, match="US-1/1"):
        project.run()
