"""Patent evidence for an attorney: one page to read and print, one CSV to work on.

The page says what was searched with which settings before it shows anything that was found, and
what was not checked before it ends. It states evidence and draws no conclusion.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.errors import StructureError
from molagent.formulas import csv_text
from molagent.report.drawing import structure_svg
from molagent.report.files import replace_file
from molagent.report.page import render
from molagent.report.parts import aligned_svgs, part_svg
from molagent.report.wording import (
    LEVEL_WORDS,
    as_mapping,
    is_unknown,
    level_short,
    level_tone,
    number,
    relation_words,
)

__all__ = ["ClaimLine", "write_evidence", "write_evidence_csv"]

# Further hits of one structure stand in the table without a picture of their own.
_DRAWN: Final = 8
_LINES: Final = 25
_UNCHECKED: Final = "not_checked"
_NOT_FOUND: Final = "not_found"
_RUNGS: Final = (
    ("exact_in_claims", "The structure, same standard InChIKey, was found in a claims section. "
     "Found in the claims section is not the same as covered by a claim."),
    ("exact_elsewhere", "The same structure was found in another section, or the section is not "
     "known."),
    ("variant", "Another salt, charge, isotopic form, stereoisomer or tautomer of a structure in a "
     "publication; which of them is said beside each."),
    ("in_confirmed_claim", "Every atom is accounted for by a Markush claim as data, whose reading "
     "somebody confirmed."),
    ("in_draft_claim", "The same, by a reading that nobody has confirmed: it may be inside."),
    ("same_scaffold", "The Murcko scaffold is the same, from two rings on. Looked for only where "
     "no publication has the structure."),
    ("similar", "Tanimoto similarity of Morgan fingerprints (radius 2, 1024 bit). Looked for only "
     "where no publication has the structure."),
    ("not_checked", "The search could not be made, for the reason given. It is not a result."),
    ("not_found", "Nothing was found in the named releases, scopes and depths. No database holds "
     "every publication."),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """What the page says of one claim that was searched."""

    claim_id: str
    kind: str
    status: str
    standing: str
    sentence: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """One compound or claim that stands on one rung, with its publications."""

    level: str
    words: str
    tone: str
    title: str
    query: Markup
    hit: Markup
    smiles: str
    similarity: str
    relation: str
    groups: tuple[tuple[str, Markup, str, str], ...]
    reasons: tuple[str, ...]
    lines: tuple[Mapping[str, Any], ...]
    more: int
    further: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One structure that was asked about."""

    name: str
    smiles: str
    thumbnail: Markup
    level: str
    words: str
    tone: str
    n_publications: int
    n_families: int
    nearest: str
    hits: tuple[_Hit, ...]
    undrawn: int
    unchecked: tuple[tuple[str, str], ...]
    not_found: str


def write_evidence(
    evidence: pd.DataFrame,
    sources: pd.DataFrame,
    path: Path,
    *,
    title: str = "Patent evidence",
    claims: Sequence[ClaimLine] = (),
    as_of: date | None = None,
    client: str = "",
    news: pd.DataFrame | None = None,
) -> Path:
    """Write evidence as one HTML file without scripts and without remote parts.

    Parameters
    ----------
    evidence
        One row a piece; see :func:`molagent.patents.evidence.evidence_frame`.
    sources
        One row a collection; see :attr:`molagent.project.patents.Patents.sources`.
    client
        For whom it was made; '' in house.
    news
        What an earlier release did not have; see :meth:`molagent.project.patents.Patents.news`.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    entries = [
        _entry(str(name), group) for name, group in evidence.groupby("structure", sort=False)
    ]
    records = [_known(row) for row in sources.to_dict("records")]
    text = render(
        "patent_evidence.html",
        title=title,
        entries=entries,
        searched=[row for row in records if row["searched"]],
        not_searched=[row for row in records if not row["searched"]],
        settings=_settings(evidence),
        claims=claims,
        as_of=as_of.isoformat() if as_of else "",
        client=client,
        news=None if news is None else news_rows(news),
        news_notes=() if news is None else news.attrs["notes"],
        news_compared=True,
        news_left_out=0,
        rungs=[(level_short(key), level_tone(key), words) for key, words in _RUNGS],
        level_words=LEVEL_WORDS,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=version("molagent"),
    )
    return replace_file(path, text.encode("utf-8"))


def write_evidence_csv(evidence: pd.DataFrame, path: Path) -> Path:
    """Write evidence as CSV, one row a piece; ``assignment`` as JSON, unknown cells empty.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    table = evidence.copy()
    table["assignment"] = [
        json.dumps(dict(cell), ensure_ascii=False) if cell else "" for cell in table["assignment"]
    ]
    for column in table.columns:
        cells = [None if is_unknown(cell) else cell for cell in table[column]]
        table[column] = pd.Series(cells, index=table.index, dtype=object)
    return replace_file(path, csv_text(table).encode("utf-8"))


