import dataclasses

import pytest
from rdkit import Chem

from molagent.chem.assembly import joined
from molagent.errors import FileFormatError, InputError, NotFoundError
from molagent.propose.replacements.counting import count_parts, seen_often
from molagent.propose.replacements.generator import ReplaceGenerator
from molagent.propose.replacements.places import find_places
from molagent.propose.replacements.table import ReplacementTable
from molagent.propose.replacements.table_file import default_table, load_table, save_table
from molagent.propose.sieve import flat_smiles
from molagent.propose.training.replacements import count_replacements
from molagent.protocols import NullProgress
from molagent.records import Constraints, ProposalRequest, SeedCompound
from molagent.testing import NAMED_DRUGS, GeneratorContract

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ANISOLES = ("COc1ccncc1", "CCOc1ccncc1", "FC(F)Oc1ccncc1", "Clc1ccncc1")
SEEDS = (SeedCompound(smiles=TOFACITINIB, compound_id="tofacitinib"),)
REQUEST = ProposalRequest(count=40, seed=3, cycle=1, mode="edit", seeds=SEEDS)


@pytest.fixture(scope="module")
def generator() -> ReplaceGenerator:
    return ReplaceGenerator()


def proposals(generator, **changes):
    batch = generator.propose(dataclasses.replace(REQUEST, **changes), NullProgress())
    return batch.proposals


class TestGeneratorContract(GeneratorContract):
    pass


def places(smiles: str, cuts: int = 1):
    mol = Chem.MolFromSmiles(smiles)
    return {p.variable: p for p in find_places(mol, max_part=6, cuts=cuts) if p.atoms}


def test_places_are_alike_as_far_as_their_surroundings_are():
    pyridine, phenyl = places("COc1ccncc1")["*OC"], places("COc1ccccc1")["*OC"]
    assert pyridine.keys[2] == phenyl.keys[2]  # an aromatic carbon between two CH
    assert pyridine.keys[0] != phenyl.keys[0]  # three bonds on there is the nitrogen
    assert places("CCOc1ccncc1")["*OCC"].keys == pyridine.keys


def test_a_hydrogen_stands_where_a_substituent_could():
    mol = Chem.MolFromSmiles("c1ccncc1")
    hydrogens = [p for p in find_places(mol, max_part=6) if not p.atoms]
    assert places("COc1ccncc1")["*OC"].keys in {p.keys for p in hydrogens}


def test_the_hydrogen_of_an_aromatic_nitrogen_is_no_place():
    mol = Chem.MolFromSmiles(TOFACITINIB)
    anchors = {mol.GetAtomWithIdx(p.ends[0]).GetSymbol() for p in find_places(mol, max_part=6)}
    assert "N" in anchors  # the amides and amines are
    opened = [p.opened(mol) for p in find_places(mol, max_part=6) if not p.atoms]
    assert all(Chem.MolFromSmiles(text).HasSubstructMatch(NH) for text in opened)


NH = Chem.MolFromSmarts("[nH]")


def test_a_linker_fits_from_whichever_side_it_is_seen():
    amide, turned = "O=C(Nc1ccncc1)c1ccccc1", "O=C(Nc1ccccc1)c1ccncc1"
    table = ReplacementTable.of(count_parts([amide, turned], cuts=2))
    place = next(p for p in places(amide, cuts=2).values() if "[2*]" in p.variable)
    rest = place.opened(Chem.MolFromSmiles(amide))
    made = {joined(rest, place.fitted(seen.part)) for seen in table.seen(place, least=1)}
    assert Chem.CanonSmiles(turned) in made


def test_a_part_counts_once_a_compound_and_comes_with_its_count():
    table = ReplacementTable.of(count_parts(ANISOLES))
    seen = {s.part: s for s in table.seen(places("COc1ccncc1")["*OC"], least=1)}
    assert seen["*Cl"].compounds == 1
    assert seen["*Cl"].radius == 3
    assert "*OC" not in seen  # what stands there already


def test_what_only_one_compound_has_is_not_kept():
    counts = seen_often(count_parts([*ANISOLES, "Clc1ccc(C)nc1"]))
    table = ReplacementTable.of(counts)
    assert "*C(F)F" not in table.parts


def test_parts_of_unknown_configuration_are_not_counted():
    counts = count_parts(["CC(O)Oc1ccncc1", "C[C@H](O)Oc1ccncc1"])
    parts = {part for seen in counts.values() for part in seen}
    assert "*OC(C)O" not in parts
    assert any(part.startswith("*O[C@") for part in parts)


