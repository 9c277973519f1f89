"""Percentages at different concentrations are different assays, whatever their name."""

from pathlib import Path

import pytest

from molagent.errors import StoreError
from molagent.ingest.intake import read_data
from molagent.project.assaydata import AssayData
from molagent.store.database import Database

_PHENETOLE, _PROPYL = "CCOc1ccccc1", "CCCOc1ccccc1"
_NAMED = {"value": "Inhibition", "unit": "%", "quantity": "inhibition", "endpoint": "x_inh"}


@pytest.fixture
def vault(tmp_path: Path) -> AssayData:
    return AssayData.open(tmp_path / "v.duckdb", create=True, actor="the data team")


def _write(folder: Path, text: str, name: str = "input.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_named_endpoint_is_one_for_each_concentration(vault: AssayData, tmp_path: Path):
    path = _write(
        tmp_path,
        f"SMILES,Name,Inhibition,Conc (uM)\n{_PHENETOLE},a,45%,10\n{_PHENETOLE},a,12%,1\n"
        f"{_PROPYL},b,80%,10\n",
    )
    receipt = vault.ingest(path, workers=0, confirm=True, **_NAMED)
    assert receipt.endpoints == ("x_inh_10_um", "x_inh_1_um")
    assert (receipt.duplicates, receipt.conflicts) == (0, 0)
    assert vault.values("x_inh_10_um")["value"].tolist() == [45.0, 80.0]
    assert vault.values("x_inh_1_um")["value"].tolist() == [12.0]
    assert any("each concentration of 'Conc (uM)' is an endpoint" in n for n in receipt.notes)


def test_a_file_of_one_concentration_keeps_the_name_of_its_endpoint(
    vault: AssayData, tmp_path: Path
):
    header = "SMILES,Name,Inhibition,Conc (uM)\n"
    first = _write(tmp_path, f"{header}{_PHENETOLE},a,45,10\n{_PROPYL},b,80,10\n")
    assert vault.ingest(first, workers=0, confirm=True, **_NAMED).endpoints == ("x_inh",)
    in_nm = _write(
        tmp_path, f"SMILES,Name,Inhibition,Conc (nM)\n{_PHENETOLE},a,47,10000\n", "again.csv"
    )
    vault.ingest(in_nm, workers=0, confirm=True, **_NAMED)
    assert vault.values("x_inh")["value"].tolist() == [46.0, 80.0]
    other = _write(tmp_path, f"{header}{_PHENETOLE},a,12,1\n", "other.csv")
    with pytest.raises(StoreError, match="x_inh holds tests at 10000 nM, the file brings tests at"):
        vault.ingest(other, workers=0, confirm=True, **_NAMED)
    assert vault.values("x_inh")["value"].tolist() == [46.0, 80.0]


def test_a_row_at_another_concentration_that_comes_late_is_rejected(tmp_path: Path):
    # A guess looks at the first thousand rows.
    rows = "".join(f"{'C' * (n % 20 + 1)}Oc1ccccc1,{n},{n % 90},10\n" for n in range(1_100))
    path = _write(tmp_path, f"SMILES,Name,Inhibition,Conc (uM)\n{rows}{_PHENETOLE},late,12,1\n")
    intake = read_data(path, **_NAMED)
    assert set(intake.results["endpoint"]) == {"x_inh"}
    (reason,) = intake.rejections["reason"]
    assert "x_inh is tested at 10000 nM, this row at 1000 nM" in reason
    assert "--endpoint 'x_inh_{Conc (uM)}'" in reason


def test_percentages_in_a_long_table_are_apart_by_concentration(tmp_path: Path):
    path = _write(
        tmp_path,
        "SMILES,Name,Value,Unit,Conc (uM)\n"
        f"{_PHENETOLE},a,45,%,10\n{_PHENETOLE},a,12,%,1\n{_PROPYL},b,80,%,10\n",
    )
    intake = read_data(path, quantity="inhibition", endpoint="x_inh")
    assert intake.results["endpoint"].tolist() == ["x_inh_10_um", "x_inh_1_um", "x_inh_10_um"]


def test_values_of_several_concentrations_in_one_assay_are_not_averaged(
    vault: AssayData, tmp_path: Path
):
    path = _write(
        tmp_path, f"SMILES,Name,Inhibition,Conc (uM)\n{_PHENETOLE},a,45,10\n{_PROPYL},b,80,10\n"
    )
    vault.ingest(path, workers=0, confirm=True, **_NAMED)
    # As an earlier molagent stored it: two concentrations in one assay.
    with Database(tmp_path / "v.duckdb", actor="earlier").write(origin="earlier") as con:
        con.execute("UPDATE result SET tested_at_nm = 1000 WHERE standard_value = 80")
    with pytest.raises(StoreError, match=r"tests at 2 concentrations \(1000 nM, 10000 nM\)"):
        vault.values("x_inh")
