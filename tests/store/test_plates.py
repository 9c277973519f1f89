import numpy as np
import pandas as pd
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.assays import load_rejections
from molagent.store.identities import register_aliases
from molagent.store.plates import (
    load_plate_qc,
    load_plates,
    load_wells,
    write_plate_qc,
    write_plates,
)
from tests.store.registry import KEYS, TOFACITINIB, assays, inhibition, source

RUNS = pd.DataFrame({"run_id": ["372028"], "endpoint": ["jak1_inhibition"], "run_on": "2020-04-23"})


def plate(barcode: str, *, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A plate of 16 wells: a column of each control, the rest samples of tofacitinib."""
    row, column = np.divmod(np.arange(16), 4)
    wells = pd.DataFrame(
        {
            "run_id": "372028",
            "barcode": barcode,
            "well_row": row + 1,
            "well_column": column + 1,
            "role": np.where(column == 0, "neg", np.where(column == 3, "pos", "sample")),
            "signal": np.random.default_rng(seed).normal(4500, 90, 16).round(),
            "sample": np.where((column == 1) | (column == 2), "CVD-0000001", None),
            "concentration_m": np.where((column == 1) | (column == 2), 2e-5, np.nan),
            "source_row": np.arange(2, 18),
        }
    )
    plates = pd.DataFrame(
        {"run_id": "372028", "barcode": [barcode], "n_rows": 4, "n_columns": 4, "read_order": 1}
    )
    return plates, wells


@pytest.fixture
def project(drugs):
    return drugs


def write(db, barcode: str = "602238", *, name: str = "p.json", seed: int = 1, **other):
    plates, wells = plate(barcode, seed=seed)
    return write_plates(
        db, source(name, "plates"), **({"runs": RUNS, "plates": plates, "wells": wells} | other)
    )


def test_wells_come_back_as_they_went_in(project):
    receipt = write(project)
    assert (receipt.plates, receipt.wells, receipt.unregistered) == (1, 16, 8)
    wells = load_wells(project, barcode="602238")
    given = plate("602238")[1]
    for column in ("well_row", "well_column", "role", "signal", "source_row"):
        assert wells[column].tolist() == given[column].tolist()
    row = load_plates(project).iloc[0]
    assert (row["assay_id"], row["run_on"].isoformat(), row["file"], row["verdict"]) == (
        *("jak1_inhibition", "2020-04-23", "p.json"),
        None,
    )


def test_a_sample_finds_its_compound_by_the_name_that_others_call_it_by(project):
    alias = pd.DataFrame(
        {"system": ["CDD"], "alias": ["CVD-0000001"], "inchikey": [KEYS[TOFACITINIB]]}
    )
    with project.write() as con:
        register_aliases(con, alias)
    assert write(project, alias_system="another house").unregistered == 8
    assert write(project, "602239", name="q.json", seed=2).unregistered == 0
    assert write(project, "602240", name="r.json", seed=3, alias_system="CDD").unregistered == 0
    samples = load_wells(project).query("role == 'sample' and barcode != '602238'")
    assert set(samples["compound_id"]) == {"MA-000001"}


def test_the_same_file_twice_changes_nothing(project):
    write(project)
    assert write(project).known
    assert len(load_wells(project)) == 16


def test_a_plate_read_in_twice_is_kept_and_pointed_out(project):
    write(project, "602238")
    receipt = write(project, "602239", name="again.json")
    assert receipt.duplicates == (("372028/602239", "372028/602238"),)
    assert load_plates(project)["same_signals_as"].tolist() == [None, "372028/602238"]
    assert write(project, "602240", name="other.json", seed=2).duplicates == ()


def test_the_same_barcode_in_one_run_is_refused_whole(project):
    write(project)
    said = "run '372028' has a plate '602238' already, from p.json"
    with pytest.raises(StoreError, match=said) as error:
        write(project, name="again.json", seed=2)
    assert "--run NAME" in error.value.remedy
    assert len(load_plates(project)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"well_row": 0}, "CHECK"),
        ({"well_column": 73}, "CHECK"),
        ({"role": "blank"}, r"(?i)enum"),
        ({"outlier": True}, "CHECK"),
        ({"concentration_m": 0.0}, "CHECK"),
        ({"batch_id": "MA-000001-B01"}, "not registered, the first is MA-000001-B01"),
        ({"compound_id": "MA-000009"}, "foreign key"),
        ({"barcode": "602299"}, "602299"),
        ({"well_row": 1, "well_column": 1}, "(?i)duplicate key|primary key"),
    ],
)
def test_a_well_that_cannot_be_is_refused_whole(project, change, message):
    wells = plate("602238")[1].assign(**change)
    with pytest.raises(StoreError, match=message):
        write(project, wells=wells)
    assert load_plates(project).empty


def test_an_outlier_has_a_reason(project):
    wells = plate("602238")[1]
    flagged = wells.assign(
        outlier=wells["well_row"] == 2,
        outlier_reason=np.where(wells["well_row"] == 2, "air bubble", ""),
    )
    write(project, wells=flagged)
    assert load_wells(project)["outlier_reason"].tolist().count("air bubble") == 4


def test_quality_is_kept_per_plate_and_method_and_never_overwritten(project):
    write(project)
    quality = pd.DataFrame(
        {
            "run_id": ["372028"],
            "barcode": ["602238"],
            "method": ["nca 1"],
            "n_pos": [4],
            "n_neg": [4],
            "z_prime": [0.31],
            "verdict": ["fail"],
            "reason": ["Z' 0.31 is below 0.4"],
        }
    )
    assert write_plate_qc(project, quality) == 1
    assert write_plate_qc(project, quality.assign(z_prime=0.9)) == 0
    assert load_plate_qc(project)["z_prime"].tolist() == [0.31]
    assert load_plates(project)["verdict"].tolist() == ["fail"]
    with pytest.raises(StoreError, match="CHECK"):
        write_plate_qc(project, quality.assign(method="b", reason=""))
    with pytest.raises(NotFoundError, match="372028/1"):
        write_plate_qc(project, quality.assign(barcode="1"))


def test_a_run_belongs_to_one_assay(project):
    assays(project, inhibition().__class__(endpoint="x", target="JAK1", quantity="inhibition"))
    write(project)
    with pytest.raises(StoreError, match="one of jak1_inhibition, the file says x"):
        write(project, "602239", name="b.json", runs=RUNS.assign(endpoint="x"))


def test_plates_that_are_not_there_are_named(project):
    with pytest.raises(NotFoundError, match="any run/17"):
        load_wells(project, barcode="17")
    assert load_wells(project).empty


def test_rows_that_are_no_well_are_kept_with_their_reason(project):
    refused = pd.DataFrame(
        {"source_row": [18], "kind": ["row"], "reason": ["no well"], "raw": ["Mean,,4500"]}
    )
    write(project, rejections=refused)
    row = load_rejections(project).iloc[0]
    assert (row["file"], row["source_row"], row["reason"]) == ("p.json", 18, "no well")
