"""Proposals of a JAK1 series that lost its hinge, its core, or nothing."""

import pytest

from molagent.records import PotentSeries, SeriesRule, Verdict
from molagent.screen.series import SeriesFilter, SeriesKnowledge

TRICYCLE = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3[nH]ccc3c21"
METHYLATED = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3n(C)ccc3c21"
FURAN = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3occc3c21"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
PYRAZOLOPYRIMIDINE = "O=C(Nc1cn[nH]c1-c1ccccc1)c1cnn2cccnc12"


def rule(kind, name, smarts, series, carried=98, of=98):
    return SeriesRule(
        kind=kind, name=name, smarts=smarts, series=series, carried=carried, of=of,
        reference_share=0.01,
    )  # fmt: skip


CORE = rule("core", "tricyclic heteroaryl", "c1cc2c(ncc3ncnc32)n1", "S1")
HINGE = rule("motif", "[nH]~c~[nX2]", "[nH]~c~[nX2]", "S1")
OTHER = rule("core", "pyrazolo[1,5-a]pyrimidine", "c1cnc2ccnn2c1", "S2", 431, 432)


def of(series, name, core, pattern, smiles, *rules):
    return PotentSeries(
        series=series, name=name, core=core, pattern=pattern, compound_ids=("a",),
        smiles=(smiles,), rules=rules,
    )  # fmt: skip


TRICYCLES = of(
    "S1", "tricyclic heteroaryl", "c1cc2c(ncc3nc[nH]c32)[nH]1", CORE.smarts, TRICYCLE, CORE, HINGE
)
PYRAZOLES = of("S2", OTHER.name, OTHER.smarts, OTHER.smarts, PYRAZOLOPYRIMIDINE, OTHER)
KNOWN = SeriesKnowledge(series=(TRICYCLES, PYRAZOLES), others=(TOFACITINIB,))


@pytest.fixture
def keep():
    return SeriesFilter(lambda: KNOWN)


def test_what_keeps_core_and_hinge_passes(keep):
    fluoro = TRICYCLE.replace("[nH]ccc3c21", "[nH]cc(F)c3c21")
    assert [each.verdict for each in keep.judge([TRICYCLE, fluoro])] == [Verdict.PASS] * 2


def test_a_methyl_on_the_hinge_nh_is_unknown_with_the_count_in_words(keep):
    [answer] = keep.judge([METHYLATED])
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reason == (
        "lost [nH]~c~[nX2], which 98 of 98 potent compounds of series S1 (tricyclic heteroaryl) "
        "carry: never varied"
    )
    assert answer.evidence == ("S1 motif [nH]~c~[nX2]",)


def test_a_furan_in_the_core_has_lost_core_and_motif_of_its_nearest_series(keep):
    [answer] = keep.judge([FURAN])
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.evidence == ("S1 core tricyclic heteroaryl", "S1 motif [nH]~c~[nX2]")


def test_another_series_has_its_own_rules(keep):
    assert keep.judge([PYRAZOLOPYRIMIDINE])[0].verdict is Verdict.PASS


def test_what_is_nearest_to_a_potent_compound_without_a_series_passes(keep):
    desmethyl = TOFACITINIB.replace("N(C)c1", "Nc1")
    assert keep.judge([desmethyl])[0].verdict is Verdict.PASS


def test_telling_lets_it_pass_and_says_what_was_lost():
    [answer] = SeriesFilter(lambda: KNOWN, keeps=False).judge([METHYLATED])
    assert answer.verdict is Verdict.PASS
    assert answer.reason.startswith("lost [nH]~c~[nX2]")


def test_the_series_are_read_once_and_only_when_structures_come():
    asked = []
    series = SeriesFilter(lambda: asked.append(1) or KNOWN)
    assert asked == []
    series.judge([TRICYCLE])
    series.judge([FURAN])
    assert asked == [1]
