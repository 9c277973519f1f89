"""How many compounds go on the plates of one order, with the controls' wells kept free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from molagent.errors import InputError, NotFoundError

__all__ = ["PLATE_FORMATS", "PlateFormat", "compounds_on", "plates_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateFormat:
    """A plate and what of it is for controls.

    Attributes
    ----------
    wells
        Of the whole plate.
    controls
        Wells for positive, negative and reference controls.
    why
        Which wells those are.
    """

    name: str
    wells: int
    controls: int
    why: str

    def __post_init__(self) -> None:
        """Refuse a plate without a well for a compound."""
        if not 0 <= self.controls < self.wells:
            raise InputError(
                f"{self.controls} of {self.wells} wells are controls",
                place=self.name,
                remedy="leave wells for compounds",
            )

    @property
    def free(self) -> int:
        """Wells for compounds."""
        return self.wells - self.controls


#: The two usual formats: the outer columns hold the controls, as Z' needs both signs on each plate
#: (Assay Guidance Manual, NBK53196).
PLATE_FORMATS: Final[Mapping[str, PlateFormat]] = {
    "96": PlateFormat(name="96", wells=96, controls=16, why="columns 1 and 12"),
    "384": PlateFormat(name="384", wells=384, controls=32, why="columns 23 and 24"),
}


def compounds_on(plates: int, plate: str | PlateFormat, *, wells_per_compound: int = 1) -> int:
    """Return how many compounds fill a number of plates.

    Parameters
    ----------
    plate
        ``96``, ``384``, or a format of one's own.
    wells_per_compound
        Doses times replicates; a compound does not straddle two plates.

    Raises
    ------
    NotFoundError
        If there is no such format.
    InputError
        If not one compound fits.

    Examples
    --------
    >>> compounds_on(1, "96"), compounds_on(2, "384"), compounds_on(1, "384", wells_per_compound=20)
    (80, 704, 17)
    """
    form = _format(plate)
    if plates < 1 or not 1 <= wells_per_compound <= form.free:
        raise InputError(
            f"{plates} plates, {wells_per_compound} wells a compound, {form.free} free wells",
            place=f"plate format {form.name}",
            remedy="give at least one plate, and at most the free wells to a compound",
        )
    return plates * (form.free // wells_per_compound)


def plates_for(count: int, plate: str | PlateFormat, *, wells_per_compound: int = 1) -> int:
    """Return how many plates a number of compounds needs.

    Examples
    --------
    >>> plates_for(81, "96")
    2
    """
    each = compounds_on(1, plate, wells_per_compound=wells_per_compound)
    return -(-count // each)


def _format(plate: str | PlateFormat) -> PlateFormat:
    if isinstance(plate, PlateFormat):
        return plate
    if plate not in PLATE_FORMATS:
        raise NotFoundError("plate format", plate, known=PLATE_FORMATS)
    return PLATE_FORMATS[plate]
