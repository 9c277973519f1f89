"""Real files by the layouts that ship: COVID Moonshot, ChEMBL, BindingDB, Biogen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.units import units_against_chembl
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import match_layout, shipped_layouts
from molagent.ingest.parents import find_parents
from molagent.ingest.sources import open_table
from molagent.ingest.writing import write_intake
from molagent.store.batches import load_batches
from molagent.store.database import Database
from molagent.store.orders import load_orders

DATA = Path(__file__).parents[2] / "data"


def of(folder: str, name: str) -> Path:
    return DATA / folder / name


def head(path: Path, folder: Path, n: int) -> Path:
    """Write the first lines of a text file beside nothing else."""
    with path.open(encoding="utf-8") as stream:
        lines = [line for line, _ in zip(stream, range(n + 1), strict=False)]
    short = folder / path.name
    short.write_text("".join(lines), encoding="utf-8")
    return short


def test_every_moonshot_file_has_a_layout_that_fits_it():
    folder = DATA / "covid_moonshot"
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.json")])
    assert len(paths) == 16
    for path in paths:
        table = open_table(path)
        layout = match_layout(table.name, table.header)
        assert layout is not None, path.name
        assert layout.describes


def test_the_curated_ic50_of_moonshot_keep_their_bounds():
    intake = read_data(
        of("covid_moonshot", "clean_cdd_achiral_enantiopure_dates_2023_10_18_filt.csv")
    )
    receipt = intake.receipt
    assert (receipt.n_rows, receipt.accepted, receipt.rejected) == (803, 803, 0)
    assert (intake.results["relation"] != "=").sum() == 341
    bounds = intake.results[intake.results["original"] == "> 99.5"]
    assert set(bounds["p_relation"]) == {"<"}
    assert bounds["p_value"].to_numpy() == pytest.approx(-np.log10(99.5e-6))


def test_orders_and_shipments_come_in_with_their_dates(tmp_path):
    db = Database(tmp_path / "moonshot.duckdb")
    db.migrate()
    orders = read_data(head(of("covid_moonshot", "all_ordered_mols.csv"), tmp_path, 60))
    write_intake(db, orders)
    stored = load_orders(db)
    assert len(stored) == len(orders.order_lines) >= 60
    assert set(stored["supplier"]) == {"enamine", "moonshot", "wuxi"}
    assert stored["placed_on"].notna().all()
    shipments = read_data(head(of("covid_moonshot", "all_received_mols.csv"), tmp_path, 60))
    write_intake(db, shipments)
    batches = load_batches(db)
    assert len(batches) > 100
    assert batches["shipped_on"].notna().all()
    assert write_intake(db, shipments).known
    assert len(load_batches(db)) == len(batches)


def test_the_counter_screen_finds_its_structures_by_two_tables():
    intake = read_data(of("covid_moonshot", "trypsin_data.json"))
    receipt = intake.receipt
    assert receipt.n_rows == 609
    assert receipt.accepted == 27
    assert receipt.reasons == {"left_out": 72, "repeat": 454, "structure": 16, "value": 40}
    # Hardly anything of an Mpro series inhibits trypsin.
    assert (intake.results["relation"] == ">").mean() > 0.9
    assert set(intake.results["standard_unit"]) == {"nM"}


def test_a_bindingdb_sd_file_is_read_whole_by_its_molblocks():
    intake = read_data(of("patent_exports", "bdb_patent_ki.sdf"))
    assert (intake.receipt.accepted, intake.receipt.rejected) == (30, 0)
    assert intake.receipt.compounds == 30
    place = intake.table.header.index("Ligand InChI Key")
    keys = {row.cells[place] for row in intake.table.records()}
    # Our parents are neutral; the file's keys are of the same compounds.
    assert {key[:14] for key in intake.results["inchikey"]} == {key[:14] for key in keys}


def test_biogens_logarithms_come_in_on_their_linear_scale(tmp_path):
    path = head(of("biogen_adme", "ADME_public_set_3521.csv"), tmp_path, 40)
    intake = read_data(path)
    table = pd.read_csv(path)
    found = intake.results[intake.results["endpoint"] == "hlm_clint"]
    expected = table["LOG HLM_CLint (mL/min/kg)"].dropna()
    assert np.log10(found["value"].to_numpy()) == pytest.approx(expected.to_numpy())
    assert set(found["unit"]) == {"mL/min/kg"}
    soluble = intake.results[intake.results["endpoint"] == "solubility_ph_6_8"]
    assert set(soluble["standard_unit"]) == {"uM"}
    assert (soluble["standard_value"] > 0).all()


def test_raw_chembl_units_agree_with_what_chembl_standardised():
    found = units_against_chembl(of("teachopencadd_egfr", "EGFR_bioactivities_CHEMBL27.csv"))
    assert (found["rows"], found["parsed"], found["agreeing"]) == (392, 279, 279)
    assert found["worst"] < 1e-9
    assert found["refused"]["rows"].sum() == 113
    assert set(found["refused"]["kind"]) == {"unit", "value"}


def test_an_openadmet_catalogue_keeps_its_assays_apart():
    intake = read_data(
        of("openadmet_data_catalogs", "ChEMBL_permissive_CYP2J2_CHEMBL3491_raw.parquet")
    )
    assert intake.receipt.n_rows == 67
    assert len(intake.assays) > 5
    assert all(name.startswith("chembl3491_assay_") for name in intake.assays["endpoint"])


def test_the_two_patent_polymers_are_kept_out_by_the_cap_and_ended_by_the_clock():
    table = open_table(of("patent_exports", "antimalarial.txt"))
    place = table.header.index("smiles")
    long = {row.cells[place] for row in table.records() if len(row.cells[place]) > 1_400}
    stuck = [smiles for smiles in long if len(smiles) in (1_446, 1_651)]
    assert len(stuck) == 2
    capped = find_parents([*stuck, "CCO"])
    assert capped["smiles"].tolist() == ["", "", "CCO"]
    assert all("atoms, more than the limit of 250" in reason for reason in capped["reason"][:2])
    # RDKit's own cleaning takes minutes over them; the shorter way some tenths of a second.
    ended = find_parents(stuck, max_atoms=1_000, limit_s=0.02)
    assert ended["smiles"].tolist() == ["", ""]
    assert all("took longer than 0.02 s" in reason for reason in ended["reason"])


def test_the_layouts_of_chembl_do_not_pool_assays_unless_asked():
    layouts = shipped_layouts()
    assert "{assay_chembl_id}" in layouts["chembl"].readout[0].endpoint
    assert "{target_chembl_id}" in layouts["chembl_by_target"].readout[0].endpoint
    assert layouts["chembl_by_target"].files == ()
