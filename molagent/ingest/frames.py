"""The frames of one chunk: results, structures, names and rejections, as the store takes them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

import pandas as pd

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError
from molagent.ingest.cells import shown
from molagent.ingest.chunks import Chunk, ValueRow, contradict
from molagent.ingest.layouts import Layout
from molagent.ingest.parent_worker import is_molblock
from molagent.ingest.wells import WELL_COLUMNS
from molagent.store.compounds import COMPOUND_COLUMNS, STRUCTURE
from molagent.store.receipts import (
    REJECTION_COLUMNS,
    RESULT_COLUMNS,
    STRUCTURE_COLUMNS,
    STRUCTURE_EXTRA_COLUMNS,
)
from molagent.store.references import REFERENCE_COLUMNS

__all__ = ["Frames", "chunk_frames"]

_ALWAYS: Final = (
    "standard_value",
    "standard_unit",
    "original_unit",
    "original_relation",
    "scale",
    "validity",
    "validity_reason",
    "measured_on",
)
# Most files have none of these: columns without a text are left out.
_SELDOM: Final = (
    *REFERENCE_COLUMNS,
    *STRUCTURE_EXTRA_COLUMNS,
    *("source_column", "source_note", "tested_at_nm"),
)
_REJECTION: Final = (*REJECTION_COLUMNS, "field")
_NAME: Final = ("source_row", "inchikey", "system", "name")
_SEEN: Final = ("source_row", "inchikey", "raw_smiles", "name", "orders", "lots", "on_date")
_TOLD: Final = ("smiles", "inchikey", "connectivity", "salt", "stereo_note", "reason")
_SET_ASIDE: Final = "set aside in the file"


@dataclass(frozen=True, slots=True)
class Frames:
    """What one chunk of a file, or all of it, brings.

    ``structures_seen`` holds the rows of designs, orders and shipments with their orders and lots
    (separated by line ends); ``wells`` the rows of points and wells, see `WELL_COLUMNS`.
    """

    n_rows: int
    n_accepted: int
    compounds: pd.DataFrame
    results: pd.DataFrame
    rejections: pd.DataFrame
    structures: pd.DataFrame
    names: pd.DataFrame
    structures_seen: pd.DataFrame
    wells: pd.DataFrame

    @classmethod
    def empty(cls) -> Self:
        """Return frames without rows."""
        return cls(
            0,
            0,
            _frame([], (*COMPOUND_COLUMNS, STRUCTURE)),
            _results([]),
            _rejections([]),
            _frame([], (*STRUCTURE_COLUMNS, *STRUCTURE_EXTRA_COLUMNS)),
            _frame([], _NAME),
            _frame([], _SEEN),
            pd.DataFrame(columns=list(WELL_COLUMNS)),
        )

    @classmethod
    def joined(cls, parts: Sequence["Frames"]) -> "Frames":
        """Return several chunks as one."""
        if len(parts) == 1:
            return parts[0]
        tables = {
            name: pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in _TABLES
        }
        tables["compounds"] = tables["compounds"].drop_duplicates("inchikey").reset_index(drop=True)
        # A chunk leaves out a column that another one has.
        told = [name for name in _SELDOM if name in tables["results"].columns]
        tables["results"] = tables["results"].fillna(dict.fromkeys(told, ""))
        tables["results"] = tables["results"][[*RESULT_COLUMNS, *_ALWAYS, *told]]
        return cls(
            sum(part.n_rows for part in parts), sum(part.n_accepted for part in parts), **tables
        )

    def write(self, folder: Path, part: int) -> None:
        """Write the frames as Parquet files of a part."""
        for name in _TABLES:
            getattr(self, name).to_parquet(folder / f"{part}-{name}.parquet", index=False)

    @classmethod
    def read(cls, folder: Path, part: int) -> "Frames":
        """Read what :meth:`write` wrote."""
        tables = {name: pd.read_parquet(folder / f"{part}-{name}.parquet") for name in _TABLES}
        return cls(0, 0, **tables)


_TABLES: Final = tuple(entry.name for entry in fields(Frames))[2:]


def chunk_frames(
    chunk: Chunk,
    layout: Layout,
    find: Callable[[list[str]], pd.DataFrame],
    delimiter: str,
) -> Frames:
    """Standardise a chunk's structures and return its frames.

    Parameters
    ----------
    find
        Gives the parents of raw structures, as ``ParentFinder.find`` does.
    """
    by_row = {row.source_row: row.structure for row in chunk.readings}
    by_row |= {row.source_row: row.structure for row in chunk.structures}
    parents = find(list(by_row.values()))
    # Lists: to go through a column of text cell by cell takes ten times as long.
    told: dict[str, list[str]] = {name: parents[name].tolist() for name in _TOLD}
    refused = list(chunk.refused)
    swapped = _swapped(chunk, dict(zip(by_row, told["inchikey"], strict=True)), find)
    swapped |= _drawn_otherwise(
        chunk, layout, dict(zip(by_row, told["connectivity"], strict=True)), find
    )
    refused += [(row, "", "structure", reason) for row, reason in swapped.items()]
    refused += [
        (row, "", "structure", reason)
        for row, reason in zip(by_row, told["reason"], strict=True)
        if reason
    ]
    keys = {
        row: key
        for row, key in zip(by_row, told["inchikey"], strict=True)
        if key and row not in swapped
    }
    smiles = {row: text for row, text in zip(by_row, told["smiles"], strict=True) if text}
    notes = {
        row: ("molblock" if is_molblock(text) else "", salt, stereo)
        for (row, text), salt, stereo in zip(
            by_row.items(), told["salt"], told["stereo_note"], strict=True
        )
    }
    has_parent = set(keys)
    results, twice = _result_rows(chunk, keys, smiles, notes)
    refused += twice
    seen = [row for row in chunk.structures if row.source_row in has_parent]
    ended = {int(str(row[0])) for row in results} | {row.source_row for row in seen}
    _require_all(chunk, ended | {entry[0] for entry in refused})
    raw = {number: chunk.raw(number, delimiter) for number in {entry[0] for entry in refused}}
    taken = (parents["reason"] == "") & ~pd.Series(list(by_row), dtype=object).isin(swapped)
    good = parents.loc[taken, [*COMPOUND_COLUMNS, STRUCTURE]]
    return Frames(
        n_rows=len(chunk),
        n_accepted=len({row[0] for row in results} | {row.source_row for row in seen})
        + len(chunk.wells),
        compounds=good.drop_duplicates("inchikey").reset_index(drop=True),
        results=_results(results),
        rejections=_rejections(
            [(row, kind, reason, raw[row], field) for row, field, kind, reason in refused]
        ),
        structures=_frame(
            [
                (
                    *(row.source_row, keys[row.source_row], row.structure, row.name),
                    *notes[row.source_row],
                )
                for row in seen
            ],
            (*STRUCTURE_COLUMNS, *STRUCTURE_EXTRA_COLUMNS),
        ),
        names=_frame(_names(chunk, layout, has_parent, keys), _NAME),
        structures_seen=_frame(
            [
                (
                    *(row.source_row, keys[row.source_row], row.structure, row.name),
                    *("\n".join(row.orders), "\n".join(row.lots)),
                    row.on.isoformat() if row.on else "",
                )
                for row in seen
            ],
            _SEEN,
        ),
        wells=pd.DataFrame(chunk.wells, columns=list(WELL_COLUMNS)),
    )


def _require_all(chunk: Chunk, ended: set[int]) -> None:
    """Make sure that no row was lost between the file and what is stored of it."""
    ended = ended | {int(str(row["source_row"])) for row in chunk.wells}
    if lost := sorted(set(chunk.cells) - ended):
        raise FileFormatError(
            f"row {lost[0]} ended neither as a result nor as a rejection ({len(lost)} such rows)",
            remedy="report this file: it is a fault of molagent",
        )


def _swapped(
    chunk: Chunk, keys: dict[int, str], find: Callable[[list[str]], pd.DataFrame]
) -> dict[int, str]:
    """Return the rows whose own structure is not the one that their id stands for, with a reason.

    A swapped label is the costliest error of a returned batch: it puts a value on the wrong
    structure without anything looking odd.
    """
    beside = {row.source_row: row for row in chunk.readings if row.beside}
    if not beside:
        return {}
    theirs = find([row.beside for row in beside.values()])["inchikey"].tolist()
    return {
        number: f"the SMILES {row.beside!r} is not the structure of its id, {row.structure!r}"
        for (number, row), key in zip(beside.items(), theirs, strict=True)
        if key not in (keys[number], _parent_key(keys[number]))
    }


def _drawn_otherwise(
    chunk: Chunk, layout: Layout, blocks: dict[int, str], find: Callable[[list[str]], pd.DataFrame]
) -> dict[int, str]:
    """Return the rows whose two drawings are different molecules, with a reason.

    They are compared by the connectivity of their parents: a salt, a charge or a stereo centre
    that only one of them draws makes no other molecule. A drawing that cannot be read says nothing.
    """
    drawn = {row.source_row: row for row in chunk.readings if row.drawn not in ("", row.structure)}
    if not drawn:
        return {}
    theirs = find([row.drawn for row in drawn.values()])["connectivity"].tolist()
    smiles, drawing = layout.smiles, layout.drawing_column
    return {
        number: f"{smiles!r} ({shown(row.structure)}) and {drawing!r} are different molecules; "
        f"say which counts: --smiles {smiles} or --smiles {drawing} (smiles=)"
        for (number, row), block in zip(drawn.items(), theirs, strict=True)
        if block and blocks[number] and block != blocks[number]
    }


def _parent_key(key: str) -> str:
    """Return the InChIKey of a substance's parent: beside an id its plain SMILES is enough."""
    return key.partition("/")[0]