def test_a_table_comes_back_from_its_file(tmp_path):
    table = ReplacementTable.of(count_parts(ANISOLES), ({"file": "anisoles.smi"},))
    save_table(table, tmp_path / "t.npz")
    back = load_table(tmp_path / "t.npz")
    place = places("COc1ccncc1")["*OC"]
    assert back.seen(place, least=1) == table.seen(place, least=1)
    assert back.sources == table.sources


def test_a_file_that_is_no_table_says_how_to_make_one(tmp_path):
    path = tmp_path / "t.npz"
    path.write_text("no archive")
    with pytest.raises(FileFormatError, match="train replacements"):
        load_table(path)


def test_compounds_of_a_test_are_left_out_of_the_count(tmp_path):
    everything, more, test = (tmp_path / name for name in ("all.csv", "more.smi", "test.csv"))
    toluenes = [f"{part}c1ccc(C)cc1" for part in ("CO", "CCO", "Cl")]
    everything.write_text("smiles,y\n" + "".join(f"{s},1\n" for s in toluenes * 2))
    more.write_text("COc1ccc(F)cc1\nCCOc1ccc(F)cc1\nClc1ccc(F)cc1\n")
    test.write_text("smiles\nClc1ccc(C)cc1\n")
    table = count_replacements(
        [everything, more], tmp_path / "t.npz", NullProgress(), without=[test], workers=1
    )
    assert "*OCC" in table.parts
    assert "*Cl" not in table.parts
    assert [source["counted"] for source in table.sources] == [2, 3]


def test_the_shipped_table_says_what_it_has_seen():
    names = {str(source["file"]) for source in default_table().sources}
    assert "CHEMBL2835_Ki.csv" in names


def test_the_configuration_of_what_is_not_replaced_stays(generator):
    core = Chem.MolFromSmiles("C[C@@H]1CCNC[C@@H]1N")
    kept = [Chem.MolFromSmiles(p.smiles) for p in proposals(generator)]
    flat = Chem.MolFromSmiles(flat_smiles("C[C@@H]1CCNC[C@@H]1N"))
    whole = [mol for mol in kept if mol.HasSubstructMatch(flat)]
    assert len(whole) > 10
    assert all(mol.HasSubstructMatch(core, useChirality=True) for mol in whole)


def test_a_proposal_says_what_was_replaced_and_where_that_was_seen(generator):
    for proposal in proposals(generator, count=10):
        assert " to " in proposal.detail
        assert "seen in" in proposal.detail
        assert proposal.parents == ("tofacitinib",)


def test_children_carry_what_their_seed_keeps(generator):
    hinge = "[nH]1ccc2c1ncnc2"
    pyridine = SeedCompound(smiles="CCOc1ccncc1", compound_id="pyridine", keep=(hinge,))
    seeds = (dataclasses.replace(SEEDS[0], keep=(hinge,)), pyridine)
    made = proposals(generator, count=60, seeds=seeds)
    pattern = Chem.MolFromSmarts(hinge)
    mine = [p for p in made if p.parents == ("tofacitinib",)]
    assert mine
    assert all(Chem.MolFromSmiles(p.smiles).HasSubstructMatch(pattern) for p in mine)
    assert len(mine) < len(made)  # it says nothing of a seed that does not carry it


def test_constraints_hold(generator):
    constraints = Constraints(required=("C#N",), forbidden=("[F]",))
    made = proposals(generator, constraints=constraints, max_heavy_atoms=24)
    assert made
    for proposal in made:
        mol = Chem.MolFromSmiles(proposal.smiles)
        assert mol.HasSubstructMatch(Chem.MolFromSmarts("C#N"))
        assert not mol.HasSubstructMatch(Chem.MolFromSmarts("[F]"))
        assert mol.GetNumHeavyAtoms() <= 24


def test_a_flat_drawing_of_a_known_compound_is_known(generator):
    first = proposals(generator)
    marked = next(p.smiles for p in first if "@" in p.smiles)
    again = proposals(generator, exclude=frozenset({flat_smiles(marked)}))
    assert flat_smiles(marked) not in {flat_smiles(p.smiles) for p in again}


def test_nothing_to_start_from_is_refused(generator):
    with pytest.raises(InputError, match="seed compounds"):
        proposals(generator, seeds=())
    with pytest.raises(NotFoundError, match="edit"):
        proposals(generator, mode="de_novo")


def test_drugs_of_every_kind_have_replacements(generator):
    seeds = tuple(SeedCompound(smiles=s, compound_id=n) for n, s in NAMED_DRUGS.items())
    made = proposals(generator, seeds=seeds, count=100)
    assert len(made) == 100
