"""Which column is what: tables that ChEMBL, BindingDB, PubChem, vaults and laboratories write."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from molagent.errors import FileFormatError
from molagent.ingest.guessing import guess_layout
from molagent.ingest.intake import Intake, read_data, show_layout
from molagent.ingest.layouts import shipped_layouts

PHENETOLE, PROPYL, BUTYL = "CCOc1ccccc1", "CCCOc1ccccc1", "CCCCOc1ccccc1"
PENTYL, HEXYL = "CCCCCOc1ccccc1", "CCCCCCOc1ccccc1"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"

Read = Callable[..., Intake]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a table and read it without other processes."""

    def _read(text: str, name: str = "input.csv", layout: str = "", **columns: object) -> Intake:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_data(path, layout or None, workers=0, **columns)

    return _read


def told(intake: Intake) -> list[tuple[object, ...]]:
    """Return row, endpoint, relation, value and unit of every result, in the file's order."""
    frame = intake.results.sort_values("source_row", kind="stable")
    names = ["source_row", "endpoint", "relation", "value", "unit"]
    return [tuple(row) for row in frame[names].round(4).itertuples(index=False)]


# -- a relation belongs to its value -------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["Relation", "standard_relation", "Operator", "Prefix", "Sign", "Qualifier", "pIC50 Modifier"],
)
def test_a_relation_beside_a_p_value_makes_it_a_bound(read: Read, title: str):
    intake = read(f"SMILES,Name,{title},pIC50\n{PHENETOLE},a,=,7.2\n{PROPYL},b,<,5.0\n")
    assert intake.doubts == ()
    bound = intake.results.iloc[1]
    assert (bound["p_value"], bound["p_relation"], bound["relation"]) == (5.0, "<", ">")
    assert intake.results["endpoint"].unique().tolist() == ["input_pic50"]


def test_an_operator_with_a_prefix_goes_with_its_value_and_is_none(read: Read):
    intake = read(
        "Corporate ID\tStructure (SMILES)\tTarget A IC50 [nmol/L]\tTarget A IC50 Operator\t"
        "Target A IC50 N\tTarget A pIC50\tTarget A pIC50 StDev\n"
        f"X-1\t{PHENETOLE}\t12\t=\t3\t7.92\t0.12\nX-2\t{PROPYL}\t10000\t>\t2\t5.0\t0.05\n",
        "input.tsv",
    )
    assert told(intake) == [
        (2, "target_a_pic50", "=", 12.0, "nM"),
        (3, "target_a_pic50", ">", 10000.0, "nM"),
    ]
    assert sorted(intake.names["name"]) == ["X-1", "X-2"]
    (note,) = intake.notes
    assert "'Target A pIC50' (where 'Target A IC50 [nmol/L]' is blank)" in note
    assert "not read: 'Target A IC50 N', 'Target A pIC50 StDev'" in note


def test_the_relation_of_a_concentration_is_turned_on_the_p_scale(read: Read):
    intake = read(f"SMILES,IC50 Operator,IC50 (nM),pIC50\n{PHENETOLE},>,,5.0\n{PROPYL},=,10,8\n")
    assert intake.results["p_relation"].tolist() == ["<", "="]


def test_two_operators_go_with_two_values(read: Read):
    intake = read(
        "SMILES,JAK1 IC50 (nM),JAK1 IC50 Prefix,JAK2 IC50 (nM),JAK2 IC50 Prefix\n"
        f"{PHENETOLE},10000,>,3,=\n"
    )
    assert told(intake) == [
        (2, "jak1_pic50", ">", 10000.0, "nM"),
        (2, "jak2_pic50", "=", 3.0, "nM"),
    ]
    assert intake.doubts == ()


def test_one_relation_for_several_endpoints_is_asked_about():
    guessed = guess_layout(["SMILES", "Relation", "IC50 (nM)", "Ki (nM)"], "a.csv")
    assert [entry.relation_column for entry in guessed.layout.readout] == ["Relation", "Relation"]
    assert guessed.doubts == ("column 'Relation' is taken as the relation of every value",)


def test_a_relation_of_nothing_is_a_doubt():
    guessed = guess_layout(["SMILES", "EC50 Operator", "IC50 (nM)"], "a.csv")
    assert "'EC50 Operator' looks like a relation and belongs to no value" in guessed.doubts[0]


def test_an_operator_who_ran_the_assay_is_no_relation(read: Read):
    intake = read(f"SMILES,EC50 (uM),Operator\n{PHENETOLE},5,JD\n{PROPYL},6,AK\n", "plate.csv")
    assert told(intake) == [(2, "plate_pec50", "=", 5.0, "uM"), (3, "plate_pec50", "=", 6.0, "uM")]
    assert intake.doubts == ()
    bounds = read(f"SMILES,EC50 (uM),Operator\n{PHENETOLE},5,GT\n{PROPYL},6,\n", "plate.csv")
    assert bounds.results["relation"].tolist() == [">", "="]


# -- a condition is no unit ----------------------------------------------------------------------


