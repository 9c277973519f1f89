"""What a whole claim says: variable cores, provisos, salts, configuration, TOML and JSON."""

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import FileFormatError
from molagent.patents.markush.bounds import measure_group
from molagent.patents.markush.claims import parse_claim, read_claim, read_claims
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.language import parse_predicate
from molagent.patents.markush.matching import describe_claim, match_claim
from tests.patents.conftest import COLLECTION, EGFR_CLAIM, EGFR_CLAIMS, PUBLISHED
from tests.patents.markush.test_breaking import BASE, claim_of, site

WRITTEN = [
    *sorted((PUBLISHED / "claims").glob("*.toml")),
    *sorted((EGFR_CLAIMS / "claims").glob("*.toml")),
]


def inside(claim, smiles: str) -> bool:
    return match_claim(claim, smiles).inside


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_a_published_claim_has_its_drug_inside_and_passes_its_own_tests(path):
    claim = read_claim(path)
    assert claim.members
    assert claim.non_members
    assert "drawing" in claim.text or "Q is a saturated" in claim.text
    assert len({*draw_members(claim, 30, seed=1)}) > 10


@pytest.mark.parametrize("path", [*WRITTEN, *sorted((COLLECTION / "claims").glob("*.toml"))])
def test_a_claim_means_the_same_in_json_as_in_toml(path, tmp_path):
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    written = tmp_path / f"{path.stem}.json"
    written.write_text(json.dumps(data, default=str), encoding="utf-8")
    assert read_claim(written) == read_claim(path)


def test_a_folder_is_read_with_both_kinds_of_file(tmp_path):
    (tmp_path / "claims").mkdir()
    text = EGFR_CLAIM.read_text(encoding="utf-8")
    (tmp_path / "claims" / "a.toml").write_text(text, encoding="utf-8")
    other = {**tomllib.loads(text), "claim_id": "other"}
    (tmp_path / "claims" / "b.json").write_text(json.dumps(other, default=str), encoding="utf-8")
    assert [claim.claim_id for claim in read_claims(tmp_path)] == ["US-5770603/1", "other"]


@pytest.mark.parametrize("text", ["{", "[]", '{"read_on": 7}', '{"read_on": "yesterday"}'])
def test_json_that_is_no_claim_is_refused(tmp_path, text):
    path = tmp_path / "claim.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"claim\.json"):
        read_claim(path)


def test_a_part_of_the_core_may_vary_and_a_position_may_belong_to_one_alternative():
    claim = claim_of(
        "O=C(N)c1{X}cccc1",
        [site("R2", [2], {"halogen": ["F"]})],
        vary={"X": ["[cH:2]", "n"]},
    )
    assert [
        inside(claim, s) for s in ("NC(=O)c1ccccc1F", "NC(=O)c1ccccn1", "NC(=O)c1ccccc1Cl")
    ] == [
        True,
        True,
        False,
    ]
    assert [site.positions for site in claim.sites] == [(2,)]
    assert set(draw_members(claim, 30, seed=0)) == {
        "NC(=O)c1ccccc1F",
        "NC(=O)c1ccccc1",
        "NC(=O)c1ccccn1",
    }


def test_a_ring_of_the_core_may_have_several_sizes():
    claim = claim_of(
        "O=C1{chain}N[cH:9]c1".replace("[cH:9]c1", "C1"), [], vary={"chain": ["C", "CC"]}
    )
    assert inside(claim, "O=C1CNC1")
    assert inside(claim, "O=C1CCNC1")
    assert not inside(claim, "O=C1CCCNC1")


PROVISOS = {
    "if R1 is hydrogen then R2 is not": (
        {"if": {"R1": "hydrogen"}, "then": {"R2": {"not": "hydrogen"}}},
        ["Cc1ccccc1N", "Nc1ccccc1", "Cc1ccccc1NC"],
        [True, False, True],
    ),
    "not together": (
        {"if": {"R1": {"alkyl": [2, 3]}, "R2": {"alkyl": [2, 3]}}},
        ["CCc1ccccc1NC", "CCc1ccccc1NCC"],
        [True, False],
    ),
    "always": ({"then": {"R1": {"not": "hydrogen"}}}, ["CNc1ccccc1", "Cc1ccccc1N"], [True, False]),
    "total": (
        {"total": {"sites": ["R1", "R2"], "count": [1, 1]}},
        ["CNc1ccccc1", "Nc1ccccc1", "CNc1ccccc1C"],
        [True, False, False],
    ),
    "total carbons": (
        {"total": {"sites": ["R1", "R2"], "carbons": [2, 4]}},
        ["CNc1ccccc1C", "CCNc1ccccc1", "CNc1ccccc1", "CCNc1ccccc1CCC"],
        [True, True, False, False],
    ),
    "not the same": (
        {"differ": ["R1", "R2"]},
        ["CNc1ccccc1", "CNc1ccccc1CC", "CNc1ccccc1C", "Nc1ccccc1"],
        [True, True, False, False],
    ),
    "at least two of": (
        {
            "some": {
                "at_least": 2,
                "of": [{"R1": {"alkyl": [1, 1]}}, {"R2": {"alkyl": [1, 1]}}, {"R2": "hydrogen"}],
            }
        },
        ["CNc1ccccc1", "CNc1ccccc1C", "CCNc1ccccc1", "CNc1ccccc1CC"],
        [True, True, False, False],
    ),
    "exclude": ({"exclude": ["c1ccccc1NC"]}, ["CNc1ccccc1", "CCNc1ccccc1"], [False, True]),
    "exclude_substructure": (
        {"exclude_substructure": ["NC(C)C"]},
        ["CC(C)Nc1ccccc1", "CCCNc1ccccc1"],
        [False, True],
    ),
}


