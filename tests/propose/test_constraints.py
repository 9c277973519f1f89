import dataclasses

import pytest
from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.constraints import Rules, fold_request
from molagent.propose.edits import EditGenerator
from molagent.propose.leads import find_cuts
from molagent.propose.sampler import GraphGenerator
from molagent.protocols import NullProgress
from molagent.records import Constraints, ProposalRequest, SeedCompound

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
QUINAZOLINE = "[*:1]c1ccc2ncnc(N[*:2])c2c1"
LINKABLE = "[*]c1ncnc2[nH]ccc12.[*]N1CCN(C)CC1"


@pytest.fixture(scope="module")
def generator() -> GraphGenerator:
    return GraphGenerator()


def ask(mode: str = "de_novo", *, lead: str = "", count: int = 24, **fields) -> ProposalRequest:
    seeds = (SeedCompound(smiles=lead, compound_id="lead"),) if lead else ()
    return ProposalRequest(
        count=count, seed=3, cycle=1, mode=mode, seeds=seeds, constraints=Constraints(**fields)
    )


def mols(generator: GraphGenerator, request: ProposalRequest) -> list[Chem.Mol]:
    batch = generator.propose(request, NullProgress())
    assert len(batch.proposals) == request.count
    return [Chem.MolFromSmiles(p.smiles) for p in batch.proposals]


def test_a_request_and_its_constraints_are_one_object():
    request = dataclasses.replace(
        ask(forbidden=("[Br]",), max_heavy_atoms=30),
        scaffold="c1ccccc1",
        forbidden_smarts=("[I]", "[Br]"),
        max_heavy_atoms=25,
    )
    folded = fold_request(request)
    assert folded.frozen == "c1ccccc1"
    assert folded.forbidden == ("[I]", "[Br]")
    assert folded.max_heavy_atoms == 25
    with pytest.raises(InputError, match="two different cores"):
        fold_request(dataclasses.replace(request, constraints=Constraints(frozen="C1CC1")))


def test_elements_sizes_and_rings_hold_for_every_proposal(generator):
    request = ask(
        elements=("C", "N", "O"),
        min_heavy_atoms=18,
        max_heavy_atoms=22,
        max_rings=2,
        min_rings=1,
        min_ring_size=5,
        max_ring_size=6,
    )
    for mol in mols(generator, request):
        assert {a.GetSymbol() for a in mol.GetAtoms()} <= {"C", "N", "O"}
        assert 18 <= mol.GetNumAtoms() <= 22
        rings = mol.GetRingInfo().AtomRings()
        assert 1 <= len(rings) <= 2
        assert all(5 <= len(ring) <= 6 for ring in rings)


def test_masks_alone_hold_elements_largest_size_and_rings(generator):
    samples = generator.sample(
        128,
        seed=2,
        constraints=Constraints(
            elements=("C", "N"), max_heavy_atoms=16, max_rings=1, min_ring_size=6, max_ring_size=6
        ),
    )
    for mol in map(Chem.MolFromSmiles, samples):
        assert {a.GetSymbol() for a in mol.GetAtoms()} <= {"C", "N"}
        assert mol.GetNumAtoms() <= 16
        assert [len(r) for r in mol.GetRingInfo().AtomRings()] in ([], [6])


def test_required_and_forbidden_substructures_are_kept_to(generator):
    request = ask(required=("C(=O)N",), forbidden=("c1ccccc1",), count=12)
    amide, benzene = Chem.MolFromSmarts("C(=O)N"), Chem.MolFromSmarts("c1ccccc1")
    for mol in mols(generator, request):
        assert mol.HasSubstructMatch(amide)
        assert not mol.HasSubstructMatch(benzene)


def test_a_charged_core_is_neutralised_where_neutral_proposals_are_asked_for(generator):
    request = ask("decorate", frozen="[*]C[N+](C)(C)C", charge="neutral", count=1)
    for mol in mols(generator, request):
        assert Chem.GetFormalCharge(mol) == 0
        assert mol.HasSubstructMatch(Chem.MolFromSmarts("C[N+](C)(C)C"))


@pytest.mark.parametrize(("charge", "ions"), [("as added", False), ("any", True)])
def test_ions_are_added_where_the_policy_of_charge_says_so(generator, charge, ions):
    samples = generator.sample(256, seed=4, constraints=Constraints(charge=charge))
    charged = [Chem.GetFormalCharge(Chem.MolFromSmiles(s)) != 0 for s in samples]
    assert any(charged) == ions


def test_linked_fragments_stay_as_they_are(generator):
    first, second = (Chem.MolFromSmarts(s) for s in ("c1ncnc2[nH]ccc12", "N1CCN(C)CC1"))
    for mol in mols(generator, ask("link", frozen=LINKABLE)):
        assert len(Chem.GetMolFrags(mol)) == 1
        assert any(
            set(Chem.GetShortestPath(mol, a[0], b[0])) - set(a) - set(b)
            for a in mol.GetSubstructMatches(first)
            for b in mol.GetSubstructMatches(second)
        )


