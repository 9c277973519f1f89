"""A claim as a sheet for a chemist: its core drawn, its sites in words, its tests as structures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from molagent.errors import StructureError
from molagent.patents.markush.boundary import ClaimBoundary
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.members import MemberTest
from molagent.patents.markush.sentences import SiteReading, named_groups, read_back, standing
from molagent.patents.markush.templates import Site
from molagent.report.cards import Card, Line
from molagent.report.claim_core import core_picture, site_labels
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, page, picture
from molagent.report.parts import aligned_svgs, part_svg

__all__ = ["boundary_html", "claim_html", "claim_page", "claim_svg"]

_MOST_CORES: Final = 6
_ALONE: Final = (460, 300)
_AMONG_OTHERS: Final = (360, 210)
_MOST_PARTS: Final = 30
_MOST_TESTS: Final = 8
_WRONG: Final = {True: "falls outside", False: "falls inside"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SiteRow:
    """A site in words, its particular groups drawn; `undrawn` counts those left out."""

    name: str
    label: str
    where: str
    how_often: str
    choices: tuple[str, ...]
    drawn: tuple[Markup, ...]
    undrawn: int


def claim_svg(claim: Claim, *, core: int = 0, width: int = 460, height: int = 300) -> Markup:
    """Return one core of a claim as SVG with its sites; they are explained by :func:`claim_html`.

    Parameters
    ----------
    core
        Which of several cores, from 0.
    """
    return core_picture(claim.templates[core], site_labels(claim.sites), width=width, height=height)


def claim_html(claim: Claim, tests: Sequence[MemberTest] = ()) -> Picture:
    """Return a claim as a picture: cores, sites in words, provisos, and what tests it.

    Parameters
    ----------
    tests
        What :func:`~molagent.patents.markush.members.run_members` returned.
    """
    reading = read_back(claim)
    labels = site_labels(claim.sites)
    width, height = _ALONE if len(claim.templates) == 1 else _AMONG_OTHERS
    texts = (
        ("What was read", claim.text),
        ("What was decided", claim.interpretation),
        ("Note", claim.note),
    )
    return picture(
        reading.heading.split(" (")[0],
        "claim.html",
        claim=claim,
        standing=standing(claim),
        cores=[
            claim_svg(claim, core=number, width=width, height=height)
            for number in range(min(len(claim.templates), _MOST_CORES))
        ],
        more_cores=max(0, len(claim.templates) - _MOST_CORES),
        sites=[
            _site_row(site, words, labels[site.name])
            for site, words in zip(claim.sites, reading.sites, strict=True)
        ],
        together=reading.together,
        provisos=reading.provisos,
        closing=f"{reading.closing[0].upper()}{reading.closing[1:]}.",
        texts=[(heading, words.strip()) for heading, words in texts if words.strip()],
        tests=_tests(tests),
    )


def claim_page(claims: Sequence[tuple[Claim, Sequence[MemberTest]]], *, title: str = "") -> str:
    """Return claims with their tests as one HTML document without scripts or outside references."""
    sheets = [claim_html(claim, tests) for claim, tests in claims]
    return page(title or "Claims as read", sheets, kicker="Markush claims as data")


def boundary_html(smiles: str, boundary: ClaimBoundary, *, most: int = 12) -> Picture:
    """Return what keeps a structure inside a claim, and changes that leave it, as a picture.

    Parameters
    ----------
    most
        Most changes drawn.
    """
    note = (
        "Every change was tried by the matcher. Leaving one claim as it was read says nothing "
        "about equivalents, other claims or the law."
    )
    return picture(
        f"{'Inside' if boundary.inside else 'Outside'} {boundary.claim_id}",
        "boundary.html",
        note=note if boundary.inside else "As the claim was read.",
        boundary=boundary,
        query=Card(drawn=structure_svg(smiles), lines=(Line(quiet="the structure"),)),
        exits=[
            Card(
                drawn=_changed(smiles, leaving.smiles),
                lines=(
                    Line("", leaving.site, leaving.change),
                    Line(quiet=_short(leaving.reason)),
                ),
            )
            for leaving in boundary.exits[:most]
        ],
    )


def _site_row(site: Site, words: SiteReading, label: str) -> _SiteRow:
    parts = _particular_groups(site)
    return _SiteRow(
        name=site.name,
        label=label,
        where=words.where,
        how_often=words.how_often,
        choices=tuple(c for c in words.choices if not (parts and c.startswith("*"))),
        drawn=tuple(part_svg(part) for part in parts[:_MOST_PARTS]),
        undrawn=max(0, len(parts) - _MOST_PARTS),
    )


def _particular_groups(site: Site) -> list[str]:
    """Return the choices that are particular groups and have no name of their own, as SMILES."""
    options = getattr(site.predicate, "options", (site.predicate,))
    if any(not _is_plain(option) for option in options if hasattr(option, "smiles")):
        return []
    return [
        str(option.smiles)
        for option in options
        if hasattr(option, "smiles") and named_groups(option.describe()).startswith("*")
    ]


def _is_plain(option: object) -> bool:
    """Return whether a choice is one particular group, without sites of its own."""
    return not getattr(option, "sites", ())


def _tests(tests: Sequence[MemberTest]) -> list[tuple[str, list[Card]]]:
    """Return members and non-members as cards under their headings."""
    parts = []
    for expected, title in ((True, "Members"), (False, "Non-members")):
        chosen = [test for test in tests if test.expected is expected]
        # What fails is what a reader must see, wherever it stands in the file.
        chosen.sort(key=lambda test: test.passed)
        more = f" (the first {_MOST_TESTS} of {len(chosen)})" if len(chosen) > _MOST_TESTS else ""
        if chosen:
            parts.append((f"{title}{more}", [_test_card(test) for test in chosen[:_MOST_TESTS]]))
    return parts


def _test_card(test: MemberTest) -> Card:
    why = Line(quiet=_short(test.why))
    return Card(
        drawn=structure_svg(test.smiles, width=220, height=150, thumbnail=True),
        lines=(why,) if test.passed else (Line("", _WRONG[test.expected]), why),
        bad=not test.passed,
    )


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


def _changed(smiles: str, other: str) -> Markup:
    try:
        return aligned_svgs(smiles, other)[1]
    except StructureError:
        return structure_svg(other)
