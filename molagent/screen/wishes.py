"""What a chemist asked of every proposal, as a filter: parts to keep, parts to avoid, a size."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import canonical_smiles, parse_smarts, readable_mol
from molagent.errors import ConfigError, StructureError
from molagent.records import Judgement, Verdict
from molagent.screen.judging import judge_each

__all__ = ["WishFilter", "Wishes", "pattern_of"]

_MOST_MATCHES: Final = 200


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What ``[generate]`` of a campaign file asks of a structure.

    Attributes
    ----------
    core
        SMILES or SMARTS that is kept; where it has exits ``[*]``, nothing hangs elsewhere.
    protect, require
        Parts that every proposal carries.
    forbid
        Parts that none may carry.
    smallest, largest
        Heavy atoms.
    why_largest
        Where the larger limit is from, for the reason.
    """

    core: str = ""
    protect: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    smallest: int = 1
    largest: int = 60
    why_largest: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """SMARTS of what every proposal carries, the core without its exits among them."""
        core = (Chem.MolToSmarts(self._core_query),) if self.core else ()
        kept = zip(("protect",) * len(self.protect), self.protect, strict=True)
        asked = zip(("require",) * len(self.require), self.require, strict=True)
        return (*core, *(pattern_of(text, key) for key, text in (*kept, *asked)))

    def problem(self, mol: Chem.Mol) -> str:
        """Return why a structure is not what was asked for, "" if it is."""
        atoms = mol.GetNumHeavyAtoms()
        if atoms > self.largest:
            return f"{atoms} heavy atoms, above {self.largest}{self.why_largest}"
        if atoms < self.smallest:
            return f"{atoms} heavy atoms, below {self.smallest} ([generate] min_heavy_atoms)"
        if self.core and not self._keeps_core(mol):
            return f"does not keep the core {self.core}"
        for key, text, query in self._queries:
            if mol.HasSubstructMatch(query) == (key == "forbid"):
                return f"holds {text} (forbid)" if key == "forbid" else f"lacks {text} ({key})"
        return ""

    def check(self) -> None:
        """Read every pattern.

        Raises
        ------
        ConfigError
            Naming the key and the value of one that is neither SMILES nor SMARTS.
        """
        _ = self._queries
        if self.core:
            _ = self._core_query

    @cached_property
    def _queries(self) -> list[tuple[str, str, Chem.Mol]]:
        given = (("protect", self.protect), ("require", self.require), ("forbid", self.forbid))
        return [
            (key, text, parse_smarts(pattern_of(text, key)))
            for key, texts in given
            for text in texts
        ]

    @cached_property
    def _drawn_core(self) -> Chem.Mol:
        return readable_mol(self.core) or parse_smarts(pattern_of(self.core, "core"))

    @cached_property
    def _core_query(self) -> Chem.Mol:
        dummy = Chem.MolFromSmarts("[#0]")
        return Chem.DeleteSubstructs(self._drawn_core, dummy)

    @cached_property
    def _exits(self) -> frozenset[int]:
        """Places in the core without its dummies that an exit hung on."""
        drawn = [atom for atom in self._drawn_core.GetAtoms() if atom.GetAtomicNum() != 0]
        return frozenset(
            place
            for place, atom in enumerate(drawn)
            if any(other.GetAtomicNum() == 0 for other in atom.GetNeighbors())
        )

    def _keeps_core(self, mol: Chem.Mol) -> bool:
        matches = mol.GetSubstructMatches(
            self._core_query, uniquify=False, maxMatches=_MOST_MATCHES
        )
        if not self._exits:
            return bool(matches)
        return any(self._hangs_on_exits(mol, match) for match in matches)

    def _hangs_on_exits(self, mol: Chem.Mol, match: Sequence[int]) -> bool:
        inside = set(match)
        return all(
            other.GetIdx() in inside
            for place, index in enumerate(match)
            if place not in self._exits
            for other in mol.GetAtomWithIdx(index).GetNeighbors()
        )


class WishFilter:
    """FAIL for what lacks a part that was asked for, holds one that was not, or has another size.

    Examples
    --------
    >>> wishes = WishFilter(Wishes(require=("[nH]",)))
    >>> [each.verdict.value for each in wishes.judge(["c1cc[nH]c1", "c1ccoc1"])]
    ['pass', 'fail']
    """

    name = "wishes"

    def __init__(self, wishes: Wishes) -> None:
        wishes.check()
        self.wishes = wishes

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        """Return one judgement a structure."""
        return judge_each(self.name, smiles_list, self._judge)

    def _judge(self, mol: Chem.Mol) -> Judgement:
        reason = self.wishes.problem(mol)
        verdict = Verdict.FAIL if reason else Verdict.PASS
        return Judgement(filter=self.name, verdict=verdict, reason=reason)


def pattern_of(text: str, key: str) -> str:
    """Return a part that was given as SMILES or SMARTS as SMARTS.

    Raises
    ------
    ConfigError
        If it is neither; the place names the key of ``[generate]``.

    Examples
    --------
    >>> pattern_of("C1=CC=CC=C1", "require"), pattern_of("[nH]~c~[nX2]", "require")
    ('c1ccccc1', '[nH]~c~[nX2]')
    """
    try:
        query = parse_smarts(text)
    except StructureError as error:
        raise ConfigError(
            f"{text!r} is neither SMILES nor SMARTS",
            place=f"[generate] {key}",
            remedy="correct the structure",
        ) from error
    drawn = readable_mol(text)
    # As SMARTS a ring drawn by double bonds would never find an aromatic one.
    if drawn is not None and not drawn.HasSubstructMatch(query):
        return canonical_smiles(text)
    return text
