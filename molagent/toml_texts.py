"""TOML that a user wrote: whatever is wrong with the file is one sentence."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from molagent.errors import FileFormatError

__all__ = ["parse_toml", "read_toml", "typed_fields"]


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says; a byte order mark before it is passed over.

    Raises
    ------
    FileFormatError
        If the file cannot be read, is not UTF-8 or not TOML, is nested too deeply, or holds an
        integer of thousands of digits.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileFormatError(
            f"the file cannot be read ({error.strerror or error})",
            place=str(path),
            remedy="check the path",
        ) from error
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"the file is not TOML, which is UTF-8 text ({error})",
            place=str(path),
            remedy="save it as UTF-8",
        ) from error
    return parse_toml(text, place=str(path))


def parse_toml(text: str, *, place: str) -> dict[str, Any]:
    """Return what a TOML text says; errors as in :func:`read_toml`.

    Examples
    --------
    >>> parse_toml("name = 'jak1'", place="c.toml")
    {'name': 'jak1'}
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise FileFormatError(
            "the file is nested too deeply to be read", place=place, remedy="nest less"
        ) from error
    except ValueError as error:  # a TOMLDecodeError, or a number or a date that Python cannot hold
        raise FileFormatError(
            f"the file is not TOML ({error})", place=place, remedy="correct the line"
        ) from error


@contextmanager
def typed_fields(place: str) -> Iterator[None]:
    """Say of a field whose value is of another kind than it should, a number for a text, where.

    Raises
    ------
    FileFormatError
        For what Python says of such a value inside the block.
    """
    try:
        yield
    except (TypeError, AttributeError, LookupError, ValueError, RecursionError) as error:
        raise FileFormatError(
            f"a field has a value of another kind than it should ({error})",
            place=place,
            remedy="look for a number where a text belongs, or a list where a table does",
        ) from error
