"""Readers write more than signals: maps, labels, formulas and prose are no plates."""

import numpy as np
import openpyxl
import pytest

from molagent.errors import FileFormatError
from molagent.ingest.plate_names import find_barcode
from molagent.ingest.plate_signals import signal_kind
from molagent.ingest.plates import read_plates

LETTERS = "ABCDEFGHIJKLMNOP"


def grid(seed=0, n_rows=8, n_columns=12, start=1):
    values = np.random.default_rng(seed).integers(300, 6000, (n_rows, n_columns)).tolist()
    lines = ["," + ",".join(f"{c:02d}" for c in range(start, start + n_columns)) + ","]
    lines += [f"{LETTERS[r]},{','.join(map(str, values[r]))}," for r in range(n_rows)]
    return values, lines


def bare(seed=0, n_rows=8, n_columns=12):
    values, lines = grid(seed, n_rows, n_columns)
    return values, [line.partition(",")[2] for line in lines[1:]]


def well(plates, barcode, row, column):
    place = plates.wells.set_index(["barcode", "well_row", "well_column"])["signal"]
    return place.loc[(barcode, row, column)]


def info(plate, barcode='=""', label="A450(1)"):
    return [
        "Plate information",
        "Plate,Repeat,Barcode,Measured height,Group,Label,Measurement date,",
        f"{plate},1,{barcode},14.35,1,{label},1/15/2024,",
        "",
        "Background information",
        "Plate,Label,Result,Signal,",
        f"{plate},A450,0,295000,",
        "",
    ]


DASHES = [",01,02,03,04,05,06,07,08,09,10,11,12,", *(f"{c}{',-' * 12}," for c in "ABCDEFGH")]


def test_two_plates_of_envision_keep_their_numbers_and_the_plate_map_is_none(write):
    (first, one), (second, two) = grid(1), grid(2)
    title = "Results for A450(1) - channel 1 (A)"
    lines = [*info(1), title, *one, "", *info(2), title, *two, "", "Platemap:", "Plate,,,,1"]
    plates = read_plates(write("\n".join([*lines, "Group,,,,1", "", *DASHES]), "export.csv"))
    assert plates.plates["barcode"].tolist() == ["1", "2"]
    assert plates.wells.groupby("barcode")["signal"].count().tolist() == [96, 96]
    assert len(plates.rejections) == 0
    assert (well(plates, "1", 2, 3), well(plates, "2", 8, 12)) == (first[1][2], second[7][11])


def test_a_grid_of_envision_without_letters_is_a_plate_and_its_labels_are_none(write):
    values, rows = bare(3)
    labels = [",01,02,03,04,05,06,07,08,09,10,11,12,"]
    labels += [
        f"{c}," + ",".join(f"UNK{12 * n + k}" for k in range(12)) for n, c in enumerate("ABCDEFGH")
    ]
    head = ["Plate information ", "Plate,Repeat,Barcode,Label,", "1,1,,Alexa(1),", ""]
    plate_map = ["", "Platemap:", "Plate,,,,1", "Group,,,,1", "", *labels]
    text = "\n".join([*head, *rows, *plate_map])
    plates = read_plates(write(text, "export.csv"))
    assert plates.plates["barcode"].tolist() == ["1"]
    assert plates.wells["signal"].notna().sum() == 96
    assert well(plates, "1", 8, 1) == values[7][0]
    assert any("without row letters" in note for note in plates.notes)
    assert any("labels" in note for note in plates.notes)


def test_what_a_formula_made_is_left_out_where_the_raw_read_is_there(write):
    values, rows = bare(4)
    _, made = bare(5)
    formula = [
        "Plate information",
        "Plate,Repeat,Barcode,Formula,",
        "1,1,P9,Calc 1: Crosstalk,",
        "",
    ]
    plates = read_plates(write("\n".join([*formula, *made, "", *info(1, "P9"), *rows, "", "end"])))
    assert plates.plates["barcode"].tolist() == ["P9"]
    assert well(plates, "P9", 1, 1) == values[0][0]
    alone = read_plates(write("\n".join([*formula, *made, "", "end"]), "calculated.csv"))
    assert any("calculated values only" in note for note in alone.notes)


