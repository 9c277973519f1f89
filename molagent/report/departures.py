"""How a compound's lineage left a claim, as the report shows it: before, after and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.errors import StructureError
from molagent.report.drawing import structure_svg
from molagent.report.parts import aligned_svgs
from molagent.report.wording import as_items, as_mapping

__all__ = ["DepartureWords", "departure_words", "departures_told"]

# A crossover of two compounds inside a claim left it twice; a long lineage may have left several.
_MOST: Final = 3
_LONGEST: Final = 170


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureWords:
    """One step out of a claim, drawn and worded.

    Attributes
    ----------
    heading
        Where the parent stood.
    sites
        What stood at each site of the claim.
    """

    heading: str
    before: Markup
    after: Markup
    parent_id: str
    child_id: str
    sites: tuple[tuple[str, str], ...]
    beside: str
    step: str
    reasons: tuple[str, ...]


def departure_words(rows: Sequence[Mapping[str, Any]]) -> tuple[DepartureWords, ...]:
    """Return the first few steps by which one compound's lineage left claims."""
    return tuple(_words(row) for row in rows[:_MOST])


def departures_told(departures: pd.DataFrame, shortlisted: int) -> str:
    """Return in one sentence how many of the shortlist descend from inside a claim; '' for none.

    Examples
    --------
    >>> frame = pd.DataFrame({"proposal_id": ["P1-0001", "P1-0001", "P1-0002"],
    ...                       "beside": ["", "", "position 6 carries *OC"]})
    >>> departures_told(frame, 24)
    '1 of 24 descends from a compound inside a claim and left it; 1 of one beside a claim.'
    """
    if departures.empty:
        return ""
    was_inside = departures["beside"] == ""
    inside = set(departures.loc[was_inside, "proposal_id"])
    beside = set(departures.loc[~was_inside, "proposal_id"]) - inside
    verb = "descends" if len(inside) == 1 else "descend"
    left = f"{len(inside)} of {shortlisted} {verb} from a compound inside a claim and left it"
    return f"{left}; {len(beside)} of one beside a claim." if beside else f"{left}."


def _words(row: Mapping[str, Any]) -> DepartureWords:
    before, after = _pictures(str(row["parent_smiles"]), str(row["child_smiles"]))
    beside = str(row["beside"])
    place = "beside" if beside else "inside"
    claim = f"{row['claim_id']} ({row['status']})"
    return DepartureWords(
        heading=f"{row['parent_id']} is {place} {claim}{_later(int(row['generations']))}",
        before=before,
        after=after,
        parent_id=str(row["parent_id"]),
        child_id=str(row["child_id"]),
        sites=tuple((site, str(group)) for site, group in as_mapping(row["assignment"]).items()),
        beside=_short(beside),
        step=_short(str(row["step"])),
        reasons=tuple(_short(str(reason)) for reason in as_items(row["reasons"])),
    )


def _later(generations: int) -> str:
    if not generations:
        return ""
    return f", {generations} step{'s' if generations > 1 else ''} before this compound's own"


def _pictures(before: str, after: str) -> tuple[Markup, Markup]:
    try:
        return aligned_svgs(before, after)
    except StructureError:
        return structure_svg(before, width=205, height=160), structure_svg(
            after, width=205, height=160
        )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]} …"
