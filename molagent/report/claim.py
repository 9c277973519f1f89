"""A claim as a sheet for a chemist: its core drawn, its sites in words, its tests as structures."""

from collections.abc import Sequence
from html import escape
from typing import Final

from molagent.errors import StructureError
from molagent.patents.markush.boundary import ClaimBoundary
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.members import MemberTest
from molagent.patents.markush.sentences import SiteReading, named_groups, read_back, standing
from molagent.patents.markush.templates import Site
from molagent.report.claim_core import core_picture, site_labels
from molagent.report.drawing import structure_svg
from molagent.report.sar import Picture, aligned_svgs, fragment, page, part_svg

__all__ = ["boundary_html", "claim_html", "claim_page", "claim_svg"]

_MOST_CORES: Final = 6
_ALONE: Final = (460, 300)
_AMONG_OTHERS: Final = (360, 210)
_MOST_PARTS: Final = 30
_MOST_TESTS: Final = 8
_STYLE: Final = """<style>
section.ma-sar .ma-sites td{vertical-align:top}
section.ma-sar .ma-sites ul{margin:0;padding-left:16px}
section.ma-sar .ma-sites{max-width:1060px}
section.ma-sar .ma-sites td:nth-child(3){white-space:nowrap}
section.ma-sar .parts{display:flex;flex-wrap:wrap;gap:4px;margin-top:4px}
section.ma-sar .state{display:inline-block;border-radius:3px;padding:1px 8px;font-size:12px;
border:1px solid #cc8a00;background:#fdf0d5;color:#6b4700}
section.ma-sar .state.confirmed{border-color:#8bb8d8;background:#e6f0f8;color:#174a6e}
section.ma-sar .state.rejected{border-color:#9aa3ad;background:#eceff2;color:#414b57}
section.ma-sar .card.bad{border-color:#d55e00;border-width:2px}
section.ma-sar .card figcaption{max-width:230px;overflow-wrap:anywhere}
section.ma-sar h4{margin:14px 0 6px;font-size:13.5px}
section.ma-sar blockquote{margin:4px 0 8px;padding:2px 12px;border-left:3px solid #d9dee4;
color:#3b4652;max-width:96ch}
</style>"""


def claim_svg(claim: Claim, *, core: int = 0, width: int = 460, height: int = 300) -> str:
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
    note = (
        f"<span class='state {claim.status.value}'>{claim.status.value}</span> "
        f"{escape(claim.kind[:1].upper() + claim.kind[1:])}, {escape(standing(claim))}. "
        f"Read on {claim.read_on} from {escape(claim.source)}. "
        "Evidence about a reading, not legal advice."
    )
    width, height = _ALONE if len(claim.templates) == 1 else _AMONG_OTHERS
    cores = "".join(
        f"<figure>{claim_svg(claim, core=number, width=width, height=height)}</figure>"
        for number in range(min(len(claim.templates), _MOST_CORES))
    )
    more = len(claim.templates) - _MOST_CORES
    further = f"<p>and {more} further cores.</p>" if more > 0 else ""
    rows = "".join(
        _site_row(site, words, labels[site.name])
        for site, words in zip(claim.sites, reading.sites, strict=True)
    )
    table = (
        "<table class='ma-sites'><thead><tr><th>site</th><th>stands at</th><th>how often</th>"
        f"<th>what may stand there</th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else "<p>This compound and no other.</p>"
    )
    provisos = "".join(f"<li>{escape(proviso)}</li>" for proviso in reading.provisos)
    if provisos:
        provisos = f"<h4>Provided that</h4><ul>{provisos}</ul>"
    closing = f"{reading.closing[0].upper()}{reading.closing[1:]}."
    body = (
        f"{_STYLE}<div class='cards'>{cores}</div>{further}{table}"
        f"{provisos}<p>{escape(closing)}</p>"
        f"{_words('What was read', claim.text)}{_words('What was decided', claim.interpretation)}"
        f"{_words('Note', claim.note)}{_tests(tests)}"
    )
    title = reading.heading.split(" (")[0]
    return fragment(title, note, body)


def claim_page(claims: Sequence[tuple[Claim, Sequence[MemberTest]]], *, title: str = "") -> str:
    """Return claims with their tests as one HTML document without scripts or outside references."""
    sheets = [claim_html(claim, tests) for claim, tests in claims]
    return page(title or "Claims as read", sheets)