def test_a_file_of_labels_alone_is_refused_with_what_it_holds(write):
    with pytest.raises(FileFormatError, match=r"no block of the file holds signals.*labels"):
        read_plates(write("\n".join(["Platemap", *DASHES])))


def test_two_reads_of_one_plate_are_two_runs_and_one_can_be_asked_for(write):
    (first, one), (second, two) = grid(6), grid(7)
    lines = ["Barcode,MP7", "Raw Data (620)", *one, "", "Raw Data (665)", *two]
    path = write("\n".join(lines), "htrf.csv")
    plates = read_plates(path)
    assert plates.plates[["run_id", "barcode"]].values.tolist() == [
        ["htrf [Raw Data (620)]", "MP7"],
        ["htrf [Raw Data (665)]", "MP7"],
    ]
    assert any("--read takes one" in note for note in plates.notes)
    chosen = read_plates(path, read="665")
    assert chosen.plates["run_id"].tolist() == ["htrf"]
    assert well(chosen, "MP7", 1, 1) == second[0][0] != first[0][0]
    with pytest.raises(FileFormatError, match=r"several reads are called 'raw'.*620.*665"):
        read_plates(path, read="raw")
    with pytest.raises(FileFormatError, match="no read is called '700'"):
        read_plates(path, read="700")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (("Plate: MP001",), "MP001"),
        (("Barcode", "MP002"), "MP002"),
        (("Plate MP003",), "MP003"),
        (("Plate ID", "", "MP004"), "MP004"),
        (("Plate Number", "Plate 1"), "Plate 1"),
        (("ID1: MP005", "ID2: 20 ul"), "MP005"),
        (("Plate-ID (Stacker)", "MP006"), "MP006"),
        (("Plate information",), ""),
        (("Plate information: see below",), ""),
        (("Plate type", "96 WELL PLATE"), ""),
        (("Plate", "Greiner 96 Flat Bottom"), ""),
        (("Plate", "384-well"), ""),
        (("This plate is number", "two"), ""),
        (("Start plate repeat each", "N/A"), ""),
        (("ID1: black 384w small volume",), ""),
        (("ID1: ", "ID2: "), ""),
        (("Plate", "N/A"), ""),
    ],
)
def test_a_barcode_is_a_name_and_never_a_word_of_prose(line, name):
    assert find_barcode([line]) == name


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Raw Data (580/620)", "raw"),
        ("Results for A450(1) - channel 1 (A)", "raw"),
        ("fluor:579,616", "raw"),
        ("260:260", "raw"),
        ("660", "raw"),
        ("FP Read:485/20,528/20 [Parallel]", "raw"),
        ("Lum", "named"),
        ("Results", "named"),
        ("Parallel Intensity", "named"),
        ("Polarization", "derived"),
        ("260:Pathlength", "derived"),
        ("Ratio 260/280", "derived"),
        ("Log Alpha", "derived"),
        ("DNA concentration ng/uL", "map"),
        ("Blank corrected based on Raw Data (450)", "derived"),
        ("Average over replicates based on Raw Data (450)", "derived"),
        ("Calculated results: Calc 1", "derived"),
        ("Standard deviation", "derived"),
        ("Standard Concentrations [nM]", "map"),
        ("Dilution Factors", "map"),
        ("Conc/Dil", "map"),
        ("Layout", "map"),
        ("Well ID", "map"),
    ],
)
def test_a_title_says_what_a_block_holds(title, kind):
    assert signal_kind(title) == kind


def gen5(reads, above="Results"):
    lines = ["Software Version\t3.12.08", "", "Plate Number\tPlate 1", "", above]
    lines.append("\t" + "\t".join(str(c) for c in range(1, 13)))
    for row, letter in enumerate("ABCDEFGH"):
        for number, (title, value) in enumerate(reads.items()):
            cells = "\t".join([str(value(12 * row + c)) for c in range(12)])
            lines.append(f"{'' if number else letter}\t{cells}\t{title}")
    return "\n".join([*lines, ""])


