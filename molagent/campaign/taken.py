"""Compounds that are on their way: chosen, ordered, made or failed, and not proposed again."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pandas as pd

from molagent.chem.identity import connectivity_block, inchikey
from molagent.errors import StructureError
from molagent.store.batches import load_made
from molagent.store.cycles import CampaignStore
from molagent.store.orders import load_orders

__all__ = ["CHOSEN", "Taken", "load_taken"]

CHOSEN: Final = "chosen"
"""The state of what an earlier shortlist holds and nobody ordered or measured yet."""

_CANCELLED: Final = "cancelled"
# What InChI writes where a drawing says nothing of stereo.
_FLAT: Final = "UHFFFAOYSA"
_COLUMNS = ["proposal_id", "smiles", "inchikey", "state", "since", "order_id"]


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What is on its way, a row a compound.

    Attributes
    ----------
    frame
        ``proposal_id, smiles, inchikey, state, since, order_id``; the state is that of an order's
        line (``planned`` to ``received``, or ``failed``), ``made`` where there is a batch, or
        :data:`CHOSEN`; `since` is a date or a cycle, in words.
    """

    frame: pd.DataFrame

    @property
    def inchikeys(self) -> frozenset[str]:
        """Of every compound."""
        return frozenset(self.frame["inchikey"])

    def state_of(self, key: str) -> str:
        """Return the state of a compound; "" for one that is not on its way.

        An order of a flat drawing is one of all its isomers, and so is a chosen compound, of which
        the shortlist named the isomers to make.
        """
        mine = self.frame[self.frame["inchikey"] == key]
        if mine.empty:
            block = connectivity_block(key)
            wide = self.frame[self._covers_isomers]
            mine = wide[wide["inchikey"].map(connectivity_block) == block]
        return "" if mine.empty else str(mine["state"].iloc[0])

    def without(self, pool: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a pool that are not on their way."""
        wide = set(self.frame.loc[self._covers_isomers, "inchikey"].map(connectivity_block))
        blocks = pool["inchikey"].map(connectivity_block)
        return pool[~pool["inchikey"].isin(self.inchikeys) & ~blocks.isin(wide)]

    @property
    def _covers_isomers(self) -> pd.Series:
        flat = [f"-{_FLAT}" in str(key) for key in self.frame["inchikey"]]
        return pd.Series(flat, self.frame.index, dtype=bool) | self.frame["state"].eq(CHOSEN)


def load_taken(
    store: CampaignStore, measured: Collection[str], *, before: int | None = None
) -> Taken:
    """Return what is on its way in a project.

    Parameters
    ----------
    measured
        InChIKeys of compounds with a value: they are done.
    before
        Shortlists of earlier cycles than this one count; all where None.
    """
    with store.db.read():
        rows = [*_ordered(store), *_made(store), *_chosen(store, before)]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    # An order says most of a compound, a shortlist least; a cancelled order frees it.
    frame = frame.drop_duplicates("inchikey", keep="first")
    free = frame["state"].eq(_CANCELLED) | frame["inchikey"].isin(set(measured))
    return Taken(frame[~free].reset_index(drop=True))


def _ordered(store: CampaignStore) -> list[tuple[object, ...]]:
    lines = load_orders(store.db)
    # The newest line of a compound stands.
    return [
        (
            row["proposal_id"],
            row["smiles"],
            key,
            str(row["state"]),
            _date(row["received_on"], row["made_on"], row["ordered_on"], row["placed_on"]),
            row["order_id"],
        )
        for row in reversed(lines.to_dict("records"))
        if (key := _key(str(row["smiles"])))
    ]


def _made(store: CampaignStore) -> list[tuple[object, ...]]:
    return [
        (None, row["smiles"], row["inchikey"], "made", _date(row["date"]), None)
        for row in load_made(store.db).to_dict("records")
    ]


def _chosen(store: CampaignStore, before: int | None) -> list[tuple[object, ...]]:
    chosen = store.load("shortlist")
    if before is not None:
        chosen = chosen[chosen["cycle"] < before]
    proposals = store.load("proposal")[["proposal_id", "smiles", "inchikey"]]
    rows = chosen[["proposal_id", "cycle"]].merge(proposals, on="proposal_id")
    return [
        (
            row["proposal_id"],
            row["smiles"],
            row["inchikey"],
            CHOSEN,
            f"after cycle {row['cycle']}",
            None,
        )
        for row in rows.to_dict("records")
    ]


def _key(smiles: str) -> str:
    try:
        return inchikey(smiles)
    except StructureError:
        return ""


def _date(*dates: object) -> str:
    """Return the first of some dates that is known."""
    known = [date for date in dates if not pd.isna(date)]  # type: ignore[call-overload]
    return str(known[0])[:10] if known else ""
