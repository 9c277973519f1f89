"""Names that stand for several structures, and structures that are written as InChI."""

from molagent.ingest.intake import read_data

_PHENETOLE_INCHI = "InChI=1S/C8H10O/c1-2-9-8-6-4-3-5-7-8/h3-7H,2H2,1H3"


def test_a_name_of_two_structures_is_noted_and_stands_for_neither(write):
    path = write("SMILES,Name,IC50 (nM)\nCCOc1ccccc1,a,5\nCCCOc1ccccc1,a,50\n,a,7\n,b,7\n")
    intake = read_data(path)
    assert "one name stands for several structures: 'a'" in intake.notes
    assert intake.rejections["reason"].tolist() == [
        "the structure is blank, and the name 'a' is of 2 structures in this file",
        "the structure is blank, and no structure is known for the name 'b'",
    ]


def test_a_name_that_comes_again_with_its_structure_is_not_noted(write):
    path = write("SMILES,Name,IC50 (nM)\nCCOc1ccccc1,a,5\nc1ccccc1OCC,a,6\nCCCOc1ccccc1,b,5\n")
    assert not any("several structures" in note for note in read_data(path).notes)


def test_a_name_of_two_structures_in_different_chunks_is_noted(write):
    path = write("SMILES,Name,IC50 (nM)\nCCOc1ccccc1,a,5\nCCCOc1ccccc1,a,50\n,a,7\n")
    intake = read_data(path, chunk_rows=1)
    assert "one name stands for several structures: 'a'" in intake.notes
    assert "the name 'a' is of 2 structures" in intake.rejections["reason"].iloc[0]


def test_an_inchi_is_a_structure(write):
    path = write(f'Name,InChI,IC50 (nM)\na,"{_PHENETOLE_INCHI}",5\nb,InChI=1S/nonsense,6\n')
    for columns in ({}, {"smiles": "InChI"}, {"name_column": "Name"}):
        intake = read_data(path, **columns)
        assert intake.result.compounds["smiles"].tolist() == ["CCOc1ccccc1"]
        (reason,) = intake.rejections["reason"]
        assert "the InChI 'InChI=1S/nonsense' cannot be read" in reason


def test_smiles_go_before_inchi(write):
    path = write(f'InChI,SMILES,IC50 (nM)\n"{_PHENETOLE_INCHI}",CCCOc1ccccc1,5\n')
    assert read_data(path).layout.smiles == "SMILES"


def test_a_charge_that_no_atom_has_is_refused_without_another_number(write):
    path = write("SMILES,IC50 (nM)\n[C-99999],5\n[C-256],6\nC[N+](C)(C)C,7\n")
    intake = read_data(path)
    assert intake.results["source_row"].tolist() == [4]
    assert intake.rejections["reason"].str.contains("a charge beyond 9 on one atom").all()