def _result_rows(
    chunk: Chunk,
    keys: dict[int, str],
    smiles: dict[int, str],
    notes: dict[int, tuple[str, str, str]],
) -> tuple[list[tuple[object, ...]], list[tuple[int, str, str, str]]]:
    rows: list[tuple[object, ...]] = []
    refused: list[tuple[int, str, str, str]] = []
    taken: set[tuple[int, str, str]] = set()
    said_twice = {
        id(value)
        for value in chunk.readings
        if value.restates is not None
        and value.source_row in keys
        and not contradict(value, value.restates, _weight(smiles[value.source_row]))
    }
    for value in chunk.readings:
        number = value.source_row
        if number not in keys or id(value) in said_twice:
            continue
        if (number, value.endpoint, value.source_column) in taken:
            reason = f"the row brings a second value of {value.endpoint}"
            refused.append((number, value.endpoint, "value", reason))
            continue
        taken.add((number, value.endpoint, value.source_column))
        rows.append(_result_row(value, keys[number], smiles[number], notes[number]))
    return rows, refused


def _result_row(
    value: ValueRow, key: str, smiles: str, notes: tuple[str, str, str]
) -> tuple[object, ...]:
    reading = value.reading
    if math.isnan(reading.standard_value):  # a solubility or a potency by weight
        reading = reading.weighed(_weight(smiles))
    validity, why = _validity(value)
    return (
        *(value.source_row, value.endpoint, key, value.structure, value.name),
        *(reading.relation, reading.value, reading.unit, value.original),
        *(reading.p_value, reading.p_relation or None, ""),
        *(reading.standard_value, reading.standard_unit),
        *(value.original_unit, value.original_relation, value.scale, validity, why),
        *(value.measured_on, value.batch, value.run, value.document),
        *notes,
        *(value.source_column, value.source_note),
        "" if math.isnan(value.tested_at_nm) else repr(value.tested_at_nm),
    )


