"""Two dozen JAK-like structures with values, some unknown."""

import pandas as pd
import pytest
from jak_like import JAK_LIKE


@pytest.fixture
def frame() -> pd.DataFrame:
    """Return 24 molecules with an id, two values and a text."""
    n = len(JAK_LIKE)
    return pd.DataFrame(
        {
            "proposal_id": [f"P1-{i:04d}" for i in range(n)],
            "smiles": JAK_LIKE,
            "jak1_pki": [None if i % 5 == 3 else 7.0 + 0.1 * i for i in range(n)],
            "desirability": [round(0.9 - 0.02 * i, 2) for i in range(n)],
            "overlap": ["not_found", "same_scaffold"] * (n // 2),
        }
    )
