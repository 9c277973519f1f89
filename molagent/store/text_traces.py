"""Traces of a series in free text: its names in any spelling, its structures in any notation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Self

import duckdb
from rdkit import Chem, rdBase

from molagent.spelled_names import SpelledNames

__all__ = ["TextTraces"]

# A structure stands between white space, quotes or the separators of tables and JSON.
_TOKEN: Final = re.compile(r"[^\s,;|\"'`<>{}]+")
_MOLBLOCK: Final = re.compile(r"V[23]000")
_TABLE_ROW: Final = re.compile(r"\\n")
_LEAST_LETTERS: Final = 4
_LONGEST_SMILES: Final = 2_000
_NOT_READ: Final = re.compile(r"[=#()\[\]@]")
# Keys that only hidden compounds have, but for those that are the scaffold of another compound.
_OWN_KEYS: Final = """
SELECT connectivity, smiles FROM compound
WHERE compound_id IN (SELECT unnest($hidden)) AND connectivity NOT IN (
    SELECT connectivity FROM compound WHERE compound_id NOT IN (SELECT unnest($hidden))
)
"""
_SCAFFOLDS: Final = """
SELECT DISTINCT scaffold FROM compound
WHERE compound_id NOT IN (SELECT unnest($hidden)) AND scaffold <> ''
"""
# What no name has that could be read as SMILES.
_DRAWN: Final = re.compile(r"[=#()\[\]@\d]")
_HASH: Final = re.compile(r"\].*_-?\d+_-?\d+$")
_TRIM: Final = ".:()"


@dataclass(slots=True)
class TextTraces:
    """What a series is known by, to be looked for in text.

    Attributes
    ----------
    names
        Names, ids and keys of its compounds.
    cores
        SMARTS that every compound of it has.
    keys
        First blocks of the InChIKeys of its compounds that no remaining compound has.
    """

    names: SpelledNames
    cores: tuple[str, ...]
    keys: frozenset[str]
    _patterns: list[Chem.Mol] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the cores once."""
        with rdBase.BlockLogs():
            read = [Chem.MolFromSmarts(core) for core in self.cores]
        self._patterns = [pattern for pattern in read if pattern is not None]

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        needles: Iterable[str],
        cores: Iterable[str],
        hidden: Iterable[str],
    ) -> Self:
        """Return what some series are known by.

        Parameters
        ----------
        needles
            Texts that no remaining compound is known by.
        hidden
            Ids of their compounds.
        """
        ids = {"hidden": sorted(hidden)}
        shared = {text for (text,) in con.execute(_SCAFFOLDS, ids).fetchall()}
        rows = con.execute(_OWN_KEYS, ids).fetchall()
        keys = {key for key, smiles in rows if not shared & {smiles, _flat(smiles)}}
        texts = [text for text in needles if not (text.isdecimal() or _is_notation(text))]
        return cls(SpelledNames(texts), tuple(cores), frozenset(keys))

    def found_in(self, text: str) -> str:
        """Return what in a text is a trace, or ''."""
        for start, end, _ in self.names.find(text):
            return text[start:end]
        return next(self._structures(text), "")

    def may_be_in(self, text: str) -> bool:
        """Return whether a text has a trace, or a structure that cannot be read."""
        if self.found_in(text):
            return True
        return any(
            _NOT_READ.search(token) and len(token) > _LEAST_LETTERS and not list(_read(token))
            for token in _TOKEN.findall(text)
        )

    def _structures(self, text: str) -> Iterator[str]:
        if not (self.keys or self._patterns):
            return
        if _MOLBLOCK.search(text):
            yield from (text[:60] for mol in _read_block(text) if self._is_hidden(mol))
        for token in _TOKEN.findall(text):
            if token in self.cores:
                yield token
            else:
                yield from (token for mol in _read(token) if self._is_hidden(mol))

    def _is_hidden(self, mol: Chem.Mol) -> bool:
        if any(mol.HasSubstructMatch(pattern) for pattern in self._patterns):
            return True
        with rdBase.BlockLogs():
            parts = [mol, *Chem.GetMolFrags(mol, asMols=True)]
            keys = [str(Chem.MolToInchiKey(part)) for part in parts]  # type: ignore[no-untyped-call]
        return any(key[:14] in self.keys for key in keys)


def _flat(smiles: str) -> str:
    mol = Chem.MolFromSmiles(smiles)
    return smiles if mol is None else Chem.MolToSmiles(mol, isomericSmiles=False)


def _is_notation(text: str) -> bool:
    """Return whether a text is a structure's: its brackets and small letters mean something.

    Without them it would be found in other structures. It is searched for as it stands, and read.
    """
    if _HASH.search(text):
        return True
    with rdBase.BlockLogs():
        return bool(_DRAWN.search(text)) and Chem.MolFromSmiles(text, sanitize=False) is not None


def _read(token: str) -> Iterator[Chem.Mol]:
    """Yield the structure that a token of text is, if it is one."""
    if not _LEAST_LETTERS < len(token) <= _LONGEST_SMILES:
        return
    for text in dict.fromkeys((token, token.strip(_TRIM), token.partition("=")[2], token[1:-1])):
        with rdBase.BlockLogs():
            inchi = text[text.find("InChI=") :] if "InChI=" in text else ""
            mol: Chem.Mol | None = (
                Chem.MolFromInchi(inchi)  # type: ignore[no-untyped-call]
                if inchi
                else Chem.MolFromSmiles(text)
            )
        if mol is not None and mol.GetNumAtoms() > _LEAST_LETTERS:
            yield mol
            return


def _read_block(text: str) -> Iterator[Chem.Mol]:
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromMolBlock(_TABLE_ROW.sub("\n", text))
    if mol is not None:
        yield mol
