from pathlib import Path

from benchmarks.precedent import bench_precedent

MOONSHOT = "CNC(=O)CN1Cc2ccc(Cl)cc2[C@@]2(CCN(c3cncc4ccc(F)cc34)C2=O)C1"
SIBLING = "O=C1N(c2cncc3ccccc23)CCC12CN(S(=O)(=O)C1CC1)Cc1ccc(Cl)cc12"


def test_what_the_training_split_holds_counts_as_precedent(tmp_path: Path):
    rows = f"smiles,split\n{SIBLING},train\n{MOONSHOT},test\nCC(=O)Oc1ccccc1C(=O)O,test\n"
    (tmp_path / "moonshot.csv").write_text(rows)
    for share in bench_precedent(tmp_path):
        assert (share.count, share.failed, share.failed_without) == (2, 0.0, 0.5)
