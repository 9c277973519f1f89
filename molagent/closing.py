"""Objects that hold something open: a file, a connection, a process."""

from typing import Self

__all__ = ["Closing"]


class Closing:
    """What is closed at the end of its ``with`` block, however that ends."""

    def close(self) -> None:
        """Let go of what is held; a second time does nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
