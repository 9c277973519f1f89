"""Which column holds the molecule that a row's values are of."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from rdkit import Chem, rdBase

from molagent.errors import FileFormatError
from molagent.ingest.sdf import MOLBLOCK
from molagent.ingest.titles import plain_title

__all__ = ["find_structure", "racemates_drawn_pure", "require_titles"]

Samples = Mapping[str, Sequence[str]]

# As `plain_title` writes them: spellings of one molecule, the best one first.
_KNOWN: Final = (
    *("smiles", "canonicalsmiles", "stdsmiles", "isomericsmiles", "ligandsmiles", "structure"),
    *("molecule", "pubchemextdatasourcesmiles", "drugsmiles", "compoundsmiles", "rdkitsmiles"),
)
_STRUCTURE: Final = re.compile(
    r"smiles|^(?:structures?|mol(?:ecule)?[\s_]?structure|mol|rdmol|molfile|ctab)$|^structure\b",
    re.I,
)
# A part of the molecule, or what it was made from.
_PART: Final = re.compile(
    r"scaffold|murcko|core|fragment|salt|counter|linker|warhead|reactant|reagent|building|"
    r"framework|r[\s_]?group|(?<![a-z])r\d|substructure|nostereo|no stereo|flat|smarts",
    re.I,
)
_NUMBER: Final = re.compile(r"^[<>=~\s]*\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$")
# Read where nothing else draws the molecule.
_INCHI: Final = ("inchi", "standardinchi", "stdinchi", "inchistring", "ligandinchi")
_STEREO_WORDS: Final = re.compile(
    r"^(?:chiral(?:ity)?|stereo(?:chem(?:istry|ical)?)?|enantiomer(?:ic)?|configuration)"
    r"(?:[\s_]*(?:comments?|notes?|type|status|info|code|form|class|description))?$",
    re.I,
)
_RACEMIC: Final = re.compile(r"(?<![a-z])rac(?:emic|emate|\.)?(?![a-z])|±|\+/-", re.I)
_SHORTEST: Final = 5
_SHARE: Final = 0.9
_FEWEST: Final = 3


def find_structure(
    header: Sequence[str], samples: Samples, *, place: str
) -> tuple[str, tuple[str, ...]]:
    """Return the column of structures, and doubts about it.

    Parameters
    ----------
    samples
        Title to some of the texts that stand in the column, one a row, '' where a cell is blank.

    Returns
    -------
    tuple
        '' where no column looks like structures.

    Raises
    ------
    FileFormatError
        If several columns hold different molecules: nothing says which one a value is of.

    Examples
    --------
    >>> find_structure(["SMILES", "Scaffold SMILES"], {}, place="a.csv")
    ('SMILES', ())
    """
    titles = [
        title for title in header if _STRUCTURE.search(title) and "inchi" not in title.lower()
    ]
    whole = [title for title in titles if not _PART.search(title)]
    candidates = whole or titles
    if not candidates:
        if MOLBLOCK in header:
            return MOLBLOCK, ()
        if inchi := [title for title in header if plain_title(title) in _INCHI]:
            return inchi[0], ()
        return _by_content(header, samples)
    best = _best(candidates)
    rivals = [title for title in candidates if title != best and _differ(best, title, samples)]
    if rivals:
        listing = ", ".join(repr(title) for title in (best, *rivals))
        raise FileFormatError(
            f"columns {listing} hold different molecules, and nothing says which of them a value "
            "is of",
            place=place,
            remedy=f"name the pair: --smiles {rivals[0]!r} --value COLUMN (smiles=, value=)",
        )
    return best, ()


def require_titles(header: Sequence[str], samples: Samples, *, place: str) -> None:
    """Refuse a file whose first line is no header but a row.

    Raises
    ------
    FileFormatError
        If a title is itself a structure.
    """
    if any(_STRUCTURE.search(title) for title in header):
        return
    numbers = any(_NUMBER.match(title) for title in header)
    for title in header:
        plain = _is_smiles(title) and bool(re.search(r"[\d=#()\[\]]", title))
        alike = numbers or _looks_like_smiles(samples.get(title, ()))
        if plain or (alike and len(title) > 1 and _parses(title)):
            raise FileFormatError(
                f"the first line is data: {title!r} is a structure and no title",
                place=place,
                remedy="write a header above it, for example SMILES,Name,IC50 (nM)",
            )


def racemates_drawn_pure(header: Sequence[str], samples: Samples, smiles: str) -> tuple[str, ...]:
    """Return doubts about rows that are called racemic and drawn as one enantiomer.

    Examples
    --------
    >>> rows = {"SMILES": ["C[C@H](N)C(=O)O", "CC(N)C(=O)O"], "Chirality": ["racemic", "racemic"]}
    >>> racemates_drawn_pure(list(rows), rows, "SMILES")[0][:51]
    "'Chirality' calls 'C[C@H](N)C(=O)O' 'racemic', and "
    """
    doubts = []
    for title in (title for title in header if _STEREO_WORDS.match(title.strip())):
        for said, drawn in zip(samples.get(title, ()), samples.get(smiles, ()), strict=False):
            if _RACEMIC.search(said) and "@" in drawn and "&" not in drawn:
                doubts.append(
                    f"{title!r} calls {drawn!r} {said!r}, and it is drawn as one enantiomer: its "
                    "value would be pooled with the pure one's; draw it without wedges or with "
                    "the group |&1:...|"
                )
                break
    return tuple(doubts)


def _best(candidates: Sequence[str]) -> str:
    known = {plain_title(title): title for title in reversed(candidates)}
    return next((known[name] for name in _KNOWN if name in known), candidates[0])


def _differ(one: str, other: str, samples: Samples) -> bool:
    """Return whether two columns hold different molecules; by their titles where nothing shows."""
    pairs = [
        (first, second)
        for first, second in zip(samples.get(one, ()), samples.get(other, ()), strict=False)
        if first and second
    ]
    if not pairs:
        return bool(samples) is False and not {plain_title(one), plain_title(other)} <= {*_KNOWN}
    return any(_skeleton(first) != _skeleton(second) for first, second in pairs)


def _skeleton(smiles: str) -> str:
    """Return a canonical SMILES of the largest part without stereo; the text if it is no SMILES."""
    largest = max(smiles.split("."), key=len)
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(largest)
    return largest if mol is None else Chem.MolToSmiles(mol, isomericSmiles=False)


def _by_content(header: Sequence[str], samples: Samples) -> tuple[str, tuple[str, ...]]:
    found = [title for title in header if _looks_like_smiles(samples.get(title, ()))]
    if len(found) != 1:
        return "", ()
    return found[0], (f"column {found[0]!r} is taken for structures by what stands in it",)


def _looks_like_smiles(texts: Sequence[str]) -> bool:
    given = [text for text in texts if text]
    if len(given) < _FEWEST:
        return False
    good = sum(_is_smiles(text) for text in given)
    return good >= _SHARE * len(given)


def _is_smiles(text: str) -> bool:
    is_long = len(text) >= _SHORTEST and bool(re.search(r"[cCnNoO]", text))
    return is_long and _parses(text)


def _parses(text: str) -> bool:
    with rdBase.BlockLogs():
        return bool(text) and " " not in text and Chem.MolFromSmiles(text) is not None
