import gzip
from pathlib import Path

import pytest
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.propose.synthesis.building_blocks import default_blocks, read_blocks
from molagent.propose.synthesis.template_file import default_templates


def test_the_default_blocks_are_canonical_and_come_once():
    blocks = default_blocks().blocks
    assert len(blocks) >= 900
    assert [Chem.CanonSmiles(block.smiles) for block in blocks] == [b.smiles for b in blocks]
    assert len({block.smiles for block in blocks}) == len(blocks)
    assert len({block.block_id for block in blocks}) == len(blocks)
    assert len({block.name for block in blocks}) == len(blocks)


def test_there_is_a_default_block_for_every_role():
    library = default_blocks()
    for template in default_templates().templates:
        if len(template.roles) < 2:
            continue
        for smarts, query in zip(template.role_smarts, template.roles, strict=True):
            assert len(library.with_role(smarts, query)), f"{template.name}: {smarts}"


def test_the_source_of_the_default_blocks_says_that_nobody_asked_a_vendor():
    assert "not checked" in default_blocks().source


def test_the_nearest_block_of_a_block_is_itself():
    amide = default_templates().get("amide_from_amine")
    found = default_blocks().find_similar("C1COCCN1", amide.role_smarts[1], amide.roles[1], 3)
    assert default_blocks().blocks[found[0][0]].name == "morpholine"
    assert found[0][1] == 1.0
    assert found[0][1] >= found[1][1] >= found[2][1]


def test_a_csv_of_a_vendor_is_read_with_its_ids_and_salts_are_stripped(tmp_path: Path):
    path = tmp_path / "vendor.csv"
    path.write_text(
        'Catalog_ID,Name,SMILES\nV-1,"amine, salt",NCc1ccccc1.Cl\nV-2,acid,OC(=O)C\n'
        "V-3,broken,c1ccc\nV-4,again,CC(=O)O\n",
        encoding="utf-8",
    )
    library = read_blocks(path)
    assert [(b.block_id, b.smiles, b.name) for b in library.blocks] == [
        ("V-1", "NCc1ccccc1", "amine, salt"),
        ("V-2", "CC(=O)O", "acid"),
    ]
    assert [(r.source, r.raw) for r in library.rejections] == [
        ("vendor.csv:4", "c1ccc"),
        ("vendor.csv:5", "CC(=O)O"),
    ]


def test_a_gzipped_smiles_file_is_read(tmp_path: Path):
    path = tmp_path / "blocks.smi.gz"
    with gzip.open(path, "wt", encoding="utf-8") as handle:
        handle.write("smiles id\nNCc1ccccc1 EN300-1\nC1COCCN1\n")
    blocks = read_blocks(path).blocks
    assert [block.block_id for block in blocks] == ["EN300-1", "blocks.smi.gz:3"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("structure,id\nCCO,1\n", "no column named 'smiles'"), ("smiles,id\nx,1\n", "no building")],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path, text, says):
    path = tmp_path / "blocks.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=says):
        read_blocks(path)


def test_a_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_blocks(tmp_path / "missing.csv")
