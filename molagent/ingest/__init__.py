"""Data in: files of any kind become standardised, curated rows with their source.

:func:`read_data` is the one verb: a file (CSV, TSV, XLSX, SDF, Parquet, JSON, a ChEMBL dump) and a
:class:`Layout` in, an :class:`Intake` out, of which every row is a result or a rejection with its
row number and reason. Nothing is stored, so it is the dry run too; :func:`write_intake` stores it.
:func:`show_layout` says beforehand which column would be read as what. Structures are standardised
in killable processes with a time limit, and the answer does not depend on how many there are.

:func:`read_results` reads what comes back for proposed compounds.
"""

from molagent.ingest.curation import flag_repeats
from molagent.ingest.intake import Intake, read_data, show_layout
from molagent.ingest.layouts import Layout, Lookup, Readout, load_layout, shipped_layouts
from molagent.ingest.mapping import ColumnMapping, guess_mapping
from molagent.ingest.parents import ParentFinder, find_parents
from molagent.ingest.potencies import Potency, RefusedPotencyError, parse_potency
from molagent.ingest.readers import TextTable, read_table
from molagent.ingest.readings import Reading, parse_reading
from molagent.ingest.results import read_results
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Row, Table
from molagent.ingest.writing import write_intake

__all__ = [
    "ColumnMapping",
    "Intake",
    "Layout",
    "Lookup",
    "ParentFinder",
    "Potency",
    "Reading",
    "Readout",
    "RefusedPotencyError",
    "Row",
    "Table",
    "TextTable",
    "find_parents",
    "flag_repeats",
    "guess_mapping",
    "load_layout",
    "open_table",
    "parse_potency",
    "parse_reading",
    "read_data",
    "read_results",
    "read_table",
    "shipped_layouts",
    "show_layout",
    "write_intake",
]
