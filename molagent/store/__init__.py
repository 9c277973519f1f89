"""The project's memory: one DuckDB file, and the only package that imports duckdb.

:class:`Database` opens the file late and closes it after each transaction, so that a notebook and
the command line can share it; ``query`` gives a frame, ``to_arrow`` a table, ``scan`` the batches
of an answer larger than memory. What is kept, and who writes and reads it:

=============  =================================================================================
files          `write_ingest`, `write_ingests`, `write_parts` (a file larger than memory),
               `load_sources`, `load_rejections`
structures     `register_compounds`, `register_aliases`, `resolve_names`, `fill_identities`,
               `find_relatives`, `load_compounds`, `register_batches`, `load_batches`
assays         `register_targets`, `register_documents`, `register_assay` (a changed protocol is
               the next version), `load_protocols`, `load_assays`
signals        `write_plates`, `write_plate_qc`, `load_plates`, `load_wells`, `load_plate_qc`
curves         `write_curves`, `load_curves`, `load_curve_points`
results        `append_results`, `load_endpoint`, `load_table` (compounds by endpoints),
               `aggregate_results` (bounds count for what they say), `trace_result`
corrections    `correct_result`, `mark_result`, `load_corrections`, `load_history`
orders         `write_order`, `write_orders`, `record_order_events`, `load_orders`,
               `load_order_events`
audit          `load_audit`, `load_audit_head`, `verify_audit`: triggers write it
snapshots      `create_snapshot`, `load_snapshot`, `load_snapshots`, `diff_snapshots`,
               `restore_snapshot`
lineage        `find_source`: from any value to the rows of the files
readers        `define_series`, `load_series`, `Role`, `RoleView`, `export_project`, `find_traces`
raw files      `keep_raw_file`, `load_raw_file`, `load_raw_files`, `write_raw_file`
campaigns      `CampaignStore`: a stage's rows and the note that it is done are written together
               or not at all; `OptimisationStore` keeps every call of an objective
=============  =================================================================================

Tables of facts are append-only: a value is corrected by a new row that the old one points to, and
raw input is kept beside the standardised parent. The columns of the frames that go in and out are
in :mod:`molagent.store.frames` and :mod:`molagent.store.receipts`.
"""

from molagent.store.aggregates import (
    AGGREGATE_COLUMNS,
    aggregate_results,
)
from molagent.store.assay_protocols import (
    AssayProtocol,
    load_protocols,
    register_assay,
)
from molagent.store.assays import (
    CONFLICT_LOG_UNITS,
    endpoints,
    load_assays,
    load_endpoint,
    load_rejections,
    load_table,
    trace_result,
)
from molagent.store.audit import AuditHead, load_audit, load_audit_head
from molagent.store.batches import (
    load_batches,
    register_batches,
)
from molagent.store.compounds import (
    COMPOUND_COLUMNS,
    register_compounds,
)
from molagent.store.corrections import (
    correct_result,
    load_corrections,
    load_history,
    mark_result,
)
from molagent.store.curves import (
    CurveReceipt,
    load_curve_points,
    load_curves,
    write_curves,
)
from molagent.store.cycles import (
    CampaignStore,
)
from molagent.store.database import (
    Database,
)
from molagent.store.documents import (
    load_documents,
    register_documents,
)
from molagent.store.export import ExportReceipt, export_project
from molagent.store.identities import (
    fill_identities,
    find_relatives,
    load_compounds,
    register_aliases,
    resolve_names,
)
from molagent.store.ingests import write_ingest, write_ingests, write_parts
from molagent.store.lineage import find_source
from molagent.store.lineage_tree import Source
from molagent.store.optimisation import (
    OptimisationStore,
    load_runs,
)
from molagent.store.orders import (
    Order,
    load_order_events,
    load_orders,
    record_order_events,
    write_order,
    write_orders,
)
from molagent.store.plates import (
    PlateReceipt,
    load_plate_qc,
    load_plates,
    load_wells,
    write_plate_qc,
    write_plates,
)
from molagent.store.raw_files import (
    RawFile,
    find_raw_problems,
    keep_raw_file,
    load_raw_file,
    load_raw_files,
    write_raw_file,
)
from molagent.store.receipts import (
    IngestReceipt,
    IngestResult,
)
from molagent.store.restorations import Restoration, diff_snapshots, restore_snapshot
from molagent.store.results import (
    append_results,
)
from molagent.store.roles import AGENT, CLIENT, Role, RoleView
from molagent.store.series import define_series, load_series
from molagent.store.snapshots import Snapshot, create_snapshot, load_snapshot, load_snapshots
from molagent.store.sources import (
    SourceFile,
    load_sources,
    register_source,
)
from molagent.store.tables import (
    CAMPAIGN_TABLES,
    STAGES,
)
from molagent.store.targets import (
    load_targets,
    register_targets,
)
from molagent.store.traces import find_traces
from molagent.store.verify import AuditProblem, AuditReport, verify_audit

__all__ = [
    "AGENT",
    "AGGREGATE_COLUMNS",
    "CAMPAIGN_TABLES",
    "CLIENT",
    "COMPOUND_COLUMNS",
    "CONFLICT_LOG_UNITS",
    "STAGES",
    "AssayProtocol",
    "AuditHead",
    "AuditProblem",
    "AuditReport",
    "CampaignStore",
    "CurveReceipt",
    "Database",
    "ExportReceipt",
    "IngestReceipt",
    "IngestResult",
    "OptimisationStore",
    "Order",
    "PlateReceipt",
    "RawFile",
    "Restoration",
    "Role",
    "RoleView",
    "Snapshot",
    "Source",
    "SourceFile",
    "aggregate_results",
    "append_results",
    "correct_result",
    "create_snapshot",
    "define_series",
    "diff_snapshots",
    "endpoints",
    "export_project",
    "fill_identities",
    "find_raw_problems",
    "find_relatives",
    "find_source",
    "find_traces",
    "keep_raw_file",
    "load_assays",
    "load_audit",
    "load_audit_head",
    "load_batches",
    "load_compounds",
    "load_corrections",
    "load_curve_points",
    "load_curves",
    "load_documents",
    "load_endpoint",
    "load_history",
    "load_order_events",
    "load_orders",
    "load_plate_qc",
    "load_plates",
    "load_protocols",
    "load_raw_file",
    "load_raw_files",
    "load_rejections",
    "load_runs",
    "load_series",
    "load_snapshot",
    "load_snapshots",
    "load_sources",
    "load_table",
    "load_targets",
    "load_wells",
    "mark_result",
    "record_order_events",
    "register_aliases",
    "register_assay",
    "register_batches",
    "register_compounds",
    "register_documents",
    "register_source",
    "register_targets",
    "resolve_names",
    "restore_snapshot",
    "trace_result",
    "verify_audit",
    "write_curves",
    "write_ingest",
    "write_ingests",
    "write_order",
    "write_orders",
    "write_parts",
    "write_plate_qc",
    "write_plates",
    "write_raw_file",
]
