"""Files of structures: every row is taken, or the file is refused with the row."""

import pandas as pd
import pytest
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.project.structure_files import read_structure_file


def written(tmp_path, content):
    path = tmp_path / "Verbindungen Müller.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"smiles\nCCO\nc1ccccc1\n",
        b"\xef\xbb\xbfsmiles,name\r\nCCO,ethanol\r\n\r\nc1ccccc1,benzene\r\n",
        "smiles;name\nCCO;Äthanol\nc1ccccc1;Benzol\n".encode("latin-1"),
        b"smiles\tname\nCCO\tethanol\nc1ccccc1\t\n",
        b"name,smiles\nethanol,CCO\n,c1ccccc1\n",
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path, content):
    read = read_structure_file(written(tmp_path, content))
    assert read["smiles"].tolist() == ["CCO", "c1ccccc1"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"smiles\n", "a header and no rows"),
        (b"smiles,name\nCCO,a,b\nCC,c\n", ":2: the row has 3 cells"),
        (b'smiles,name\n"CCO,a\n', ":2: a quote opens in this row and is not closed"),
        (b"smiles,smiles\nCCO,CC\n", "smiles"),
        (b"PK\x03\x04smiles", "spreadsheet"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(tmp_path, content, said):
    with pytest.raises(FileFormatError) as refused:
        read_structure_file(written(tmp_path, content))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "names"),
    [
        ("ideas.smi", "CCO ethanol\nc1ccccc1\n", ["ethanol", ""]),
        ("ideas.smi", "CCO\tethyl alcohol\nc1ccccc1\n", ["ethyl alcohol", ""]),
        ("ideas.txt", "CCO\n\nc1ccccc1\n", ["", ""]),
        ("ideas.csv", "CCO,ethanol\nc1ccccc1,benzene\n", ["ethanol", "benzene"]),
    ],
)
def test_a_list_that_begins_with_a_structure_has_no_titles(tmp_path, name, content, names):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    read = read_structure_file(path)
    assert read["smiles"].tolist() == ["CCO", "c1ccccc1"]
    assert read["name"].tolist() == names


def test_a_list_may_begin_with_an_atom_in_brackets_and_hold_extensions(tmp_path):
    path = tmp_path / "ideas.smi"
    path.write_text("[2H]OC heavy\nC[C@H](F)O |&1:1| racemate\n", encoding="utf-8")
    assert read_structure_file(path).to_numpy().tolist() == [
        ["[2H]OC", "heavy"],
        ["C[C@H](F)O |&1:1|", "racemate"],
    ]
    path.write_text("C[C@H](F)O |&1:1|\nCCO\n", encoding="utf-8")
    assert read_structure_file(path)["smiles"].tolist() == ["C[C@H](F)O |&1:1|", "CCO"]


def test_an_sd_file_lists_what_it_draws(tmp_path):
    path = tmp_path / "ideas.sdf"
    with Chem.SDWriter(str(path)) as out:
        for smiles, name in (("CCO", "ethanol"), ("c1ccccc1", "benzene")):
            mol = Chem.MolFromSmiles(smiles)
            mol.SetProp("_Name", name)
            mol.SetProp("lot", "7")
            out.write(mol)
    read = read_structure_file(path)
    assert read["smiles"].tolist() == ["CCO", "c1ccccc1"]
    assert read["title"].tolist() == ["ethanol", "benzene"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(" O  ", " Qq ", 1), encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"ideas.sdf:1: the molblock"):
        read_structure_file(path)


def test_a_workbook_lists_structures(tmp_path):
    path = tmp_path / "ideas.xlsx"
    frame = pd.DataFrame({"Name": ["ethanol", "benzene"], "SMILES": ["CCO", "c1ccccc1"]})
    frame.to_excel(path, index=False)
    assert read_structure_file(path).equals(frame)
