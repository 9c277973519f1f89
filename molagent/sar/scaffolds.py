"""Scaffolds and what they contain: ring systems and the linkers between them.

A Bemis-Murcko scaffold (Bemis and Murcko 1996, doi:10.1021/jm9602928) is a graph of ring systems;
every connected part of that graph is a smaller scaffold, and together they are the branches of a
scaffold tree (Schuffenhauer et al. 2007, doi:10.1021/ci600338x) without its rules on which branch
to take.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import canonical_smiles, parse_smiles
from molagent.chem.scaffolds import murcko_scaffold

__all__ = [
    "core_ring_system",
    "parts_of",
    "ring_names",
    "ring_systems",
    "scaffold_name",
    "shared_parts",
    "weight",
]

# Above this many ring systems the parts are too many to be worth listing.
_MOST_SYSTEMS: Final = 7
_MOST_NAMED: Final = 4


@lru_cache(maxsize=50_000)
def parts_of(scaffold: str) -> tuple[str, ...]:
    """Return a scaffold and every smaller scaffold in it, as canonical SMILES.

    Examples
    --------
    >>> parts_of("c1ccc(Cc2ccncc2)cc1")
    ('c1ccc(Cc2ccncc2)cc1', 'c1ccccc1', 'c1ccncc1')
    """
    if not scaffold:
        return ()
    mol = parse_smiles(scaffold)
    systems = _ring_systems(mol)
    if len(systems) > _MOST_SYSTEMS:
        return (scaffold,)
    links = _links(mol, systems)
    found = {scaffold}
    for chosen in _connected(len(systems), links):
        if len(chosen) < len(systems):
            found.add(_part(mol, systems, links, chosen))
    return (scaffold, *sorted(found - {scaffold, ""}))


def shared_parts(
    smiles_list: Sequence[str], *, min_compounds: int, min_atoms: int
) -> dict[str, frozenset[int]]:
    """Return scaffold -> places of the compounds that have it, of those common and large enough.

    Examples
    --------
    >>> shared_parts(["Cc1ccccc1", "Oc1ccccc1", "C1CC1"], min_compounds=2, min_atoms=5)
    {'c1ccccc1': frozenset({0, 1})}
    """
    places: dict[str, set[int]] = defaultdict(set)
    for place, smiles in enumerate(smiles_list):
        for part in parts_of(murcko_scaffold(smiles)):
            places[part].add(place)
    return {
        part: frozenset(found)
        for part, found in places.items()
        if len(found) >= min_compounds and heavy_atoms(part) >= min_atoms
    }


def weight(scaffold: str, n: int) -> float:
    """Return what a scaffold that `n` compounds share is worth: n times its heavy atoms squared.

    The square lets a large scaffold of fifty compounds win over a bare ring of two hundred.
    """
    return float(n * heavy_atoms(scaffold) ** 2)


@lru_cache(maxsize=50_000)
def heavy_atoms(scaffold: str) -> int:
    """Return the number of heavy atoms."""
    return parse_smiles(scaffold).GetNumHeavyAtoms()


def ring_names(scaffold: str) -> list[str]:
    """Return the names of the ring systems of a scaffold, the largest first.

    A system without an entry in ``ring_names.csv`` is described by its size.

    Examples
    --------
    >>> ring_names("c1ccc(Cc2cncc3ccccc23)cc1")
    ['isoquinoline', 'phenyl']
    """
    mol = parse_smiles(scaffold)
    systems = sorted(_ring_systems(mol), key=lambda atoms: (-len(atoms), min(atoms)))
    return [_system_name(mol, atoms) for atoms in systems]


@lru_cache(maxsize=50_000)
def ring_systems(smiles: str) -> tuple[str, ...]:
    """Return the different ring systems of a structure as SMILES, without stereo.

    Fused, bridged and spiro rings are one system, with what is bonded to it doubly. What hung on an
    atom is a hydrogen there.

    Examples
    --------
    >>> ring_systems("Cc1ccccc1CC1CCCC1=O")
    ('O=C1CCCC1', 'c1ccccc1')
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return tuple(sorted({_cut_out(mol, atoms) for atoms in _ring_systems(mol)}))


@lru_cache(maxsize=50_000)
def core_ring_system(smiles: str) -> str:
    """Return the largest of the :func:`ring_systems` of a structure; '' if it is acyclic.

    It has the most ring atoms; of two as large the one with more heteroatoms, then by the alphabet.

    Examples
    --------
    Tofacitinib: the pyrrolopyrimidine, whatever hangs on it.

    >>> core_ring_system("C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12")
    'c1ncc2cc[nH]c2n1'
    """
    return max(ring_systems(smiles), key=_size, default="")


def _size(system: str) -> tuple[int, int, str]:
    ring_atoms = [atom for atom in parse_smiles(system).GetAtoms() if atom.IsInRing()]
    return len(ring_atoms), sum(atom.GetSymbol() != "C" for atom in ring_atoms), system


def scaffold_name(scaffold: str) -> str:
    """Return what a chemist would call a series with this scaffold; no systematic name.

    Examples
    --------
    >>> scaffold_name("O=C(Cc1ccccc1)Nc1cncc2ccccc12"), scaffold_name("c1ccccc1")
    ('isoquinoline–phenyl amide', 'phenyl')
    """
    if not scaffold:
        return "acyclic"
    names = ring_names(scaffold)
    shown = "–".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
    mol = parse_smiles(scaffold)
    for word, query in _link_words():
        if mol.HasSubstructMatch(query):
            return f"{shown} {word}"
    return shown