def test_a_percentage_at_a_concentration_is_a_percentage_and_keeps_it(read: Read):
    intake = read(
        "SMILES,Name,IC50 (nM),hERG % inhibition @ 10 µM,CYP3A4 % inh at 10 uM\n"
        f"{PHENETOLE},a,10,45,12\n{PROPYL},b,20,3.5,80\n{BUTYL},c,30,-2,0\n"
    )
    assert len(intake.results) == 9
    assert intake.rejections.empty
    herg = intake.results[intake.results["endpoint"] == "herg_inhibition_10_um"]
    assert herg["value"].tolist() == [45.0, 3.5, -2.0]
    assert set(herg["unit"]) == {"%"}
    assert herg["p_value"].isna().all()
    assert herg["tested_at_nm"].astype(float).tolist() == [10_000.0] * 3


@pytest.mark.parametrize(
    ("title", "unit", "tested_at"),
    [
        ("% Inh 1uM", "%", "1 uM"),
        ("Inhibition at 10 µM (%)", "%", "10 uM"),
        ("CDK2 % inhibition (10 µM)", "%", "10 uM"),
        ("Percent inhibition at 1e-6 M", "%", "1e-6 M"),
        ("% remaining at 60 min", "%", ""),
        ("Inhibition at 10 mg/kg (%)", "%", ""),
        ("EC50 50% HS (nM)", "nM", ""),
        ("IC50 (nM, 10 uM ATP)", "nM", ""),
    ],
)
def test_a_number_before_a_unit_is_a_condition(title: str, unit: str, tested_at: str):
    (only,) = guess_layout(["SMILES", title], "a.csv").layout.readout
    assert (only.unit, only.tested_at.replace("µ", "u")) == (unit, tested_at)


def test_a_column_of_concentrations_is_kept_with_each_percentage(read: Read):
    intake = read(f"SMILES,Conc (uM),% inhibition\n{PHENETOLE},10,45\n{PHENETOLE},1,12\n")
    assert told(intake) == [
        (2, "input_inhibition_10_um", "=", 45.0, "%"),
        (3, "input_inhibition_1_um", "=", 12.0, "%"),
    ]
    assert intake.results["tested_at_nm"].astype(float).tolist() == [10_000.0, 1_000.0]


# -- what is no result ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        *("PubMed ID(s)", "Gene ID(s)", "Lot No. (M)", "Temp (C)", "pH", "R2", "Hill slope"),
        *("IC50 (nM) SD", "IC50_SEM_nM", "pIC50 StDev", "IC50 95% CI (nM)", "IC50 (nM) n"),
        *("Purity (%)", "ee (%)", "Retention time (min)", "Date (d)", "MW (g/mol)", "cLogP"),
        *("kon (M-1-s-1)", "koff (s-1)", "Number of Protein Chains in Target (>1 implies more)"),
        *("IC50 upper (nM)", "Sample(s)", "Weight (M)", "Amount (uM)", "Yield (%)", "LLE"),
    ],
)
def test_what_stands_beside_a_result_is_no_result(title: str):
    guessed = guess_layout(["SMILES", "IC50 (nM)", title], "a.csv")
    assert [entry.value for entry in guessed.layout.readout] == ["IC50 (nM)"]
    assert title in {*guessed.unread, *guessed.layout.columns}


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("Half-life (s)", "s"),
        ("Residence time (s)", "s"),
        ("T1/2 (h)", "h"),
        ("EC50_M", "M"),
        ("IC50_NM", "nM"),
        ("HIV RT IC50 (nM)", "nM"),
        ("N-Myc IC50 (nM)", "nM"),
        ("Vdss (L/kg)", "L/kg"),
        ("IC50/nM", "nM"),
        ("JAK2 (IC50, nM)", "nM"),
    ],
)
def test_a_unit_beside_a_word_that_asks_for_it_is_one(title: str, unit: str):
    (only,) = guess_layout(["SMILES", title], "a.csv").layout.readout
    assert only.unit == unit


def test_a_file_s_own_verdict_makes_a_value_suspect_and_other_words_do_not(read: Read):
    intake = read(
        "SMILES,IC50 (nM),QC flag,Exclude,QC\n"
        f"{PHENETOLE},5,pass,no,98.5\n{PROPYL},6,FAIL,yes,97.1\n{BUTYL},7,,,99\n"
    )
    assert intake.results["validity"].tolist() == ["valid", "suspect", "valid"]
    assert intake.results["validity_reason"][1] == "the source says: FAIL; Exclude: yes"


def test_codes_of_another_house_and_catalogue_numbers_are_names(read: Read):
    intake = read(
        "BROAD_ID,Cpd,Vendor cat #,Plate_ID,SMILES,IC50 (nM)\n"
        f"BRD-K0001-001,a,HY-10,P1001,{PHENETOLE},5\nBRD-K0002-001,b,HY-11,P1002,{PROPYL},6\n"
    )
    assert intake.results["name"].tolist() == ["a", "b"]
    assert {*intake.names["name"]} == {
        *("a", "b", "BRD-K0001-001", "BRD-K0002-001", "HY-10", "HY-11"),
    }


# -- several columns of one quantity -------------------------------------------------------------


