"""Real compounds: JAK1 inhibitors of the repository, and two classics of the literature."""

import csv
import math
from pathlib import Path

import pandas as pd
import pytest

from molagent.sar.pairs import find_pairs

ROOT = Path(__file__).parents[2]
MOONSHOT = ROOT / "data" / "covid_moonshot"

# N,N-dimethyl-2-bromophenethylamines against adrenaline in the rat: substituents in meta and para,
# log 1/C. The set on which Free and Wilson's method is taught (Fujita and Ban 1971, J. Med. Chem.,
# 14, 148).
ANTAGONISTS = """\
H H 7.46,H F 8.16,H Cl 8.68,H Br 8.89,H I 9.25,H C 9.30,F H 7.52,Cl H 8.16,Br H 8.30,I H 8.40,
C H 8.46,Cl F 8.19,Br F 8.57,C F 8.82,Cl Cl 8.89,Br Cl 8.92,C Cl 8.96,Cl Br 9.00,Br Br 9.35,
C Br 9.22,C C 9.30,Br C 9.52"""


def jak1_frame(rows: int | None = None) -> pd.DataFrame:
    """Return JAK1 pKi, one row a structure, in file order."""
    with (ROOT / "data" / "jak" / "jak1_ki.csv").open(newline="", encoding="utf-8") as lines:
        found = list(csv.DictReader(lines))
    frame = pd.DataFrame(
        {
            "smiles": [row["smiles"] for row in found],
            "p_value": [9.0 - math.log10(float(row["exp_mean [nM]"])) for row in found],
        }
    ).drop_duplicates("smiles")
    frame.insert(0, "compound_id", [f"JAK1-{i:03d}" for i in range(len(frame))])
    return frame.assign(p_relation="=").head(rows or len(frame)).reset_index(drop=True)


@pytest.fixture(scope="session")
def jak1() -> pd.DataFrame:
    """Return the first 150 JAK1 inhibitors of the file."""
    return jak1_frame(150)


@pytest.fixture(scope="session")
def jak1_pairs(jak1: pd.DataFrame) -> pd.DataFrame:
    """Return their matched pairs."""
    return find_pairs(jak1)


@pytest.fixture(scope="session")
def antagonists() -> pd.DataFrame:
    """Return the 22 phenethylamines."""
    rows = []
    for entry in ANTAGONISTS.replace("\n", "").split(","):
        meta, para, value = entry.split()
        ring = f"c1ccc({para})c({meta})c1".replace("(H)", "")
        rows.append((f"m-{meta} p-{para}", f"CN(C)CC(Br){ring}", float(value)))
    return pd.DataFrame(rows, columns=["compound_id", "smiles", "p_value"])


@pytest.fixture(scope="session")
def moonshot() -> pd.DataFrame:
    """Return pIC50 of the COVID Moonshot with bounds."""
    raw = pd.read_csv(MOONSHOT / "clean_cdd_noncovalent_dates_2023_10_18_filt.csv")
    text = raw["IC50_(µM)"].astype(str)
    relation = text.str.extract(r"([<>])")[0].map({"<": ">", ">": "<"}).fillna("=")
    value = 6 - text.str.replace(r"[<> ]", "", regex=True).astype(float).map(math.log10)
    frame = pd.DataFrame(
        {
            "compound_id": raw["Canonical_PostEra_ID"],
            "smiles": raw["suspected_SMILES"].str.split().str[0],
            "p_value": value,
            "p_relation": relation,
        }
    )
    whole = frame[~frame["smiles"].str.contains(".", regex=False)]
    return whole.drop_duplicates("compound_id").drop_duplicates("smiles").reset_index(drop=True)
