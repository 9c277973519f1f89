from pathlib import Path

import pandas as pd
import pytest
from small import ROOT

from molagent import AssayData
from molagent.errors import InputError, NotFoundError, StoreError
from molagent.report.page import Picture
from molagent.store.roles import CLIENT

JAK1 = ROOT / "data" / "jak" / "jak1_ki.csv"
COLUMNS = {
    "smiles": "smiles",
    "value": "exp_mean [nM]",
    "unit": "nM",
    "endpoint": "jak1_pki",
    "quantity": "Ki",
    "target": "JAK1",
}
TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"


@pytest.fixture(scope="module")
def jak1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the first 150 measured JAK1 inhibitors as a file of their own."""
    path = tmp_path_factory.mktemp("jak1") / "jak1.csv"
    pd.read_csv(JAK1).head(150).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def data(jak1: Path) -> AssayData:
    found = AssayData.open(jak1.parent / "vault.duckdb", create=True, actor="the data team")
    found.ingest(jak1, workers=1, **COLUMNS)
    return found


@pytest.fixture(scope="module")
def endpoint(data: AssayData) -> str:
    assert data.endpoints == ("jak1_pki",)
    return "jak1_pki"


def test_a_file_that_is_not_there_is_not_made_unasked(tmp_path: Path):
    with pytest.raises(StoreError, match="create"):
        AssayData.open(tmp_path / "typo.duckdb")
    assert not (tmp_path / "typo.duckdb").exists()


def test_a_folder_stands_for_the_only_project_file_in_it(data: AssayData):
    assert AssayData.open(data.db.path.parent).db.path == data.db.path


def test_a_dry_run_says_what_would_be_stored_and_stores_nothing(jak1: Path, tmp_path: Path):
    data = AssayData.open(tmp_path / "new.duckdb", create=True)
    intake = data.read(jak1, workers=1, **COLUMNS)
    assert intake.receipt.accepted == 150
    assert data.endpoints == ()
    assert data.files().empty


def test_the_same_file_again_changes_nothing(data: AssayData, jak1: Path):
    before = data.sql("SELECT count(*) AS n FROM result")["n"].iloc[0]
    receipt = data.ingest(jak1, workers=1, **COLUMNS)
    assert (receipt.known, receipt.accepted) == (True, 150)
    assert data.sql("SELECT count(*) AS n FROM result")["n"].iloc[0] == before


def test_the_same_file_read_in_another_way_is_another_reading(data: AssayData, jak1: Path):
    assert data.find_receipt(jak1, **COLUMNS) is not None
    assert data.find_receipt(jak1, **{**COLUMNS, "unit": "uM"}) is None


@pytest.mark.parametrize(
    ("values", "counted", "in_words"),
    [
        ((5, 5, 5000), 1, "1 suspect values, 0 rejected; stored"),  # two agree: it is the third
        ((5, 5000), 2, "2 suspect values, 0 rejected; stored"),  # it may be either
    ],
)
def test_a_receipt_counts_the_values_that_look_wrong_stored_or_not(
    tmp_path: Path, values: tuple[int, ...], counted: int, in_words: str
):
    aspirin = "CC(=O)Oc1ccccc1C(=O)O"
    told = tmp_path / "slipped.csv"
    rows = [f"{aspirin},{value}" for value in values]
    told.write_text("\n".join(["smiles,Ki [nM]", *rows]), encoding="utf-8")
    columns = {**COLUMNS, "value": "Ki [nM]"}
    own = AssayData.open(tmp_path / "slipped.duckdb", create=True)
    assert own.read(told, workers=1, **columns).receipt.suspects == counted
    receipt = own.ingest(told, workers=1, **columns)
    assert in_words in receipt.sentence
    doubted = own.sql("SELECT count(*) AS n FROM result WHERE validity = 'suspect'")["n"][0]
    assert doubted == counted


def test_every_value_leads_back_to_its_row(data: AssayData, endpoint: str, jak1: Path):
    first = data.values(endpoint).iloc[0]
    told = str(data.trace(f"value:{first['compound_id']}/{endpoint}"))
    assert f"{jak1.name}:" in told
    assert "the data team" in told


def test_a_correction_supersedes_and_a_snapshot_leads_back(data: AssayData, endpoint: str):
    data.snapshot("as read")
    row = data.sql("SELECT result_id, value FROM result ORDER BY result_id LIMIT 1").iloc[0]
    old = float(row["value"])
    new = data.correct(int(row["result_id"]), value=10 * old, reason="dilution")
    assert data.history(new)["value"].tolist() == [old, 10 * old]
    # On the p scale, a tenfold weaker potency is one less.
    changed = data.diff("as read").iloc[0]
    assert changed["new_value"] == pytest.approx(changed["old_value"] - 1.0)
    data.restore("as read", reason="it was right")
    assert data.diff("as read").empty
    assert data.corrections()["actor"].iloc[0] == "the data team"
    assert data.verify().whole
    assert data.values(endpoint)["n_exact"].sum() > 0


def test_arrow_and_pandas_give_the_same_rows(data: AssayData):
    query = "SELECT compound_id, value FROM result ORDER BY result_id"
    frame = data.sql(query)
    assert data.to_arrow(query).to_pandas()["value"].tolist() == frame["value"].tolist()
    batches = [batch.num_rows for batch in data.scan(query)]
    assert sum(batches) == len(frame)


def test_structure_and_activity_come_as_tables_and_as_pictures(data: AssayData, endpoint: str):
    sar = data.sar(endpoint)
    assert sar.series()["n"].sum() == len(sar.frame)
    picture = sar.show_series()
    assert isinstance(picture, Picture)
    assert "<svg" in picture._repr_html_()
    near = sar.neighbours(TOFACITINIB, k=3)
    assert len(near) == 3
    with pytest.raises(NotFoundError):
        sar.of_series("no such series")


def test_a_model_is_a_version_and_what_it_said_stays(data: AssayData, endpoint: str):
    shelf = data.models
    (first,) = shelf.train([endpoint], candidates=("gp",), seed=1)
    again = shelf.train([endpoint], candidates=("gp",), snapshot=first.snapshot, seed=1)[0]
    assert again.version == first.version == 1
    said = shelf.predict(endpoint, [TOFACITINIB], purpose="test")
    kept = shelf.predictions(endpoint)
    assert kept["mean"].tolist() == said["mean"].tolist()
    chosen, selection = shelf.choose(
        endpoint, data.compounds()["smiles"].tolist()[:40], count=5, threshold=8.0, draws=32
    )
    assert len(chosen) == 5
    assert selection.hits is not None
    assert 0.0 <= selection.hits.expected <= 5.0
    explained = shelf.explain(endpoint, TOFACITINIB)
    shares = explained.contributions
    total = shares.baseline + shares.atoms.sum() + shares.remainder
    assert total == pytest.approx(shares.predicted, abs=1e-3)


def test_an_endpoint_that_was_not_measured_is_named(data: AssayData):
    with pytest.raises(NotFoundError, match="jak9"):
        data.models.train(["jak9_pki"])


def test_a_client_sees_no_confidential_series_and_an_export_holds_none(
    data: AssayData, tmp_path: Path
):
    ids = data.compounds()["compound_id"].tolist()[:10]
    data.define_series("secret", compound_ids=ids, confidential=True)
    with data.as_role(CLIENT) as view:
        seen = view.query("SELECT count(DISTINCT compound_id) AS n FROM result_agg")["n"].iloc[0]
    assert seen == len(data.compounds()) - 10
    data.export(tmp_path / "out.duckdb", without=["secret"])
    assert len(AssayData.open(tmp_path / "out.duckdb").compounds()) == seen


def test_points_of_unknown_compounds_are_refused_by_name(data: AssayData, tmp_path: Path):
    points = tmp_path / "points.csv"
    points.write_text(
        "compound,concentration_uM,percent_inhibition\n"
        + "".join(f"nobody,{10 ** (i - 4)},{10 * i}\n" for i in range(9))
    )
    with pytest.raises(InputError, match="nobody"):
        data.dose_response.ingest_points(points, data.endpoints[0])