def test_two_units_replicates_and_targets_in_brackets_are_all_read(read: Read):
    intake = read(
        "SMILES,Name,IC50 (nM),IC50 (uM),IC50 (nM) [JAK2],EC50 nM rep 1,EC50 nM rep 2\n"
        f"{PHENETOLE},a,,0.5,77,1,3\n{PROPYL},b,100,,88,2,4\n{BUTYL},c,100,3,99,2,4\n"
    )
    rows = told(intake)
    assert (2, "input_pic50", "=", 0.5, "uM") in rows
    assert [row[3] for row in rows if row[1] == "jak2_pic50"] == [77.0, 88.0, 99.0]
    assert [row[3] for row in rows if row[1] == "input_pec50"] == [1.0, 3.0, 2.0, 4.0, 2.0, 4.0]
    contradicting = intake.results[
        (intake.results["source_row"] == 4) & (intake.results["endpoint"] == "input_pic50")
    ]
    assert contradicting["value"].tolist() == [100.0, 3.0]
    assert set(contradicting["flag"]) == {"conflict"}
    assert set(contradicting["validity"]) == {"suspect"}
    assert "'IC50 (nM)' says '100', 'IC50 (uM)' '3'" in set(contradicting["validity_reason"])


def test_one_value_in_two_units_counts_once(read: Read):
    intake = read(f"SMILES,IC50 (nM),IC50 (uM),pIC50\n{PHENETOLE},500,0.5,6.3\n")
    assert told(intake) == [(2, "input_pic50", "=", 500.0, "nM")]


def test_repeated_fields_of_an_sdf_are_replicates():
    guessed = guess_layout(["molblock", "title", "IC50 (nM)", "IC50 (nM) (2)"], "a.sdf")
    values = [entry.value for entry in guessed.layout.readout]
    assert values == ["IC50 (nM)", "IC50 (nM) (2)"]
    assert len({entry.endpoint for entry in guessed.layout.readout}) == 1
    assert all(not entry.restates for entry in guessed.layout.readout)


# -- nothing is pooled ---------------------------------------------------------------------------

BINDINGDB = (
    "Reactant_set_id\tLigand SMILES\tLigand InChI\tBindingDB Ligand Name\tTarget Name\t"
    "Target Source Organism According to Curator or DataSource\tKi (nM)\tIC50 (nM)\tKd (nM)\t"
    "EC50 (nM)\tkon (M-1-s-1)\tkoff (s-1)\tpH\tTemp (C)\n"
    f"199\t{PHENETOLE}\tx\tL1\tCaspase-3\tHomo sapiens\t 90\t\t\t\t\t\t7.4\t25.00 C\n"
    f"200\t{PROPYL}\tx\tL2\tCaspase-3\tHomo sapiens\t>10000\t\t\t\t\t\t7.4\t25.00 C\n"
    f"201\t{BUTYL}\tx\tL3\tThrombin\tHomo sapiens\t\t .10,000\t\t\t\t\t7.4\t25.00 C\n"
    f"203\t{HEXYL}\tx\tL5\tThrombin\tRattus\t5\t12\t7\t\t1.2E+5\t0.001\t\t\n"
)


@pytest.mark.parametrize("layout", ["", "bindingdb"])
def test_targets_of_a_bindingdb_table_are_endpoints(read: Read, layout: str):
    intake = read(BINDINGDB, "input.tsv", layout)
    assert told(intake) == [
        (2, "caspase_3_pki", "=", 90.0, "nM"),
        (3, "caspase_3_pki", ">", 10000.0, "nM"),
        (5, "thrombin_rattus_pki", "=", 5.0, "nM"),
        (5, "thrombin_rattus_pic50", "=", 12.0, "nM"),
        (5, "thrombin_rattus_pkd", "=", 7.0, "nM"),
    ]
    assert intake.rejections["source_row"].tolist() == [4]
    assert set(intake.names["system"]) == {"BindingDB"}


CHEMBL_WEB = (
    '"Molecule ChEMBL ID";"Molecule Name";"Smiles";"Standard Type";"Standard Relation";'
    '"Standard Value";"Standard Units";"pChEMBL Value";"Data Validity Comment";"Comment";'
    '"Assay ChEMBL ID";"Target ChEMBL ID";"Value";"Units"\n'
    f'"CHEMBL1";"";"{PHENETOLE}";"IC50";"\'=\'";"400.0";"nM";"6.40";"";"";"CHEMBL7";"CHEMBL203";'
    '"0.4";"uM"\n'
    f'"CHEMBL2";"";"{PROPYL}";"IC50";"\'>\'";"10000.0";"nM";"";"";"Not Active";"CHEMBL7";'
    '"CHEMBL203";"10";"uM"\n'
    f'"CHEMBL3";"";"{BUTYL}";"Ki";"\'=\'";"5.0";"nM";"8.30";"Outside typical range";"";"CHEMBL8";'
    '"CHEMBL204";"5";"nM"\n'
    f'"CHEMBL4";"";"{PENTYL}";"IC50";"";"";"";"";"";"Not Determined";"CHEMBL8";"CHEMBL204";"";""\n'
)


@pytest.mark.parametrize("layout", ["", "chembl"])
def test_chembls_web_table_is_read_by_assay_and_type_with_its_warnings(read: Read, layout: str):
    intake = read(CHEMBL_WEB, "input.csv", layout)
    assert told(intake) == [
        (2, "chembl7_pic50", "=", 400.0, "nM"),
        (3, "chembl7_pic50", ">", 10000.0, "nM"),
        (4, "chembl8_pki", "=", 5.0, "nM"),
    ]
    assert intake.rejections["source_row"].tolist() == [5]
    warned = intake.results.iloc[2]
    assert (warned["validity"], warned["source_note"]) == ("suspect", "Outside typical range")
    assert warned["validity_reason"] == "the source says: Outside typical range"
    assert "1 values carry a warning of their source" in intake.notes[-1]


