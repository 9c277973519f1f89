import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from benchmarks.pmo.budget import BudgetSpent, CallBudget, top_auc


def heavy_atoms(mols):
    return np.array([mol.GetNumHeavyAtoms() / 100 for mol in mols])


def published_auc(values: list[float], calls: int) -> float:
    """PMO's own computation, written from its description: sort what was seen at every log."""
    area = previous = 0.0
    called = 0
    for index in range(100, min(len(values), calls), 100):
        now = float(np.mean(sorted(values[:index], reverse=True)[:10]))
        area += 100 * (now + previous) / 2
        previous, called = now, index
    now = float(np.mean(sorted(values, reverse=True)[:10]))
    area += (len(values) - called) * (now + previous) / 2
    if len(values) < calls:
        area += (calls - len(values)) * now
    return area / calls


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=450),
    st.sampled_from([450, 1000]),
)
def test_the_area_is_that_of_the_published_protocol(values: list[float], calls: int):
    assert top_auc(values, calls=calls) == pytest.approx(published_auc(values, calls))


def test_a_run_that_ends_early_is_extended_by_its_last_value():
    assert top_auc([0.5] * 100, calls=10_000) == pytest.approx(0.5 * (50 + 9_900) / 10_000)


def test_nothing_scored_is_an_area_of_zero():
    assert top_auc([], calls=1000) == 0.0


def test_repeats_and_other_spellings_are_free():
    asked: list[str] = []

    def oracle(mols):
        asked.extend(Chem.MolToSmiles(mol) for mol in mols)
        return heavy_atoms(mols)

    budget = CallBudget(oracle, 2)
    assert budget(["OCC", "CCO", "C(O)C"]) == [0.03] * 3
    assert budget(["CCO"]) == [0.03]
    assert asked == ["CCO"]


@pytest.mark.parametrize("text", ["not a structure", "", "C1CC"])
def test_what_is_no_structure_scores_zero_and_costs_nothing(text: str):
    budget = CallBudget(heavy_atoms, 1)
    assert budget([text, "C"]) == [0.0, 0.01]
    assert len(budget.values) == 1


def test_the_last_calls_are_scored_before_the_budget_says_it_is_spent():
    budget = CallBudget(heavy_atoms, 3)
    with pytest.raises(BudgetSpent):
        budget(["C", "CC", "CCC", "CCCC"])
    assert list(budget.values) == ["C", "CC", "CCC"]
    assert budget(["CC"]) == [0.02]
