"""Counting the compounds of a landscape by family, by assignee and by year."""

import re
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd

from molagent.patents.dating import BY_NUMBER

__all__ = ["count_assignees", "count_families", "count_years", "party"]

_COUNTS: Final = (
    "publications",
    "compounds",
    "nearest",
    "first_published",
    "last_published",
    "no_date_read",
)
# Column that tells them apart, and what it counts.
_DIFFERENT: Final = MappingProxyType(
    {"family": "families", "publication_number": "publications", "smiles": "compounds"}
)
_YEAR_DIGITS: Final = 4
_NEVER: Final = date.max.year  # sorts behind every year
# Sources write one company in several ways; these words are left out when they are counted.
_LEGAL_FORMS: Final = frozenset(
    [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "llc",
        "llp",
        "lp",
        "plc",
        "ag",
        "sa",
        "sas",
        "se",
        "spa",
        "srl",
        "gmbh",
        "kg",
        "nv",
        "bv",
        "ab",
        "as",
        "oy",
        "kk",
        "pty",
    ]
)


def count_families(compounds: pd.DataFrame) -> pd.DataFrame:
    """Return one row a family, nearest first."""
    rows = [
        {"family": family, **_counts(group), "assignees": _listed(group["assignee"]),
         "numbers": _listed(group["publication_number"])}
        for family, group in compounds.groupby("family", sort=False)
    ]  # fmt: skip
    columns = ["family", *_COUNTS, "assignees", "numbers"]
    return _sorted(pd.DataFrame(rows, columns=columns), "nearest")


def count_assignees(compounds: pd.DataFrame) -> pd.DataFrame:
    """Return one row a company however it is written, most families first."""
    single = compounds.assign(assignee=compounds["assignee"].str.split("; ")).explode("assignee")
    rows = [
        {
            "assignee": min(group["assignee"], key=len),
            "families": group["family"].nunique(),
            **_counts(group),
            "written": _listed(group["assignee"]),
        }
        for _, group in single.groupby(single["assignee"].map(party), sort=False)
    ]
    columns = ["assignee", "families", *_COUNTS, "written"]
    return _sorted(pd.DataFrame(rows, columns=columns), "families")


def count_years(compounds: pd.DataFrame) -> pd.DataFrame:
    """Return ``year, published, families, publications, compounds``, earliest first.

    Publications whose date was not read stand in rows of their own, by what their number says.
    """
    dated = _are_days(compounds["publication_date"])
    label = compounds["published"].where(~dated, compounds["published"].str[:_YEAR_DIGITS])
    rows: list[tuple[tuple[int, int, bool], list[object]]] = []
    for published, group in compounds.groupby(label, sort=False):
        days = (group[name].iloc[0] for name in ("published_after", "published_by"))
        first, last = (day.year if isinstance(day, date) else None for day in days)
        place = first or last or _NEVER, last or _NEVER, not dated.loc[group.index].all()
        year = first if first == last else None
        rows.append((place, [year, published, *(group[name].nunique() for name in _DIFFERENT)]))
    columns = ["year", "published", *_DIFFERENT.values()]
    frame = pd.DataFrame(
        [row for _, row in sorted(rows, key=lambda each: each[0])], columns=columns
    )
    return frame.astype({"year": "Int64"})


def party(assignee: str) -> str:
    """Return a name without case, punctuation and legal form.

    Examples
    --------
    >>> party("Pfizer Inc.") == party("PFIZER, INC") == party("Pfizer")
    True
    >>> party("LEO Pharma A/S"), party("Pfizer Products Inc.")
    ('leo pharma', 'pfizer products')
    """
    words = re.sub(r"[^\w\s]", "", assignee.lower()).split()
    return " ".join(word for word in words if word not in _LEGAL_FORMS) or assignee.lower()


def _counts(group: pd.DataFrame) -> dict[str, object]:
    dated = _are_days(group["publication_date"])
    days = list(group["publication_date"][dated])
    return {
        "publications": group["publication_number"].nunique(),
        "compounds": group["smiles"].nunique(),
        "nearest": group["similarity"].max(),
        "first_published": min(days, default=None),
        "last_published": max(days, default=None),
        "no_date_read": _undated(group["published"][~dated]),
    }


def _undated(published: pd.Series) -> str:
    """Return ``2007-2014, 2014-2016 (by number); not known`` of such words one by one."""
    said = sorted(set(published))
    bounded = [words.removesuffix(BY_NUMBER) for words in said if words.endswith(BY_NUMBER)]
    parts = [", ".join(bounded) + BY_NUMBER] if bounded else []
    return "; ".join([*parts, *(words for words in said if not words.endswith(BY_NUMBER))])


def _are_days(column: pd.Series) -> pd.Series:
    return column.map(lambda day: isinstance(day, date)).astype(bool)


def _listed(column: pd.Series) -> str:
    return "; ".join(dict.fromkeys(column.astype(str)))


def _sorted(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    return frame.sort_values([by, "compounds"], ascending=False, kind="stable").reset_index(
        drop=True
    )
