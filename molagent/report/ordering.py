"""What an order needs beside the structures: isomers, routes, pieces to buy, plain properties."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from molagent.report.content import ReportContent
from molagent.report.drawing import structure_svg
from molagent.report.wording import as_items, as_mapping, count, is_unknown, number

__all__ = [
    "PLACES",
    "PROPERTY_HEADS",
    "OrderRow",
    "Piece",
    "making_words",
    "order_rows",
    "pieces",
    "shown_properties",
]

#: Property -> what it is called, and its digits.
PROPERTY_HEADS: Final[Mapping[str, tuple[str, int]]] = {
    "mw": ("MW", 0),
    "logp": ("cLogP", 1),
    "tpsa": ("TPSA", 0),
    "hbd": ("HBD", 0),
    "fsp3": ("Fsp³", 2),
    "sa_score": ("SA score", 1),
    "precedent": ("Precedent", 1),
}
#: What a place of the shortlist was given for.
PLACES: Final[Mapping[str, str]] = {
    "best": "",
    "core": "best of its core",
    "explore": "exploration",
}
_NOT_RECORDED: Final = "not looked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One line of an order."""

    rank: str
    proposal_id: str
    place: str
    state: str
    properties: tuple[str, ...]
    steps: str
    making: str
    isomers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A starting material and what it is for.

    Attributes
    ----------
    block_id
        In the file of building blocks; "" for a piece that has to be found at a vendor or made.
    used_for
        Ids of the compounds whose routes need it.
    """

    smiles: str
    block_id: str
    name: str
    used_for: tuple[str, ...]

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        return f"{self.block_id} {self.name}".strip() or "to be found at a vendor, or made"

    @property
    def picture(self) -> Markup:
        """A small drawing."""
        return structure_svg(self.smiles, width=130, height=80, thumbnail=True)


def order_rows(content: ReportContent) -> list[OrderRow]:
    """Return a line a shortlisted compound, by rank."""
    known = content.properties.set_index("proposal_id").to_dict("index")
    names = shown_properties(content)
    rows = []
    for row in content.shortlist.sort_values("rank").to_dict("records"):
        mine = known.get(row["proposal_id"], {})
        making = as_mapping(row["make"])
        rows.append(
            OrderRow(
                rank=count(row["rank"]),
                proposal_id=str(row["proposal_id"]),
                place=PLACES.get(str(row["place"]), ""),
                state="" if is_unknown(row["state"]) else str(row["state"]),
                properties=tuple(number(mine.get(name), PROPERTY_HEADS[name][1]) for name in names),
                steps=count(making.get("steps")) if making.get("how") == "route" else "–",
                making=making_words(making, row),
                # The card says which isomers, and why.
                isomers="" if is_unknown(row["order"]) else str(row["order"]).partition(":")[0],
            )
        )
    return rows


def shown_properties(content: ReportContent) -> list[str]:
    """Return the properties that were computed, in the order in which they are shown."""
    return [name for name in PROPERTY_HEADS if name in content.properties.columns]


def making_words(making: Mapping[str, Any], row: Mapping[Any, Any]) -> str:
    """Return how a compound of the shortlist may be made, in a sentence.

    Where no route was found the nearest measured compound is named: somebody made that.

    Examples
    --------
    >>> making_words(
    ...     {"how": "not found", "reason": "unknown: no template cuts it"},
    ...     {"nearest_id": "MA-000007", "nearest_similarity": 0.6},
    ... )
    'no route found: no template cuts it; nearest that was made: MA-000007 (similarity 0.60)'
    """
    how = making.get("how")
    if how == "not found":
        text = f"no route found: {str(making.get('reason')).removeprefix('unknown: ')}"
        if is_unknown(row.get("nearest_id")):
            return text
        similarity = number(row.get("nearest_similarity"))
        return f"{text}; nearest that was made: {row['nearest_id']} (similarity {similarity})"
    if how not in {"route", "analogue"}:
        return _NOT_RECORDED
    text = _effort(making)
    if how == "route":
        return text
    return (
        f"no route found; nearest makeable analogue {making['product']}"
        f" (Tanimoto {number(making['similarity'])}), {text}"
    )


def _effort(making: Mapping[str, Any]) -> str:
    steps = int(making["steps"])
    outside = [piece for piece in making.get("buy", ()) if not piece["block_id"]]
    text = "can be bought" if steps == 0 else f"{steps} step{'s' if steps > 1 else ''}"
    if outside:
        return f"{text}, {len(outside)} piece{'s' if len(outside) > 1 else ''} to be found or made"
    return f"{text} from listed building blocks" if steps else text


def pieces(content: ReportContent) -> list[Piece]:
    """Return the purchase list: what most compounds need first, then by structure."""
    needed: dict[tuple[str, str, str], list[str]] = {}
    for row in content.shortlist.sort_values("rank").to_dict("records"):
        making = as_mapping(row["make"])
        for piece in making.get("buy") or () if making.get("how") == "route" else ():
            key = (str(piece["smiles"]), str(piece["block_id"]), str(piece["name"]))
            needed.setdefault(key, []).append(str(row["proposal_id"]))
    found = [
        Piece(smiles=smiles, block_id=block_id, name=name, used_for=tuple(as_items(names)))
        for (smiles, block_id, name), names in needed.items()
    ]
    return sorted(found, key=lambda one: (-len(one.used_for), not one.block_id, one.smiles))
