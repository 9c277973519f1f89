"""The core of a claim as a drawing: R labels where they stand, bonds into rings where they roam."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from markupsafe import Markup
from rdkit import Chem
from rdkit.Geometry import Point3D

from molagent.patents.markush.templates import CoreTemplate, Site
from molagent.records import FloatArray
from molagent.report.drawing import depict, structure_svg

__all__ = ["core_picture", "site_labels"]

_LONGEST_LABEL: Final = 7
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
# In bonds of 1.5: how far inside the ring the bond of a roaming label begins, and where it ends.
_BEGINS: Final = 0.35
_ENDS: Final = 1.75
_FEWEST_ROAMED: Final = 3
_NUMBERED: Final = re.compile(r"([A-Z])(\d+)('*)")


def site_labels(sites: Sequence[Site]) -> dict[str, str]:
    """Return site name to what is written in the drawing: the name, or a letter if it is long.

    Examples
    --------
    >>> from molagent.patents.markush.language import parse_sites
    >>> long = {"name": "(CH2)nQ1AR1", "positions": [1], "count": 1, "group": "cyano"}
    >>> site_labels(parse_sites([long | {"name": "R1"}, long], place="example"))
    {'R1': 'R1', '(CH2)nQ1AR1': '(a)'}
    """
    labels, letters = {}, iter(_LETTERS)
    for site in sites:
        short = len(site.name) <= _LONGEST_LABEL
        labels[site.name] = site.name if short else f"({next(letters, '…')})"
    return labels


def core_picture(
    template: CoreTemplate, labels: Mapping[str, str], *, width: int = 460, height: int = 300
) -> Markup:
    """Return a core as SVG with its sites.

    A site with one position stands there as its label; one that may stand on several atoms of a
    ring has its bond drawn into the ring; any other has its label beside each of its atoms.

    Parameters
    ----------
    labels
        From :func:`site_labels`.
    """
    core = Chem.MolFromSmiles(template.smiles)
    index = {atom.GetAtomMapNum(): atom.GetIdx() for atom in core.GetAtoms()}
    fixed: dict[int, list[str]] = {}
    roaming: list[tuple[str, dict[int, int]]] = []
    for site in template.sites:
        atoms = {index[position]: position for position in site.positions if position in index}
        label = labels.get(site.name, site.name)
        if len(atoms) == 1:
            anchor = next(iter(atoms))
            # "Each R on the nitrogen" is drawn as often as it may occur.
            times = min(max(site.counts), core.GetAtomWithIdx(anchor).GetTotalNumHs())
            fixed.setdefault(anchor, []).extend([label] * max(1, times))
        elif atoms:
            roaming.append((label, atoms))
    mol, place = _with_labels(core, fixed)
    for label, standing in roaming:
        moved = {place[atom]: number for atom, number in standing.items()}
        mol = _with_roaming(mol, label, moved)
    return structure_svg(mol, width=width, height=height, title=f"core {template.smiles}")


def _with_labels(
    core: Chem.Mol, fixed: Mapping[int, Sequence[str]]
) -> tuple[Chem.Mol, dict[int, int]]:
    """Return the core laid out with a labelled dummy for each fixed site, and where its atoms went.

    Two sites on an atom with one hydrogen are alternatives and share a label.
    """
    editable = Chem.RWMol(core)
    texts: list[str] = []
    for atom in editable.GetAtoms():
        atom.SetIntProp("place", atom.GetIdx())
        atom.SetAtomMapNum(0)
    for anchor, labels in fixed.items():
        atom = core.GetAtomWithIdx(anchor)
        separate = atom.GetTotalNumHs() >= len(labels)
        for text in labels if separate else ["/".join(dict.fromkeys(labels))]:
            dummy = Chem.Atom(0)
            texts.append(text)
            dummy.SetAtomMapNum(len(texts))
            editable.AddBond(anchor, editable.AddAtom(dummy), Chem.BondType.SINGLE)
            held = editable.GetAtomWithIdx(anchor)
            if held.GetNumExplicitHs():
                held.SetNumExplicitHs(held.GetNumExplicitHs() - 1)
    whole = editable.GetMol()
    Chem.SanitizeMol(whole)
    order = _smiles_order(whole)
    drawn = depict(Chem.MolToSmiles(whole))
    place: dict[int, int] = {}
    for new, old in enumerate(order):
        atom, source = drawn.GetAtomWithIdx(new), whole.GetAtomWithIdx(old)
        if source.HasProp("place"):
            place[source.GetIntProp("place")] = new
        if source.GetAtomicNum() == 0:
            _label(atom, texts[source.GetAtomMapNum() - 1])
    return drawn, place


def _smiles_order(mol: Chem.Mol) -> list[int]:
    Chem.MolToSmiles(mol)
    return [
        int(index)
        for index in mol.GetPropsAsDict(includePrivate=True, includeComputed=True)[
            "_smilesAtomOutputOrder"
        ]
    ]


def _label(atom: Chem.Atom, text: str) -> None:
    atom.SetAtomMapNum(0)
    shown = _NUMBERED.sub(r"\1<sub>\2</sub>\3", text)
    atom.SetProp("_displayLabel", shown)
    atom.SetProp("_displayLabelW", shown)


def _with_roaming(mol: Chem.Mol, label: str, atoms: Mapping[int, int]) -> Chem.Mol:
    """Draw a bond into the ring that a site may stand on, or write its label beside its atoms.

    `atoms` maps atoms to the positions they are, which are written small beside them.
    """
    ring = _shared_ring(mol, tuple(atoms))
    for atom, number in atoms.items():
        note = str(number) if ring else f"{label} {number}"
        mol.GetAtomWithIdx(atom).SetProp("atomNote", note)
    if ring is None:
        return mol
    points = mol.GetConformer().GetPositions()[:, :2]
    begin, end = _way_out(mol, points, ring, tuple(atoms))
    editable = Chem.RWMol(mol)
    inner, outer = (editable.AddAtom(Chem.Atom(number)) for number in (6, 0))
    editable.GetAtomWithIdx(inner).SetNoImplicit(True)  # noqa: FBT003 - RDKit's signature
    _label(editable.GetAtomWithIdx(outer), label)
    editable.AddBond(inner, outer, Chem.BondType.SINGLE)
    conformer = editable.GetConformer()
    conformer.SetAtomPosition(inner, Point3D(float(begin[0]), float(begin[1]), 0.0))
    conformer.SetAtomPosition(outer, Point3D(float(end[0]), float(end[1]), 0.0))
    return editable.GetMol()


def _shared_ring(mol: Chem.Mol, atoms: Sequence[int]) -> tuple[int, ...] | None:
    rings = [ring for ring in mol.GetRingInfo().AtomRings() if set(atoms) <= set(ring)]
    # A bond into a ring says "anywhere on it", which a pair of atoms is not.
    return min(rings, key=len) if rings and len(atoms) >= _FEWEST_ROAMED else None


def _way_out(
    mol: Chem.Mol, points: FloatArray, ring: Sequence[int], atoms: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """Return where a bond into a ring begins and ends: over the allowed bond with the most room."""
    centre = points[list(ring)].mean(axis=0)
    best, most = None, -1.0
    for bond in mol.GetBonds():
        ends = [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]
        if not set(ends) <= set(ring):
            continue
        middle = points[ends].mean(axis=0)
        outward = (middle - centre) / np.linalg.norm(middle - centre)
        tip = centre + outward * (np.linalg.norm(middle - centre) + _ENDS * 0.9)
        room = float(np.linalg.norm(points - tip, axis=1).min())
        room += 0.5 * sum(end in atoms for end in ends)
        if room > most:
            best, most = (centre + outward * _BEGINS, tip), room
    assert best is not None  # noqa: S101 - a ring has bonds
    return best
