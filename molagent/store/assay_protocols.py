"""How an assay was done. Another protocol is another version, and its values stay apart."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, StoreError
from molagent.store.database import Database
from molagent.units import DIMENSIONS

__all__ = [
    "AssayProtocol",
    "load_protocols",
    "register_assay",
    "resolve_assays",
    "version_name",
]

# A name with '@' is one version; an endpoint's name means its newest.
_RESOLVE: Final = """
SELECT DISTINCT f.name, a.assay_id
FROM (SELECT unnest($names) AS name) f
LEFT JOIN (
    SELECT assay_id AS name, assay_id FROM assay_protocol WHERE version > 1
    UNION ALL
    SELECT endpoint || '@1', assay_id FROM assay_protocol WHERE version = 1
    UNION ALL
    SELECT endpoint, arg_max(assay_id, version) FROM assay_protocol GROUP BY endpoint
) a USING (name)
"""

_NEWEST: Final = """
SELECT p.assay_id, p.version, a.quantity, a.target, CAST(p.dimension AS VARCHAR), p.unit,
       p.target_id, p.organism, p.cell_line, p.format, p.readout, CAST(p.better AS VARCHAR),
       p.protocol
FROM assay_protocol p JOIN assay a USING (assay_id)
WHERE p.endpoint = ? ORDER BY p.version DESC LIMIT 1
"""
_DESCRIBE: Final = """
UPDATE assay_protocol SET
    organism = $organism, cell_line = $cell_line, format = $format, readout = $readout,
    better = $better, protocol = $protocol, target_id = $target_id, document_id = $document_id,
    valid_from = $valid_from
WHERE assay_id = $assay_id
"""
_INSERT_ASSAY: Final = """
INSERT INTO assay (assay_id, endpoint, target, quantity, source, licence)
VALUES ($assay_id, $endpoint, $target, $quantity, $source, $licence)
"""
_INSERT_PROTOCOL: Final = """
INSERT INTO assay_protocol
    (assay_id, endpoint, version, dimension, unit, target_id, organism, cell_line, format, readout,
     better, protocol, document_id, valid_from)
VALUES ($assay_id, $endpoint, $version, $dimension, $unit, $target_id, $organism, $cell_line,
        $format, $readout, $better, $protocol, $document_id, $valid_from)
"""
_LOAD: Final = """
SELECT p.assay_id, p.endpoint, p.version, a.target, a.quantity, p.dimension, p.unit, p.target_id,
       p.organism, p.cell_line, p.format, p.readout, p.better, p.protocol, p.document_id,
       p.valid_from, count(r.result_id) AS n_results,
       count(DISTINCT r.compound_id) AS n_compounds
FROM assay_protocol p
JOIN assay a USING (assay_id)
LEFT JOIN result r ON r.assay_id = p.assay_id AND r.superseded_by IS NULL
GROUP BY ALL ORDER BY p.endpoint, p.version
"""
_BETTER: Final = ("lower", "higher")


@dataclass(frozen=True, kw_only=True)
class AssayProtocol:
    """What makes two measurements comparable.

    Attributes
    ----------
    dimension
        One of ``molagent.units.DIMENSIONS``.
    organism, cell_line
        That the assay is run in.
    format, readout
        In BioAssay Ontology's words (doi:10.1186/1471-2105-12-257): "biochemical format",
        "fluorescence intensity".
    better
        Which way of the number is more active: 'lower' or 'higher'; '' where nobody said.
    protocol
        In words, or where it is written: concentrations of enzyme and substrate, incubation.
    """

    endpoint: str
    target: str
    quantity: str
    dimension: str = "concentration"
    target_id: str = ""
    organism: str = ""
    cell_line: str = ""
    format: str = ""
    readout: str = ""
    better: str = ""
    protocol: str = ""
    document_id: str = ""
    valid_from: date | None = None
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Refuse what the table would refuse, in words."""
        if self.dimension not in DIMENSIONS:
            raise InputError(
                f"unknown dimension {self.dimension!r}", remedy=f"one of {', '.join(DIMENSIONS)}"
            )
        if self.better and self.better not in _BETTER:
            raise InputError(f"better is {self.better!r}", remedy="give 'lower' or 'higher'")
        if not self.endpoint or "@" in self.endpoint:
            raise InputError(
                f"endpoint {self.endpoint!r}", remedy="give a name without '@': that marks versions"
            )

    @property
    def unit(self) -> str:
        """The unit that values are averaged in; for concentrations the p scale is used instead."""
        return DIMENSIONS[self.dimension][0]


# What, when it changes, makes values not comparable with earlier ones.
_DECISIVE: Final = (
    "quantity",
    "target",
    "dimension",
    "unit",
    "target_id",
    "organism",
    "cell_line",
    "format",
    "readout",
    "better",
    "protocol",
)
_DESCRIPTION: Final = _DECISIVE[4:]


