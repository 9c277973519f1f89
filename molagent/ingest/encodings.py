"""The encoding of a text file, its hash and its lines, found in one pass over its bytes."""

import codecs
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TextIO

from molagent.errors import FileFormatError

__all__ = ["MIXED", "ScannedText", "open_text", "scan_text", "wrong_encoding"]

# Some lines UTF-8, others not: files of several hands pasted together.
MIXED: Final = "utf-8+latin-1"
# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "a spreadsheet or zip archive", "export the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "export the sheet as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (
        b"<datawarrior",
        "a DataWarrior file, whose structures are in a code of its own",
        "save it from DataWarrior as an SD file or as text with SMILES",
    ),
)
# A letter with an accent or a micro sign in UTF-8; in Latin-1 that would be two odd letters.
_UTF8_PAIR: Final = re.compile(rb"[\xc2-\xcf][\x80-\xbf]|\xe2[\x80-\xbf]{2}")
_CHUNK_BYTES: Final = 1 << 20
# A row of a table has some thousand characters; what has more without a line end is no table.
_LONGEST_LINE: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class ScannedText:
    """What one pass over a file's bytes finds; ``lines`` counts its line ends, and a last line."""

    sha256: str
    bytes: int
    encoding: str
    lines: int


def scan_text(path: Path) -> ScannedText:
    """Hash a file, find its encoding and count its lines, without holding it in memory.

    Raises
    ------
    FileFormatError
        If it is not text, or one line of it would fill the memory.
    OSError
        If it cannot be read.
    """
    digest, size, encoding = sha256(), 0, ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_pairs = True, False
    count, unbroken = _LineCount(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if size == 0:
                encoding = _marked_encoding(chunk, path.name)
            digest.update(chunk)
            size += len(chunk)
            count.add(chunk)
            unbroken = 0 if b"\n" in chunk or b"\r" in chunk else unbroken + len(chunk)
            if unbroken > _LONGEST_LINE:
                raise _endless(path)
            if not encoding:
                has_pairs = has_pairs or _UTF8_PAIR.search(chunk) is not None
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if not encoding:
        encoding = "utf-8" if is_utf8 else MIXED if has_pairs else "latin-1"
    if encoding in ("utf-16", "utf-32"):
        count = _wide_lines(path, encoding)
    return ScannedText(digest.hexdigest(), size, encoding, count.lines)


def open_text(path: Path, encoding: str) -> TextIO:
    """Open a file in the encoding that :func:`scan_text` found, its line ends as they are."""
    if encoding != MIXED:
        return path.open(encoding=encoding, newline="")
    codecs.register_error(MIXED, _as_latin_1)
    return path.open(encoding="utf-8", errors=MIXED, newline="")


def wrong_encoding(encoding: str, error: UnicodeError, place: str) -> FileFormatError:
    """Return the error for a text that is not of the encoding that it announces."""
    return FileFormatError(
        f"the text is not the {encoding} that its first bytes announce ({error})",
        place=place,
        remedy="save it as UTF-8 text",
    )


class _LineCount:
    """Counts line ends (LF, CR, or both as one) in pieces of bytes or of text."""

    def __init__(self) -> None:
        self._ends = 0
        self._last: bytes | str = b""

    def add(self, piece: bytes) -> None:
        self._ends += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
        if self._last == b"\r" and piece[:1] == b"\n":
            self._ends -= 1
        self._last = piece[-1:] or self._last

    @property
    def lines(self) -> int:
        return self._ends + (self._last not in (b"\n", b"\r", b""))


def _wide_lines(path: Path, encoding: str) -> _LineCount:
    """Count the lines of text whose characters take several bytes."""
    count, decoder, n_characters = _LineCount(), codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            try:
                piece = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise wrong_encoding(encoding, error, path.name) from error
            n_characters += len(piece)
            count.add(piece.encode("utf-8", "surrogatepass"))
    return count


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _as_latin_1(error: UnicodeError) -> tuple[str | bytes, int]:
    """Read what is not UTF-8 byte by byte as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _marked_encoding(chunk: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if chunk.startswith(mark):
            return encoding
    for mark, what, remedy in _NOT_TEXT:
        if chunk.startswith(mark):
            raise FileFormatError(f"the file is {what}, not text", place=name, remedy=remedy)
    if b"\x00" in chunk:
        raise FileFormatError(
            "the file holds zero bytes: it is not text, or UTF-16 without its mark",
            place=name,
            remedy="save it as UTF-8 text",
        )
    return ""


def _endless(path: Path) -> FileFormatError:
    return FileFormatError(
        f"more than {_LONGEST_LINE >> 20} MiB stand without a line end",
        place=path.name,
        remedy="write one row a line",
    )
