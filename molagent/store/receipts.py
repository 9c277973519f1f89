"""What one read file brings, and what became of it in the project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

import pandas as pd

__all__ = [
    "ASSAY_COLUMNS",
    "ASSAY_EXTRA_COLUMNS",
    "REJECTION_COLUMNS",
    "RESULT_COLUMNS",
    "RESULT_EXTRA_COLUMNS",
    "STRUCTURE_COLUMNS",
    "STRUCTURE_EXTRA_COLUMNS",
    "FileReading",
    "IngestReceipt",
    "IngestResult",
]

ASSAY_COLUMNS: Final = ("endpoint", "target", "quantity", "source", "licence")
RESULT_COLUMNS: Final = (
    "source_row",
    "endpoint",
    "inchikey",
    "raw_smiles",
    "name",
    "relation",
    "value",
    "unit",
    "original",
    "p_value",
    "p_relation",
    "flag",
)
# What a file may say of an assay beyond that; see `assay_protocol` in the schema. `dimension` is
# one of ``molagent.units.DIMENSIONS``, 'concentration' where the column is missing.
ASSAY_EXTRA_COLUMNS: Final = (
    "dimension",
    "standard_unit",
    "organism",
    "cell_line",
    "format",
    "readout",
    "better",
    "protocol",
)
# What a file may say of a result beyond that. `standard_value` in `standard_unit` is what values
# are averaged in: needed where there is no p value, computed in nM where there is one. Where
# `p_value` is missing so is `p_relation`. `validity` other than 'valid' needs its reason.
# `source_column` tells apart values of one assay in one row; `scale` is the one of `original`;
# `tested_at_nm` is the concentration of a single-point test; `source_note` a source's warning.
RESULT_EXTRA_COLUMNS: Final = (
    "standard_value",
    "standard_unit",
    "original_unit",
    "original_relation",
    "source_column",
    "scale",
    "tested_at_nm",
    "source_note",
    "validity",
    "validity_reason",
    "batch_id",
    "run_id",
    "document_id",
    "measured_on",
)
# Structures of rows that bring no value: designs, inventories, shipments.
STRUCTURE_COLUMNS: Final = ("source_row", "inchikey", "raw_smiles", "name")
# What a row, with a value or without, may say of its structure: 'smiles' or 'molblock'; what was
# stripped to get the parent ('Cl.Cl'); what the file says of its stereo ('racemate').
STRUCTURE_EXTRA_COLUMNS: Final = ("format", "salt", "stereo_note")
# May also have `field`: the column or endpoint that was refused, '' for the whole row.
REJECTION_COLUMNS: Final = ("source_row", "kind", "reason", "raw")


@dataclass(frozen=True, kw_only=True, eq=False)
class FileReading:
    """One file as it was read with one mapping: the same bytes read otherwise are another reading.

    Attributes
    ----------
    sha256
        Of the file's bytes.
    mapping
        Which column was read as what, as plain values.
    """

    name: str
    sha256: str
    bytes: int
    encoding: str
    delimiter: str
    mapping: Mapping[str, object]

    @cached_property
    def mapping_json(self) -> str:
        """The mapping as JSON with sorted keys, so that equal mappings are equal text."""
        return json.dumps(dict(self.mapping), sort_keys=True, ensure_ascii=False)

    @cached_property
    def file_id(self) -> str:
        """SHA-256 over the file's own hash and the mapping it was read with."""
        return sha256(f"{self.sha256}\n{self.mapping_json}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class IngestResult(FileReading):
    """One file, read and curated but not stored: every row is a result or a rejection.

    Attributes
    ----------
    n_rows
        Data rows; ``len(results) + len(rejections)``.
    assays
        Columns `ASSAY_COLUMNS`, one row an endpoint; any of `ASSAY_EXTRA_COLUMNS`.
    compounds
        The columns that ``register_compounds`` takes, one row a parent, in order of appearance.
    results
        Columns `RESULT_COLUMNS`, in file order; any of `RESULT_EXTRA_COLUMNS` and
        `STRUCTURE_EXTRA_COLUMNS`, and of ``batch``, ``run`` and ``document``: what the row names,
        as text (see :func:`molagent.store.references.link_references`). `endpoint` may also be the
        assay id of one version of its protocol (``jak1_pki@2``).
    rejections
        Columns `REJECTION_COLUMNS`, in file order.
    notes
        What the reader should know: a guessed column, a fallback encoding.
    structures
        Columns `STRUCTURE_COLUMNS` and any of `STRUCTURE_EXTRA_COLUMNS`: rows that bring a
        structure and no value.
    kind
        What the file brings: results, structures, plates, points, orders.
    """

    n_rows: int
    assays: pd.DataFrame
    compounds: pd.DataFrame
    results: pd.DataFrame
    rejections: pd.DataFrame
    notes: tuple[str, ...] = ()
    structures: pd.DataFrame | None = None
    kind: str = "results"

    @property
    def accepted(self) -> int:
        """Rows that are taken: with a value, or with a structure alone.

        One row may bring several values; it counts once.
        """
        rows = set(self.results["source_row"].tolist())
        if self.structures is not None:
            rows |= set(self.structures["source_row"].tolist())
        return len(rows)

    @property
    def receipt(self) -> "IngestReceipt":
        """What storing this would bring: the answer of a dry run."""
        return IngestReceipt(
            file_id=self.file_id,
            name=self.name,
            endpoints=tuple(self.assays["endpoint"]),
            n_rows=self.n_rows,
            accepted=self.accepted,
            rejected=len(self.rejections),
            compounds=len(self.compounds),
            duplicates=int((self.results["flag"] == "duplicate").sum()),
            conflicts=int((self.results["flag"] == "conflict").sum()),
            reasons={
                str(kind): int(count)
                for kind, count in self.rejections["kind"].value_counts().sort_index().items()
            },
            notes=self.notes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReceipt:
    """The counts of one file, and whether they are in the project.

    Attributes
    ----------
    compounds
        Distinct parents among the accepted rows.
    new_compounds
        How many of them the project did not have; 0 in a dry run.
    duplicates, conflicts
        Accepted rows that repeat a compound, and those whose exact values differ by more than a
        log unit. Both are kept and show in the spread of the compound's value.
    suspects
        Values that look wrong, as of a unit that slipped: kept, and marked with the reason. A dry
        run of a file counts those that stand out, not those that the file itself calls suspect.
    reasons
        Kind of rejection to rows.
    written
        True if the rows were stored by this call.
    known
        True if the same file, read the same way, was in the project before: nothing changed.
    """

    file_id: str
    name: str
    endpoints: tuple[str, ...]
    n_rows: int
    accepted: int
    rejected: int
    compounds: int
    duplicates: int
    conflicts: int
    reasons: Mapping[str, int]
    suspects: int = 0
    new_compounds: int = 0
    written: bool = False
    known: bool = False
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The receipt in one sentence.

        Examples
        --------
        >>> IngestReceipt(
        ...     file_id="0", name="jak1_ki.csv", endpoints=("jak1_pki",), n_rows=3, accepted=2,
        ...     rejected=1, compounds=2, duplicates=0, conflicts=0, reasons={"value": 1},
        ... ).sentence
        'jak1_ki.csv: 3 rows, 2 accepted (2 compounds), 1 rejected (value 1); not stored'
        """
        if self.known:
            return f"{self.name}: in the project already, nothing changed"
        reasons = ", ".join(f"{kind} {count}" for kind, count in self.reasons.items())
        repeated = [
            f"{count} {word}"
            for word, count in (
                ("duplicates", self.duplicates),
                ("conflicts", self.conflicts),
                ("suspect values", self.suspects),
            )
            if count
        ]
        parts = [
            f"{self.n_rows} rows",
            f"{self.accepted} accepted ({self.compounds} compounds)",
            *repeated,
            f"{self.rejected} rejected" + (f" ({reasons})" if reasons else ""),
        ]
        end = f"stored, {self.new_compounds} compounds are new" if self.written else "not stored"
        return f"{self.name}: {', '.join(parts)}; {end}"
