"""What may be asked of `patents check`, and what `check CAMPAIGN` refuses at once."""

from pathlib import Path

import pytest

from tests.cli.calls import call, shown
from tests.small import write_small_campaign

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "patents"
BULK = ROOT / "data" / "patent_exports" / "surechembl_fixture"
HYDROXYZINE_PAMOATE = (
    "OCCOCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1.O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O"
)
HYDROXYZINE_CLAIM = """
claim_id = "US-2222222-B2/1"
publication_number = "US-2222222-B2"
claim = 1
kind = "compound"
status = "confirmed"
confirmed_by = "tester"
confirmed_on = 2026-11-30
source = "typed"
read_on = 2026-11-30
text = "hydroxyzine"
interpretation = "the compound"
members = ["OCCOCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1.Cl"]
non_members = ["CCO"]
core = "OCCOCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1"
site = []
"""
COLLECTION = """
[collection]
release = "typed"
scope = "one claim"
licence = "ours"
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The small release that one command makes of the bundled bulk files."""
    folder = tmp_path_factory.mktemp("home") / "sample"
    from molagent.ingest.patents.sync import sync_release

    sync_release("all", folder, BULK)
    return folder


def collection(folder, claim=HYDROXYZINE_CLAIM):
    (folder / "claims").mkdir(parents=True)
    (folder / "publications.toml").write_text(COLLECTION)
    (folder / "claims" / "one.toml").write_text(claim)
    return folder


def test_a_pamoate_is_inside_the_claim_on_its_base(capsys, tmp_path):
    data = collection(tmp_path / "data")
    out = shown(capsys, "patents", "check", HYDROXYZINE_PAMOATE, "--data", data)
    assert "in confirmed claim" in out
    assert "US-2222222-B2/1" in out


def test_an_inchi_is_a_structure(capsys):
    ruxolitinib = (
        "InChI=1S/C17H18N6/c18-7-5-15(12-3-1-2-4-12)23-10-13(9-22-23)16-14-6-8-19-17(14)21-11-20-16"
        "/h6,8-12,15H,1-5H2,(H,19,20,21)/t15-/m1/s1"
    )
    code, out, err = call(capsys, "patents", "check", ruxolitinib, "--data", DATA)
    assert not code
    assert "exact" in out
    assert "read from its InChI" in err


def test_an_inchikey_is_looked_up_and_one_unknown_is_explained(capsys):
    out = shown(capsys, "patents", "check", "HFNKQEVNSGCOJV-OAHLLOKOSA-N", "--data", DATA)
    assert "exact" in out
    out = shown(capsys, "patents", "check", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "--data", DATA)
    assert "names a structure and does not draw it" in out


def test_a_publication_number_is_answered_with_what_it_names(capsys):
    out = shown(capsys, "patents", "check", "US 9,662,335 B2", "--data", DATA)
    assert "Incyte" in out
    assert "US-9662335-B2/1" in out
    out = shown(capsys, "patents", "check", "US-1234567-B2", "--data", DATA)
    assert "no publication of that number in what is searched" in out


def test_a_name_is_looked_up_only_in_a_list_that_is_given(capsys, tmp_path):
    names = tmp_path / "names.csv"
    names.write_text("name,smiles\nOur Lead,N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1\n")
    out = shown(capsys, "patents", "check", "our lead", "--data", DATA)
    assert "not checked" in out
    out = shown(capsys, "patents", "check", "our lead", "--data", DATA, "--names", names)
    assert "exact" in out


def test_a_kekule_pattern_says_that_it_finds_nothing_by_nature(capsys, sample):
    kekule = "[#6]1[#6][#6]=[#6][#6]2=[#6]1[#6]=[#6][#6]=[#6]2"
    code, _, err = call(capsys, "patents", "substructure", kekule, "--release", sample)
    assert not code
    assert "nothing is found by nature" in err
    code, out, err = call(capsys, "patents", "substructure", "c1ccccc1", "--release", sample)
    assert "by nature" not in err
    assert "surechembl_fixture" in out


def test_evidence_carries_no_absolute_path(capsys, sample, tmp_path):
    table, page, broken = (tmp_path / name for name in ("out.csv", "out.html", "a broken one"))
    broken.mkdir()
    shown(
        capsys, "patents", "check", "CC(=O)Oc1ccccc1C(=O)O", "--release", sample,
        "--release", broken, "--csv", table, "--report", page,
    )  # fmt: skip
    for written in (table, page):
        text = written.read_text()
        assert str(BULK) not in text
        assert str(sample.parent) not in text
        assert str(tmp_path) not in text
    assert "surechembl_fixture" in table.read_text()


def test_designs_are_imported_as_own_by_saying_so(capsys, tmp_path):
    designs = tmp_path / "designs.csv"
    designs.write_text("id,smiles\nvilda,N#C[C@@H]1CCCN1C(=O)CNC12CC3CC(CC(O)(C3)C1)C2\n")
    out = shown(
        capsys, "patents", "import", designs, "--into", tmp_path / "ours", "--visibility", "own"
    )
    assert "1 structures" in out
    assert "--document gives another name" in out
    out = shown(
        capsys, "patents", "check", "N#C[C@@H]1CCCN1C(=O)CNC12CC3CC(CC(O)(C3)C1)C2",
        "--release", tmp_path / "ours",
    )  # fmt: skip
    assert "designs" in out


def test_a_campaign_with_a_broken_claim_is_refused_by_check_and_by_run(capsys, tmp_path):
    broken = HYDROXYZINE_CLAIM.replace('members = ["OCCOCC', 'members = ["CCOCC')
    collection(tmp_path / "patents", broken)
    campaign = write_small_campaign(tmp_path)
    text = campaign.read_text()
    assert "[screen]" in text
    lines = [line for line in text.splitlines() if not line.startswith("patents")]
    place = lines.index("[screen]") + 1
    campaign.write_text("\n".join([*lines[:place], 'patents = "patents"', *lines[place:]]))
    for command in (["check", campaign], ["run", campaign, "--out", tmp_path / "out"]):
        code, out, err = call(capsys, *command)
        assert code == 2, out
        assert "member CCOCCN1CCN" in err
        assert "accepted" not in out + err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("publication_number", "1.5"), ("claim_id", "7"), ("text", "1"), ("kind", "[1]")],
)
def test_a_field_of_a_claim_that_is_no_text_is_named(capsys, tmp_path, field, value):
    lines = [
        f"{field} = {value}" if line.startswith(f"{field} =") else line
        for line in HYDROXYZINE_CLAIM.splitlines()
    ]
    path = tmp_path / "one.toml"
    path.write_text("\n".join(lines))
    code, _, err = call(capsys, "patents", "claims", "show", path)
    assert code == 2
    assert value in err
    assert "quotes" in err


def test_a_publication_number_that_is_no_text_is_named(capsys, tmp_path):
    data = collection(tmp_path / "data")
    record = (
        "\n[[publication]]\npublication_number = 1.5\n"
        'source = "p"\nread = "h"\nread_on = 2026-11-22\n'
    )
    (data / "publications.toml").write_text(COLLECTION + record)
    code, _, err = call(capsys, "patents", "check", "CCO", "--data", data)
    assert code == 2
    assert "1.5" in err
