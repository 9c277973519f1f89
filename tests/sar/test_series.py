"""Series of real compounds, named as a chemist would."""

import pandas as pd
import pytest

from molagent.chem.molecules import canonical_smiles, parse_smiles
from molagent.errors import InputError
from molagent.sar.scaffolds import parts_of, ring_names, scaffold_name, shared_parts
from molagent.sar.series import NO_SERIES, assign_series, series_table

ROWS = [
    *[(f"q{i}", f"{tail}NC(=O)c1ccnc2ccccc12", 6.0 + i / 10) for i, tail in enumerate(
        ["C", "CC", "CCC", "CC(C)", "CCO"])],
    *[(f"p{i}", f"c1ccc(cc1)Oc1cccc({tail})c1", 5.0) for i, tail in enumerate(
        ["C", "Cl", "F", "N", "O", "OC"])],
    ("chain", "CCCCCC", 4.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def frame():
    table = pd.DataFrame(ROWS, columns=["compound_id", "smiles", "p_value"])
    table["p_relation"] = ["="] * 4 + ["<"] + ["="] * 7
    return table


def test_compounds_of_one_scaffold_are_a_series(frame):
    found = assign_series(frame).set_index("compound_id")
    assert set(found.loc[[f"q{i}" for i in range(5)], "series"]) == {"quinoline"}
    assert set(found.loc[[f"p{i}" for i in range(6)], "series"]) == {"phenyl–phenyl ether"}
    assert found.loc["chain", "series"] == NO_SERIES
    assert found.loc["chain", "scaffold"] == ""


def test_a_series_says_how_many_how_good_and_how_sure(frame):
    table = series_table(frame).set_index("series")
    assert table.index.tolist() == ["phenyl–phenyl ether", "quinoline", NO_SERIES]
    row = table.loc["quinoline"]
    assert (row["n"], row["n_exact"], row["best_id"]) == (5, 4, "q3")
    assert row["best"] == pytest.approx(6.3)
    assert row["median"] == pytest.approx(6.15)
    assert row["share_bounds"] == pytest.approx(0.2)


def test_dates_tell_when_a_series_was_worked_on(frame):
    dates = pd.date_range("2021-01-01", periods=len(frame), freq="MS")
    table = series_table(frame.assign(date=dates)).set_index("series")
    assert table.loc["quinoline", "first"] == pd.Timestamp("2021-01-01")
    assert table.loc["quinoline", "last"] == pd.Timestamp("2021-05-01")


def test_every_member_contains_the_common_scaffold(jak1):
    found = assign_series(jak1)
    merged = found.merge(jak1, on="compound_id")
    for scaffold, part in merged[merged["scaffold"] != ""].groupby("scaffold"):
        assert len(part) >= 5
        query = parse_smiles(str(scaffold))
        assert all(parse_smiles(s).HasSubstructMatch(query) for s in part["smiles"])


def test_names_of_series_are_unique(jak1):
    found = assign_series(jak1)
    assert found.groupby("series")["scaffold"].nunique().max() == 1


def test_one_compound_is_no_series(frame):
    with pytest.raises(InputError, match="two compounds"):
        assign_series(frame, min_compounds=1)


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("c1ncc2cc[nH]c2n1", "pyrrolo[2,3-d]pyrimidine"),
        ("O=C(Nc1ccccc1)Nc1ccccc1", "phenyl–phenyl urea"),
        ("O=S(=O)(Nc1ccccc1)c1cccs1", "phenyl–thiophene sulfonamide"),
        ("", "acyclic"),
        ("c1ccc2c(c1)CC1(CCNCC1)O2", "spiro-tricyclic heterocycle"),
    ],
)
def test_scaffolds_have_the_names_chemists_use(smiles, name):
    assert scaffold_name(canonical_smiles(smiles) if smiles else "") == name


def test_the_parts_of_a_scaffold_are_the_scaffold_without_rings_off_its_rim():
    imatinib = canonical_smiles("O=C(c1ccc(CN2CCNCC2)cc1)Nc1cccc(Nc2nccc(-c3cccnc3)n2)c1")
    parts = set(parts_of(imatinib))
    assert {"c1ccncc1", "c1cncnc1", "C1CNCCN1", "c1ccccc1"} <= parts
    assert canonical_smiles("c1cnc(Nc2ccccc2)nc1") in parts
    # Five rings in a chain have 5 + 4 + 3 + 2 + 1 connected parts, some of them the same.
    assert len(parts) <= 15
    assert ring_names(imatinib)[0] in {"phenyl", "pyridine", "pyrimidine", "piperazine"}


def test_an_exocyclic_double_bond_stays_with_its_ring():
    rhodanine = canonical_smiles("O=C1NC(=S)SC1=Cc1ccccc1")
    assert canonical_smiles("C=C1SC(=S)NC1=O") in parts_of(rhodanine)


def test_shared_parts_are_common_and_large_enough(frame):
    found = shared_parts(list(frame["smiles"]), min_compounds=6, min_atoms=6)
    assert set(found) == {"c1ccccc1", canonical_smiles("c1ccc(Oc2ccccc2)cc1")}