def test_chembls_api_answer_is_read_by_assay_and_type(read: Read):
    activity = (
        '{"molecule_chembl_id": "%s", "canonical_smiles": "%s", "assay_chembl_id": "%s", '
        '"target_chembl_id": "CHEMBL203", "standard_type": "IC50", "standard_relation": "%s", '
        '"standard_value": "%s", "standard_units": "nM", "pchembl_value": null, '
        '"data_validity_comment": null, "potential_duplicate": %d, "standard_upper_value": null}'
    )
    first = activity % ("CHEMBL1", PHENETOLE, "CHEMBL7", "=", "400.0", 0)
    second = activity % ("CHEMBL2", PROPYL, "CHEMBL8", ">", "10000.0", 1)
    intake = read(f'{{"activities": [{first}, {second}]}}', "activity.json")
    assert told(intake) == [
        (1, "chembl7_pic50", "=", 400.0, "nM"),
        (2, "chembl8_pic50", ">", 10000.0, "nM"),
    ]
    assert intake.results["source_note"].tolist() == ["", "potential_duplicate: 1"]


def test_a_complete_value_goes_before_a_sparse_p_column(read: Read):
    intake = read(
        "SMILES,Type,Relation,Value,Units,pChEMBL Value,Assay ID\n"
        f"{PHENETOLE},IC50,=,400,nM,6.40,A1\n{PROPYL},IC50,>,10,uM,,A1\n{BUTYL},Ki,=,5,nM,8.3,A2\n"
    )
    assert told(intake) == [
        (2, "a1_ic50", "=", 400.0, "nM"),
        (3, "a1_ic50", ">", 10.0, "uM"),
        (4, "a2_ki", "=", 5.0, "nM"),
    ]


def test_a_table_of_activities_of_all_kinds_is_read_by_target_and_type(read: Read):
    intake = read(
        "SMILES,Activity,Activity Unit,Activity Relation,Activity Type,Target\n"
        f"{PHENETOLE},5,nM,=,Ki,JAK1\n{PROPYL},50,%,<,Inhibition,JAK2\n"
    )
    assert told(intake) == [
        (2, "jak1_ki", "=", 5.0, "nM"),
        (3, "jak2_inhibition", "<", 50.0, "%"),
    ]


def test_a_column_of_signs_is_a_relation_whatever_it_is_called(read: Read):
    intake = read(f"SMILES,IC50 (nM),Unnamed: 3\n{PHENETOLE},10000,>\n{PROPYL},5,=\n")
    assert intake.results["relation"].tolist() == [">", "="]


def test_a_p_value_that_is_called_at_least_so_weak_is_asked_about(read: Read):
    intake = read(f"SMILES,Relation,pIC50\n{PHENETOLE},>,5.0\n{PROPYL},=,7.2\n")
    assert "is it the relation of the concentration?" in intake.doubts[0]


def test_pubchems_data_table_is_read_once_and_below_its_descriptions(read: Read):
    intake = read(
        "PUBCHEM_RESULT_TAG,PUBCHEM_SID,PUBCHEM_CID,PUBCHEM_EXT_DATASOURCE_SMILES,"
        "PUBCHEM_ACTIVITY_OUTCOME,Standard Type,PubChem Standard Value,IC50,Target Accession(s)\n"
        "RESULT_TYPE,,,,,STRING,FLOAT,FLOAT,TARGET_NCBI_PROTEIN_ACCESSION\n"
        "RESULT_UNIT,,,,,,MICROMOLAR,NANOMOLAR,\n"
        f"1,434318973,56973495,{PHENETOLE},Active,IC50,0.93,930,P0C6X7\n"
        f"2,434318986,56973495,{PHENETOLE},Active,IC50,0.95,950,P0C6X7\n"
        f"3,434318974,56973496,{PROPYL},Inactive,IC50,55.0,55000,P0C6X7\n",
        "AID_1805203_datatable.csv",
    )
    assert intake.results["standard_value"].round(6).tolist() == [930.0, 950.0, 55000.0]
    assert set(intake.results["endpoint"]) == {"aid_1805203_datatable_pic50"}
    assert "structure" not in intake.receipt.reasons


def test_the_units_below_pubchems_titles_are_used_by_a_guess(read: Read):
    intake = read(
        "PUBCHEM_RESULT_TAG,PUBCHEM_SID,PUBCHEM_EXT_DATASOURCE_SMILES,Potency,Efficacy,"
        "Activity at 0.457 uM\nRESULT_TYPE,,,FLOAT,FLOAT,FLOAT\n"
        "RESULT_UNIT,,,MICROMOLAR,PERCENT,PERCENT\n"
        f"1,434318973,{PHENETOLE},1.6,80,-9.5\n",
        "AID_743122.csv",
    )
    assert {(row[3], row[4]) for row in told(intake)} == {(1.6, "uM"), (80.0, "%"), (-9.5, "%")}
    assert sorted(intake.results["tested_at_nm"]) == ["", "", "457.0"]


def test_a_logarithm_in_a_long_table_needs_no_unit(read: Read):
    intake = read(
        f"SMILES,parameter,result,units\n{PHENETOLE},LogD,1.1,\n{PHENETOLE},HLM CLint,,\n"
        f"{PROPYL},LogD,2.1,\n{PROPYL},HLM CLint,12,\n{PROPYL},Papp,5,10^-6 cm/s\n"
    )
    assert [row for row in told(intake) if row[1] == "input_logd"] == [
        (2, "input_logd", "=", 1.1, "log"),
        (4, "input_logd", "=", 2.1, "log"),
    ]
    assert intake.receipt.reasons["unit"] == 1  # a clearance without one


