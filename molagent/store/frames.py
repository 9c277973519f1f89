"""The columns of the frames that cross the store's border, and which of them may be left out.

A reader or a fit makes frames with these columns; the store writes them and gives the same ones
back. A column that may be left out is filled with its default; NaN and None are "not known".

====================  =========================================================================
`TARGET`              one row a target
`DOCUMENT`            one row a publication, patent, report or protocol
`BATCH`               one row a vial; `inchikey` or `compound_id` says of what
`RUN`                 one row a day's work with one assay; `endpoint` is a name, meaning the newest
                      version of its protocol, or that of one version (``mpro_pic50@2``)
`PLATE`               one row a plate; `barcode` is unique within its run
`WELL`                one row a well: 1-based `well_row` (1 is A) and `well_column`, `role` one of
                      `WELL_ROLES`, `concentration_m` in mol/L, `signal` as the instrument wrote
                      it, `response` in percent between the controls
`PLATE_QC`            one row a plate and method; CVs and drift in percent
`CURVE`               one row a fit; `curve` is any key that its points repeat, asymptotes in
                      percent, `p_ac50` is -log10 of the midpoint in mol/L, a locked parameter has
                      no SE. `p_value` with `p_relation` is what may be reported
`CURVE_POINT`         one row a point, in the order it was fitted
`ORDER_LINE`          one row an ordered structure
`ORDER_EVENT`         one row a thing that happened to a line; `state` one of `ORDER_STATES`
====================  =========================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from molagent.errors import StoreError

__all__ = [
    "BATCH",
    "CURVE",
    "CURVE_POINT",
    "DOCUMENT",
    "ORDER_EVENT",
    "ORDER_LINE",
    "ORDER_STATES",
    "PLATE",
    "PLATE_QC",
    "RUN",
    "TARGET",
    "VALIDITIES",
    "WELL",
    "WELL_ROLES",
    "FrameColumns",
]

WELL_ROLES: Final = ("sample", "pos", "neg", "ref", "empty")
VALIDITIES: Final = ("valid", "suspect", "invalid")
ORDER_STATES: Final = (
    "planned",
    "ordered",
    "made",
    "shipped",
    "received",
    "failed",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """The columns a frame must have, and those it may leave out, with what stands for them.

    Examples
    --------
    >>> import pandas as pd
    >>> TARGET.completed(pd.DataFrame({"target_id": ["JAK1"], "name": ["Janus kinase 1"]}))[
    ...     ["target_id", "kind"]
    ... ].values.tolist()
    [['JAK1', 'unchecked']]
    """

    noun: str
    required: tuple[str, ...]
    optional: Mapping[str, object] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, the required ones first."""
        return (*self.required, *self.optional)

    def completed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with every column of `names`, in that order.

        Raises
        ------
        StoreError
            If a required column is missing, or there is one that has no place: a misspelt name
            would otherwise be a value lost in silence.
        """
        given = [str(name) for name in frame.columns]
        missing = [name for name in self.required if name not in given]
        unknown = [name for name in given if name not in self.names]
        if missing or unknown:
            parts = [f"lacks {', '.join(missing)}"] if missing else []
            parts += [f"has no place for {', '.join(unknown)}"] if unknown else []
            raise StoreError(
                f"a frame of {self.noun} {' and '.join(parts)}",
                remedy=f"its columns are {', '.join(self.names)}",
            )
        filled = {
            name: pd.Series([default] * len(frame), index=frame.index, dtype=object)
            for name, default in self.optional.items()
            if name not in given
        }
        return frame.assign(**filled)[list(self.names)].reset_index(drop=True)


def _nulls(names: str) -> dict[str, object]:
    return dict.fromkeys(names.split())


TARGET: Final = FrameColumns(
    "targets",
    ("target_id", "name"),
    {"kind": "unchecked", **_nulls("organism gene uniprot chembl_id")},
)
DOCUMENT: Final = FrameColumns(
    "documents",
    ("document_id", "kind", "title"),
    _nulls("authors journal year doi patent_number uri sha256 licence"),
)
BATCH: Final = FrameColumns(
    "batches",
    ("supplier", "lot"),
    _nulls(
        "compound_id inchikey salt purity amount_mg stereo_note shipped_on received_on source_row "
        "note"
    ),
)
RUN: Final = FrameColumns("runs", ("run_id", "endpoint"), _nulls("run_on operator instrument note"))
PLATE: Final = FrameColumns(
    "plates", ("run_id", "barcode", "n_rows", "n_columns"), _nulls("read_order")
)
WELL: Final = FrameColumns(
    "wells",
    ("run_id", "barcode", "well_row", "well_column", "role", "signal"),
    {
        **_nulls("sample compound_id inchikey batch_id concentration_m response"),
        "outlier": False,
        "outlier_reason": "",
        "source_row": None,
    },
)
PLATE_QC: Final = FrameColumns(
    "plate quality",
    ("run_id", "barcode", "method", "n_pos", "n_neg", "verdict", "reason"),
    _nulls("z_prime signal_to_background cv_pos cv_neg drift"),
)
CURVE: Final = FrameColumns(
    "curves",
    (
        "curve",
        "endpoint",
        *(
            f"{name}{suffix}"
            for name in ("bottom", "top", "p_ac50", "hill")
            for suffix in ("", "_se", "_locked")
        ),
        *("r2", "curve_class", "n_points", "n_outliers", "method", "method_version"),
    ),
    {
        **_nulls("assay_id compound_id inchikey batch_id run_id p_ac50_low p_ac50_high"),
        **_nulls("p_value p_relation p_relative p_absolute rmse result_id"),
        "half_effect": "",
        "settings": "{}",
        "note": "",
        "source_row": None,
    },
)
CURVE_POINT: Final = FrameColumns(
    "curve points",
    ("curve", "concentration_m", "response"),
    {
        "weight": None,
        "outlier": False,
        "outlier_reason": "",
        **_nulls("barcode well_row well_column source_row"),
    },
)
ORDER_LINE: Final = FrameColumns(
    "order lines",
    ("smiles",),
    _nulls(
        "name compound_id inchikey campaign_id proposal_id amount_mg price currency reason "
        "source_row"
    ),
)
ORDER_EVENT: Final = FrameColumns(
    "order events",
    ("order_id", "line", "state"),
    _nulls("happened_on batch_id actor note"),
)