@pytest.mark.parametrize("name", PROVISOS)
def test_a_proviso_takes_combinations_out(name):
    proviso, smiles_list, expected = PROVISOS[name]
    claim = claim_of(
        "[NH2:1]c1[cH:2]cccc1",
        [site("R1", [1], {"alkyl": [1, 3]}), site("R2", [2], {"alkyl": [1, 3]})],
        proviso=[proviso],
    )
    assert [inside(claim, smiles) for smiles in smiles_list] == expected
    assert not [s for s in draw_members(claim, 40, seed=0) if not inside(claim, s)]
    out = smiles_list[expected.index(False)]
    [failure] = match_claim(claim, out).failures
    assert failure.startswith("the claim provides:")


def test_an_assignment_that_meets_the_provisos_is_looked_for_among_all():
    # Methyl and ethyl on one nitrogen: only one way round is allowed, and that is enough.
    claim = claim_of(
        "[NH2:1]c1ccccc1",
        [site("R1", [1], {"alkyl": [1, 2]}, (1, 1)), site("R2", [1], {"alkyl": [1, 2]}, (1, 1))],
        proviso=[{"if": {"R1": {"alkyl": [1, 1]}}, "then": {"R2": {"alkyl": [1, 1]}}}],
    )
    assert match_claim(claim, "CCN(C)c1ccccc1").assignment == {"R1": "*CC", "R2": "*C"}


SALTS = [
    ("any", [True, True, True]),
    ("none", [True, False, False]),
    (["Cl"], [False, True, False]),
    (["Cl", "CS(=O)(=O)O"], [False, True, True]),
]


@pytest.mark.parametrize(("salts", "expected"), SALTS)
def test_salts_count_as_the_claim_says(salts, expected):
    claim = claim_of("c1ccccc1CN[CH3:1]", [site("R", [1], {"alkyl": [1, 1]})], salts=salts)
    forms = ["CNCc1ccccc1", "C[NH2+]Cc1ccccc1.[Cl-]", "CNCc1ccccc1.CS(=O)(=O)O"]
    assert [inside(claim, smiles) for smiles in forms] == expected
    assert all(inside(claim, smiles) for smiles in draw_members(claim, 5, seed=0))


def test_the_configuration_of_the_core_counts_where_the_claim_says_so():
    sites = [site("R", [1], {"alkyl": [1, 2]})]
    r_form, s_form, open_form = "C[C@@H](N)C(=O)OC", "C[C@H](N)C(=O)OC", "CC(N)C(=O)OC"
    literal = claim_of("C[C@H](N)C(=O)[OH:1]", sites, stereo="literal")
    assert [inside(literal, s) for s in (s_form, r_form, open_form)] == [True, False, False]
    assert "another configuration" in match_claim(literal, r_form).failures[0]
    ignored = claim_of("C[C@H](N)C(=O)[OH:1]", sites)
    assert all(inside(ignored, s) for s in (s_form, r_form, open_form))


def test_a_claim_to_one_compound_needs_no_site():
    claim = claim_of("Cc1ccccc1", [])
    assert inside(claim, "Cc1ccccc1")
    assert not inside(claim, "CCc1ccccc1")


def test_a_claim_without_sites_is_read_back_as_one_compound():
    sentence = describe_claim(claim_of("Cc1ccccc1", [], salts="none"))
    assert "the compound Cc1ccccc1 and no other, as the free form; " in sentence
    assert "where" not in sentence
    assert "  " not in sentence


def test_provisos_salts_and_configuration_are_read_back():
    claim = claim_of(
        "C[C@H](N)C(=O)[OH:1]",
        [site("R", [1], {"alkyl": [1, 2]})],
        stereo="literal",
        salts=["Cl"],
        proviso=[{"exclude": ["CC(N)C(=O)O"], "words": "other than alanine"}],
    )
    sentence = describe_claim(claim)
    assert "other than alanine" in sentence
    assert "as the salt with Cl" in sentence
    assert "in the configuration drawn" in sentence