# -- which molecule ------------------------------------------------------------------------------

PAIRS = f"smiles1,smiles2,pKi_1,pKi_2\n{PHENETOLE},{PROPYL},5.1,7.3\n{PROPYL},{BUTYL},7.3,6.0\n"


def test_a_table_of_pairs_is_refused_and_says_how_to_read_it(read: Read):
    with pytest.raises(FileFormatError, match=r"--smiles 'smiles2' --value COLUMN") as refused:
        read(PAIRS)
    assert "'smiles1', 'smiles2' hold different molecules" in str(refused.value)
    intake = read(PAIRS, smiles="smiles2", value="pKi_2")
    assert intake.results["p_value"].tolist() == [7.3, 6.0]
    assert intake.results["raw_smiles"].tolist() == [PROPYL, BUTYL]


def test_two_spellings_of_one_molecule_and_its_scaffold_are_one_structure(read: Read):
    intake = read(
        f"Scaffold SMILES,SMILES,Canonical SMILES,Ki (nM)\nc1ccccc1,{PHENETOLE},c1ccc(OCC)cc1,5\n"
    )
    assert intake.layout.smiles == "SMILES"


def test_a_racemate_drawn_as_one_enantiomer_is_asked_about(read: Read):
    intake = read("SMILES,Chirality,IC50 (nM)\nC[C@H](N)C(=O)O,racemic,5\nCC(N)CO,racemic,6\n")
    assert "'Chirality' calls 'C[C@H](N)C(=O)O' 'racemic'" in intake.doubts[0]


# -- scales --------------------------------------------------------------------------------------


def test_a_scale_can_be_said_of_a_named_column(read: Read):
    table = f"SMILES,Name,pChEMBL mean,logS,Y\n{PHENETOLE},a,7.01,-3.2,1\n{PROPYL},b,5.05,-4.1,0\n"
    potency = read(table, value="pChEMBL mean", scale="p", endpoint="x_pic50", quantity="IC50")
    assert potency.results["p_value"].tolist() == [7.01, 5.05]
    for said in ({"scale": "log10", "unit": "M"}, {"unit": "log M"}, {"unit": "log10(mol/L)"}):
        solubility = read(table, value="logS", **said)
        assert solubility.assays["dimension"].tolist() == ["amount_per_volume"]
        assert solubility.results["standard_value"].round(2).tolist() == [630.96, 79.43]
    classes = read(table, value="Y", scale="class", endpoint="toxic", quantity="toxicity")
    assert classes.results["value"].tolist() == [1.0, 0.0]
    assert classes.assays["standard_unit"].tolist() == ["class"]


def test_what_is_neither_of_two_classes_is_rejected(read: Read):
    table = f"SMILES,Y\n{PHENETOLE},active\n{PROPYL},0.5\n{BUTYL},Non-toxic\n"
    intake = read(table, value="Y", scale="class", endpoint="toxic", quantity="toxicity")
    assert intake.results["value"].tolist() == [1.0, 0.0]
    assert intake.rejections["reason"].str.contains("none of two classes").tolist() == [True]


def test_a_potency_by_weight_is_molar_by_the_compounds_weight(read: Read):
    intake = read(f"SMILES,S. aureus MIC (ug/mL)\n{ASPIRIN},16\n")
    # 16 mg/L of 180.16 g/mol
    assert intake.results["standard_value"].iloc[0] == pytest.approx(88_810, rel=1e-3)
    assert intake.results["p_value"].iloc[0] == pytest.approx(4.0515, abs=1e-3)


# -- Therapeutics Data Commons -------------------------------------------------------------------

# Y of aspirin, and what that is in the standard unit.
TDC = {
    "caco2_wang": ("-5.0", 10.0, "10^-6 cm/s"),
    "hia_hou": ("1", 1.0, "class"),
    "pgp_broccatelli": ("0", 0.0, "class"),
    "bioavailability_ma": ("1.0", 1.0, "class"),
    "lipophilicity_astrazeneca": ("-1.2", -1.2, "log"),
    "solubility_aqsoldb": ("-3.0", 1000.0, "uM"),
    "hydrationfreeenergy_freesolv": ("-9.9", -9.9, "kcal/mol"),
    "bbb_martins": ("0", 0.0, "class"),
    "ppbr_az": ("83.2", 83.2, "%"),
    "vdss_lombardo": ("0.22", 0.22, "L/kg"),
    "cyp2c19_veith": ("0", 0.0, "class"),
    "cyp2d6_veith": ("0", 0.0, "class"),
    "cyp3a4_veith": ("0", 0.0, "class"),
    "cyp1a2_veith": ("0", 0.0, "class"),
    "cyp2c9_veith": ("1", 1.0, "class"),
    "cyp2c9_substrate_carbonmangels": ("1", 1.0, "class"),
    "cyp2d6_substrate_carbonmangels": ("0", 0.0, "class"),
    "cyp3a4_substrate_carbonmangels": ("0", 0.0, "class"),
    "half_life_obach": ("0.25", 15.0, "min"),
    "clearance_microsome_az": ("3.0", 3.0, "uL/min/mg"),
    "clearance_hepatocyte_az": ("3.5", 3.5, "uL/min/10^6 cells"),
    # 10^-2 mol/kg of 180.16 g/mol
    "ld50_zhu": ("2.0", 1801.6, "mg/kg"),
    "herg": ("0", 0.0, "class"),
    "herg_karim": ("0", 0.0, "class"),
    "ames": ("0", 0.0, "class"),
    "dili": ("1", 1.0, "class"),
    "skin_reaction": ("0", 0.0, "class"),
    "carcinogens_lagunin": ("0", 0.0, "class"),
    "clintox": ("0", 0.0, "class"),
}


