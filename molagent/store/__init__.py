"""The project's memory: one DuckDB file, and the only package that imports duckdb.

:class:`Database` opens the file late and closes it after each transaction, so that a notebook and
the command line can share it. :func:`register_compounds` gives each standardised parent its id, and
:class:`CampaignStore` keeps what a campaign proposed, judged, predicted, decided and chose: a
stage's rows and the note that it is done are written together or not at all. Tables of facts are
append-only, and raw input is kept beside the standardised parent.
"""

from molagent.store.compounds import COMPOUND_COLUMNS, register_compounds
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.tables import CAMPAIGN_TABLES, STAGES

__all__ = [
    "CAMPAIGN_TABLES",
    "COMPOUND_COLUMNS",
    "STAGES",
    "CampaignStore",
    "Database",
    "register_compounds",
]
