"""Replacements that chemists made: what hangs at a place becomes what others hung at such a place.

* where a part hangs: `places`
* what was seen there, as arrays: `table`; how it is counted: `counting`
* a table on disk, and the one that ships: `table_file`
* proposals: `generator`
"""