@pytest.mark.parametrize("name", sorted(TDC))
def test_the_public_admet_files_are_read_in_their_units(read: Read, name: str):
    y, value, unit = TDC[name]
    intake = read(f"Drug_ID\tDrug\tY\nAspirin\t{ASPIRIN}\t{y}\n", f"{name}.tab")
    assert intake.layout.name == f"tdc_{name}"
    only = intake.results.iloc[0]
    assert only["standard_value"] == pytest.approx(value, rel=1e-3)
    assert only["standard_unit"] == unit
    assert intake.rejections.empty
    assert intake.doubts == ()


def test_the_public_admet_files_can_be_read_by_columns_named(read: Read):
    intake = read(
        f"Drug_ID,Drug,Y\nAspirin,{ASPIRIN},-5.0\n",
        "train_val.csv",
        smiles="Drug",
        value="Y",
        unit="log cm/s",
        endpoint="caco2_papp",
    )
    assert intake.results["standard_value"].iloc[0] == pytest.approx(10.0)
    assert intake.doubts == ()
    assert intake.names["name"].tolist() == ["Aspirin"]


def test_every_public_admet_file_has_a_layout():
    assert {f"tdc_{name}" for name in TDC} <= set(shipped_layouts())


# -- a guess is shown, and confirmed where it is not certain -------------------------------------


def test_a_guess_that_is_not_certain_is_refused_until_it_is_confirmed(tmp_path: Path):
    path = tmp_path / "input.csv"
    path.write_text(f"SMILES,Relation,IC50 (nM),Ki (nM)\n{PHENETOLE},>,10000,5\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="nothing is stored: column 'Relation' is taken"):
        read_data(path, workers=0, confirm=False)
    assert len(read_data(path, workers=0).doubts) == 1


def test_what_is_half_given_keeps_the_rest_of_the_guess(read: Read):
    table = f"ID,Structure,Operator,IC50 (nM)\nX-1,{PHENETOLE},>,10000\n"
    intake = read(table, value="IC50 (nM)")
    assert told(intake) == [(2, "input_pic50", ">", 10000.0, "nM")]
    assert intake.names["name"].tolist() == ["X-1"]
    named = read(table, endpoint="jak1_pic50", target="JAK1")
    assert told(named) == [(2, "jak1_pic50", ">", 10000.0, "nM")]
    assert named.assays["target"].tolist() == ["JAK1"]
    unit = read(f"Structure,IC50\n{PHENETOLE},12\n", unit="uM")
    assert told(unit) == [(2, "input_pic50", "=", 12.0, "uM")]
    with pytest.raises(FileFormatError, match="holds 2 endpoints"):
        read(f"SMILES,IC50 (nM),Ki (nM)\n{PHENETOLE},1,2\n", endpoint="jak1")


def test_each_column_is_shown_with_what_it_is_taken_for(tmp_path: Path):
    path = tmp_path / "input.csv"
    path.write_text(
        f"SMILES,Batch,Relation,pIC50,Remark\n{PHENETOLE},B-1,<,5.0,dark\n", encoding="utf-8"
    )
    roles = show_layout(path).set_index("column")["role"].to_dict()
    assert roles == {
        "SMILES": "structure",
        "Batch": "batch",
        "Relation": "relation",
        "pIC50": "input_pic50 on the p scale",
        "Remark": "",
    }


def test_names_of_compounds_batches_and_suppliers_are_kept(read: Read):
    intake = read(
        "SMILES,Compound ID,Batch ID,Vendor ID,Ki (nM)\n"
        f"{PHENETOLE},X-1,X-1-B01,Z1001,5\n{PROPYL},X-2,2,Z1002,7\n"
    )
    names = {tuple(row) for row in intake.names[["system", "name"]].itertuples(index=False)}
    assert names == {
        ("Compound ID", "X-1"),
        ("Compound ID", "X-2"),
        ("Batch ID", "X-1-B01"),  # a bare 2 is the batch of many compounds
        ("Vendor ID", "Z1001"),
        ("Vendor ID", "Z1002"),
    }
    assert isinstance(intake.names, pd.DataFrame)
    assert not math.isnan(intake.results["p_value"].iloc[0])


# -- what is never pooled unasked ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "cells", "endpoints"),
    [
        ("Mutant", ("WT", "T790M"), ["egfr_wt_pic50", "egfr_t790m_pic50"]),
        ("Genotype", ("wild type", "null"), ["egfr_wild_type_pic50", "egfr_null_pic50"]),
        ("Variant", ("L858R", "T790M"), ["egfr_l858r_pic50", "egfr_t790m_pic50"]),
        ("Timepoint (h)", ("24", "72"), ["egfr_24_h_pic50", "egfr_72_h_pic50"]),
        ("Tissue", ("liver", "brain"), ["egfr_liver_pic50", "egfr_brain_pic50"]),
        ("Matrix", ("buffer", "plasma"), ["egfr_buffer_pic50", "egfr_plasma_pic50"]),
        ("Substrate", ("ATP", "GTP"), ["egfr_atp_pic50", "egfr_gtp_pic50"]),
        ("pH", ("6.5", "7.4"), ["egfr_ph_6_5_pic50", "egfr_ph_7_4_pic50"]),
    ],
)
def test_variants_and_conditions_are_assays_of_their_own(
    read: Read, title: str, cells: tuple[str, str], endpoints: list[str]
):
    rows = "".join(f"{PHENETOLE},a,{cell},10\n" for cell in cells)
    intake = read(f"SMILES,Name,{title},IC50 (nM)\n{rows}", "egfr_ic50.csv")
    assert [row[1] for row in told(intake)] == endpoints
    assert intake.doubts == ()


