import shutil
from pathlib import Path

import pandas as pd
import pytest

from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.receipts import ASSAY_COLUMNS, IngestResult
from tests.store.registry import (
    KEYS,
    assays,
    inhibition,
    jak1,
    register_drugs,
    result_rows,
    solubility,
)


def compound_frame(*smiles_list: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "smiles": smiles_list,
            "inchikey": [KEYS[smiles] for smiles in smiles_list],
            "connectivity": [KEYS[smiles][:14] for smiles in smiles_list],
            "scaffold": ["c1ccncc1"] * len(smiles_list),
            "standardizer": ["by hand"] * len(smiles_list),
        }
    )


def ingest_of(
    rows: list[tuple[str, str, float]],
    *,
    name: str = "jak1.csv",
    endpoint: str = "jak1_pki",
    quantity: str = "Ki",
    rejected: int = 0,
) -> IngestResult:
    """Rows of (SMILES, p_relation, p_value), as a file of that name would bring them."""
    results = result_rows(*rows, endpoint=endpoint).assign(name="")
    rejections = pd.DataFrame(
        {
            "source_row": range(100, 100 + rejected),
            "kind": "value",
            "reason": "the value '-3' is negative",
            "raw": "CCO,-3",
        }
    )
    assays = pd.DataFrame([[endpoint, "JAK1", quantity, "", ""]], columns=list(ASSAY_COLUMNS))
    return IngestResult(
        name=name,
        sha256=name,
        bytes=1,
        encoding="utf-8",
        delimiter=",",
        mapping={"smiles": "smiles"},
        n_rows=len(rows) + rejected,
        assays=assays,
        compounds=compound_frame(*dict.fromkeys(smiles for smiles, _, _ in rows)),
        results=results,
        rejections=rejections,
    )


@pytest.fixture(scope="session")
def empty_project(tmp_path_factory) -> Path:
    """A migrated file to copy: creating one takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "p.duckdb"
    Database(path).migrate()
    return path


@pytest.fixture
def db(tmp_path: Path, empty_project: Path) -> Database:
    return Database(shutil.copy(empty_project, tmp_path / "jak.duckdb"), wait_s=0.2)


@pytest.fixture(scope="session")
def drug_project(tmp_path_factory, empty_project: Path) -> Path:
    """Three JAK inhibitors and three assays, to copy."""
    path = tmp_path_factory.mktemp("drugs") / "p.duckdb"
    db = Database(shutil.copy(empty_project, path))
    register_drugs(db)
    assays(db, jak1(), inhibition(), solubility())
    return path


@pytest.fixture
def drugs(tmp_path: Path, drug_project: Path) -> Database:
    return Database(shutil.copy(drug_project, tmp_path / "jak.duckdb"), wait_s=0.2)


@pytest.fixture
def new_db(tmp_path_factory, empty_project: Path):
    """Give a fresh project for each example of a property test."""

    def _new_db() -> Database:
        return Database(shutil.copy(empty_project, tmp_path_factory.mktemp("p") / "p.duckdb"))

    return _new_db


@pytest.fixture
def store(db: Database) -> CampaignStore:
    campaign = CampaignStore(db, "0123456789ab")
    campaign.start("jak1", "0123456789abcdef", {"seed": 1}, "jak1.toml", "fixed", 1, 3, "0.1.0")
    return campaign


@pytest.fixture
def make_ingest():
    return ingest_of


@pytest.fixture
def make_compounds():
    return compound_frame
