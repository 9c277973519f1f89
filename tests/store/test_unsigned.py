"""What a shortlist rests on is in the trail, and what was written past molagent is named."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from molagent.store.audit import load_audit_head
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.optimisation import OptimisationStore
from molagent.store.verify import verify_audit
from tests.cli.calls import call
from tests.store.conftest import ingest_of
from tests.store.registry import RUXOLITINIB, TOFACITINIB, write_file
from tests.store.test_cycles import finish, judgements, proposals

CAMPAIGN = "0123456789ab"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory, empty_project) -> Path:
    """One cycle of a campaign, from proposals to shortlist, and an optimisation's first step."""
    path = tmp_path_factory.mktemp("campaign") / "project.duckdb"
    db = Database(shutil.copy(empty_project, path), actor="ann")
    write_file(db, ingest_of([(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6)]))
    store = CampaignStore(db, CAMPAIGN)
    store.start("jak1", "0123456789abcdef", {"seed": 1}, "jak1.toml", "fixed", 1, 3, "0.1.0")
    card = pd.DataFrame(
        {"endpoint": ["jak1_pki"], "model_hash": ["m1"], "card": [{"reliable": True}]}
    )
    predicted = pd.DataFrame(
        {"proposal_id": ["P1-0001", "P1-0002"], "endpoint": "jak1_pki", "mean": [8.2, 7.1],
         "std": 0.3, "in_domain": True, "model_hash": "m1"}
    )  # fmt: skip
    overlap = pd.DataFrame(
        {"proposal_id": ["P1-0001"], "ordinal": 0, "level": "none", "assignment": [{}],
         "searched": "collection", "reason": "nothing found"}
    )  # fmt: skip
    ranking = pd.DataFrame(
        {"proposal_id": ["P1-0001"], "desirability": [0.8], "components": [{"jak1_pki": 0.8}]}
    )
    said = pd.DataFrame(
        {"ordinal": [0], "actor": ["chemist"], "kind": ["message"], "content": [{"text": "go on"}]}
    )
    chosen = pd.DataFrame(
        {"rank": [1], "proposal_id": ["P1-0001"], "desirability": [0.8], "acquisition": [0.6],
         "reason": "best"}
    )  # fmt: skip
    finish(store, 1, "fit", model_card=card, plan=pd.DataFrame({"plan": [{"steps": []}]}))
    finish(store, 1, "propose", proposal=proposals("P1-0001", "P1-0002"))
    finish(store, 1, "screen", judgement=judgements("P1-0001", "P1-0002"), prediction=predicted,
           overlap=overlap)  # fmt: skip
    finish(store, 1, "rank", ranking=ranking, transcript=said)
    finish(store, 1, "select", shortlist=chosen)
    run = OptimisationStore(db, "first")
    run.start(name="jak1", seed=1, calls=100, objective={"mode": "mean"}, settings={},
              model_hash="w1", version="0.1.0")  # fmt: skip
    run.append(
        pd.DataFrame(
            {"call": [1], "step": [1], "smiles": [TOFACITINIB], "source": ["start"],
             "total": [0.7], "reward": [0.7], "raw": [{"qed": 0.7}], "note": [""]}
        )
    )  # fmt: skip
    return path


@pytest.fixture
def db(tmp_path, campaign) -> Database:
    return Database(shutil.copy(campaign, tmp_path / "project.duckdb"), wait_s=0.2, actor="ann")


def tamper(db: Database, *statements: str) -> None:
    """Change the file as somebody would who has a DuckDB shell and no molagent."""
    con = duckdb.connect(str(db.path))
    con.execute("SET python_enable_replacements = false")
    for statement in statements:
        con.execute(statement)
    con.close()