def test_linkers_and_r_groups_may_change_together_while_the_core_stays(generator):
    frozen = "[*:1]c1ncnc2cc([*:2])c(OC)cc12.[*]c1ccccc1"
    core = Chem.MolFromSmarts("COc1cc2c(-*)ncnc2cc1-*")
    for mol in mols(generator, ask("link", frozen=frozen, count=12)):
        assert mol.HasSubstructMatch(core)


def test_hydrogens_of_a_core_grow_beside_its_exits_only_where_allowed(generator):
    core = Chem.MolFromSmarts("[cH]1[cH]c(*)[cH]c[n]1")
    frozen = "[*]c1ccncc1"
    exact = [m.HasSubstructMatch(core) for m in mols(generator, ask("decorate", frozen=frozen))]
    free = mols(generator, ask("decorate", frozen=frozen, hydrogens_may_grow=True))
    assert all(exact)
    assert not all(m.HasSubstructMatch(core) for m in free)
    assert all(m.HasSubstructMatch(Chem.MolFromSmarts("*c1ccncc1")) for m in free)


@pytest.mark.parametrize("frozen", ["c1ncc2ccccc2n1", "[*]c1ncnc2cc([*])c([*])cc12", "ncn"])
def test_the_protected_part_of_a_lead_stays_with_its_neighbours(generator, frozen):
    request = ask("around", lead=GEFITINIB, frozen=frozen, count=40)
    batch = generator.propose(request, NullProgress())
    core = Chem.MolFromSmarts("c1(*)c(*)cc2c(-*)ncnc2c1")
    assert len(batch.proposals) == 40
    assert len({p.detail for p in batch.proposals}) > 5
    for proposal in batch.proposals:
        assert proposal.parents == ("lead",)
        mol = Chem.MolFromSmiles(proposal.smiles)
        assert mol.HasSubstructMatch(core)
    assert generator.propose(request, NullProgress()) == batch


def test_numbered_atoms_of_a_lead_are_protected(generator):
    lead = "COc1cc2ncnc(Nc3ccc(F)c([Cl:1])c3)c2cc1OCCCN1CCOCC1"
    for mol in mols(generator, ask("around", lead=lead)):
        assert mol.HasSubstructMatch(Chem.MolFromSmarts("cCl"))


def test_leads_keep_the_stereo_of_what_is_protected(generator):
    frozen = "C[C@@H]1CCNC[C@@H]1N(C)c1ncnc2[nH]ccc12"
    core = Chem.MolFromSmiles("C[C@@H]1CCN(C)C[C@@H]1N(C)c1ncnc2[nH]ccc12")
    query = Chem.MolFromSmarts("C[C@@H]1CCN(*)C[C@@H]1N(C)c1ncnc2[nH]ccc12")
    assert core.HasSubstructMatch(query, useChirality=True)
    for mol in mols(generator, ask("around", lead=TOFACITINIB, frozen=frozen, count=12)):
        assert mol.HasSubstructMatch(query, useChirality=True)


def test_a_cut_takes_away_something_of_everything_that_is_forbidden():
    request = ask("around", lead=GEFITINIB, forbidden=("[Cl]", "[F]"))
    cuts = find_cuts(GEFITINIB, Rules.of(request))
    assert cuts
    assert not any("Cl" in cut.smiles or "F" in cut.smiles for cut in cuts)


def test_edits_are_looked_at_with_the_same_constraints():
    request = ask("edit", lead=GEFITINIB, frozen="c1ncc2ccccc2n1", elements=("C", "N", "O", "F"))
    batch = EditGenerator().propose(request, NullProgress())
    core = Chem.MolFromSmiles("c1ncc2ccccc2n1")
    for mol in (Chem.MolFromSmiles(p.smiles) for p in batch.proposals):
        assert mol.HasSubstructMatch(core)
        assert {a.GetSymbol() for a in mol.GetAtoms()} <= {"C", "N", "O", "F"}


