"""Many claims at once: cheap necessary conditions first, the matcher for what is left.

A structure inside a claim contains a core of it, so it has every bit of the core's pattern
fingerprint; and what the sites may carry bounds how many atoms of each element and rings it can
have. Both are kept for all cores of all claims as two matrices, so that asking 1,000 claims about a
molecule is a comparison of 1,000 rows. Bond orders are left out, as tautomers differ in them. A
condition that fails proves the structure outside; nothing that is inside is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs

from molagent.patents.markush.bounds import COUNTED, measure
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.matching import ClaimMatch, match_prepared
from molagent.patents.markush.preparing import components, drop_labels

__all__ = ["ClaimSet"]

_PATTERN_BITS: Final = 1024
_WORD_BYTES: Final = 8
# The distance to a ring is a matter of groups, not of molecules.
_N_COUNTS: Final = len(COUNTED) - 1

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class _Screen:
    """Necessary conditions of the cores of one claim: counts and pattern bits.

    `low`, `high` are `[cores, 17]`, `words` `[cores, 16]`, `claim_of` the claim's place `[cores]`.
    """

    low: NDArray[np.int32]
    high: NDArray[np.int32]
    words: Words
    claim_of: NDArray[np.intp]

    def survivors(self, mol: Chem.Mol) -> list[int]:
        """Return the places of the claims that a component of the molecule may be inside."""
        found = {place for part in components(mol) for place in self._survivors(part)}
        return sorted(found)

    def _survivors(self, mol: Chem.Mol) -> list[int]:
        counts = measure(mol)[:_N_COUNTS]
        within = ((counts >= self.low) & (counts <= self.high)).all(axis=1)
        rows = np.flatnonzero(within)
        if not rows.size:
            return []
        absent = ~_pattern(mol)
        rows = rows[~(self.words[rows] & absent).any(axis=1)]
        return [int(place) for place in np.unique(self.claim_of[rows])]


class ClaimSet:
    """Claims to be asked together.

    Parameters
    ----------
    claims
        Any status; the caller says what a match of a draft is worth.

    Examples
    --------
    >>> from molagent.patents.markush.preparing import prepare_mol
    >>> claims = ClaimSet([])
    >>> claims.match_all([prepare_mol("CCO")])
    [[]]
    """

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = tuple(claims)
        self._screens = {
            isotopes: _build_screen(self.claims, isotopes)
            for isotopes in sorted({claim.isotopes for claim in self.claims})
        }

    def __len__(self) -> int:
        """How many claims there are."""
        return len(self.claims)

    def match_all(self, mols: Sequence[Chem.Mol]) -> list[list[ClaimMatch]]:
        """Return the claims each molecule is inside, in the order of the claims.

        Parameters
        ----------
        mols
            Molecules as :func:`~molagent.patents.markush.preparing.prepare_mol` returns them with
            ``isotopes="literal"``: labels are dropped here for the claims that ignore them.

        Returns
        -------
        list of list of ClaimMatch
            One list a molecule, in input order: matches that are inside, or not tried, or outside
            but for a tautomer.
        """
        return [self.match(mol) for mol in mols]

    def match(self, mol: Chem.Mol) -> list[ClaimMatch]:
        """Return the claims one molecule is inside, in the order of the claims.

        A claim that the molecule could not be tried on stands among them and says so.
        """
        found: dict[int, ClaimMatch] = {}
        for isotopes, screen in self._screens.items():
            prepared = mol if isotopes == "literal" else drop_labels(mol)
            for place in screen.survivors(prepared):
                match = match_prepared(self.claims[place], prepared)
                if match.inside or match.not_tried or match.hint:
                    found[place] = match
        return [found[place] for place in sorted(found)]

    def candidates(self, mol: Chem.Mol) -> list[Claim]:
        """Return the claims that the necessary conditions do not rule out."""
        places = {
            place
            for isotopes, screen in self._screens.items()
            for place in screen.survivors(mol if isotopes == "literal" else drop_labels(mol))
        }
        return [self.claims[place] for place in sorted(places)]


def _build_screen(claims: Sequence[Claim], isotopes: str) -> _Screen:
    rows = [
        (place, template)
        for place, claim in enumerate(claims)
        if claim.isotopes == isotopes
        for template in claim.templates
    ]
    bounds = [template.limits() for _, template in rows]
    return _Screen(
        low=np.stack([box.low[:_N_COUNTS] for box in bounds]),
        high=np.stack([box.high[:_N_COUNTS] for box in bounds]),
        words=np.stack([_pattern(template.query) for _, template in rows]),
        claim_of=np.array([place for place, _ in rows], dtype=np.intp),
    )


def _pattern(mol: Chem.Mol) -> Words:
    flat = Chem.RWMol(mol)
    for bond in flat.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetIsAromatic(False)  # noqa: FBT003 - RDKit takes no names
    for atom in flat.GetAtoms():
        atom.SetIsAromatic(False)  # noqa: FBT003
    bits = Chem.PatternFingerprint(flat, fpSize=_PATTERN_BITS)
    return np.frombuffer(DataStructs.BitVectToBinaryText(bits), dtype=np.uint64)