WRONG = {
    "unknown key": ({"provisos": []}, "unknown field 'provisos'"),
    "part without alternatives": (
        {"core": "c1cc{X}cc[cH:1]1"},
        r"core part \{X\} has no alternatives",
    ),
    "alternatives without a part": ({"vary": {"X": ["c"]}}, "vary.X stands in no core"),
    "alternatives of one part": (
        {"core": "c1cc{X}cc[cH:1]1", "vary": {"X": "c"}},
        "has no alternatives",
    ),
    "core of numbers": ({"core": 7}, "core 7 is not SMILES"),
    "no core": ({"core": []}, "is not SMILES"),
    "core that does not parse": ({"core": "c1cc[cH:1"}, "is not a complete molecule"),
    "isotopes": ({"isotopes": "some"}, "isotopes 'some' is not known"),
    "stereo": ({"stereo": "R"}, "stereo 'R' is not known"),
    "salts": ({"salts": ["HCl"]}, "are not counter ions"),
    "salt word": ({"salts": "hydrochloride"}, "are not counter ions"),
    "filled": ({"filled": ["R9"]}, "filled names 'R9', which is no site"),
    "members": ({"members": "CCO"}, "members is not a list of text"),
    "proviso site": ({"proviso": [{"if": {"R9": "hydrogen"}}]}, "unknown field 'R9'"),
    "proviso key": ({"proviso": [{"unless": {}}]}, "unknown field 'unless'"),
    "proviso mix": (
        {"proviso": [{"if": {"R": "hydrogen"}, "exclude": ["CC"]}]},
        "a proviso has if, exclude",
    ),
    "empty proviso": ({"proviso": [{}]}, "a proviso has nothing to ask"),
    "proviso SMILES": ({"proviso": [{"exclude": ["C("]}]}, "is not a SMILES string"),
    "proviso SMARTS": ({"proviso": [{"exclude_substructure": ["["]}]}, "not a SMARTS"),
    "proviso total": ({"proviso": [{"total": {"sites": ["X"], "count": [0, 1]}}]}, "are not sites"),
    "proviso differ": ({"proviso": [{"differ": ["X", "Y"]}]}, "are not sites"),
    "proviso some": ({"proviso": [{"some": {"of": "R1"}}]}, "is no list"),
    "two totals": (
        {"proviso": [{"total": {"sites": ["R"], "count": [0, 1], "atoms": [0, 1]}}]},
        "a total counts count and atoms",
    ),
    "proviso list": ({"proviso": {"if": {}}}, "proviso is not a list"),
    "site key": (
        {"site": [{"name": "R", "position": [1], "group": "cyano", "count": 1}]},
        "unknown field 'position'",
    ),
    "site without count": (
        {"site": [{"name": "R", "positions": [1], "group": "cyano"}]},
        "either count or counts",
    ),
    "site with both": (
        {"site": [{"name": "R", "positions": [1], "group": "cyano", "count": 1, "counts": [1]}]},
        "either count or counts",
    ),
    "positions": (
        {"site": [{"name": "R", "positions": "1", "group": "cyano", "count": 1}]},
        "are not map numbers",
    ),
    "hydrogen": (
        {"site": [{"name": "R", "positions": [1], "group": "hydrogen", "count": 1}]},
        "a count that begins with 0",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_claim_is_refused_with_place_and_remedy(name):
    change, problem = WRONG[name]
    data = {**BASE, "core": "c1ccccc1[CH3:1]", "site": [site("R", [1], "cyano")], **change}
    with pytest.raises(FileFormatError, match=problem) as caught:
        parse_claim(data, place="folder/claim.toml")
    assert "folder/claim.toml" in str(caught.value)
    assert caught.value.remedy


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["cyano", "*O*", "N", "bond"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "alkyl",
                    "ring",
                    "size",
                    "hetero",
                    "one_of",
                    "by",
                    "then",
                    "linked",
                    "repeat",
                    "unit",
                    "times",
                    "base",
                    "at_most",
                    "template",
                    "core",
                    "site",
                    "haloalkyl",
                    "carbons",
                    "of",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_any_value_is_a_predicate_or_refused_by_name(value):
    try:
        predicate = parse_predicate(value, place="R1")
    except FileFormatError as error:
        assert "R1" in str(error)  # noqa: PT017 - refusing is one of two right answers
    else:
        assert predicate.describe()


def test_parts_that_vary_by_the_million_are_refused_before_they_are_written():
    vary = {name: ["c", "n", "C", "N", "O", "S", "P", "[SiH2]"] for name in "ABCDEFGHJK"}
    core = "[cH:1]1" + "".join(f"{{{name}}}" for name in vary) + "1"
    with pytest.raises(FileFormatError, match="1073741824 cores, more than 500"):
        claim_of(core, [], vary=vary)


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_a_file_nested_without_end_is_refused(tmp_path, ending):
    opening = "site = " if ending == "toml" else ""
    path = tmp_path / f"deep.{ending}"
    path.write_text(opening + "[" * 100_000, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"nested too deeply|not a claim in JSON"):
        read_claim(path)


def test_a_deeply_nested_group_is_bounded_at_once():
    group = "cyano"
    for _ in range(20):
        group = {"alkylene_then": {"length": [0, 9], "then": {"one_of": [group, "phenyl"]}}}
    bounds = parse_predicate(group, place="R1").bounds()
    assert any(box.hold(measure_group("*CCC#N")) for box in bounds)
