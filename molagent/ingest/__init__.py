"""Assay data in: files of potencies become standardised, curated rows with their source.

:func:`ingest_file` reads one delimited file (encoding, delimiter and columns found or given),
:func:`read_results` what comes back for proposed compounds. Both are pure: they return an
``IngestResult`` that ``molagent.store.write_ingest`` stores in one transaction, so a dry run is the
same call without the second. Every row ends as a result or as a rejection with its row number and
reason; structures are standardised in killable processes, and the answer does not depend on how
many there are.
"""

from molagent.ingest.curation import flag_repeats
from molagent.ingest.files import ingest_file
from molagent.ingest.mapping import ColumnMapping, guess_mapping
from molagent.ingest.parents import find_parents
from molagent.ingest.potencies import Potency, RefusedPotencyError, parse_potency
from molagent.ingest.readers import TextTable, read_table
from molagent.ingest.results import read_results

__all__ = [
    "ColumnMapping",
    "Potency",
    "RefusedPotencyError",
    "TextTable",
    "find_parents",
    "flag_repeats",
    "guess_mapping",
    "ingest_file",
    "parse_potency",
    "read_results",
    "read_table",
]
