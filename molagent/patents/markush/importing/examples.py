"""Exemplified compounds taken apart: a core, and what was seen at each of its positions.

The result covers what was made, not what is claimed. A claim reads "C1-6 alkyl" where its examples
show methyl and ethyl; the draft lists methyl and ethyl, and says so. It is a place to begin from,
and a way to see which examples a reading of the claim must hold.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rdkit import Chem

from molagent.chem.decomposition import take_apart
from molagent.chem.molecules import canonical_smiles
from molagent.errors import FileFormatError, InputError
from molagent.patents.markush.claims import Claim, parse_claim
from molagent.patents.markush.importing.claims import ClaimImport, Origin, draft_from_readings
from molagent.patents.markush.importing.drawings import LabelledCore, by_number, number_core
from molagent.patents.markush.importing.groups import EntryReading, read_group
from molagent.patents.markush.preparing import components, prepare_mol

__all__ = ["import_examples"]

_TIMEOUT_S: Final = 60.0
_MOST_NON_MEMBERS: Final = 12
_SAID: Final = (
    "Taken from {n} exemplified compounds by their common core. Each site lists what was seen "
    "there, and the combinations of what was seen; it covers what was exemplified, not what is "
    "claimed. Read the claim, widen each site to its words, and keep the examples as members."
)


def import_examples(smiles_list: Sequence[str], core: str, *, origin: Origin) -> ClaimImport:
    """Return a draft claim that lists the groups which exemplified compounds carry.

    Parameters
    ----------
    smiles_list
        The compounds, for example of a table of examples.
    core
        SMILES or SMARTS of what they share. Where positions are marked ``[*:1]``, only they vary.
    origin
        Publication, claim and page.

    Returns
    -------
    ClaimImport
        Compounds that fit are its members. Some of those that lack the core, or hang on it by a
        ring or double bond, are its non-members; all of them are in `left_out`, with the reason.

    Raises
    ------
    InputError
        If no compound has the core, or nothing varies.
    StructureError
        If the core or a compound cannot be read.

    Examples
    --------
    >>> from datetime import date
    >>> origin = Origin(publication_number="US-1234567", claim="examples", source="table 1",
    ...                 read_on=date(2026, 11, 22))
    >>> found = import_examples(["Cc1ccncc1", "Clc1ccncc1", "CCO"], "c1ccncc1", origin=origin)
    >>> found.tables["site"][0]["group"], found.left_out
    ({'one_of': [{'fragment': '*C'}, {'halogen': ['Cl']}]}, (('CCO', 'does not have the core'),))
    """
    place = origin.claim_id
    # A claim covers the compound as such, in any salt form.
    mols = [_flat(smiles) for smiles in smiles_list]
    rows, missing = take_apart(core, mols, _TIMEOUT_S)
    reasons = dict.fromkeys(missing, "does not have the core")
    found = [index for index in range(len(mols)) if index not in reasons]
    parts: dict[int, dict[str, str]] = {}
    for index, row in zip(found, map(_one_group_a_label, rows), strict=True):
        if reason := _reason(row):
            reasons[index] = reason
        else:
            parts[index] = row
    if not parts:
        raise InputError(
            f"none of {len(mols)} compounds can be taken apart at {core!r}",
            place=place,
            remedy="give a smaller core",
        )
    cores = {_bare(row["Core"]) for row in parts.values()}
    drawn = _labelled_core(parts, core, place)
    table = _table(parts, drawn, place)
    text = origin.text or f"{len(parts)} compounds that share {core}, as exemplified."
    draft = draft_from_readings(
        [drawn], table, origin=origin, text=text, interpretation=_SAID.format(n=len(parts))
    )
    claim = parse_claim(draft.tables | {"status": "draft"}, place=place)
    for index in parts:
        if reason := _misfit(claim, mols[index]):
            reasons[index] = reason
    members = [smiles_list[index] for index in parts if index not in reasons]
    # A compound that has the core and is outside all the same tests the sites: these come first.
    others = sorted(
        (index for index in reasons if _misfit(claim, mols[index])),
        key=lambda index: (claim.find_fit(mols[index]) is None, index),
    )
    draft.tables["members"] = _different(members)
    draft.tables["non_members"] = _different([smiles_list[i] for i in others])[:_MOST_NON_MEMBERS]
    notes = (
        *draft.notes,
        *(("compounds of several cores were taken apart",) if len(cores) > 1 else ()),
    )
    left = tuple((smiles_list[index], reasons[index]) for index in sorted(reasons))
    return ClaimImport(draft.tables, notes, left)


def _flat(smiles: str) -> Chem.Mol:
    mol = max(components(prepare_mol(smiles)), key=Chem.Mol.GetNumHeavyAtoms)
    Chem.RemoveStereochemistry(mol)
    return mol


def _one_group_a_label(row: dict[str, str]) -> dict[str, str]:
    """Give two groups on one atom, which RDKit puts under one label, a label each: R1 and R1'."""
    split: dict[str, str] = {}
    for label, part in row.items():
        pieces = sorted(part.split("."), key=lambda piece: (-len(piece), piece))
        for number, piece in enumerate(pieces if label != "Core" else [part]):
            split[label + "'" * number] = piece
    return split