EDITS = {
    "another structure": ("proposal", "UPDATE proposal SET smiles = 'C' WHERE mode <> ''"),
    "a proposal taken out": ("proposal", "DELETE FROM proposal WHERE proposal_id = 'P1-0002'"),
    "a better prediction": ("prediction", "UPDATE prediction SET mean = 9.9"),
    "a verdict turned": ("judgement", "UPDATE judgement SET verdict = 'pass', reason = 'fine'"),
    "a verdict taken out": ("judgement", "DELETE FROM judgement WHERE proposal_id = 'P1-0001'"),
    "another rank": ("ranking", "UPDATE ranking SET desirability = 1.0"),
    "an overlap hidden": ("overlap", "DELETE FROM overlap"),
    "another model card": ("model_card", "UPDATE model_card SET card = '{\"reliable\": false}'"),
    "another plan": ("plan", "UPDATE plan SET plan = '{}'"),
    "a stage that took longer": ("stage", "UPDATE stage SET seconds = 9"),
    "another configuration": ("campaign", "UPDATE campaign SET config_json = '{\"seed\": 2}'"),
    "another word of an agent": ("transcript", "UPDATE transcript SET content = '{}'"),
    "another answer to a call": ("optimisation_call", "UPDATE optimisation_call SET total = 1"),
    "another seed": ("optimisation_run", "UPDATE optimisation_run SET seed = 7"),
    "another shortlist": ("shortlist", "UPDATE shortlist SET proposal_id = 'P1-0002'"),
    "all proposals cut off": ("proposal", "TRUNCATE proposal"),
    "all predictions cut off": ("prediction", "TRUNCATE prediction"),
    "all results cut off": ("result", "TRUNCATE result"),
}  # fmt: skip


def test_what_molagent_writes_is_whole_and_signed(db):
    report = verify_audit(db)
    assert report.problems == ()
    assert report.unsigned == ()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_past_molagent_is_named_with_its_table(db, edit):
    table, statement = EDITS[edit]
    tamper(db, statement)
    report = verify_audit(db)
    assert report.whole  # the triggers told of it
    assert not report.signed
    assert {write.table_name for write in report.unsigned} == {table}
    assert "without origin" in report.sentence


@pytest.mark.parametrize("edit", [name for name, (table, _) in EDITS.items() if table != "result"])
def test_an_edit_that_silenced_the_trigger_breaks_the_trail(db, edit):
    table, statement = EDITS[edit]
    con = duckdb.connect(str(db.path))
    kept = con.execute(
        "SELECT trigger_name, sql FROM duckdb_triggers() WHERE table_name = ?", [table]
    ).fetchall()
    con.close()
    dropped = [f"DROP TRIGGER {name} ON {table}" for name, _ in kept]
    tamper(db, *dropped, statement, *[sql for _, sql in kept])
    report = verify_audit(db)
    assert not report.whole
    assert {problem.table_name for problem in report.problems} == {table}


def test_a_truncate_of_the_trail_itself_breaks_it(db):
    tamper(db, "TRUNCATE audit_entry")
    assert not verify_audit(db).whole


def test_a_write_up_to_a_kept_head_is_known_and_not_named_again(db):
    tamper(db, "UPDATE ranking SET desirability = 1.0")
    head = load_audit_head(db)
    assert verify_audit(db, head=head).signed
    tamper(db, "UPDATE ranking SET desirability = 0.9")
    (write,) = verify_audit(db, head=head).unsigned
    assert write.link == head.link + 1


def test_an_origin_is_missed_whoever_the_writer_says_he_is(db):
    tamper(db, "SET VARIABLE molagent_actor = 'ann'", "UPDATE ranking SET desirability = 1.0")
    (write,) = verify_audit(db).unsigned
    assert (write.actor, write.table_name, write.action) == ("ann", "ranking", "update")


def test_audit_names_the_write_and_ends_with_a_code_of_its_own(capsys, db):
    assert call(capsys, "data", "audit", "-p", db.path)[0] == 0
    tamper(db, "UPDATE proposal SET smiles = 'C' WHERE proposal_id = 'P1-0001'")
    code, out, _ = call(capsys, "data", "audit", "-p", db.path)
    assert code == 3
    assert "update of 1 row of proposal (first 0123456789ab/P1-0001) by unknown" in out
    tamper(db, "UPDATE audit_entry SET after = '[]' WHERE table_name = 'proposal'")
    assert call(capsys, "data", "audit", "-p", db.path)[0] == 1
