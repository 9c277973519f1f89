from pathlib import Path

from benchmarks.unstable import bench_unstable, count_patterns


def test_shares_are_by_target_and_patterns_are_summed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("benchmarks.unstable.approved_drugs", lambda: ["CC(O)C#N", "CCO"])
    (tmp_path / "one.csv").write_text("smiles,y\nCC(O)C#N,1\nCCO,1\nCCN,1\nCOOC,2\n")
    shares = bench_unstable(tmp_path)
    assert [(share.name, share.count, share.failed) for share in shares] == [
        ("one", 4, 0.5),
        ("drugs", 2, 0.5),
    ]
    rows = {row.pattern: (row.measured, row.drugs) for row in count_patterns(shares)}
    assert rows == {"cyanohydrin": (1, 1), "peroxide": (1, 0)}
