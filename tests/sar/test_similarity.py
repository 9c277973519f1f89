"""Count Tanimoto as it is defined, and neighbours with measured values."""

import numpy as np
import pytest

from molagent.chem.fingerprints import morgan_counts
from molagent.errors import InputError
from molagent.sar.similarity import count_tanimoto, nearest_measured, similar_rows


def test_similarities_are_the_sum_of_minima_over_the_sum_of_maxima(jak1):
    counts = morgan_counts(list(jak1["smiles"].head(20))).astype(int)
    found = count_tanimoto(counts[:5].astype(np.uint16), counts.astype(np.uint16))
    for i in range(5):
        for j in range(20):
            low, high = np.minimum(counts[i], counts[j]), np.maximum(counts[i], counts[j])
            assert found[i, j] == pytest.approx(low.sum() / high.sum())


def test_two_empty_fingerprints_have_nothing_in_common():
    empty = np.zeros((1, 8), dtype=np.uint16)
    assert count_tanimoto(empty, empty)[0, 0] == 0.0


def test_similar_rows_are_every_pair_above_the_limit_once(jak1):
    smiles = list(jak1["smiles"])
    counts = morgan_counts(smiles)
    whole = np.triu(count_tanimoto(counts, counts), k=1)
    blocks = list(similar_rows(smiles, 0.7))
    found = {
        (int(i), int(j)) for rows, columns, _ in blocks for i, j in zip(rows, columns, strict=True)
    }
    assert found == {(int(i), int(j)) for i, j in zip(*np.nonzero(whole >= 0.7), strict=True)}


def test_the_nearest_of_a_compound_is_itself_only_where_that_is_asked(jak1):
    query = [jak1["smiles"][7]]
    assert nearest_measured(jak1, query, k=1, itself=True)["compound_id"][0] == "JAK1-007"
    others = nearest_measured(jak1, query, k=3)
    assert "JAK1-007" not in set(others["compound_id"])
    assert others["similarity"].is_monotonic_decreasing
    assert others["rank"].tolist() == [1, 2, 3]


def test_compounds_without_a_value_are_no_neighbours(jak1):
    frame = jak1.assign(p_value=jak1["p_value"].where(jak1.index != 2))
    found = nearest_measured(frame, [jak1["smiles"][2]], k=len(jak1), itself=True)
    assert len(found) == len(jak1) - 1


def test_nothing_measured_is_refused(jak1):
    with pytest.raises(InputError, match="0 measured"):
        nearest_measured(jak1.assign(p_value=float("nan")), ["CCO"])
