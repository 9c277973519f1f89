import numpy as np
import pytest
from rdkit import Chem

from molagent.propose.actions import GrowthBatch
from molagent.propose.constraints import Rules
from molagent.propose.leads import find_cuts
from molagent.propose.motifs import find_atom_type
from molagent.propose.seeds import SeedGraph, parse_seed
from molagent.records import Constraints, ProposalRequest

STEREO_DRUGS = {
    "tofacitinib": "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12",
    "spirapril": "CCOC(=O)[C@H](CCc1ccccc1)N[C@@H](C)C(=O)N1CC2(C[C@H]1C(=O)O)SCCS2",
    "lovastatin": "CC[C@H](C)C(=O)O[C@H]1C[C@@H](C)C=C2C=C[C@H](C)[C@H](CC[C@@H]3C[C@@H](O)CC(=O)"
    "O3)[C@H]21",
    "maribavir": "CC(C)Nc1nc2cc(Cl)c(Cl)cc2n1[C@H]1O[C@@H](CO)[C@H](O)[C@@H]1O",
    "morphine": "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
    "tamoxifen": "CC/C(=C(\\c1ccccc1)c1ccc(OCCN(C)C)cc1)c1ccccc1",
    "entacapone": "CCN(CC)C(=O)/C(C#N)=C/c1cc(O)c(O)c([N+](=O)[O-])c1",
    "sofosbuvir": "CC(C)OC(=O)[C@H](C)N[P@](=O)(OC[C@H]1O[C@@H](N2C=CC(=O)NC2=O)[C@](C)(F)[C@@H]1O)"
    "Oc1ccccc1",
}


def stereo_of_kept(smiles: str, kept: set[int]) -> str:
    """Return the drug with the stereo marks of `kept` atoms only."""
    mol = Chem.MolFromSmiles(smiles)
    for atom in mol.GetAtoms():
        if atom.GetIdx() not in kept:
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in mol.GetBonds():
        if not {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= kept:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
            bond.SetBondDir(Chem.BondDir.NONE)
    # Written first: perception would clear double bonds whose directions are not set.
    return Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(mol)))


def places_of(drug: Chem.Mol, kept_smiles: str) -> list[list[int]]:
    """Where a core lies in a drug, as its exits say; more than one where the drug is symmetric."""
    query = Chem.MolFromSmiles(kept_smiles)
    exits = [
        sum(n.GetAtomicNum() == 0 for n in atom.GetNeighbors())
        for atom in query.GetAtoms()
        if atom.GetAtomicNum()
    ]
    plain = Chem.RWMol(query)
    for index in reversed(range(query.GetNumAtoms())):
        if not query.GetAtomWithIdx(index).GetAtomicNum():
            plain.RemoveAtom(index)
    found = []
    for match in drug.GetSubstructMatches(plain, uniquify=False):
        opened = [
            sum(n.GetIdx() not in match for n in drug.GetAtomWithIdx(i).GetNeighbors())
            for i in match
        ]
        if opened == exits:
            found.append(list(match))
    return found


def put_back(drug: Chem.Mol, seed: SeedGraph, kept: list[int], vocabulary) -> str:
    """Grow the atoms of a drug that are not in `kept` onto the seed."""
    rest = [a.GetIdx() for a in drug.GetAtoms() if a.GetIdx() not in kept]
    number = {atom: i for i, atom in enumerate([*kept, *rest])}
    growth = GrowthBatch(seed, vocabulary, 1, len(number))
    flat = Chem.Mol(drug)
    Chem.Kekulize(flat, clearAromaticFlags=True)
    for bond in flat.GetBonds():
        ends = number[bond.GetBeginAtomIdx()], number[bond.GetEndAtomIdx()]
        if max(ends) >= seed.size:
            growth.bonds[0].append((*ends, int(bond.GetBondTypeAsDouble())))
    for atom in rest:
        growth.kind[0, number[atom]] = find_atom_type(drug.GetAtomWithIdx(atom))
    growth.heavy = np.array([len(number)])
    return Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(growth.to_mol(0))))


@pytest.mark.parametrize("name", STEREO_DRUGS)
def test_a_drug_is_itself_again_when_its_parts_are_put_back(name: str, vocabulary):
    drug = STEREO_DRUGS[name]
    rules = Rules.of(ProposalRequest(count=1, seed=0, cycle=0, mode="around"))
    whole, cuts = Chem.MolFromSmiles(drug), find_cuts(drug, rules)
    assert len(cuts) > 5
    marked = 0
    for cut in cuts:
        seed = parse_seed(cut.smiles, link=cut.link)
        places = [
            b.GetOtherAtom(a).GetIdx()
            for a in Chem.MolFromSmiles(cut.smiles).GetAtoms()
            if not a.GetAtomicNum()
            for b in a.GetBonds()
        ]
        if len(set(places)) < len(places):
            continue  # which group takes which of an atom's two exits is free
        pairs = [
            (put_back(whole, seed, kept, vocabulary), stereo_of_kept(drug, set(kept)))
            for kept in places_of(whole, cut.smiles)
        ]
        assert any(product == expected for product, expected in pairs), cut
        marked += "@" in pairs[0][1] or "/" in pairs[0][1]
    assert marked > 3


@pytest.mark.parametrize(
    "core",
    [
        "O=C1CCC[C@@H](CC[C@H]2CC=CC3=CCCC[C@@H]32)O1",
        "C[C@@H]1CCNC[C@@H]1N",
        "C/C=C/C",
    ],
)
def test_replaced_hydrogens_leave_the_geometry_of_a_core(core: str, vocabulary):
    """Methyl on any hydrogen, made by masks and by RDKit's own replacement, is the same."""
    seed = parse_seed(core)
    plain = Chem.MolFromSmiles(core)
    for index in np.flatnonzero(seed.atoms[:, 1]).tolist():
        growth = GrowthBatch(seed, vocabulary, 1, seed.size + 1)
        growth.bonds[0].append((index, seed.size, 1))
        growth.heavy = np.array([seed.size + 1])
        grown = Chem.MolToSmiles(growth.to_mol(0))
        explicit = Chem.RWMol(Chem.AddHs(plain))
        hydrogens = [
            n.GetIdx()
            for n in explicit.GetAtomWithIdx(index).GetNeighbors()
            if n.GetAtomicNum() == 1
        ]
        expected = set()
        for hydrogen in hydrogens:
            copy = Chem.RWMol(explicit)
            copy.GetAtomWithIdx(hydrogen).SetAtomicNum(6)
            Chem.SanitizeMol(copy)
            expected.add(Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(copy))))
        assert Chem.MolToSmiles(Chem.MolFromSmiles(grown)) in expected


def test_stereo_is_dropped_where_it_is_not_to_be_kept():
    assert parse_seed("C[C@H](N)[*]").stereo is not None
    assert parse_seed("C[C@H](N)[*]", keep_stereo=False).stereo is None
    assert Constraints().keep_stereo
