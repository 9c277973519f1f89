"""What a file calls a compound, and the scale of its numbers, into a project and out of it."""

from pathlib import Path

import pandas as pd
import pytest

from molagent.errors import FileFormatError, InputError
from molagent.project.assaydata import AssayData

PHENETOLE, PROPYL, BUTYL = "CCOc1ccccc1", "CCCOc1ccccc1", "CCCCOc1ccccc1"


@pytest.fixture
def vault(tmp_path: Path) -> AssayData:
    return AssayData.open(tmp_path / "v.duckdb", create=True, actor="the data team")


def write(folder: Path, text: str, name: str = "input.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_p_value_is_corrected_on_the_p_scale(vault: AssayData, tmp_path: Path):
    path = write(tmp_path, f"SMILES,Name,pIC50\n{PHENETOLE},a,8.05\n{PROPYL},b,7.10\n")
    vault.ingest(path, workers=0)
    first = int(vault.sql("SELECT min(result_id) AS id FROM result")["id"][0])
    second = vault.correct(first, value=6.05, reason="typo")
    row = vault.history(second).iloc[-1]
    assert row["p_value"] == pytest.approx(6.05)
    third = vault.correct(second, value=12.0, unit="nM", reason="the curve's own unit")
    assert vault.history(third).iloc[-1]["p_value"] == pytest.approx(7.9208, abs=1e-4)
    fourth = vault.correct(third, relation="<", reason="not reached")
    stored = vault.sql("SELECT relation, p_relation FROM result WHERE result_id = ?", [fourth])
    assert stored.to_numpy().tolist() == [[">", "<"]]
    with pytest.raises(InputError, match="610 is no -log10"):
        vault.correct(fourth, value=610.0, reason="typo")


def test_a_concentration_is_corrected_in_its_unit_unless_a_scale_is_said(
    vault: AssayData, tmp_path: Path
):
    vault.ingest(write(tmp_path, f"SMILES,IC50 (uM)\n{PHENETOLE},8.05\n"), workers=0)
    first = int(vault.sql("SELECT result_id FROM result")["result_id"][0])
    second = vault.correct(first, value=6.05, reason="typo")
    assert vault.history(second).iloc[-1]["p_value"] == pytest.approx(5.2182, abs=1e-4)
    third = vault.correct(second, value=6.05, scale="p", reason="typo")
    assert vault.history(third).iloc[-1]["value"] == pytest.approx(0.8913, abs=1e-4)
    with pytest.raises(InputError, match="scale 'ln'"):
        vault.correct(third, value=6.05, scale="ln", reason="typo")


def test_each_replicate_of_a_row_has_revisions_of_its_own(vault: AssayData, tmp_path: Path):
    path = write(tmp_path, f"SMILES,EC50 nM rep 1,EC50 nM rep 2\n{PHENETOLE},1,300\n")
    vault.ingest(path, workers=0)
    ids = vault.sql("SELECT result_id FROM result ORDER BY value")["result_id"].tolist()
    new = vault.correct(int(ids[1]), value=3.0, reason="dilution")
    assert vault.history(new)["value"].tolist() == [300.0, 3.0]
    assert vault.history(int(ids[0]))["value"].tolist() == [1.0]


def test_names_are_shown_with_the_values_and_found_by_points(vault: AssayData, tmp_path: Path):
    vault.ingest(
        write(tmp_path, f"SMILES,Name,IC50 (nM)\n{PHENETOLE},steep,1\n{PROPYL},weak,900\n"),
        workers=0,
    )
    values = vault.values("input_pic50")
    assert values["names"].tolist() == [("steep",), ("weak",)]
    assert [tuple(names) for names in vault.compounds()["aliases"]] == [("steep",), ("weak",)]
    rows = [
        f"{name},{dose},{100 / (1 + ic50 / dose):.2f}"
        for name, ic50 in (("steep", 1.0), ("weak", 30.0))
        for dose in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    ]
    points = write(
        tmp_path, "compound,concentration_uM,percent_inhibition\n" + "\n".join(rows), "points.csv"
    )
    found = vault.dose_response.ingest_points(points, "input_pic50")
    assert (found.receipt.curves, found.unknown) == (2, ())


def test_a_name_stands_for_its_structure_in_the_next_file(vault: AssayData, tmp_path: Path):
    vault.ingest(write(tmp_path, f"SMILES,Name,IC50 (nM)\n{PHENETOLE},X-1,1\n"), workers=0)
    later = write(tmp_path, "Name,Ki (nM)\nX-1,5\nX-9,7\n", "later.csv")
    receipt = vault.ingest(later, workers=0, name_column="Name")
    assert (receipt.accepted, receipt.rejected) == (1, 1)


def test_a_guess_that_is_not_certain_is_stored_only_where_it_is_confirmed(
    vault: AssayData, tmp_path: Path
):
    path = write(tmp_path, f"SMILES,Relation,IC50 (nM),Ki (nM)\n{PHENETOLE},>,10000,5000\n")
    with pytest.raises(FileFormatError, match="nothing is stored"):
        vault.ingest(path, workers=0)
    read = vault.read(path, workers=0)
    with pytest.raises(FileFormatError, match="nothing is stored"):
        vault.store(read, path)
    assert vault.files().empty
    receipt = vault.ingest(path, workers=0, confirm=True)
    assert receipt.written
    assert vault.sql("SELECT p_relation FROM result")["p_relation"].tolist() == ["<", "<"]


def test_a_single_point_keeps_its_concentration_and_a_source_its_warning(
    vault: AssayData, tmp_path: Path
):
    path = write(tmp_path, f"SMILES,JAK1 % inhibition @ 10 µM\n{PHENETOLE},45\n{BUTYL},-2\n")
    vault.ingest(path, workers=0)
    stored = vault.sql("SELECT tested_at_nm, value, p_value FROM result ORDER BY value")
    assert stored["tested_at_nm"].tolist() == [10_000.0, 10_000.0]
    assert stored["p_value"].isna().all()
    warned = write(
        tmp_path,
        "molecule_chembl_id,canonical_smiles,assay_chembl_id,target_chembl_id,standard_type,"
        "standard_relation,standard_value,standard_units,data_validity_comment\n"
        f"CHEMBL1,{PROPYL},CHEMBL7,CHEMBL203,IC50,=,400,nM,Outside typical range\n",
        "activities.csv",
    )
    receipt = vault.ingest(warned, workers=0)
    assert receipt.suspects == 1
    noted = vault.sql("SELECT source_note FROM result WHERE source_note IS NOT NULL")
    assert noted["source_note"].tolist() == ["Outside typical range"]
    assert vault.values("chembl7_pic50")["n_suspect"].tolist() == [1]


def test_values_that_went_out_come_in_again_on_their_scale(vault: AssayData, tmp_path: Path):
    vault.ingest(
        write(tmp_path, f"SMILES,Relation,pIC50\n{PHENETOLE},=,7.2\n{PROPYL},<,5\n"), workers=0
    )
    values = vault.values("input_pic50")[["smiles", "relation", "value", "unit"]]
    out = tmp_path / "out.csv"
    values.to_csv(out, index=False)
    again = AssayData.open(tmp_path / "again.duckdb", create=True)
    again.ingest(out, workers=0, endpoint="input_pic50", quantity="IC50")
    kept = again.values("input_pic50")[["smiles", "relation", "value", "unit"]]
    pd.testing.assert_frame_equal(
        kept.sort_values("smiles").reset_index(drop=True),
        values.sort_values("smiles").reset_index(drop=True),
    )
