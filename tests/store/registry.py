"""A small project of real drugs for the tests of the registry."""

import numpy as np
import pandas as pd

from molagent.store.assay_protocols import AssayProtocol, register_assay
from molagent.store.compounds import register_compounds
from molagent.store.database import Database
from molagent.store.ingests import write_parts
from molagent.store.lineage import find_source
from molagent.store.receipts import IngestReceipt, IngestResult
from molagent.store.results import insert_results
from molagent.store.sources import SourceFile, register_source

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
KEYS = {
    TOFACITINIB: "UJLAWZDWDVHWOW-YPMHNXCESA-N",
    RUXOLITINIB: "HFNKQEVNSGCOJV-OAHLLOKOSA-N",
    BARICITINIB: "XUZMWHLSFXCVMG-UHFFFAOYSA-N",
}


def source(name: str = "points.csv", kind: str = "points", *, sha256: str = "") -> SourceFile:
    return SourceFile(
        name=name, sha256=sha256 or name, bytes=1, kind=kind, n_rows=8, accepted=8, rejected=0
    )


def register_drugs(db: Database) -> None:
    """MA-000001 tofacitinib, MA-000002 ruxolitinib, MA-000003 baricitinib."""
    frame = pd.DataFrame(
        {
            "smiles": list(KEYS),
            "inchikey": list(KEYS.values()),
            "connectivity": [key[:14] for key in KEYS.values()],
            "scaffold": "c1ccncc1",
            "standardizer": "by hand",
        }
    )
    with db.write() as con:
        register_compounds(con, frame)


def jak1(readout: str = "", **other: object) -> AssayProtocol:
    given = {"endpoint": "jak1_pic50", "target": "JAK1", "quantity": "IC50", "readout": readout}
    return AssayProtocol(**(given | other))


def solubility() -> AssayProtocol:
    return AssayProtocol(
        endpoint="solubility", target="", quantity="solubility", dimension="amount_per_volume"
    )


def inhibition() -> AssayProtocol:
    return AssayProtocol(
        endpoint="jak1_inhibition", target="JAK1", quantity="inhibition", dimension="percent"
    )


def write_file(db: Database, result: IngestResult, *, replaces: str = "") -> IngestReceipt:
    """Store one file that is one part, without names of its compounds."""
    source = SourceFile(
        name=result.name,
        sha256=result.sha256,
        bytes=result.bytes,
        kind=result.kind,
        n_rows=result.n_rows,
        accepted=result.accepted,
        rejected=len(result.rejections),
        mapping=result.mapping,
        encoding=result.encoding,
        delimiter=result.delimiter,
    )
    names = pd.DataFrame(columns=["system", "alias", "inchikey"])
    return write_parts(db, source, [(result, names)], result.receipt, replaces=replaces)


def append_results(db: Database, source: SourceFile, rows: pd.DataFrame) -> int:
    """Append results of registered compounds; return how many, 0 where the source is known."""
    with db.write(origin=f"append {source.name}") as con:
        if not register_source(con, source):
            return 0
        return insert_results(con, rows, file_id=source.file_id, place=source.name)


def result_rows(*rows: tuple[str, str, float], endpoint: str = "jak1_pic50") -> pd.DataFrame:
    """Potencies as (SMILES, relation of the p value, p value)."""
    flipped = {"=": "=", "<": ">", ">": "<", "~": "~"}
    return pd.DataFrame(
        {
            "source_row": range(2, 2 + len(rows)),
            "endpoint": endpoint,
            "inchikey": [KEYS[smiles] for smiles, _, _ in rows],
            "raw_smiles": [smiles for smiles, _, _ in rows],
            "name": None,
            "relation": [flipped[sign] for _, sign, _ in rows],
            "value": [10 ** (9 - p) for _, _, p in rows],
            "unit": "nM",
            "original": [f"{10 ** (9 - p):g}" for _, _, p in rows],
            "p_value": [p for _, _, p in rows],
            "p_relation": [sign for _, sign, _ in rows],
            "flag": "",
        }
    )


def plain_rows(
    *rows: tuple[str, str, float], endpoint: str = "solubility", unit: str = "uM"
) -> pd.DataFrame:
    """Values without a p scale, as (SMILES, relation, value)."""
    frame = result_rows(*((smiles, "=", 6.0) for smiles, _, _ in rows), endpoint=endpoint)
    return frame.assign(
        relation=[sign for _, sign, _ in rows],
        value=[value for _, _, value in rows],
        unit=unit,
        original=[f"{value:g}" for _, _, value in rows],
        p_value=np.nan,
        p_relation=None,
        standard_value=[value for _, _, value in rows],
        standard_unit=unit,
    )


def curve_rows(*smiles: str, **columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Locked 100/0 curves of pIC50 7.3 through four points each."""
    numbers = list(range(1, len(smiles) + 1))
    curves = pd.DataFrame(
        {
            "curve": numbers,
            "endpoint": "jak1_pic50",
            "inchikey": [KEYS[entry] for entry in smiles],
            "bottom": 0.0,
            "bottom_se": np.nan,
            "bottom_locked": True,
            "top": 100.0,
            "top_se": np.nan,
            "top_locked": True,
            "p_ac50": 7.3,
            "p_ac50_se": 0.05,
            "p_ac50_locked": False,
            "hill": 1.1,
            "hill_se": 0.1,
            "hill_locked": False,
            "r2": 0.98,
            "curve_class": "full",
            "n_points": 4,
            "n_outliers": 1,
            "method": "4pl",
            "method_version": "1",
            "p_value": 7.3,
            "p_relation": "=",
            "settings": '{"top": 100}',
            "source_row": [2 + 4 * (number - 1) for number in numbers],
        }
        | columns
    )
    points = pd.DataFrame(
        {
            "curve": np.repeat(numbers, 4),
            "concentration_m": np.tile([1e-9, 1e-8, 1e-7, 1e-6], len(smiles)),
            "response": np.tile([3.0, 17.0, 64.0, 20.0], len(smiles)),
            "outlier": np.tile([False, False, False, True], len(smiles)),
            "outlier_reason": np.tile(["", "", "", "falls back"], len(smiles)),
            "source_row": range(2, 2 + 4 * len(smiles)),
        }
    )
    return curves, points


def diversity_memory(db: Database, run_id: str) -> dict[str, dict[str, int]]:
    """What an optimisation run keeps: filter to bucket to count, in the order buckets opened."""
    sql = "SELECT filter, bucket, count FROM optimisation_memory WHERE run_id = ? ORDER BY rowid"
    memory: dict[str, dict[str, int]] = {}
    for kind, bucket, count in db.query(sql, [run_id]).itertuples(index=False):
        memory.setdefault(kind, {})[bucket] = int(count)
    return memory


def assays(db: Database, *protocols: AssayProtocol) -> list[str]:
    return [register_assay(db, protocol) for protocol in protocols]


def behind(db: Database, compound_id: str, endpoint: str) -> pd.DataFrame:
    """The results behind a compound's value, by the product's one trace: a row each."""
    tree = find_source(db, f"value:{compound_id}/{endpoint}")
    results = [node for node in tree.walk() if node.kind == "result"]
    return pd.DataFrame(
        [
            {
                "result_id": int(node.label),
                **node.facts,
                **next(below.facts for below in node.walk() if below.kind == "row"),
            }
            for node in results
        ]
    )
