"""A file that FPSim2 0.7.4 wrote is searched, and one that would run code is refused."""

import gzip
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.standardize import standardize_smiles
from molagent.errors import FileFormatError
from molagent.patents.index.fpsim2 import read_fpsim2
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    CITRIC_ACID,
    RUXOLITINIB,
    TOFACITINIB,
    TOFACITINIB_ENANTIOMER,
    UPADACITINIB,
)

h5py = pytest.importorskip("h5py", reason="h5py is not installed: molagent[fpsim2]")
pytest.importorskip("hdf5plugin", reason="hdf5plugin is not installed: molagent[fpsim2]")

WRITTEN = Path(__file__).parent / "data" / "fpsim2_0.7.4_morgan_1024.h5.gz"
# in the order in which they were given to FPSim2, with ids from 100
LIBRARY = [
    TOFACITINIB,
    RUXOLITINIB,
    BARICITINIB,
    UPADACITINIB,
    ASPIRIN,
    CITRIC_ACID,
    TOFACITINIB_ENANTIOMER,
]


@pytest.fixture
def written(tmp_path) -> Path:
    path = tmp_path / "drugs.h5"
    with gzip.open(WRITTEN) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    return path


def replace_config(path: Path, at: int, value: bytes) -> Path:
    with h5py.File(path, "r+") as file:
        file["config"][at] = np.frombuffer(value, dtype=np.uint8)
    return path


def test_neighbours_are_those_of_rdkit(written):
    file = read_fpsim2(written, other_rdkit=True)
    assert (len(file), sorted(file.ids)) == (7, list(range(100, 107)))
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [
        generator.GetFingerprint(Chem.MolFromSmiles(standardize_smiles(smiles)))
        for smiles in LIBRARY
    ]
    [found] = file.find_similar([standardize_smiles(RUXOLITINIB)], at_least=0.2)
    expected = DataStructs.BulkTanimotoSimilarity(prints[1], prints)
    assert {int(file.ids[row]): value for row, value in found} == {
        100 + at: value for at, value in enumerate(expected) if value >= 0.2
    }
    assert file.ids[found[0].row] == 101


def test_a_file_of_another_rdkit_is_refused_unless_it_is_accepted(written):
    replace_config(written, 2, pickle.dumps("2020.09.1"))
    with pytest.raises(FileFormatError, match=r"made with RDKit 2020\.09\.1.*other_rdkit=True"):
        read_fpsim2(written)
    assert read_fpsim2(written, other_rdkit=True).rdkit == "2020.09.1"


def test_other_kinds_of_fingerprints_are_refused(written):
    replace_config(written, 0, pickle.dumps("MACCSKeys"))
    with pytest.raises(FileFormatError, match="kind 'MACCSKeys'; only Morgan"):
        read_fpsim2(written, other_rdkit=True)


class Touch:
    """What a hostile file would hold: reading it creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_settings_that_would_run_code_are_refused_and_do_not(written, tmp_path):
    replace_config(written, 0, pickle.dumps(Touch(tmp_path / "ran")))
    with pytest.raises(FileFormatError, match="is no plain value"):
        read_fpsim2(written, other_rdkit=True)
    assert not (tmp_path / "ran").exists()


def test_what_is_no_such_file_is_refused(tmp_path, written):
    text = tmp_path / "text.h5"
    text.write_text("CCO")
    with pytest.raises(FileFormatError, match="not a file of FPSim2"):
        read_fpsim2(text)
    torn = tmp_path / "torn.h5"
    torn.write_bytes(written.read_bytes()[:5_000])
    with pytest.raises(FileFormatError, match="not a file of FPSim2"):
        read_fpsim2(torn)
    with pytest.raises(FileFormatError, match="not a file of FPSim2"):
        read_fpsim2(tmp_path / "absent.h5")