def news_rows(news: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what is new as templates show it, the strongest evidence first."""
    rungs = [key for key, _ in _RUNGS]
    rows = [_known(row) for row in news.to_dict("records")]
    rows.sort(key=lambda row: (rungs.index(row["level"]), -(row["similarity"] or 0.0)))
    return [row | {"short": level_short(row["level"])} for row in rows]


def _entry(name: str, rows: pd.DataFrame) -> _Entry:
    records = [_known(row) for row in rows.to_dict("records")]
    smiles = str(records[0]["smiles"])
    found = [row for row in records if row["level"] not in (_UNCHECKED, _NOT_FOUND)]
    hits: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in found:
        what = row["claim_id"] or row["matched_smiles"] or ""
        hits.setdefault((row["level"], str(what), row["relation"] or ""), []).append(row)
    drawn = list(hits.values())[:_DRAWN]
    strongest = records[0]
    similarities = [row["similarity"] for row in records if row["similarity"] is not None]
    return _Entry(
        name=name,
        smiles=smiles,
        thumbnail=structure_svg(smiles, width=150, height=105, thumbnail=True),
        level=level_short(strongest["level"]),
        words=LEVEL_WORDS.get(str(strongest["level"]), ""),
        tone=level_tone(strongest["level"]),
        n_publications=len({row["publication_number"] for row in found} - {None}),
        n_families=len({row["family_id"] for row in found} - {None}),
        nearest=number(max(similarities)) if similarities else "",
        hits=tuple(_hit(smiles, group) for group in drawn),
        undrawn=len(hits) - len(drawn),
        unchecked=tuple(
            (str(row["release"] or "all that was searched"), str(row["reason"]))
            for row in records
            if row["level"] == _UNCHECKED
        ),
        not_found=next((str(row["reason"]) for row in records if row["level"] == _NOT_FOUND), ""),
    )


def _hit(smiles: str, rows: Sequence[Mapping[str, Any]]) -> _Hit:
    first = rows[0]
    level = str(first["level"])
    matched = str(first["matched_smiles"] or "")
    query, hit = _pictures(smiles, matched)
    shown = rows[:_LINES]
    assignment = as_mapping(first["assignment"])
    allowed = _allowed(assignment, str(first["reason"]))
    names = dict.fromkeys(str(row["matched_name"]) for row in rows if row["matched_name"])
    return _Hit(
        level=level_short(level),
        words=LEVEL_WORDS.get(level, ""),
        tone=level_tone(level),
        title=str(first["claim_id"] or "; ".join(list(names)[:3])),
        query=query,
        hit=hit,
        smiles=matched,
        similarity="" if first["similarity"] is None else number(first["similarity"]),
        relation=relation_words(str(first["relation"] or "")),
        groups=tuple(_group(*item, allowed) for item in assignment.items()),
        reasons=tuple(dict.fromkeys(_first_sentence(str(row["reason"])) for row in rows)),
        lines=tuple({**row, "note": _note(str(row["reason"]), allowed)} for row in shown),
        more=len(rows) - len(shown),
        further=sum(int(row["further"]) for row in rows),
    )


def _pictures(smiles: str, matched: str) -> tuple[Markup, Markup]:
    if not matched:
        return structure_svg(smiles, width=260, height=180), Markup("")
    try:
        query, hit = aligned_svgs(smiles, matched, width=260, height=180)
    except StructureError:
        query, hit = (structure_svg(each, width=260, height=180) for each in (smiles, matched))
    return query, hit


def _group(site: str, group: object, allowed: Mapping[str, str]) -> tuple[str, Markup, str, str]:
    """Return a site, a drawing of what fills it where it is one group, SMILES, what is allowed."""
    text = str(group)
    plain = text.split(" x ", 1)[-1]
    drawn = part_svg(plain) if plain.startswith("*") and " " not in plain else Markup("")
    words = allowed.get(site, "").split("; ", 1)[-1]
    return site, drawn, text, words


def _allowed(assignment: Mapping[str, object], reason: str) -> dict[str, str]:
    """Return the sentence of each site: what stands there and what the claim allows."""
    found = {}
    for site, group in assignment.items():
        start = reason.find(f"{site} = {group} (")
        if start >= 0:
            ends = [
                at
                for other in assignment
                if other != site and (at := reason.find(f". {other} = ", start)) >= 0
            ]
            stop = reason.find(". ", start)
            end = min([*ends, stop if stop >= 0 else len(reason)])
            found[site] = reason[start:end]
    return found


def _first_sentence(reason: str) -> str:
    return reason.split(". ", 1)[0]


def _note(reason: str, allowed: Mapping[str, str]) -> str:
    """Return what a reason says after its first sentence, without what stands at the sites."""
    rest = reason.split(". ", 1)[1] if ". " in reason else ""
    for sentence in allowed.values():
        rest = rest.replace(sentence, "")
    return rest.strip(". ").replace(". . ", ". ")


def _settings(evidence: pd.DataFrame) -> list[str]:
    """Return what was searched, in words, one item a source."""
    texts = dict.fromkeys(str(text) for text in evidence["searched"])
    return [part for text in texts for part in text.split(" | ")]


def _known(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row of a frame with None for what is unknown."""
    return {
        str(key): None
        if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA
        else value
        for key, value in row.items()
    }
