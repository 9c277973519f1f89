"""Files of structures: every row is taken, or the file is refused with the row."""

import pytest

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
        (b'smiles,name\n"CCO,a\n', ":2: the row has 1 cells"),
        (b"smiles,smiles\nCCO,CC\n", "smiles"),
        (b"PK\x03\x04smiles", "spreadsheet"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(tmp_path, content, said):
    with pytest.raises(FileFormatError) as refused:
        read_structure_file(written(tmp_path, content))
    assert said in str(refused.value)
