"""The DuckDB side of a release folder: what was read, where a structure is mentioned, what it did.

A release folder is shared by projects and never inside a project file::

    <release>/release.json        what it is, counts, settings, file hashes; written last
              patents.duckdb      tables of ``schema/``: patents, structures, mentions, activities
              structures.duckdb   parents, keys and fingerprints by raw structure, for the next sync
              index/              keys and fingerprints; row i is ``compound.row`` i
"""
