"""Text files that a command is given."""

from pathlib import Path

from molagent.errors import FileFormatError

__all__ = ["read_text"]


def read_text(path: Path) -> str:
    """Return a file's text, without the mark that some editors put before it.

    Raises
    ------
    FileFormatError
        If it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"the file cannot be read ({error})",
            place=str(path),
            remedy="check the path, and save it as UTF-8",
        ) from error
