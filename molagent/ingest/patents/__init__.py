"""Patent data in: SureChEMBL's bulk release, BindingDB, PatCID, web exports, own disclosures.

:func:`sync_release` and :func:`import_file` fill a release folder (see ``molagent.store.patents``);
:func:`read_activities` hands the values that publications report to a project as literature assays.
"""
