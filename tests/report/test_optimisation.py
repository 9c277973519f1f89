import csv
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.report.optimisation import OptimisationContent, top_mean_curve, write_optimisation

TOTALS = st.lists(st.floats(0, 1) | st.just(math.nan), max_size=40)


@given(totals=TOTALS, top=st.integers(1, 12))
def test_the_curve_is_the_mean_of_the_best_so_far(totals, top):
    curve = top_mean_curve(np.array(totals, dtype=float), top)
    for end, value in enumerate(curve, start=1):
        known = sorted((t for t in totals[:end] if not math.isnan(t)), reverse=True)[:top]
        assert math.isnan(value) if not known else value == pytest.approx(np.mean(known))


@given(totals=TOTALS)
def test_the_best_single_total_never_falls(totals):
    curve = top_mean_curve(np.array(totals, dtype=float), 1)
    assert (np.diff(curve[~np.isnan(curve)]) >= 0).all()


@pytest.fixture
def content():
    calls = pd.DataFrame(
        {
            "call": [1, 2, 3],
            "step": [0, 1, 1],
            "smiles": ["CC(=O)Oc1ccccc1C(=O)O", "O=C(O)c1ccccc1O", "CC(=O)Nc1ccc(O)cc1"],
            "source": ["start", "mutation", "policy"],
            "total": [0.5, 0.25, np.nan],
            "reward": [0.5, 0.25, np.nan],
            "raw": [{"qed <b>": 0.55}, {"qed <b>": 0.6}, {"qed <b>": None}],
            "note": ["", "", "=cmd(): <script>alert(1)</script> (position 3, CCO)"],
        }
    )
    return OptimisationContent(
        name="a <i>name</i>",
        run_id="seed-1",
        seed=1,
        version="0.1.0",
        stop_reason="calls_spent",
        seconds=75.0,
        mode="weighted",
        calls=calls,
        best=calls.loc[[1], ["smiles", "total", "source", "call", "raw"]].reset_index(drop=True),
        components=[
            {"name": "qed <b>", "direction": "maximise", "low": 0.2, "high": 0.9, "weight": 1.0,
             "unit": ""}
        ],
        curve=list(enumerate(top_mean_curve(calls["total"].to_numpy()).tolist(), start=1)),
        curve_label="mean total of the ten best",
        baseline=0.5,
        known=1,
    )  # fmt: skip


def test_unknown_values_are_empty_cells_and_notes_no_formulas(content, tmp_path):
    write_optimisation(content, tmp_path)
    with (tmp_path / "calls.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["total"] for row in rows] == ["0.5", "0.25", ""]
    assert rows[2]["qed <b>"] == ""
    assert rows[2]["note"].startswith("'=cmd()")


def test_nothing_from_the_data_is_markup_on_the_page(content, tmp_path):
    write_optimisation(content, tmp_path)
    page = (tmp_path / "optimisation.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<i>name" not in page
    assert "position 3" not in page
    assert "1 of 3 structures" in page
    assert "calls spent" in page
    assert "1 min 15 s" in page


def test_a_best_structure_can_be_read_from_the_sdf(content, tmp_path):
    write_optimisation(content, tmp_path)
    with Chem.SDMolSupplier(str(tmp_path / "best.sdf")) as supplier:
        (mol,) = supplier
    assert Chem.MolToSmiles(mol) == "O=C(O)c1ccccc1O"
    assert mol.GetProp("_Name") == "call 2"


def test_a_run_in_which_nothing_is_known_still_has_its_page(content, tmp_path):
    import dataclasses

    calls = content.calls.assign(total=np.nan)
    empty = dataclasses.replace(
        content, calls=calls, best=content.best.iloc[0:0], baseline=math.nan,
        curve=[(n, math.nan) for n in (1, 2, 3)],
    )  # fmt: skip
    write_optimisation(empty, tmp_path)
    page = (tmp_path / "optimisation.html").read_text(encoding="utf-8")
    assert "No new structure has a total above 0" in page
