"""What was measured, and rows that were not taken."""

from dataclasses import dataclass

__all__ = ["Measurement", "Rejection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value of one compound in one assay, with where it was read.

    Attributes
    ----------
    smiles
        Standardised parent.
    raw_smiles
        The structure as it stood in the file.
    endpoint
        For example ``jak1_pki``.
    relation
        On the original scale: ``=``, ``<`` or ``>``.
    value, unit
        As given, `unit` in canonical spelling.
    p_value
        ``-log10(molar)``; the relation flips on this scale.
    source
        ``file:row`` (1-based, the header is row 1).
    """

    smiles: str
    raw_smiles: str
    endpoint: str
    relation: str
    value: float
    unit: str
    p_value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that was not taken, and why. ``raw`` is the row as it was read."""

    source: str
    reason: str
    raw: str = ""