@pytest.mark.parametrize("title", ["Test", "Experiment", "Lab", "Site", "Serum"])
def test_pooled_rows_that_differ_in_an_unknown_column_are_asked_about(read: Read, title: str):
    intake = read(
        f"SMILES,Name,{title},IC50 (nM)\n{PHENETOLE},a,1,10\n{PHENETOLE},a,2,60\n{PROPYL},b,1,3\n"
    )
    assert intake.doubts == (f"one compound's rows differ in {title!r}, and are pooled",)


def test_rows_that_differ_are_found_where_one_test_stands_below_the_other(read: Read):
    rows = [f"{'C' * size}O,{test},{size}\n" for test in ("A", "B") for size in range(1, 71)]
    intake = read(f"SMILES,Test,IC50 (nM)\n{''.join(rows)}")
    assert intake.doubts == ("one compound's rows differ in 'Test', and are pooled",)


@pytest.mark.parametrize("title", ["ATP (uM)", "ATP conc (µM)", "Serum (%)"])
def test_what_was_held_constant_is_asked_about_though_it_is_no_result(title: str):
    samples = {
        "SMILES": [PHENETOLE, PHENETOLE, PROPYL, PROPYL],
        title: ["0.5", "100", "0.5", "100"],
        "IC50 (nM)": ["5", "600", "7", "800"],
    }
    guessed = guess_layout([*samples], "jak1_ic50.csv", samples)
    assert guessed.doubts == (f"one compound's rows differ in {title!r}, and are pooled",)


def test_batches_remarks_and_what_differs_between_compounds_only_are_no_question(read: Read):
    intake = read(
        "SMILES,Batch,Remark,Series,pH,IC50 (nM)\n"
        f"{PHENETOLE},1,dark,A,7.4,10\n{PHENETOLE},2,clear,A,7.4,12\n{PROPYL},1,dark,B,7.2,3\n"
    )
    assert intake.doubts == ()
    assert set(intake.results["endpoint"]) == {"input_pic50"}


def test_an_older_title_of_bindingdb_tells_targets_apart(read: Read):
    intake = read(
        "Ligand SMILES,Target Name Assigned by Curator or DataSource,Ki (nM)\n"
        f"{PHENETOLE},JAK1,5\n{PHENETOLE},Thrombin,5000\n"
    )
    assert [row[1] for row in told(intake)] == ["jak1_pki", "thrombin_pki"]
    assert sorted(intake.assays["target"]) == ["JAK1", "Thrombin"]


@pytest.mark.parametrize(
    ("name", "target"), [("jak1_ki.csv", "JAK1"), ("b1.csv", ""), ("cas.csv", "")]
)
def test_a_files_name_is_a_target_only_where_it_is_written_with_a_quantity(
    read: Read, name: str, target: str
):
    intake = read(f"SMILES,Name,Ki (nM)\n{PHENETOLE},a,5\n", name)
    assert intake.assays["target"].tolist() == [target]


# -- titles as papers and laboratories write them ------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["ΔpIC50", "delta pIC50", "calc. pKi", "IC50 (nM) ratio WT", "Ki (nM) fold", "pKi shift"],
)
def test_what_compares_or_computes_potencies_is_none_and_said(read: Read, title: str):
    intake = read(f"SMILES,IC50 (nM),{title}\n{PHENETOLE},5,1.5\n{PROPYL},7,0.3\n")
    assert told(intake) == [
        (2, "input_pic50", "=", 5.0, "nM"),
        (3, "input_pic50", "=", 7.0, "nM"),
    ]
    assert intake.doubts == ()
    assert f"not read: {title!r}" in intake.notes[0]


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("IC₅₀ (nM)", "nM"),
        ("IC 50 [nM]", "nM"),
        ("IC50 (µmol/l)", "uM"),
        ("IC50 (umol/l)", "uM"),
        ("IC50 (microM)", "uM"),
        ("IC50 (mcM)", "uM"),
        ("IC50 (nM) n=2", "nM"),
        ("IC50 (nM, n=2)", "nM"),
        ("IC50 ± SD (nM)", "nM"),
        ("IC50 (nM) ± SEM", "nM"),
        ("IC50 (nM ± SD)", "nM"),
    ],
)
def test_a_title_of_a_paper_says_quantity_and_unit(title: str, unit: str):
    guessed = guess_layout(["SMILES", title], "jak1_ic50.csv")
    (only,) = guessed.layout.readout
    assert (only.endpoint, only.quantity, only.unit) == ("jak1_pic50", "IC50", unit)
    assert guessed.doubts == ()


