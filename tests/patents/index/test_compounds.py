"""A compound index answers as RDKit does, keeps unreadable rows and refuses torn files."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.errors import FileFormatError, InputError, StructureError
from molagent.patents.index import layout, writer
from molagent.patents.index.compounds import CompoundIndex
from molagent.patents.index.keys import DEPTHS
from molagent.patents.index.rows import compute_row
from molagent.patents.index.writer import CompoundIndexWriter
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    DEURUXOLITINIB,
    RUXOLITINIB,
    TOFACITINIB,
    TOFACITINIB_ENANTIOMER,
    UPADACITINIB,
)

LIBRARY = [TOFACITINIB, RUXOLITINIB, None, BARICITINIB, UPADACITINIB, ASPIRIN, TOFACITINIB]
READABLE = [row for row, smiles in enumerate(LIBRARY) if smiles]


def write_index(folder: Path, library, batch: int = 3, *, patterns: bool = True) -> CompoundIndex:
    with CompoundIndexWriter(folder) as writer:
        for start in range(0, len(library), batch):
            rows = [compute_row(smiles) if smiles else None for smiles in library[start:][:batch]]
            writer.add(
                [row and row.parent for row in rows],
                [row and row.keys for row in rows],
                np.stack([row.bits if row else np.zeros(16, np.uint64) for row in rows]),
                np.stack([row.pattern if row else np.zeros(17, np.uint64) for row in rows])
                if patterns
                else None,
            )
    return CompoundIndex.open(folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> CompoundIndex:
    return write_index(tmp_path_factory.mktemp("release") / "index", LIBRARY)


def test_every_row_is_found_by_each_of_its_keys(index):
    for depth in DEPTHS:
        keys = [getattr(compute_row(LIBRARY[row]).keys, depth) for row in READABLE]
        found = index.find_keys(depth, keys)
        assert all(row in rows for row, rows in zip(READABLE, found, strict=True)), depth


def test_a_parent_that_stands_twice_is_found_twice(index):
    key = compute_row(TOFACITINIB).keys.inchikey
    assert index.find_keys("inchikey", [key, "", key]) == [(0, 6), (), (0, 6)]


def test_an_enantiomer_is_found_by_its_connectivity_only(index):
    keys = compute_row(TOFACITINIB_ENANTIOMER).keys
    assert index.find_keys("inchikey", [keys.inchikey]) == [()]
    assert index.find_keys("connectivity", [keys.connectivity]) == [(0, 6)]
    assert index.find_keys("without_stereo", [keys.without_stereo]) == [(0, 6)]


def test_a_deuterated_drug_meets_its_parent_where_isotopes_are_stripped(index):
    # the standardiser's parent has no isotopes
    keys = compute_row(DEURUXOLITINIB).keys
    assert index.find_keys("inchikey", [keys.inchikey]) == [(1,)]


def test_keys_sorted_in_parts_are_those_sorted_at_once(index, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_PART", 2)
    monkeypatch.setattr(layout, "_BATCH", 2)
    monkeypatch.setattr(layout, "_CHUNK", 2)
    parts = write_index(tmp_path / "index", LIBRARY)
    for path in index.folder.iterdir():
        assert (parts.folder / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("key", ["KTUFNOKKBVMGRW", "ktufnokkbvmgrw-uhfffaoysa-n", "CCO"])
def test_what_is_no_inchikey_is_refused(index, key):
    with pytest.raises(InputError, match="no inchikey key"):
        index.find_keys("inchikey", [key])


def test_an_unknown_depth_is_refused(index):
    with pytest.raises(InputError, match="known: inchikey, connectivity"):
        index.find_keys("formula", ["C2H6O"])


def test_similarities_and_their_order_are_those_of_rdkit(index):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = {
        row: generator.GetFingerprint(Chem.MolFromSmiles(compute_row(LIBRARY[row]).parent))
        for row in READABLE
    }
    for at_least in (0.0, 0.2, 1.0):
        [found] = index.find_similar([compute_row(RUXOLITINIB).parent], at_least=at_least)
        values = DataStructs.BulkTanimotoSimilarity(prints[1], list(prints.values()))
        expected = [
            (row, value) for row, value in zip(prints, values, strict=True) if value >= at_least
        ]
        assert list(found) == sorted(expected, key=lambda pair: (-pair[1], pair[0]))


def test_the_nearest_few_break_ties_by_row(index):
    [found] = index.find_similar([compute_row(TOFACITINIB).parent], at_least=0, top=2)
    assert found == ((0, 1.0), (6, 1.0))


def test_an_unreadable_row_is_kept_and_never_found(index):
    assert (len(index), index.n_unreadable, index.parent(2)) == (7, 1, None)
    [found] = index.find_similar([compute_row(ASPIRIN).parent], at_least=0)
    assert sorted(row for row, _ in found) == READABLE
    assert 2 not in index.find_substructure("*").rows


def test_parents_are_read_back(index):
    assert [index.parent(row) for row in READABLE] == [
        compute_row(LIBRARY[row]).parent for row in READABLE
    ]
    with pytest.raises(InputError, match="0 to 6"):
        index.parent(7)


def test_substructures_are_found_and_a_limit_is_said(index):
    answer = index.find_substructure("c1ncnc2[nH]ccc12")
    assert (answer.rows, answer.complete, answer.reason) == ((0, 1, 3, 6), True, "")
    cut = index.find_substructure("c1ncnc2[nH]ccc12", limit=2)
    assert (cut.rows, cut.complete) == ((0, 1), False)
    assert cut.reason == "stopped at the limit of 2 hits: incomplete"
    late = index.find_substructure("c1ncnc2[nH]ccc12", seconds=-1)
    assert (late.rows, late.n_searched, late.complete) == ((), 0, False)
    with pytest.raises(StructureError):
        index.find_substructure("c1cc(")


def test_an_empty_index_finds_nothing(tmp_path):
    index = write_index(tmp_path / "index", [None])
    assert index.find_keys("inchikey", [compute_row(ASPIRIN).keys.inchikey]) == [()]
    assert index.find_similar([ASPIRIN], at_least=0, top=3) == [()]
    assert index.find_similar([], at_least=0.5) == []


def test_an_index_without_pattern_bits_finds_the_same_substructures(index, tmp_path):
    plain = write_index(tmp_path / "index", LIBRARY, patterns=False)
    for smarts in ("c1ncnc2[nH]ccc12", "C(=O)O", "*", "[Si]"):
        screened, all_rows = (i.find_substructure(smarts) for i in (index, plain))
        assert screened.rows == all_rows.rows
        assert screened.n_candidates <= all_rows.n_candidates == len(LIBRARY)
    assert index.find_substructure("[Si]").n_candidates == 0


def test_pattern_bits_are_added_to_an_index_without_them(index, tmp_path):
    plain = write_index(tmp_path / "index", LIBRARY, patterns=False)
    plain.add_patterns()
    written, added = (i.folder / "patterns.npy" for i in (index, plain))
    assert added.read_bytes() == written.read_bytes()
    again = CompoundIndex.open(plain.folder)
    assert (plain.has_patterns, again.has_patterns) == (True, True)
    assert again.find_substructure("[Si]").n_candidates == 0


@pytest.mark.parametrize(("name", "value"), [("n_bits", 2048), ("rdkit", "2020.09.1")])
def test_an_index_of_other_settings_is_refused(index, tmp_path, name, value):
    folder = tmp_path / "index"
    shutil.copytree(index.folder, folder)
    meta = json.loads((folder / "meta.json").read_text())
    meta["settings"][name] = value
    (folder / "meta.json").write_text(json.dumps(meta))
    with pytest.raises(FileFormatError, match=f"built with {name} = "):
        CompoundIndex.open(folder)


def test_every_file_is_needed_whole(index, tmp_path):
    for name in json.loads((index.folder / "meta.json").read_text())["sizes"]:
        folder = tmp_path / name
        shutil.copytree(index.folder, folder)
        (folder / name).write_bytes((folder / name).read_bytes()[:-1])
        with pytest.raises(FileFormatError, match=f"{name} has .* bytes of"):
            CompoundIndex.open(folder)
        (folder / name).unlink()
        with pytest.raises(FileFormatError, match=f"{name} is missing"):
            CompoundIndex.open(folder)


def test_an_array_that_is_overwritten_is_refused(index, tmp_path):
    folder = tmp_path / "index"
    shutil.copytree(index.folder, folder)
    path = folder / "inchikey.words.npy"
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(FileFormatError, match=r"cannot be mapped.*build the index again"):
        CompoundIndex.open(folder)


def test_a_manifest_of_other_counts_is_refused(index, tmp_path):
    folder = tmp_path / "index"
    shutil.copytree(index.folder, folder)
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | {"n_rows": 9}))
    with pytest.raises(FileFormatError, match=r"7 parents and 6 fingerprints.*says 9 and 6"):
        CompoundIndex.open(folder)


def test_a_writer_that_fails_leaves_what_was_there(index, tmp_path):
    folder = tmp_path / "index"
    shutil.copytree(index.folder, folder)

    def write_and_fail():
        with CompoundIndexWriter(folder) as writer:
            row = compute_row(ASPIRIN)
            writer.add([row.parent], [row.keys], row.bits[None, :])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert len(CompoundIndex.open(folder)) == len(index)
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_a_writer_that_dies_leaves_no_index(tmp_path):
    writer = CompoundIndexWriter(tmp_path / "index")
    row = compute_row(ASPIRIN)
    writer.add([row.parent], [row.keys], row.bits[None, :])
    with pytest.raises(FileFormatError, match="no compound index"):
        CompoundIndex.open(tmp_path / "index")
    with pytest.raises(FileFormatError, match="no compound index"):
        CompoundIndex.open(tmp_path / "index.partial")
    assert len(write_index(tmp_path / "index", [ASPIRIN])) == 1
    writer.abandon()
