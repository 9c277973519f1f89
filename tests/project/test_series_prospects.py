"""`molagent check` says before a run what the series, sizes and filters of the data allow."""

import csv
import re

import pytest

from molagent.config import parse_config
from molagent.errors import ConfigError
from molagent.ingest.intake import read_data
from molagent.project.intake import columns_layout
from molagent.project.series_prospects import series_prospects
from tests.sar.conftest import jak1_frame

ASSAY = {
    "file": "jak1.csv", "endpoint": "jak1_pki", "target": "JAK1", "quantity": "Ki",
    "smiles_column": "smiles", "value_column": "Ki", "unit": "nM", "name_column": "name",
}  # fmt: skip
PEPTIDE = "C[C@H](NC(=O)[C@H](Cc1ccccc1)NC(=O)[C@H](CO)NC(=O)[C@H](CC(C)C)NC(C)=O)C(=O)N{}"


def said(folder, rows, **generate):
    with (folder / "jak1.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("smiles", "name", "Ki"), *rows])
    config = parse_config(
        {
            "project": {"name": "jak1"},
            "assays": [ASSAY],
            "profile": [
                {"name": "p", "endpoint": "jak1_pki", "direction": "maximise", "low": 6, "high": 8}
            ],
            "generate": generate,
        }
    )
    intake = read_data(folder / "jak1.csv", columns_layout(config.assays[0]))
    return "\n".join(series_prospects(config, [intake]))


@pytest.fixture(scope="module")
def tricycles():
    frame = jak1_frame()
    frame = frame[frame["smiles"].str.contains("[nH]ccc3", regex=False)].head(30)
    return list(
        zip(frame["smiles"], frame["compound_id"], 10 ** (9 - frame["p_value"]), strict=True)
    )


def test_thirty_compounds_of_one_series_have_their_rules_and_size(tmp_path, tricycles):
    words = said(tmp_path, tricycles)
    assert "what lost one of these is held back" in words
    assert "motif [nH]~c~[nX2]: in " in words
    assert "heavy atoms (follows the series: 95 % of " in words


def test_the_size_follows_the_series_of_a_lead_and_not_the_larger_one(tmp_path, tricycles):
    tails = ["C", "CC", "CCC", "CCO", "CCN", "C(C)C", "C1CC1", "CCF", "CCCl", "C#N"]
    large = [
        (f"O=C(Nc1cn({tail})nc1-c1cc(OCCCCCCCCCCCCCC)ccc1)c1cnn2cccnc12", f"L{i}", 1.0)
        for i, tail in enumerate(tails)
    ]
    both, alone = said(tmp_path, [*tricycles, *large]), said(tmp_path, tricycles)
    led = said(tmp_path, [*tricycles, *large], lead=tricycles[0][0])
    limits = [int(re.search(r"at most (\d+) heavy", words)[1]) for words in (both, alone, led)]
    assert limits[0] > 40 > limits[2]
    assert abs(limits[1] - limits[2]) <= 2


def test_a_limit_that_cuts_off_potent_compounds_says_how_many(tmp_path, tricycles):
    assert "potent compounds are larger" in said(tmp_path, tricycles, max_heavy_atoms=20)


def test_peptides_are_told_of_the_rules_that_they_fail(tmp_path):
    tails = ["C", "CC", "CCC", "CCCC", "CCO", "C(C)C", "CCN", "Cc1ccccc1", "C1CC1", "CCF"]
    rows = [(PEPTIDE.format(tail), f"P{i}", 10.0 + i) for i, tail in enumerate(tails)]
    words = said(tmp_path, rows)
    assert '[screen] rules = "oral": ' in words
    assert "no motif is kept" in words or "core" in words


def test_a_lead_is_known_by_name_or_structure_or_said_to_be_new(tmp_path, tricycles):
    smiles, name, _ = tricycles[0]
    words = said(tmp_path, tricycles, lead=[name, smiles, "CCOc1ccc2[nH]ccc2n1"])
    assert f"lead: {name} is a compound of the data" in words
    assert f"lead: {smiles} is a compound of the data" in words
    assert "lead: CCOc1ccc2[nH]ccc2n1 is not in the data; changes start from it" in words


def test_a_lead_that_is_nothing_is_refused_before_the_run(tmp_path, tricycles):
    with pytest.raises(ConfigError, match="'JAK-9999' is neither a structure nor the name"):
        said(tmp_path, tricycles, lead="JAK-9999")


def test_striking_what_is_no_rule_is_refused_before_the_run(tmp_path, tricycles):
    with pytest.raises(ConfigError, match="no series has a rule 'hinge' to strike"):
        said(tmp_path, tricycles, struck="hinge")
