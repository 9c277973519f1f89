"""Lineage of what was computed: proposals, predictions, desirabilities and models."""

import json
from collections.abc import Mapping
from typing import Any, Final

import duckdb

from molagent.errors import InputError, NotFoundError
from molagent.store.lineage_measured import compound_source, snapshot_source
from molagent.store.lineage_tree import Source, one_row, rows_of, signature

__all__ = [
    "desirability_source",
    "estimate_source",
    "model_source",
    "prediction_source",
    "proposal_source",
]

_PROPOSAL: Final = """
SELECT p.*, c.name AS campaign, c.config_hash, c.version
FROM proposal p JOIN campaign c USING (campaign_id)
WHERE p.proposal_id = $proposal_id AND ($campaign_id = '' OR p.campaign_id = $campaign_id)
ORDER BY p.campaign_id
"""
_PREDICTION: Final = """
SELECT * FROM prediction
WHERE campaign_id = $campaign_id AND proposal_id = $proposal_id AND endpoint = $endpoint
ORDER BY cycle DESC
"""
# The card of the cycle the prediction was made in, or the newest one before it.
_CARD: Final = """
SELECT * FROM model_card
WHERE campaign_id = $campaign_id AND endpoint = $endpoint AND cycle <= $cycle
ORDER BY model_hash = $model_hash DESC, cycle DESC
"""
_RANKING: Final = """
SELECT * FROM ranking WHERE campaign_id = $campaign_id AND proposal_id = $proposal_id
ORDER BY cycle DESC
"""
_TRAINED_ON: Final = """
SELECT f.name AS file, count(*) AS results, count(DISTINCT r.compound_id) AS compounds,
       min(r.source_row) AS first_row, max(r.source_row) AS last_row
FROM result_current r JOIN source_file f USING (file_id)
WHERE r.endpoint = $endpoint AND r.validity <> 'invalid' GROUP BY ALL ORDER BY f.name
"""
_MODEL: Final = "SELECT * FROM model_version WHERE version_id = $version_id"
_ESTIMATE: Final = """
SELECT p.*, v.version_id, v.endpoint, r.predicted_at, r.purpose
FROM model_prediction p JOIN prediction_run r USING (prediction_run)
JOIN model_version v USING (version_id)
WHERE p.compound_id = $compound_id AND v.endpoint = $endpoint
ORDER BY p.prediction_run DESC
"""
_CARD_FACTS: Final = ("title", "kind", "n_train", "unit", "reliable", "reason", "data_hash")
_DEEPEST: Final = 5  # generations of parents


def proposal_source(
    con: duckdb.DuckDBPyConnection, proposal_id: str, campaign_id: str = "", *, depth: int = 0
) -> Source:
    """Return what made a proposal: generator, seed, and its parents down to files."""
    row = _proposal(con, proposal_id, campaign_id)
    sources = tuple(
        _parent_source(con, str(parent), row["campaign_id"], depth)
        for parent in row["parents"] or ()
        if depth < _DEEPEST
    )
    facts = {
        "structure": row["smiles"],
        "generator": row["generator"],
        "mode": row["mode"],
        "seed": row["seed"],
        "detail": row["detail"],
        "campaign": f"{row['campaign']} ({row['campaign_id']})",
        "cycle": row["cycle"],
        "configuration": row["config_hash"],
        "molagent": row["version"],
    }
    return Source(kind="proposal", label=proposal_id, facts=facts, sources=sources)


def prediction_source(
    con: duckdb.DuckDBPyConnection, proposal_id: str, endpoint: str, campaign_id: str = ""
) -> Source:
    """Return what a campaign's prediction rests on: the model, its data, the structure."""
    proposal = _proposal(con, proposal_id, campaign_id)
    key = {"campaign_id": proposal["campaign_id"], "endpoint": endpoint}
    row = one_row(con, _PREDICTION, {**key, "proposal_id": proposal_id})
    if row is None:
        raise NotFoundError(f"{endpoint} prediction", proposal_id)
    card = one_row(con, _CARD, {**key, "cycle": int(row["cycle"]), "model_hash": row["model_hash"]})
    facts = {
        "mean": row["mean"] if row["mean"] is not None else "not known",
        "std": row["std"],
        "in domain": bool(row["in_domain"]),
        "cycle": row["cycle"],
        "model": row["model_hash"],
    }
    sources = [] if card is None else [_card_source(con, card, row["model_hash"])]
    sources.append(proposal_source(con, proposal_id, proposal["campaign_id"]))
    return Source(
        kind="prediction",
        label=f"{endpoint} of {proposal_id}",
        facts=facts,
        sources=tuple(sources),
    )


