"""The figures of the compound index come from answers that were checked."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import patent_similarity
from benchmarks.patent_index import bench_keys
from benchmarks.patent_similarity import bench_similarity
from benchmarks.rows import read_smiles_file
from molagent.errors import InputError

REPOSITORY = Path(__file__).parents[2]
JAK = REPOSITORY / "data" / "jak" / "jak1_ki.csv"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def moses(tmp_path) -> Path:
    """Return a folder like MOSES' with 90 of the JAK inhibitors."""
    smiles = read_smiles_file(JAK)[:90]
    for name, part in zip(patent_similarity._FILES, np.array_split(smiles, 3), strict=True):
        with gzip.open(tmp_path / name, "wt") as file:
            file.write("\n".join(["SMILES,SPLIT", *(f"{text},train" for text in part)]) + "\n")
    return tmp_path


def test_keys_are_found_by_every_method():
    table = bench_keys(n_keys=250_000, batches=(500, 2_000), real=["CCO", ASPIRIN, "OCC"])
    assert set(table["method"]) == {
        "InChIKey texts, sorted array",
        "words, sorted array",
        "words, DuckDB join",
    }
    assert (table["found"] * 2 == table["lookups"]).all()
    assert (table["per_second"] > 0).all()


def test_similar_rows_are_those_of_rdkit(moses, tmp_path, monkeypatch):
    monkeypatch.setattr(patent_similarity, "find_spec", lambda _: None)  # FPSim2 has its own run
    first = bench_similarity(moses, tmp_path / "cache", count=5, thresholds=(0.5,))
    exact = first[~first["method"].str.startswith("approximate")]
    assert exact["as_rdkit"].all()
    assert first["hits"].min() >= 5
    again = bench_similarity(moses, tmp_path / "cache", queries=read_smiles_file(JAK), count=5)
    assert again[again["method"] != "approximate scan, batch"]["as_rdkit"].all()


def test_queries_are_read_from_a_column_named_smiles(tmp_path):
    pd.DataFrame({"id": [1], "SMILES": ["CCO"]}).to_parquet(tmp_path / "some.parquet")
    assert read_smiles_file(tmp_path / "some.parquet") == ["CCO"]
    pd.DataFrame({"id": [1], "name": ["ethanol"]}).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="no column named SMILES"):
        read_smiles_file(tmp_path / "none.parquet")
