"""Imports: what is drawn becomes a draft that holds exactly the combinations of its groups."""

from datetime import date
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molagent.errors import FileFormatError, InputError, StructureError
from molagent.patents.markush.claims import parse_claim
from molagent.patents.markush.importing.claims import Origin, import_cxsmiles, read_substituents
from molagent.patents.markush.importing.examples import import_examples
from molagent.patents.markush.importing.molfiles import import_rgroup_file
from molagent.patents.markush.matching import match_claim
from tests.patents.conftest import REPOSITORY, TOFACITINIB
from tests.patents.markush.rgroupfiles import rgroup_file

ORIGIN = Origin(
    publication_number="US 5,770,603", claim="1", source="column 3", read_on=date(2026, 11, 22)
)
JAK1 = REPOSITORY / "data" / "jak" / "jak1_ki.csv"

GROUPS = ["*C", "*OC", "*C#N", "*C(=O)N1CCOCC1", "*c1ccncc1", "*S(C)(=O)=O", "*F", "*NC(C)=O"]


def claim_of(tables):
    return parse_claim(tables | {"status": "draft"}, place="import")


def zipped(core: str, groups: dict[int, str]) -> str:
    """Join groups to ``[*:n]`` of a core by RDKit's own means, independent of the importer."""
    parts = [group.replace("*", f"[*:{number}]", 1) for number, group in groups.items()]
    with rdBase.BlockLogs():
        return Chem.MolToSmiles(Chem.molzip(Chem.MolFromSmiles(".".join([core, *parts]))))


def test_a_drawing_with_a_table_becomes_a_draft_with_its_source():
    drawing = "*c1ccncc1 |$_R1;;;;;;$|"
    found = import_cxsmiles(drawing, {"R1": ["OMe", "Cl", "H"]}, origin=ORIGIN)
    claim = claim_of(found.tables)
    assert "status" not in found.tables
    assert (claim.claim_id, claim.source) == ("US-5770603/1", "column 3")
    assert claim.members == claim.non_members == ()
    inside = ["COc1ccncc1", "Clc1ccncc1", "c1ccncc1"]
    assert [match_claim(claim, smiles).inside for smiles in inside] == [True] * 3
    assert not match_claim(claim, "Cc1ccncc1").inside
    assert not match_claim(claim, "COc1cccnc1").inside


@settings(max_examples=25, deadline=None)
@given(
    table=st.fixed_dictionaries(
        {
            "R1": st.lists(st.sampled_from(GROUPS), min_size=1, max_size=4, unique=True),
            "R2": st.lists(st.sampled_from(GROUPS), min_size=1, max_size=4, unique=True),
        }
    )
)
def test_every_combination_of_a_table_is_inside_and_every_other_group_is_not(table):
    core = "[*:1]c1cc2ncnc([*:2])c2[nH]1"
    claim = claim_of(import_cxsmiles(core, table, origin=ORIGIN).tables)
    for first, second in product(GROUPS, GROUPS):
        smiles = zipped(core, {1: first, 2: second})
        expected = first in table["R1"] and second in table["R2"]
        assert match_claim(claim, smiles).inside is expected, smiles


def test_two_places_of_one_label_are_filled_independently():
    core = "*c1ccc(*)cc1 |$_R1;;;;;_R1;;$|"
    claim = claim_of(import_cxsmiles(core, {"R1": ["F", "Cl"]}, origin=ORIGIN).tables)
    assert [site.name for site in claim.sites] == ["R1.1", "R1.2"]
    assert match_claim(claim, "Fc1ccc(Cl)cc1").inside
    assert not match_claim(claim, "Fc1ccccc1").inside


def test_a_position_that_varies_is_one_site_on_several_atoms():
    drawing = "*-*.c1ccncc1 |$_R1;;;;;;;$,m:1:2.3|"
    claim = claim_of(import_cxsmiles(drawing, {"R1": ["CF3"]}, origin=ORIGIN).tables)
    assert match_claim(claim, "FC(F)(F)c1ccncc1").inside
    assert match_claim(claim, "FC(F)(F)c1cccnc1").inside
    assert not match_claim(claim, "FC(F)(F)c1ccccn1").inside
    assert not match_claim(claim, "c1ccncc1").inside


def test_an_atom_that_repeats_gives_a_core_for_each_number_of_repeats():
    drawing = "*N1CCCC1 |$_R1;;;;;$,LN:3:1.3.2.4|"
    found = import_cxsmiles(drawing, {"R1": ["*C(C)=O"]}, origin=ORIGIN)
    claim = claim_of(found.tables)
    assert len(claim.templates) == 3
    rings = {n: f"CC(=O)N1{'C' * (n - 1)}1" for n in (4, 5, 6, 7, 8)}
    inside = [n for n, smiles in rings.items() if match_claim(claim, smiles).inside]
    assert inside == [5, 6, 7]


