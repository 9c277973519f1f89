"""Which column of a file is what: given in the campaign file, or guessed from the header."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Final

from molagent.config import AssayConfig
from molagent.errors import ConfigError, FileFormatError, InputError
from molagent.units import canonical_unit

__all__ = ["QUANTITIES", "ColumnMapping", "find_column", "find_value_column", "guess_mapping"]

QUANTITIES: Final = ("Ki", "IC50", "EC50", "Kd")

# Lower-case titles without blanks, hyphens and underscores; earlier ones win.
_TITLES: Final[dict[str, tuple[str, ...]]] = {
    "smiles": ("smiles", "canonicalsmiles", "stdsmiles", "isomericsmiles", "structure"),
    "value": ("value", "standardvalue", "expmean", "potency", *map(str.lower, QUANTITIES)),
    "unit_column": ("unit", "units", "standardunits", "standardunit"),
    "relation_column": ("relation", "standardrelation", "operator", "modifier", "qualifier"),
    "endpoint_column": ("endpoint", "assay", "assayid"),
    "name_column": ("proposalid", "compoundid", "moleculechemblid", "chemblid", "id", "name"),
}
_BRACKETED: Final = re.compile(r"^(?P<title>.*?)\s*[\[(](?P<unit>[^\])]+)[\])]\s*$")
_TRAILING: Final = re.compile(r"^(?P<title>.*?)[_ ](?P<unit>[A-Za-zµμ]+)$")
_LOG_SCALE: Final = re.compile(r"^(p(ki|ic50|ec50|kd)|pchembl.*|-?log.*)$", re.IGNORECASE)
_QUANTITY: Final = re.compile(rf"(?<![a-z])({'|'.join(QUANTITIES)})(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """How one file is read.

    Attributes
    ----------
    smiles, value
        Column titles.
    unit, unit_column
        Either one unit for the whole file, or the title of a column.
    relation_column, name_column
        Titles, or '' if the file has none. A relation may also stand before the number.
    endpoint
        The endpoint's name, for example ``jak1_pki``.
    target, quantity
        ``JAK1`` and one of ``Ki IC50 EC50 Kd``.
    source, licence
        Where the data is from, in words.

    Raises
    ------
    ConfigError
        If unit and unit column are both given or both missing, or the unit or quantity is unknown.
    """

    smiles: str
    value: str
    endpoint: str
    target: str
    quantity: str
    unit: str = ""
    unit_column: str = ""
    relation_column: str = ""
    name_column: str = ""
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Check what can be checked without the file."""
        if bool(self.unit) == bool(self.unit_column):
            raise ConfigError(
                f"unit {self.unit!r} and unit column {self.unit_column!r}",
                place=self.endpoint,
                remedy="give one of the two",
            )
        if self.quantity not in QUANTITIES:
            raise ConfigError(
                f"unknown quantity {self.quantity!r}",
                place=self.endpoint,
                remedy=f"use one of {', '.join(QUANTITIES)}",
            )
        if self.unit:
            try:
                canonical_unit(self.unit)
            except InputError as error:
                raise ConfigError(
                    error.message, place=self.endpoint, remedy="use nM, uM, mM or M"
                ) from error

    @classmethod
    def from_config(cls, config: AssayConfig) -> "ColumnMapping":
        """Return the mapping that a campaign file's ``[[assay]]`` gives."""
        return cls(
            smiles=config.smiles_column,
            value=config.value_column,
            endpoint=config.endpoint,
            target=config.target,
            quantity=config.quantity,
            unit=config.unit,
            unit_column=config.unit_column,
            relation_column=config.relation_column,
            name_column=config.name_column,
            source=config.source,
            licence=config.licence,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the mapping as plain values, as it is stored with the file."""
        return asdict(self)


def guess_mapping(
    header: Sequence[str],
    file_name: str,
    *,
    endpoint: str = "",
    target: str = "",
    quantity: str = "",
) -> ColumnMapping:
    """Guess which column is what from the header and the file's name.

    Parameters
    ----------
    header
        Column titles.
    file_name
        For example ``jak1_ki.csv``: target JAK1, quantity Ki, endpoint jak1_pki.
    endpoint, target, quantity
        What is known already.

    Raises
    ------
    FileFormatError
        If no column looks like structures or concentrations, or no unit or quantity is stated.

    Examples
    --------
    >>> mapping = guess_mapping(["smiles", "exp_mean [nM]", "y"], "jak1_ki.csv")
    >>> mapping.endpoint, mapping.value, mapping.unit
    ('jak1_pki', 'exp_mean [nM]', 'nM')
    """
    smiles = find_column(header, "smiles")
    value, unit = find_value_column(header)
    unit_column = "" if unit else find_column(header, "unit_column")
    if not smiles or not value or not (unit or unit_column):
        raise _not_guessed(header, file_name, smiles, value)
    stem = PurePath(file_name).stem
    stated = _QUANTITY.search(value.replace("_", " ")) or _QUANTITY.search(stem.replace("_", " "))
    quantity = quantity or (_spelled(stated.group(1)) if stated else "")
    if not quantity:
        raise FileFormatError(
            f"neither column {value!r} nor the file's name says what was measured",
            place=file_name,
            remedy=f"give the quantity: {', '.join(QUANTITIES)}",
        )
    subject = re.sub(rf"[_\- ]*{quantity}$", "", stem, flags=re.IGNORECASE)
    return ColumnMapping(
        smiles=smiles,
        value=value,
        endpoint=endpoint or f"{subject}_p{quantity}".lower(),
        target=target or subject.upper(),
        quantity=quantity,
        unit=unit,
        unit_column=unit_column,
        relation_column=find_column(header, "relation_column"),
        name_column=find_column(header, "name_column"),
    )


def find_column(header: Sequence[str], role: str) -> str:
    """Return the title that looks like `role` (a field of the mapping), or ''."""
    by_plain = {_plain(title): title for title in reversed(header)}
    return next((by_plain[plain] for plain in _TITLES[role] if plain in by_plain), "")


def find_value_column(header: Sequence[str]) -> tuple[str, str]:
    """Return the value's title and the unit if the title states it: ``IC50 (uM)``, ``Ki_nM``."""
    plain_value = find_column(header, "value")
    for title in header:
        for pattern in (_BRACKETED, _TRAILING):
            match = pattern.match(title)
            if match and _plain(match["title"]) in _TITLES["value"]:
                try:
                    return title, canonical_unit(match["unit"])
                except InputError:
                    continue
    return plain_value, ""


def _not_guessed(header: Sequence[str], file_name: str, smiles: str, value: str) -> FileFormatError:
    missing = "structures" if not smiles else "concentrations" if not value else "units"
    remedy = "name the columns"
    if any(_LOG_SCALE.match(title.strip()) for title in header):
        remedy = "pIC50 and the like are not read: give concentrations, and name the columns"
    listing = ", ".join(repr(title) for title in header)
    return FileFormatError(
        f"no column of {listing} looks like {missing}", place=file_name, remedy=remedy
    )


def _plain(title: str) -> str:
    return re.sub(r"[\s_\-]", "", title).lower()


def _spelled(quantity: str) -> str:
    return next(known for known in QUANTITIES if known.lower() == quantity.lower())
