"""Cut a structure into a constant and a variable part.

Hussain and Rea 2010, doi:10.1021/ci900450m. One cut makes a substituent and the rest; two cuts make
what lies between them, a linker or a ring in the middle, and two outer parts. Parts are canonical
SMILES in which ``*`` (one cut) or ``[1*]`` and ``[2*]`` (two cuts) stand where the bond was.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smarts, parse_smiles

__all__ = [
    "HYDROGEN",
    "BondSides",
    "Fragmentation",
    "attachment",
    "flat",
    "formula_hash",
    "fragmentations",
    "swapped",
    "with_point",
    "without_variable",
]

#: The variable part of a compound that carries a hydrogen where others carry more.
HYDROGEN: Final = "*[H]"

# Single bonds outside rings with a carbon that is no carbonyl or nitrile carbon, and the bond
# between a nitrogen and an acyl or sulfonyl group: what a chemist would vary.
_CUTS: Final = (
    "[#6+0;!$(*=,#[!#6])]!@;-[*]",
    "[#7+0]!@;-[$([#6]=[O,S]),$([#16](=O)=O)]",
)
_HYDROGEN_WEIGHT: Final = 1_000_003


@dataclass(frozen=True, slots=True)
class Fragmentation:
    """One way to see a compound as a constant and a variable part.

    Attributes
    ----------
    constant
        One part with ``*``, or two in alphabetical order, joined by a dot.
    variable
        With ``*``, or ``[1*]`` and ``[2*]`` towards the first and second constant part.
    context
        What the variable part hangs on: ``aromatic C``, ``amine N``; two for two cuts.
    cuts
        1 or 2.
    heavy
        Heavy atoms of the variable part.
    atoms
        Their indices in the molecule.
    ends
        The atom of each constant part that the variable part hangs on.
    hydrogen_formula
        :func:`formula_hash` of the constant part with a hydrogen; 0 with two cuts.
    """

    constant: str
    variable: str
    context: str
    cuts: int
    heavy: int
    atoms: tuple[int, ...]
    ends: tuple[int, ...]
    hydrogen_formula: int


def fragmentations(
    mol: Chem.Mol, *, max_variable: int = 13, max_cuts: int = 2
) -> list[Fragmentation]:
    """Return the ways to cut a molecule whose variable part is at most half of it.

    Parameters
    ----------
    mol
        A sanitised molecule of one piece; one of several pieces has no fragmentations.
    max_variable
        Most heavy atoms of the variable part.
    max_cuts
        1 for substituents only, 2 for linkers and inner rings too.

    Examples
    --------
    >>> [(f.constant, f.variable) for f in fragmentations(Chem.MolFromSmiles("Clc1ccccc1"))]
    [('*c1ccccc1', '*Cl')]
    """
    if len(Chem.GetMolFrags(mol)) > 1:
        return []
    pieces = BondSides(mol)
    most = min(max_variable, mol.GetNumAtoms() // 2)
    found: dict[tuple[str, str], Fragmentation] = {}
    for item in _single(pieces, most):
        found.setdefault((item.constant, item.variable), item)
    if max_cuts > 1:
        for item in _double(pieces, most):
            found.setdefault((item.constant, item.variable), item)
    return list(found.values())


def formula_hash(mol: Chem.Mol) -> int:
    """Return a number that two molecules share if they have the same formula."""
    return sum(_weights(mol))


def attachment(atom: Chem.Atom) -> str:
    """Return what kind of atom a substituent hangs on.

    Examples
    --------
    >>> attachment(Chem.MolFromSmiles("CC(=O)Nc1ccccc1").GetAtomWithIdx(3))
    'amide N'
    """
    symbol = atom.GetSymbol()
    if atom.GetIsAromatic():
        return f"aromatic {symbol}"
    if symbol == "C":
        others = {bond.GetBondType(): bond.GetOtherAtom(atom) for bond in atom.GetBonds()}
        double = others.get(Chem.BondType.DOUBLE)
        if double is not None:
            return "carbonyl C" if double.GetSymbol() in "OS" else "vinyl C"
        return "alkynyl C" if Chem.BondType.TRIPLE in others else "aliphatic C"
    if symbol == "N":
        acyl = any(_is_acyl(neighbour) for neighbour in atom.GetNeighbors())
        return "amide N" if acyl else "amine N"
    return symbol


@lru_cache(maxsize=100_000)
def flat(smiles: str) -> str:
    """Return a structure or part without configuration, as canonical SMILES.

    Examples
    --------
    >>> flat("C[C@H](N)C(=O)O")
    'CC(N)C(=O)O'
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)


