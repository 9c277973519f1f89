"""Whether files are the ones that a release says they are."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.protocols import NullProgress, Progress

__all__ = ["CHECKSUM_FILES", "check_files", "parse_checksums"]

#: Names under which releases keep their checksums.
CHECKSUM_FILES: Final = ("checksums.txt", "md5sum.txt", "sha256sum.txt", "MD5SUMS", "SHA256SUMS")
_LINE: Final = re.compile(r"\s*(?P<digest>[0-9a-fA-F]{32,128})\s+\*?(?:.*/)?(?P<name>[^/\s]+)\s*")
_ALGORITHMS: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_PIECE: Final = 1 << 20


def parse_checksums(text: str) -> dict[str, str]:
    """Return file name to hexadecimal digest.

    Examples
    --------
    >>> parse_checksums("d41d8cd98f00b204e9800998ecf8427e  ./compounds.parquet")
    {'compounds.parquet': 'd41d8cd98f00b204e9800998ecf8427e'}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if (match := _LINE.fullmatch(line)) and len(match["digest"]) in _ALGORITHMS:
            found[match["name"]] = match["digest"].lower()
    return found


def check_files(
    folder: Path,
    names: Sequence[str],
    progress: Progress | None = None,
    *,
    discard: bool = False,
) -> Mapping[str, tuple[str, int]]:
    """Return SHA-256 and size of files, compared with the folder's checksums where there are any.

    Parameters
    ----------
    discard
        Remove a file that is wrong, so that it is fetched again.

    Raises
    ------
    FileFormatError
        If a file is not what its checksum says.
    """
    shown = progress or NullProgress()
    expected: dict[str, str] = {}
    for name in CHECKSUM_FILES:
        if (folder / name).is_file():
            expected |= parse_checksums((folder / name).read_text(encoding="utf-8"))
    shown.start("check files", sum((folder / name).stat().st_size for name in names))
    found: dict[str, tuple[str, int]] = {}
    for name in names:
        wanted = expected.get(name, "")
        digest, other = _digests(folder / name, _ALGORITHMS.get(len(wanted), "sha256"), shown)
        if wanted and other != wanted:
            if discard:
                (folder / name).unlink()
            raise FileFormatError(
                f"{name} has checksum {other}, the release says {wanted}",
                place=str(folder),
                remedy="fetch it again",
            )
        found[name] = digest, (folder / name).stat().st_size
    checked = sum(name in expected for name in names)
    shown.finish(f"{checked} of {len(names)} have a checksum in the release")
    return found


def _digests(path: Path, algorithm: str, progress: Progress) -> tuple[str, str]:
    ours = hashlib.sha256()
    theirs = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            ours.update(piece)
            if algorithm != "sha256":
                theirs.update(piece)
            progress.advance(len(piece))
    return ours.hexdigest(), (theirs if algorithm != "sha256" else ours).hexdigest()
