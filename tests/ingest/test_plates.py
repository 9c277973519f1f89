"""Plates come in long or drawn as plates, each well once, each plate once."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.curves import normalise, plate_quality
from molagent.errors import FileFormatError, InputError
from molagent.ingest.layouts import Layout
from molagent.ingest.plate_grids import parse_well, row_letters
from molagent.ingest.plate_layouts import controls_layout, parse_role, read_layout
from molagent.ingest.plates import read_plates

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"


def drawn(signals, n_columns=12, above="Plate: MP001"):
    n_rows = {12: 8, 24: 16}[n_columns]
    lines = [above, "", "," + ",".join(str(c) for c in range(1, n_columns + 1))]
    for row in range(n_rows):
        cells = ",".join(str(signals[row][column]) for column in range(n_columns))
        lines.append(f"{row_letters(row + 1)},{cells}")
    return "\n".join(lines) + "\n"


def signals(seed=0, n_rows=8, n_columns=12):
    return np.random.default_rng(seed).integers(300, 6000, (n_rows, n_columns)).tolist()


ROLES = drawn([["neg", *["s"] * 10, "pos"]] * 8, above="Role")


@given(st.integers(1, 48), st.integers(1, 72))
def test_a_well_is_read_as_it_is_written(row, column):
    assert parse_well(f"{row_letters(row)}{column:02d}") == (row, column)


@pytest.mark.parametrize("text", ["", "1A", "A0", "A", "ZZ1", "A123"])
def test_what_is_no_well_is_refused(text):
    with pytest.raises(ValueError, match=r"well|plate"):
        parse_well(text)


@pytest.mark.parametrize(("size", "n_columns"), [((8, 12), 12), ((16, 24), 24)])
def test_a_drawn_plate_gives_every_well(write, size, n_columns):
    given_signals = signals(1, *size)
    plates = read_plates(write(drawn(given_signals, n_columns), "run7.csv"))
    assert plates.plates[["barcode", "n_rows", "n_columns"]].values.tolist() == [["MP001", *size]]
    wells = plates.wells.set_index(["well_row", "well_column"])["signal"]
    assert wells.loc[(2, 3)] == given_signals[1][2]
    assert len(wells) == size[0] * size[1]
    assert set(plates.wells["run_id"]) == {"run7"}


def test_a_cell_of_thousands_of_digits_begins_no_plate(write):
    text = drawn(signals(1)) + "9" * 5_000 + ",1,2\n"
    plates = read_plates(write(text, "run7.csv"))
    assert len(plates.wells) == 96


def test_plates_below_each_other_keep_their_barcodes_and_their_order(write):
    text = drawn(signals(1)) + "\n" + drawn(signals(2), above="Barcode,MP002")
    plates = read_plates(write(text))
    assert plates.plates[["barcode", "read_order"]].values.tolist() == [["MP001", 1], ["MP002", 2]]


def test_a_workbook_with_a_plate_a_sheet_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, seed in (("P1", 1), ("P2", 2)):
        sheet = book.create_sheet(name)
        sheet.append(["Reader 7", None])
        sheet.append([None, *range(1, 13)])
        for row, values in enumerate(signals(seed), start=1):
            sheet.append([row_letters(row), *values])
    path = tmp_path / "export.xlsx"
    book.save(path)
    plates = read_plates(path)
    assert plates.plates["barcode"].tolist() == ["P1", "P2"]
    assert len(plates.wells) == 192


def test_a_plate_that_is_cut_off_is_refused_by_its_line(write):
    text = "\n".join(drawn(signals(1)).splitlines()[:-2])
    with pytest.raises(FileFormatError, match=r"lacks row G"):
        read_plates(write(text))


def test_the_same_plate_twice_is_taken_once_whatever_it_is_called(write):
    text = drawn(signals(1)) + drawn(signals(1), above="Plate: MP001-again")
    plates = read_plates(write(text))
    assert plates.plates["barcode"].tolist() == ["MP001"]
    assert plates.rejections["kind"].tolist() == ["duplicate"]
    assert "MP001-again has exactly the signals of plate MP001" in plates.notes[-2]


def test_one_barcode_with_two_sets_of_signals_is_a_conflict(write):
    text = drawn(signals(1)) + drawn(signals(2))
    plates = read_plates(write(text))
    assert len(plates.wells) == 96
    assert set(plates.rejections["kind"]) == {"conflict"}
    assert len(plates.rejections) == 96


def test_a_full_detector_is_no_number_and_keeps_its_well(write):
    given_signals = signals(1)
    given_signals[2][4] = "OVRFLW"
    plates = read_plates(write(drawn(given_signals)))
    assert "C5" in plates.rejections["reason"].iloc[0]
    well = plates.wells.query("well_row == 3 and well_column == 5")
    assert np.isnan(well["signal"].item())


def test_a_layout_names_controls_samples_and_concentrations(write):
    names = drawn([["", *[f"CPD-{r}{c}" for c in range(10)], ""] for r in range(8)], above="Sample")
    doses = drawn([["", *[10.0] * 10, ""] for _ in range(8)], above="Concentration (uM)")
    layout = read_layout(write(ROLES + names + doses, "layout.csv"))
    plates = read_plates(write(drawn(signals(1))), layout)
    wells = plates.wells.set_index(["well_row", "well_column"])
    assert wells["role"].value_counts().to_dict() == {"sample": 80, "neg": 8, "pos": 8}
    assert wells.loc[(1, 2), "sample"] == "CPD-00"
    assert wells.loc[(1, 2), "concentration_m"] == pytest.approx(1e-5)


def test_a_layout_as_a_table_is_the_same_layout(write):
    rows = ["well,type,compound,conc (nM)"]
    for row in range(8):
        for column in range(1, 13):
            role = {1: "DMSO", 12: "positive control"}.get(column, "sample")
            rows.append(f"{row_letters(row + 1)}{column:02d},{role},CPD-{row}{column},50")
    layout = read_layout(write("\n".join(rows), "layout.csv"))
    assert layout.wells["role"].value_counts().to_dict() == {"sample": 80, "neg": 8, "pos": 8}
    assert layout.wells["concentration_m"].iloc[0] == pytest.approx(5e-8)


def test_high_and_low_control_are_ambiguous_and_refused():
    with pytest.raises(InputError, match="signal or the effect"):
        parse_role("High control")


def test_a_wrong_role_is_named_by_its_well(write):
    text = drawn([["neg", *["s"] * 10, "posh"]] * 8, above="Role")
    with pytest.raises(FileFormatError, match="A12"):
        read_layout(write(text, "layout.csv"))


def test_a_layout_of_another_plate_size_is_refused(write):
    with pytest.raises(FileFormatError, match="8 x 12"):
        read_plates(write(drawn(signals(1))), controls_layout([1], [24]))


def test_a_long_table_is_read_and_its_columns_are_told(write):
    text = "Barcode,Well,RFU,Role\nP1,A01,381,pos\nP1,A02,4495,neg\nP1,H12,x,sample\n"
    plates = read_plates(write(text))
    assert plates.wells["role"].tolist() == ["pos", "neg"]
    assert plates.rejections["reason"].tolist() == ["'RFU' is 'x', not a number"]
    assert "guessed" in plates.notes[0]


def test_a_well_that_stands_twice_is_refused_with_both_signals(write):
    text = "Barcode,Well,RFU\nP1,A01,381\nP1,A01,390\nP1,A02,381\nP1,A02,381\n"
    plates = read_plates(write(text))
    assert plates.rejections["kind"].tolist() == ["conflict", "duplicate"]
    assert "390 after 381" in plates.rejections["reason"].iloc[0]
    assert plates.wells["signal"].tolist() == [381.0, 381.0]


def test_a_table_without_wells_names_its_columns(write):
    with pytest.raises(FileFormatError, match="wells"):
        read_plates(write("a,b\n1,2\n"))


def test_without_controls_nothing_is_normalised_and_the_note_says_so(write):
    plates = read_plates(write(drawn(signals(1))))
    assert "give a layout" in plates.notes[-1]
    assert normalise(plates.wells)["response"].isna().all()
    assert plate_quality(plates.wells)["verdict"].tolist() == ["unknown"]


def test_normalisation_gives_the_published_inhibition_of_two_of_three_plates():
    plates = read_plates(
        MOONSHOT / "fluorescence_inhibition_data.json",
        controls_layout(pos=[1, 23], neg=[2, 24]),
        columns=Layout(
            table="wells",
            name_column="molecule",
            run_column="run",
            well={
                "signal": "readouts.556740",
                "plate_column": "well.plate",
                "row": "well.row",
                "column": "well.col",
                "first_well": 0,
                "concentration": "readouts.556717",
                "unit": "uM",
                "response": "readouts.556716",
            },
        ),
    )
    assert len(plates.wells) == 1_150
    ours = normalise(plates.wells, by=["run_id", "barcode"])["response"]
    off = (ours - plates.wells["response"]).abs().groupby(plates.wells["barcode"]).max()
    assert (off < 1e-3).sum() == 2
    assert off.idxmax() == "610719"
