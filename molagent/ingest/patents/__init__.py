"""Patent data in: SureChEMBL's bulk release, BindingDB, PatCID, web exports, own disclosures.

:func:`sync_release` and :func:`import_file` fill a release folder (see ``molagent.store.patents``);
:func:`plan_release` and :func:`fetch_release` bring the bulk files here first, where they are not;
:func:`store_activities` hands the values that publications report to a project as literature
assays; :func:`list_releases` says what a folder holds.
"""

from molagent.ingest.patents.activities import store_activities
from molagent.ingest.patents.formats import FORMATS, open_patent_file
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.listing import list_releases
from molagent.ingest.patents.remote import ReleasePlan, fetch_release, plan_release
from molagent.ingest.patents.structures import StructureComputer
from molagent.ingest.patents.sync import SyncReport, sync_release

__all__ = [
    "FORMATS",
    "ReleasePlan",
    "StructureComputer",
    "SyncReport",
    "fetch_release",
    "import_file",
    "list_releases",
    "open_patent_file",
    "plan_release",
    "store_activities",
    "sync_release",
]
