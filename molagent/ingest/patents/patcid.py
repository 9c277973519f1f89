"""PatCID's JSONL: molecules drawn in patents, by patent with pages or by molecule.

Morin et al. 2024, doi:10.1038/s41467-024-50779-y. A record of ``patcid_patent_to_molecules_*``
has ``patent.identifiers`` and ``figures`` with ``page``, ``class`` (Clean, Markush, Trash) and
``smiles.value``; one of the molecule files has ``smiles`` and ``patents`` with ``id``. Only clean
drawings have a structure; drawings of Markush formulae are counted as passed by.
"""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from molagent.errors import FileFormatError
from molagent.ingest.patents.rows import GivenRow, RefusedRow, SkippedRow, section_bits
from molagent.ingest.patents.sourcekinds import PatentFile, PatentFormat, Rows

__all__ = ["PATCID"]

_IMAGE: Final = section_bits("image")
_SHOWN: Final = 500


def _recognises(file: PatentFile) -> bool:
    try:
        record = _record(file.first_line)
    except ValueError:
        return False
    return ("patent" in record and "figures" in record) or (
        "smiles" in record and "patents" in record
    )


def _columns(_: PatentFile) -> dict[str, str]:
    """Return nothing: the records have keys of their own."""
    return {}


def _rows(file: PatentFile) -> Rows:
    """Yield one row a drawn structure and publication."""
    path = file.path
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            place = f"{path.name}:{number}"
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise FileFormatError(
                    f"the text is not UTF-8 ({error})", place=place, remedy="fetch the file again"
                ) from error
            if not line.strip():
                continue
            try:
                record = _record(line)
                rows = list(
                    _by_patent(record, place)
                    if "figures" in record
                    else _by_molecule(record, place)
                )
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                yield RefusedRow(
                    place=place, reason=f"not a record of PatCID ({error})", raw=line[:_SHOWN]
                )
                continue
            yield from rows


def _record(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError:
        # Some dumps hold Python's notation: single quotes.
        try:
            record = ast.literal_eval(line.strip())
        except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValueError(str(error) or "nested too deeply") from error
    if not isinstance(record, dict):
        raise ValueError("not an object")  # noqa: TRY004 - bad data, not a bad argument
    return record


def _by_patent(record: Mapping[str, Any], place: str) -> Iterator[GivenRow | SkippedRow]:
    number = _fullest(record["patent"]["identifiers"])
    for figure in record["figures"]:
        smiles = _smiles(figure.get("smiles"))
        if figure.get("class") == "Clean" and smiles:
            page = f"page {figure['page']}" if "page" in figure else None
            yield _row(number, smiles, page, place)
        else:
            yield SkippedRow(place=place)


def _by_molecule(record: Mapping[str, Any], place: str) -> Iterator[GivenRow]:
    smiles = _smiles(record["smiles"])
    if not smiles:
        raise ValueError("no structure")
    numbers = [str(entry["id"]) for entry in record["patents"]]
    for number in numbers:
        # Each publication stands there with its kind and again without.
        if not any(other != number and other.startswith(number) for other in numbers):
            yield _row(number, smiles, None, place)


def _row(number: str, smiles: str, label: str | None, place: str) -> GivenRow:
    return GivenRow(
        given_number=number,
        smiles=smiles,
        place=place,
        sections=_IMAGE,
        route="image",
        label=label,
    )


def _smiles(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("value")
    return value.strip() if isinstance(value, str) else ""


def _fullest(identifiers: Sequence[str]) -> str:
    if not identifiers:
        raise ValueError("the patent has no identifier")
    return max(map(str, identifiers), key=len)


PATCID: Final = PatentFormat(
    name="patcid",
    title="PatCID",
    licence="PatCID, doi:10.5281/zenodo.10572870; terms as stated with the dataset",
    recognises=_recognises,
    columns=_columns,
    rows=_rows,
)
