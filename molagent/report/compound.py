"""One shortlisted compound as the report shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.errors import StructureError
from molagent.report.content import ReportContent
from molagent.report.departures import DepartureWords, departure_words
from molagent.report.drawing import align_to_reference, structure_svg
from molagent.report.ordering import making_words
from molagent.report.plots import desirability_bar
from molagent.report.wording import (
    LEVEL_WORDS,
    UNKNOWN,
    as_items,
    as_mapping,
    count,
    is_unknown,
    label,
    level_short,
    level_tone,
    measured,
    nanomolar,
    number,
    percent,
    plus_minus,
    roughly,
    target_span,
)

__all__ = ["CompoundView", "OverlapWords", "PropertyRow", "compound_views"]

_EVIDENCE_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyRow:
    """One line of a compound's table: what is predicted, wanted, and how desirable that is."""

    title: str
    value: str
    molar: str
    unit: str
    target: str
    bar: Markup
    desirability: str
    outside: bool
    unreliable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapWords:
    """One piece of patent evidence in words."""

    words: str
    tone: str
    document: str
    details: tuple[str, ...]
    searched: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompoundView:
    """A card of the report."""

    rank: str
    proposal_id: str
    smiles: str
    picture: Markup
    thumbnail: Markup
    desirability: str
    bar: Markup
    acquisition: str
    reason: str
    origin: str
    parents: tuple[str, ...]
    scaffold: str
    nearest_id: str
    nearest_picture: Markup | None
    nearest_similarity: str
    nearest_values: tuple[tuple[str, str], ...]
    changed: bool
    properties: tuple[PropertyRow, ...]
    further: tuple[PropertyRow, ...]
    by_endpoint: Mapping[str, PropertyRow]
    level_words: str
    level_short: str
    level_tone: str
    evidence: tuple[OverlapWords, ...]
    more_evidence: int
    departures: tuple[DepartureWords, ...]
    order: str
    state: str
    making: str
    route: str


def compound_views(content: ReportContent) -> list[CompoundView]:
    """Return the shortlist in order of rank, drawn and worded."""
    tables = _Tables(content)
    rows = content.shortlist.sort_values("rank").to_dict("records")
    return [_view(row, tables) for row in rows]


class _Tables:
    """The long frames of a report, grouped by compound once."""

    def __init__(self, content: ReportContent) -> None:
        self.content = content
        self.panel = set(content.panel)
        self.predictions = _grouped(content.predictions)
        self.components = _grouped(content.components)
        self.overlaps = _grouped(content.overlaps.sort_values("ordinal", kind="stable"))
        self.departures = _grouped(content.departures)
        self.unreliable = {
            str(card.get("endpoint")) for card in content.cards if not card.get("reliable", True)
        }


