"""R-group tables give every compound back, and say which they leave out."""

import pandas as pd
import pytest
from rdkit import Chem

from molagent.chem.assembly import zipped
from molagent.errors import InputError, StructureError
from molagent.sar.matrices import value_matrix
from molagent.sar.rgroups import CORE, decompose, find_core

PYRROLOPYRIMIDINE = "c1ncnc2[nH]ccc12"


def frame_of(**smiles):
    return pd.DataFrame(
        {"compound_id": list(smiles), "smiles": list(smiles.values()), "p_value": 5.0}
    )


def test_meta_and_para_are_told_apart_on_a_symmetric_core(antagonists):
    table = decompose(antagonists, "CN(C)CC(Br)c1ccccc1")
    assert table.positions == ("R1", "R2")
    assert table.unmatched.empty
    row = table.rows.set_index("compound_id").loc["m-Br p-C"]
    para, meta = table.rows.set_index("compound_id").loc["m-H p-I", ["R1", "R2"]]
    assert (para, meta) == ("I[*:1]", "[H][*:2]")
    assert (row["R1"], row["R2"]) == ("C[*:1]", "Br[*:2]")


def test_marked_positions_keep_their_numbers_and_nothing_else_may_vary(antagonists):
    table = decompose(antagonists, "CN(C)CC(Br)c1ccc([*:5])cc1")
    assert table.positions == ("R5",)
    assert set(table.rows["compound_id"]) == {
        f"m-H p-{x}" for x in ("H", "F", "Cl", "Br", "I", "C")
    }
    assert len(table.unmatched) == 16
    assert table.unmatched["reason"].str.startswith("does not have the core").all()


@pytest.mark.parametrize("core", [PYRROLOPYRIMIDINE, None])
def test_the_parts_of_real_compounds_give_them_back(jak1, core):
    if core is None:
        core = find_core(list(jak1["smiles"]), min_share=0.3)
    table = decompose(jak1, core)
    assert len(table.rows) + len(table.unmatched) == len(jak1)
    for row in table.rows.to_dict("records"):
        parts = [row[p] for p in table.positions if p != CORE]
        whole = row.get(CORE, table.core)
        points = [p for p in parts if not p.startswith("[H]") or p[4:] in whole]
        assert zipped([whole, *points]) == Chem.CanonSmiles(row["smiles"])


def test_configurations_of_the_core_are_told_apart():
    table = decompose(
        frame_of(
            r="C[C@H]1CN(C)CCO1", s="C[C@@H]1CN(CC)CCO1", racemate="CC1CN(C)CCO1", none="C1CNCCO1"
        ),
        "C1CNCCO1",
    )
    assert CORE in table.positions
    cores = table.rows.set_index("compound_id")[CORE]
    assert cores["r"] != cores["s"]
    assert "@" not in cores["racemate"]
    # Without a substituent there is no configuration to have.
    assert cores["none"] == cores["racemate"]


def test_what_hangs_on_the_core_by_a_double_bond_is_left_out_by_name():
    table = decompose(
        frame_of(a="Cc1ccncc1", b="Clc1ccncc1", pyridone="Cn1cccc(F)c1=O"), "c1ccncc1"
    )
    assert table.unmatched["compound_id"].tolist() == ["pyridone"]
    assert "double bond" in table.unmatched["reason"][0]


def test_a_ring_over_two_positions_stands_in_both():
    table = decompose(frame_of(indane="c1ccc2c(c1)CCC2", toluene="Cc1ccccc1"), "c1ccccc1")
    row = table.rows.set_index("compound_id").loc["indane"]
    assert row["R1"] == row["R2"]
    assert "[*:1]" in row["R1"]
    assert "[*:2]" in row["R1"]


def test_what_never_varies_becomes_part_of_the_core():
    table = decompose(frame_of(a="Cc1ccnc(F)c1", b="Clc1ccnc(F)c1"), "c1ccncc1")
    assert table.positions == ("R1",)
    assert Chem.CanonSmiles(table.core) == Chem.CanonSmiles("Fc1cc([*:1])ccn1")


def test_a_core_that_no_compound_has_is_refused(jak1):
    with pytest.raises(InputError, match="none of 150 compounds"):
        decompose(jak1, "C1CC2(C1)CNC2")


def test_a_core_that_cannot_be_read_is_refused(jak1):
    with pytest.raises(StructureError):
        decompose(jak1, "c1ccc(")


def test_compounds_without_a_common_ring_have_no_core():
    with pytest.raises(InputError, match="no ring system"):
        find_core(["CCO", "CCN", "c1ccccc1"])


def test_the_core_found_is_the_largest_that_most_share(antagonists):
    smiles = [*antagonists["smiles"], "CCO"]
    assert find_core(smiles) == "c1ccccc1"


def test_the_matrix_holds_every_compound_once(antagonists):
    table = decompose(antagonists, "CN(C)CC(Br)c1ccc([*:2])c([*:1])c1")
    cells = value_matrix(table)
    assert cells["n"].sum() == 22
    cell = cells[(cells["R1"] == "Br[*:1]") & (cells["R2"] == "C[*:2]")].iloc[0]
    assert (cell["p_value"], cell["n"], cell["compound_ids"]) == (9.52, 1, ("m-Br p-C",))


@pytest.mark.parametrize(
    ("relations", "expected"),
    [("<<", (4.0, "<")), (">>", (5.0, ">")), ("<>", (None, "~")), ("=<", (5.0, "="))],
)
def test_a_cell_shows_exact_values_first_then_the_tightest_bound(relations, expected):
    rows = frame_of(a="Cc1ccnc(F)c1Cl", b="Cc1ccnc(Cl)c1Cl", c="CCc1ccnc(F)c1Br")
    rows = rows.assign(p_value=[5.0, 4.0, 6.0], p_relation=[*relations, "="])
    # Chlorine stands in two places: the cell of methyl and that chlorine holds a and b.
    table = decompose(rows, "[*:1]c1ccnc([*:3])c1[*:2]")
    cells = value_matrix(table, "R1", "R2").set_index(["R1", "R2"])
    cell = cells.loc[("C[*:1]", "Cl[*:2]")]
    value, relation = expected
    assert cell["p_relation"] == relation
    assert cell["n"] == 2
    assert pd.isna(cell["p_value"]) if value is None else cell["p_value"] == value


def test_a_position_that_does_not_vary_is_refused(antagonists):
    table = decompose(antagonists, "CN(C)CC(Br)c1ccc([*:2])c([*:1])c1")
    with pytest.raises(InputError, match=r"'R9'.*R1, R2"):
        value_matrix(table, "R9")
    assert table.counts("R1")["n"].sum() == 22
