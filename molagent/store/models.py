"""Models by version, and what each said: registered, read back, compared; nothing is replaced.

``snapshot -> model_version -> prediction_run -> model_prediction``. A model that is trained again
becomes the endpoint's next version; the predictions of the old one stay, so two versions can be
held against each other on the same compounds.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import duckdb
import pandas as pd

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.records import ModelVersion
from molagent.store.arrow import registered
from molagent.store.database import Database
from molagent.store.tables import json_text

__all__ = [
    "PREDICTION_COLUMNS",
    "broken_runs",
    "compare_versions",
    "find_model_version",
    "load_model_predictions",
    "load_model_version",
    "load_model_versions",
    "register_model",
    "store_predictions",
    "verify_predictions",
    "version_ids",
]

PREDICTION_COLUMNS: Final = (
    "smiles",
    "mean",
    "std",
    "lo",
    "hi",
    "band",
    "in_domain",
    "model_hash",
)

_VERSION_COLUMNS: Final = """
    endpoint, version, kind, model_hash, snapshot, snapshot_sha256, seed, settings, metrics, card,
    artefact, coalesce(parent, '') AS parent, reason, software, created_at
"""
_VERSIONS: Final = f"""
SELECT version_id, {_VERSION_COLUMNS}
FROM model_version WHERE ($endpoint = '' OR endpoint = $endpoint) ORDER BY endpoint, version
"""  # noqa: S608
_ONE: Final = f"""
SELECT {_VERSION_COLUMNS} FROM model_version
WHERE endpoint = $endpoint AND ($version = 0 OR version = $version)
ORDER BY version DESC LIMIT 1
"""  # noqa: S608
_ASKED: Final = f"""
SELECT {_VERSION_COLUMNS} FROM model_version
WHERE endpoint = $endpoint
  AND ($request = '' OR json_extract_string(settings, '$.request') = $request)
ORDER BY version DESC LIMIT 1
"""  # noqa: S608
_INSERT: Final = """
INSERT INTO model_version
    (version_id, endpoint, version, kind, model_hash, snapshot, snapshot_sha256, seed, settings,
     metrics, card, artefact, parent, reason, software)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# One text for the rows of a run, whichever table they stand in.
_ROW: Final = """
to_json({'smiles': p.smiles, 'mean': p.mean, 'std': p.std, 'lo': p.lo, 'hi': p.hi, 'band': p.band,
         'in_domain': p.in_domain, 'model_hash': p.model_hash})
"""
_TYPED: Final = """
SELECT CAST(smiles AS VARCHAR) AS smiles, CAST(mean AS DOUBLE) AS mean, CAST(std AS DOUBLE) AS std,
       CAST(lo AS DOUBLE) AS lo, CAST(hi AS DOUBLE) AS hi, CAST(band AS VARCHAR) AS band,
       CAST(in_domain AS BOOLEAN) AS in_domain, CAST(model_hash AS VARCHAR) AS model_hash
FROM prediction_frame
"""
_FRAME_HASH: Final = f"""
SELECT sha256(coalesce(string_agg({_ROW}, chr(10) ORDER BY p.smiles), '')) FROM ({_TYPED}) p
"""  # noqa: S608
_KNOWN_RUN: Final = """
SELECT prediction_run FROM prediction_run WHERE version_id = ? AND sha256 = ?
"""
_INSERT_RUN: Final = """
INSERT INTO prediction_run (prediction_run, version_id, purpose, n_rows, sha256)
VALUES (?, ?, ?, ?, ?)
"""
_INSERT_ROWS: Final = f"""
INSERT INTO model_prediction BY NAME
SELECT $run AS prediction_run, p.*,
       (SELECT min(c.compound_id) FROM compound c WHERE c.smiles = p.smiles) AS compound_id
FROM ({_TYPED}) p ORDER BY p.smiles
"""  # noqa: S608
_PREDICTIONS: Final = """
SELECT p.smiles, p.compound_id, p.mean, p.std, p.lo, p.hi, p.band, p.in_domain, p.model_hash,
       r.purpose, r.predicted_at
FROM model_prediction p JOIN prediction_run r USING (prediction_run)
WHERE r.version_id = $version_id
QUALIFY row_number() OVER (PARTITION BY p.smiles ORDER BY p.prediction_run DESC) = 1
ORDER BY p.smiles
"""
_COMPARE: Final = """
WITH said AS (
    SELECT r.version_id, p.smiles, p.compound_id, p.mean, p.std, p.band, p.prediction_run AS turn
    FROM model_prediction p JOIN prediction_run r USING (prediction_run)
    WHERE r.version_id IN ($old, $new)
    UNION ALL BY NAME
    -- What a campaign predicted: it keeps whether a structure was in the domain, not the band.
    SELECT v.version_id, q.smiles, CAST(NULL AS VARCHAR) AS compound_id, p.mean, p.std,
           CASE WHEN p.in_domain THEN 'in' ELSE 'out' END AS band, -1 AS turn
    FROM prediction p JOIN proposal q USING (campaign_id, proposal_id)
    JOIN model_version v ON v.endpoint = p.endpoint AND v.model_hash = p.model_hash
    WHERE v.version_id IN ($old, $new)
),
newest AS (
    SELECT * FROM said
    QUALIFY row_number() OVER (PARTITION BY version_id, smiles ORDER BY turn DESC) = 1
)
SELECT o.smiles, coalesce(n.compound_id, o.compound_id) AS compound_id,
       o.mean AS old_mean, n.mean AS new_mean, n.mean - o.mean AS shift,
       o.std AS old_std, n.std AS new_std, o.band AS old_band, n.band AS new_band
FROM newest o JOIN newest n USING (smiles)
WHERE o.version_id = $old AND n.version_id = $new
ORDER BY abs(n.mean - o.mean) DESC NULLS LAST, o.smiles
"""
_BROKEN: Final = f"""
SELECT r.prediction_run, r.version_id, r.n_rows, count(p.smiles) AS found
FROM prediction_run r LEFT JOIN model_prediction p USING (prediction_run)
GROUP BY ALL
HAVING r.n_rows <> count(p.smiles)
    OR r.sha256 <> sha256(coalesce(
        string_agg(CASE WHEN p.smiles IS NOT NULL THEN {_ROW} END, chr(10) ORDER BY p.smiles), ''))
ORDER BY r.prediction_run
"""  # noqa: S608