def boundary_html(smiles: str, boundary: ClaimBoundary, *, most: int = 12) -> Picture:
    """Return what keeps a structure inside a claim, and changes that leave it, as a picture.

    Parameters
    ----------
    most
        Most changes drawn.
    """
    if not boundary.inside:
        what = "; ".join(boundary.failures) or "its core does not occur"
        body = f"<div class='cards'>{structure_svg(smiles)}</div><p>{escape(what)}</p>"
        return fragment(f"Outside {boundary.claim_id}", "As the claim was read.", body)
    holds = "".join(
        f"<tr><td>{escape(hold.site)}</td><td>{escape(hold.group)}</td>"
        f"<td>{escape(hold.allowed)}</td><td>{escape('; '.join(hold.stays))}</td></tr>"
        for hold in boundary.holds
    )
    cards = "".join(
        "<div class='card'><figure>"
        f"{_changed(smiles, leaving.smiles)}<figcaption><b>{escape(leaving.site)}</b>: "
        f"{escape(leaving.change)}<br><span class='quiet'>{escape(_short(leaving.reason))}</span>"
        "</figcaption></figure></div>"
        for leaving in boundary.exits[:most]
    )
    body = (
        f"{_STYLE}<div class='cards'>{structure_svg(smiles)}</div>"
        "<table class='ma-sites'><thead><tr><th>site</th><th>carries</th><th>the claim allows</th>"
        f"<th>stays inside with</th></tr></thead><tbody>{holds}</tbody></table>"
        f"<h4>Changes that leave the claim as read</h4><div class='cards'>{cards}</div>"
    )
    note = (
        "Every change was tried by the matcher. Leaving one claim as it was read says nothing "
        "about equivalents, other claims or the law."
    )
    return fragment(f"Inside {boundary.claim_id}", note, body)


def _site_row(site: Site, words: SiteReading, label: str) -> str:
    name = escape(site.name)
    shown = f"<b>{name}</b>" if label == site.name else f"<b>{escape(label)}</b> {name}"
    drawn = _drawn_parts(site)
    said = [escape(choice) for choice in words.choices if not (drawn and choice.startswith("*"))]
    listed = said[0] if len(said) == 1 else f"<ul>{''.join(f'<li>{c}</li>' for c in said)}</ul>"
    return (
        f"<tr><td>{shown}</td><td>{escape(words.where)}</td><td>{escape(words.how_often)}</td>"
        f"<td>{listed if said else ''}{drawn}</td></tr>"
    )


def _drawn_parts(site: Site) -> str:
    """Draw the choices that are particular groups and have no name of their own."""
    options = getattr(site.predicate, "options", (site.predicate,))
    parts = [
        str(option.smiles)
        for option in options
        if hasattr(option, "smiles") and named_groups(option.describe()).startswith("*")
    ]
    if not parts or any(not _is_plain(option) for option in options if hasattr(option, "smiles")):
        return ""
    pictures = "".join(part_svg(part) for part in parts[:_MOST_PARTS])
    more = f"and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
    return f"<div class='parts'>{pictures}<span class='quiet'>{more}</span></div>"


def _is_plain(option: object) -> bool:
    """Return whether a choice is one particular group, without sites of its own."""
    return not getattr(option, "sites", ())


def _words(title: str, text: str) -> str:
    if not text.strip():
        return ""
    return f"<h4>{escape(title)}</h4><blockquote>{escape(text.strip())}</blockquote>"


def _tests(tests: Sequence[MemberTest]) -> str:
    parts = []
    for expected, title in ((True, "Members"), (False, "Non-members")):
        chosen = [test for test in tests if test.expected is expected]
        # What fails is what a reader must see, wherever it stands in the file.
        chosen.sort(key=lambda test: test.passed)
        cards = "".join(_test_card(test) for test in chosen[:_MOST_TESTS])
        more = f" (the first {_MOST_TESTS} of {len(chosen)})" if len(chosen) > _MOST_TESTS else ""
        if cards:
            parts.append(f"<h4>{title}{more}</h4><div class='cards'>{cards}</div>")
    return "".join(parts)


def _test_card(test: MemberTest) -> str:
    outcome = "" if test.passed else f"<b>{_WRONG[test.expected]}</b><br>"
    return (
        f"<div class='card{'' if test.passed else ' bad'}'><figure>"
        f"{structure_svg(test.smiles, width=220, height=150, thumbnail=True)}"
        f"<figcaption>{outcome}{escape(_short(test.why))}</figcaption></figure></div>"
    )


_WRONG: Final = {True: "falls outside", False: "falls inside"}


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


def _changed(smiles: str, other: str) -> str:
    try:
        return aligned_svgs(smiles, other)[1]
    except StructureError:
        return structure_svg(other)
