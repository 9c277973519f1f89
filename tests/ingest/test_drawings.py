"""An SD file draws each molecule, and may say it in SMILES once more: the two have to agree."""

from pathlib import Path

from rdkit import Chem

from molagent.ingest.intake import Intake, read_data

_PHENETOLE, _PROPOXYBENZENE = "CCOc1ccccc1", "CCCOc1ccccc1"


def _sdf(path: Path, *records: tuple[str, str]) -> Path:
    """Write records of a drawn molecule ('' for no atoms) and what the tag SMILES says."""
    text = ""
    for row, (drawn, tag) in enumerate(records, start=1):
        block = Chem.MolToMolBlock(Chem.MolFromSmiles(drawn))
        text += f"{block}> <SMILES>\n{tag}\n\n> <IC50 (nM)>\n{row}\n\n$$$$\n"
    path.write_text(text)
    return path


def _stored(intake: Intake) -> dict[int, str]:
    keys = intake.results.merge(intake.result.compounds, on="inchikey")
    return dict(zip(keys["source_row"], keys["smiles"], strict=True))


def test_a_row_whose_drawing_and_smiles_are_different_molecules_is_rejected(tmp_path: Path):
    path = _sdf(tmp_path / "a.sdf", (_PHENETOLE, _PHENETOLE), (_PHENETOLE, _PROPOXYBENZENE))
    intake = read_data(path)
    assert _stored(intake) == {1: _PHENETOLE}
    (rejection,) = intake.rejections.to_dict("records")
    assert (rejection["source_row"], rejection["kind"]) == (2, "structure")
    assert "'SMILES' ('CCCOc1ccccc1') and 'molblock' are different" in rejection["reason"]
    assert "--smiles molblock" in rejection["reason"]


def test_the_structure_that_somebody_named_counts_without_being_compared(tmp_path: Path):
    path = _sdf(tmp_path / "a.sdf", (_PHENETOLE, _PROPOXYBENZENE))
    assert _stored(read_data(path, smiles="SMILES")) == {1: _PROPOXYBENZENE}
    assert _stored(read_data(path, smiles="molblock")) == {1: _PHENETOLE}


def test_a_salt_or_stereo_in_one_of_the_two_makes_no_other_molecule(tmp_path: Path):
    naproxen, its_sodium_salt = (
        "COc1ccc2cc(C(C)C(=O)O)ccc2c1",
        "[Na+].COc1ccc2cc(C(C)C(=O)[O-])ccc2c1",
    )
    path = _sdf(tmp_path / "a.sdf", (naproxen, its_sodium_salt), ("CC(N)C#N", "C[C@H](N)C#N"))
    assert sorted(_stored(read_data(path))) == [1, 2]


def test_a_record_without_a_drawing_is_read_from_its_smiles_and_the_other_way(tmp_path: Path):
    path = _sdf(tmp_path / "a.sdf", ("", _PHENETOLE), (_PROPOXYBENZENE, ""))
    assert _stored(read_data(path)) == {1: _PHENETOLE, 2: _PROPOXYBENZENE}
