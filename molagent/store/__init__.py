"""The project's memory: one DuckDB file, and the only package that imports duckdb.

:class:`Database` opens the file late and closes it after each transaction, so that a notebook and
the command line can share it; ``query`` gives a frame, ``to_arrow`` a table, ``scan`` the batches
of an answer larger than memory. What is kept, and who writes and reads it:

=============  =================================================================================
files          `write_parts` (of one file, which may be larger than memory),
               `load_sources`, `load_rejections`
structures     `register_compounds`, `register_aliases`, `resolve_names`, `fill_identities`,
               `find_relatives`, `load_compounds`, `register_batches`, `load_batches`
assays         `register_targets`, `register_documents`, `register_assay` (a changed protocol is
               the next version), `load_protocols`, `load_assays`
signals        `write_plates`, `write_plate_qc`, `load_plates`, `load_wells`, `load_plate_qc`
curves         `write_curves`, `load_curves`, `load_curve_points`
results        `aggregate_results` (one value a compound; bounds count for what they say),
               `aggregate_snapshot`, `one_value` (the rule of both)
corrections    `correct_result`, `mark_result`, `load_corrections`, `load_history`
orders         `write_orders`, `record_order_events`, `load_orders`, `load_order_events`
audit          `load_audit`, `load_audit_head`, `verify_audit`: triggers write it; kept files
               are read and checked too
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
