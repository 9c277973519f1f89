"""What was ordered, made or failed is a state of a compound, and it does not come back."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from molagent.campaign.taken import load_taken
from molagent.chem.identity import inchikey
from molagent.errors import NotFoundError, StoreError
from molagent.project.marks import mark
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
BENZOCAINE = "CCOC(=O)c1ccc(N)cc1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def store(tmp_path: Path) -> CampaignStore:
    db = Database(tmp_path / "jak1.duckdb")
    db.migrate()
    campaign = CampaignStore(db, "0123456789ab")
    campaign.start("jak1", "0123456789abcdef", {"seed": 1}, "jak1.toml", "fixed", 1, 3, "0.1.0")
    drugs = [PARACETAMOL, BENZOCAINE, ASPIRIN]
    proposals = pd.DataFrame(
        {
            "proposal_id": [f"P1-000{number}" for number in (1, 2, 3)],
            "smiles": drugs,
            "inchikey": [inchikey(smiles) for smiles in drugs],
            "scaffold": "c1ccccc1",
            "generator": "graph",
            "mode": "de_novo",
            "seed": 1,
            "parents": [[], [], []],
            "detail": "",
        }
    )
    campaign.finish_stage(1, "propose", seconds=1.0, detail={}, tables={"proposal": proposals})
    chosen = pd.DataFrame(
        {"rank": [1, 2], "proposal_id": ["P1-0001", "P1-0002"], "desirability": 0.7}
    ).assign(acquisition=0.5, reason="strong", place="best", isomers=[{}, {}], make=[{}, {}])
    campaign.finish_stage(1, "select", seconds=1.0, detail={}, tables={"shortlist": chosen})
    return campaign


def states(store: CampaignStore, *measured: str) -> dict[str, str]:
    frame = load_taken(store, [inchikey(smiles) for smiles in measured]).frame
    return dict(zip(frame["proposal_id"], frame["state"], strict=True))


def test_a_shortlisted_compound_is_on_its_way_until_it_is_measured(store: CampaignStore):
    assert states(store) == {"P1-0001": "chosen", "P1-0002": "chosen"}
    assert states(store, PARACETAMOL) == {"P1-0002": "chosen"}
    # When the batch of cycle 1 itself is chosen nothing was chosen before.
    assert load_taken(store, [], before=1).frame.empty


def test_what_the_chemist_says_last_of_a_compound_is_its_state(store: CampaignStore):
    mark(store, ["P1-0001", "P1-0002"], "ordered", on=date(2026, 11, 2), supplier="Enamine")
    mark(store, ["P1-0001"], "failed", note="the Suzuki coupling gave the des-bromo compound")
    assert states(store) == {"P1-0001": "failed", "P1-0002": "ordered"}
    orders = store.db.query("SELECT supplier, line, state FROM order_status ORDER BY line")
    assert orders.to_numpy().tolist() == [["Enamine", 1, "failed"], ["Enamine", 2, "ordered"]]


def test_a_cancelled_order_frees_a_compound(store: CampaignStore):
    mark(store, ["P1-0001"], "ordered")
    mark(store, ["P1-0001"], "cancelled")
    assert states(store) == {"P1-0002": "chosen"}


def test_a_compound_that_no_shortlist_holds_may_be_ordered_too(store: CampaignStore):
    assert mark(store, ["P1-0003", "P1-0003"], "planned") == 1
    assert load_taken(store, []).state_of(inchikey(ASPIRIN)) == "planned"


def test_a_state_or_a_proposal_that_nobody_knows_is_refused(store: CampaignStore):
    with pytest.raises(StoreError, match="order state 'lost'"):
        mark(store, ["P1-0001"], "lost")
    with pytest.raises(NotFoundError, match="P9-0001"):
        mark(store, ["P9-0001"], "ordered")
    assert states(store) == {"P1-0001": "chosen", "P1-0002": "chosen"}