def _reason(row: dict[str, str]) -> str:
    """Return why a compound cannot be said site by site; empty if it can."""
    for label, part in row.items():
        if label != "Core" and len(set(re.findall(r"\*:(\d+)\]", part))) > 1:
            return f"{label} closes a ring over two positions"
        if label != "Core" and re.search(r"=\[\*:\d+\]|\[\*:\d+\]=", part):
            return f"{label} hangs by a double bond"
    return ""


def _bare(core: str) -> str:
    mol = Chem.MolFromSmiles(core)
    mol = Chem.DeleteSubstructs(mol, Chem.MolFromSmarts("[#0]"))
    return str(Chem.MolToSmiles(mol))


def _labelled_core(parts: dict[int, dict[str, str]], core: str, place: str) -> LabelledCore:
    """Return the core with a label wherever a compound carries something."""
    richest = max((row["Core"] for row in parts.values()), key=lambda text: text.count("*"))
    drawn = number_core(Chem.MolFromSmiles(richest), place=place)
    labels = {label for row in parts.values() for label in row if label != "Core"}
    twice = {label: drawn.places[label.rstrip("'")] for label in labels if label.endswith("'")}
    places = {**drawn.places, **twice}
    drawn = replace(drawn, places={label: places[label] for label in sorted(places, key=by_number)})
    if lost := labels - set(drawn.places):
        raise FileFormatError(
            f"{', '.join(sorted(lost))} is not on the common core {core!r}",
            place=place,
            remedy="give a core that all compounds share, atom by atom",
        )
    return drawn


def _table(
    parts: dict[int, dict[str, str]], core: LabelledCore, place: str
) -> dict[str, list[EntryReading]]:
    table: dict[str, list[EntryReading]] = {}
    for label in core.places:
        seen = [row.get(label, "[H][*:1]") for row in parts.values()]
        ordered = sorted(set(seen), key=lambda part: (-seen.count(part), part))
        readings = [_reading(part, f"{place}: {label}") for part in ordered]
        if any(reading.present for reading in readings):
            table[label] = readings
        else:
            table[label] = [EntryReading(present=False)]
    return table


def _reading(part: str, place: str) -> EntryReading:
    plain = re.sub(r"\[\*:\d+\]", "*", part)
    return read_group("H" if plain in ("[H]*", "*[H]") else plain, place=place)


def _misfit(claim: Claim, mol: Chem.Mol) -> str:
    """Return why a compound is not inside the claim made of it; empty if it is."""
    fit = claim.find_fit(mol)
    if fit is None:
        return "does not have the core"
    return "; ".join(fit.failures)


def _different(smiles_list: Sequence[str]) -> list[str]:
    """Return structures that differ, in order."""
    first = {canonical_smiles(smiles): smiles for smiles in reversed(smiles_list)}
    return list(reversed(first.values()))
