"""What a policy is told of verdicts: of evidence that is not public its level and count alone.

Disclosures of the house and of its clients are searched beside publications. Their names, documents
and notes stand in the evidence that the chemist reads; a policy, and whatever model is behind it,
learns that there is evidence and on which rung. Nor does it learn the parts of structures that a
series never varied, that a chemist asked for, or that have no precedent: only which kind it was.
"""

import re
from typing import Final

import pandas as pd

__all__ = ["PATENT_FILTER", "public_claims", "shown_judgements", "shown_searched", "stopped_apart"]

PATENT_FILTER: Final = "patents"
_PUBLIC: Final = "public"
_CLAIMS: Final = re.compile(r"\d+ confirmed and \d+ draft claims(?:, \d+ of later .*)?$")
_LOST: Final = re.compile(
    r"lost (?P<core>the core )?.*, which (?P<counts>\d+ of \d+) potent compounds of series "
    r"(?P<series>S\d+) .*carry: "
)
_UP_TO: Final = re.compile(r"publications up to \d{4}-\d{2}-\d{2}$")


def shown_judgements(judgements: pd.DataFrame, overlaps: pd.DataFrame) -> pd.DataFrame:
    """Return judgements whose reason holds no evidence that is not public, and no structure.

    Evidence whose visibility is not known is not public.
    """
    first = overlaps[overlaps["ordinal"] == 0].set_index("proposal_id")
    public = set(first.index[_is_public(first)])
    level = first["level"].to_dict()
    hidden = (judgements["filter"] == PATENT_FILTER) & ~judgements["proposal_id"].isin(public)
    shown = judgements.copy()
    shown.loc[hidden, "reason"] = [
        f"{str(level.get(name, 'level not known')).replace('_', ' ')}, evidence that is not public"
        for name in shown.loc[hidden, "proposal_id"]
    ]
    for name, without_parts in _WITHOUT_PARTS.items():
        rows = shown["filter"] == name
        shown.loc[rows, "reason"] = [
            "; ".join(dict.fromkeys(without_parts(each) for each in reason.split("; ")))
            for reason in shown.loc[rows, "reason"]
        ]
    return shown


def _series(reason: str) -> str:
    """Return what was lost as the series and its counts.

    Examples
    --------
    >>> _series("lost [nH]~c, which 77 of 77 potent compounds of series S2 (indole) carry: never")
    'lost a motif that 77 of 77 potent compounds of series S2 carry'
    """
    found = _LOST.match(reason)
    if found is None:
        return "lost what its series never varied" if reason else ""
    kind = "core" if found["core"] else "motif"
    return (
        f"lost a {kind} that {found['counts']} potent compounds of series {found['series']} carry"
    )


def _wishes(reason: str) -> str:
    if re.match(r"\d+ heavy atoms, ", reason):
        return reason.split(" (", maxsplit=1)[0]
    words = {
        "lacks": "lacks a part that was asked for",
        "holds": "holds a part that was ruled out",
        "does": "does not keep the core that was asked for",
    }
    verb = reason.split(" ", maxsplit=1)[0]
    return words.get(verb, "is not what was asked for") if reason else ""


def _precedent(reason: str) -> str:
    return "a ring system or bond without precedent" if reason else ""


def public_claims(overlaps: pd.DataFrame, judgements: pd.DataFrame) -> dict[str, int]:
    """Count, by claim or publication, the structures whose strongest evidence it is."""
    hits = _stopped(overlaps, judgements)
    hits = hits[_is_public(hits)]
    names = hits["claim_id"].fillna(hits["publication_number"]).dropna()
    return {str(name): int(n) for name, n in names.value_counts().items()}


def stopped_apart(overlaps: pd.DataFrame, judgements: pd.DataFrame) -> dict[str, int]:
    """Count, by level, the structures that evidence stopped that is not public."""
    hits = _stopped(overlaps, judgements)
    levels = hits.loc[~_is_public(hits), "level"].value_counts()
    return {str(level): int(n) for level, n in levels.items()}


def shown_searched(searched: str) -> str:
    """Return what was searched as numbers of collections; their names may be a client's.

    Examples
    --------
    >>> shown_searched("release a.csv of Acme; scope 3 | 12 confirmed and 0 draft claims")
    '1 collection; 12 confirmed and 0 draft claims'
    >>> shown_searched("release a; scope b | NOT searched: Acme's notebook")
    '1 collection; NOT searched: 1 collection'
    """
    parts = searched.split(" | ")
    told = [
        f"{prefix}{n} collection{'' if n == 1 else 's'}"
        for prefix, start in (("", "release "), ("NOT searched: ", "NOT searched: "))
        if (n := sum(part.startswith(start) for part in parts))
    ]
    claims = [part for part in parts if _CLAIMS.match(part) or _UP_TO.match(part)]
    if len(told) > 1:
        told, claims = told[:1], [*claims, told[1]]
    return "; ".join([*told, *claims]) or "nothing was searched"


def _stopped(overlaps: pd.DataFrame, judgements: pd.DataFrame) -> pd.DataFrame:
    failed = judgements[(judgements["filter"] == PATENT_FILTER) & (judgements["verdict"] != "pass")]
    first = overlaps["ordinal"] == 0
    return overlaps[first & overlaps["proposal_id"].isin(failed["proposal_id"])]


def _is_public(overlaps: pd.DataFrame) -> pd.Series:
    """Return which rows are known to be public; of some stores rows do not say."""
    if "visibility" not in overlaps.columns:
        return pd.Series(data=False, index=overlaps.index)
    return overlaps["visibility"] == _PUBLIC


_WITHOUT_PARTS: Final = {"series": _series, "wishes": _wishes, "precedent": _precedent}
