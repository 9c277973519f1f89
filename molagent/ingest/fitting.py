"""A layout that knows several names of a column, fitted to the header of one file."""

from collections.abc import Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.layouts import Layout
from molagent.ingest.readouts import Readout, fill_template, placeholders
from molagent.ingest.titles import find_title, find_value, plain_title

__all__ = ["fit_layout"]

_TITLES: Final = (
    *("smiles", "name_column", "batch_column", "run_column", "date_column"),
    *("document_column", "order_column", "lot_column"),
)


def fit_layout(
    layout: Layout, header: Sequence[str], endpoints: Sequence[str] = (), *, place: str
) -> Layout:
    """Return a layout with the titles that stand in the header, and none for what is not there.

    Parameters
    ----------
    endpoints
        Those of the project: told results need no column for the only one.

    Raises
    ------
    FileFormatError
        If a column that is needed stands there under none of its names.

    Examples
    --------
    >>> layout = Layout(
    ...     smiles="smiles",
    ...     titles={"value": ("Ki",)},
    ...     readout=[{"endpoint": "jak1_pki", "quantity": "Ki", "value": "value",
    ...               "unit_column": "unit"}],
    ... )
    >>> fitted = fit_layout(layout, ["SMILES", "Ki (nM)"], place="back.csv")
    >>> fitted.smiles, fitted.readout[0].value, fitted.readout[0].unit
    ('SMILES', 'Ki (nM)', 'nM')
    """
    if not (layout.titles or layout.optional):
        return layout
    only = endpoints[0] if layout.table == "told" and len(endpoints) == 1 else ""
    found, units = _find(layout, header)
    spared = {*layout.optional}
    for readout in layout.readout:
        if readout.value in units:
            spared.add(readout.unit_column)
        if only:
            spared.update(placeholders(readout.endpoint))
    fitted = layout.model_copy(
        update={
            **{field: found.get(getattr(layout, field), "") for field in _TITLES},
            "readout": tuple(_fitted(entry, found, units, only) for entry in layout.readout),
        }
    )
    missing = [title for title, real in found.items() if not real and title not in spared]
    if not (fitted.smiles or fitted.name_column):
        missing.insert(0, f"{layout.name_column} or {layout.smiles}")
    if missing:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column {', '.join(missing)} among {listing}",
            place=place,
            remedy=f"the file is to hold {layout.describes or 'these columns'}",
        )
    return fitted


def _find(layout: Layout, header: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return title to the one that stands there, and value's title to the unit it states."""
    found: dict[str, str] = {}
    units: dict[str, str] = {}
    values = {readout.value for readout in layout.readout}
    for title in layout.columns:
        names = [plain_title(name) for name in (title, *layout.titles.get(title, ()))]
        if title in header:
            found[title] = title
        elif title in values:
            found[title], unit = find_value(header, names)
            units |= {title: unit} if unit else {}
        else:
            found[title] = find_title(header, names)
    return found, units


def _fitted(
    readout: Readout, found: Mapping[str, str], units: Mapping[str, str], only: str
) -> Readout:
    unit = units.get(readout.value, "")
    named = all(found[title] for title in placeholders(readout.endpoint))
    real = {title: f"{{{there}}}" for title, there in found.items()}
    return readout.model_copy(
        update={
            "endpoint": fill_template(readout.endpoint, real) if named else only,
            "value": found[readout.value],
            "unit": unit or readout.unit,
            "unit_column": "" if unit else found.get(readout.unit_column, ""),
            "relation_column": found.get(readout.relation_column, ""),
            "outlier_column": found.get(readout.outlier_column, ""),
        }
    )
