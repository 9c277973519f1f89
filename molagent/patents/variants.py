"""What differs between two forms of one compound: salt, charge, isotope, stereo or tautomer."""

from collections import Counter
from functools import lru_cache
from typing import Final

from rdkit import Chem

from molagent.chem.identity import inchikey
from molagent.errors import StructureError
from molagent.patents.queries import Query, read_query

__all__ = ["compare_forms"]

# What the strictest key that two parents share lets differ.
_BY_DEPTH: Final = {
    "inchikey": (),
    "connectivity": ("stereo",),
    "without_stereo": ("stereo",),
    "without_tautomers": ("tautomer",),
}
_WORDS: Final = {
    "salt": "another salt or solvate",
    "charge": "another charge",
    "isotope": "another isotopic form",
    "stereo": "another stereoisomer",
    "tautomer": "another tautomer",
    "form": "another form that InChI tells apart",
}


def compare_forms(query: Query, depth: str, parent: str, raw: str | None) -> tuple[str, str]:
    """Return what differs between a structure and a mention of its compound, and why in words.

    Parameters
    ----------
    depth
        Field of ``IdentityKeys``: the strictest key that the parents share.
    parent
        Of the row that was found.
    raw
        The structure as the publication has it, None if that was not kept.

    Returns
    -------
    tuple of str
        Words of ``Overlap.relation`` joined by commas, '' for the same compound; a sentence.

    Raises
    ------
    StructureError
        If InChI fails on the structure asked about.
    """
    form = _read_form(raw, parent)
    if form is None:
        return "form", f"same {depth} key; the publication's form cannot be compared further"
    if depth == "inchikey" and query.inchikey == _inchikey(form.smiles):
        return "", _same_in_words(query, form, recorded=raw is not None)
    differing = {*_BY_DEPTH[depth], *_further(query.mol, form.mol)} or {"form"}
    order = [word for word in _WORDS if word in differing]
    reasons = [_WORDS[word] for word in order]
    if "stereo" in differing and (said := _stereo_in_words(query.mol, form.mol)):
        reasons[order.index("stereo")] += said
    if depth == "without_tautomers" and (_n_stereo(query.mol) or _n_stereo(form.mol)):
        reasons.append("stereo was not compared")
    lead = "same parent; " if depth == "inchikey" else "same compound but for: "
    return ",".join(order), lead + ", ".join(reasons)


@lru_cache(maxsize=4096)
def _read_form(raw: str | None, parent: str) -> Query | None:
    for smiles in (raw, parent):
        if smiles and isinstance(form := read_query(smiles), Query):
            return form
    return None


@lru_cache(maxsize=4096)
def _inchikey(smiles: str) -> str:
    try:
        return inchikey(smiles)
    except StructureError:
        return ""


def _same_in_words(query: Query, form: Query, *, recorded: bool) -> str:
    words = "same standard InChIKey"
    if query.parent != form.parent:
        words += "; drawn as another tautomer"
    if not recorded:
        words += "; the salt form in the publication is not recorded"
    return words


def _further(mol: Chem.Mol, other: Chem.Mol) -> set[str]:
    """Return what the parents have lost: counter-ions, charges and isotopes."""
    differing = set()
    if _counter_ions(mol) != _counter_ions(other):
        differing.add("salt")
    if _charge(mol) != _charge(other):
        differing.add("charge")
    if _isotopes(mol) != _isotopes(other):
        differing.add("isotope")
    return differing


def _counter_ions(mol: Chem.Mol) -> Counter[str]:
    fragments = sorted(Chem.GetMolFrags(mol, asMols=True), key=Chem.Mol.GetNumHeavyAtoms)
    return Counter(Chem.MolToSmiles(fragment) for fragment in fragments[:-1])


def _charge(mol: Chem.Mol) -> int:
    largest = max(Chem.GetMolFrags(mol, asMols=True), key=Chem.Mol.GetNumHeavyAtoms)
    return Chem.GetFormalCharge(largest)


def _isotopes(mol: Chem.Mol) -> Counter[tuple[int, int]]:
    return Counter(
        (atom.GetAtomicNum(), atom.GetIsotope()) for atom in mol.GetAtoms() if atom.GetIsotope()
    )


def _stereo_in_words(mol: Chem.Mol, other: Chem.Mol) -> str:
    mine, theirs = _n_stereo(mol), _n_stereo(other)
    if mine and not theirs:
        return " (the publication leaves stereo open)"
    if theirs and not mine:
        return " (the structure asked about leaves stereo open)"
    return ""


def _n_stereo(mol: Chem.Mol) -> int:
    """Return how many stereocentres and double bonds are specified."""
    return sum(
        element.specified == Chem.StereoSpecified.Specified
        for element in Chem.FindPotentialStereo(mol)
    )