def test_a_value_is_read_without_its_spread(read: Read):
    intake = read(
        f"SMILES,IC50 ± SD (nM),pKi ± SD\n{PHENETOLE},5 ± 0.3,7.1 ± 0.1\n{PROPYL},>10000,\n"
    )
    assert told(intake)[0] == (2, "input_pic50", "=", 5.0, "nM")
    assert told(intake)[2] == (3, "input_pic50", ">", 10000.0, "nM")
    assert intake.results["p_value"].round(2).tolist() == [8.3, 7.1, 5.0]
    assert any("spread" in note or "±" in note for note in intake.notes[1:])


def test_a_unit_in_a_cell_may_be_micromoles_a_litre(read: Read):
    intake = read(
        f"SMILES,IC50,Unit\n{PHENETOLE},5,µmol/l\n{PROPYL},6,microM\n{BUTYL},7,mcM\n",
        "jak1_ic50.csv",
    )
    assert [row[3:] for row in told(intake)] == [(5.0, "uM"), (6.0, "uM"), (7.0, "uM")]


@pytest.mark.parametrize("name", ["Substanz", "Verbindung"])
def test_a_german_table_is_read(read: Read, name: str):
    intake = read(
        f"{name};Strukturformel (SMILES);Ki [µmol/l];Hemmung (%);Reinheit (%)\n"
        f"A1;{PHENETOLE};0,5;12,4;99,1\nA2;{PROPYL};< 0,01;98,2;98\n"
    )
    assert intake.doubts == ()
    assert [row[1:] for row in told(intake)] == [
        ("input_pki", "=", 0.5, "uM"),
        ("input_inhibition", "=", 12.4, "%"),
        ("input_pki", "<", 0.01, "uM"),
        ("input_inhibition", "=", 98.2, "%"),
    ]
    assert sorted(intake.names["name"]) == ["A1", "A2"]
    assert "not read: 'Reinheit (%)'" in intake.notes[0]


def test_a_half_life_of_a_paper_is_one():
    (only,) = guess_layout(["SMILES", "HLM t½ (min)"], "a.csv").layout.readout
    assert (only.endpoint, only.quantity, only.unit) == ("hlm_half_life", "half-life", "min")


def test_a_condition_keeps_assays_apart_and_is_no_target():
    header = ["SMILES", "IC50 (nM)", "IC50 (nM) 2% serum", "IC50 (nM), 1 h preinc."]
    guessed = guess_layout([*header, "MIC (µg/mL)", "MIC90 (µg/mL)"], "jak1.csv")
    assert [(entry.endpoint, entry.target) for entry in guessed.layout.readout] == [
        ("jak1_pic50", ""),
        ("jak1_pic50_2_serum", ""),
        ("jak1_pic50_1_h_preinc", ""),
        ("jak1_pmic", ""),
        ("jak1_pmic90", ""),
    ]


# -- what is not known does not hold up the rest -------------------------------------------------


@pytest.mark.parametrize("title", ["F (%)", "Cmax (ng/mL)", "ΔG (kcal/mol)"])
def test_an_unknown_column_is_left_out_and_said(read: Read, title: str):
    intake = read(f"SMILES,IC50 (nM),{title}\n{PHENETOLE},5,40\n")
    assert told(intake) == [(2, "input_pic50", "=", 5.0, "nM")]
    assert intake.doubts == ()
    assert f"{title!r} is left out: its title does not say what was measured" in intake.notes[0]
    alone = guess_layout(["SMILES", title], "a.csv")
    assert alone.doubts == (f"what column {title!r} measures is not known by its title",)


def test_a_files_name_says_nothing_of_a_percentage(read: Read):
    intake = read(f"SMILES,exp_mean [nM],F (%)\n{PHENETOLE},5,40\n", "jak1_ki.csv")
    assert told(intake) == [(2, "jak1_pki", "=", 5.0, "nM")]


def test_a_short_structure_beside_a_number_is_no_title(read: Read):
    with pytest.raises(FileFormatError, match="the first line is data: 'CCO'"):
        read("AB-1,CCO,1\nAB-2,CCN,2\n")


@pytest.mark.parametrize("columns", [{}, {"smiles": PHENETOLE, "value": "5"}])
def test_a_file_without_a_header_is_refused(read: Read, columns: dict[str, str]):
    text = f"{PHENETOLE},AB-1,5\n{PROPYL},AB-2,6\n{BUTYL},AB-3,7\n"
    with pytest.raises(FileFormatError, match="the first line is data") as error:
        read(text, **columns)
    assert "write a header above it" in error.value.remedy


def test_two_means_of_the_same_values_are_no_repeats(read: Read):
    intake = read(
        "SMILES,JAK1 IC50 mean [nM],JAK1 IC50 SD [nM],JAK1 IC50 geomean (nM)\n"
        f"{PHENETOLE},5,1,4.8\n"
    )
    assert told(intake) == [(2, "jak1_pic50", "=", 5.0, "nM")]
    assert intake.doubts == ()
    assert (
        "'JAK1 IC50 geomean (nM)' is left out: 'JAK1 IC50 mean [nM]' is of the same values"
        in intake.notes[0]
    )
