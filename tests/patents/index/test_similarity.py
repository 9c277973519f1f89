"""Nearest neighbours are exact, and an index refuses settings that are not its own."""

import json

import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.errors import FileFormatError
from molagent.patents.index.similarity import FingerprintIndex
from tests.patents.conftest import ASPIRIN, BARICITINIB, RUXOLITINIB, TOFACITINIB, UPADACITINIB

LIBRARY = [TOFACITINIB, RUXOLITINIB, BARICITINIB, UPADACITINIB, ASPIRIN]


def test_similarities_are_those_of_rdkit():
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(smiles)) for smiles in LIBRARY]
    expected = DataStructs.BulkTanimotoSimilarity(prints[1], prints)
    [found] = FingerprintIndex.from_smiles(LIBRARY).search([RUXOLITINIB], top=5)
    assert {row: round(value, 9) for row, value in found} == {
        row: round(value, 9) for row, value in enumerate(expected)
    }
    assert [value for _, value in found] == sorted(expected, reverse=True)


def test_a_drug_is_its_own_nearest_neighbour_and_thresholds_cut():
    index = FingerprintIndex.from_smiles(LIBRARY)
    [found] = index.search([ASPIRIN], top=3, at_least=0.5)
    assert [row for row, _ in found] == [4]


def test_an_empty_library_has_no_neighbours():
    assert FingerprintIndex.from_smiles([]).search([ASPIRIN]) == [()]


def test_an_index_is_read_back_from_disk(tmp_path):
    index = FingerprintIndex.from_smiles(LIBRARY)
    index.write(tmp_path)
    again = FingerprintIndex.read(tmp_path)
    assert again.search(LIBRARY, top=2) == index.search(LIBRARY, top=2)


@pytest.mark.parametrize(("name", "value"), [("n_bits", 2048), ("rdkit", "2020.09.1"), ("rows", 9)])
def test_an_index_with_other_settings_is_refused(tmp_path, name, value):
    FingerprintIndex.from_smiles(LIBRARY).write(tmp_path)
    meta = json.loads((tmp_path / "meta.json").read_text())
    (tmp_path / "meta.json").write_text(json.dumps(meta | {name: value}))
    with pytest.raises(FileFormatError, match=f"built with {name} = "):
        FingerprintIndex.read(tmp_path)


def test_a_torn_index_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="build it again"):
        FingerprintIndex.read(tmp_path)
