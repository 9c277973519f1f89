"""Structure pictures: the one place that decides how a molecule looks.

Every picture has an opaque white ground, so it reads the same on a dark notebook and on paper,
and a fixed bond length, so that two structures side by side can be compared by size.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from markupsafe import Markup
from rdkit import Chem, rdBase
from rdkit.Chem import rdCoordGen, rdDepictor, rdMolTransforms, rdRascalMCES
from rdkit.Chem.Draw import rdMolDraw2D

from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError
from molagent.records import FloatArray
from molagent.report.svg import element
from molagent.report.vector import compact_svg, empty_tile

__all__ = ["AlignedPair", "align_to_reference", "depict", "structure_png", "structure_svg"]

_BOND_LENGTH_PX: Final = 25.0
# RDKit's own sulfur and halogen colours are too pale to read on white.
_PALETTE: Final[dict[int, tuple[float, float, float]]] = {
    -1: (0.10, 0.12, 0.15),
    1: (0.35, 0.38, 0.42),
    6: (0.10, 0.12, 0.15),
    7: (0.11, 0.31, 0.74),
    8: (0.78, 0.15, 0.12),
    9: (0.04, 0.45, 0.32),
    15: (0.71, 0.36, 0.02),
    16: (0.56, 0.42, 0.00),
    17: (0.04, 0.45, 0.32),
    35: (0.51, 0.23, 0.10),
    53: (0.40, 0.14, 0.52),
}
_HIGHLIGHT: Final = (1.0, 0.87, 0.60)
_HIGHLIGHT_HEX: Final = "#FFDD99"
# Larger structures are not worth a common-substructure search: it would run into its time limit.
_MCS_MAX_ATOMS: Final = 70
_MCS_TIMEOUT_S: Final = 1
_MCS_MIN_SIMILARITY: Final = 0.4
_MCS_MAX_PAIRS: Final = 3000
# Below this share of the smaller structure the common part says nothing to a chemist.
_MCS_MIN_SHARE: Final = 0.4
# Half a bond, in the drawing's unit of 1.5 a bond: closer, and two letters overlap.
_CROWDED: Final = 0.8
_TURNS_DEG: Final = (0, 30, 60, 90, 120, 150)
_WIDTH_TO_HEIGHT: Final = 1.4
_THUMBNAIL_SCALE: Final = 3
# Of a bond: discs of neighbouring atoms do not touch, the bands between them join them.
_TINT_RADIUS: Final = 0.4
_TINT_BAND: Final = 0.52


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """A structure and its reference, drawn in the same orientation.

    Attributes
    ----------
    mol, reference
        With 2D coordinates.
    changed
        Atoms of `mol` that are not in the common part; empty where no common part was found.
    """

    mol: Chem.Mol
    reference: Chem.Mol
    changed: tuple[int, ...]


def depict(smiles: str) -> Chem.Mol:
    """Return a molecule with 2D coordinates.

    Raises
    ------
    StructureError
        If the structure cannot be read.
    """
    # What follows a blank in a SMILES is a name or CXSMILES labels, which RDKit would draw.
    mol = parse_smiles(smiles.split(maxsplit=1)[0] if smiles.strip() else smiles)
    _lay_out(mol)
    return mol


def align_to_reference(smiles: str, reference_smiles: str) -> AlignedPair:
    """Lay out a structure like its reference and say which atoms differ.

    Parameters
    ----------
    smiles
        The structure to show.
    reference_smiles
        What it is compared with, for example the nearest measured compound.

    Raises
    ------
    StructureError
        If one of the two cannot be read.
    """
    mol, reference = depict(smiles), depict(reference_smiles)
    common = _common_part(mol, reference)
    if not common:
        return AlignedPair(mol, reference, ())
    with rdBase.BlockLogs():
        rdDepictor.GenerateDepictionMatching2DStructure(
            mol, reference, [(there, here) for here, there in common]
        )
    if _is_crowded(mol):
        # Atoms on top of each other are worse than two orientations.
        _lay_out(mol)
    else:
        _turn_flat(mol, reference)
    kept = {here for here, _ in common}
    changed = tuple(i for i in range(mol.GetNumAtoms()) if i not in kept)
    return AlignedPair(mol, reference, changed)


def structure_svg(
    structure: str | Chem.Mol,
    *,
    width: int = 300,
    height: int = 220,
    highlight: tuple[int, ...] = (),
    tints: Mapping[int, str] | None = None,
    title: str = "",
    thumbnail: bool = False,
    open_ends: bool = False,
) -> Markup:
    """Return a compact inline SVG of a structure; a labelled empty tile where it cannot be drawn.

    Parameters
    ----------
    structure
        SMILES, or a molecule with coordinates from :func:`align_to_reference`.
    width, height
        Of the picture on the page, in pixels; style sheets may scale it.
    highlight
        Atom indices on a tinted ground.
    tints
        Atom index to the colour of the ground under it, ``#RRGGBB``; a bond has half of each.
    title
        Text for screen readers; the SMILES where it is empty.
    thumbnail
        A third of the size in bytes: letters are text in the reader's font instead of outlines.
    open_ends
        Draw dummy atoms as a wavy line across the open bond, as in a substituent.
    """
    try:
        mol = depict(structure) if isinstance(structure, str) else structure
    except StructureError:
        return empty_tile((width, height), "structure not drawn")
    scale = _THUMBNAIL_SCALE if thumbnail else 1
    size = (width * scale, height * scale)
    drawer = rdMolDraw2D.MolDraw2DSVG(*size, -1, -1, thumbnail)
    _draw(drawer, mol, highlight, scale=scale, thumbnail=thumbnail, open_ends=open_ends)
    label = title or (structure if isinstance(structure, str) else Chem.MolToSmiles(structure))
    ground = _HIGHLIGHT_HEX if highlight else ""
    under = _tinted(drawer, mol, tints) if tints else []
    return compact_svg(
        drawer.GetDrawingText(), size, (width, height), label, ground=ground, under=under
    )


def _tinted(drawer: rdMolDraw2D.MolDraw2D, mol: Chem.Mol, tints: Mapping[int, str]) -> list[Markup]:
    """Return a disc under every tinted atom and a band of two halves under the bonds between."""
    places = [(p.x, p.y) for p in map(drawer.GetDrawCoords, range(mol.GetNumAtoms()))]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    lengths = [float(np.hypot(*np.subtract(places[a], places[b]))) for a, b in bonds]
    bond = float(np.median(lengths)) if lengths else _BOND_LENGTH_PX
    marks = []
    for begin, end in bonds:
        middle = np.add(places[begin], places[end]) / 2
        for atom in (begin, end):
            if begin in tints and end in tints:
                x, y = places[atom]
                way = f"M{x:.1f} {y:.1f}L{middle[0]:.1f} {middle[1]:.1f}"
                marks.append(
                    element("path", d=way, stroke=tints[atom], stroke_width=_TINT_BAND * bond)
                )
    for atom, colour in tints.items():
        x, y = places[atom]
        marks.append(element("circle", cx=x, cy=y, r=_TINT_RADIUS * bond, fill=colour))
    return marks


def structure_png(smiles: str, *, width: int = 480, height: int = 340) -> bytes | None:
    """Return a PNG of a structure, or None where it cannot be drawn."""
    try:
        mol = depict(smiles)
    except StructureError:
        return None
    drawer = rdMolDraw2D.MolDraw2DCairo(width, height)
    # The picture is shown at half its size in pixels, so that it stays sharp in print.
    _draw(drawer, mol, (), scale=2.0)
    return bytes(drawer.GetDrawingText())


def _lay_out(mol: Chem.Mol) -> None:
    with rdBase.BlockLogs():
        rdCoordGen.AddCoords(mol)
        # Pictures are wider than high: the long axis lies flat, bonds at multiples of 30 degrees.
        rdDepictor.NormalizeDepiction(mol, canonicalize=1)
        rdDepictor.StraightenDepiction(mol)


def _is_crowded(mol: Chem.Mol) -> bool:
    points = mol.GetConformer().GetPositions()[:, :2]
    distances = np.linalg.norm(points[:, None, :] - points[None, :, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    return bool(distances.min(initial=np.inf) < _CROWDED)


def _turn_flat(*mols: Chem.Mol) -> None:
    """Turn structures by one angle, so that the tallest of them fits its picture best."""

    def needed(degrees: int) -> float:
        turn = _rotation(degrees)[:2, :2]
        spans = [np.ptp(mol.GetConformer().GetPositions()[:, :2] @ turn.T, axis=0) for mol in mols]
        return float(max(max(x / _WIDTH_TO_HEIGHT, y) for x, y in spans))

    best = min(_TURNS_DEG, key=lambda degrees: round(needed(degrees), 3))
    for mol in mols:
        rdMolTransforms.TransformConformer(mol.GetConformer(), _rotation(best))


def _rotation(degrees: int) -> FloatArray:
    angle = np.deg2rad(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix


def _common_part(mol: Chem.Mol, reference: Chem.Mol) -> list[tuple[int, int]]:
    """Return the atoms of the largest connected common part: of `mol`, of the reference."""
    sizes = (mol.GetNumAtoms(), reference.GetNumAtoms())
    if max(sizes) > _MCS_MAX_ATOMS:
        return []
    with rdBase.BlockLogs():
        found = rdRascalMCES.FindMCES(mol, reference, _common_part_options())
    # A search that was cut short gives another answer on another machine.
    if not found or found[0].timedOut:
        return []
    matches: list[tuple[int, int]] = list(found[0].atomMatches())
    return matches if len(matches) >= _MCS_MIN_SHARE * min(sizes) else []


def _common_part_options() -> rdRascalMCES.RascalOptions:
    # RDKit's stubs describe the options' attributes as the options themselves.
    options: Any = rdRascalMCES.RascalOptions()
    options.timeout = _MCS_TIMEOUT_S
    # The similarity that the search asks for by default would leave small common parts out.
    options.similarityThreshold = _MCS_MIN_SIMILARITY
    options.maxBondMatchPairs = _MCS_MAX_PAIRS
    options.singleLargestFrag = True
    options.ringMatchesRingOnly = True
    options.completeSmallestRings = True
    return cast("rdRascalMCES.RascalOptions", options)


def _draw(
    drawer: rdMolDraw2D.MolDraw2D,
    mol: Chem.Mol,
    highlight: tuple[int, ...],
    *,
    scale: float = 1.0,
    thumbnail: bool = False,
    open_ends: bool = False,
) -> None:
    # RDKit's stubs describe the options' attributes as the options themselves.
    options: Any = drawer.drawOptions()
    # A thumbnail has shorter bonds, but its letters must stay readable.
    options.fixedBondLength = _BOND_LENGTH_PX * scale * (0.62 if thumbnail else 1.0)
    options.bondLineWidth = scale * (1.2 if thumbnail else 1.6)
    options.scaleBondWidth = False
    options.singleColourBonds = thumbnail
    options.minFontSize = round(scale * (8.5 if thumbnail else 9))
    options.maxFontSize = round(scale * (9.5 if thumbnail else 14))
    options.standardColoursForHighlightedAtoms = True
    options.padding = 0.04
    options.highlightRadius = 0.32
    options.highlightBondWidthMultiplier = 9
    options.updateAtomPalette(_PALETTE)
    options.setBackgroundColour((1.0, 1.0, 1.0, 1.0))
    options.setHighlightColour(_HIGHLIGHT)
    options.addStereoAnnotation = False
    options.dummiesAreAttachments = open_ends
    changed = set(highlight)
    bonds = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBeginAtomIdx() in changed and bond.GetEndAtomIdx() in changed
    ]
    with rdBase.BlockLogs():
        rdMolDraw2D.PrepareAndDrawMolecule(
            drawer, mol, highlightAtoms=sorted(changed), highlightBonds=bonds
        )
    drawer.FinishDrawing()