def test_lines_of_gen5_without_values_do_not_end_the_plate(write):
    reads = {
        "Well ID": lambda at: f"SPL{at}",
        "Conc/Dil": lambda at: "" if at > 23 else 10.0,
    }
    signal = gen5({"660": lambda at: 0.1 * (at // 12 + 1) + 0.001 * (at % 12)}, above="660")
    text = gen5(reads, above="Layout") + "\n" + signal.partition("Plate 1\n")[2]
    plates = read_plates(write(text, "lowry.txt"))
    assert plates.plates[["run_id", "barcode"]].values.tolist() == [["lowry", "Plate 1"]]
    assert well(plates, "Plate 1", 8, 12) == pytest.approx(0.811)
    assert len(plates.wells) == 96


def test_a_read_of_gen5_without_a_wavelength_is_the_first_of_its_lines(write):
    reads = {
        "Alpha": lambda at: 1000 + at,
        "Blank Alpha": lambda at: at,
        "Log Alpha": "?????".format,
        "My own score": "0.5".format,
    }
    plates = read_plates(write(gen5(reads), "alpha.txt"))
    assert plates.plates["run_id"].tolist() == ["alpha"]
    assert well(plates, "Plate 1", 2, 1) == 1012


def test_polarisation_gives_both_of_its_intensities_once(write):
    reads = {
        "FP Read:485/20,528/20 [Parallel]": lambda at: 500 + at,
        "FP Read:485/20,528/20 [Perpendicular]": lambda at: 300 + at,
        "Parallel Intensity": lambda at: 500 + at,
        "Polarization": "145".format,
    }
    plates = read_plates(write(gen5(reads), "fp.txt"))
    assert plates.plates["run_id"].tolist() == [
        "fp [FP Read:485/20,528/20 [Parallel]]",
        "fp [FP Read:485/20,528/20 [Perpendicular]]",
    ]
    assert len(plates.rejections) == 0


def test_softmax_in_columns_is_the_same_plate(write):
    wells = [f"{letter}{c}" for letter in "ABCDEFGH" for c in range(1, 13)]
    head = "Plate:\tPlate1\t1.3\tTimeFormat\tEndpoint\tAbsorbance\tRaw\tFALSE\t1\t\t\t\t\t\t1\t450"
    titles = "\t".join(["", "Temperature(C)", *wells])
    values = "\t".join(["", "25", *(str(n) for n in range(96))])
    plates = read_plates(write(f"##BLOCKS= 1\n{head}\n{titles}\n{values}\n\n~End\n", "smp.txt"))
    assert plates.plates["barcode"].tolist() == ["Plate1"]
    assert (well(plates, "Plate1", 1, 1), well(plates, "Plate1", 8, 12)) == (0, 95)


def test_two_results_of_one_plate_of_ensight_are_two_reads(write):
    (_, one), (_, two) = grid(15), grid(16)
    lines = ["EnSight Results from", "Measurement Date,2023-05-17"]
    for number, rows in ((1, one), (2, two)):
        lines += ["", f"Result for Luminescence {number}", "Barcode,Repeat,Loop no,", "V-17,1,,"]
        lines += ["", *rows]
    plates = read_plates(write("\n".join([*lines, "", "Platemap", *DASHES]), "ensight.csv"))
    assert plates.plates[["run_id", "barcode"]].values.tolist() == [
        ["ensight [Result for Luminescence 1]", "V-17"],
        ["ensight [Result for Luminescence 2]", "V-17"],
    ]


def test_a_part_of_a_plate_has_the_wells_that_its_letters_and_numbers_say(write):
    values, lines = grid(8, n_rows=3, n_columns=4, start=5)
    lines = [line.replace("A,", "D,").replace("B,", "E,").replace("C,", "F,") for line in lines]
    plates = read_plates(write("\n".join(["Plate: P1", *lines, "", "End Time:,12:00"])))
    assert plates.plates[["barcode", "n_rows", "n_columns"]].values.tolist() == [["P1", 8, 12]]
    assert len(plates.wells) == 12
    assert well(plates, "P1", 4, 5) == values[0][0]
    assert any("D5 to F8" in note for note in plates.notes)


def test_rows_that_were_not_read_leave_the_others_where_their_letters_say(write):
    values, lines = grid(9)
    picked = [lines[0], lines[1], lines[4], lines[7]]  # A, D and G
    plates = read_plates(write("\n".join(["Plate: P1", *picked])))
    assert set(plates.wells["well_row"]) == {1, 4, 7}
    assert well(plates, "P1", 4, 12) == values[3][11]
    assert any("not every row" in note for note in plates.notes)


def test_the_rows_of_1536_wells_go_on_in_small_letters_after_z(write):
    numbers = "," + ",".join(map(str, range(1, 49)))
    row = ",".join(["7"] * 48)
    lines = ["Raw Data (No filter)", "", numbers, *(f"{c},{row}" for c in "AGMSYe")]
    plates = read_plates(write("\n".join(lines)))
    assert sorted(set(plates.wells["well_row"])) == [1, 7, 13, 19, 25, 31]


def test_a_bare_grid_of_another_size_is_no_plate(write):
    _, rows = bare(10, n_rows=7)
    with pytest.raises(FileFormatError):
        read_plates(write("\n".join(rows)))


def test_plates_side_by_side_are_two(write):
    (first, one), (second, two) = grid(11), grid(12)
    lines = [f"{a},{b}" for a, b in zip(one, two, strict=True)]
    head = ",Signal 620" + "," * 13 + ",Signal 665"
    plates = read_plates(write("\n".join(["Plate: P1", head, *lines])))
    assert plates.wells["signal"].notna().sum() == 192
    assert len(plates.plates) == 2
    assert set(plates.wells["signal"]) == {*np.ravel(first), *np.ravel(second)}


@pytest.mark.parametrize("number", [",05", ",12"])
@pytest.mark.parametrize("mark", ["\u00b2", "\u0661", "\u2212", "x", "e999"])
def test_an_odd_column_number_is_refused_for_its_column_would_be_lost(write, mark, number):
    _, lines = grid(17)
    text = "\n".join(["Plate: P1", lines[0].replace(number, number + mark), *lines[1:]])
    with pytest.raises(FileFormatError, match=rf"odd.csv:2: .*{mark}"):
        read_plates(write(text, "odd.csv"))


def test_a_column_of_means_behind_a_plate_is_no_well(write):
    values, lines = grid(18)
    text = "\n".join([lines[0] + "Mean", *(f"{line}{n}" for n, line in enumerate(lines[1:]))])
    plates = read_plates(write(f"Plate: P1\n{text}\n"))
    assert len(plates.wells) == 96
    assert well(plates, "P1", 8, 12) == values[7][11]


def test_a_kinetic_list_is_refused_by_name(write):
    text = "Application: Tecan i-control\nLabel: Label1\n\nCycle Nr.,1,2,3\nTime [s],0,60,120\n"
    with pytest.raises(FileFormatError, match="kinetic read"):
        read_plates(write(f"{text}A1,0.1,0.2,0.3\nA2,0.1,0.2,0.3\n"))


def test_a_list_below_a_preamble_names_roles_and_wells(write):
    text = (
        "User: USER,Path: C:\\Data,Test run no.: 1\nTest name: x\n\n"
        "Well,Content,Raw Data (600)\nA01,Negative control N,4000\nA02,Positive control P,300\n"
        "A03,Blank B,90\nA04,Sample X1,OVRFLW\nA05,Sample X2,1200\n"
    )
    plates = read_plates(write(text, "mars.csv"))
    assert plates.wells["role"].tolist() == ["neg", "pos", "empty", "sample", "sample"]
    assert plates.wells["signal"].count() == 4
    assert "mars A4" in plates.rejections["reason"].iloc[0]
    assert set(plates.wells["barcode"]) == {"mars"}


def test_a_sheet_name_that_excel_gives_is_no_barcode(tmp_path):
    book = openpyxl.Workbook()
    values, _ = grid(13)
    book.active.title = "Sheet1"
    book.active.append([None, *range(1, 13)])
    for row, each in enumerate(values):
        book.active.append([LETTERS[row], *each])
    path = tmp_path / "tecan-07.xlsx"
    book.save(path)
    assert read_plates(path).plates["barcode"].tolist() == ["tecan-07"]


def test_a_semicolon_file_with_decimal_commas_is_read_as_it_is_meant(write):
    values, lines = grid(14)
    text = "\n".join(line.replace(",", ";") for line in lines)
    for row in values:
        for value in row:
            text = text.replace(f";{value};", f";{value},5;")
    plates = read_plates(write("Plate: P1\n" + text))
    assert well(plates, "P1", 1, 1) == values[0][0] + 0.5
