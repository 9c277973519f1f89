"""A claim is told to a policy in words that hold no structure."""

import pytest
from rdkit import Chem

from molagent.patents.claim_outlines import outline_claim
from molagent.patents.markush.claims import read_claims
from tests.patents.conftest import SMALL_COLLECTION


@pytest.mark.parametrize("claim", read_claims(SMALL_COLLECTION), ids=lambda claim: claim.claim_id)
def test_no_word_of_an_outline_is_a_structure(claim):
    sentence = outline_claim(claim)
    assert sentence.startswith(f"{claim.claim_id} ({claim.kind}; {claim.status.value}")
    for template in claim.templates:
        assert template.smiles not in sentence
    for word in sentence.split():
        bare = word.strip("(),;.:")
        mol = None if bare.islower() else Chem.MolFromSmiles(bare)
        assert mol is None or mol.GetNumAtoms() < 5
    assert str(claim.confirmed_by or "nobody at all") not in sentence
