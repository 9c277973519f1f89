"""What the potent JAK1 inhibitors never varied, and what of it drugs hold against."""

import pytest

from molagent.chem.molecules import parse_smarts, parse_smiles
from molagent.sar.features import motif_places
from molagent.sar.motifs import find_series, potent, series_rules
from molagent.sar.reference import reference_share
from molagent.sar.scaffolds import ring_systems
from tests.sar.conftest import jak1_frame

HINGE = "[nH]~c~[nX2]"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
# An imidazo-pyrrolo-pyridine of the file, and the same with its pyrrole NH as a furan's oxygen.
TRICYCLE = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3[nH]ccc3c21"
FURAN = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1n1cnc2cnc3occc3c21"


@pytest.fixture(scope="module")
def mixed():
    """Return the tricycles of the file and one in six of the others."""
    frame = jak1_frame()
    tricycle = frame["smiles"].str.contains(r"c3\[nH\]ccc3c2|c2\[nH\]ccc2c3|\[nH\]ccc", regex=True)
    return frame[tricycle | (frame.index % 6 == 0)].reset_index(drop=True)


@pytest.fixture(scope="module")
def series(mixed):
    return find_series(mixed)


def test_a_motif_is_a_donor_and_an_acceptor_with_the_atoms_between_them():
    assert motif_places("c1ccc2cc[nH]c2n1") == {HINGE: frozenset({(6, 8)})}
    assert motif_places("c1ccccc1") == {}
    assert "[NX3;!H0]~C~[OX1]" in motif_places("CNC(C)=O")
    assert "[NX3;!H0]~c~[nX2]" in motif_places("Nc1ccccn1")


def test_the_long_way_round_a_ring_is_no_path():
    # 4-Pyrimidinone's NH and the other N: one carbon between them, not three.
    assert "[nH]~c~c~c~[nX2]" not in motif_places("O=c1cc[nH]cn1")


def test_the_tricycles_of_jak1_were_never_varied_at_the_hinge(series):
    rules = {rule for each in series for rule in each.rules if rule.smarts == HINGE}
    assert len(rules) >= 1
    for rule in rules:
        assert rule.kind == "motif"
        assert rule.carried == rule.of
        assert rule.sentence == f"{HINGE}: in {rule.of} of {rule.of}, never varied"
    tricycles = next(each for each in series if "c1cc2c(ncc3nc[nH]c32)[nH]1" in each.core)
    assert len(tricycles.smiles) > 60


def test_a_furan_instead_of_the_pyrrole_has_lost_motif_and_core(series):
    tricycles = next(each for each in series if HINGE in {r.smarts for r in each.rules})
    kept = {r.kind for r in tricycles.rules if _carries(TRICYCLE, r.smarts)}
    lost = {r.kind for r in tricycles.rules if not _carries(FURAN, r.smarts)}
    assert kept == lost == {"motif", "core"}


def test_three_chemotypes_of_jak1_have_rules_of_their_own(series):
    cores = {each.name for each in series}
    assert "pyrazolo[1,5-a]pyrimidine" in cores
    other = next(each for each in series if each.name == "pyrazolo[1,5-a]pyrimidine")
    assert HINGE not in {rule.smarts for rule in other.rules}


def test_every_rule_is_carried_by_nearly_all_and_by_few_drugs(series):
    for each in series:
        for rule in each.rules:
            carried = sum(_carries(smiles, rule.smarts) for smiles in each.smiles)
            assert carried >= rule.carried  # a core's pattern may lie in a larger ring system too
            assert carried >= 0.95 * len(each.smiles)
            assert rule.of == len(each.smiles)
            assert rule.reference_share <= 0.2


def test_a_phenyl_ring_is_no_core_and_too_few_compounds_are_no_series(mixed):
    assert not any(rule.smarts == "c1ccccc1" for rule in series_rules(mixed))
    assert series_rules(mixed.head(5)) == []


def test_a_bound_on_weak_potency_is_not_potent(mixed):
    frame = mixed.assign(p_relation="=")
    weak = frame["p_value"].nlargest(20).index
    frame.loc[weak, "p_relation"] = "<"
    assert not set(potent(frame)["compound_id"]) & set(frame.loc[weak, "compound_id"])


def test_a_pyrrolopyrimidine_is_rare_in_drugs_and_a_benzene_is_not():
    assert reference_share("c1ncc2ccnc2n1") < 0.05
    assert reference_share("c1ccccc1") > 0.5


def test_ring_systems_are_those_of_the_drug_without_what_hangs_on_them():
    assert ring_systems(TOFACITINIB) == ("C1CCNCC1", "c1ncc2cc[nH]c2n1")


def _carries(smiles, smarts):
    return parse_smiles(smiles).HasSubstructMatch(parse_smarts(smarts))