@lru_cache(maxsize=100_000)
def swapped(variable: str) -> str:
    """Return a two-cut variable part with its attachment points exchanged.

    Examples
    --------
    >>> swapped("[1*]C(=O)N[2*]")
    '[1*]NC([2*])=O'
    """
    mol = parse_smiles(variable)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(3 - atom.GetIsotope())
    return Chem.MolToSmiles(mol)


def without_variable(constant: str) -> str:
    """Return the compound that has a hydrogen in place of the variable part.

    Examples
    --------
    >>> without_variable("*c1ccccc1")
    'c1ccccc1'
    """
    mol = parse_smiles(constant)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(1)
    # Written and read again: a stereocentre that lost a neighbour is one no more.
    return Chem.MolToSmiles(parse_smiles(Chem.MolToSmiles(Chem.RemoveHs(mol))))


def with_point(mol: Chem.Mol, index: int) -> str:
    """Return a molecule with ``*`` in place of a hydrogen of one atom.

    Examples
    --------
    >>> with_point(Chem.MolFromSmiles("CO"), 1)
    '*OC'
    """
    opened = Chem.RWMol(mol)
    point = opened.AddAtom(Chem.Atom(0))
    opened.AddBond(index, point, Chem.BondType.SINGLE)
    atom = opened.GetAtomWithIdx(index)
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    Chem.SanitizeMol(opened)
    return Chem.MolToSmiles(opened)


