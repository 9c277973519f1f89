"""Named drugs and the bundled collection."""

from pathlib import Path

import pytest

from molagent.patents.ladder import PatentLadder, load_patent_index
from molagent.patents.markush.claims import read_claim

REPOSITORY = Path(__file__).parents[2]
COLLECTION = REPOSITORY / "data" / "patents"
# A part of it as it once was: the ladder is tested on what does not grow.
SMALL_COLLECTION = Path(__file__).parent / "collection"
BULK = REPOSITORY / "data" / "patent_exports" / "surechembl_fixture"
# Claims of other targets, here only to test the matcher.
PUBLISHED = Path(__file__).parent / "markush"
EGFR_CLAIMS = REPOSITORY / "data" / "patents_egfr"
EGFR_CLAIM = EGFR_CLAIMS / "claims" / "us5770603_claim1.toml"

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
TOFACITINIB_ENANTIOMER = "C[C@H]1CCN(C(=O)CC#N)C[C@H]1N(C)c1ncnc2[nH]ccc12"
CITRIC_ACID = "OC(=O)CC(O)(CC(=O)O)C(=O)O"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
DEURUXOLITINIB = (
    "N#CC[C@H](C1C([2H])([2H])C([2H])([2H])C([2H])([2H])C1([2H])[2H])n1cc(-c2ncnc3[nH]ccc23)cn1"
)
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
UPADACITINIB = "CC[C@@H]1CN(C(=O)NCC(F)(F)F)C[C@@H]1c1cnc2cnc3[nH]ccc3n12"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture(scope="session")
def ladder() -> PatentLadder:
    index = load_patent_index(SMALL_COLLECTION)
    assert isinstance(index, PatentLadder)
    return index


@pytest.fixture(scope="session")
def egfr_claim():
    return read_claim(EGFR_CLAIM)


@pytest.fixture(scope="session")
def exported_structures() -> list[str]:
    """Return the structures of some publications as SureChEMBL gives them."""
    from pyarrow import parquet

    column = parquet.read_table(BULK / "compounds.parquet").column("smiles")
    return [smiles or "" for smiles in column.to_pylist()]
