"""Groups with isotope labels: CD3, "alkyl in which hydrogens are deuterium", 13C-labelled."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.assemble import write_group
from molagent.patents.markush.bounds import COUNTED, CountBounds
from molagent.patents.markush.groups import Group
from molagent.patents.markush.predicates import Predicate

__all__ = ["Labelled"]

_LABELLED: Final = COUNTED.index("labelled")
_MOST_HYDROGENS: Final = 3
_ATTEMPTS: Final = 30


@dataclass(frozen=True, slots=True)
class Labelled:
    """A group with so many labels of some isotopes, written ``2H`` or ``13C``."""

    base: Predicate
    isotopes: tuple[str, ...]
    fewest: int = 1

    def matches(self, group: Group) -> bool:
        """Count the labels and look at the group without them."""
        found = [name for index in group.atoms if (name := _label(group.atom(index)))]
        if len(found) < self.fewest or not set(found) <= set(self.isotopes):
            return False
        if not found:
            return self.base.matches(group)
        kept = frozenset(i for i in group.atoms if group.atom(i).GetAtomicNum() > 1)
        if group.root not in kept:
            return False
        plain = Chem.Mol(group.mol)
        for index in group.atoms:
            plain.GetAtomWithIdx(index).SetIsotope(0)
        return self.base.matches(replace(group, mol=plain, atoms=kept))

    def describe(self) -> str:
        """Return for example ``C1-3 alkyl with 1 label or more of 2H``."""
        few = {0: "with or without labels", 1: "with 1 label or more"}
        said = few.get(self.fewest, f"with {self.fewest} labels or more")
        return f"{self.base.describe()} {said} of {' or '.join(self.isotopes)}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add labelled hydrogens to the bounds of the group."""
        return tuple(self._with_hydrogens(box) for box in self.base.bounds())

    def _with_hydrogens(self, box: CountBounds) -> CountBounds:
        low, high = box.low.copy(), box.high.copy()
        if "2H" in self.isotopes or "3H" in self.isotopes:
            high[_LABELLED] += _MOST_HYDROGENS * int(high[0])
        if set(self.isotopes) <= {"2H", "3H"}:
            low[_LABELLED] += self.fewest
        return CountBounds(low, high)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a group and label some of its atoms."""
        for _ in range(_ATTEMPTS):
            mol = Chem.AddHs(Chem.MolFromSmiles(self.base.sample(rng)))
            places = list(self._places(mol))
            if len(places) < self.fewest:
                continue
            number = int(rng.integers(self.fewest, min(len(places), self.fewest + 3) + 1))
            for place in rng.permutation(len(places))[:number]:
                atom, isotope = places[int(place)]
                mol.GetAtomWithIdx(atom).SetIsotope(isotope)
            return write_group(Chem.RemoveHs(mol))
        raise StructureError(f"no {self.describe()} could be drawn", remedy="ask for fewer labels")

    def _places(self, mol: Chem.Mol) -> Iterator[tuple[int, int]]:
        wanted = {name.lstrip("0123456789"): name for name in self.isotopes}
        for atom in mol.GetAtoms():
            if name := wanted.get(atom.GetSymbol()):
                yield atom.GetIdx(), int(name.removesuffix(atom.GetSymbol()))

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a group without labels where it must have some, or another group."""
        return self.base.sample(rng) if self.fewest else self.base.sample_outside(rng)


def _label(atom: Chem.Atom) -> str:
    return f"{atom.GetIsotope()}{atom.GetSymbol()}" if atom.GetIsotope() else ""