class BondSides:
    """The bonds of a molecule that may be cut, and what lies on their sides, each written once.

    Parameters
    ----------
    mol
        A sanitised molecule of one piece.

    Attributes
    ----------
    bonds
        Index of the bond to its begin and end atom.
    sides
        Index of the bond to the atoms on the side of its begin atom, and of its end atom.
    """

    def __init__(self, mol: Chem.Mol) -> None:
        self.mol = mol
        self.weights = _weights(mol)
        self.n = mol.GetNumAtoms()
        bonds: dict[int, tuple[int, int]] = {}
        for query in _queries():
            for pair in mol.GetSubstructMatches(query):
                bond = mol.GetBondBetweenAtoms(*pair)
                bonds.setdefault(bond.GetIdx(), (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        self.bonds = bonds
        neighbours = [[n.GetIdx() for n in atom.GetNeighbors()] for atom in mol.GetAtoms()]
        self.sides = {
            index: (_reach(neighbours, begin, end), _reach(neighbours, end, begin))
            for index, (begin, end) in bonds.items()
        }
        self._smiles: dict[tuple[int, int], str] = {}
        self._cut: dict[int, Chem.Mol] = {}

    def single(self, most: int) -> Iterator[tuple[int, int]]:
        """Yield each bond with a side of at most `most` heavy atoms, and which side that is."""
        for bond, sides in self.sides.items():
            for side in (0, 1):
                if len(sides[side]) <= most:
                    yield bond, side

    def double(
        self, most: int
    ) -> Iterator[tuple[tuple[int, int], tuple[int, int], frozenset[int]]]:
        """Yield pairs of bonds with at most `most` heavy atoms between them.

        Each bond comes with the side that lies outside; third are the atoms between.
        """
        for first, second in combinations(self.sides, 2):
            side_1, side_2 = _outer_sides(self.sides[first], self.sides[second])
            far = self.sides[first][side_1] | self.sides[second][side_2]
            if 0 < self.n - len(far) <= most:
                yield (first, side_1), (second, side_2), frozenset(range(self.n)) - far

    def smiles(self, bond: int, side: int) -> str:
        """Return one side of a bond, with ``*`` in place of the other."""
        key = (bond, side)
        if key not in self._smiles:
            if bond not in self._cut:
                self._cut[bond] = Chem.FragmentOnBonds(self.mol, [bond], dummyLabels=[(0, 0)])
            cut = self._cut[bond]
            atoms = self.sides[bond][side]
            self._smiles[key] = Chem.MolFragmentToSmiles(
                cut, [*atoms, *_dummies(cut, atoms, self.n)]
            )
        return self._smiles[key]

    def context(self, bond: int, side: int) -> str:
        """Return what the other side hangs on."""
        return attachment(self.mol.GetAtomWithIdx(self.bonds[bond][side]))

    def between(self, first: int, second: int, atoms: frozenset[int]) -> str:
        """Return the `atoms` between two bonds, with ``[1*]`` where the first was."""
        cut = Chem.FragmentOnBonds(self.mol, [first, second], dummyLabels=[(1, 1), (2, 2)])
        return Chem.MolFragmentToSmiles(cut, [*atoms, *_dummies(cut, atoms, self.n)])


def _single(pieces: BondSides, most: int) -> Iterator[Fragmentation]:
    for bond, variable in pieces.single(most):
        atoms, rest = pieces.sides[bond][variable], pieces.sides[bond][1 - variable]
        yield Fragmentation(
            constant=pieces.smiles(bond, 1 - variable),
            variable=pieces.smiles(bond, variable),
            context=pieces.context(bond, 1 - variable),
            cuts=1,
            heavy=len(atoms),
            atoms=tuple(sorted(atoms)),
            ends=(pieces.bonds[bond][1 - variable],),
            hydrogen_formula=sum(pieces.weights[i] for i in rest) + _HYDROGEN_WEIGHT,
        )


def _double(pieces: BondSides, most: int) -> Iterator[Fragmentation]:
    for (first, side_1), (second, side_2), atoms in pieces.double(most):
        ends = [
            (pieces.smiles(bond, side), bond, pieces.bonds[bond][side])
            for bond, side in ((first, side_1), (second, side_2))
        ]
        ends.sort()
        variable = pieces.between(ends[0][1], ends[1][1], atoms)
        if ends[0][0] == ends[1][0]:
            # Equal ends have no order of their own: the alphabet decides.
            variable = min(variable, swapped(variable))
        yield Fragmentation(
            constant=f"{ends[0][0]}.{ends[1][0]}",
            variable=variable,
            context=" / ".join(
                sorted([pieces.context(first, side_1), pieces.context(second, side_2)])
            ),
            cuts=2,
            heavy=len(atoms),
            atoms=tuple(sorted(atoms)),
            ends=(ends[0][2], ends[1][2]),
            hydrogen_formula=0,
        )


def _is_acyl(atom: Chem.Atom) -> bool:
    return atom.GetSymbol() in "CS" and any(
        bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(atom).GetSymbol() in "OS"
        for bond in atom.GetBonds()
    )


def _outer_sides(
    first: tuple[frozenset[int], frozenset[int]], second: tuple[frozenset[int], frozenset[int]]
) -> tuple[int, int]:
    """Return for each of two bonds which side does not hold the other bond."""
    for side_1 in (0, 1):
        for side_2 in (0, 1):
            if not first[side_1] & second[side_2]:
                return side_1, side_2
    raise AssertionError("two bonds outside rings leave two outer sides")


def _reach(neighbours: list[list[int]], start: int, barred: int) -> frozenset[int]:
    """Return the atoms on the side of `start` of the bond between `start` and `barred`."""
    seen, stack = {start, barred}, [start]
    while stack:
        for other in neighbours[stack.pop()]:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return frozenset(seen - {barred})


def _dummies(cut: Chem.Mol, atoms: frozenset[int], n: int) -> list[int]:
    """Return the attachment points, numbered from `n`, that hang on some atoms."""
    return [
        index
        for index in range(n, cut.GetNumAtoms())
        if cut.GetAtomWithIdx(index).GetNeighbors()[0].GetIdx() in atoms
    ]


def _weights(mol: Chem.Mol) -> list[int]:
    # Only a filter before the structures themselves are compared.
    return [
        atom.GetAtomicNum() ** 7 + _HYDROGEN_WEIGHT * atom.GetTotalNumHs()
        for atom in mol.GetAtoms()
    ]


@cache
def _queries() -> tuple[Chem.Mol, ...]:
    return tuple(parse_smarts(pattern) for pattern in _CUTS)
