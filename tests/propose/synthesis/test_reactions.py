import dataclasses
from pathlib import Path

import pytest
from rdkit import Chem

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.synthesis.building_blocks import default_blocks
from molagent.propose.synthesis.reactions import ReactionGenerator
from molagent.propose.synthesis.replay import replay_route
from molagent.propose.synthesis.template_file import default_templates
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest, SeedCompound
from molagent.testing import GeneratorContract

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
IMATINIB = "CN1CCN(Cc2ccc(C(=O)Nc3ccc(C)c(Nc4nccc(-c5cccnc5)n4)c3)cc2)CC1"
SEEDS = (
    SeedCompound(smiles=GEFITINIB, compound_id="gefitinib"),
    SeedCompound(smiles=IMATINIB, compound_id="imatinib", weight=2.0),
)
BASE = ProposalRequest(count=60, seed=5, cycle=1)
EDIT = dataclasses.replace(BASE, mode="edit", seeds=SEEDS)


@pytest.fixture(scope="module")
def generator() -> ReactionGenerator:
    return ReactionGenerator()


def proposals(generator, request):
    return generator.propose(request, NullProgress()).proposals


class TestFromNothing(GeneratorContract):
    pass


class TestFromKnownCompounds(GeneratorContract):
    def request(self, generator, *, count=12, seed=7):  # noqa: ARG002 - the contract
        return dataclasses.replace(EDIT, count=count, seed=seed)


def test_every_route_from_nothing_starts_from_blocks_of_the_file(generator):
    found = proposals(generator, BASE)
    assert len(found) == 60
    blocks = {block.block_id: block.smiles for block in default_blocks().blocks}
    for proposal in found:
        route = replay_route(proposal.detail)
        assert route.materials
        assert all(blocks[one.block_id] == one.smiles for one in route.materials)
        assert not proposal.parents


@pytest.mark.parametrize("request_", [BASE, EDIT], ids=["de_novo", "edit"])
def test_every_detail_can_be_run_again_and_gives_the_proposal(generator, request_):
    for proposal in proposals(generator, request_):
        route = replay_route(proposal.detail)
        assert route.product == proposal.smiles
        assert route.to_text() == proposal.detail


def test_routes_from_nothing_have_one_to_three_steps(generator):
    steps = {1 + proposal.detail.count("; ") for proposal in proposals(generator, BASE)}
    assert steps == {1, 2, 3}


def test_no_proposal_keeps_a_reactive_or_protecting_group(generator):
    for request in (BASE, EDIT):
        for proposal in proposals(generator, request):
            mol = Chem.MolFromSmiles(proposal.smiles)
            assert default_templates().find_unfinished(mol) == ""


def test_proposals_keep_to_size_and_forbidden_substructures(generator):
    sulfonyl = "S(=O)=O"
    assert any(
        Chem.MolFromSmiles(p.smiles).HasSubstructMatch(Chem.MolFromSmarts(sulfonyl))
        for p in proposals(generator, BASE)
    )
    small = dataclasses.replace(BASE, max_heavy_atoms=22, forbidden_smarts=(sulfonyl,))
    for proposal in proposals(generator, small):
        mol = Chem.MolFromSmiles(proposal.smiles)
        assert mol.GetNumHeavyAtoms() <= 22
        assert not mol.HasSubstructMatch(Chem.MolFromSmarts(sulfonyl))


@pytest.mark.parametrize("request_", [BASE, EDIT], ids=["de_novo", "edit"])
def test_what_is_known_does_not_come_back(generator, request_):
    first = {p.smiles for p in proposals(generator, request_)}
    again = dataclasses.replace(request_, exclude=frozenset(first))
    assert not first & {p.smiles for p in proposals(generator, again)}


def test_edits_name_their_parent_and_resemble_it(generator):
    core = Chem.MolFromSmarts("c1cc2ncncc2cc1")
    for proposal in proposals(generator, EDIT):
        assert proposal.parents in {("gefitinib",), ("imatinib",)}
        if proposal.parents == ("gefitinib",):
            assert Chem.MolFromSmiles(proposal.smiles).GetNumHeavyAtoms() >= 0.6 * 31
    kept = [
        Chem.MolFromSmiles(p.smiles).HasSubstructMatch(core)
        for p in proposals(generator, EDIT)
        if p.parents == ("gefitinib",)
    ]
    assert sum(kept) > len(kept) / 2


def test_a_seed_does_not_come_back_in_another_drawing(generator):
    assert Chem.CanonSmiles(GEFITINIB) not in {p.smiles for p in proposals(generator, EDIT)}


def test_a_seed_that_no_template_cuts_gives_nothing_and_no_error(generator):
    camphor = (SeedCompound(smiles="CC1(C)C2CCC1(C)C(=O)C2", compound_id="camphor"),)
    batch = generator.propose(dataclasses.replace(EDIT, seeds=camphor), NullProgress())
    assert (batch.proposals, batch.stop_reason) == ((), "exhausted")


def test_editing_refuses_missing_unreadable_and_weightless_seeds(generator):
    with pytest.raises(InputError, match="needs seed compounds"):
        proposals(generator, dataclasses.replace(EDIT, seeds=()))
    broken = (SeedCompound(smiles="c1ccc", compound_id="C-7"),)
    with pytest.raises(StructureError, match="C-7"):
        proposals(generator, dataclasses.replace(EDIT, seeds=broken))
    weightless = (SeedCompound(smiles=GEFITINIB, compound_id="C-8", weight=0.0),)
    with pytest.raises(InputError, match="weights"):
        proposals(generator, dataclasses.replace(EDIT, seeds=weightless))


def test_a_mode_it_does_not_have_is_refused(generator):
    with pytest.raises(NotFoundError, match="decorate"):
        proposals(generator, dataclasses.replace(BASE, mode="decorate"))


def test_own_blocks_are_the_only_ones_used(tmp_path: Path):
    path = tmp_path / "own.smi"
    path.write_text(
        "OC(=O)c1ccccc1 A1\nOC(=O)c1cccnc1 A2\nC1COCCN1 M1\nNCc1ccco1 M2\n", encoding="utf-8"
    )
    batch = ReactionGenerator(path).propose(BASE, NullProgress())
    amides = {p.smiles for p in batch.proposals if "amide_from_amine" in p.detail}
    assert "O=C(c1ccccc1)N1CCOCC1" in amides
    assert batch.stop_reason == "exhausted"


def test_blocks_that_fit_no_template_exhaust_at_once(tmp_path: Path):
    path = tmp_path / "own.smi"
    path.write_text("CCCC butane\n", encoding="utf-8")
    batch = ReactionGenerator(path).propose(BASE, NullProgress())
    assert (batch.proposals, batch.stop_reason, batch.attempts) == ((), "exhausted", 0)


@pytest.mark.parametrize("request_", [BASE, EDIT], ids=["de_novo", "edit"])
def test_what_was_not_taken_is_counted_with_its_reason(generator, request_):
    batch = generator.propose(request_, NullProgress())
    refused = dict(batch.refused)
    assert sum(refused.values()) + len(batch.proposals) == batch.attempts
    assert all(refused)