def _ring_systems(mol: Chem.Mol) -> list[frozenset[int]]:
    """Return the atoms of every fused, bridged or spiro ring system, exocyclic =O and =S too."""
    systems: list[set[int]] = []
    for ring in mol.GetRingInfo().AtomRings():
        atoms = set(ring)
        rest = []
        for system in systems:
            if system & atoms:
                atoms |= system
            else:
                rest.append(system)
        systems = [*rest, atoms]
    return [frozenset(system) for system in systems]


def _links(mol: Chem.Mol, systems: list[frozenset[int]]) -> dict[frozenset[int], frozenset[int]]:
    """Return pair of ring systems -> the linker atoms on the way between them."""
    of = {atom: number for number, system in enumerate(systems) for atom in system}
    links: dict[frozenset[int], set[int]] = {}
    for start, system in enumerate(systems):
        for atom in system:
            for neighbour in mol.GetAtomWithIdx(atom).GetNeighbors():
                if neighbour.GetIdx() in system:
                    continue
                for end, way in _ways(mol, of, neighbour.GetIdx(), atom):
                    if end != start:
                        links.setdefault(frozenset((start, end)), set()).update(way)
    return {pair: frozenset(way) for pair, way in links.items()}


def _ways(
    mol: Chem.Mol, of: dict[int, int], start: int, before: int
) -> Iterator[tuple[int, frozenset[int]]]:
    """Yield every ring system that is reached through linker atoms, and those atoms."""
    stack: list[tuple[int, frozenset[int]]] = [(start, frozenset((before,)))]
    while stack:
        atom, way = stack.pop()
        if atom in of:
            yield of[atom], way - {before}
            continue
        walked = way | {atom}
        stack.extend(
            (other.GetIdx(), walked)
            for other in mol.GetAtomWithIdx(atom).GetNeighbors()
            if other.GetIdx() not in walked
        )


def _connected(n: int, links: dict[frozenset[int], frozenset[int]]) -> set[frozenset[int]]:
    """Return the sets of ring systems that hang together."""
    found = {frozenset((number,)) for number in range(n)}
    border = set(found)
    while border:
        grown = {chosen | pair for chosen in border for pair in links if len(chosen & pair) == 1}
        border = grown - found
        found |= grown
    return found


def _part(
    mol: Chem.Mol,
    systems: list[frozenset[int]],
    links: dict[frozenset[int], frozenset[int]],
    chosen: frozenset[int],
) -> str:
    atoms = {atom for number in chosen for atom in systems[number]}
    for pair, way in links.items():
        if pair <= chosen:
            atoms |= way
    return _cut_out(mol, frozenset(atoms))


def _cut_out(mol: Chem.Mol, atoms: frozenset[int]) -> str:
    """Return some atoms of a molecule as a scaffold, and what is bonded to them doubly."""
    kept = set(atoms)
    for bond in mol.GetBonds():
        ends = {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
        if bond.GetBondType() == Chem.BondType.DOUBLE and len(ends & atoms) == 1:
            kept |= ends
    crossing = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if (bond.GetBeginAtomIdx() in kept) != (bond.GetEndAtomIdx() in kept)
    ]
    whole = Chem.FragmentOnBonds(mol, crossing, addDummies=False) if crossing else mol
    return _canonical(Chem.MolFragmentToSmiles(whole, sorted(kept)))


_canonical = lru_cache(maxsize=50_000)(canonical_smiles)


def _system_name(mol: Chem.Mol, atoms: frozenset[int]) -> str:
    smiles = _cut_out(mol, atoms)
    known = _known_rings()
    if smiles in known:
        return known[smiles]
    ring = parse_smiles(smiles)
    n_rings = ring.GetRingInfo().NumRings()
    hetero = sum(atom.GetSymbol() != "C" and atom.IsInRing() for atom in ring.GetAtoms())
    aromatic = all(atom.GetIsAromatic() for atom in ring.GetAtoms() if atom.IsInRing())
    spiro = n_rings > 1 and any(
        ring.GetRingInfo().NumAtomRings(atom.GetIdx()) > 1 and atom.GetDegree() == 4
        for atom in ring.GetAtoms()
    )
    count = {1: "mono", 2: "bi", 3: "tri", 4: "tetra"}.get(n_rings, "poly")
    words = ("hetero" if hetero else "carbo") + ("aryl" if aromatic else "cycle")
    return ("spiro-" if spiro else "") + f"{count}cyclic {words}"


@cache
def _known_rings() -> dict[str, str]:
    text = (files("molagent.sar") / "ring_names.csv").read_text(encoding="utf-8")
    return {
        canonical_smiles(row["smiles"]): row["name"] for row in csv.DictReader(text.splitlines())
    }


@cache
def _link_words() -> tuple[tuple[str, Chem.Mol], ...]:
    patterns = (
        ("urea", "[NX3;!R]C(=O)[NX3;!R]"),
        ("sulfonamide", "S(=O)(=O)[NX3;!R]"),
        ("amide", "[C;!R](=O)[NX3]"),
        ("amine", "[#6;R][NH;!R][#6;R]"),
        ("ether", "[#6;R][O;!R][#6;R]"),
    )
    answer = []
    for word, pattern in patterns:
        query = Chem.MolFromSmarts(pattern)
        answer.append((word, query))
    return tuple(answer)
