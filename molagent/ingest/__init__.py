"""Data in: files of any kind become standardised, curated rows with their source.

:func:`read_data` is the one verb: a file (CSV, TSV, XLSX, SDF, Parquet, JSON, a ChEMBL dump) and a
:class:`Layout` in, an :class:`Intake` out, of which every row is a result or a rejection with its
row number and reason. Nothing is stored, so it is the dry run too; :func:`write_intake` stores it.
:func:`show_layout` says beforehand which column would be read as what. Structures are standardised
in killable processes with a time limit, and the answer does not depend on how many there are.

The layout ``results_form`` reads what comes back for proposed compounds; layouts of ``points`` and
``wells`` read dose-response curves and plates.
"""