def desirability_source(
    con: duckdb.DuckDBPyConnection, proposal_id: str, campaign_id: str = ""
) -> Source:
    """Return what a proposal's desirability is made of, objective by objective."""
    proposal = _proposal(con, proposal_id, campaign_id)
    key = {"campaign_id": proposal["campaign_id"], "proposal_id": proposal_id}
    row = one_row(con, _RANKING, key)
    if row is None:
        raise NotFoundError("desirability", proposal_id)
    parts: Mapping[str, Mapping[str, Any]] = json.loads(row["components"])
    objectives = tuple(
        Source(
            kind="objective",
            label=name,
            facts=dict(part),
            sources=_objective_sources(con, key, name),
        )
        for name, part in parts.items()
    )
    facts = {
        "desirability": row["desirability"] if row["desirability"] is not None else "not known",
        "cycle": row["cycle"],
        "nearest measured": row["nearest_id"],
        "similarity": row["nearest_similarity"],
    }
    made = proposal_source(con, proposal_id, proposal["campaign_id"])
    return Source(kind="desirability", label=proposal_id, facts=facts, sources=(*objectives, made))


def model_source(con: duckdb.DuckDBPyConnection, version_id: str) -> Source:
    """Return what a registered model was trained on."""
    row = one_row(con, _MODEL, {"version_id": version_id})
    if row is None:
        rows = rows_of(con, "SELECT version_id FROM model_version", {})
        raise NotFoundError("model", version_id, known=[entry["version_id"] for entry in rows])
    facts = {
        "kind": row["kind"],
        "seed": row["seed"],
        "hash": row["model_hash"],
        "why": row["reason"],
        "software": row["software"],
        **_card_facts(json.loads(row["card"])),
        **signature(con, "model_version", version_id),
    }
    data = snapshot_source(con, row["snapshot"])
    return Source(kind="model", label=version_id, facts=facts, sources=(data,))


def estimate_source(
    con: duckdb.DuckDBPyConnection, compound_id: str, endpoint: str
) -> Source | None:
    """Return the newest prediction of a registered compound by a registered model, if any."""
    row = one_row(con, _ESTIMATE, {"compound_id": compound_id, "endpoint": endpoint})
    if row is None:
        return None
    facts = {
        "mean": row["mean"] if row["mean"] is not None else "not known",
        "std": row["std"],
        "from": row["lo"],
        "to": row["hi"],
        "domain": row["band"],
        "asked for": row["purpose"],
        "on": row["predicted_at"],
    }
    return Source(
        kind="prediction",
        label=f"{endpoint} of {compound_id}",
        facts=facts,
        sources=(model_source(con, row["version_id"]), compound_source(con, compound_id)),
    )


def _proposal(con: duckdb.DuckDBPyConnection, proposal_id: str, campaign_id: str) -> dict[str, Any]:
    rows = rows_of(con, _PROPOSAL, {"proposal_id": proposal_id, "campaign_id": campaign_id})
    if not rows:
        raise NotFoundError("proposal", proposal_id)
    if len(rows) > 1:
        known = ", ".join(row["campaign_id"] for row in rows)
        raise InputError(
            f"{proposal_id} is a proposal of several campaigns",
            remedy=f"put the campaign before it, {known}: proposal:{rows[0]['campaign_id']}/...",
        )
    return rows[0]


def _parent_source(
    con: duckdb.DuckDBPyConnection, parent: str, campaign_id: str, depth: int
) -> Source:
    try:
        return compound_source(con, parent)
    except NotFoundError:
        pass
    try:
        return proposal_source(con, parent, campaign_id, depth=depth + 1)
    except NotFoundError:
        return Source(kind="parent", label=parent, facts={"known": "not in the project"})


def _objective_sources(
    con: duckdb.DuckDBPyConnection, key: Mapping[str, str], name: str
) -> tuple[Source, ...]:
    row = one_row(con, _PREDICTION, {**key, "endpoint": name})
    if row is None:
        return (Source(kind="property", label=name, facts={"computed from": "the structure"}),)
    tree = prediction_source(con, key["proposal_id"], name, key["campaign_id"])
    # The proposal itself stands once, beside the objectives.
    models = tuple(source for source in tree.sources if source.kind != "proposal")
    return (Source(kind=tree.kind, label=tree.label, facts=tree.facts, sources=models),)


def _card_source(con: duckdb.DuckDBPyConnection, row: Mapping[str, Any], model_hash: str) -> Source:
    card = json.loads(row["card"])
    trained_on = tuple(
        Source(
            kind="rows",
            label=f"{entry['file']}:{entry['first_row']}-{entry['last_row']}",
            facts={"results": entry["results"], "compounds": entry["compounds"]},
        )
        for entry in rows_of(con, _TRAINED_ON, {"endpoint": row["endpoint"]})
    )
    facts = _card_facts(card)
    if row["model_hash"] != model_hash:
        facts["note"] = f"the card is of model {row['model_hash']}; this one has none of its own"
    return Source(kind="model", label=model_hash, facts=facts, sources=trained_on)


def _card_facts(card: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", " "): card[name] for name in _CARD_FACTS if name in card}