def register_model(db: Database, model: ModelVersion) -> ModelVersion:
    """Give a trained model the endpoint's next version; the same model again changes nothing.

    Parameters
    ----------
    model
        With ``version`` 0. An empty `parent` becomes the newest version there is.

    Returns
    -------
    ModelVersion
        As it stands in the project.

    Raises
    ------
    NotFoundError
        If there is no such snapshot or parent.
    StoreError
        If the snapshot is not the one that the model says it was trained on.
    """
    with db.write(origin=f"register model of {model.endpoint}") as con:
        _require_snapshot(con, model, place=db.path.name)
        rows = con.execute(
            "SELECT version, version_id, model_hash FROM model_version WHERE endpoint = ? "
            "ORDER BY version",
            [model.endpoint],
        ).fetchall()
        known = {model_hash: version for version, _, model_hash in rows}
        version = known.get(model.model_hash, 0)
        if not version:
            parent = model.parent or (rows[-1][1] if rows else "")
            if parent and parent not in {row[1] for row in rows}:
                raise NotFoundError(
                    "model version", parent, known=[row[1] for row in rows], place=db.path.name
                )
            version = len(rows) + 1
            numbered = replace(model, version=version, parent=parent)
            con.execute(_INSERT, _values(numbered))
    return load_model_version(db, model.endpoint, version)


