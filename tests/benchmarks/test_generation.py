from benchmarks.generation import bench_sampling

TOFACITINIB = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"


def test_every_sample_is_valid_and_keeps_its_core():
    rows = bench_sampling(["c1ncc2cc[nH]c2n1"], [TOFACITINIB, GEFITINIB], samples=64)
    assert [(r.generator, r.mode) for r in rows] == [
        ("graph", "de_novo"),
        ("graph", "decorate"),
        ("edits", "edit"),
    ]
    assert rows[0].valid == rows[1].valid == rows[1].core_kept == 1.0
    assert all(r.per_second > 0 for r in rows)