def register_assay(db: Database, protocol: AssayProtocol) -> str:
    """Return the assay id of a protocol, registering it as the next version if it is new.

    The first version has the endpoint's own name, the second ``endpoint@2``. An assay that came
    with a file and was never described gets its description, not a version: that is no change of
    protocol. Results that name the endpoint alone go to its newest version.

    Raises
    ------
    StoreError
        If the endpoint is in the project as another target or quantity. That is another
        endpoint, not another version.

    Examples
    --------
    >>> db = Database(getfixture("tmp_path") / "mpro.duckdb")
    >>> _ = db.migrate()
    >>> first = AssayProtocol(endpoint="mpro_pic50", target="Mpro", quantity="IC50",
    ...                       readout="fluorescence intensity")
    >>> second = AssayProtocol(endpoint="mpro_pic50", target="Mpro", quantity="IC50",
    ...                        readout="mass spectrometry")
    >>> register_assay(db, first), register_assay(db, second), register_assay(db, second)
    ('mpro_pic50', 'mpro_pic50@2', 'mpro_pic50@2')
    """
    values = _values(protocol)
    with db.write(origin=f"assay {protocol.endpoint}") as con:
        rows = con.execute(_NEWEST, [protocol.endpoint]).fetchall()
        if not rows:
            return _add_version(con, protocol, 1)
        assay_id, version, *stored = rows[0]
        held = {
            name: value or None for name, value in zip(_DECISIVE, stored, strict=True)
        }  # files bring ''
        for name in ("quantity", "target", "dimension"):
            if held[name] != values[name]:
                raise StoreError(
                    f"endpoint {protocol.endpoint} has {name} {held[name]}, given {values[name]}",
                    place=str(db.path),
                    remedy="give it an endpoint of its own",
                )
        if all(held[name] == values[name] for name in _DECISIVE):
            return str(assay_id)
        if not any(held[name] for name in _DESCRIPTION):
            names = (*_DESCRIPTION, "document_id", "valid_from")
            con.execute(_DESCRIBE, {name: values[name] for name in names} | {"assay_id": assay_id})
            return str(assay_id)
        return _add_version(con, protocol, int(version) + 1)


def version_name(assay_id: str) -> str:
    """Return a name that means this one version, also of the first, which has the endpoint's name.

    Examples
    --------
    >>> version_name("mpro_pic50"), version_name("mpro_pic50@2")
    ('mpro_pic50@1', 'mpro_pic50@2')
    """
    return assay_id if "@" in assay_id else f"{assay_id}@1"


def resolve_assays(
    con: duckdb.DuckDBPyConnection, names: Iterable[str], *, place: str = ""
) -> dict[str, str]:
    """Return the assay id that each name stands for: an endpoint's newest version, or that one.

    Raises
    ------
    StoreError
        If a name stands for no assay.
    """
    wanted = sorted(set(names))
    found = dict(con.execute(_RESOLVE, {"names": wanted}).fetchall()) if wanted else {}
    unknown = [name for name in wanted if found.get(name) is None]
    if unknown:
        raise StoreError(
            f"there is no assay for endpoint {', '.join(unknown)}",
            place=place,
            remedy="ingest results of it first, or call register_assay in Python",
        )
    return {name: str(assay_id) for name, assay_id in found.items()}


def load_protocols(db: Database) -> pd.DataFrame:
    """Return every version of every assay's protocol, with its counts.

    Returns
    -------
    pandas.DataFrame
        ``assay_id, endpoint, version, target, quantity, dimension, unit, target_id, organism,
        cell_line, format, readout, better, protocol, document_id, valid_from, n_results,
        n_compounds``.
    """
    return db.query(_LOAD)


def _values(protocol: AssayProtocol) -> dict[str, object]:
    given = {field.name: getattr(protocol, field.name) for field in fields(protocol)}
    return {name: value or None for name, value in given.items()} | {"unit": protocol.unit}


def _add_version(con: duckdb.DuckDBPyConnection, protocol: AssayProtocol, version: int) -> str:
    assay_id = protocol.endpoint if version == 1 else f"{protocol.endpoint}@{version}"
    values = _values(protocol) | {"assay_id": assay_id, "version": version}
    assay = ("assay_id", "endpoint", "target", "quantity", "source", "licence")
    con.execute(_INSERT_ASSAY, {name: values[name] for name in assay})
    names = (
        *("assay_id", "endpoint", "version", "dimension", "unit"),
        *(*_DESCRIPTION, "document_id", "valid_from"),
    )
    con.execute(_INSERT_PROTOCOL, {name: values[name] for name in names})
    return assay_id