def test_a_group_with_a_label_of_its_own_is_followed():
    table = {"R1": ["*CC* |$;;;_R5$|", "H"], "R5": ["OH", {"alkoxy": [1, 2]}]}
    claim = claim_of(import_cxsmiles("*n1ccnc1 |$_R1;;;;;$|", table, origin=ORIGIN).tables)
    assert match_claim(claim, "OCCn1ccnc1").inside
    assert match_claim(claim, "CCOCCn1ccnc1").inside
    assert match_claim(claim, "c1c[nH]cn1").inside
    assert not match_claim(claim, "NCCn1ccnc1").inside


@pytest.mark.parametrize(
    ("drawing", "table", "problem"),
    [
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["xyz"]}, "R1: 'xyz' is no group"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["*C*"]}, "attached 2 times"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["*C.C"]}, "several parts"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["*[13CH3]"]}, "isotope"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["*CC* |$;;;_R1$|"]}, "R1 is defined by itself"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["F"], "R3": ["F"]}, "groups for R3"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {}, "no groups for it"),
        ("*c1ccccc1", {"R1": ["F"]}, "atom 1 is open and has no R label"),
        ("*=C1CCCC1 |$_R1;;;;;$|", {"R1": ["F"]}, "R1 hangs by a double bond"),
        ("c1ccc*cc1 |$;;;;_R1;;$|", {"R1": ["F"]}, "R1 has 2 bonds"),
        ("*C1CCCC1 |$_R1;;;;;$,LN:1:1.3.2.5|", {"R1": ["F"]}, "carries a label"),
        ("*C1CCCC1 |$_R1;;;;;$,LN:2:1.90.1.3|", {"R1": ["F"]}, "90 cores"),
        ("*c1ccccc1 |$_R1;;;;;;$|", {"R1": ["*CCC |$;;;$,LN:1:1.3.0.2|"]}, "inside a group"),
        ("*CC* |$_R1;;;$,Sg:n:1:n:ht|", {"R1": ["F"]}, "brackets"),
        ("c1ccccc1", {"R1": ["F"]}, "no R label"),
        ("c1cccc", {"R1": ["F"]}, "not CXSMILES"),
        ("", {"R1": ["F"]}, "not CXSMILES"),
        ("*" + "C" * 400 + " |$_R1$|", {"R1": ["F"]}, "401 atoms"),
    ],
)
def test_what_a_drawing_says_and_cannot_be_followed_is_refused_by_name(drawing, table, problem):
    with pytest.raises(FileFormatError, match=problem) as caught:
        import_cxsmiles(drawing, table, origin=ORIGIN)
    assert "US-5770603/1" in str(caught.value)


def test_an_import_without_a_source_is_refused():
    with pytest.raises(InputError, match="source is not named"):
        Origin(publication_number="US1234567", claim="1", source=" ", read_on=date(2026, 11, 22))


def test_rows_of_a_table_keep_their_order_and_name_an_empty_cell():
    assert read_substituents([("_R1", "*C"), ("R1", " H ")]) == {"R1": ["*C", "H"]}
    with pytest.raises(FileFormatError, match="row 2"):
        read_substituents([("R1", "*C"), ("R1", " ")])


ROOT = "[*:1]c1ccc([*:2])c2ncnc(Nc3ccccc3)c12"
RGROUPS = {
    1: ("0 0 >0", ["*OC", "*Cl", "*N1CCOCC1"]),
    2: ("0 1 0-1", ["*C#N", "*CC[*:5]"]),
    5: ("0 0 1", ["*O", "*F"]),
}


def test_rdkit_alone_reads_a_molfile_with_rgroups_to_nothing():
    with rdBase.BlockLogs():
        assert Chem.MolFromMolBlock(rgroup_file(ROOT, RGROUPS)) is None


def test_an_rgroup_molfile_holds_the_combinations_that_are_drawn():
    claim = claim_of(import_rgroup_file(rgroup_file(ROOT, RGROUPS), origin=ORIGIN).tables)
    for first in ("*OC", "*Cl", "*N1CCOCC1"):
        for second in ("*C#N", "*CCO", "*CCF", "*[H]"):
            assert match_claim(claim, zipped(ROOT, {1: first, 2: second})).inside
    for first, second in (("*[H]", "*C#N"), ("*OCC", "*C#N"), ("*OC", "*CC"), ("*OC", "*CCCl")):
        assert not match_claim(claim, zipped(ROOT, {1: first, 2: second})).inside


def test_a_repeated_atom_of_a_molfile_is_written_out():
    text = rgroup_file("[*:1]N1CCCC1", {1: ("0 0 1", ["*C(C)=O"])})
    end = "M  V30 END CTAB"
    linked = text.replace(end, f"M  V30 LINKNODE 1 2 2 4 3 4 5\n{end}", 1)
    claim = claim_of(import_rgroup_file(linked, origin=ORIGIN).tables)
    assert [match_claim(claim, f"CC(=O)N1{'C' * n}1").inside for n in (3, 4, 5, 6)] == [
        False,
        True,
        True,
        False,
    ]


