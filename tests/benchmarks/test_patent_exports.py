from benchmarks.patent_exports import bench_patent_export


def test_every_structure_of_an_export_is_counted_once_and_doubts_by_kind(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(
        "smiles,document,name\n"
        "CC(=O)Oc1ccccc1C(=O)O,memo,Example 1\nOC([Re])=O,memo,\nc1cccc,memo,\n"
    )
    found = bench_patent_export(file, workers=1)
    assert found["rows"] == found["structures_as_given"] == 3
    assert found["flags"] == {"pseudo_element": 1, "unparsable": 1}
    assert found["cpu_s"] >= 0.0