def load_model_version(db: Database, endpoint: str, version: int = 0) -> ModelVersion:
    """Return one version of an endpoint's model; the newest for 0.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    rows = db.query(_ONE, {"endpoint": endpoint, "version": version}).to_dict("records")
    if not rows:
        versions = load_model_versions(db)
        # Without a version the name is an endpoint's; naming versions would offer what it refuses.
        known = versions["version_id"] if version else versions["endpoint"].unique()
        name = f"{endpoint}/v{version}" if version else endpoint
        raise NotFoundError("model version", name, known=known, place=db.path.name)
    return _record(rows[0])


def find_model_version(db: Database, endpoint: str, request: str = "") -> ModelVersion | None:
    """Return the newest version of an endpoint's model; None if there is none.

    Parameters
    ----------
    request
        Only one that was trained from the same: the key of data, kind, candidates and seed that a
        version's ``settings`` have.
    """
    rows = db.query(_ASKED, {"endpoint": endpoint, "request": request}).to_dict("records")
    return _record(rows[0]) if rows else None


def load_model_versions(db: Database, endpoint: str = "") -> pd.DataFrame:
    """Return every version, of one endpoint or of all, oldest first.

    Returns
    -------
    pandas.DataFrame
        ``version_id, endpoint, version, kind, model_hash, snapshot, snapshot_sha256, seed,
        settings, metrics, card, artefact, parent, reason, software, created_at``; `settings`,
        `metrics` and `card` as mappings.
    """
    frame = db.query(_VERSIONS, {"endpoint": endpoint})
    parsed = {
        name: pd.Series([json.loads(text) for text in frame[name]], frame.index, dtype=object)
        for name in ("settings", "metrics", "card")
    }
    return frame.assign(**parsed)


def version_ids(db: Database) -> dict[tuple[str, str], str]:
    """Return ``(endpoint, model hash)`` to version id, as ``jak1_pki/v2``, of every version."""
    rows = db.query("SELECT endpoint, model_hash, version_id FROM model_version")
    return {
        (str(endpoint), str(model_hash)): str(version_id)
        for endpoint, model_hash, version_id in rows.itertuples(index=False)
    }


def store_predictions(
    db: Database, model: ModelVersion, predictions: pd.DataFrame, *, purpose: str
) -> int:
    """Keep what a registered version said; the same answer again changes nothing.

    Parameters
    ----------
    predictions
        Columns `PREDICTION_COLUMNS`, one row a structure; NaN where the model cannot tell.
    purpose
        What was asked for.

    Returns
    -------
    int
        Number of the prediction run.

    Raises
    ------
    InputError
        If a column is missing, a structure stands twice, or the rows are another model's.
    NotFoundError
        If the version is not registered.
    """
    known = load_model_version(db, model.endpoint, model.version)
    frame = _checked(predictions, known)
    with (
        db.write(origin=f"store predictions of {known.version_id}") as con,
        registered(con, "prediction_frame", frame),
    ):
        digest = con.execute(_FRAME_HASH).fetchall()[0][0]
        there = con.execute(_KNOWN_RUN, [known.version_id, digest]).fetchall()
        if there:
            return int(there[0][0])
        run = int(con.execute("SELECT nextval('prediction_run_seq')").fetchall()[0][0])
        con.execute(_INSERT_RUN, [run, known.version_id, purpose, len(frame), digest])
        con.execute(_INSERT_ROWS, {"run": run})
    return run


def load_model_predictions(db: Database, endpoint: str, version: int = 0) -> pd.DataFrame:
    """Return the newest answer of a version for each structure; of the newest version for 0.

    Returns
    -------
    pandas.DataFrame
        ``smiles, compound_id, mean, std, lo, hi, band, in_domain, model_hash, purpose,
        predicted_at``.
    """
    known = load_model_version(db, endpoint, version)
    return db.query(_PREDICTIONS, {"version_id": known.version_id})


def compare_versions(db: Database, endpoint: str, old: int, new: int = 0) -> pd.DataFrame:
    """Hold two versions against each other on the structures that both were asked about.

    Parameters
    ----------
    old, new
        Versions; 0 is the newest.

    Returns
    -------
    pandas.DataFrame
        ``smiles, compound_id, old_mean, new_mean, shift, old_std, new_std, old_band, new_band``,
        the largest shift first.
    """
    first, second = (load_model_version(db, endpoint, number) for number in (old, new))
    return db.query(_COMPARE, {"old": first.version_id, "new": second.version_id})


def verify_predictions(db: Database) -> pd.DataFrame:
    """Return the prediction runs whose rows are not what was stored; empty where all is well.

    Returns
    -------
    pandas.DataFrame
        ``prediction_run, version_id, n_rows, found``.
    """
    return db.query(_BROKEN)


def broken_runs(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int, int]]:
    """Return the same as rows: run, version, rows that were stored and that are there."""
    return con.execute(_BROKEN).fetchall()


def _values(model: ModelVersion) -> list[object]:
    return [
        model.version_id,
        model.endpoint,
        model.version,
        model.kind,
        model.model_hash,
        model.snapshot,
        model.snapshot_sha256,
        model.seed,
        json_text(dict(model.settings)),
        json_text(dict(model.metrics)),
        json_text(dict(model.card)),
        model.artefact,
        model.parent or None,
        model.reason,
        model.software,
    ]


def _record(row: Mapping[Any, Any]) -> ModelVersion:
    parsed = {name: json.loads(row[name]) for name in ("settings", "metrics", "card")}
    numbers = {name: int(row[name]) for name in ("version", "seed")}
    created = row["created_at"].to_pydatetime()
    return ModelVersion(**{**row, **parsed, **numbers, "created_at": created})


def _require_snapshot(con: duckdb.DuckDBPyConnection, model: ModelVersion, *, place: str) -> None:
    rows = con.execute("SELECT snapshot, sha256 FROM snapshot").fetchall()
    hashes = dict(rows)
    if model.snapshot not in hashes:
        raise NotFoundError("snapshot", model.snapshot, known=hashes, place=place)
    if hashes[model.snapshot] != model.snapshot_sha256:
        raise StoreError(
            f"snapshot {model.snapshot!r} has the hash {hashes[model.snapshot][:12]}, the model "
            f"was trained on {model.snapshot_sha256[:12]}",
            place=place,
            remedy="train it on this project's snapshot",
        )


def _checked(predictions: pd.DataFrame, model: ModelVersion) -> pd.DataFrame:
    if missing := [name for name in PREDICTION_COLUMNS if name not in predictions.columns]:
        raise InputError(
            f"predictions lack {', '.join(missing)}",
            place=model.version_id,
            remedy=f"give {', '.join(PREDICTION_COLUMNS)}",
        )
    frame = predictions[list(PREDICTION_COLUMNS)]
    twice = frame["smiles"][frame["smiles"].duplicated()].tolist()
    if twice:
        raise InputError(
            f"{twice[0]!r} stands in more than one row",
            place=model.version_id,
            remedy="give each structure once",
        )
    other = sorted(set(frame["model_hash"].astype(str)) - {model.model_hash})
    if other:
        raise InputError(
            f"predictions of model {other[0]} are not of {model.version_id} ({model.model_hash})",
            remedy="register that model first",
        )
    return frame
