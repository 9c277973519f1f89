"""What the JAK1 tricycles never varied, as a picture."""

from molagent.records import PotentSeries, SeriesRule
from molagent.report.sar_motifs import motifs_html

TRICYCLE = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3[nH]ccc3c21"
HINGE = SeriesRule(
    kind="motif", name="[nH]~c~[nX2]", smarts="[nH]~c~[nX2]", series="S2", carried=77, of=77,
    reference_share=0.043,
)  # fmt: skip
TRICYCLES = PotentSeries(
    series="S2", name="tricyclic heteroaryl", core="c1cc2c(ncc3nc[nH]c32)[nH]1",
    pattern="c1cc2c(ncc3ncnc32)n1", compound_ids=("JAK1-001",), smiles=(TRICYCLE,), rules=(HINGE,),
)  # fmt: skip


def test_a_motif_is_shown_on_the_best_compound_with_its_counts():
    html = motifs_html([TRICYCLES]).html
    assert "<code>[nH]~c~[nX2]</code>" in html
    assert "77 of 77" in html
    assert "4 %" in html or "4\N{NO-BREAK SPACE}%" in html
    assert html.count("<svg") == 1


def test_without_a_shared_core_it_says_so():
    assert "No core ring system is shared" in motifs_html([]).html
