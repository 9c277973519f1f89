"""`molagent patents claims`: from a drawing to a confirmed claim, and bad input in one sentence."""

import json
from pathlib import Path

import pytest
from small import ROOT

from tests.cli.calls import call

DATA = ROOT / "data" / "patents"
EGFR = ROOT / "data" / "patents_egfr" / "claims" / "us5770603_claim1.toml"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
MEMBER = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    return call(capsys, "patents", "claims", *arguments)


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    code, out, err = run(capsys, *arguments)
    assert code == 0, err
    return out


def test_claims_are_listed_read_back_and_matched(capsys: pytest.CaptureFixture[str]):
    listed = shown(capsys, "list", "--data", DATA).splitlines()
    assert listed[0].startswith("claim,status,kind")
    assert any(line.startswith("US-9249149-B2/1,confirmed") for line in listed)
    text = shown(capsys, "show", "US-9249149-B2/1", "--data", DATA)
    assert "Y2, 0 or 4 times" in text
    assert "as it should  non-member" in text
    matched = shown(capsys, "match", TOFACITINIB, "CCO", "--data", DATA)
    assert "US-7250420-B2/1,draft,may be inside" in matched
    assert "CCO" not in matched
    every = shown(capsys, "match", "CCO", "--data", DATA, "--all")
    assert every.count("its core does not occur") == len(listed) - 1


def test_one_claim_by_its_file_and_its_picture(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert "near miss" in shown(
        capsys, "match", "COc1cc2ncnc(Nc3ccccc3)c2cc1OCC4CCCO4", "--claim", EGFR
    )
    for name in ("claim.html", "claim.svg"):
        out = tmp_path / name
        assert shown(capsys, "draw", EGFR, "--out", out).strip() == str(out)
        assert "<svg" in out.read_text(encoding="utf-8")


def test_what_would_leave_a_claim_is_said_and_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    out = tmp_path / "leave.html"
    text = shown(capsys, "leave", EGFR, MEMBER, "--data", DATA, "--beside", "--out", out)
    assert "R1 = *OC; the claim allows C1-4 alkoxy" in text
    assert "leaves with: methoxy → " in text
    assert "not legal advice" in text
    assert out.is_file()
    assert "outside US-5770603/1" in shown(capsys, "leave", EGFR, "CCO", "--data", DATA)


def test_a_drawing_becomes_a_draft_and_a_person_confirms_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    table, out = tmp_path / "groups.csv", tmp_path / "claims" / "draft.toml"
    table.write_text("site,group\nR1,OMe\nR1,*C(=O)N1CCOCC1\nR2,H\nR2,F\n", encoding="utf-8")
    text = shown(
        capsys,
        *("import", "*c1cnc(*)cc1 |$_R1;;;;;_R2;;$|", "--table", table, "--out", out),
        *("--publication", "US 1,234,567", "--source", "page 3", "--by", "import 1.0"),
    )
    assert "R1, always, at position 1 (aromatic carbon): methoxy or *C(=O)N1CCOCC1" in text
    assert "needs 3" in text
    code, _, err = run(capsys, "confirm", out, "--by", "A. Chemist")
    assert (code, "needs 3" in err) == (2, True)
    members = ("COc1cccnc1", "COc1ccc(F)nc1", "O=C(c1cccnc1)N1CCOCC1")
    non_members = ("CCOc1cccnc1", "c1cccnc1", "COc1ccc(Cl)nc1")
    tests = [part for each in members for part in ("--member", each)]
    tests += [part for each in non_members for part in ("--non-member", each)]
    assert "before it" not in shown(capsys, "add-tests", out, "--by", "A. Chemist", *tests)
    code, _, err = run(capsys, "confirm", out, "--by", "reading agent")
    assert (code, "name of a program" in err) == (2, True)
    assert "confirmed by A. Chemist on 2026-11-21" in shown(
        capsys, "confirm", out, "--by", "A. Chemist", "--on", "2026-11-21"
    )
    assert "tests added by A. Chemist" in shown(capsys, "show", out)
    shown(capsys, "reject", out, "--by", "C. Attorney", "--reason", "R2 is at C4")
    assert "rejected" in shown(capsys, "list", "--data", tmp_path)


def test_exemplified_compounds_become_a_draft(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    out = tmp_path / "examples.toml"
    text = shown(
        capsys,
        *("import", ROOT / "data" / "jak" / "jak1_ki.csv", "--out", out),
        *("--core", "c1nc2cnc3[nH]ccc3c2n1C1CCNCC1", "--claim", "examples", "--by", "A. Chemist"),
        *("--publication", "WO 2011/086053", "--source", "data/jak/jak1_ki.csv"),
    )
    assert "and 550 more" in text
    assert "cyclopropyl" in text
    assert out.read_text(encoding="utf-8").count("what is claimed") == 1


def test_a_draft_from_standard_input_is_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    import io
    import tomllib

    tables = tomllib.loads(EGFR.read_text(encoding="utf-8"))
    del tables["status"]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(tables, default=str)))
    out = tmp_path / "draft.toml"
    assert "a draft covers nothing" in shown(capsys, "draft", "-", "--out", out, "--by", "agent")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("list", "--data", "nowhere"), "no such folder"),
        (("show", "US-1/1", "--data", DATA), "no claim named 'US-1/1'"),
        (("show", "nowhere.toml"), "cannot be read"),
        (("draw", EGFR, "--out", "claim.gif"), ".gif is not drawn"),
        (("leave", EGFR, "C1CC", "--data", DATA), "'C1CC'"),
        (("confirm", EGFR, "--by", "A", "--on", "yesterday"), "'yesterday' is no day"),
        (("reject", EGFR, "--by", "A", "--reason", " "), "needs a reason"),
        (("draft", "nowhere.toml", "--out", "x.toml", "--by", "A"), "cannot be read"),
    ],
)
def test_bad_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], complaint: str
):
    before = EGFR.read_bytes()
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert complaint in err
    assert "Traceback" not in err
    assert EGFR.read_bytes() == before


@pytest.mark.parametrize(
    ("drawing", "more", "complaint"),
    [
        ("*c1ccccc1 |$_R1;;;;;;$|", (), "give --table"),
        ("nowhere.mol", (), "no such file"),
        ("c1ccccc1", ("--table", "TABLE"), "no R label"),
        ("FILE.csv", (), "give --core"),
        ("FILE.csv", ("--core", "c1ccccc1", "--column", "x"), "no column 'x'"),
        ("FILE.csv", ("--core", "c1cc"), "c1cc"),
        ("FILE.mol", (), "V3000"),
    ],
)
def test_a_drawing_that_cannot_be_imported_is_one_sentence(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    drawing: str,
    more: tuple[str, ...],
    complaint: str,
):
    table = tmp_path / "table.csv"
    table.write_text("R1,F\n", encoding="utf-8")
    for suffix in (".csv", ".mol"):
        (tmp_path / f"FILE{suffix}").write_text("smiles\nCc1ccccc1\n", encoding="utf-8")
    named = drawing.replace("FILE", str(tmp_path / "FILE"))
    code, _, err = run(
        capsys,
        *("import", named, "--out", tmp_path / "x.toml", "--publication", "US1234567"),
        *("--source", "page", "--by", "A", *(part.replace("TABLE", str(table)) for part in more)),
    )
    assert code == 2
    assert complaint in err
    assert not (tmp_path / "x.toml").exists()