def _grouped(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in frame.to_dict("records"):
        groups.setdefault(str(record["proposal_id"]), []).append(
            {str(key): value for key, value in record.items()}
        )
    return groups


def _view(row: Mapping[Any, Any], tables: _Tables) -> CompoundView:
    proposal_id = str(row["proposal_id"])
    predicted = {str(p["endpoint"]): p for p in tables.predictions.get(proposal_id, [])}
    components = {str(c["objective"]): c for c in tables.components.get(proposal_id, [])}
    by_endpoint = {name: _property(name, entry, tables) for name, entry in predicted.items()}
    objectives = [
        _objective_row(item, predicted, components, tables) for item in tables.content.profile
    ]
    wanted = {str(item.get("endpoint")) for item in tables.content.profile} | tables.panel
    overlaps = tables.overlaps.get(proposal_id, [])
    level = "not_checked" if is_unknown(row["overlap_level"]) else str(row["overlap_level"])
    making = as_mapping(row["make"])
    picture, nearest, changed = _pictures(str(row["smiles"]), row["nearest_smiles"])
    return CompoundView(
        rank=count(row["rank"]),
        proposal_id=proposal_id,
        smiles=str(row["smiles"]),
        picture=picture,
        thumbnail=structure_svg(str(row["smiles"]), width=150, height=100, thumbnail=True),
        desirability=number(row["desirability"]),
        bar=desirability_bar(row["desirability"], width=120, height=10),
        acquisition=percent(row["acquisition"]),
        reason="" if is_unknown(row["reason"]) else str(row["reason"]),
        origin=_origin(str(row["generator"]), str(row["mode"]), row["cycle"]),
        parents=tuple(as_items(row["parents"])),
        scaffold="" if is_unknown(row["scaffold"]) else str(row["scaffold"]),
        nearest_id=UNKNOWN if is_unknown(row["nearest_id"]) else str(row["nearest_id"]),
        nearest_picture=nearest,
        nearest_similarity=number(row["nearest_similarity"]),
        nearest_values=tuple(
            (label(str(name)), measured(str(name), value))
            for name, value in as_mapping(row["nearest_values"]).items()
        ),
        changed=changed,
        properties=tuple(objectives),
        further=tuple(by_endpoint[name] for name in sorted(set(by_endpoint) - wanted)),
        by_endpoint=by_endpoint,
        level_words=LEVEL_WORDS.get(level, level),
        level_short=level_short(level),
        level_tone=level_tone(level),
        evidence=tuple(_evidence(entry) for entry in overlaps[:_EVIDENCE_SHOWN]),
        more_evidence=max(0, len(overlaps) - _EVIDENCE_SHOWN),
        departures=departure_words(tables.departures.get(proposal_id, [])),
        order="" if is_unknown(row["order"]) else str(row["order"]),
        state="" if is_unknown(row["state"]) else str(row["state"]),
        making=making_words(making, row),
        route=str(making.get("route") or ""),
    )


def _origin(generator: str, mode: str, cycle: object) -> str:
    """Return where a compound came from.

    Examples
    --------
    >>> _origin("edits", "edit", 3), _origin("graph", "de_novo", 1)
    ('by edits in cycle 3', 'by graph (de novo) in cycle 1')
    """
    manner = "" if generator.startswith(mode) else f" ({mode.replace('_', ' ')})"
    return f"by {generator}{manner} in cycle {cycle}"


def _pictures(smiles: str, nearest: object) -> tuple[Markup, Markup | None, bool]:
    """Return both structures in one orientation, with what differs tinted."""
    if isinstance(nearest, str) and nearest:
        try:
            pair = align_to_reference(smiles, nearest)
        except StructureError:
            return structure_svg(smiles), structure_svg(nearest), False
        return (
            structure_svg(pair.mol, highlight=pair.changed, title=smiles),
            structure_svg(pair.reference, title=nearest),
            bool(pair.changed),
        )
    return structure_svg(smiles), None, False


def _property(
    endpoint: str,
    entry: Mapping[str, Any],
    tables: _Tables,
    objective: Mapping[str, Any] | None = None,
    component: Mapping[str, Any] | None = None,
) -> PropertyRow:
    mean, std = entry.get("mean"), entry.get("std")
    unreliable = endpoint in tables.unreliable
    desirability = (component or {}).get("desirability")
    return PropertyRow(
        title=tables.content.title(endpoint),
        # Digits would promise what a model that failed its checks cannot keep.
        value=roughly(mean) if unreliable else plus_minus(mean, std),
        molar="" if unreliable else nanomolar(endpoint, mean),
        unit=tables.content.unit(endpoint),
        target=target_span(objective) if objective else "",
        bar=desirability_bar(desirability),
        desirability=number(desirability),
        outside=not is_unknown(mean) and not bool(entry.get("in_domain", False)),
        unreliable=unreliable,
    )


def _objective_row(
    objective: Mapping[str, Any],
    predicted: Mapping[str, Mapping[str, Any]],
    components: Mapping[str, Mapping[str, Any]],
    tables: _Tables,
) -> PropertyRow:
    endpoint = str(objective.get("endpoint") or objective["name"])
    component = components.get(str(objective["name"]), {})
    entry = predicted.get(endpoint)
    if entry is None:
        # A computed property (for example a difference of two endpoints) has no prediction row.
        entry = {
            "mean": component.get("value"),
            "std": component.get("std"),
            "in_domain": True,
        }
    return _property(endpoint, entry, tables, objective, component)


def _evidence(entry: Mapping[str, Any]) -> OverlapWords:
    level = str(entry["level"])
    details = [
        _present("assignee", entry["assignee"]),
        _present("published", entry["publication_date"]),
        _present("section", entry["section"]),
        _present("claim", entry["claim_id"]),
        _present("matched", entry["matched_name"] or entry["matched_smiles"]),
        _similarity(level, entry["similarity"]),
        _assignment(as_mapping(entry["assignment"])),
        _present("", entry["reason"]),
        _present("source", entry["source"]),
    ]
    document = " · ".join(
        str(part) for part in (entry["publication_number"], entry["title"]) if _given(part)
    )
    return OverlapWords(
        words=LEVEL_WORDS.get(level, level),
        tone=level_tone(level),
        document=document,
        details=tuple(text for text in details if text),
        searched=str(entry["searched"]) if _given(entry["searched"]) else UNKNOWN,
    )


def _similarity(level: str, value: object) -> str:
    if is_unknown(value):
        return ""
    nearest = "most similar compound there at Tanimoto" if level == "not_found" else "similarity"
    return f"{nearest} {number(value)}"


def _assignment(sites: Mapping[str, Any]) -> str:
    return ", ".join(f"{site} = {group}" for site, group in sites.items())


def _present(name: str, value: object) -> str:
    if not _given(value):
        return ""
    return f"{name} {value}" if name else str(value)


def _given(value: object) -> bool:
    return not is_unknown(value) and str(value) != ""


def shared_searches(views: Sequence[CompoundView]) -> list[str]:
    """Return every distinct statement of what was searched."""
    return sorted({piece.searched for view in views for piece in view.evidence})