def test_lines_that_are_continued_are_read_as_one():
    text = rgroup_file(ROOT, RGROUPS)
    line = next(line for line in text.splitlines() if "RGROUPS=(1 2)" in line)
    broken = line[:40] + "-\nM  V30 " + line[40:]
    assert (
        import_rgroup_file(text.replace(line, broken), origin=ORIGIN).tables
        == import_rgroup_file(text, origin=ORIGIN).tables
    )


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("RLOGIC 0 0 >0", "RLOGIC 2 0 >0", "'if R1 then R2'"),
        ("RLOGIC 0 1 0-1", "RLOGIC 0 0 0-1", "else anything"),
        ("RLOGIC 0 0 >0", "RLOGIC 0 0 often", "occurrence 'often'"),
        ("RLOGIC 0 0 >0", "RLOGIC x", "RLOGIC x is incomplete"),
        ("RGROUPS=(1 1)", "RGROUPS=(2 1 2)", "several R labels"),
        ("M  END\n", "", "M  END is missing"),
        ("V3000", "V2000", "V3000"),
        (" C ", " A ", "query atom A"),
        (" C ", " [N,O] ", r"query atom \[N,O\]"),
        ("ATTCHPT=1", "ATTCHPT=2", "attachment point 2"),
        ("ATTCHPT=1", "HCOUNT=2", "hydrogen-count query"),
        ("ATTCHPT=1", "MASS=13", "isotope"),
        ("ATTCHPT=1", "FOO=1", "FOO is not known"),
        ("M  V30 1 1 ", "M  V30 1 8 ", "bond of type 8"),
        ("M  V30 BEGIN ATOM", "M  V30 FRAGMENT 1 3\nM  V30 BEGIN ATOM", "FRAGMENT is not read"),
        (
            "M  V30 BEGIN BOND",
            "M  V30 BEGIN SGROUP\nM  V30 1 SRU 1\nM  V30 END SGROUP\nM  V30 BEGIN BOND",
            "a block SGROUP",
        ),
        ("M  V30 BEGIN RGROUP 1", "M  V30 BEGIN TEMPLATE\nM  V30 BEGIN RGROUP 1", "TEMPLATE"),
    ],
)
def test_what_a_molfile_says_and_cannot_be_followed_is_refused_by_name(before, after, problem):
    text = rgroup_file(ROOT, RGROUPS)
    assert before in text
    with pytest.raises(FileFormatError, match=problem):
        import_rgroup_file(text.replace(before, after, 1), origin=ORIGIN)


def test_a_molfile_without_rgroups_is_no_claim():
    text = rgroup_file(ROOT, {})
    with pytest.raises(FileFormatError, match="no RGROUP block"):
        import_rgroup_file(text, origin=ORIGIN)


@pytest.fixture(scope="module")
def jak1() -> list[str]:
    return pd.read_csv(JAK1)["smiles"].tolist()


def test_jak1_inhibitors_taken_apart_are_members_of_what_they_make(jak1):
    core = "c1nc2cnc3[nH]ccc3c2n1C1CCNCC1"
    found = import_examples(jak1, core, origin=ORIGIN)
    claim = claim_of(found.tables)
    assert len(claim.members) == 45
    assert all(match_claim(claim, smiles).inside for smiles in claim.members)
    assert not any(match_claim(claim, smiles).inside for smiles in claim.non_members)
    assert len(found.left_out) == len(jak1) - 45
    assert "not what is claimed" in claim.interpretation


def test_two_groups_on_one_nitrogen_are_two_sites(jak1):
    with_core = [s for s in jak1 if "N(C)c1ncnc2[nH]ccc12" in s]
    assert TOFACITINIB in with_core
    found = import_examples(with_core, "Nc1ncnc2[nH]ccc12", origin=ORIGIN)
    claim = claim_of(found.tables)
    assert [(site.name, site.positions) for site in claim.sites] == [("R1", (1,)), ("R1'", (1,))]
    assert match_claim(claim, TOFACITINIB).inside


def test_a_ring_closed_over_two_positions_is_left_out_with_its_reason():
    found = import_examples(
        ["Cc1ccccc1C", "c1ccc2c(c1)CCC2", "CCc1ccccc1"], "c1ccccc1", origin=ORIGIN
    )
    reasons = dict(found.left_out)
    assert "closes a ring" in reasons["c1ccc2c(c1)CCC2"]
    assert found.tables["non_members"] == ["c1ccc2c(c1)CCC2"]


def test_examples_that_share_no_core_are_refused():
    with pytest.raises(InputError, match="none of 2 compounds"):
        import_examples(["CCO", "CCN"], "c1ccccc1", origin=ORIGIN)
    with pytest.raises(StructureError):
        import_examples(["CCO"], "c1cc", origin=ORIGIN)
