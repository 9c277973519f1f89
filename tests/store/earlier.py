"""Project files as earlier versions of molagent made them, from the SQL that they shipped."""

import tarfile
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import duckdb

VERSIONS = range(1, 9)
SHIPPED = Path(__file__).parent / "data" / "earlier_schemas.tar.xz"

# A file of potencies, as every version could store it.
POTENCIES = """
INSERT INTO compound VALUES
    ('MA-000001', 'CCO', 'LFQSCWFLJHTTHZ-UHFFFAOYSA-N', 'LFQSCWFLJHTTHZ', '', 'old', now()),
    ('MA-000002', 'CCN', 'QUSNBJAOOMFDIB-UHFFFAOYSA-N', 'QUSNBJAOOMFDIB', '', 'old', now());
INSERT INTO source_file
    (file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected)
VALUES ('f1', 'jak1.csv', 's1', 9, 'utf-8', ',', '{}', 4, 3, 1),
       ('f2', 'jak1_corrected.csv', 's2', 9, 'utf-8', ',', '{}', 1, 1, 0);
INSERT INTO compound_raw (file_id, source_row, compound_id, raw_smiles, name) VALUES
    ('f1', 2, 'MA-000001', 'OCC', 'ethanol'), ('f1', 3, 'MA-000001', 'CCO', NULL),
    ('f1', 4, 'MA-000002', 'NCC', NULL), ('f2', 2, 'MA-000002', 'NCC', NULL);
INSERT INTO assay VALUES ('jak1_pki', 'jak1_pki', 'JAK1', 'Ki', '', '');
INSERT INTO rejection (file_id, source_row, kind, reason, raw)
VALUES ('f1', 5, 'value', 'the value is negative', 'CC,-1');
"""
# The columns that a result had from the first version on, and those of the registry.
RESULTS = """
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, p_value, p_relation, flag, file_id,
     source_row, superseded_by{columns})
SELECT *{values} FROM (VALUES
    ('MA-000001', 'jak1_pki', '=', 2.5, 'uM', '2.5', 5.60206, '=', '', 'f1', 2, NULL),
    ('MA-000001', 'jak1_pki', '>', 30, 'uM', '>30', 4.522879, '<', 'duplicate', 'f1', 3, NULL),
    ('MA-000002', 'jak1_pki', '=', 50, 'nM', '50', 7.30103, '=', '', 'f1', 4, 4),
    ('MA-000002', 'jak1_pki', '=', 40, 'nM', '40', 7.39794, '=', '', 'f2', 2, NULL)
) r(compound_id, assay_id, relation, value, unit, original, p_value, p_relation, flag, file_id,
    source_row, superseded_by)
"""


@lru_cache(maxsize=1)
def shipped_sql() -> dict[str, str]:
    """Return the numbered files of SQL that made the tables of versions 1 to 8, in order."""
    with tarfile.open(SHIPPED) as archive:
        return {
            member.name.removesuffix(".sql"): archive.extractfile(member).read().decode()
            for member in archive.getmembers()
        }


def make_earlier(path: Path, version: int, *statements: str) -> Path:
    """Write a project file of `version`, with potencies of two compounds, as ann."""
    con = duckdb.connect(str(path))
    con.execute("SET python_enable_replacements = false; SET TimeZone = 'UTC'")
    con.execute(
        "CREATE TABLE migration (name VARCHAR PRIMARY KEY, sha256 VARCHAR NOT NULL,"
        " applied_at TIMESTAMPTZ NOT NULL DEFAULT now())"
    )
    for name, sql in list(shipped_sql().items())[:version]:
        con.execute(sql)
        digest = sha256(sql.encode()).hexdigest()
        con.execute("INSERT INTO migration (name, sha256) VALUES (?, ?)", [name, digest])
    con.execute("SET VARIABLE molagent_actor = 'ann'; SET VARIABLE molagent_origin = 'ingest'")
    con.execute(POTENCIES)
    registry = version >= 4
    con.execute(
        RESULTS.format(
            columns=", standard_value, standard_unit" if registry else "",
            values=", value * if(unit = 'uM', 1000, 1), 'nM'" if registry else "",
        )
    )
    for statement in statements:
        con.execute(statement)
    con.close()
    return path