@pytest.mark.parametrize(
    ("mode", "fields", "reason"),
    [
        ("decorate", {}, "needs a scaffold"),
        ("decorate", {"frozen": "c1ccccc"}, "not a SMILES"),
        ("decorate", {"frozen": "C[*].C[*]"}, "2 parts"),
        ("decorate", {"frozen": "[*]C(F)(F)(F)F"}, "cannot exist"),
        ("decorate", {"frozen": QUINAZOLINE, "max_heavy_atoms": 12}, "heavy atoms"),
        ("decorate", {"frozen": "[*]c1ccccc1Br", "elements": ("C", "N")}, "holds Br"),
        ("decorate", {"frozen": "[*]C1CC1", "min_ring_size": 5}, "ring of 3"),
        ("decorate", {"frozen": QUINAZOLINE, "max_rings": 1}, "2 rings"),
        ("decorate", {"frozen": QUINAZOLINE, "forbidden": ("c1ncncc1",)}, "forbidden"),
        ("decorate", {"frozen": "c1ccccc1", "forbidden": ("c1ccccc1",)}, "forbidden"),
        ("link", {"frozen": "[*]c1ccccc1"}, "1 parts"),
        ("link", {"frozen": LINKABLE, "elements": ("C", "N", "F"), "forbidden": ("[nH]",)}, "nH"),
        ("link", {"frozen": "[*]C.[*]F", "elements": ("F", "C"), "max_heavy_atoms": 2}, "heavy"),
        ("link", {"frozen": "[*]F.[*]F", "elements": ("F", "Cl")}, "exclude every block"),
        ("de_novo", {"frozen": "C1CC1"}, "from nothing"),
        ("de_novo", {"elements": ("Fe",)}, "'Fe'"),
        ("de_novo", {"required": ("[#7]",), "elements": ("C", "O")}, "needs N"),
        ("de_novo", {"required": ("CCCC",), "max_heavy_atoms": 3}, "more than the 3"),
        ("de_novo", {"required": ("CN",), "forbidden": ("CN",)}, "both required"),
        ("de_novo", {"required": ("[",)}, "required substructure"),
        ("de_novo", {"min_heavy_atoms": 50}, "min_heavy_atoms 50"),
        ("de_novo", {"min_rings": 3, "max_rings": 2}, "min_rings 3"),
        ("de_novo", {"min_ring_size": 7, "max_ring_size": 6}, "min_ring_size 7"),
        ("de_novo", {"charge": "zwitterion"}, "charge policy"),
        ("around", {}, "needs seed"),
    ],
)
def test_constraints_that_cannot_be_met_are_refused_before_sampling(mode, fields, reason):
    generator = GraphGenerator(weights=None)
    with pytest.raises(InputError, match=reason):
        generator.propose(ask(mode, **fields), NullProgress())


@pytest.mark.parametrize(
    ("lead", "fields", "reason"),
    [
        (GEFITINIB, {"frozen": GEFITINIB}, "every part is protected"),
        (GEFITINIB, {"frozen": "C1CCCCC1"}, "not in the lead"),
        (GEFITINIB, {"frozen": "[["}, "neither SMILES nor SMARTS"),
        (GEFITINIB, {"frozen": "c1ncc2ccccc2n1", "forbidden": ("ncn",)}, "protected part holds"),
        (GEFITINIB, {"frozen": "Cl", "elements": ("C", "N", "O", "F")}, "element Cl"),
        (GEFITINIB, {"elements": ("C",), "most_cuts": 1}, "no cut"),
        (GEFITINIB, {"max_heavy_atoms": 5}, "no cut"),
        (GEFITINIB, {"most_cuts": 0}, "most_cuts"),
        ("C1CCCCC1", {}, "no single acyclic bond"),
        ("CC.O", {}, "several parts"),
        ("C[Sn](C)(C)c1ccccc1", {}, "element table"),
        ("c1ccccc", {}, "cannot be read"),
    ],
)
def test_leads_that_cannot_change_are_refused_before_sampling(generator, lead, fields, reason):
    with pytest.raises(InputError, match=reason):
        generator.propose(ask("around", lead=lead, **fields), NullProgress())


def test_refusals_are_counted_by_reason(generator):
    request = ask(required=("C(=O)N",), forbidden=("c1ccccc1",), min_rings=2)
    batch = generator.propose(request, NullProgress())
    counts = dict(batch.refused)
    assert counts["forbidden"] > 0
    assert counts["without required"] > 0
    assert batch.attempts == len(batch.proposals) + sum(counts.values())


def test_what_is_forbidden_only_before_an_exit_is_used_is_not_refused(generator):
    """An aniline NH2 is forbidden; the exit makes it a secondary amine in every product."""
    batch = generator.propose(
        ask("decorate", frozen="[*]Nc1ccccc1", forbidden=("[NX3;H2]c",)), NullProgress()
    )
    assert batch.proposals


def test_the_same_request_gives_the_same_batch_in_every_mode(generator):
    for request in (
        ask("link", frozen=LINKABLE),
        ask("around", lead=TOFACITINIB),
        ask(elements=("C", "N", "O"), max_ring_size=6),
    ):
        first = generator.propose(request, NullProgress())
        assert generator.propose(request, NullProgress()) == first
        assert len({p.smiles for p in first.proposals}) == len(first.proposals) == request.count


def test_ring_limits_are_numbers_of_whole_molecules():
    rules = Rules.of(ask(max_rings=2, max_ring_size=6))
    assert rules.refusal(Chem.MolFromSmiles("c1ccc2ccccc2c1")) == ""
    assert rules.refusal(Chem.MolFromSmiles("C1CC2CCC1CC2")) == ""
    assert rules.refusal(Chem.MolFromSmiles("C1CCCCCC1")) == "ring size"
    assert rules.refusal(Chem.MolFromSmiles("c1ccc2cc3ccccc3cc2c1")) == "rings"
