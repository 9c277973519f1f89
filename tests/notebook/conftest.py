"""Two dozen JAK-like structures with values, some unknown."""

import pandas as pd
import pytest

CORE = "c1ncnc2[nH]ccc12"
TAILS = ("C(=O)CC#N", "C(=O)C8CC8", "S(=O)(=O)CC", "C(=O)NCC(F)(F)F", "c8ccc(F)cc8", "C(=O)CO")
FRAMES = (
    "C[C@@H]1CCN({tail})C[C@@H]1N(C)" + CORE,
    "N#CCC1(CN({tail})C1)n1cc(cn1)-" + CORE,
    "CN([C@H]1C[C@@H](C1)N{tail})" + CORE,
    "CC[C@@H]1CN({tail})C[C@@H]1c1cnc2cnc3[nH]ccc3n12",
)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Return 24 molecules with an id, two values and a text."""
    smiles = [f.replace("{tail}", t) for t in TAILS for f in FRAMES]
    n = len(smiles)
    return pd.DataFrame(
        {
            "proposal_id": [f"P1-{i:04d}" for i in range(n)],
            "smiles": smiles,
            "jak1_pki": [None if i % 5 == 3 else 7.0 + 0.1 * i for i in range(n)],
            "desirability": [round(0.9 - 0.02 * i, 2) for i in range(n)],
            "overlap": ["not_found", "same_scaffold"] * (n // 2),
        }
    )
