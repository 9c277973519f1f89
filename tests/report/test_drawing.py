"""Structures are drawn whole, small and alike."""

import re
import xml.etree.ElementTree as ET

import pytest

from molagent.errors import StructureError
from molagent.report.drawing import align_to_reference, depict, structure_png, structure_svg

TOFACITINIB = "C[C@@H]1CCN(C[C@@H]1N(C)c1ncnc2[nH]ccc12)C(=O)CC#N"
UPADACITINIB = "CC[C@@H]1CN(C[C@@H]1c1cnc2cnc3[nH]ccc3n12)C(=O)NCC(F)(F)F"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12"


def marks(svg: str, tag: str) -> list[ET.Element]:
    root = ET.fromstring(svg)  # noqa: S314 - drawn a line above
    return root.findall(f".//{{http://www.w3.org/2000/svg}}{tag}")


@pytest.mark.parametrize("thumbnail", [False, True])
def test_a_picture_is_well_formed_and_small(thumbnail):
    svg = structure_svg(UPADACITINIB, thumbnail=thumbnail)
    assert marks(svg, "path")
    assert len(svg) < (2_000 if thumbnail else 6_000)


def test_solid_wedges_are_kept_when_paths_are_merged():
    filled = [p for p in marks(structure_svg(UPADACITINIB), "path") if p.get("stroke")]
    assert any(p.get("fill") not in {None, "none"} for p in filled)


def test_a_picture_has_a_white_ground_for_dark_pages():
    ground = marks(structure_svg(TOFACITINIB), "rect")[0]
    assert ground.get("fill") == "#fff"


def test_all_points_lie_within_the_picture():
    for mark in marks(structure_svg(BARICITINIB, width=300, height=220), "path"):
        for x, y in re.findall(r"M(-?[\d.]+)[ ]?(-?[\d.]+)", mark.get("d", "")):
            assert -1 <= float(x) <= 301
            assert -1 <= float(y) <= 221


def test_a_structure_and_its_reference_share_the_place_of_their_common_part():
    pair = align_to_reference(TOFACITINIB.replace("CC#N", "CO"), TOFACITINIB)
    assert 0 < len(pair.changed) < 4
    core = pair.mol.GetSubstructMatch(depict("c1ncnc2[nH]ccc12"))
    other = pair.reference.GetSubstructMatch(depict("c1ncnc2[nH]ccc12"))
    for a, b in zip(core, other, strict=True):
        near = pair.mol.GetConformer().GetAtomPosition(a)
        far = pair.reference.GetConformer().GetAtomPosition(b)
        assert near.Distance(far) < 1e-3


@pytest.mark.parametrize(
    ("drug", "analogue", "changed"),
    [
        # A search atom by atom takes minutes for each of these two.
        (
            "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(-c2cn(C)c3ccccc23)n1",  # osimertinib
            "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(-c2cn(C)c3ncccc23)n1",
            4,  # its azaindole: the ring is another, but for the two atoms of the fusion
        ),
        (
            "COc1ccc(-n2nc(C(N)=O)c3c2C(=O)N(c2ccc(N4CCCCC4=O)cc2)CC3)cc1",  # apixaban
            "COc1ccc(-n2nc(C(N)=O)c3c2C(=O)N(c2ccc(N4CCCNC4=O)cc2)CC3)cc1",
            6,
        ),
    ],
)
def test_a_drug_and_its_analogue_of_one_other_atom_are_aligned(drug, analogue, changed):
    assert len(align_to_reference(analogue, drug).changed) == changed


def test_atoms_never_lie_on_top_of_each_other_for_the_sake_of_an_alignment():
    crowded = "NC1(n2c(CO)nc3cnc4[nH]ccc4c32)CCC(O)CC1"
    pair = align_to_reference(crowded, "OCc1nc2cnc3[nH]ccc3c2n1C1CCCCC1")
    points = pair.mol.GetConformer().GetPositions()
    gaps = [
        float(((points[i] - points[j]) ** 2).sum() ** 0.5)
        for i in range(len(points))
        for j in range(i)
    ]
    assert min(gaps) > 0.8
    assert pair.changed


def test_an_aligned_pair_is_turned_so_that_both_fit_a_wide_picture():
    chain = "N#CCCNC1CCOC(n2c(C)nc3cnc4[nH]ccc4c32)CC1"
    pair = align_to_reference(chain, "N#CCCN[C@H]1CC[C@H](n2c(C)nc3cnc4[nH]ccc4c32)CC1")
    for mol in (pair.mol, pair.reference):
        points = mol.GetConformer().GetPositions()
        width, height = points.max(axis=0)[:2] - points.min(axis=0)[:2]
        assert height < width


def test_two_structures_without_a_common_part_are_drawn_all_the_same():
    pair = align_to_reference("CCCCCC", BARICITINIB)
    assert pair.changed == ()


def test_what_is_no_structure_becomes_a_labelled_tile():
    assert "structure not drawn" in structure_svg("no structure")
    assert structure_png("no structure") is None
    with pytest.raises(StructureError):
        depict("")


def test_a_png_is_a_png():
    picture = structure_png(TOFACITINIB)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