def _validity(value: ValueRow) -> tuple[str, str]:
    if value.set_aside:
        return "invalid", _SET_ASIDE
    if value.contradicts:
        return "suspect", value.contradicts
    if value.source_note:
        return "suspect", f"the source says: {value.source_note}"
    return "valid", ""


def _weight(smiles: str) -> float:
    # Only a unit of mass asks for it.
    from molagent.chem.descriptors import DESCRIPTORS

    weight, _ = DESCRIPTORS["mw"]
    return float(weight(parse_smiles(smiles)))


def _names(
    chunk: Chunk, layout: Layout, has_parent: set[int], keys: dict[int, str]
) -> list[tuple[object, ...]]:
    # Whose names they are: where the layout does not say, those of the column.
    system = layout.name_system or layout.name_column
    if chunk.structures:
        return [
            (row.source_row, keys[row.source_row], whose, name)
            for row in chunk.structures
            if row.source_row in has_parent
            for whose, name in [(system, row.name), *row.aliases]
            if name and whose
        ]
    named = {
        (whose, name, keys[value.source_row]): value.source_row
        for value in reversed(chunk.readings)
        if value.source_row in has_parent
        # Of told results the ids are the project's own but where nobody knew them.
        if layout.table != "told" or value.source_row in chunk.strangers
        for whose, name in [(system, value.name), *value.aliases]
        if name and whose
    }
    return [(row, key, whose, name) for (whose, name, key), row in named.items()]


def _results(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*RESULT_COLUMNS, *_ALWAYS, *_SELDOM])
    frame = frame.drop(columns=[name for name in _SELDOM if not frame[name].any()])
    numbers = {"value": "float64", "p_value": "float64", "standard_value": "float64"}
    kinds = {"source_row": "int64", **numbers}
    texts = {name: "str" for name in frame.columns if name not in (*kinds, "measured_on")}
    return frame.astype({**kinds, **texts, "measured_on": "object"})


def _rejections(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(sorted(rows), columns=list(_REJECTION))
    # One rejection a row and field: a second reason is told with the first.
    merged = frame.groupby(["source_row", "field"], sort=True, as_index=False).agg(
        {"kind": "first", "reason": "; ".join, "raw": "first"}
    )
    return merged[list(_REJECTION)].astype(
        {"source_row": "int64", **dict.fromkeys(("kind", "reason", "raw", "field"), "str")}
    )


def _frame(rows: list[tuple[object, ...]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    kinds = {name: "int64" if name == "source_row" else "str" for name in columns}
    return frame.astype(kinds)
