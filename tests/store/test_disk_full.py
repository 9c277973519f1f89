"""A disk that fills up in the middle of a write, with the operating system saying so."""

import subprocess
import sys
from pathlib import Path

import pytest

from molagent.store import database
from molagent.store.database import Database

# A file size limit reaches DuckDB through the same failing write() as a full disk, and needs no
# mounted file system. It cannot be lifted again, hence a process of its own.
SCRIPT = """
import resource, sys
from pathlib import Path
import numpy as np, pandas as pd
from molagent.errors import StoreFullError
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database

path = Path(sys.argv[1])
limit = path.stat().st_size + 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
store = CampaignStore(Database(path), "0123456789ab")
noise = np.random.default_rng(1).integers(0, 2**62, (300_000, 2)).astype(str)
proposals = pd.DataFrame({
    "proposal_id": [f"P1-{n}" for n in range(3)], "smiles": "C", "inchikey": "k", "scaffold": "",
    "generator": "graph", "mode": "edit", "seed": 1, "parents": [()] * 3, "detail": "",
})
judgements = pd.DataFrame({
    "proposal_id": noise[:, 0], "ordinal": 1, "filter": "veber", "verdict": "pass",
    "reason": noise[:, 1], "evidence": [()] * len(noise),
})
try:
    store.finish_stage(1, "screen", seconds=1.0, detail={},
                       tables={"proposal": proposals, "judgement": judgements})
except StoreFullError as error:
    print(error)
    print(store.stages().to_dict("list")["stage"], len(store.load("proposal")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_full_disk_rolls_the_stage_back_and_says_what_to_do(store):
    store.finish_stage(1, "fit", seconds=1.0, detail={"n": 3}, tables={})
    before = store.stages()
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(store.db.path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(database.__file__).parents[2],
        timeout=120,
    )
    message, afterwards = run.stdout.splitlines()
    assert "the disk is full; free space and run again" in message
    assert "the project file is as it was before" in message
    assert afterwards == "['fit'] 0"

    # The same file, opened where there is space again: as it was, and writable.
    assert store.stages().equals(before)
    for table in ("proposal", "judgement"):
        assert store.load(table).empty
    store.finish_stage(1, "screen", seconds=1.0, detail={}, tables={})
    assert Database(store.db.path).query("SELECT count(*) AS n FROM stage")["n"][0] == 2
