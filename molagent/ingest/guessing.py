"""A layout guessed from a header: wide exports with a unit in each title, as CDD Vault writes."""

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.layouts import Layout
from molagent.ingest.readouts import QUANTITIES, Readout, endpoint_name
from molagent.ingest.sdf import MOLBLOCK
from molagent.ingest.titles import find_title, find_titles, find_value
from molagent.units import canonical_unit, dimension_of

__all__ = ["guess_layout", "guess_potency"]

# As `plain_title` writes them; earlier ones win.
_TITLES: Final[dict[str, tuple[str, ...]]] = {
    "smiles": ("smiles", "canonicalsmiles", "stdsmiles", "isomericsmiles", "structure"),
    "unit_column": ("unit", "units", "standardunits", "standardunit"),
    "relation_column": ("relation", "standardrelation", "operator", "modifier", "qualifier"),
    "name_column": ("proposalid", "compoundid", "moleculechemblid", "chemblid", "id", "name"),
}
_VALUES: Final = ("value", "standardvalue", "expmean", "potency", *map(str.lower, QUANTITIES))
_LOG_SCALE: Final = re.compile(r"^(p(ki|ic50|ec50|kd)|pchembl.*|-?log.*)$", re.IGNORECASE)
_STATED: Final = re.compile(rf"(?<![a-z])({'|'.join(QUANTITIES)})(?![a-z])", re.IGNORECASE)

_UNIT: Final = re.compile(r"^(?P<title>.*?)[\s_]*[\[(](?P<unit>[^\])]+)[\])](?P<rest>.*)$")
_TRAILING: Final = re.compile(r"^(?P<title>.*?)[_ ](?P<unit>[A-Za-zµμ]{2,3})$")
_P_SCALE: Final = re.compile(r"(?<![a-z])p(ki|ic50|ec50|kd|ac50|chembl[_ ]?value)(?![a-z])", re.I)
_LOGARITHM: Final = re.compile(r"^log(10)?[ _(]", re.I)
_QUANTITY: Final = re.compile(
    rf"(?<![a-z])({'|'.join(QUANTITIES)}|AC50|CC50|inhibition|activity|solubility)(?![a-z])",
    re.I,
)
# What stands beside a measured value and is none.
_BESIDE: Final = re.compile(
    r"concentration|conc\b|\bci\b|_ci_|lower|upper|standard deviation|\bsd\b|\bsem\b|\bstd|error|"
    r"count|weight|\bmw\b|mass|volume|amount|purity|dose\b|outlier|modifier|price|\bmax\b|\bmin\b",
    re.I,
)
_NAMES: Final = (
    *("molecule name", "compound name", "compound id", "molecule id", "vendor id", "internal id"),
    *("canonical_postera_id", "cid", "cdd_name", "title"),
)


def guess_layout(header: Sequence[str], file_name: str) -> tuple[Layout, str]:
    """Return a layout for a header, and a note on what was guessed.

    One value column with a unit is read as :func:`guess_potency` reads it; else every column with a
    unit in its title is a readout of its own, and a column ``pIC50`` or the like one on the p
    scale.

    Raises
    ------
    FileFormatError
        If no column looks like structures, or none like values.

    Examples
    --------
    >>> layout, note = guess_layout(
    ...     ["Molecule Name", "SMILES", "Mpro: IC50 (uM)", "Mpro: IC50 (uM) Standard Deviation",
    ...      "KSOL (ug/mL)"], "export.csv")
    >>> [(entry.endpoint, entry.unit) for entry in layout.readout]
    [('mpro_pic50', 'uM'), ('ksol', 'ug/mL')]
    """
    smiles = _smiles_column(header)
    readouts = [readout for title in header if (readout := _readout(title, header, file_name))]
    try:
        single = guess_potency(header, file_name)
    except FileFormatError:
        if not smiles or not readouts:
            raise
    else:
        if len(readouts) <= 1:
            only = single.readout[0]
            unit = only.unit or f"column {only.unit_column!r}"
            note = (
                f"guessed: {only.quantity} of {only.target} in {unit} from column "
                f"{only.value!r}, structures from {single.smiles!r}"
            )
            return single, note
    once = {readout.endpoint: readout for readout in reversed(readouts)}
    chosen = [readout for readout in readouts if once[readout.endpoint] is readout]
    names = {title.lower(): title for title in reversed(header)}
    layout = Layout(
        smiles=smiles,
        name_column=next((names[name] for name in _NAMES if name in names), "")
        or find_title(header, _TITLES["name_column"]),
        readout=tuple(chosen),
    )
    listing = "; ".join(f"{entry.endpoint} from {entry.value!r}" for entry in chosen)
    return layout, f"guessed: structures from {smiles!r}; {listing}"


