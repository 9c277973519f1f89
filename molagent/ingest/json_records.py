"""JSON: a list of objects, one object a line, or an object that holds the list; streamed."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount
from molagent.ingest.tables import Row, cell_text, file_digest, unreadable

__all__ = ["JsonTable", "flatten", "read_json"]

_CHUNK: Final = 1 << 20
_SPACE: Final = re.compile(r"[\s,]*")
# One record is some thousand characters; what needs more than this is not a list of records.
_MOST_CHARACTERS: Final = 64 << 20
_DEEPEST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonTable:
    """A JSON file whose keys were collected; objects are streamed, numbered from 1."""

    path: Path
    sha256: str
    bytes: int
    header: tuple[str, ...]
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def records(self) -> Iterator[Row]:
        """Yield the objects as rows; a key that an object lacks is ''."""
        counted, number = self.counted, 0
        counted.begin()
        for number, entry in enumerate(_objects(self.path), start=1):
            counted.rows += 1
            cells = [""] * len(self.header)
            if not isinstance(entry, Mapping):
                yield Row(number, cells, f"element {number} is {type(entry).__name__}, no object")
                continue
            try:
                flat = flatten(entry)
            except FileFormatError as error:
                yield Row(number, cells, error.message)
                continue
            yield Row(number, [flat.get(title, "") for title in self.header])
        counted.check(self.name, number)


def read_json(path: Path) -> JsonTable:
    """Collect the keys of all objects of a JSON file.

    Raises
    ------
    FileFormatError
        If the text is no JSON, is cut off, or holds no objects.
    """
    path = Path(path)
    digest, size = file_digest(path)
    keys: dict[str, None] = {}
    n_elements, refused = 0, ""
    for entry in _objects(path):
        n_elements += 1
        if not isinstance(entry, Mapping):
            continue
        try:
            keys.update(dict.fromkeys(flatten(entry)))
        except FileFormatError as error:
            refused = refused or error.message
    if not keys:
        raise FileFormatError(
            refused or "the file holds no objects",
            place=path.name,
            remedy="give a list of objects",
        )
    counted = RowCount(total=n_elements, word="element")
    return JsonTable(path=path, sha256=digest, bytes=size, header=tuple(keys), counted=counted)


def flatten(entry: Mapping[str, object]) -> dict[str, str]:
    """Return an object's leaves by their path.

    An object with a key ``value`` stands for that value under its own path, as CDD Vault writes a
    readout either as a number or as an object with modifier, note and outlier.

    Examples
    --------
    >>> flatten({"well": {"row": 0}, "readouts": {"7": {"value": 99.0, "modifier": ">"}, "8": 2.5}})
    {'well.row': '0', 'readouts.7': '99', 'readouts.7.modifier': '>', 'readouts.8': '2.5'}
    """
    flat: dict[str, str] = {}
    _flatten(entry, "", flat, _DEEPEST)
    return flat


def _flatten(value: object, path: str, flat: dict[str, str], depth: int) -> None:
    if isinstance(value, Mapping):
        if not depth:
            raise _too_deep(path)
        if isinstance(value, _Twice):
            raise FileFormatError(value.why, remedy="write each key once")
        for key, inner in value.items():
            under = path if key == "value" and path else f"{path}.{key}" if path else str(key)
            _flatten(inner, _text(under), flat, depth - 1)
    elif isinstance(value, list):
        try:
            flat[path] = "; ".join(
                json.dumps(entry) if isinstance(entry, list | Mapping) else _text(cell_text(entry))
                for entry in value
            )
        except RecursionError as error:
            raise _too_deep(path) from error
    else:
        flat[path] = _text(cell_text(value))


def _text(cell: str) -> str:
    """Return a text without halves of characters, which JSON can spell and no file can hold."""
    return cell if cell.isascii() else cell.encode("utf-8", "replace").decode("utf-8")


def _too_deep(path: str) -> FileFormatError:
    return FileFormatError(
        f"{path[:60]!r} is nested too deeply to be a record", remedy="give a list of objects"
    )


def _objects(path: Path) -> Iterator[object]:
    """Yield the elements of the list, read piece by piece."""
    text = _Pieces(path)
    try:
        with path.open(encoding="utf-8-sig") as stream:
            yield from text.elements(stream)
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"the text is not UTF-8 ({error})", place=path.name, remedy="save it as UTF-8"
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not text.closed:
        raise FileFormatError(
            f"the list is cut off after element {text.number}",
            place=f"{path.name}:{text.number}",
            remedy="fetch or write it again",
        )


class _Twice(dict[str, object]):
    """An object that states a key twice: which of the two is meant, nobody can say."""

    def __init__(self, pairs: list[tuple[str, object]], key: str) -> None:
        super().__init__(pairs)
        said = [value for name, value in pairs if name == key]
        self.why = f"the key {key[:60]!r} stands {len(said)} times in one object"
        if not any(isinstance(value, list | Mapping) for value in said):
            listing = ", ".join(repr(_text(cell_text(value))[:60]) for value in said[:3])
            self.why += f" ({listing})"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    counts = Counter(key for key, _ in pairs)
    return _Twice(pairs, next(key for key, count in counts.items() if count > 1))


class _Pieces:
    """A window on the text that moves on as elements are decoded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = json.JSONDecoder(object_pairs_hook=_object)
        self._text = ""
        self._place = 0
        self.number = 0
        self.closed = True

    def elements(self, stream: TextIO) -> Iterator[object]:
        self._more(stream)
        self._skip(stream)
        in_list = self._text.startswith("[", self._place)
        if in_list:
            self._place += 1
            self.closed = False
        while self._skip(stream):
            if in_list and self._text[self._place] == "]":
                self.closed = True
                self._place += 1
                if self._skip(stream):
                    raise _not_json(self._path, self.number, "there is more behind the list")
                return
            entry = self._element(stream)
            self.number += 1
            if not in_list and self.number == 1 and isinstance(entry, _Twice):
                raise FileFormatError(
                    entry.why, place=f"{self._path.name}:1", remedy="write each key once"
                )
            yield from _unwrapped(entry, wrapped=not in_list and self.number == 1)

    def _element(self, stream: TextIO) -> object:
        while True:
            try:
                entry, end = self._decoder.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                small = len(self._text) - self._place < _MOST_CHARACTERS
                if small and self._more(stream):
                    continue
                raise _not_json(self._path, self.number, error.msg) from error
            except RecursionError as error:
                words = "it is nested too deeply to be a record"
                raise _not_json(self._path, self.number, words) from error
            except ValueError as error:  # an integer of thousands of digits
                raise _not_json(self._path, self.number, str(error)) from error
            # A number at the end of what was read may go on in the next piece.
            if end < len(self._text) or not self._more(stream):
                self._place = end if end <= len(self._text) else len(self._text)
                return entry

    def _skip(self, stream: TextIO) -> bool:
        """Go to the next element; False at the end of the text."""
        while True:
            match = _SPACE.match(self._text, self._place)
            self._place = match.end() if match else self._place
            if self._place < len(self._text):
                return True
            if not self._more(stream):
                return False

    def _more(self, stream: TextIO) -> bool:
        # At least as much again as is waiting, so that one long element is not decoded too often.
        piece = stream.read(max(_CHUNK, len(self._text) - self._place))
        self._text = self._text[self._place :] + piece
        self._place = 0
        return bool(piece)


def _unwrapped(entry: object, *, wrapped: bool) -> Iterator[object]:
    """Yield the list inside an object that has exactly one list of objects, else the entry."""
    if wrapped and isinstance(entry, Mapping):
        lists = [
            value
            for value in entry.values()
            if isinstance(value, list) and value and isinstance(value[0], Mapping)
        ]
        if len(lists) == 1:
            yield from lists[0]
            return
    yield entry


def _not_json(path: Path, number: int, why: str) -> FileFormatError:
    return FileFormatError(
        f"element {number + 1} cannot be read ({why})",
        place=f"{path.name}:{number + 1}",
        remedy="the file may be cut off: fetch or write it again",
    )
