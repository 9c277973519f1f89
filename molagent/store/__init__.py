"""The project's memory: one DuckDB file, and the only package that imports duckdb.

:class:`Database` opens the file late and closes it after each transaction, so that a notebook and
the command line can share it. :func:`write_ingest` stores one read file with every row's source,
:func:`load_endpoint` reads one value a compound back, and :func:`trace_result` shows the rows
behind it. :class:`CampaignStore` keeps what a campaign proposed, judged, predicted, decided and
chose: a stage's rows and the note that it is done are written together or not at all.
:class:`OptimisationStore` keeps every call of an optimisation's objective. Tables of facts are
append-only, and raw input is kept beside the standardised parent.
"""

from molagent.store.assays import (
    CONFLICT_LOG_UNITS,
    endpoints,
    load_assays,
    load_endpoint,
    load_rejections,
    load_sources,
    trace_result,
    write_ingest,
)
from molagent.store.compounds import COMPOUND_COLUMNS, register_compounds
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.optimisation import OptimisationStore, load_runs
from molagent.store.receipts import IngestReceipt, IngestResult
from molagent.store.tables import CAMPAIGN_TABLES, STAGES

__all__ = [
    "CAMPAIGN_TABLES",
    "COMPOUND_COLUMNS",
    "CONFLICT_LOG_UNITS",
    "STAGES",
    "CampaignStore",
    "Database",
    "IngestReceipt",
    "IngestResult",
    "OptimisationStore",
    "endpoints",
    "load_assays",
    "load_endpoint",
    "load_rejections",
    "load_runs",
    "load_sources",
    "register_compounds",
    "trace_result",
    "write_ingest",
]