def guess_potency(
    header: Sequence[str],
    file_name: str,
    *,
    endpoint: str = "",
    target: str = "",
    quantity: str = "",
) -> Layout:
    """Guess the layout of a file of one potency from its header and its name.

    Parameters
    ----------
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
    >>> layout = guess_potency(["smiles", "exp_mean [nM]", "y"], "jak1_ki.csv")
    >>> layout.readout[0].endpoint, layout.readout[0].value, layout.readout[0].unit
    ('jak1_pki', 'exp_mean [nM]', 'nM')
    """
    found = find_titles(header, _TITLES)
    value, unit = find_value(header, _VALUES, "concentration")
    unit_column = "" if unit else found["unit_column"]
    if not found["smiles"] or not value or not (unit or unit_column):
        raise _not_guessed(header, file_name, found["smiles"], value)
    stem = PurePath(file_name).stem
    stated = _STATED.search(value.replace("_", " ")) or _STATED.search(stem.replace("_", " "))
    quantity = quantity or (_spelled(stated.group(1)) if stated else "")
    if not quantity:
        raise FileFormatError(
            f"neither column {value!r} nor the file's name says what was measured",
            place=file_name,
            remedy=f"give the quantity: {', '.join(QUANTITIES)}",
        )
    subject = re.sub(rf"[_\- ]*{quantity}$", "", stem, flags=re.IGNORECASE)
    return Layout.from_columns(
        smiles=found["smiles"],
        value=value,
        endpoint=endpoint or f"{subject}_p{quantity}".lower(),
        target=target or subject.upper(),
        quantity=quantity,
        unit=canonical_unit(unit) if unit else "",
        unit_column=unit_column,
        relation_column=found["relation_column"],
        name_column=found["name_column"],
    )


def _not_guessed(header: Sequence[str], file_name: str, smiles: str, value: str) -> FileFormatError:
    missing = "structures" if not smiles else "concentrations" if not value else "units"
    remedy = "name the columns"
    if any(_LOG_SCALE.match(title.strip()) for title in header):
        remedy = "pIC50 and the like are not read: give concentrations, and name the columns"
    listing = ", ".join(repr(title) for title in header)
    return FileFormatError(
        f"no column of {listing} looks like {missing}", place=file_name, remedy=remedy
    )


def _smiles_column(header: Sequence[str]) -> str:
    if found := find_title(header, _TITLES["smiles"]):
        return found
    if MOLBLOCK in header:
        return MOLBLOCK
    return next((title for title in header if "smiles" in title.lower()), "")


def _readout(title: str, header: Sequence[str], file_name: str) -> Readout | None:
    if _P_SCALE.search(title):
        stem = re.sub(r"\.[a-z]+$", "", file_name, flags=re.I)
        plain = endpoint_name(title)
        quantity = _P_SCALE.search(title)
        alone = quantity is not None and endpoint_name(quantity[0]) == plain
        name = endpoint_name(f"{stem}_{title}") if alone else plain
        return Readout(
            endpoint=name,
            value=title,
            quantity=_spelled(quantity[1]) if quantity else "",
            scale="p",
            relation_column=_relation_of(title, header),
        )
    match = _UNIT.match(title) or _TRAILING.match(title)
    if match is None or not dimension_of(match["unit"]):
        return None
    rest = match.groupdict().get("rest") or ""
    # 'Mpro: IC50 (uM) [Target: Mpro]' says more of the same; '... Standard Deviation' does not.
    if _BESIDE.search(match["title"]) or _BESIDE.search(re.sub(r"\[.*?\]", "", rest)):
        return None
    found = _QUANTITY.search(match["title"].replace("_", " "))
    quantity_name = _spelled(found[1]) if found else match["title"].strip()
    is_potency = bool(found) and quantity_name.upper().startswith(("IC", "EC", "AC", "CC", "K"))
    is_potency &= dimension_of(match["unit"]) == "concentration"
    plain = endpoint_name(match["title"])
    if is_potency and found:
        subject = endpoint_name(_QUANTITY.sub("", match["title"].replace("_", " ")))
        plain = "_".join(filter(None, [subject, f"p{found[1].lower()}"]))
    solubility = "solub" in title.lower() and dimension_of(match["unit"]) == "concentration"
    return Readout(
        endpoint=plain or endpoint_name(title),
        value=title,
        quantity=quantity_name,
        unit=match["unit"],
        dimension="amount_per_volume" if solubility else "",
        scale="log10" if _LOGARITHM.match(title) else "linear",
        relation_column=_relation_of(title, header),
    )


def _relation_of(title: str, header: Sequence[str]) -> str:
    wanted = {f"{title} {word}".lower() for word in ("modifier", "relation", "qualifier")}
    return next((other for other in header if other.lower() in wanted), "")


def _spelled(quantity: str) -> str:
    return next((known for known in QUANTITIES if known.lower() == quantity.lower()), quantity)
