"""What generators are told of a project's measured compounds."""

import pandas as pd

from molagent.chem.assembly import joined
from molagent.project.seen_changes import seen_changes
from molagent.project.series_matrices import series_matrices

AMINES = ("C", "CC", "C1CC1", "Cc1ccccc1")
ETHERS = ("", "OC", "OCC")


def frame() -> pd.DataFrame:
    """Aminoquinazolines: each methoxy group adds 0.5, each ethoxy group takes 1."""
    rows = []
    for number, amine in enumerate(AMINES):
        for ether, effect in zip(ETHERS, (0.0, 0.5, -1.0), strict=True):
            ring = f"c3ccc({ether})cc3" if ether else "c3ccccc3"
            smiles = f"N({amine})c1nc(-{ring})nc2ccccc12".replace("N(C1CC1)", "N(C4CC4)")
            rows.append((f"MA-{len(rows):06d}", smiles, 6.0 + 0.3 * number + effect))
    return pd.DataFrame(rows, columns=["compound_id", "smiles", "p_value"])


def test_a_series_is_taken_apart_with_its_values():
    (matrix,) = series_matrices(frame())
    assert len(matrix.rows) == len(AMINES) * len(ETHERS)
    best = max(matrix.rows, key=lambda row: row.value or 0.0)
    assert best.compound_id == "MA-000010"
    assert len(best.groups) == 2


def test_changes_come_with_what_they_brought():
    changes = seen_changes(frame())("CCCNc1nc(-c3ccccc3)nc2ccccc12")
    methoxy = next(c for c in changes if (c.start, c.end) == ("*[H]", "*OC"))
    assert methoxy.pairs == 4
    assert joined(methoxy.constant, methoxy.start) == "CCCNc1nc(-c2ccccc2)nc2ccccc12"
    assert methoxy.sentence == "*[H] to *OC, +0.5 in 4 pairs"


def test_without_potencies_there_is_nothing_to_recombine():
    empty = frame().iloc[:0]
    assert series_matrices(empty) == ()
    assert seen_changes(empty)("CCO") == ()
