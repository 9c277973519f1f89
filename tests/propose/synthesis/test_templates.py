from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.propose.synthesis.template_file import default_templates, read_templates
from molagent.propose.synthesis.templates import ReactionTemplate, find_cuts, run_template

TEMPLATES = default_templates().templates
EXAMPLES = [
    pytest.param(template, example, id=f"{template.name}-{number}")
    for template in TEMPLATES
    for number, example in enumerate(template.examples, start=1)
]


def named(name: str) -> ReactionTemplate:
    template = default_templates().get(name)
    assert template is not None
    return template


def run(name: str, *reactants: str) -> str:
    outcome = run_template(named(name), [Chem.MolFromSmiles(smiles) for smiles in reactants])
    return outcome.reason if outcome.product is None else Chem.MolToSmiles(outcome.product)


@pytest.mark.parametrize(("template", "example"), EXAMPLES)
def test_every_example_gives_its_product(template, example):
    outcome = run_template(template, [Chem.MolFromSmiles(text) for text in example.reactants])
    assert outcome.reason == ""
    assert Chem.MolToSmiles(outcome.product) == Chem.CanonSmiles(example.product)


@pytest.mark.parametrize(
    ("template", "example"), [each for each in EXAMPLES if each.values[0].retro]
)
def test_every_template_that_cuts_cuts_its_own_product(template, example):
    cuts = find_cuts(template, Chem.MolFromSmiles(example.product))
    assert cuts
    assert {len(pieces) for pieces in cuts} == {len(template.roles)}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_template_says_where_it_is_from(template):
    assert template.title
    assert "doi:" in template.reference or "Angew." in template.reference
    assert template.incompatible


def test_there_are_enough_templates_of_many_classes():
    assert len(TEMPLATES) >= 60
    assert len({template.reaction_class for template in TEMPLATES}) >= 8


@given(data=st.data(), seed=st.integers(1, 2**31 - 1))
@settings(max_examples=60, deadline=None)
def test_the_product_does_not_depend_on_how_the_reactants_are_written(data, seed):
    template = data.draw(st.sampled_from(TEMPLATES))
    example = template.examples[0]
    rewritten = [
        Chem.MolFromSmiles(
            Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(text), 1, randomSeed=seed)[0]
        )
        for text in example.reactants
    ]
    product = run_template(template, rewritten).product
    assert Chem.MolToSmiles(product) == Chem.CanonSmiles(example.product)


def test_two_amines_of_one_molecule_make_an_amide_ambiguous():
    assert run("amide_from_amine", "OC(=O)c1ccccc1", "CC(N)CCN") == "ambiguous: 2 products"


def test_a_symmetric_diamine_reacts_once():
    assert run("amide_from_amine", "CC(=O)O", "C1CNCCN1") == "CC(=O)N1CCNCC1"


def test_an_amino_acid_is_refused_because_it_would_react_with_itself():
    assert run("amide_from_amine", "NCCC(=O)O", "C1COCCN1") == (
        "a reactant would react with itself"
    )


def test_a_bromide_goes_before_a_chloride():
    assert run("suzuki", "OB(O)c1ccccc1", "Clc1ccc(Br)cn1") == "Clc1ccc(-c2ccccc2)cn1"
    assert run("suzuki_chloride", "OB(O)c1ccccc1", "Clc1ccc(Br)cn1") == (
        "incompatible: aryl_bromide"
    )


def test_an_unactivated_chloride_is_not_substituted():
    assert run("snar_amine", "Clc1ccccc1", "C1COCCN1") == "reactant 1 does not fit"


def test_an_unsymmetric_pyrazole_is_not_alkylated_because_two_isomers_form():
    assert run("azole_alkylation", "Cc1cc[nH]n1", "BrCc1ccccc1") == "ambiguous: 2 products"


def test_two_drawings_of_one_tautomer_are_not_ambiguous():
    product = run("benzimidazole", "Cc1ccc(N)c(N)c1", "O=Cc1ccccc1")
    assert product in {"Cc1ccc2[nH]c(-c3ccccc3)nc2c1", "Cc1ccc2nc(-c3ccccc3)[nH]c2c1"}


def test_stereo_marks_of_a_reactant_stay():
    assert run("amide_from_amine", "CC(=O)O", "C[C@H](N)c1ccccc1") == (
        Chem.CanonSmiles("CC(=O)N[C@@H](C)c1ccccc1")
    )


def test_a_mitsunobu_product_does_not_claim_a_configuration():
    product = run("mitsunobu", "Oc1ccc(F)cc1", "CC[C@H](C)O")
    assert product == "CCC(C)Oc1ccc(F)cc1"


def test_gefitinib_is_cut_at_its_anilinoquinazoline():
    gefitinib = Chem.MolFromSmiles("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1")
    assert find_cuts(named("snar_aniline"), gefitinib) == (
        ("COc1cc2ncnc(Cl)c2cc1OCCCN1CCOCC1", "Nc1ccc(F)c(Cl)c1"),
    )


def test_a_cut_that_would_not_run_forward_does_not_count():
    # The acid of the piece with the amine would react first.
    mol = Chem.MolFromSmiles("O=C(O)CCNC(=O)c1ccccc1")
    assert find_cuts(named("amide_from_amine"), mol) == ()


ENTRY = """
[groups]
acid = '[CX3](=O)[OX2H1]'

[[template]]
name = "one"
title = "one"
class = "one"
reference = "one"
forward = '{forward}'
incompatible = ["{group}"]
examples = [{{ reactants = ["C"], product = "C" }}]
"""


@pytest.mark.parametrize(
    ("forward", "group", "says"),
    [
        ("[c:1][Br>>[c:1]C#N", "acid", "is not SMIRKS"),
        ("[c:1][Br]>>[c:1]C#N", "base", "no group named base"),
    ],
)
def test_a_wrong_template_is_named_with_its_place(tmp_path: Path, forward, group, says):
    path = tmp_path / "own.toml"
    path.write_text(ENTRY.format(forward=forward, group=group), encoding="utf-8")
    with pytest.raises(FileFormatError, match=says) as error:
        read_templates(path)
    assert "own.toml: template 1 (one)" in str(error.value)


def test_a_site_can_bring_its_own_templates(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text(ENTRY.format(forward="[c:1][Br]>>[c:1]C#N", group="acid"), encoding="utf-8")
    assert [template.name for template in read_templates(path).templates] == ["one"]


def test_a_file_without_templates_is_an_error(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text("[groups]\n", encoding="utf-8")
    with pytest.raises(FileFormatError, match="no template"):
        read_templates(path)
    with pytest.raises(FileFormatError, match="the file cannot be read"):
        read_templates(tmp_path / "missing.toml")
