import pytest
from rdkit import Chem

from molagent.errors import InputError, StructureError
from molagent.propose.synthesis.analogues import AnalogueFinder, nearest_makeable
from molagent.propose.synthesis.template_file import default_templates
from molagent.propose.synthesis.templates import run_template

MOCLOBEMIDE = "O=C(NCCN1CCOCC1)c1ccc(Cl)cc1"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"


@pytest.fixture(scope="module")
def finder() -> AnalogueFinder:
    return AnalogueFinder()


def test_moclobemide_is_makeable_as_it_is(finder):
    best = finder.find(MOCLOBEMIDE).analogues[0]
    assert best.exact
    assert best.similarity == 1.0
    assert best.smiles == MOCLOBEMIDE
    assert [step.template for step in best.route.steps] == ["amide_from_amine"]
    assert best.route.all_in_file


def test_analogues_come_most_similar_first_and_differ(finder):
    found = finder.find(GEFITINIB, count=5).analogues
    assert len(found) == 5
    assert [a.similarity for a in found] == sorted((a.similarity for a in found), reverse=True)
    assert len({a.smiles for a in found}) == 5
    assert 0.5 < found[0].similarity < 1.0


def test_every_step_of_every_route_runs(finder):
    for analogue in finder.find(GEFITINIB, count=5).analogues:
        assert analogue.route.steps[-1].product == analogue.smiles
        for step in analogue.route.steps:
            template = default_templates().get(step.template)
            reactants = [Chem.MolFromSmiles(smiles) for smiles in step.reactants]
            assert Chem.MolToSmiles(run_template(template, reactants).product) == step.product


def test_a_building_block_needs_no_reaction(finder):
    best = finder.find("C1COCCN1").analogues[0]
    assert (best.exact, best.route.steps) == (True, ())


def test_what_no_template_cuts_is_unknown_and_not_called_unmakeable(finder):
    found = finder.find(CAMPHOR)
    assert found.analogues == ()
    assert found.cuts == 0
    assert found.reason.startswith("unknown: no template cuts")


def test_cuts_without_fitting_blocks_are_unknown_too(tmp_path):
    path = tmp_path / "own.smi"
    path.write_text("CCCC butane\n", encoding="utf-8")
    found = nearest_makeable(MOCLOBEMIDE, path)
    assert found.cuts > 0
    assert found.reason.startswith("unknown: no combination")


def test_stereo_marks_of_the_proposal_do_not_matter(finder):
    left = finder.find("CC(=O)N[C@@H](C)c1ccccc1").analogues
    right = finder.find("CC(=O)NC(C)c1ccccc1").analogues
    assert left == right
    assert left[0].exact


def test_analogues_carry_no_protecting_group_that_the_proposal_lacks(finder):
    tofacitinib = "CC1CCN(C(=O)CC#N)CC1N(C)c1ncnc2[nH]ccc12"
    boc = Chem.MolFromSmarts("OC(C)(C)C")
    for analogue in finder.find(tofacitinib, count=20).analogues:
        assert not Chem.MolFromSmiles(analogue.smiles).HasSubstructMatch(boc)


def test_the_same_question_has_the_same_answer(finder):
    assert AnalogueFinder().find(GEFITINIB) == finder.find(GEFITINIB)


def test_nonsense_is_refused(finder):
    with pytest.raises(StructureError):
        finder.find("c1ccc")
    with pytest.raises(InputError, match="count 0"):
        finder.find(MOCLOBEMIDE, count=0)
